//! The report as CI systems read it: a `<testsuite>` for each submission, a `<testcase>` for each check.
//!
//! A CI job goes red exactly when a submission isn't accepted, so what no check says (the build, the policy) gets a test
//! case of its own.

mod xml;

use std::collections::HashSet;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use xml::{Xml, element, empty, text};

use super::told::{HEADS, Told, heads, take_apart};
use crate::model::{
    CheckReport, Finding, Outcome, Refusal, Report, RunReport, SubmissionReport, Verdict,
};
use crate::text::{DiffRow, Side, diff, plural, sanitise_line};

/// How many rows of a difference are shown.
const ROWS: usize = 60;

/// The report as XML in the form of `JUnit`.
pub(super) fn render(report: &Report) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut writer, &suites(report)).expect("writing to memory doesn't fail");
    let mut text = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    text.push('\n');
    text
}

struct Suite<'a> {
    name: String,
    properties: Vec<(&'static str, String)>,
    cases: Vec<Case<'a>>,
}

struct Case<'a> {
    class: String,
    name: String,
    seconds: f64,
    ending: Ending<'a>,
    /// What there is to know about it beside.
    said: Option<&'a str>,
}

enum Ending<'a> {
    Passed,
    Failure {
        message: String,
        kind: &'a str,
        body: String,
    },
    Error {
        message: String,
        body: String,
    },
    Skipped {
        message: String,
    },
}

fn suites(report: &Report) -> Vec<Suite<'_>> {
    let mut suite_names = HashSet::new();
    let mut case_names = HashSet::new();
    report
        .submissions
        .iter()
        .map(suite)
        .chain(report.refused.iter().map(refused))
        .map(|mut suite| {
            suite.name = unique(&mut suite_names, &suite.name);
            for case in &mut suite.cases {
                case.name = unique(&mut case_names, &format!("{}: {}", suite.name, case.name));
            }
            suite
        })
        .collect()
}

/// A name that wasn't used yet: the same with a number behind it where it was.
fn unique(used: &mut HashSet<String>, name: &str) -> String {
    let name = sanitise_line(name);
    let mut candidate = name.clone();
    let mut number = 2;
    while !used.insert(candidate.clone()) {
        candidate = format!("{name} ({number})");
        number += 1;
    }
    candidate
}

fn suite(submission: &SubmissionReport) -> Suite<'_> {
    let class = submission.exercise.id.to_string();
    let mut cases: Vec<Case<'_>> = Vec::new();
    let stopped_by = match submission.verdict {
        Verdict::CompileError => Some("build"),
        Verdict::Disallowed => Some("policy"),
        Verdict::Accepted
        | Verdict::WrongAnswer
        | Verdict::OutputLimit
        | Verdict::TimeLimit
        | Verdict::MemoryLimit
        | Verdict::RuntimeError
        | Verdict::GoroutineLeak
        | Verdict::Deadlock
        | Verdict::DataRace
        | Verdict::Tampered
        | Verdict::GraderError => None,
    };
    let is_told_by_a_check = submission
        .checks
        .iter()
        .any(|check| matches!(check.outcome, Outcome::Failed | Outcome::Errored));
    let of_its_own = stopped_by
        .or((submission.verdict != Verdict::Accepted && !is_told_by_a_check).then_some("verdict"));
    if let Some(name) = of_its_own {
        cases.push(Case {
            class: class.clone(),
            name: name.to_owned(),
            seconds: 0.0,
            ending: stopped(submission),
            said: None,
        });
    }
    cases.extend(submission.checks.iter().map(|check| Case {
        class: class.clone(),
        name: check.id.clone(),
        seconds: check.runs.iter().fold(0.0, |sum, run| sum + run.seconds),
        ending: ending(check),
        said: check.explanation.as_deref(),
    }));
    let score = submission.score;
    Suite {
        name: submission.name.clone(),
        properties: vec![
            ("exercise", class),
            ("version", submission.exercise.version.0.clone()),
            ("verdict", submission.verdict.name().to_owned()),
            ("score", format!("{}/{}", score.earned, score.max)),
            ("undecided", score.undecided.to_string()),
        ],
        cases,
    }
}

/// Why nothing, or not everything, was run.
fn stopped(submission: &SubmissionReport) -> Ending<'_> {
    let faults: Vec<String> = submission
        .findings
        .iter()
        .filter(|finding| !finding.kind.is_advice())
        .map(finding_text)
        .collect();
    let message = faults
        .first()
        .and_then(|fault| fault.lines().next())
        .map_or_else(|| submission.verdict.name().to_owned(), str::to_owned);
    let body = faults.join("\n");
    if submission.verdict == Verdict::GraderError {
        Ending::Error { message, body }
    } else {
        Ending::Failure {
            message,
            kind: submission.verdict.name(),
            body,
        }
    }
}

fn ending(check: &CheckReport) -> Ending<'_> {
    let rationale = check.rationale.trim();
    let message = if rationale.is_empty() {
        check.outcome.name()
    } else {
        rationale
    }
    .to_owned();
    match check.outcome {
        Outcome::Passed => Ending::Passed,
        Outcome::Failed => Ending::Failure {
            message,
            kind: check
                .runs
                .iter()
                .filter_map(|run| run.cause)
                .max()
                .map_or(check.outcome.name(), Verdict::name),
            body: body(check),
        },
        Outcome::Errored => Ending::Error {
            message,
            body: body(check),
        },
        Outcome::Skipped | Outcome::NotRun => Ending::Skipped { message },
    }
}

fn refused(refusal: &Refusal) -> Suite<'_> {
    Suite {
        name: refusal.name.clone(),
        properties: Vec::new(),
        cases: vec![Case {
            class: "gavel".to_owned(),
            name: "read".to_owned(),
            seconds: 0.0,
            ending: Ending::Error {
                message: refusal.error.lines().next().unwrap_or_default().to_owned(),
                body: refusal.error.clone(),
            },
            said: None,
        }],
    }
}

fn body(check: &CheckReport) -> String {
    let mut lines = vec![check.about.clone(), check.rationale.clone()];
    lines.extend(check.findings.iter().map(finding_text));
    let mut names: Vec<&str> = Vec::new();
    for run in check
        .runs
        .iter()
        .filter(|run| run.outcome != Outcome::Passed)
    {
        // A test that failed many times speaks once.
        if !names.contains(&run.name.as_str()) {
            names.push(&run.name);
            lines.push(run_text(&check.kind, run));
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

/// A finding in words: what it is, what happens where, what to do about it, and its evidence.
fn finding_text(finding: &Finding) -> String {
    let mut text = match &finding.place {
        Some(place) => format!("{place}: "),
        None => String::new(),
    };
    text.push_str(finding.message.trim());
    let own = finding.place.iter().zip(&finding.label);
    let others = finding
        .related
        .iter()
        .map(|related| (&related.place, &related.label));
    let more = finding
        .explanation
        .as_ref()
        .map(|name| format!("more: gavel explain {name}"));
    let lines = own
        .chain(others)
        .map(|(place, label)| format!("  {place}: {label}"))
        .chain(finding.help.clone())
        .chain(more)
        .chain(finding.detail.clone());
    for line in lines {
        text.push('\n');
        text.push_str(line.trim_end());
    }
    text
}

fn run_text(check: &str, run: &RunReport) -> String {
    let mut lines: Vec<String> = Vec::new();
    for message in &run.messages {
        let place = message
            .place
            .as_ref()
            .map(|place| format!(" ({place})"))
            .unwrap_or_default();
        let text = message.text.trim_end();
        lines.push(format!("{}{place}", message.test));
        match take_apart(text) {
            Told::Blocks { before, got, want } if got != want => {
                lines.push(before.to_owned());
                lines.push(difference(&want, &got, HEADS));
            }
            Told::Words(_) | Told::Values { .. } | Told::Blocks { .. } => {
                lines.push(text.to_owned());
            }
        }
    }
    if let Some(comparison) = &run.comparison {
        let heads = heads(check, comparison.compare);
        if comparison.first_line > 1 {
            lines.push(format!("from line {}", comparison.first_line));
        }
        lines.push(difference(&comparison.want, &comparison.got, heads));
        let more = [
            (comparison.more_want, "expected"),
            (comparison.more_got, "that came"),
        ];
        for (count, whose) in more.into_iter().filter(|(count, _)| *count > 0) {
            lines.push(format!("  ({} more {whose})", plural(count, "line")));
        }
    }
    lines.extend(run.output.clone());
    lines.join("\n")
}

fn difference(want: &str, got: &str, heads: [&str; 2]) -> String {
    let diff = diff(want, got, ROWS, true);
    let mut lines = heads.map(str::to_owned).to_vec();
    for row in &diff.rows {
        lines.push(match row {
            DiffRow::Gap(lines) => format!("  ({})", plural(*lines, "equal line")),
            DiffRow::Line(line) => {
                let sign = match line.side {
                    Side::Both => ' ',
                    Side::Want => '-',
                    Side::Got => '+',
                };
                let text: String = line.parts.iter().map(|part| part.text.as_str()).collect();
                format!("{sign} {text}")
            }
        });
    }
    if diff.left_out > 0 {
        lines.push(format!(
            "  ({} more)",
            plural(diff.left_out, "changed line")
        ));
    }
    lines.join("\n")
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    seconds: f64,
}

impl Counts {
    fn of<'a>(cases: impl Iterator<Item = &'a Case<'a>>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.tests += 1;
            counts.seconds += case.seconds;
            match case.ending {
                Ending::Passed => {}
                Ending::Failure { .. } => counts.failures += 1,
                Ending::Error { .. } => counts.errors += 1,
                Ending::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }

    fn attributes(&self) -> Vec<(&'static str, String)> {
        vec![
            ("tests", self.tests.to_string()),
            ("failures", self.failures.to_string()),
            ("errors", self.errors.to_string()),
            ("skipped", self.skipped.to_string()),
            ("time", format!("{:.3}", self.seconds)),
        ]
    }
}

fn write(writer: &mut Xml, suites: &[Suite<'_>]) -> io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = Counts::of(suites.iter().flat_map(|suite| &suite.cases));
    element(
        writer,
        "testsuites",
        &[("name", "gavel".to_owned())],
        &total.attributes(),
        |writer| {
            for suite in suites {
                let counts = Counts::of(suite.cases.iter());
                let name = [("name", suite.name.clone())];
                element(writer, "testsuite", &name, &counts.attributes(), |writer| {
                    write_suite(writer, suite)
                })?;
            }
            Ok(())
        },
    )
}

fn write_suite(writer: &mut Xml, suite: &Suite<'_>) -> io::Result<()> {
    if !suite.properties.is_empty() {
        element(writer, "properties", &[], &[], |writer| {
            for (name, value) in &suite.properties {
                let attributes = [("name", (*name).to_owned()), ("value", value.clone())];
                empty(writer, "property", &attributes)?;
            }
            Ok(())
        })?;
    }
    for case in &suite.cases {
        let attributes = [
            ("classname", case.class.clone()),
            ("name", case.name.clone()),
            ("time", format!("{:.3}", case.seconds)),
        ];
        if matches!(case.ending, Ending::Passed) && case.said.is_none() {
            empty(writer, "testcase", &attributes)?;
            continue;
        }
        element(writer, "testcase", &attributes, &[], |writer| {
            write_ending(writer, &case.ending)?;
            match case.said {
                None => Ok(()),
                Some(said) => text(writer, "system-out", &[], said),
            }
        })?;
    }
    Ok(())
}

fn write_ending(writer: &mut Xml, ending: &Ending<'_>) -> io::Result<()> {
    match ending {
        Ending::Passed => Ok(()),
        Ending::Failure {
            message,
            kind,
            body,
        } => {
            let inner = [("message", message.clone()), ("type", (*kind).to_owned())];
            text(writer, "failure", &inner, body)
        }
        Ending::Error { message, body } => {
            let inner = [("message", message.clone()), ("type", "errored".to_owned())];
            text(writer, "error", &inner, body)
        }
        Ending::Skipped { message } => {
            let inner = [("message", message.clone())];
            empty(writer, "skipped", &inner)
        }
    }
}

#[cfg(test)]
#[path = "junit_tests.rs"]
mod tests;
