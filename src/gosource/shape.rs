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
//!   - It takes a lone semicolon for a statement that wants another one behind it (`label: ; next()`), and knows none
//!     before a condition (`if ; ready {`), so the shape leaves out semicolons that end nothing.
//!
//! Nothing can hide in any of this, since names and strings are always looked up in the tokens, never in the shape.

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use super::tokens::{Token, TokenKind};
use super::{Fault, FaultReason};

/// How deep brackets may be nested; people's code stays below 30.
const DEEPEST_NESTING: usize = 500;

/// How many tokens a file may have: about a mebibyte of usual source, parsed in about two seconds.
const MOST_TOKENS: usize = 250_000;

/// How many tokens there must be for each hundred of the parser's steps, with some to start with. Real source has
/// twelve and more.
const TOKENS_FOR_STEPS: usize = 4;
const FIRST_STEPS: usize = 1_000;

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
        token_at(&self.starts, byte)
    }
}

fn token_at(starts: &[(usize, usize)], byte: usize) -> usize {
    let after = starts.partition_point(|&(start, _)| start <= byte);
    starts
        .get(after.saturating_sub(1))
        .map_or(0, |&(_, token)| token)
}

/// Parse the tokens of a file.
pub(super) fn parse(text: &[u8], tokens: &[Token]) -> Result<Shape, Fault> {
    if let Some(token) = tokens.get(MOST_TOKENS) {
        return Err(Fault::at(text, token.start, FaultReason::TooLong));
    }
    let (shape, starts) = write_shape(text, tokens)?;
    let fault = |byte: usize, reason: FaultReason| {
        let token = tokens.get(token_at(&starts, byte));
        Fault::at(text, token.map_or(0, |token| token.start), reason)
    };
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_go::LANGUAGE.into())
        .expect("the grammar's version is fixed when gavel is built");
    let mut steps_left = FIRST_STEPS + tokens.len() / TOKENS_FOR_STEPS;
    let mut reached = 0;
    let mut watch = |state: &ParseState| {
        reached = state.current_byte_offset();
        match steps_left.checked_sub(1) {
            None => ControlFlow::Break(()),
            Some(left) => {
                steps_left = left;
                ControlFlow::Continue(())
            }
        }
    };
    let tree = parser.parse_with_options(
        &mut |byte, _| &shape.as_bytes()[byte.min(shape.len())..],
        None,
        Some(ParseOptions::new().progress_callback(&mut watch)),
    );
    let Some(tree) = tree else {
        return Err(fault(reached, FaultReason::TooCostly));
    };
    if tree.root_node().has_error() {
        return Err(fault(first_error_of(&tree), FaultReason::Syntax));
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
    let superfluous = superfluous_semicolons(text, tokens);
    let mut groups = vec![];
    for (index, token) in tokens.iter().enumerate() {
        if superfluous[index] {
            continue;
        }
        let before = index.checked_sub(1).map_or("", word);
        if word(index) == "(" && matches!(before, "const" | "var") {
            groups.push(closing[index]);
        }
        if groups.last() == Some(&index) {
            groups.pop();
            if !matches!(before, ";" | "(") {
                starts.push((shape.len(), index));
                shape.push_str("; ");
            }
        }
        starts.push((shape.len(), index));
        shape.push_str(match token.kind {
            TokenKind::Name => match word(index) {
                // In an import it has a place of its own in the grammar; elsewhere it is a name like any other.
                "_" if tokens
                    .get(index + 1)
                    .is_some_and(|next| next.kind == TokenKind::Text) =>
                {
                    "_"
                }
                "new" | "make" if takes_a_type(text, tokens, &closing, index) => word(index),
                _ => "x",
            },
            TokenKind::Keyword | TokenKind::Sign | TokenKind::Semicolon => word(index),
            TokenKind::Number => "1",
            TokenKind::Text => "\"\"",
        });
        shape.push(' ');
    }
    Ok((shape, starts))
}

/// Which tokens are semicolons that end nothing: all but the second of `for ;; {` that follow another one, and those
/// that follow an opening brace, a label, a clause, `if` or `switch`.
fn superfluous_semicolons(text: &[u8], tokens: &[Token]) -> Vec<bool> {
    // For each open bracket, and outside of all, how many semicolons came since the last `for`.
    let mut since_for = vec![usize::MAX];
    let mut before = "";
    let mut superfluous = Vec::with_capacity(tokens.len());
    for index in 0..tokens.len() {
        let here = word(text, tokens, index);
        let mut ends_nothing = false;
        match here {
            "(" | "[" | "{" => since_for.push(usize::MAX),
            ")" | "]" | "}" => {
                since_for.pop();
            }
            "for" => {
                since_for.pop();
                since_for.push(0);
            }
            ";" => {
                let count = since_for.pop().unwrap_or(usize::MAX).saturating_add(1);
                since_for.push(count);
                ends_nothing = matches!(before, "if" | "switch" | "{" | ":" | ";")
                    && !(before == ";" && count == 2);
            }
            _ => {}
        }
        superfluous.push(ends_nothing);
        before = here;
    }
    superfluous
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
            "[" => at = after(at, "[")?,
            "map" => at = after(at + 1, "[")?,
            "chan" if word(at + 1) == "<-" => at += 2,
            "*" | "chan" => at += 1,
            "<-" if word(at + 1) == "chan" => at += 2,
            "struct" | "interface" => return after(at + 1, "{"),
            "func" => {
                at = after(at + 1, "(")?;
                match word(at) {
                    "(" => return after(at, "("),
                    "*" | "[" | "map" | "chan" | "<-" | "struct" | "interface" | "func" => {}
                    _ if tokens
                        .get(at)
                        .is_some_and(|token| token.kind == TokenKind::Name) => {}
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
