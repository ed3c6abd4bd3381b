//! What rules of style ask about: declarations with what is written about them, signatures, the length and the branches of
//! functions, results that nobody looks at, comments.
//!
//! Types are told as the source spells them, without blanks. What a name stands for is not looked up here.

mod function;
mod parts;

use std::collections::BTreeSet;
use std::ops::Range;

use super::reader::Reader;
use super::tokens::TokenKind;
use super::{Fault, Position, SourceFile, shape, tokens, walk};
use parts::{calls_with_text, comments, doc_above, function_of, line, named, specifications};

/// A file as rules of style see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Imports, uses, and what of the package is changed where.
    pub facts: SourceFile,
    /// Where the package clause names the package.
    pub package: Position,
    /// What is written about the package, directly above its clause.
    pub package_doc: Option<String>,
    /// All comments, in order.
    pub comments: Vec<Comment>,
    /// What is declared at package level, in order; of several names in one specification each.
    pub declarations: Vec<Outlined>,
    /// Calls of a name or of a member, with one string that is written out as their first argument.
    pub calls_with_text: Vec<CallWithText>,
    /// All names in the file, whatever they stand for.
    pub names: BTreeSet<String>,
}

/// A comment, without its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its words.
    pub text: String,
    /// Where it starts.
    pub position: Position,
    /// The line on which it ends.
    pub last_line: u32,
    /// Whether nothing but blanks stands before it on its line.
    pub is_alone: bool,
}

/// A declaration at package level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlined {
    /// The name.
    pub name: String,
    /// Where the name stands.
    pub position: Position,
    /// The comment directly above it, or behind a constant or a variable.
    pub doc: Option<String>,
    /// The parentheses that it is declared in with others: `const (…)`.
    pub group: Option<Group>,
    /// Names in its signature or its type.
    pub mentions: BTreeSet<String>,
    /// What it is.
    pub kind: OutlinedKind,
}

/// Declarations in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Where it starts, which tells one from another.
    pub offset: usize,
    /// Whether a comment stands directly above it.
    pub has_doc: bool,
}

/// What is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutlinedKind {
    /// A function or a method.
    Function(FunctionOutline),
    /// A type.
    Type(TypeOutline),
    /// A variable.
    Variable(VariableOutline),
    /// A constant.
    Constant,
}

/// A function or a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionOutline {
    /// What a method is declared on.
    pub receiver: Option<Variable>,
    /// Its parameters and results.
    pub signature: Signature,
    /// Lines between its braces on which something stands beside comments.
    pub code_lines: u32,
    /// How many ways lead through it: one, and one for each `if`, `for`, case, `&&` and `||`.
    pub complexity: u32,
    /// What its variables, parameters included, are bound to.
    pub bindings: Vec<Binding>,
    /// Calls whose last result nobody can look at afterwards. Deferred ones and those of `go` aren't among them.
    pub dropped: Vec<Dropped>,
}

/// Parameters and results.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Parameters, one for each name, or without a name.
    pub parameters: Vec<Variable>,
    /// The types of the results.
    pub results: Vec<String>,
}

/// A name with a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The name; none where only a type is written, as for what is embedded.
    pub name: Option<String>,
    /// The type.
    pub of: String,
    /// Where that starts.
    pub position: Position,
}

/// A type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeOutline {
    /// The fields of a struct.
    pub fields: Vec<Variable>,
    /// The methods of an interface.
    pub methods: Vec<(String, Signature)>,
}

/// A variable of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableOutline {
    /// Its type, where that is written.
    pub of: Option<String>,
    /// Its value.
    pub value: Expression,
}

/// What a variable of a function is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The variable.
    pub name: String,
    /// To what.
    pub to: BoundTo,
    /// The bytes of the file in which that is so, unless an inner scope binds the name anew.
    pub scope: Range<usize>,
}

/// What a variable can be bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundTo {
    /// It has this type.
    Type(String),
    /// It is one of the results of a call of this.
    Result(Expression, usize),
    /// It is this.
    Value(Expression),
    /// It is something else.
    Unknown,
}

/// An expression, as far as its type can be told by names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// `name`
    Name(String),
    /// `x.name`
    Member(Box<Expression>, String),
    /// `f(…)`
    Call(Box<Expression>),
    /// A literal of this type, or what `new` or `make` gives.
    Literal(String),
    /// Something else.
    Other,
}

/// A call whose last result is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// What is called.
    pub callee: Expression,
    /// It, as the source spells it.
    pub spelt: String,
    /// Its first argument.
    pub argument: Option<Expression>,
    /// Where the statement starts.
    pub position: Position,
    /// How.
    pub how: Drop,
}

/// How a result is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// The call stands alone.
    Statement,
    /// It is assigned to `_`.
    Blank,
}

/// A call with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallWithText {
    /// What is called.
    pub callee: Expression,
    /// The value of its first argument.
    pub text: String,
    /// Where that stands.
    pub position: Position,
}

/// Outline a file.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn outline(path: &str, text: &[u8]) -> Result<Outline, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    let facts = walk::facts(path, text, &scanned, &shape)?;
    let reader = Reader::new(text, &scanned.tokens, &shape);
    let comments = comments(&reader, &scanned);
    let mut found = Outline {
        facts,
        package: reader.position(0),
        package_doc: None,
        comments,
        declarations: Vec::new(),
        calls_with_text: Vec::new(),
        names: scanned
            .tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.kind == TokenKind::Name)
            .map(|(at, _)| reader.word(at).to_owned())
            .collect(),
    };
    for node in named(shape.tree.root_node()) {
        match node.kind() {
            "package_clause" => {
                found.package_doc = doc_above(&found.comments, line(&reader, node));
                if let Some(name) = node.named_child(0) {
                    found.package = reader.position(reader.token_of(name));
                }
            }
            "function_declaration" | "method_declaration" => {
                found
                    .declarations
                    .extend(function_of(&reader, &found.comments, node));
            }
            "const_declaration" | "var_declaration" | "type_declaration" => {
                let specifications = specifications(&reader, &found.comments, node);
                found.declarations.extend(specifications);
            }
            _ => {}
        }
    }
    calls_with_text(&reader, shape.tree.root_node(), &mut found.calls_with_text);
    Ok(found)
}

#[cfg(test)]
mod tests;
