//! What tests said: the lines of a binary run with `-test.v=test2json`.
//!
//! In that mode the testing package puts the byte 0x16 before its own lines (`=== RUN`, `--- FAIL`), which helps to tell
//! them from what a candidate prints. A candidate can print that byte too: nothing here decides a verdict, it is shown
//! to people, no more.

use crate::model::Message;

const MARK: char = '\u{16}';

/// What a run printed, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What tests and subtests logged, in order.
    pub messages: Vec<Message>,
    /// Everything else that came on standard output.
    pub other: String,
}

/// Sorts out a test binary's standard output.
///
/// A log line looks like `    file_test.go:12: text`, indented four blanks for each level; lines that are indented four
/// blanks further continue it.
pub fn sort_out(stdout: &str, top_level: &str) -> Said {
    let mut said = Said::default();
    let mut test = top_level.to_owned();
    let mut open: Option<usize> = None;
    for line in stdout.lines() {
        if let Some(marked) = line.split_once(MARK).map(|(_, rest)| rest) {
            open = None;
            if let Some(name) = frame_name(marked) {
                name.clone_into(&mut test);
            }
            continue;
        }
        if matches!(line, "PASS" | "FAIL") {
            continue;
        }
        let inner = line.trim_start_matches(' ');
        let indent = line.len() - inner.len();
        if indent >= 4
            && let Some((place, text)) = log_line(inner)
        {
            said.messages.push(Message {
                test: test.clone(),
                place: Some(place.to_owned()),
                text: text.to_owned(),
            });
            open = Some(indent + 4);
            continue;
        }
        match open {
            Some(depth) if indent >= depth || inner.is_empty() => {
                if let Some(message) = said.messages.last_mut() {
                    message.text.push('\n');
                    message
                        .text
                        .push_str(line.get(depth.min(line.len())..).unwrap_or(inner));
                }
            }
            Some(_) | None => {
                open = None;
                said.other.push_str(line);
                said.other.push('\n');
            }
        }
    }
    for message in &mut said.messages {
        message.text.truncate(message.text.trim_end().len());
    }
    said
}

/// The test of `=== RUN   TestX/case`, `=== NAME  TestX`, `--- FAIL: TestX (0.00s)`.
fn frame_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix("=== ") {
        return rest.split_whitespace().nth(1);
    }
    let rest = line.strip_prefix("--- ")?;
    rest.split_once(": ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
}

/// Splits `file.go:12: text`.
fn log_line(line: &str) -> Option<(&str, &str)> {
    let colon = line.find(".go:")? + ".go:".len();
    let digits = line[colon..].bytes().take_while(u8::is_ascii_digit).count();
    let file = &line[..colon - 1];
    if digits == 0 || file.contains(char::is_whitespace) {
        return None;
    }
    let end = colon + digits;
    let text = line[end..].strip_prefix(':')?;
    Some((&line[..end], text.strip_prefix(' ').unwrap_or(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_belong_to_their_subtests_and_keep_their_lines() {
        let out = "\u{16}=== RUN   TestA\nhello\n\u{16}=== RUN   TestA/one\n    a_test.go:7: Run() = 1\n        got:\n          x\n\n        want:\n          y\n\
                   \u{16}=== NAME  TestA\n    a_test.go:9: second\n\u{16}    --- FAIL: TestA/one (0.00s)\n\u{16}--- FAIL: TestA (0.00s)\nFAIL\n";
        let said = sort_out(out, "TestA");
        assert_eq!(said.other, "hello\n");
        assert_eq!(said.messages.len(), 2);
        assert_eq!(said.messages[0].test, "TestA/one");
        assert_eq!(said.messages[0].place.as_deref(), Some("a_test.go:7"));
        assert_eq!(said.messages[0].text, "Run() = 1\ngot:\n  x\n\nwant:\n  y");
        assert_eq!(said.messages[1].test, "TestA");
        assert_eq!(said.messages[1].text, "second");
    }

    #[test]
    fn what_only_looks_like_a_log_line_is_other_output() {
        let said = sort_out(
            "see main.go:12: it is there\n    not a place.go:x: y\n",
            "TestA",
        );
        assert!(said.messages.is_empty(), "{said:?}");
    }
}
