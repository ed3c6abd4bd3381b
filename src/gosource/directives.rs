//! Comments that tell a tool something, told apart from comments that talk about them.

use super::Position;
use super::tokens::BYTE_ORDER_MARK;

/// A comment that tells a tool something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// What it is.
    pub kind: DirectiveKind,
    /// Where the comment starts.
    pub position: Position,
}

/// The kinds of directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectiveKind {
    /// `//go:word`, with the word.
    Go(String),
    /// `//line` at the start of a line, or `/*line` anywhere.
    Line,
    /// `// +build` before the package clause.
    Build,
    /// `//export`, which has a meaning only in files that import "C".
    Export,
}

/// What a comment tells a tool, if it tells anything. `start` is where it begins.
pub(super) fn directive(
    text: &[u8],
    start: usize,
    end: usize,
    before_package_clause: bool,
) -> Option<DirectiveKind> {
    let comment = &text[start..end];
    if comment.starts_with(b"/*line ") {
        return Some(DirectiveKind::Line);
    }
    let words = comment.strip_prefix(b"//")?;
    if let Some(rest) = words.strip_prefix(b"go:") {
        let length = rest
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(rest.len());
        return Some(DirectiveKind::Go(
            String::from_utf8_lossy(&rest[..length]).into_owned(),
        ));
    }
    if words.starts_with(b"line ") && starts_a_line(text, start) {
        return Some(DirectiveKind::Line);
    }
    if words.starts_with(b"export ") || words.starts_with(b"export\t") {
        return Some(DirectiveKind::Export);
    }
    let first_word = words
        .split(|&byte| matches!(byte, b' ' | b'\t' | b'\r'))
        .find(|word| !word.is_empty());
    (before_package_clause && first_word == Some(b"+build")).then_some(DirectiveKind::Build)
}

fn starts_a_line(text: &[u8], start: usize) -> bool {
    let before = &text[..start];
    before.is_empty() || before.ends_with(b"\n") || before == BYTE_ORDER_MARK
}
