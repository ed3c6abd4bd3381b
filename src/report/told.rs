//! What a test told, taken apart: many tests say what came and what was expected, and then the two can be compared.

use crate::model::Compare;

/// The words of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told<'a> {
    /// Nothing in particular.
    Words(&'a str),
    /// `before:\ngot:\n…\nwant:\n…`
    Blocks {
        before: &'a str,
        got: String,
        want: String,
    },
    /// `before = got, want want`
    Values {
        before: &'a str,
        got: &'a str,
        want: &'a str,
    },
}

/// Finds what is compared in the words of a test.
pub(super) fn take_apart(text: &str) -> Told<'_> {
    if text.contains('\n') {
        blocks(text).unwrap_or(Told::Words(text))
    } else {
        values(text).unwrap_or(Told::Words(text))
    }
}

/// `got:` and `want:` on lines of their own, in either order.
fn blocks(text: &str) -> Option<Told<'_>> {
    let mut heads: Vec<(usize, usize, &str)> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let word = line.trim_end();
        if matches!(word, "got:" | "want:") && heads.iter().all(|(.., known)| *known != word) {
            heads.push((at, at + line.len(), word));
        }
        at += line.len();
    }
    let &[(first, first_body, word), (second, second_body, _)] = heads.as_slice() else {
        return None;
    };
    // The blank lines and the line's end in front of a heading belong to the message, not to the text.
    let body = |text: &str| text.strip_suffix('\n').unwrap_or(text).to_owned();
    let one = body(&text[first_body..second]);
    let other = body(&text[second_body..]);
    let (got, want) = if word == "got:" {
        (one, other)
    } else {
        (other, one)
    };
    Some(Told::Blocks {
        before: text[..first].trim_end(),
        got,
        want,
    })
}

/// ` = ` and `, want ` outside of quotes and brackets.
fn values(line: &str) -> Option<Told<'_>> {
    const EQUALS: &str = " = ";
    const WANT: &str = ", want ";
    let equals = outside(line, EQUALS, 0)?;
    let want = outside(line, WANT, equals + EQUALS.len())?;
    let (before, got, want) = (
        &line[..equals],
        &line[equals + EQUALS.len()..want],
        &line[want + WANT.len()..],
    );
    if got.is_empty() || want.is_empty() || got == want {
        return None;
    }
    Some(Told::Values { before, got, want })
}

/// Where `wanted` first stands, from `start` on, neither in quotes nor in brackets that opened since.
fn outside(line: &str, wanted: &str, start: usize) -> Option<usize> {
    let mut quote: Option<char> = None;
    let mut is_escaped = false;
    let mut depth = 0_usize;
    for (offset, c) in line[start..].char_indices() {
        if let Some(open) = quote {
            if is_escaped {
                is_escaped = false;
            } else if c == '\\' && open == '"' {
                is_escaped = true;
            } else if c == open {
                quote = None;
            }
            continue;
        }
        match c {
            '"' | '`' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && line[start + offset..].starts_with(wanted) => {
                return Some(start + offset);
            }
            _ => {}
        }
    }
    None
}

/// What the lines of a comparison are, by the type of its check.
pub(super) fn heads(check: &str, compare: Compare) -> [&'static str; 2] {
    if check == "mutants" {
        return ["- original", "+ changed"];
    }
    match compare {
        Compare::Unordered => ["- missing", "+ too much"],
        Compare::Exact
        | Compare::Trim
        | Compare::Numbers(_)
        | Compare::Json
        | Compare::Patterns => HEADS,
    }
}

/// What the lines of most differences are.
pub(super) const HEADS: [&str; 2] = ["- want", "+ got"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_outside_of_quotes_and_brackets() {
        let table = [
            ("Sum(1, 2) = 4, want 3", Some(("Sum(1, 2)", "4", "3"))),
            (
                r#"f(x = 1) = "a = b, want c", want "d""#,
                Some(("f(x = 1)", r#""a = b, want c""#, r#""d""#)),
            ),
            (
                r#"Run() results = ["a\"" "b"], want ["c"]"#,
                Some(("Run() results", r#"["a\"" "b"]"#, r#"["c"]"#)),
            ),
            (
                "Run() error = nil, want an error",
                Some(("Run() error", "nil", "an error")),
            ),
            ("results is open, want it closed", None),
            ("x = 1", None),
            ("unbalanced \" = 1, want 2", None),
        ];
        for (line, expected) in table {
            let expected = match expected {
                Some((before, got, want)) => Told::Values { before, got, want },
                None => Told::Words(line),
            };
            assert_eq!(take_apart(line), expected);
        }
    }

    #[test]
    fn blocks_come_in_either_order() {
        let expected = Told::Blocks {
            before: "Format(v):",
            got: "a\n\n".into(),
            want: "b\nc".into(),
        };
        assert_eq!(take_apart("Format(v):\ngot:\na\n\n\nwant:\nb\nc"), expected);
        assert_eq!(
            take_apart("Format(v):\nwant:\nb\nc\ngot:\na\n\n\n"),
            expected
        );
        assert_eq!(take_apart("got:\na"), Told::Words("got:\na"));
    }

    #[test]
    fn a_long_hostile_line_is_read_once() {
        let line = "= , want ".repeat(200_000);
        assert_eq!(take_apart(&line), Told::Words(&line));
    }
}
