//! One walk over the syntax tree, in the order of the source, that gathers the facts and keeps track of scopes.
//!
//! A name is in scope from where Go says so: a parameter in the body, a variable after its declaration, the symbol of a
//! type switch in each clause after the colon. Names of packages can't be redeclared at package level by a file that
//! imports them, so only scopes within functions count.

use std::collections::{BTreeSet, HashMap};

use tree_sitter::{Node, TreeCursor};

use super::directives::{Directive, DirectiveKind, directive};
use super::literal::unquote;
use super::shape::{Shape, word};
use super::tokens::{Token, TokenKind, Tokens};
use super::{
    Declaration, DeclarationKind, Effect, Fault, FaultReason, Function, Import, ImportName, Member,
    Position, SourceFile, Use, count, is_exported,
};

/// Gather the facts about a file.
pub(super) fn facts(
    path: &str,
    text: &[u8],
    scanned: &Tokens,
    shape: &Shape,
) -> Result<SourceFile, Fault> {
    let mut lines = vec![0];
    lines.extend(
        text.iter()
            .enumerate()
            .filter(|&(_, &byte)| byte == b'\n')
            .map(|(at, _)| at + 1),
    );
    let mut walk = Walk {
        text,
        tokens: &scanned.tokens,
        shape,
        lines,
        next_leaf: 0,
        frames: vec![],
        open_scopes: 0,
        declared: vec![],
        in_scope: HashMap::new(),
        file: SourceFile {
            path: path.to_owned(),
            package: String::new(),
            imports: vec![],
            declarations: vec![],
            directives: vec![],
            uses: vec![],
            members: vec![],
            bare_exported_names: BTreeSet::new(),
        },
    };
    walk.run(&mut shape.tree.walk())?;
    walk.gather_directives(scanned);
    Ok(walk.file)
}

/// A node that the walk is in.
struct Frame<'a> {
    kind: &'a str,
    /// How many names were declared when a scope was opened; nothing for a node that opens none.
    scope: Option<usize>,
    /// The tokens of names that a later child brings into scope: a function's parameters, a type switch's symbol.
    pending: Vec<usize>,
    /// What is done to the children that stand where the node changes something, or hands on what is done to itself:
    /// its left side, its operand, its first argument.
    effect_on_target: Effect,
    /// Whether it has had a named child yet.
    has_child: bool,
}

struct Walk<'a> {
    text: &'a [u8],
    tokens: &'a [Token],
    shape: &'a Shape,
    /// Where each line starts.
    lines: Vec<usize>,
    /// How many leaves were visited.
    next_leaf: usize,
    frames: Vec<Frame<'a>>,
    /// How many of them opened a scope.
    open_scopes: usize,
    /// The names in scope, inner ones last.
    declared: Vec<&'a str>,
    /// How often each name is in scope.
    in_scope: HashMap<&'a str, usize>,
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
            scope: None,
            pending: vec![],
            effect_on_target: effect,
            has_child: false,
        };
        match frame.kind {
            "function_declaration" | "method_declaration" | "func_literal" => {
                frame.scope = Some(self.declared.len());
                frame.pending = self.parameters(node);
                if frame.kind != "func_literal" {
                    self.declare_function(node);
                }
            }
            "type_switch_statement" => {
                frame.scope = Some(self.declared.len());
                frame.pending = self.names(node, "alias");
            }
            "block" | "if_statement" | "for_statement" | "expression_switch_statement"
            | "expression_case" | "type_case" | "default_case" | "communication_case" => {
                frame.scope = Some(self.declared.len());
            }
            "assignment_statement" | "inc_statement" | "dec_statement" => {
                frame.effect_on_target = Effect::Assigned;
            }
            "range_clause" | "receive_statement" => {
                frame.effect_on_target = if self.defines(node) {
                    Effect::None
                } else {
                    Effect::Assigned
                };
            }
            "unary_expression" => {
                frame.effect_on_target = match self.word_of(node) {
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
        self.open_scopes += usize::from(frame.scope.is_some());
        self.frames.push(frame);
        match node.kind() {
            "block" => {
                for name in function_body.unwrap_or_default() {
                    self.declare(name);
                }
            }
            "type_parameter_list" if self.is_within_function() => {
                for name in self.names_of_children(node, "name") {
                    self.declare(name);
                }
            }
            "type_spec" | "type_alias" => {
                for name in self.names(node, "name") {
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
                for name in self.names(node, "name") {
                    self.declare_here(DeclarationKind::Variable, name);
                }
            }
            "const_spec" => {
                for name in self.names(node, "name") {
                    self.declare_here(DeclarationKind::Constant, name);
                }
            }
            "short_var_declaration" => {
                for name in self.names(node, "left") {
                    self.declare(name);
                }
            }
            "range_clause" | "receive_statement" if self.defines(node) => {
                for name in self.names(node, "left") {
                    self.declare(name);
                }
            }
            _ => {}
        }
        let Some(frame) = self.frames.pop() else {
            return;
        };
        if let Some(outer) = frame.scope {
            self.open_scopes -= 1;
            for name in self.declared.drain(outer..) {
                if let Some(times) = self.in_scope.get_mut(name) {
                    *times -= 1;
                }
            }
        }
    }

    fn leaf(&mut self, node: Node<'a>, field: Option<&str>) -> Result<(), Fault> {
        let token = match self.shape.starts.get(self.next_leaf) {
            Some(&(start, token)) if start == node.start_byte() => token,
            _ => {
                // The grammar saw other tokens than were written for it.
                let offset = self.tokens[self.token_of(node)].start;
                return Err(Fault::at(self.text, offset, FaultReason::Syntax));
            }
        };
        self.next_leaf += 1;
        let effect = self.effect_on(node, field);
        if self.tokens[token].kind == TokenKind::Name {
            self.name(token, effect);
        } else if self.word(token) == ":" {
            self.open_clause();
        }
        if self.frames.last().map(|frame| frame.kind) == Some("package_clause") {
            self.word(token).clone_into(&mut self.file.package);
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
        let name = self.word(token);
        let follows_a_dot = token > 0 && self.word(token - 1) == ".";
        if follows_a_dot {
            let is_symbol = self
                .file
                .uses
                .last()
                .is_some_and(|used| token >= 2 && self.tokens[token - 2].start == used.position.offset);
            if !is_symbol {
                let position = self.position(token);
                self.file.members.push(Member {
                    name: name.to_owned(),
                    position,
                });
            }
            return;
        }
        if self.in_scope.get(name).is_some_and(|&times| times > 0) {
            return;
        }
        let is_qualifier = self.word(token + 1) == "."
            && self
                .tokens
                .get(token + 2)
                .is_some_and(|symbol| symbol.kind == TokenKind::Name);
        if is_qualifier {
            let sole_number = (self.word(token + 3) == "("
                && self.word(token + 5) == ")"
                && self.tokens[token + 4].kind == TokenKind::Number)
                .then(|| self.word(token + 4).to_owned());
            let position = self.position(token);
            self.file.uses.push(Use {
                name: name.to_owned(),
                symbol: self.word(token + 2).to_owned(),
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
            "selector_expression" | "index_expression" | "slice_expression"
            | "type_assertion_expression" | "unary_expression" => field == Some("operand"),
            "inc_statement" | "dec_statement" | "expression_list" | "parenthesized_expression"
            | "parenthesized_type" | "pointer_type" | "qualified_type" => true,
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
        let name = self.word_of(function);
        let is_builtin = function.kind() == "identifier"
            && self.in_scope.get(name).is_none_or(|&times| times == 0);
        let changes = match name {
            "clear" | "copy" | "delete" => true,
            // What is appended to a part of a slice overwrites what comes behind that part.
            "append" => call
                .child_by_field_name("arguments")
                .and_then(|arguments| arguments.named_child(0))
                .is_some_and(|first| first.kind() == "slice_expression"),
            _ => false,
        };
        if is_builtin && changes {
            Effect::Assigned
        } else {
            Effect::None
        }
    }

    /// Whether a range clause or a receive statement declares what stands on its left.
    fn defines(&self, node: Node<'a>) -> bool {
        let mut cursor = node.walk();
        node.children(&mut cursor)
            .any(|child| child.kind() == ":=")
    }

    /// The tokens of the names of all parameters and results of a function, its receiver included.
    fn parameters(&self, function: Node<'a>) -> Vec<usize> {
        ["receiver", "parameters", "result"]
            .into_iter()
            .filter_map(|field| function.child_by_field_name(field))
            .filter(|list| list.kind() == "parameter_list")
            .flat_map(|list| self.names_of_children(list, "name"))
            .collect()
    }

    fn names_of_children(&self, list: Node<'a>, field: &str) -> Vec<usize> {
        let mut cursor = list.walk();
        list.named_children(&mut cursor)
            .flat_map(|child| self.names(child, field))
            .collect()
    }

    /// The tokens of the names in the children that stand in a field, be it names or a list of expressions.
    fn names(&self, node: Node<'a>, field: &str) -> Vec<usize> {
        let mut cursor = node.walk();
        let mut found = vec![];
        for child in node.children_by_field_name(field, &mut cursor) {
            if child.kind() == "expression_list" {
                let mut inner = child.walk();
                found.extend(
                    child
                        .named_children(&mut inner)
                        .filter(|name| name.kind() == "identifier")
                        .map(|name| self.token_of(name)),
                );
            } else if child.is_named() {
                found.push(self.token_of(child));
            }
        }
        found
    }

    /// Bring the name that stands at a token into the innermost scope.
    fn declare(&mut self, token: usize) {
        let name = self.word(token);
        if self.is_within_function() && name != "_" {
            self.declared.push(name);
            *self.in_scope.entry(name).or_default() += 1;
        }
    }

    /// Bring the name that stands at a token into scope, or note it as one of the package's.
    fn declare_here(&mut self, kind: DeclarationKind, token: usize) {
        if self.is_within_function() {
            self.declare(token);
        } else {
            self.note(kind, token);
        }
    }

    fn note(&mut self, kind: DeclarationKind, token: usize) {
        let position = self.position(token);
        self.file.declarations.push(Declaration {
            kind,
            name: self.word(token).to_owned(),
            position,
        });
    }

    fn is_within_function(&self) -> bool {
        self.open_scopes > 0
    }

    fn declare_function(&mut self, function: Node<'a>) {
        let Some(name) = function.child_by_field_name("name") else {
            return;
        };
        let token = self.token_of(name);
        let is_method = function.kind() == "method_declaration";
        let takes_pointer_to = (!is_method)
            .then(|| self.sole_pointer_parameter(token + 1))
            .flatten();
        let kind = DeclarationKind::Function(Function {
            is_method,
            has_body: function.child_by_field_name("body").is_some(),
            takes_pointer_to,
        });
        self.note(kind, token);
    }

    /// `T` of `(name *package.T) {`, where name and package may be missing.
    fn sole_pointer_parameter(&self, open: usize) -> Option<String> {
        let is_name = |at: usize| {
            self.tokens
                .get(at)
                .is_some_and(|token| token.kind == TokenKind::Name)
        };
        if self.word(open) != "(" {
            return None;
        }
        let mut at = open + 1;
        at += usize::from(is_name(at));
        if self.word(at) != "*" {
            return None;
        }
        at += 1;
        if self.word(at + 1) == "." {
            at += 2;
        }
        let name = at;
        at += 1;
        at += usize::from(self.word(at) == ",");
        (is_name(name) && self.word(at) == ")" && self.word(at + 1) == "{")
            .then(|| self.word(name).to_owned())
    }

    fn import(&mut self, spec: Node<'a>) {
        let Some(path) = spec.child_by_field_name("path") else {
            return;
        };
        let literal = self.word_of(path);
        let name = match spec
            .child_by_field_name("name")
            .map(|name| self.word_of(name))
        {
            None => ImportName::Own,
            Some(".") => ImportName::Dot,
            Some("_") => ImportName::Blank,
            Some(alias) => ImportName::Alias(alias.to_owned()),
        };
        let position = self.position(self.token_of(spec));
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
            .map_or(self.text.len(), |token| token.start);
        let imports_c = self.file.imports.iter().any(|import| import.path == "C");
        for &(start, end) in &scanned.comments {
            match directive(self.text, start, end, start < package_clause) {
                None => {}
                Some(DirectiveKind::Export) if !imports_c => {}
                Some(kind) => {
                    let position = self.position_of(start);
                    self.file.directives.push(Directive { kind, position });
                }
            }
        }
    }

    fn word(&self, token: usize) -> &'a str {
        word(self.text, self.tokens, token)
    }

    /// The first token of a node.
    fn token_of(&self, node: Node<'a>) -> usize {
        self.shape.token_at(node.start_byte())
    }

    fn word_of(&self, node: Node<'a>) -> &'a str {
        self.word(self.token_of(node))
    }

    fn position(&self, token: usize) -> Position {
        self.position_of(self.tokens[token].start)
    }

    fn position_of(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|&start| start <= offset) - 1;
        Position {
            offset,
            line: count(line),
            column: count(offset - self.lines[line]),
        }
    }
}
