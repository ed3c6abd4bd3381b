//! Two texts of which one is expected: whether they agree, in a sentence where they part, and as much of both as shows it.
//!
//! What is shown is in the form in which it was compared, so that nothing shows as a difference that is none. A sentence never
//! holds what was expected: it is told to candidates who may not see that.

mod json;
mod numbers;
mod patterns;
mod window;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::plural;
use crate::model::{Compare, Comparison, Tolerance};
use patterns::Pattern;
use window::{Relation, shown_alike, window};

/// How two texts differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where they part, in a sentence.
    pub rationale: String,
    /// What to show of both.
    pub comparison: Comparison,
}

/// Compares what came with what was expected; nothing if they agree. `what` is what came, for the sentence: `its output`.
pub fn compare(want: &[u8], got: &[u8], how: Compare, what: &str) -> Option<Difference> {
    match how {
        Compare::Exact => exactly(want, got, what),
        Compare::Trim => without_regard_to_blanks(want, got, what),
        Compare::Unordered => unordered(want, got, what),
        Compare::Numbers(tolerance) => by_numbers(want, got, tolerance, what),
        Compare::Json => json::compare(want, got, what),
        Compare::Patterns => by_patterns(want, got, what),
    }
}

/// Why nothing can be compared with an expected text in this way, with the number of the line.
pub fn fault_of_expected(want: &[u8], how: Compare) -> Option<(usize, String)> {
    match how {
        Compare::Exact | Compare::Trim | Compare::Unordered => None,
        Compare::Numbers(_) => fault_of_text(want),
        Compare::Json => json::fault(want),
        Compare::Patterns => fault_of_text(want).or_else(|| {
            let text = std::str::from_utf8(want).unwrap_or_default();
            let mut lines = (1..).zip(text.lines());
            lines.find_map(|(number, line)| Some((number, Pattern::read(line).err()?)))
        }),
    }
}

fn fault_of_text(bytes: &[u8]) -> Option<(usize, String)> {
    let error = std::str::from_utf8(bytes).err()?;
    let line = 1 + bytes[..error.valid_up_to()]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count();
    Some((line, "is not UTF-8".to_owned()))
}

fn lines_of(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Bytes as text. What is no UTF-8 is spelt out, so that two different bytes look different.
fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "<0x{byte:02X}>");
        }
    }
    Cow::Owned(text)
}

/// Where two texts part of which so many lines at the start agree.
fn parting(same: usize, want: usize, got: usize, what: &str) -> String {
    if got == 0 {
        format!("{what} is empty")
    } else if want == 0 {
        format!("{what} should be empty")
    } else if same == got {
        format!("{what} ends after line {same} of {want}")
    } else if same == want {
        format!("{what} goes on after line {same}, where it should end")
    } else {
        format!("line {} of {what} differs", same + 1)
    }
}

fn exactly(want: &[u8], got: &[u8], what: &str) -> Option<Difference> {
    if want == got {
        return None;
    }
    let (want_lines, got_lines) = (lines_of(want), lines_of(got));
    let rationale = in_little_alone(&want_lines, &got_lines, what).unwrap_or_else(|| {
        let same = shown_alike(&want_lines, &got_lines);
        parting(same, want_lines.len(), got_lines.len(), what)
    });
    let [want, got] = [want, got].map(text_of);
    Some(Difference {
        rationale,
        comparison: window_of_texts(Compare::Exact, &want, &got),
    })
}

/// What is told of outputs that differ in what nobody sees, or in their order alone.
fn in_little_alone(want: &[&[u8]], got: &[&[u8]], what: &str) -> Option<String> {
    let (last_want, last_got) = (want.last()?, got.last()?);
    let same = shown_alike(want, got);
    if want.len() == got.len() && same + 1 == want.len() {
        if last_want.strip_suffix(b"\n") == Some(last_got) {
            return Some(format!("{what} lacks the newline at the end"));
        }
        if last_got.strip_suffix(b"\n") == Some(last_want) {
            return Some(format!("{what} has a newline at the end that is too much"));
        }
    }
    let line = same + 1;
    let trimmed = |lines: &[&[u8]]| -> Vec<Vec<u8>> {
        lines
            .iter()
            .map(|line| line.trim_ascii_end().to_vec())
            .collect()
    };
    if trimmed(want) == trimmed(got) {
        let is_return = |line: &[u8]| line.ends_with(b"\r\n");
        if got.get(same).is_some_and(|line| is_return(line)) && !is_return(want[same]) {
            return Some(format!(
                "line {line} of {what} ends in a carriage return and a newline (\\r\\n), and should end in a newline"
            ));
        }
        return Some(format!(
            "line {line} of {what} differs in blanks at the end alone"
        ));
    }
    (want.len() == got.len() && counted(want) == counted(got))
        .then(|| format!("the lines of {what} are right but in another order, from line {line}"))
}

fn counted<'a>(lines: &[&'a [u8]]) -> BTreeMap<&'a [u8], usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(*line).or_default() += 1;
    }
    counts
}

fn window_of_texts(how: Compare, want: &str, got: &str) -> Comparison {
    let [want, got] = [want, got].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    window(how, &want, &got, &Relation::Equality)
}

/// Lines without the blanks at their ends, and without the blank ones at the end.
fn without_blanks(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = lines_of(bytes)
        .into_iter()
        .map(<[u8]>::trim_ascii_end)
        .collect();
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// A text without the blanks at the ends of its lines, and without the blank lines at its end.
pub fn trimmed(bytes: &[u8]) -> Vec<u8> {
    let mut text = without_blanks(bytes).join(&b'\n');
    if !text.is_empty() {
        text.push(b'\n');
    }
    text
}

fn without_regard_to_blanks(want: &[u8], got: &[u8], what: &str) -> Option<Difference> {
    let [want, got] = [want, got].map(trimmed);
    if want == got {
        return None;
    }
    let (want_lines, got_lines) = (lines_of(&want), lines_of(&got));
    let same = shown_alike(&want_lines, &got_lines);
    Some(Difference {
        rationale: parting(same, want_lines.len(), got_lines.len(), what),
        comparison: window_of_texts(Compare::Trim, &text_of(&want), &text_of(&got)),
    })
}

fn joined(lines: &[&[u8]]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        text.push_str(&text_of(line));
        text.push('\n');
        text
    })
}

fn unordered(want: &[u8], got: &[u8], what: &str) -> Option<Difference> {
    // The end of the last line isn't compared: which line is the last is anybody's guess.
    let without_end = |bytes| -> Vec<&[u8]> {
        let lines = lines_of(bytes).into_iter();
        lines
            .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
            .collect()
    };
    let (want, got) = (without_end(want), without_end(got));
    let (wanted, came) = (counted(&want), counted(&got));
    let missing = left_over(&wanted, &came);
    let superfluous = left_over(&came, &wanted);
    let are = |count: usize| if count == 1 { "is" } else { "are" };
    let rationale = match (missing.len(), superfluous.len()) {
        (0, 0) => return None,
        _ if got.is_empty() => format!("{what} is empty"),
        (0, much) => format!("{what} has {} too many", plural(much, "line")),
        (less, 0) => format!("{what} lacks {}", plural(less, "line")),
        (less, much) => format!(
            "{what} lacks {}, and {much} {} too many",
            plural(less, "line"),
            are(much)
        ),
    };
    let [missing, superfluous] = [missing, superfluous].map(|lines| joined(&lines));
    Some(Difference {
        rationale,
        comparison: window_of_texts(Compare::Unordered, &missing, &superfluous),
    })
}

/// The lines of one that the other doesn't have, each as often as it is missing there.
fn left_over<'a>(
    one: &BTreeMap<&'a [u8], usize>,
    other: &BTreeMap<&'a [u8], usize>,
) -> Vec<&'a [u8]> {
    let rest = |(line, count): (&&'a [u8], &usize)| {
        let more = count.saturating_sub(other.get(line).copied().unwrap_or(0));
        std::iter::repeat_n(*line, more)
    };
    one.iter().flat_map(rest).collect()
}

/// What came as text, or what to say if it is none.
fn text_that_came<'a>(want: &[u8], got: &'a [u8], what: &str) -> Result<&'a str, Difference> {
    let Some((line, _)) = fault_of_text(got) else {
        return Ok(std::str::from_utf8(got).unwrap_or_default());
    };
    let [want, got] = [want, got].map(text_of);
    Err(Difference {
        rationale: format!("line {line} of {what} isn't UTF-8 text"),
        comparison: window_of_texts(Compare::Exact, &want, &got),
    })
}

fn by_numbers(want: &[u8], got: &[u8], tolerance: Tolerance, what: &str) -> Option<Difference> {
    if want == got {
        return None;
    }
    let got = match text_that_came(want, got, what) {
        Ok(text) => text,
        Err(difference) => return Some(difference),
    };
    let want = text_of(want);
    let [want, got] = [&want, got].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let relation = Relation::Judged {
        agree: &|want, got| numbers::agree(want, got, tolerance),
        akin: &numbers::is_alike,
        ease: &|want, got| numbers::ease(want, got, tolerance),
    };
    let same = relation.alike(&want, &got);
    if same == want.len() && same == got.len() {
        return None;
    }
    let is_number_alone = match (want.get(same), got.get(same)) {
        (Some(want), Some(got)) => numbers::is_alike(want, got),
        (None, _) | (_, None) => false,
    };
    let rationale = if is_number_alone {
        format!(
            "a number in line {} of {what} is off by more than the tolerance",
            same + 1
        )
    } else {
        parting(same, want.len(), got.len(), what)
    };
    Some(Difference {
        rationale,
        comparison: window(Compare::Numbers(tolerance), &want, &got, &relation),
    })
}

fn by_patterns(want: &[u8], got: &[u8], what: &str) -> Option<Difference> {
    let got = match text_that_came(want, got, what) {
        Ok(text) => text,
        Err(difference) => return Some(difference),
    };
    let want = text_of(want);
    let [want, got] = [&want, got].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    // A line without an expression stands for itself; so does a bad one, which reading the exercise has refused.
    let patterns: BTreeMap<&str, Pattern> = want
        .iter()
        .filter_map(|line| Some((*line, Pattern::read(line).ok()??)))
        .collect();
    let relation = Relation::Judged {
        agree: &|want, got| {
            patterns
                .get(want)
                .map_or(want == got, |pattern| pattern.matches(got))
        },
        akin: &|want, got| {
            let pattern = patterns.get(want);
            pattern.is_some_and(|pattern| pattern.is_akin(got))
        },
        ease: &|want, got| {
            patterns
                .get(want)
                .map_or_else(|| want.to_owned(), |pattern| pattern.ease(got))
        },
    };
    let same = relation.alike(&want, &got);
    (same < want.len() || same < got.len()).then(|| Difference {
        rationale: parting(same, want.len(), got.len(), what),
        comparison: window(Compare::Patterns, &want, &got, &relation),
    })
}

#[cfg(test)]
mod tests;
