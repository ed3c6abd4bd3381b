//! One submission in full.

use super::evidence;
use super::finding;
use super::page::{PLAIN, Page, QUIET, STRONG, outcome_of, sign_of};
use crate::model::{CheckReport, Finding, FindingKind, Outcome, SubmissionReport, Verdict};
use crate::text::{plural, sanitise_line};

/// How many compile errors, breaches or pieces of advice are shown.
const FINDINGS: usize = 10;
/// How many pieces of advice on style are shown in full.
const REMARKS: usize = 4;
/// How many ignored files are named.
const FILES: usize = 10;

pub(super) fn full(page: &mut Page, submission: &SubmissionReport) {
    headline(page, submission, None);
    let stamp = &submission.exercise;
    page.words(
        2,
        QUIET,
        &format!(
            "{} as {}@{}",
            submission.name,
            stamp.id,
            stamp.version.short()
        ),
    );
    if submission.verdict == Verdict::GraderError {
        page.words(
            2,
            PLAIN,
            "gavel or the machine failed, which is not your fault. The points of the checks that could not be decided are \
             neither earned nor lost.",
        );
    }
    page.gap();
    tally(page, &submission.checks);

    let mut shown = finding::Shown::default();
    let (advice, faults): (Vec<&Finding>, Vec<&Finding>) = submission
        .findings
        .iter()
        .partition(|finding| finding.kind.is_advice());
    for finding in faults.iter().take(FINDINGS) {
        page.gap();
        finding::in_full(page, 0, finding, "", &mut shown);
    }
    if faults.len() > FINDINGS {
        page.gap();
        page.note_left_out(0, faults.len() - FINDINGS, "error");
    }
    for wanted in [Outcome::Failed, Outcome::Errored] {
        for check in submission
            .checks
            .iter()
            .filter(|check| check.outcome == wanted)
        {
            page.gap();
            evidence::check(page, check, &mut shown);
        }
    }
    for check in &submission.checks {
        if check.outcome == Outcome::Passed {
            evidence::passed(page, check);
        }
    }
    ignored(page, &submission.ignored_files);
    advise(page, &advice, &mut shown);
}

/// The verdict and what it is worth.
pub(super) fn headline(page: &mut Page, submission: &SubmissionReport, name: Option<&str>) {
    let (sign, style) = sign_of(outcome_of(submission.verdict), page.is_unicode());
    let name = name.map(|name| format!("{name}, ")).unwrap_or_default();
    let score = submission.score;
    let undecided = if score.undecided > 0 {
        format!(", {} undecided", score.undecided)
    } else {
        String::new()
    };
    page.words_after(
        &[(style, format!("{sign} "))],
        STRONG,
        &format!(
            "{name}{}, {} of {}{undecided}",
            verdict_words(submission.verdict),
            score.earned,
            plural(score.max as usize, "point")
        ),
    );
}

pub(super) fn verdict_words(verdict: Verdict) -> String {
    verdict.name().replace('_', " ")
}

/// How the checks ended, one line for each outcome.
fn tally(page: &mut Page, checks: &[CheckReport]) {
    let order = [
        Outcome::Failed,
        Outcome::Errored,
        Outcome::Skipped,
        Outcome::NotRun,
        Outcome::Passed,
    ];
    let groups: Vec<(Outcome, Vec<&CheckReport>)> = order
        .into_iter()
        .map(|outcome| {
            (
                outcome,
                checks
                    .iter()
                    .filter(|check| check.outcome == outcome)
                    .collect(),
            )
        })
        .filter(|(_, group): &(_, Vec<_>)| !group.is_empty())
        .collect();
    let label = |outcome: Outcome, count: usize| format!("{count} {}", outcome_words(outcome));
    let widest = groups
        .iter()
        .map(|(outcome, group)| label(*outcome, group.len()).len())
        .max()
        .unwrap_or(0);
    for (outcome, group) in groups {
        let (sign, style) = sign_of(outcome, page.is_unicode());
        let before = [
            (PLAIN, "  ".to_owned()),
            (style, format!("{sign} ")),
            (PLAIN, format!("{:<widest$}  ", label(outcome, group.len()))),
        ];
        page.words_after(&before, PLAIN, &named(outcome, &group));
    }
}

/// The checks of one outcome: why none of them was run, or their names.
fn named(outcome: Outcome, group: &[&CheckReport]) -> String {
    let names: Vec<String> = group.iter().map(|check| sanitise_line(&check.id)).collect();
    let names = names.join(", ");
    match outcome {
        Outcome::Passed | Outcome::Failed | Outcome::Errored => names,
        Outcome::Skipped | Outcome::NotRun => {
            let why = group[0].rationale.trim();
            if why.is_empty() || group.iter().any(|check| check.rationale.trim() != why) {
                let each: Vec<String> = group
                    .iter()
                    .map(|check| match check.rationale.trim() {
                        "" => check.id.clone(),
                        why => format!("{} ({})", check.id, without_outcome(outcome, why)),
                    })
                    .collect();
                return each.join(", ");
            }
            let why = without_outcome(outcome, why);
            if group.len() > 3 {
                why.to_owned()
            } else {
                format!("{names}: {why}")
            }
        }
    }
}

/// A reason without the outcome that stands in front of it anyway.
fn without_outcome(outcome: Outcome, why: &str) -> &str {
    why.strip_prefix(outcome_words(outcome))
        .map_or(why, |rest| rest.trim_start_matches([',', ':', ' ']))
}

pub(super) fn outcome_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Errored => "undecided",
        Outcome::Skipped => "skipped",
        Outcome::NotRun => "not run",
    }
}

fn ignored(page: &mut Page, files: &[String]) {
    if files.is_empty() {
        return;
    }
    let mut names: Vec<String> = files
        .iter()
        .take(FILES)
        .map(|file| sanitise_line(file))
        .collect();
    if files.len() > FILES {
        names.push(format!("and {} more", files.len() - FILES));
    }
    page.gap();
    page.words(
        0,
        PLAIN,
        &format!(
            "Ignored, since this exercise doesn't take {}: {}",
            if files.len() == 1 { "it" } else { "them" },
            names.join(", ")
        ),
    );
}

/// What costs nothing: a line each, then in full what is explained.
fn advise<'a>(page: &mut Page, advice: &[&'a Finding], shown: &mut finding::Shown<'a>) {
    if advice.is_empty() {
        return;
    }
    page.gap();
    page.words(0, STRONG, "Advice, which costs nothing");
    let (explained, brief): (Vec<&Finding>, Vec<&Finding>) = advice
        .iter()
        .partition(|finding| finding.explanation.is_some());
    for finding in brief.iter().take(FINDINGS) {
        let place = finding
            .place
            .as_ref()
            .map(|place| format!("{}: ", finding::place_words(place)))
            .unwrap_or_default();
        let source = match finding.kind {
            FindingKind::Vet => " (go vet)",
            FindingKind::Format
            | FindingKind::Style
            | FindingKind::Compile
            | FindingKind::Policy
            | FindingKind::Race
            | FindingKind::Leak
            | FindingKind::Panic
            | FindingKind::Hang
            | FindingKind::Tamper => "",
        };
        let help = finding
            .help
            .as_ref()
            .map(|help| format!(": {}", help.trim()))
            .unwrap_or_default();
        page.words(
            2,
            PLAIN,
            &format!("{place}{}{source}{help}", finding.message.trim()),
        );
    }
    let (style, explained): (Vec<&Finding>, Vec<&Finding>) = explained
        .into_iter()
        .partition(|finding| finding.kind == FindingKind::Style);
    let style = finding::first_of_each_rule(&style);
    let in_full = explained
        .iter()
        .take(FINDINGS)
        .chain(style.iter().take(REMARKS));
    for (number, finding) in in_full.enumerate() {
        if number > 0 || !brief.is_empty() {
            page.gap();
        }
        finding::in_full(page, 2, finding, "", shown);
    }
    let left_out = [(brief, FINDINGS), (explained, FINDINGS), (style, REMARKS)]
        .map(|(group, shown)| group.len().saturating_sub(shown));
    page.note_left_out(2, left_out.iter().sum(), "piece");
}
