//! The page that a terminal report is written on: everything that is put on it is made safe and kept within its width.

use std::fmt::Write;

use anstyle::{AnsiColor, Effects, Style};

use super::super::Look;
use crate::model::{Outcome, Verdict};
use crate::text::{clip, clip_middle, expand_tabs, sanitise, sanitise_line, width, wrap};

pub(super) const PLAIN: Style = Style::new();
pub(super) const STRONG: Style = Style::new().effects(Effects::BOLD);
pub(super) const QUIET: Style = Style::new().effects(Effects::DIMMED);
pub(super) const GOOD: Style = AnsiColor::Green.on_default().effects(Effects::BOLD);
pub(super) const BAD: Style = AnsiColor::Red.on_default().effects(Effects::BOLD);
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default().effects(Effects::BOLD);
pub(super) const WANTED: Style = AnsiColor::Green.on_default();
pub(super) const CAME: Style = AnsiColor::Red.on_default();

/// Nothing is set wider than this: longer lines are hard to read.
const WIDEST: usize = 100;
const NARROWEST: usize = 24;

/// Text that grows line by line.
pub(super) struct Page {
    text: String,
    width: usize,
    unicode: bool,
}

impl Page {
    pub(super) fn new(look: &Look) -> Self {
        Self {
            text: String::new(),
            width: look.width.clamp(NARROWEST, WIDEST),
            unicode: look.unicode,
        }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn is_unicode(&self) -> bool {
        self.unicode
    }

    pub(super) fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// An empty line, but never two, and none at the top.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Words, wrapped.
    pub(super) fn words(&mut self, indent: usize, style: Style, text: &str) {
        if !text.trim().is_empty() {
            self.words_after(&[(PLAIN, " ".repeat(indent))], style, text);
        }
    }

    /// Words, wrapped, of which at most so many lines are shown.
    pub(super) fn few_words(&mut self, indent: usize, style: Style, text: &str, most: usize) {
        let blanks = " ".repeat(indent);
        let lines = self.wrapped(text, indent, indent);
        // One line more takes no more room than a note on it.
        let shown = if lines.len() > most + 1 {
            most
        } else {
            lines.len()
        };
        for line in &lines[..shown] {
            let _ = writeln!(self.text, "{blanks}{}", styled(style, line));
        }
        self.note_left_out(indent, lines.len() - shown, "line");
    }

    /// Words, wrapped, with something in front of their first line.
    pub(super) fn words_after(&mut self, before: &[(Style, String)], style: Style, text: &str) {
        let hang = before.iter().map(|(_, text)| width(text)).sum();
        let lines = self.wrapped(text, hang, hang);
        for (number, line) in lines.iter().enumerate() {
            if number == 0 {
                for (style, text) in before {
                    self.text.push_str(&styled(*style, text));
                }
            } else if !line.is_empty() {
                self.text.push_str(&" ".repeat(hang));
            }
            self.text.push_str(&styled(style, line));
            self.end_line();
        }
    }

    /// A line that may not be wrapped, cut at its end.
    pub(super) fn line(&mut self, indent: usize, style: Style, line: &str) {
        let room = self.width.saturating_sub(indent);
        let line = clip(&expand_tabs(&safe_line(line)), room, self.ellipsis());
        let _ = write!(self.text, "{}{}", " ".repeat(indent), styled(style, &line));
        self.end_line();
    }

    /// A line of a stack, cut in its middle: its end says where.
    pub(super) fn line_of_stack(&mut self, indent: usize, style: Style, line: &str) {
        let room = self.width.saturating_sub(indent);
        let line = clip_middle(&expand_tabs(&safe_line(line)), room, self.ellipsis());
        let _ = write!(self.text, "{}{}", " ".repeat(indent), styled(style, &line));
        self.end_line();
    }

    /// Pieces that have been made safe and fit.
    pub(super) fn pieces(&mut self, indent: usize, pieces: &[(Style, String)]) {
        self.text.push_str(&" ".repeat(indent));
        for (style, text) in pieces {
            self.text.push_str(&styled(*style, text));
        }
        self.end_line();
    }

    /// A drawing that has been made safe and fits.
    pub(super) fn drawing(&mut self, indent: usize, drawing: &str) {
        for line in drawing.lines() {
            self.text.push_str(&" ".repeat(indent));
            self.text.push_str(line);
            self.end_line();
        }
    }

    /// Says how many of something aren't shown, if any.
    pub(super) fn note_left_out(&mut self, indent: usize, count: usize, noun: &str) {
        if count > 0 {
            let note = format!(
                "{} {} more",
                self.ellipsis(),
                crate::text::plural(count, noun)
            );
            self.words(indent, QUIET, &note);
        }
    }

    fn wrapped(&self, text: &str, first: usize, rest: usize) -> Vec<String> {
        let clean: Vec<String> = sanitise(text).split('\n').map(expand_tabs).collect();
        let room = self.width.saturating_sub(first.max(rest));
        wrap(&clean.join("\n"), room.max(8), "", "")
    }

    fn end_line(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        self.text.push('\n');
    }
}

fn safe_line(line: &str) -> String {
    let kept: Vec<String> = line.split('\t').map(sanitise_line).collect();
    kept.join("\t")
}

fn styled(style: Style, text: &str) -> String {
    if style.is_plain() || text.is_empty() {
        text.to_owned()
    } else {
        format!("{style}{text}{style:#}")
    }
}

/// The sign and the style of an outcome. The word stands beside it always.
pub(super) fn sign_of(outcome: Outcome, unicode: bool) -> (&'static str, Style) {
    match (outcome, unicode) {
        (Outcome::Passed, true) => ("✓", GOOD),
        (Outcome::Passed, false) => ("+", GOOD),
        (Outcome::Failed, true) => ("✗", BAD),
        (Outcome::Failed, false) => ("x", BAD),
        (Outcome::Errored, _) => ("!", UNSURE),
        (Outcome::Skipped, true) => ("–", QUIET),
        (Outcome::Skipped, false) => ("-", QUIET),
        (Outcome::NotRun, true) => ("·", QUIET),
        (Outcome::NotRun, false) => (".", QUIET),
    }
}

/// The outcome that a verdict looks like.
pub(super) fn outcome_of(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Accepted => Outcome::Passed,
        Verdict::GraderError => Outcome::Errored,
        Verdict::WrongAnswer
        | Verdict::OutputLimit
        | Verdict::TimeLimit
        | Verdict::MemoryLimit
        | Verdict::RuntimeError
        | Verdict::GoroutineLeak
        | Verdict::Deadlock
        | Verdict::DataRace
        | Verdict::CompileError
        | Verdict::Disallowed
        | Verdict::Tampered => Outcome::Failed,
    }
}
