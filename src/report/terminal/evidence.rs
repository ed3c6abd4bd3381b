//! Why a check ended as it did: what its tests said, what was expected and what came.

use std::time::Duration;

use anstyle::{Effects, Style};

use super::super::told::{HEADS, Told, heads, take_apart};
use super::finding::{self, title};
use super::page::{CAME, PLAIN, Page, QUIET, STRONG, WANTED, sign_of};
use super::submission::verdict_words;
use crate::model::{
    CheckReport, Compare, Comparison, Finding, Message, Outcome, RunReport, Verdict,
};
use crate::text::{self, DiffRow, Part, Side, duration, plural, sanitise_line, size, width};

/// How many findings of one check are shown.
const FINDINGS: usize = 3;
/// How many lines of a message are shown.
const MESSAGE: usize = 12;
/// How many messages of one test are shown.
const MESSAGES: usize = 6;
/// How many rows of a difference are shown.
const ROWS: usize = 30;
/// How many lines of what a program printed are shown, its last ones.
const OUTPUT: usize = 10;

/// A check that failed, or that could not be decided.
///
/// `shown` is what was shown under checks before: what has its place there is named and not shown again.
pub(super) fn check<'a>(page: &mut Page, check: &'a CheckReport, shown: &mut finding::Shown<'a>) {
    let (sign, style) = sign_of(check.outcome, page.is_unicode());
    let points = match check.outcome {
        Outcome::Errored => format!("{} undecided", plural(check.points.max as usize, "point")),
        Outcome::Passed | Outcome::Failed | Outcome::Skipped | Outcome::NotRun => format!(
            "{} of {}",
            check.points.earned,
            plural(check.points.max as usize, "point")
        ),
    };
    let hidden = if check.visible { "" } else { " (hidden)" };
    page.words_after(
        &[(style, format!("{sign} "))],
        STRONG,
        &format!("{}{hidden}, {points}", check.id),
    );
    page.words(2, PLAIN, &check.about);
    let rationale = check.rationale.trim();
    match check.outcome {
        Outcome::Errored => {
            let colon = if rationale.is_empty() { "." } else { ": " };
            page.words(
                2,
                PLAIN,
                &format!("gavel or the machine failed here{colon}{rationale}"),
            );
        }
        Outcome::Failed => page.words(2, PLAIN, &capitalised(&because(check))),
        Outcome::Passed | Outcome::Skipped | Outcome::NotRun => {}
    }
    let mut told = speakers(&check.runs);
    // Of mutants that nobody noticed a few are shown.
    let failed = told.len();
    if check.kind == "mutants" && told.iter().any(|speaker| speaker.run.comparison.is_some()) {
        told.retain(|speaker| speaker.run.comparison.is_some());
    }
    for speaker in &told {
        facts(page, speaker);
    }
    let findings: Vec<&Finding> = check.findings.iter().collect();
    for finding in finding::first_of_each_rule(&findings)
        .into_iter()
        .take(FINDINGS)
    {
        page.gap();
        match shown.first_under(finding, &check.id) {
            Some(other) => page.words(
                2,
                PLAIN,
                &format!("{}, as under {other}", title(finding, &finding.message)),
            ),
            None => finding::in_full(page, 2, finding, rationale, shown),
        }
    }
    let left_out = check.findings.len().saturating_sub(FINDINGS);
    if left_out > 0 {
        page.gap();
        page.note_left_out(2, left_out, "finding");
    }
    for speaker in &told {
        words_of(page, &check.kind, speaker.run, check.findings.is_empty());
    }
    if failed > told.len() {
        page.gap();
        page.note_left_out(2, failed - told.len(), "mutant");
    }
    if let Some(explanation) = &check.explanation {
        page.gap();
        page.words(2, STRONG, "Why");
        page.words(2, PLAIN, explanation);
    }
}

/// What there is to know about a check that passed.
pub(super) fn passed(page: &mut Page, check: &CheckReport) {
    let Some(explanation) = &check.explanation else {
        return;
    };
    let (sign, style) = sign_of(check.outcome, page.is_unicode());
    page.gap();
    page.words_after(
        &[(style, format!("{sign} "))],
        STRONG,
        &format!("{}, why", check.id),
    );
    page.words(2, PLAIN, explanation);
}

/// What a failure counts as, and why: `deadlock: every goroutine waits`.
fn because(check: &CheckReport) -> String {
    let rationale = check.rationale.trim();
    let cause = check.runs.iter().filter_map(|run| run.cause).max();
    match cause {
        None => rationale.to_owned(),
        Some(cause) if rationale.is_empty() => verdict_words(cause),
        Some(cause) => format!("{}: {rationale}", verdict_words(cause)),
    }
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + chars.as_str()
    })
}

/// A run that speaks for all runs of its test.
struct Speaker<'a> {
    run: &'a RunReport,
    failed: usize,
    runs: usize,
    is_alone: bool,
}

/// For each test that failed, the first of its worst runs: a test that failed many times speaks once.
fn speakers(runs: &[RunReport]) -> Vec<Speaker<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for run in runs {
        if !names.contains(&run.name.as_str()) {
            names.push(&run.name);
        }
    }
    let speaker = |name: &&str| {
        let of_test = || runs.iter().filter(|run| run.name == **name);
        let failed = || of_test().filter(|run| run.outcome != Outcome::Passed);
        Some(Speaker {
            run: failed().rev().max_by_key(|run| run.cause)?,
            failed: failed().count(),
            runs: of_test().count(),
            is_alone: names.len() == 1,
        })
    };
    names.iter().filter_map(speaker).collect()
}

/// How often a test failed, where the check's reason doesn't say that, and how the run that speaks for it ended.
fn facts(page: &mut Page, speaker: &Speaker<'_>) {
    let times = (!speaker.is_alone && speaker.runs > 1)
        .then(|| format!("failed in {} of {} runs", speaker.failed, speaker.runs));
    let facts: Vec<String> = times.into_iter().chain(resources(speaker.run)).collect();
    if !facts.is_empty() {
        let name = sanitise_line(&speaker.run.name);
        page.words(2, QUIET, &format!("{name} {}", facts.join(", ")));
    }
}

/// What a run left behind in words. One that left nothing at least says how it ended, if nothing else is known.
fn words_of(page: &mut Page, check: &str, run: &RunReport, is_all: bool) {
    let has_words = !run.messages.is_empty() || run.comparison.is_some() || run.output.is_some();
    if !has_words {
        if is_all && resources(run).is_none() && run.outcome == Outcome::Failed {
            page.words(
                2,
                QUIET,
                &format!("{} ended with {}", sanitise_line(&run.name), run.ended),
            );
        }
        return;
    }
    page.gap();
    for message in run.messages.iter().take(MESSAGES) {
        self::message(page, message);
    }
    page.note_left_out(2, run.messages.len().saturating_sub(MESSAGES), "message");
    if let Some(comparison) = &run.comparison {
        compared(page, check, comparison);
    }
    if let Some(output) = &run.output {
        printed(page, output);
    }
}

/// How a run that met a limit or crashed ended, and what it had used.
fn resources(run: &RunReport) -> Option<String> {
    let span = |seconds: f64| duration(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let wall = span(run.seconds);
    match run.cause? {
        Verdict::TimeLimit | Verdict::Deadlock => Some(format!(
            "was ended after {wall}, of which the processor worked {}",
            span(run.cpu_seconds)
        )),
        Verdict::MemoryLimit => Some(format!("had used {} after {wall}", size(run.max_memory))),
        Verdict::OutputLimit => Some(format!("was ended after {wall}")),
        Verdict::RuntimeError => Some(format!("ended with {} after {wall}", run.ended)),
        Verdict::Accepted
        | Verdict::WrongAnswer
        | Verdict::GoroutineLeak
        | Verdict::DataRace
        | Verdict::CompileError
        | Verdict::Disallowed
        | Verdict::Tampered
        | Verdict::GraderError => None,
    }
}

/// What a test said, compared where it compares.
fn message(page: &mut Page, message: &Message) {
    let place = message
        .place
        .as_ref()
        .map(|place| format!(" ({})", sanitise_line(place)))
        .unwrap_or_default();
    page.words(
        2,
        QUIET,
        &format!("{}{place}", sanitise_line(&message.test)),
    );
    let told = message.text.trim_end();
    let fits = !told.contains('\n') && width(told) + 4 <= page.width();
    match take_apart(told) {
        Told::Blocks { before, got, want } if got != want => {
            if !before.is_empty() {
                page.few_words(4, PLAIN, before, MESSAGE);
            }
            difference(page, 4, &of_a_test(&want, &got));
        }
        Told::Values { before, got, want } if !fits => {
            page.few_words(4, PLAIN, before, MESSAGE);
            values(page, want, got);
        }
        Told::Words(_) | Told::Blocks { .. } | Told::Values { .. } => {
            page.few_words(4, PLAIN, told, MESSAGE);
        }
    }
}

/// Two values, one beneath the other, with a row of carets under what differs.
fn values(page: &mut Page, want: &str, got: &str) {
    const INDENT: usize = 6;
    const LABEL: usize = 5;
    let diff = text::diff(want, got, 4, page.is_unicode());
    for row in &diff.rows {
        let DiffRow::Line(line) = row else { continue };
        let (label, style) = match line.side {
            Side::Both => continue,
            Side::Want => ("want ", WANTED),
            Side::Got => ("got  ", CAME),
        };
        let room = page.width().saturating_sub(INDENT + LABEL);
        let parts = text::fit(&line.parts, room, page.ellipsis());
        let mut pieces = vec![(style, label.to_owned())];
        pieces.extend(painted(&parts, style));
        page.pieces(INDENT, &pieces);
        let carets: String = parts
            .iter()
            .map(|part| if part.is_changed { "^" } else { " " }.repeat(width(&part.text)))
            .collect();
        let carets = carets.trim_end();
        if !carets.is_empty() {
            page.pieces(INDENT + LABEL, &[(style, carets.to_owned())]);
        }
    }
}

/// What a check expected and what came.
fn compared(page: &mut Page, check: &str, comparison: &Comparison) {
    let Comparison {
        compare,
        first_line,
        want,
        got,
        more_want,
        more_got,
    } = comparison;
    let heads = match (compare, heads(check, *compare)) {
        (Compare::Json, [want, _]) => [want, "+ got, by value"],
        (_, heads) => heads,
    };
    let numbers = match compare {
        Compare::Unordered | Compare::Json => Numbers::None,
        Compare::Exact | Compare::Trim | Compare::Numbers(_) | Compare::Patterns => {
            Numbers::From(*first_line)
        }
    };
    let texts = Texts {
        want,
        got,
        heads,
        numbers,
        more: more_want + more_got,
    };
    difference(page, 2, &texts);
}

/// How the lines of a difference are numbered.
#[derive(Clone, Copy)]
enum Numbers {
    /// Not at all: their numbers say nothing.
    None,
    /// Beginning with this one.
    From(usize),
}

/// Two texts, and how they are shown.
struct Texts<'a> {
    want: &'a str,
    got: &'a str,
    /// What the lines of each are.
    heads: [&'static str; 2],
    numbers: Numbers,
    /// How many lines of both aren't in them.
    more: usize,
}

/// What a test wanted and what it got.
fn of_a_test<'a>(want: &'a str, got: &'a str) -> Texts<'a> {
    Texts {
        want,
        got,
        heads: HEADS,
        numbers: Numbers::From(1),
        more: 0,
    }
}

/// Two texts, line by line.
fn difference(page: &mut Page, indent: usize, texts: &Texts<'_>) {
    let &Texts {
        want,
        got,
        heads: [want_head, got_head],
        numbers,
        more,
    } = texts;
    let diff = text::diff(want, got, ROWS, page.is_unicode());
    let number = |line: &text::DiffLine| match numbers {
        Numbers::None => String::new(),
        Numbers::From(first) => (line.number + first - 1).to_string(),
    };
    let digits = diff
        .rows
        .iter()
        .map(|row| match row {
            DiffRow::Line(line) => number(line).len(),
            DiffRow::Gap(_) => 0,
        })
        .max()
        .unwrap_or(0);
    let margin = if digits > 0 { digits + 1 } else { 0 };
    let gutter = margin + 2;
    let legend = [
        (PLAIN, " ".repeat(margin)),
        (WANTED, want_head.to_owned()),
        (PLAIN, "  ".to_owned()),
        (CAME, got_head.to_owned()),
    ];
    page.pieces(indent, &legend);
    for row in &diff.rows {
        match row {
            DiffRow::Gap(lines) => {
                let note = format!("{} {}", page.ellipsis(), plural(*lines, "equal line"));
                page.words(indent + margin, QUIET, &note);
            }
            DiffRow::Line(line) => {
                let (sign, style) = match line.side {
                    Side::Both => (' ', PLAIN),
                    Side::Want => ('-', WANTED),
                    Side::Got => ('+', CAME),
                };
                let room = page.width().saturating_sub(indent + gutter);
                let parts = text::fit(&line.parts, room, page.ellipsis());
                let number = format!("{:>digits$}", number(line));
                let mut pieces = vec![
                    (QUIET, format!("{number:<margin$}")),
                    (style, format!("{sign} ")),
                ];
                pieces.extend(painted(&parts, style));
                page.pieces(indent, &pieces);
            }
        }
    }
    let noun = if more == 0 { "changed line" } else { "line" };
    page.note_left_out(indent + margin, diff.left_out + more, noun);
}

fn painted(parts: &[Part], style: Style) -> Vec<(Style, String)> {
    let marked = style | Effects::BOLD | Effects::UNDERLINE;
    parts
        .iter()
        .map(|part| {
            let style = if part.is_changed { marked } else { style };
            (style, part.text.clone())
        })
        .collect()
}

/// The end of what a program printed.
fn printed(page: &mut Page, output: &str) {
    let output = text::sanitise(output);
    let lines: Vec<&str> = output.trim_end().lines().collect();
    let hidden = if lines.len() > OUTPUT + 1 {
        lines.len() - OUTPUT
    } else {
        0
    };
    page.words(2, QUIET, "It printed:");
    if hidden > 0 {
        let note = format!("{} {} before", page.ellipsis(), plural(hidden, "line"));
        page.words(4, QUIET, &note);
    }
    for line in &lines[hidden..] {
        page.line(4, PLAIN, line);
    }
}

/// One line on why a check failed, for a batch.
pub(super) fn in_short(page: &mut Page, check: &CheckReport) {
    let (sign, style) = sign_of(check.outcome, page.is_unicode());
    let why = match check.outcome {
        Outcome::Errored => format!(
            "undecided, not the candidate's fault: {}",
            check.rationale.trim()
        ),
        Outcome::Passed | Outcome::Failed | Outcome::Skipped | Outcome::NotRun => because(check),
    };
    let points = format!("{}/{}", check.points.earned, check.points.max);
    page.words_after(
        &[(PLAIN, "  ".to_owned()), (style, format!("{sign} "))],
        PLAIN,
        &format!("{}, {points}: {why}", sanitise_line(&check.id)),
    );
    let finding = check.findings.first();
    let message = check
        .runs
        .iter()
        .filter(|run| run.outcome != Outcome::Passed)
        .flat_map(|run| &run.messages)
        .next();
    if let Some(finding) = finding {
        page.line(4, QUIET, &title(finding, &check.rationale));
    } else if let Some(message) = message {
        let first = message.text.lines().next().unwrap_or_default();
        page.line(4, QUIET, &format!("{}: {first}", message.test));
    }
}

/// Why a submission has its verdict, in one line: the first reason that counts for it.
pub(super) fn first_reason(submission: &crate::model::SubmissionReport) -> String {
    if let Some(finding) = submission
        .findings
        .iter()
        .find(|finding| !finding.kind.is_advice())
    {
        return title(finding, "");
    }
    let is_worst = |check: &&CheckReport| {
        check.outcome == Outcome::Failed
            && check
                .runs
                .iter()
                .any(|run| run.cause == Some(submission.verdict))
    };
    let with = |wanted: Outcome| move |check: &&CheckReport| check.outcome == wanted;
    let checks = &submission.checks;
    let wanted = if submission.verdict == Verdict::GraderError {
        checks.iter().find(with(Outcome::Errored))
    } else {
        checks
            .iter()
            .find(is_worst)
            .or_else(|| checks.iter().find(with(Outcome::Failed)))
    };
    wanted
        .or_else(|| checks.iter().find(with(Outcome::Errored)))
        .or_else(|| checks.iter().find(with(Outcome::Skipped)))
        .or_else(|| checks.iter().find(with(Outcome::NotRun)))
        .map(|check| format!("{}: {}", check.id, check.rationale.trim()))
        .unwrap_or_default()
}
