//! The functions of a file: where their bodies stand, and what stands around them.

use std::ops::Range;

use tree_sitter::Node;

use super::points::end_of;
use super::reader::Reader;
use super::{Fault, shape, tokens};

/// A function or a method with a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionBody {
    /// `Limiter.Allow`, `New`; the second of a name is `init#2`.
    pub name: String,
    /// The bytes between its braces.
    pub inside: Range<usize>,
    /// The line and the column, from 1, at which they start.
    pub start: (u32, u32),
    /// The line and the column of the closing brace.
    pub end: (u32, u32),
    /// What it gives back, as the source spells it; empty for nothing.
    pub result: String,
    /// The statements in it, those in others included, in order.
    pub statements: Vec<Statement>,
    /// Where names of labels end, in order.
    pub labels: Vec<usize>,
}

/// A statement in a list of statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// How many bytes stand before it.
    pub offset: usize,
    /// Its own lines, from 1, without those of statements in it.
    pub lines: (u32, u32),
}

/// Finds the functions of a file, in order.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn function_bodies(text: &[u8]) -> Result<Vec<FunctionBody>, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    Ok(in_tree(&Reader::new(text, &scanned.tokens, &shape)))
}

/// What a file says outside of the bodies of its functions, its imports and its comments.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn outside_functions(text: &[u8]) -> Result<Vec<String>, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    let reader = Reader::new(text, &scanned.tokens, &shape);
    let mut left_out: Vec<Range<usize>> = in_tree(&reader)
        .into_iter()
        .map(|body| body.inside)
        .collect();
    let mut cursor = shape.tree.walk();
    for node in shape.tree.root_node().named_children(&mut cursor) {
        if node.kind() == "import_declaration" {
            left_out.push(range_of(&reader, node));
        }
    }
    let is_outside = |at: usize| !left_out.iter().any(|range| range.contains(&at));
    Ok(scanned
        .tokens
        .iter()
        .filter(|token| token.end > token.start && is_outside(token.start))
        .map(|token| String::from_utf8_lossy(&text[token.start..token.end]).into_owned())
        .collect())
}

pub(super) fn in_tree(reader: &Reader<'_>) -> Vec<FunctionBody> {
    let mut bodies: Vec<FunctionBody> = Vec::new();
    let root = reader.shape.tree.root_node();
    let mut cursor = root.walk();
    for node in root.named_children(&mut cursor) {
        if !matches!(node.kind(), "function_declaration" | "method_declaration") {
            continue;
        }
        let Some(block) = node.child_by_field_name("body") else {
            continue;
        };
        let name = name_of(reader, node);
        let namesakes = bodies
            .iter()
            .filter(|body| body.name.split('#').next() == Some(&name))
            .count();
        let inside = reader.tokens[reader.token_of(block)].end..end_of(reader, block) - 1;
        let place = |offset: usize| {
            let position = reader.position_of(offset);
            (position.line, position.column)
        };
        bodies.push(FunctionBody {
            name: match namesakes {
                0 => name,
                _ => format!("{name}#{}", namesakes + 1),
            },
            start: place(inside.start),
            end: place(inside.end),
            inside,
            result: node
                .child_by_field_name("result")
                .map_or_else(String::new, |result| text_of(reader, result)),
            statements: statements_in(reader, block),
            labels: labels_in(reader, block),
        });
    }
    bodies
}

fn name_of<'a>(reader: &Reader<'a>, function: Node<'a>) -> String {
    let name = function
        .child_by_field_name("name")
        .map_or("", |name| reader.word_of(name));
    match receiver_type(reader, function) {
        Some(receiver) => format!("{receiver}.{name}"),
        None => name.to_owned(),
    }
}

/// `Set` of `(s *Set[K, V])`.
fn receiver_type<'a>(reader: &Reader<'a>, function: Node<'a>) -> Option<&'a str> {
    let receiver = function.child_by_field_name("receiver")?;
    let of_type = receiver.named_child(0)?.child_by_field_name("type")?;
    (reader.token_of(of_type)..reader.tokens.len())
        .find(|at| reader.is_name(*at))
        .map(|at| reader.word(at))
}

fn statements_in<'a>(reader: &Reader<'a>, block: Node<'a>) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open = vec![block];
    while let Some(node) = open.pop() {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if node.kind() == "statement_list" && child.kind() != "empty_statement" {
                let token = reader.token_of(child);
                let first = reader.position(token).line;
                let last = first_list_in(child).map_or_else(
                    || reader.position_of(end_of(reader, child) - 1).line,
                    |list| {
                        reader
                            .position(reader.token_of(list).saturating_sub(1))
                            .line
                    },
                );
                found.push(Statement {
                    offset: reader.tokens[token].start,
                    lines: (first, last.max(first)),
                });
            }
            open.push(child);
        }
    }
    found.sort_by_key(|statement| statement.offset);
    found
}

fn labels_in<'a>(reader: &Reader<'a>, block: Node<'a>) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![block];
    while let Some(node) = open.pop() {
        if node.kind() == "label_name" {
            found.push(end_of(reader, node));
        }
        let mut cursor = node.walk();
        open.extend(node.named_children(&mut cursor));
    }
    found.sort_unstable();
    found
}

pub(super) fn range_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> Range<usize> {
    reader.tokens[reader.token_of(node)].start..end_of(reader, node)
}

pub(super) fn text_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> String {
    String::from_utf8_lossy(&reader.text[range_of(reader, node)]).into_owned()
}

/// The first list of statements within a statement.
fn first_list_in(node: Node<'_>) -> Option<Node<'_>> {
    let mut first: Option<Node<'_>> = None;
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.kind() != "statement_list" {
                open.push(child);
            } else if first.is_none_or(|first| child.start_byte() < first.start_byte()) {
                first = Some(child);
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_have_names_places_and_statements() {
        let text = "package p\n\nimport \"fmt\"\n\n// New is new.\nfunc New() int {\n\tif x {\n\t\treturn 1\n\t}\n\treturn f(\n\t\t2)\n}\n\nfunc (s *Set[K]) Len() { }\nfunc init() {}\nfunc init() {}\nfunc outside()\n";
        let found = function_bodies(text.as_bytes()).expect("Go");
        let shown: Vec<String> = found
            .iter()
            .map(|body| {
                let lines: Vec<_> = body.statements.iter().map(|one| one.lines).collect();
                format!("{} {:?} {:?} {lines:?}", body.name, body.start, body.end)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "New (6, 17) (12, 1) [(7, 7), (8, 8), (10, 11)]",
                "Set.Len (14, 25) (14, 26) []",
                "init (15, 14) (15, 14) []",
                "init#2 (16, 14) (16, 14) []",
            ]
        );
        let outside = outside_functions(text.as_bytes()).expect("Go").join(" ");
        assert_eq!(
            outside.replace(" ;", ""),
            "package p func New ( ) int { } func ( s * Set [ K ] ) Len ( ) { } func init ( ) { } func init ( ) { } func outside ( )"
        );
    }
}
