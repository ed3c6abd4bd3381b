//! One walk over the syntax tree, in the order of the source, that gathers the facts and keeps track of scopes.
//!
//! A name is in scope from where Go says so: a parameter in the body, a variable after its declaration, the symbol of a
//! type switch in each clause after the colon. Names of packages can't be redeclared at package level by a file that
//! imports them, so only scopes within functions count.

use std::collections::BTreeSet;

use tree_sitter::{Node, TreeCursor};

use super::directives::{Directive, DirectiveKind, directive};
use super::literal::unquote;
use super::reader::{Reader, defines};
use super::scopes::Scopes;
use super::shape::Shape;
use super::tokens::{TokenKind, Tokens};
use super::{
    Change, Declaration, DeclarationKind, Effect, Fault, FaultReason, Function, Import, ImportName,
    Member, SourceFile, Use, is_exported,
};

/// How many imports a file may have; people's have up to fifty.
const MOST_IMPORTS: usize = 200;

/// Gather the facts about a file.
pub(super) fn facts(
    path: &str,
    text: &[u8],
    scanned: &Tokens,
    shape: &Shape,
) -> Result<SourceFile, Fault> {
    let mut walk = Walk {
        reader: Reader::new(text, &scanned.tokens, shape),
        scopes: Scopes::default(),
        next_leaf: 0,
        frames: vec![],
        function: "",
        file: SourceFile {
            path: path.to_owned(),
            package: String::new(),
            imports: vec![],
            declarations: vec![],
            directives: vec![],
            uses: vec![],
            members: vec![],
            bare_exported_names: BTreeSet::new(),
            changes: vec![],
        },
    };
    walk.run(&mut shape.tree.walk())?;
    if let Some(import) = walk.file.imports.get(MOST_IMPORTS) {
        let offset = import.position.offset;
        return Err(Fault::at(text, offset, FaultReason::TooManyImports));
    }
    walk.gather_directives(scanned);
    Ok(walk.file)
}

/// A node that the walk is in.
struct Frame<'a> {
    kind: &'a str,
    /// Whether it opened a scope.
    has_scope: bool,
    /// The tokens of names that a later child brings into scope: a function's parameters, a type switch's symbol.
    pending: Vec<usize>,
    /// What is done to the children that stand where the node changes something, or hands on what is done to itself:
    /// its left side, its operand, its first argument.
    effect_on_target: Effect,
    /// Whether it has had a named child yet.
    has_child: bool,
}

struct Walk<'a> {
    reader: Reader<'a>,
    scopes: Scopes<'a>,
    /// How many leaves were visited.
    next_leaf: usize,
    frames: Vec<Frame<'a>>,
    /// The name of the function, or the method, that the walk is in.
    function: &'a str,
    file: SourceFile,
}

impl<'a> Walk<'a> {
    fn run(&mut self, cursor: &mut TreeCursor<'a>) -> Result<(), Fault> {
        loop {
            let node = cursor.node();
            // The two quotation marks of a string are of no interest.
            let is_leaf = node.child_count() == 0 || node.kind() == "interpreted_string_literal";
            if is_leaf && node.kind() != "source_file" {
                self.leaf(node, cursor.field_name())?;
            } else {
                self.enter(node, cursor.field_name());
                if cursor.goto_first_child() {
                    continue;
                }
                self.leave(node);
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Ok(());
                }
                self.leave(cursor.node());
            }
        }
    }

    fn enter(&mut self, node: Node<'a>, field: Option<&str>) {
        let effect = self.effect_on(node, field);
        let mut frame = Frame {
            kind: node.kind(),
            has_scope: false,
            pending: vec![],
            effect_on_target: effect,
            has_child: false,
        };
        match frame.kind {
            "function_declaration" | "method_declaration" | "func_literal" => {
                frame.has_scope = true;
                frame.pending = self.reader.parameters(node);
                if frame.kind != "func_literal" {
                    self.declare_function(node);
                }
            }
            "type_switch_statement" => {
                frame.has_scope = true;
                // The compiler takes one name here; with more there is nothing to be right about.
                frame.pending = self.reader.names(node, "alias");
                frame.pending.truncate(1);
            }
            "block"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "expression_case"
            | "type_case"
            | "default_case"
            | "communication_case" => {
                frame.has_scope = true;
            }
            "assignment_statement" | "inc_statement" | "dec_statement" => {
                frame.effect_on_target = Effect::Assigned;
            }
            "range_clause" | "receive_statement" => {
                frame.effect_on_target = if defines(node) {
                    Effect::None
                } else {
                    Effect::Assigned
                };
            }
            "unary_expression" => {
                frame.effect_on_target = match self.reader.word_of(node) {
                    "&" => Effect::AddressTaken,
                    "*" => effect,
                    _ => Effect::None,
                };
            }
            "call_expression" => frame.effect_on_target = self.effect_on_first_argument(node),
            _ => {}
        }
        let function_body = (frame.kind == "block")
            .then(|| self.frames.last_mut())
            .flatten()
            .map(|parent| std::mem::take(&mut parent.pending));
        if frame.has_scope {
            self.scopes.open();
        }
        self.frames.push(frame);
        match node.kind() {
            "block" => {
                for name in function_body.unwrap_or_default() {
                    self.declare(name);
                }
            }
            "type_parameter_list" if self.scopes.is_within_function() => {
                for name in self.reader.names_of_children(node, "name") {
                    self.declare(name);
                }
            }
            "type_spec" | "type_alias" => {
                for name in self.reader.names(node, "name") {
                    self.declare_here(DeclarationKind::Type, name);
                }
            }
            "import_spec" => self.import(node),
            _ => {}
        }
    }

    fn leave(&mut self, node: Node<'a>) {
        match node.kind() {
            "var_spec" => {
                for name in self.reader.names(node, "name") {
                    self.declare_here(DeclarationKind::Variable, name);
                }
            }
            "const_spec" => {
                for name in self.reader.names(node, "name") {
                    self.declare_here(DeclarationKind::Constant, name);
                }
            }
            "short_var_declaration" => {
                for name in self.reader.names(node, "left") {
                    self.declare(name);
                }
            }
            "range_clause" | "receive_statement" if defines(node) => {
                for name in self.reader.names(node, "left") {
                    self.declare(name);
                }
            }
            _ => {}
        }
        if self.frames.pop().is_some_and(|frame| frame.has_scope) {
            self.scopes.close();
        }
    }

    fn leaf(&mut self, node: Node<'a>, field: Option<&str>) -> Result<(), Fault> {
        let token = match self.reader.shape.starts.get(self.next_leaf) {
            Some(&(start, token)) if start == node.start_byte() => token,
            _ => {
                // The grammar saw other tokens than were written for it.
                let offset = self.reader.tokens[self.reader.token_of(node)].start;
                return Err(Fault::at(self.reader.text, offset, FaultReason::Syntax));
            }
        };
        self.next_leaf += 1;
        let effect = self.effect_on(node, field);
        if self.reader.is_name(token) {
            self.name(token, effect);
        } else if self.reader.word(token) == ":" {
            self.open_clause();
        }
        if self.frames.last().map(|frame| frame.kind) == Some("package_clause") {
            self.reader.word(token).clone_into(&mut self.file.package);
        }
        Ok(())
    }

    /// After the colon of a clause of a type switch its symbol is in scope.
    fn open_clause(&mut self) {
        if let [.., switch, clause] = &self.frames[..]
            && switch.kind == "type_switch_statement"
            && matches!(clause.kind, "type_case" | "default_case")
        {
            for name in switch.pending.clone() {
                self.declare(name);
            }
        }
    }

    fn name(&mut self, token: usize, effect: Effect) {
        let name = self.reader.word(token);
        let follows_a_dot = token > 0 && self.reader.word(token - 1) == ".";
        if follows_a_dot {
            let is_symbol = self.file.uses.last().is_some_and(|used| {
                token >= 2 && self.reader.tokens[token - 2].start == used.position.offset
            });
            if !is_symbol {
                let position = self.reader.position(token);
                self.file.members.push(Member {
                    name: name.to_owned(),
                    position,
                });
            }
            return;
        }
        if self.scopes.declares(name) {
            return;
        }
        let is_qualifier = self.reader.word(token + 1) == "." && self.reader.is_name(token + 2);
        if effect == Effect::Assigned && self.scopes.is_within_function() {
            self.file.changes.push(Change {
                name: name.to_owned(),
                member: is_qualifier.then(|| self.reader.word(token + 2).to_owned()),
                function: self.function.to_owned(),
                position: self.reader.position(token),
            });
        }
        if is_qualifier {
            let sole_number = (self.reader.word(token + 3) == "("
                && self.reader.word(token + 5) == ")"
                && self.reader.tokens[token + 4].kind == TokenKind::Number)
                .then(|| self.reader.word(token + 4).to_owned());
            let position = self.reader.position(token);
            self.file.uses.push(Use {
                name: name.to_owned(),
                symbol: self.reader.word(token + 2).to_owned(),
                position,
                effect,
                sole_number,
            });
        } else if is_exported(name) {
            self.file.bare_exported_names.insert(name.to_owned());
        }
    }

    /// What the parent does to the value of a child.
    fn effect_on(&mut self, child: Node<'a>, field: Option<&str>) -> Effect {
        let Some(parent) = self.frames.last_mut() else {
            return Effect::None;
        };
        let is_first = child.is_named() && !parent.has_child;
        parent.has_child |= child.is_named();
        let is_target = match parent.kind {
            "assignment_statement" | "range_clause" | "receive_statement" => field == Some("left"),
            "selector_expression"
            | "index_expression"
            | "slice_expression"
            | "type_assertion_expression"
            | "unary_expression" => field == Some("operand"),
            "inc_statement"
            | "dec_statement"
            | "expression_list"
            | "parenthesized_expression"
            | "parenthesized_type"
            | "pointer_type"
            | "qualified_type" => true,
            "generic_type" | "type_instantiation_expression" => field == Some("type"),
            "call_expression" => field == Some("arguments"),
            "argument_list" => is_first,
            _ => false,
        };
        if is_target {
            parent.effect_on_target
        } else {
            Effect::None
        }
    }

    /// Some builtin functions change what their first argument holds.
    fn effect_on_first_argument(&self, call: Node<'a>) -> Effect {
        let Some(function) = call.child_by_field_name("function") else {
            return Effect::None;
        };
        let name = self.reader.word_of(function);
        let is_builtin = function.kind() == "identifier" && !self.scopes.declares(name);
        let changes = match name {
            "clear" | "copy" | "delete" => true,
            // What is appended to the front of a slice overwrites what comes behind that part.
            "append" => call
                .child_by_field_name("arguments")
                .and_then(|arguments| arguments.named_child(0))
                .is_some_and(|first| {
                    first.kind() == "slice_expression"
                        && first.child_by_field_name("end").is_some()
                        && first.child_by_field_name("capacity").is_none()
                }),
            _ => false,
        };
        if is_builtin && changes {
            Effect::Assigned
        } else {
            Effect::None
        }
    }

    fn declare(&mut self, token: usize) {
        self.scopes.declare(self.reader.word(token));
    }

    /// Bring the name that stands at a token into scope, or note it as one of the package's.
    fn declare_here(&mut self, kind: DeclarationKind, token: usize) {
        if self.scopes.is_within_function() {
            self.declare(token);
        } else {
            self.note(kind, token);
        }
    }

    fn note(&mut self, kind: DeclarationKind, token: usize) {
        let position = self.reader.position(token);
        self.file.declarations.push(Declaration {
            kind,
            name: self.reader.word(token).to_owned(),
            position,
        });
    }

    fn declare_function(&mut self, function: Node<'a>) {
        let Some(name) = function.child_by_field_name("name") else {
            return;
        };
        let token = self.reader.token_of(name);
        self.function = self.reader.word(token);
        let is_method = function.kind() == "method_declaration";
        let takes_pointer_to = (!is_method)
            .then(|| self.reader.sole_pointer_parameter(token + 1))
            .flatten();
        let kind = DeclarationKind::Function(Function {
            is_method,
            has_body: function.child_by_field_name("body").is_some(),
            takes_pointer_to,
        });
        self.note(kind, token);
    }

    fn import(&mut self, spec: Node<'a>) {
        let Some(path) = spec.child_by_field_name("path") else {
            return;
        };
        let literal = self.reader.word_of(path);
        let name = match spec
            .child_by_field_name("name")
            .map(|name| self.reader.word_of(name))
        {
            None => ImportName::Own,
            Some(".") => ImportName::Dot,
            Some("_") => ImportName::Blank,
            Some(alias) => ImportName::Alias(alias.to_owned()),
        };
        let position = self.reader.position(self.reader.token_of(spec));
        self.file.imports.push(Import {
            // A literal that has no value is kept as it is: the compiler refuses it too.
            path: unquote(literal).unwrap_or_else(|| literal.to_owned()),
            name,
            position,
        });
    }

    fn gather_directives(&mut self, scanned: &Tokens) {
        let package_clause = scanned
            .tokens
            .first()
            .map_or(self.reader.text.len(), |token| token.start);
        let imports_c = self.file.imports.iter().any(|import| import.path == "C");
        for &(start, end) in &scanned.comments {
            match directive(self.reader.text, start, end, start < package_clause) {
                None => {}
                Some(DirectiveKind::Export) if !imports_c => {}
                Some(kind) => {
                    let position = self.reader.position_of(start);
                    self.file.directives.push(Directive { kind, position });
                }
            }
        }
    }
}
