//! The syntax tree of a file.
//!
//! tree-sitter-go never sees the file itself but its shape: the tokens of [`super::tokens`], one blank between two, each
//! name written `x`, each number `1`, each string `""`, each end of a statement `;`. That has three reasons.
//!
//! - The grammar's own lexer differs from Go's in small ways (which characters make up a name, what a comment over
//!   several lines does, where a line ends a statement). A file could be read in one way here and compiled in another.
//!   With the shape there is nothing left to differ about, and every leaf of the tree is one known token of the file.
//! - The grammar takes `nil`, `true` and `iota` for reserved words, but Go lets anyone use them as names.
//! - Where the grammar can't read valid Go, the shape can be written in another way that says the same:
//!   - In `new(…)` it expects a type. Since Go 1.26 an expression may stand there (`new(42)`), so `new` is an ordinary
//!     name in the shape unless what follows is a type that could not be taken for an expression, such as `new([]int)`.
//!     `make` is treated likewise, for programs that use it as a name of their own.
//!   - It wants a semicolon after the last specification in `const (…)` and `var (…)`, so the shape has one.
//!   - It has no empty statement before the condition (`if ; ready {`), so the shape leaves out that semicolon.
//!
//! Nothing can hide in any of this, since names and strings are always looked up in the tokens, never in the shape.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::tokens::{Token, TokenKind};
use super::{Fault, FaultReason};

/// How deep brackets may be nested; people's code stays below 30.
const DEEPEST_NESTING: usize = 500;

/// How many hundreds of parser steps a token may cost; good Go needs less than a tenth of one.
const STEPS_FOR_TOKEN: usize = 2;

/// How many hundreds of parser steps may be spent on recovering from errors, which only serves to say where they are.
const STEPS_FOR_RECOVERY: usize = 2_000;

/// The tree of the shape, and which token stands at which byte of the shape.
pub(super) struct Shape {
    pub(super) tree: Tree,
    /// Where in the shape each of its tokens starts, with the token's index; a semicolon that only the shape has comes
    /// with the index of the token that it stands before.
    pub(super) starts: Vec<(usize, usize)>,
}

impl Shape {
    /// The index of the token that stands at, or last before, a byte of the shape.
    pub(super) fn token_at(&self, byte: usize) -> usize {
        let after = self.starts.partition_point(|&(start, _)| start <= byte);
        self.starts
            .get(after.saturating_sub(1))
            .map_or(0, |&(_, token)| token)
    }
}

/// Parse the tokens of a file.
pub(super) fn parse(text: &[u8], tokens: &[Token]) -> Result<Shape, Fault> {
    let (shape, starts) = write_shape(text, tokens)?;
    let place = |byte: usize, reason: FaultReason| {
        let after = starts.partition_point(|&(start, _)| start <= byte);
        let token = starts
            .get(after.saturating_sub(1))
            .and_then(|&(_, token)| tokens.get(token));
        Fault::at(text, token.map_or(0, |token| token.start), reason)
    };
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_go::LANGUAGE.into())
        .expect("the grammar's version is fixed when gavel is built");
    let mut steps = 0;
    let mut steps_left = 10_000 + tokens.len() * STEPS_FOR_TOKEN;
    let mut first_error = None;
    let mut furthest = 0;
    let mut watch = |state: &ParseState| {
        steps += 1;
        furthest = state.current_byte_offset();
        if state.has_error() && first_error.is_none() {
            first_error = Some(furthest);
            steps_left = steps_left.min(steps + STEPS_FOR_RECOVERY);
        }
        if steps > steps_left {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let tree = parser.parse_with_options(
        &mut |byte, _| &shape.as_bytes()[byte.min(shape.len())..],
        None,
        Some(ParseOptions::new().progress_callback(&mut watch)),
    );
    let Some(tree) = tree else {
        return Err(match first_error {
            Some(byte) => place(byte, FaultReason::Syntax),
            None => place(furthest, FaultReason::TooCostly),
        });
    };
    if tree.root_node().has_error() {
        return Err(place(first_error_of(&tree), FaultReason::Syntax));
    }
    Ok(Shape { tree, starts })
}

/// The byte of the shape at which the first error of a tree stands.
fn first_error_of(tree: &Tree) -> usize {
    let mut cursor = tree.walk();
    'search: loop {
        let node = cursor.node();
        if node.is_error() || node.is_missing() {
            return node.start_byte();
        }
        if cursor.goto_first_child() {
            loop {
                if cursor.node().has_error() || cursor.node().is_missing() {
                    continue 'search;
                }
                if !cursor.goto_next_sibling() {
                    break;
                }
            }
        }
        return node.start_byte();
    }
}

fn write_shape(text: &[u8], tokens: &[Token]) -> Result<(String, Vec<(usize, usize)>), Fault> {
    let closing = matching_brackets(text, tokens)?;
    let word = |index: usize| word(text, tokens, index);
    let mut shape = String::with_capacity(tokens.len() * 3);
    let mut starts = Vec::with_capacity(tokens.len());
    let mut needs_semicolon = vec![];
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", word);
        if word(index) == "(" && matches!(before, "const" | "var") {
            needs_semicolon.push(closing[index]);
        }
        if needs_semicolon.last() == Some(&index) {
            needs_semicolon.pop();
            if !matches!(before, ";" | "(") {
                starts.push((shape.len(), index));
                shape.push_str("; ");
            }
        }
        starts.push((shape.len(), index));
        match token.kind {
            TokenKind::Name => shape.push_str(match word(index) {
                "_" => "_",
                "new" | "make" if takes_a_type(text, tokens, &closing, index) => word(index),
                _ => "x",
            }),
            TokenKind::Keyword | TokenKind::Sign => shape.push_str(word(index)),
            TokenKind::Number => shape.push('1'),
            TokenKind::Text => shape.push_str("\"\""),
            TokenKind::Semicolon if matches!(before, "if" | "switch") => {
                starts.pop();
            }
            TokenKind::Semicolon => shape.push(';'),
        }
        shape.push(' ');
    }
    Ok((shape, starts))
}

/// The text of a token; nothing after the last, `;` for every semicolon.
pub(super) fn word<'a>(text: &'a [u8], tokens: &[Token], index: usize) -> &'a str {
    tokens.get(index).map_or("", |token| match token.kind {
        TokenKind::Semicolon => ";",
        TokenKind::Name
        | TokenKind::Keyword
        | TokenKind::Number
        | TokenKind::Text
        | TokenKind::Sign => std::str::from_utf8(&text[token.start..token.end]).unwrap_or(""),
    })
}

/// For each opening bracket the index of the bracket that closes it.
fn matching_brackets(text: &[u8], tokens: &[Token]) -> Result<Vec<usize>, Fault> {
    let mut closing = vec![usize::MAX; tokens.len()];
    let mut open: Vec<usize> = vec![];
    for (index, token) in tokens.iter().enumerate() {
        if token.kind != TokenKind::Sign {
            continue;
        }
        match &text[token.start..token.end] {
            b"(" | b"[" | b"{" => {
                open.push(index);
                if open.len() > DEEPEST_NESTING {
                    return Err(Fault::at(text, token.start, FaultReason::TooDeep));
                }
            }
            b")" | b"]" | b"}" => {
                let Some(opening) = open.pop() else {
                    return Err(Fault::at(text, token.start, FaultReason::Syntax));
                };
                closing[opening] = index;
            }
            _ => {}
        }
    }
    match open.pop() {
        Some(opening) => Err(Fault::at(text, tokens[opening].start, FaultReason::Syntax)),
        None => Ok(closing),
    }
}

/// Whether the first argument of a call is a type that could not be taken for an expression.
fn takes_a_type(text: &[u8], tokens: &[Token], closing: &[usize], name: usize) -> bool {
    let word = |index: usize| word(text, tokens, index);
    if word(name + 1) != "(" {
        return false;
    }
    let close = closing[name + 1];
    let mut at = name + 2;
    let mut parentheses = 0;
    loop {
        match word(at) {
            "*" => at += 1,
            "(" => {
                parentheses += 1;
                at += 1;
            }
            _ => break,
        }
    }
    if !matches!(
        word(at),
        "[" | "map" | "chan" | "struct" | "interface" | "func" | "<-"
    ) {
        return false;
    }
    let Some(mut at) = end_of_type(text, tokens, closing, at) else {
        return false;
    };
    while parentheses > 0 && word(at) == ")" {
        parentheses -= 1;
        at += 1;
    }
    parentheses == 0 && (at == close || word(at) == ",")
}

/// The index after a type, if there is one.
fn end_of_type(text: &[u8], tokens: &[Token], closing: &[usize], start: usize) -> Option<usize> {
    let word = |index: usize| word(text, tokens, index);
    let after = |opening: usize, sign: &str| (word(opening) == sign).then(|| closing[opening] + 1);
    let mut at = start;
    loop {
        match word(at) {
            "*" => at += 1,
            "[" => at = after(at, "[")?,
            "map" => at = after(at + 1, "[")?,
            "chan" if word(at + 1) == "<-" => at += 2,
            "chan" => at += 1,
            "<-" if word(at + 1) == "chan" => at += 2,
            "struct" | "interface" => return after(at + 1, "{"),
            "func" => {
                at = after(at + 1, "(")?;
                match word(at) {
                    "(" => return after(at, "("),
                    "*" | "[" | "map" | "chan" | "<-" | "struct" | "interface" | "func" => {}
                    _ if tokens.get(at).is_some_and(|token| token.kind == TokenKind::Name) => {}
                    _ => return Some(at),
                }
            }
            "(" => return after(at, "("),
            _ if tokens.get(at)?.kind == TokenKind::Name => {
                at += 1;
                if word(at) == "." {
                    at += 2;
                }
                return if word(at) == "[" {
                    after(at, "[")
                } else {
                    Some(at)
                };
            }
            _ => return None,
        }
    }
}
