//! Read Go source: what a file imports, declares, uses and changes. Bytes become facts; nothing here judges them.
//!
//! The rule that it keeps: facts are told only about a file all of which was understood, and what could be another
//! package's symbol is one unless a declaration in an enclosing scope shows that it isn't. So nothing that a compiler
//! would take for a use of a package is missing from [`SourceFile::uses`].

mod bodies;
mod directives;
mod functions;
mod literal;
mod mutations;
mod outline;
mod points;
mod reader;
mod scopes;
mod shape;
mod tokens;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use bodies::{Act, ActKind, Body, bodies};
pub use directives::{Directive, DirectiveKind};
pub use functions::{FunctionBody, Statement, function_bodies, outside_functions};
pub use mutations::{Mutation, mutations};
pub use outline::{
    Binding, BoundTo, CallWithText, Comment, Drop, Dropped, Expression, FunctionOutline, Group,
    Outline, Outlined, OutlinedKind, Signature, TypeOutline, Variable, VariableOutline, outline,
};
pub use points::{Point, Points, Side, points};

use crate::model::Place;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Bytes before it.
    pub offset: usize,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in bytes.
    pub column: u32,
}

impl Position {
    /// The place that a report shows.
    pub fn in_file(self, file: &str) -> Place {
        Place {
            file: file.to_owned(),
            line: self.line,
            column: Some(self.column),
        }
    }
}

/// Why a file can't be read, and the first place where that shows. It says nothing about whether Go could read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {reason}", position.line, position.column)]
pub struct Fault {
    /// Where.
    pub position: Position,
    /// Why.
    pub reason: FaultReason,
}

/// Why a file can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultReason {
    /// Bytes that are no UTF-8.
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// A character that no token begins with.
    #[error("a character that has no meaning in Go")]
    Character,
    /// A comment, string or rune without its end.
    #[error("a comment, a string or a rune is not closed")]
    Unterminated,
    /// Not Go's syntax, or syntax that the grammar doesn't know.
    #[error("this is not Go that gavel understands")]
    Syntax,
    /// Brackets within brackets beyond reason.
    #[error("brackets are nested too deeply")]
    TooDeep,
    /// More tokens than anyone writes into one file.
    #[error("the file is too long")]
    TooLong,
    /// More imports than anyone writes into one file.
    #[error("the file has too many imports")]
    TooManyImports,
    /// Parsing took more steps than any good file needs.
    #[error("the source is too tangled to be parsed")]
    TooCostly,
}

impl Fault {
    fn at(text: &[u8], offset: usize, reason: FaultReason) -> Self {
        let before = &text[..offset.min(text.len())];
        let lines: Vec<&[u8]> = before.split(|&byte| byte == b'\n').collect();
        Self {
            position: Position {
                offset: before.len(),
                line: count(lines.len() - 1),
                column: count(lines.last().map_or(0, |line| line.len())),
            },
            reason,
        }
    }
}

/// A count from 1.
fn count(from_zero: usize) -> u32 {
    u32::try_from(from_zero).map_or(u32::MAX, |number| number.saturating_add(1))
}

/// The facts about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it lies, as the caller said.
    pub path: String,
    /// The name in its package clause; empty where it has none, which no compiler accepts.
    pub package: String,
    /// What it imports.
    pub imports: Vec<Import>,
    /// What it declares at package level; of several variables in one declaration each.
    pub declarations: Vec<Declaration>,
    /// Comments that tell a tool something.
    pub directives: Vec<Directive>,
    /// Each `name.Symbol` whose `name` no enclosing scope declares: another package's symbol if an import has that
    /// name, else a field or method of something at package level.
    pub uses: Vec<Use>,
    /// Names after a dot that are not the symbol of a use: fields and methods.
    pub members: Vec<Member>,
    /// Exported names that stand alone and that no enclosing scope declares: with a dot import they can be another
    /// package's symbols. Keys of composite literals and names of declarations are among them.
    pub bare_exported_names: BTreeSet<String>,
    /// Names that no enclosing scope declares and that a function assigns to, or to a part of which it does: variables of the
    /// package, or imports whose variable is meant.
    pub changes: Vec<Change>,
}

/// Something beyond a function that the function changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The name, the one before the dot if there is one.
    pub name: String,
    /// The name behind a dot.
    pub member: Option<String>,
    /// The function in which that is written.
    pub function: String,
    /// Where the name stands.
    pub position: Position,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The path, unquoted.
    pub path: String,
    /// Under which name the file knows it.
    pub name: ImportName,
    /// Where its specification starts.
    pub position: Position,
}

/// Under which name a file knows a package that it imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportName {
    /// The name that the package gives itself.
    Own,
    /// A name that the file gives it.
    Alias(String),
    /// None: its exported names are in scope as they are (`import . "x"`).
    Dot,
    /// None: it is imported for what its initialisation does (`import _ "x"`).
    Blank,
}

/// The names that a package at this path may have: its last element, without a version, a `go-` before or a `-go`
/// behind it.
fn likely_names(path: &str) -> Vec<&str> {
    let is_version = |text: &str| {
        text.strip_prefix('v')
            .is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut elements = path.rsplit('/');
    let last = elements.next().unwrap_or(path);
    let before_version = elements.next().filter(|_| is_version(last));
    let mut names = vec![];
    for element in [Some(last), before_version].into_iter().flatten() {
        let plain = match element.rsplit_once('.') {
            Some((name, version)) if is_version(version) => name,
            _ => element,
        };
        let plain = plain.strip_prefix("go-").unwrap_or(plain);
        let plain = plain.strip_suffix("-go").unwrap_or(plain);
        names.extend([element, plain]);
        names.extend(plain.rsplit('-').next());
    }
    names
}

/// A declaration at package level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What it declares.
    pub kind: DeclarationKind,
    /// The name.
    pub name: String,
    /// Where the name starts.
    pub position: Position,
}

/// What is declared at package level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// A function or a method.
    Function(Function),
    /// A variable.
    Variable,
    /// A constant.
    Constant,
    /// A type or an alias.
    Type,
}

/// More about a function or a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Whether it has a receiver.
    pub is_method: bool,
    /// Whether it is written here, rather than in assembly or elsewhere.
    pub has_body: bool,
    /// For a function with one parameter of the form `*T` or `*package.T` and without results: `T`.
    pub takes_pointer_to: Option<String>,
}

/// A use of another package's symbol, or of a member of something at package level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The name before the dot.
    pub name: String,
    /// The name after it.
    pub symbol: String,
    /// Where the name before the dot starts.
    pub position: Position,
    /// Whether what it stands for is changed here, or can be changed through its address.
    pub effect: Effect,
    /// For a call with a literal number as its one argument: the number as it is written.
    pub sole_number: Option<String>,
}

/// What a use does to what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing that the place of the use shows.
    None,
    /// It, or a part of it, is assigned to, counted up or down, or emptied.
    Assigned,
    /// The address of it, or of a part of it, is taken.
    AddressTaken,
}

/// A field or a method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Where the name starts.
    pub position: Position,
}

/// Read a file. Time and memory grow with its length, whatever it holds.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands; the compiler can tell which.
pub fn parse(path: &str, text: &[u8]) -> Result<SourceFile, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    walk::facts(path, text, &scanned, &shape)
}

impl SourceFile {
    /// Which packages a name before a dot can stand for, by their paths. Usually one; where a package names itself,
    /// all names that its path suggests count, so that nothing slips through.
    pub fn packages_by_name(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut packages: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for import in &self.imports {
            let names = match &import.name {
                ImportName::Alias(alias) => vec![alias.as_str()],
                ImportName::Dot | ImportName::Blank => vec![],
                ImportName::Own => likely_names(&import.path),
            };
            for name in names {
                packages.entry(name).or_default().insert(&import.path);
            }
        }
        packages
    }

    /// The functions (not methods) that `go test` runs as tests, in their order.
    pub fn tests(&self) -> Vec<&str> {
        self.declarations
            .iter()
            .filter(|declaration| takes(declaration, "T") && is_test_name(&declaration.name))
            .map(|declaration| declaration.name.as_str())
            .collect()
    }

    /// The bytes of the name of `func TestMain(m *testing.M)`, if the file has it.
    pub fn test_main(&self) -> Option<Range<usize>> {
        self.declarations
            .iter()
            .find(|declaration| declaration.name == "TestMain" && takes(declaration, "M"))
            .map(|found| found.position.offset..found.position.offset + found.name.len())
    }

    /// The exported symbols of the package at `path` that this file uses; `package` is the name that the package gives
    /// itself. With a dot import, a name of the file's own can be among them.
    pub fn symbols_used_of(&self, path: &str, package: &str) -> BTreeSet<&str> {
        let mut symbols = BTreeSet::new();
        for import in self.imports.iter().filter(|import| import.path == path) {
            let name = match &import.name {
                ImportName::Own => package,
                ImportName::Alias(alias) => alias,
                ImportName::Blank => continue,
                ImportName::Dot => {
                    symbols.extend(self.bare_exported_names.iter().map(String::as_str));
                    symbols.extend(
                        self.uses
                            .iter()
                            .map(|used| used.name.as_str())
                            .filter(|name| is_exported(name)),
                    );
                    continue;
                }
            };
            symbols.extend(
                self.uses
                    .iter()
                    .filter(|used| used.name == name)
                    .map(|used| used.symbol.as_str()),
            );
        }
        symbols
    }
}

fn takes(declaration: &Declaration, parameter: &str) -> bool {
    match &declaration.kind {
        DeclarationKind::Function(function) => {
            !function.is_method && function.takes_pointer_to.as_deref() == Some(parameter)
        }
        DeclarationKind::Variable | DeclarationKind::Constant | DeclarationKind::Type => false,
    }
}

/// Whether `go test` takes a function of this name for a test: `Test`, or `Test` and then no lower-case letter.
fn is_test_name(name: &str) -> bool {
    name.strip_prefix("Test")
        .is_some_and(|rest| !rest.starts_with(char::is_lowercase))
}

fn is_exported(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests;
