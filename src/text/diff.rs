//! What was expected against what came, line by line, with the changed words marked and the invisible made visible.

use std::fmt::Write;
use std::time::{Duration, Instant};

use similar::{ChangeTag, DiffOp, InlineChange, TextDiff, TextDiffConfig};
use unicode_width::UnicodeWidthChar;

use super::sanitise::reveal;

/// Equal lines that are shown around a change.
const CONTEXT: usize = 3;

/// How long a comparison may take before it becomes a rough one.
const TIME: Duration = Duration::from_millis(200);

/// Changed lines with more bytes than this are compared as lines alone, not word by word.
const BYTES_FOR_WORDS: usize = 16 << 10;

/// From this many bytes on, a changed word is looked into.
const LONG_WORD: usize = 60;

/// The difference between two texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// What to show, from top to bottom; empty when the texts are equal.
    pub rows: Vec<DiffRow>,
    /// How many changed lines are left out at the end.
    pub left_out: usize,
}

/// One row of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffRow {
    /// A line of a text.
    Line(DiffLine),
    /// So many equal lines aren't shown.
    Gap(usize),
}

/// A line of one of the texts, or of both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffLine {
    /// Whose it is.
    pub side: Side,
    /// Its number in its own text (what was expected, for lines of both), from 1.
    pub number: usize,
    /// What it says.
    pub parts: Vec<Part>,
}

/// Which of the texts a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Both.
    Both,
    /// Only what was expected.
    Want,
    /// Only what came.
    Got,
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its text, safe to print and without tabs.
    pub text: String,
    /// Whether it is what differs within the line.
    pub is_changed: bool,
}

/// Compares two texts and shows at most about `max_rows` rows.
///
/// Within changed lines, blanks at the end, and tabs, carriage returns and unusual blanks that differ are shown as signs
/// (ASCII ones unless `unicode`), control characters as `^[`, and a newline that is missing at the end in words.
pub fn diff(want: &str, got: &str, max_rows: usize, unicode: bool) -> Diff {
    if want == got {
        return Diff::default();
    }
    let deadline = Instant::now() + TIME;
    let want_lines: Vec<&str> = want.split_inclusive('\n').collect();
    let got_lines: Vec<&str> = got.split_inclusive('\n').collect();
    let compared = TextDiffConfig::default()
        .newline_terminated(true)
        .deadline(deadline)
        .diff_slices(&want_lines, &got_lines);
    let ends = Ends {
        differ: !want.is_empty() && !got.is_empty() && want.ends_with('\n') != got.ends_with('\n'),
        unicode,
    };
    let mut diff = Diff::default();
    let mut shown_up_to = 0;
    for op in compared.grouped_ops(CONTEXT).iter().flatten() {
        let room = max_rows.saturating_sub(diff.rows.len());
        let skipped = op.old_range().start.saturating_sub(shown_up_to);
        shown_up_to = op.old_range().end;
        let is_equal = matches!(op, DiffOp::Equal { .. });
        if room == 0 {
            if !is_equal {
                diff.left_out += op.old_range().len() + op.new_range().len();
            }
            continue;
        }
        if skipped > 0 {
            diff.rows.push(DiffRow::Gap(skipped));
        }
        let (op, left_out) = shorten(*op, room);
        if !is_equal {
            diff.left_out += left_out;
        }
        let lines = lines_of(&compared, &op, deadline);
        diff.rows
            .extend(lines.iter().map(|line| DiffRow::Line(show(line, ends))));
    }
    diff
}

/// A line as the comparison has it: pieces of the original text.
struct Line<'a> {
    side: Side,
    number: usize,
    values: Vec<(bool, &'a str)>,
}

#[derive(Clone, Copy)]
struct Ends {
    /// Whether one text ends with a newline and the other doesn't.
    differ: bool,
    unicode: bool,
}

/// The start of an operation, of both sides where it has two, and how many lines are left out.
fn shorten(op: DiffOp, room: usize) -> (DiffOp, usize) {
    match op {
        DiffOp::Replace {
            old_index,
            old_len,
            new_index,
            new_len,
        } if old_len + new_len > room => {
            let half = room.div_ceil(2);
            let old = old_len.min(half.max(room.saturating_sub(new_len)));
            let new = new_len.min(half.max(room.saturating_sub(old_len)));
            let shorter = DiffOp::Replace {
                old_index,
                old_len: old,
                new_index,
                new_len: new,
            };
            (shorter, old_len + new_len - old - new)
        }
        DiffOp::Delete {
            old_index,
            old_len,
            new_index,
        } if old_len > room => {
            let shorter = DiffOp::Delete {
                old_index,
                old_len: room,
                new_index,
            };
            (shorter, old_len - room)
        }
        DiffOp::Insert {
            old_index,
            new_index,
            new_len,
        } if new_len > room => {
            let shorter = DiffOp::Insert {
                old_index,
                new_index,
                new_len: room,
            };
            (shorter, new_len - room)
        }
        DiffOp::Equal { .. }
        | DiffOp::Replace { .. }
        | DiffOp::Delete { .. }
        | DiffOp::Insert { .. } => (op, 0),
    }
}

fn lines_of<'a>(
    compared: &'a TextDiff<'_, '_, str>,
    op: &DiffOp,
    deadline: Instant,
) -> Vec<Line<'a>> {
    let bytes: usize = op
        .old_range()
        .filter_map(|at| compared.old_slice(at))
        .chain(op.new_range().filter_map(|at| compared.new_slice(at)))
        .map(str::len)
        .sum();
    let mut lines: Vec<Line<'a>> = if bytes > BYTES_FOR_WORDS {
        compared
            .iter_changes(op)
            .map(|change| line_of(&InlineChange::from(change)))
            .collect()
    } else {
        compared
            .iter_inline_changes_deadline(op, Some(deadline))
            .map(|change| line_of(&change))
            .collect()
    };
    if let [want, got] = lines.as_mut_slice()
        && want.side == Side::Want
        && got.side == Side::Got
    {
        let changed = |line: &Line<'_>| -> Vec<usize> {
            let values = line.values.iter().enumerate();
            let changed = values.filter(|(_, (is_changed, _))| *is_changed);
            changed.map(|(index, _)| index).collect()
        };
        let (in_want, in_got) = (changed(want), changed(got));
        if in_want.is_empty() && in_got.is_empty() {
            mark_by_ends(want, got);
        } else if in_want.len() == in_got.len() {
            // From the last on, since looking into a word makes three pieces of it.
            for (in_want, in_got) in in_want.into_iter().zip(in_got).rev() {
                mark_within_a_word(want, in_want, got, in_got);
            }
        }
    }
    lines
}

fn line_of<'a>(change: &InlineChange<'a, str>) -> Line<'a> {
    let side = match change.tag() {
        ChangeTag::Equal => Side::Both,
        ChangeTag::Delete => Side::Want,
        ChangeTag::Insert => Side::Got,
    };
    Line {
        side,
        number: change.old_index().or(change.new_index()).unwrap_or(0) + 1,
        values: change.values().to_vec(),
    }
}

/// Two lines that have no words in common, or are too long to compare by words, may still start and end alike.
fn mark_by_ends(want: &mut Line<'_>, got: &mut Line<'_>) {
    let (&[(_, a)], &[(_, b)]) = (want.values.as_slice(), got.values.as_slice()) else {
        return;
    };
    let (head, tail) = common_ends(a, b);
    // Where little is common, all of it is what changed, and marking it says nothing.
    if (head + tail) * 2 < a.len().min(b.len()) {
        return;
    }
    want.values = in_three(a, head, tail);
    got.values = in_three(b, head, tail);
}

/// A word that fills the row is marked where it differs.
fn mark_within_a_word<'a>(want: &mut Line<'a>, in_want: usize, got: &mut Line<'a>, in_got: usize) {
    let (a, b) = (want.values[in_want].1, got.values[in_got].1);
    if a.len().min(b.len()) < LONG_WORD {
        return;
    }
    let (head, tail) = common_ends(a, b);
    want.values
        .splice(in_want..=in_want, in_three(a, head, tail));
    got.values.splice(in_got..=in_got, in_three(b, head, tail));
}

/// How many bytes two texts have in common at the start, and of the rest at the end.
fn common_ends(a: &str, b: &str) -> (usize, usize) {
    let heads = a.chars().zip(b.chars());
    let head = heads
        .take_while(|(a, b)| a == b)
        .map(|(c, _)| c.len_utf8())
        .sum();
    let tails = a[head..].chars().rev().zip(b[head..].chars().rev());
    let tail = tails
        .take_while(|(a, b)| a == b)
        .map(|(c, _)| c.len_utf8())
        .sum();
    (head, tail)
}

fn in_three(line: &str, head: usize, tail: usize) -> Vec<(bool, &str)> {
    let end = line.len() - tail;
    vec![
        (false, &line[..head]),
        (true, &line[head..end]),
        (false, &line[end..]),
    ]
}

fn show(line: &Line<'_>, ends: Ends) -> DiffLine {
    let whole: usize = line.values.iter().map(|(_, value)| value.len()).sum();
    let has_newline = line
        .values
        .iter()
        .rev()
        .find(|(_, value)| !value.is_empty())
        .is_some_and(|(_, value)| value.ends_with('\n'));
    let content = whole - usize::from(has_newline);
    // Blanks at the end are invisible until they are shown as signs.
    let blanks: usize = line
        .values
        .iter()
        .rev()
        .flat_map(|(_, value)| value.chars().rev())
        .skip(usize::from(has_newline))
        .take_while(|c| matches!(c, ' ' | '\t' | '\r'))
        .count();
    let blanks_start = content - blanks;
    let mut parts: Vec<Part> = Vec::new();
    let mut at = 0;
    for &(is_changed, value) in &line.values {
        let is_blank = value.trim_end_matches('\n').chars().all(|c| c == ' ');
        for c in value.chars().take_while(|c| *c != '\n') {
            let is_at_end = at >= blanks_start;
            at += c.len_utf8();
            let is_sign = is_at_end || is_changed && (is_blank || c != ' ');
            match (line.side, c) {
                (Side::Both, '\r') if is_at_end => {}
                (Side::Want | Side::Got, _) if is_sign && c.is_whitespace() => {
                    push_sign(last_part(&mut parts, true), c, ends.unicode);
                }
                (_, '\t') => last_part(&mut parts, is_changed).push_str("    "),
                (Side::Both | Side::Want | Side::Got, _) => {
                    last_part(&mut parts, is_changed).push(c);
                }
            }
        }
    }
    for part in &mut parts {
        part.text = reveal(&part.text);
    }
    if ends.differ && !has_newline {
        parts.push(Part {
            text: " (no newline at the end)".to_owned(),
            is_changed: true,
        });
    }
    DiffLine {
        side: line.side,
        number: line.number,
        parts,
    }
}

/// The text of the last part, of a new one where the last is of the other kind.
fn last_part(parts: &mut Vec<Part>, is_changed: bool) -> &mut String {
    if parts
        .last()
        .is_none_or(|last| last.is_changed != is_changed)
    {
        parts.push(Part {
            text: String::new(),
            is_changed,
        });
    }
    let at = parts.len() - 1;
    &mut parts[at].text
}

/// A blank that nobody would see, as a sign.
fn push_sign(text: &mut String, blank: char, unicode: bool) {
    let _ = match (blank, unicode) {
        (' ', true) => write!(text, "·"),
        (' ', false) => write!(text, "<sp>"),
        ('\t', true) => write!(text, "→"),
        ('\t', false) => write!(text, "<tab>"),
        ('\r', true) => write!(text, "␍"),
        ('\r', false) => write!(text, "<cr>"),
        _ => write!(text, "<U+{:04X}>", blank as u32),
    };
}

/// Cuts a line to a width so that its first change stays in sight; `ellipsis` stands where something is gone.
pub fn fit(parts: &[Part], width: usize, ellipsis: &str) -> Vec<Part> {
    let columns = |text: &str| -> usize { text.chars().map(|c| c.width().unwrap_or(0)).sum() };
    let total: usize = parts.iter().map(|part| columns(&part.text)).sum();
    if total <= width {
        return parts.to_vec();
    }
    let before: usize = parts
        .iter()
        .take_while(|part| !part.is_changed)
        .map(|part| columns(&part.text))
        .sum();
    let has_change = parts.iter().any(|part| part.is_changed);
    let mark = super::width(ellipsis);
    // A third of the width leads up to the change; a line whose end fits from there is shown to its end.
    let start = if has_change && before > width * 2 / 3 {
        (before - width / 3).min((total + mark).saturating_sub(width))
    } else {
        0
    };
    let is_cut_before = start > 0;
    let room = width.saturating_sub(if is_cut_before { mark } else { 0 });
    let is_cut_after = total - start > room;
    let end = start + room.saturating_sub(if is_cut_after { mark } else { 0 });
    let note = |text: &str| Part {
        text: text.to_owned(),
        is_changed: false,
    };
    let mut fitted = Vec::new();
    if is_cut_before {
        fitted.push(note(ellipsis));
    }
    let mut column = 0;
    for part in parts {
        let mut text = String::new();
        for c in part.text.chars() {
            let wide = c.width().unwrap_or(0);
            if column >= start && column + wide <= end {
                text.push(c);
            }
            column += wide;
        }
        if !text.is_empty() {
            fitted.push(Part {
                text,
                is_changed: part.is_changed,
            });
        }
    }
    if is_cut_after {
        fitted.push(note(ellipsis));
    }
    fitted
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
