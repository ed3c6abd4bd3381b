//! Checks of type `style`: the source keeps to rules that the manifest names. And the rules that are advice, which costs
//! nothing.
//!
//! Nothing is run for it but the tools that read source. The rules themselves are pure functions over what [`crate::gosource`]
//! tells of the files.

mod dropped;
mod exports;
mod ground;
mod rules;
mod standard;
mod state;

use std::collections::BTreeMap;

use self::ground::{Ground, Remark};
use super::{Decided, Given, undecided, vet, without_runs};
use crate::diagnosis::explanations;
use crate::golang::{self, Unvetted, VetMessage};
use crate::model::{
    Check, CheckReport, Exercise, FileSet, Finding, FindingKind, Outcome, Place, Points, Related,
    Style, StyleRule, Verdict,
};
use crate::text::{excerpt, plural};

/// How many findings of one rule are told.
const MOST_FINDINGS: usize = 100;

/// All packages of the module: style is asked of everything that was handed in.
pub(super) const EVERYTHING: &str = "./...";

/// How to come by staticcheck.
const INSTALL: &str = "go install honnef.co/go/tools/cmd/staticcheck@latest, into a folder on PATH";

/// What rules have to say.
#[derive(Default)]
struct Said {
    /// For each rule that has something to say, how often, and what of it is told.
    by_rule: BTreeMap<StyleRule, (usize, Vec<Finding>)>,
    /// A word on each rule that couldn't be asked.
    left_out: Vec<Finding>,
}

impl Said {
    fn add(&mut self, rule: StyleRule, mut findings: Vec<Finding>) {
        if !findings.is_empty() {
            let count = findings.len();
            findings.truncate(MOST_FINDINGS);
            self.by_rule.insert(rule, (count, findings));
        }
    }
}

/// Decides a check by what its rules say.
pub(super) async fn run(given: &Given<'_>, check: &Check, style: &Style) -> Decided {
    let said = match ask(given, style).await {
        Ok(said) => said,
        Err(Unasked::Machine(why)) => return undecided(check, &why),
        Err(Unasked::Code(why)) => return failed(check, &why, Vec::new()),
    };
    if said.left_out.len() == style.rules.len() {
        let missing = said.left_out.first();
        let why = missing.map_or("there is nothing to ask", |finding| &finding.message);
        return undecided(check, &format!("{why}: {INSTALL}"));
    }
    let count: usize = said.by_rule.values().map(|(count, _)| count).sum();
    let told: Vec<String> = said
        .by_rule
        .iter()
        .map(|(rule, (count, _))| format!("{} {count}", rule.name()))
        .collect();
    let findings = said
        .by_rule
        .into_values()
        .flat_map(|(_, findings)| findings);
    let findings: Vec<Finding> = findings.chain(said.left_out).collect();
    if count > 0 {
        let rationale = format!("{} in style: {}", plural(count, "fault"), told.join(", "));
        return failed(check, &rationale, findings);
    }
    let report = without_runs(check, Outcome::Passed, "");
    Decided {
        report: CheckReport {
            points: Points {
                earned: check.points,
                ..report.points
            },
            findings,
            ..report
        },
        cause: None,
    }
}

fn failed(check: &Check, rationale: &str, findings: Vec<Finding>) -> Decided {
    Decided {
        report: CheckReport {
            findings,
            ..without_runs(check, Outcome::Failed, rationale)
        },
        cause: Some(Verdict::WrongAnswer),
    }
}

/// Why rules couldn't be asked.
enum Unasked {
    /// Something that is not in the code.
    Machine(String),
    /// The code doesn't go together with its tests.
    Code(String),
}

async fn ask(given: &Given<'_>, style: &Style) -> Result<Said, Unasked> {
    let mut said = Said::default();
    for rule in &style.rules {
        match rule {
            StyleRule::Gofmt => {
                let files = given.formatting.as_ref();
                let files = files.map_err(|why| Unasked::Machine(why.clone()))?;
                let findings = files.iter().map(|file| format_finding(file)).collect();
                said.add(*rule, findings);
            }
            StyleRule::Vet => {
                let messages = match given.vetted.get(EVERYTHING) {
                    Some(Ok(messages)) => messages,
                    Some(Err(Unvetted::Machine(why))) => return Err(Unasked::Machine(why.clone())),
                    Some(Err(Unvetted::Code)) => {
                        let why = "go vet can't read the code, which doesn't compile together with its tests";
                        return Err(Unasked::Code(why.to_owned()));
                    }
                    None => {
                        let why = "gavel lost sight of what go vet says";
                        return Err(Unasked::Machine(why.to_owned()));
                    }
                };
                let messages: Vec<&VetMessage> = messages.iter().collect();
                said.add(*rule, vet::findings(given.submission, &messages));
            }
            StyleRule::Staticcheck => {
                match golang::staticcheck(given.workshop, given.workspace).await {
                    Ok(None) => {
                        let missing =
                            "staticcheck isn't installed on this machine, so it wasn't asked";
                        said.left_out.push(Finding {
                            help: Some(INSTALL.to_owned()),
                            ..Finding::new(FindingKind::Style, missing)
                        });
                    }
                    Ok(Some(messages)) => {
                        said.add(*rule, staticcheck_findings(given.submission, &messages));
                    }
                    Err(why) => return Err(Unasked::Machine(why)),
                }
            }
            StyleRule::Todo
            | StyleRule::ErrorString
            | StyleRule::IgnoredError
            | StyleRule::ContextFirst
            | StyleRule::Imports
            | StyleRule::LongFunction
            | StyleRule::ComplexFunction
            | StyleRule::MissingDoc
            | StyleRule::UnusedExports
            | StyleRule::GlobalState => {}
        }
    }
    // Reading much source takes long enough for runs to need watching meanwhile.
    let (exercise, submission) = (given.exercise.clone(), given.submission.clone());
    let style = style.clone();
    let read = tokio::task::spawn_blocking(move || review(&exercise, &submission, &style))
        .await
        .map_err(|error| {
            Unasked::Machine(format!("gavel itself failed; this is a bug in it: {error}"))
        })?
        .map_err(Unasked::Machine)?;
    for (rule, findings) in read {
        said.add(rule, findings);
    }
    Ok(said)
}

/// What rules say that are advice, but for gofmt and vet, which are asked about any code. What can't be had is no reason
/// to stop.
pub async fn advice(given: &Given<'_>, advised: &Style) -> Vec<Finding> {
    let mut style = advised.clone();
    style
        .rules
        .retain(|rule| !matches!(rule, StyleRule::Gofmt | StyleRule::Vet));
    if style.rules.is_empty() {
        return Vec::new();
    }
    let mut asked = ask(given, &style).await;
    if asked.is_err() {
        // The rules that need no tool are worth having without those that do.
        style.rules.retain(|rule| *rule != StyleRule::Staticcheck);
        asked = ask(given, &style).await;
    }
    let said = asked.unwrap_or_default();
    let findings = said
        .by_rule
        .into_values()
        .flat_map(|(_, findings)| findings);
    findings.chain(said.left_out).collect()
}

/// What the rules say that read source and need no tool for it.
///
/// # Errors
///
/// If a file can't be read completely.
pub fn review(
    exercise: &Exercise,
    submission: &FileSet,
    style: &Style,
) -> Result<BTreeMap<StyleRule, Vec<Finding>>, String> {
    let ground = Ground::read(exercise, submission)?;
    let mut said = BTreeMap::new();
    for rule in &style.rules {
        let mut remarks = remarks_of(&ground, *rule, style);
        remarks.sort_by(|one, other| (&one.file, one.position).cmp(&(&other.file, other.position)));
        let findings = remarks.iter().map(|remark| finding(submission, remark));
        said.insert(*rule, findings.collect());
    }
    Ok(said)
}

/// What a rule says; nothing for those that are tools.
fn remarks_of(ground: &Ground<'_>, rule: StyleRule, style: &Style) -> Vec<Remark> {
    let measures = &style.measures;
    match rule {
        StyleRule::Gofmt | StyleRule::Vet | StyleRule::Staticcheck => Vec::new(),
        StyleRule::Todo => rules::todo(ground),
        StyleRule::ErrorString => rules::error_string(ground),
        StyleRule::IgnoredError => dropped::ignored_error(ground),
        StyleRule::ContextFirst => rules::context_first(ground),
        StyleRule::Imports => rules::imports(ground, &measures.layers),
        StyleRule::LongFunction => rules::long_function(ground, measures),
        StyleRule::ComplexFunction => rules::complex_function(ground, measures),
        StyleRule::MissingDoc => exports::missing_doc(ground),
        StyleRule::UnusedExports => exports::unused_exports(ground),
        StyleRule::GlobalState => state::global_state(ground),
    }
}

fn finding(submission: &FileSet, remark: &Remark) -> Finding {
    let place = remark.position.in_file(&remark.file);
    let explanation = explanations::by_name(remark.rule.name());
    let related = remark.other.iter().map(|(label, file, position)| {
        let place = position.in_file(file);
        Related {
            label: label.clone(),
            excerpt: excerpt(submission, &place),
            place,
        }
    });
    Finding {
        related: related.collect(),
        excerpt: excerpt(submission, &place),
        place: Some(place),
        help: explanation.map(|explanation| explanation.mend.clone()),
        explanation: explanation.map(|explanation| explanation.name.clone()),
        ..Finding::new(FindingKind::Style, remark.message.clone())
    }
}

/// What staticcheck says about the candidate's files.
fn staticcheck_findings(submission: &FileSet, messages: &[VetMessage]) -> Vec<Finding> {
    let findings = messages.iter().filter_map(|message| {
        let (file, line, column) = message.message.place.as_ref()?;
        let place = Place {
            file: file.clone(),
            line: *line,
            column: *column,
        };
        submission.contains_key(file).then(|| Finding {
            excerpt: excerpt(submission, &place),
            place: Some(place),
            ..Finding::new(
                FindingKind::Style,
                format!(
                    "{} (staticcheck {})",
                    message.message.text, message.analyser
                ),
            )
        })
    });
    findings.collect()
}

/// A file that gofmt would write differently.
pub fn format_finding(file: &str) -> Finding {
    Finding {
        help: Some(format!("gofmt -w {file}")),
        ..Finding::new(
            FindingKind::Format,
            format!("{file} isn't formatted as gofmt does it"),
        )
    }
}

#[cfg(test)]
mod tests;
