//! The file and its tree side by side: which tokens stand at a node, and what stands in its fields.

use tree_sitter::Node;

use super::shape::{Shape, word};
use super::tokens::{Token, TokenKind};
use super::{Position, count};

/// The text of a file, its tokens, and the tree of its shape.
pub(super) struct Reader<'a> {
    pub(super) text: &'a [u8],
    pub(super) tokens: &'a [Token],
    pub(super) shape: &'a Shape,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a [u8], tokens: &'a [Token], shape: &'a Shape) -> Self {
        let mut lines = vec![0];
        lines.extend(
            text.iter()
                .enumerate()
                .filter(|&(_, &byte)| byte == b'\n')
                .map(|(at, _)| at + 1),
        );
        Self {
            text,
            tokens,
            shape,
            lines,
        }
    }

    /// The tokens of the names of all parameters and results of a function, its receiver included.
    pub(super) fn parameters(&self, function: Node<'a>) -> Vec<usize> {
        ["receiver", "parameters", "result"]
            .into_iter()
            .filter_map(|field| function.child_by_field_name(field))
            .filter(|list| list.kind() == "parameter_list")
            .flat_map(|list| self.names_of_children(list, "name"))
            .collect()
    }

    pub(super) fn names_of_children(&self, list: Node<'a>, field: &str) -> Vec<usize> {
        let mut cursor = list.walk();
        list.named_children(&mut cursor)
            .flat_map(|child| self.names(child, field))
            .collect()
    }

    /// The tokens of the names in the children that stand in a field, be it names or a list of expressions.
    pub(super) fn names(&self, node: Node<'a>, field: &str) -> Vec<usize> {
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

    /// `T` of `(name *package.T) {`, where name and package may be missing.
    pub(super) fn sole_pointer_parameter(&self, open: usize) -> Option<String> {
        let is_name = |at: usize| self.is_name(at);
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

    pub(super) fn word(&self, token: usize) -> &'a str {
        word(self.text, self.tokens, token)
    }

    /// The first token of a node.
    pub(super) fn token_of(&self, node: Node<'a>) -> usize {
        self.shape.token_at(node.start_byte())
    }

    pub(super) fn word_of(&self, node: Node<'a>) -> &'a str {
        self.word(self.token_of(node))
    }

    pub(super) fn position(&self, token: usize) -> Position {
        self.position_of(self.tokens[token].start)
    }

    pub(super) fn position_of(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|&start| start <= offset) - 1;
        Position {
            offset,
            line: count(line),
            column: count(offset - self.lines[line]),
        }
    }

    /// Whether a token is a name.
    pub(super) fn is_name(&self, token: usize) -> bool {
        self.tokens
            .get(token)
            .is_some_and(|token| token.kind == TokenKind::Name)
    }
}

/// Whether a range clause or a receive statement declares what stands on its left.
pub(super) fn defines(node: Node<'_>) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor).any(|child| child.kind() == ":=")
}
