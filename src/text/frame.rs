//! Code frames: the lines that a finding is about, with what happens there and what stands around them.
//!
//! A line is never wider than asked for: code is cut so that the place stays in sight, words are wrapped.

use std::collections::BTreeMap;
use std::ops::Range;

use anstyle::{AnsiColor, Style};

use super::layout::{boundary, clip, expand_tabs, width as columns, wrap};
use super::sanitise::sanitise_line;
use crate::model::{Excerpt, Finding, Place};

const PLAIN: Style = Style::new();
const QUIET: Style = Style::new().dimmed();
const FAULT: Style = AnsiColor::Red.on_default().bold();
const ADVICE: Style = AnsiColor::Yellow.on_default().bold();
const OTHER: Style = AnsiColor::BrightBlue.on_default().bold();

/// A code frame that is narrower than this has no room for code.
const NARROWEST: usize = 12;
/// Words that are given fewer columns than this are hard to read.
const WORDS: usize = 24;

/// A place and what happens there.
struct Mark<'a> {
    place: &'a Place,
    label: &'a str,
    excerpt: Option<&'a Excerpt>,
    style: Style,
    is_first: bool,
}

impl<'a> Mark<'a> {
    /// The source line of the place, where there is one to show.
    fn line(&self) -> Option<&'a str> {
        let excerpt = self.excerpt?;
        let at = self.place.line.checked_sub(excerpt.first_line)?;
        let line = excerpt.lines.get(usize::try_from(at).ok()?)?;
        Some(line)
    }
}

/// All places of a finding, its own first.
fn marks(finding: &Finding) -> impl Iterator<Item = Mark<'_>> {
    let own = finding.place.as_ref().map(|place| Mark {
        place,
        label: finding.label.as_deref().unwrap_or_default(),
        excerpt: finding.excerpt.as_ref(),
        style: if finding.kind.is_advice() {
            ADVICE
        } else {
            FAULT
        },
        is_first: true,
    });
    let others = finding.related.iter().map(|related| Mark {
        place: &related.place,
        label: &related.label,
        excerpt: related.excerpt.as_ref(),
        style: OTHER,
        is_first: false,
    });
    own.into_iter().chain(others)
}

/// Places of a finding that no frame shows, each with what happens there.
pub fn places_without_source(finding: &Finding) -> impl Iterator<Item = (&Place, &str)> {
    marks(finding)
        .filter(|mark| mark.line().is_none() && !mark.label.is_empty())
        .map(|mark| (mark.place, mark.label))
}

/// Draws the source around all places of a finding, with ANSI styles, or nothing where it has no excerpt of any: file by
/// file, the finding's own first, with the lines in between left out.
///
/// No line is wider than `width`, from some twenty columns on. The drawing is ASCII unless `unicode`.
pub fn frame(finding: &Finding, width: usize, unicode: bool) -> Option<String> {
    let mut files: Vec<(&str, Vec<Mark<'_>>)> = Vec::new();
    for mark in marks(finding).filter(|mark| mark.line().is_some()) {
        let file = mark.place.file.as_str();
        match files.iter_mut().find(|(known, _)| *known == file) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((file, vec![mark])),
        }
    }
    let snippets: Vec<(&str, Snippet<'_>)> = files
        .into_iter()
        .map(|(file, marks)| (file, Snippet::new(marks)))
        .collect();
    let last_line = snippets
        .iter()
        .filter_map(|(_, snippet)| snippet.lines.last_key_value())
        .map(|(number, _)| *number)
        .max()?;
    let digits = last_line.to_string().len();
    let mut drawing = Drawing {
        rows: Vec::new(),
        digits,
        // The number, a blank, a bar and a blank stand before each line.
        room: width.saturating_sub(digits + 3).max(NARROWEST),
        unicode,
    };
    for (number, (file, snippet)) in snippets.iter().enumerate() {
        // Whoever shows the frame has named the finding's own place already.
        let is_named = number == 0 && snippet.marks.iter().any(|mark| mark.is_first);
        if !is_named {
            drawing.heading(file);
        }
        drawing.snippet(snippet);
    }
    Some(drawing.rows.join("\n"))
}

/// What is shown of one file.
struct Snippet<'a> {
    marks: Vec<Mark<'a>>,
    lines: BTreeMap<u32, &'a str>,
    /// How many tabs all lines start with: deep indentation leaves no room for the code.
    indent: usize,
}

impl<'a> Snippet<'a> {
    fn new(marks: Vec<Mark<'a>>) -> Self {
        let mut lines = BTreeMap::new();
        for excerpt in marks.iter().filter_map(|mark| mark.excerpt) {
            for (number, line) in (excerpt.first_line..).zip(&excerpt.lines) {
                lines.entry(number).or_insert(line.as_str());
            }
        }
        let indent = lines
            .values()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.bytes().take_while(|byte| *byte == b'\t').count())
            .min()
            .unwrap_or(0);
        Self {
            marks,
            lines,
            indent,
        }
    }
}

/// A frame that grows row by row.
struct Drawing {
    rows: Vec<String>,
    digits: usize,
    room: usize,
    unicode: bool,
}

impl Drawing {
    fn heading(&mut self, file: &str) {
        let sign = if self.unicode { "┌" } else { "-->" };
        let room = (self.room + 1).saturating_sub(columns(sign));
        let file = clip(&sanitise_line(file), room, self.ellipsis());
        let blanks = " ".repeat(self.digits);
        self.rows
            .push(format!("{QUIET}{blanks} {sign}{QUIET:#} {file}"));
    }

    fn snippet(&mut self, snippet: &Snippet<'_>) {
        let mut before: Option<u32> = None;
        for (&number, line) in &snippet.lines {
            if before.is_some_and(|before| before + 1 < number) {
                let sign = if self.unicode { "⋮" } else { ":" };
                let blanks = " ".repeat(self.digits);
                self.rows.push(format!("{QUIET}{blanks} {sign}{QUIET:#}"));
            }
            before = Some(number);
            let line = line.get(snippet.indent..).unwrap_or_default();
            let marks: Vec<(&Mark<'_>, Range<usize>)> = snippet
                .marks
                .iter()
                .filter(|mark| mark.place.line == number)
                .map(|mark| (mark, span(line, mark.place.column, snippet.indent)))
                .collect();
            let first = marks.first().map_or(0, |(_, span)| span.start);
            let (code, moved) = self.fit(&clean(line), first);
            self.row(&number.to_string(), PLAIN, &code);
            let edge = columns(&code);
            for (mark, span) in marks {
                let start = moved.of(span.start).min(edge.saturating_sub(1));
                let end = moved.of(span.end).clamp(start + 1, edge.max(start + 1));
                self.mark(mark, start..end);
            }
        }
    }

    /// A line cut to fit, so that the column `at` stays in sight, and where its columns have gone.
    fn fit(&self, line: &str, at: usize) -> (String, Moved) {
        let ellipsis = self.ellipsis();
        if columns(line) <= self.room || at < self.room * 2 / 3 {
            return (clip(line, self.room, ellipsis), Moved::default());
        }
        // The place lies beyond the edge: what leads up to it gives way.
        let mut passed = 0;
        let mut from = line.len();
        for (byte, c) in line.char_indices() {
            if at - passed <= self.room / 3 {
                from = byte;
                break;
            }
            passed += columns(c.encode_utf8(&mut [0; 4]));
        }
        let shown = clip(&format!("{ellipsis}{}", &line[from..]), self.room, ellipsis);
        let moved = Moved {
            left: passed,
            right: columns(ellipsis),
        };
        (shown, moved)
    }

    /// A line under some columns of the code, and what happens there: behind it if there is room, else beneath.
    fn mark(&mut self, mark: &Mark<'_>, span: Range<usize>) {
        let sign = match (mark.is_first, self.unicode) {
            (true, true) => "━",
            (true, false) => "^",
            (false, true) => "─",
            (false, false) => "-",
        };
        let line = " ".repeat(span.start) + &sign.repeat(span.len());
        let label = sanitise_line(mark.label.trim());
        let behind = self.room.saturating_sub(span.end + 1);
        if behind >= columns(&label).min(WORDS) {
            let hang = " ".repeat(span.end + 1);
            for row in wrap(&label, self.room, &(line + " "), &hang) {
                self.row("", mark.style, &row);
            }
            return;
        }
        self.row("", mark.style, &line);
        let hang = " ".repeat(span.start.min(self.room.saturating_sub(WORDS)));
        for row in wrap(&label, self.room, &hang, &hang) {
            self.row("", mark.style, &row);
        }
    }

    fn row(&mut self, number: &str, style: Style, text: &str) {
        let bar = if self.unicode { "│" } else { "|" };
        let digits = self.digits;
        let text = text.trim_end();
        let bare = text.trim_start();
        let gutter = format!("{QUIET}{number:>digits$} {bar}{QUIET:#}");
        let row = if bare.is_empty() {
            gutter
        } else {
            let blanks = &text[..text.len() - bare.len()];
            format!("{gutter} {blanks}{style}{bare}{style:#}")
        };
        self.rows.push(row);
    }

    fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// How far a line was moved to the left, and then to the right again to make room for an ellipsis.
#[derive(Default)]
struct Moved {
    left: usize,
    right: usize,
}

impl Moved {
    fn of(&self, column: usize) -> usize {
        (column + self.right).saturating_sub(self.left)
    }
}

fn clean(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let tabs_kept: Vec<String> = line.split('\t').map(sanitise_line).collect();
    expand_tabs(&tabs_kept.join("\t"))
}

/// The columns of a line that are meant: the word at the byte that a place names, which counts the tabs that are left out,
/// or the whole line.
fn span(line: &str, column: Option<u32>, indent: usize) -> Range<usize> {
    let whole = clean(line);
    let named = column
        .and_then(|column| (column as usize).checked_sub(indent))
        .filter(|column| (1..=line.len()).contains(column));
    let Some(column) = named else {
        let start = columns(&whole) - columns(whole.trim_start());
        return start..columns(whole.trim_end()).max(start);
    };
    let before = boundary(line, column - 1);
    let start = boundary(&whole, clean(&line[..before]).len());
    let is_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = &whole[start..];
    let word = match rest.find(|c| !is_of_word(c)) {
        Some(0) => &rest[..rest.chars().next().map_or(0, char::len_utf8)],
        Some(length) => &rest[..length],
        None => rest,
    };
    let start = columns(&whole[..start]);
    start..start + columns(word)
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
