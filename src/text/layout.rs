//! Text in columns: wide characters count two, combining ones none.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How far apart tab stops are.
const TAB: usize = 4;

/// The columns that a line takes.
pub fn width(line: &str) -> usize {
    line.width()
}

/// Wraps a text at blanks; a word that is longer than the width is broken. Lines of the text stay lines.
///
/// The first line is prefixed with `first`, the others with `rest`; the width includes them.
pub fn wrap(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let options = Options::new(width.max(self::width(first).max(self::width(rest)) + 2))
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(text, options)
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Tabs as blanks, up to the next of the stops.
pub fn expand_tabs(line: &str) -> String {
    if !line.contains('\t') {
        return line.to_owned();
    }
    let mut expanded = String::with_capacity(line.len() + 16);
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let blanks = TAB - column % TAB;
            expanded.extend(std::iter::repeat_n(' ', blanks));
            column += blanks;
        } else {
            expanded.push(c);
            column += c.width().unwrap_or(0);
        }
    }
    expanded
}

/// Cuts a line to a width, at its end, where `ellipsis` then stands.
pub fn clip(line: &str, width: usize, ellipsis: &str) -> String {
    if self::width(line) <= width {
        return line.to_owned();
    }
    let room = width.saturating_sub(self::width(ellipsis));
    format!("{}{ellipsis}", leading(line, room))
}

/// Cuts a line to a width, in its middle, where `ellipsis` then stands.
pub fn clip_middle(line: &str, width: usize, ellipsis: &str) -> String {
    if self::width(line) <= width {
        return line.to_owned();
    }
    let room = width.saturating_sub(self::width(ellipsis));
    let head = leading(line, room.div_ceil(2));
    let mut tail = line.len();
    let mut columns = 0;
    for (at, c) in line.char_indices().rev() {
        columns += c.width().unwrap_or(0);
        if columns > room / 2 {
            break;
        }
        tail = at;
    }
    format!("{head}{ellipsis}{}", &line[tail.max(head.len())..])
}

/// The byte at `at`, or the start of the character that it lies in; the end of a text that is shorter.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// As much of a line's start as fits.
fn leading(line: &str, room: usize) -> &str {
    let mut columns = 0;
    for (at, c) in line.char_indices() {
        columns += c.width().unwrap_or(0);
        if columns > room {
            return &line[..at];
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_wrapped_at_blanks() {
        assert_eq!(
            wrap("one two-three four\n  kept", 12, "* ", "  "),
            ["* one", "  two-three", "  four", "    kept"]
        );
        assert_eq!(wrap("汉字汉字", 6, "", ""), ["汉字汉", "字"]);
        assert_eq!(wrap("", 10, "  ", "  "), [""]);
    }

    #[test]
    fn lines_are_clipped_by_columns() {
        assert_eq!(clip("abcdef", 6, "…"), "abcdef");
        assert_eq!(clip("abcdefg", 6, "…"), "abcde…");
        assert_eq!(clip("汉字汉字", 6, "…"), "汉字…");
        assert_eq!(
            clip("e\u{301}e\u{301}e\u{301}", 3, "…"),
            "e\u{301}e\u{301}e\u{301}"
        );
        assert_eq!(clip_middle("abcdefghij", 7, "…"), "abc…hij");
        assert_eq!(expand_tabs("\ta\tbcde\tf"), "    a   bcde    f");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(line in "[a-z 汉字e\u{301}]{0,80}", columns in 3usize..40) {
            prop_assert!(width(&clip(&line, columns, "…")) <= columns);
            prop_assert!(width(&clip_middle(&line, columns, "…")) <= columns);
            for line in wrap(&line, columns, "", "") {
                prop_assert!(width(&line) <= columns, "{:?}", line);
            }
        }
    }
}
