//! The report as a candidate may see it: what a hidden check is about and how it ended, and nothing of how it looks.

use std::collections::BTreeSet;

use crate::model::{CheckReport, Finding, FindingKind, Outcome, Report, SubmissionReport, Verdict};

/// Takes everything out of a report that would show a hidden test.
///
/// A hidden check keeps its name, what it is about, its outcome and its points. Visible checks stay complete. Findings on
/// the submission stay, but what the compiler says about the exercise's own tests becomes one sentence that names what the
/// statement names anyway.
pub fn for_candidate(mut report: Report) -> Report {
    for submission in &mut report.submissions {
        let verdict = submission.verdict;
        for check in submission.checks.iter_mut().filter(|check| !check.visible) {
            hide(check, verdict);
        }
        redact_findings(submission);
    }
    report
}

fn hide(check: &mut CheckReport, verdict: Verdict) {
    check.findings.clear();
    check.runs.clear();
    let rationale = match (check.outcome, verdict) {
        (Outcome::Passed, _) => "",
        (Outcome::Failed, _) => "this check is hidden: go by what it is about",
        (Outcome::Errored, _) => "it could not be decided",
        (Outcome::Skipped, _) => "skipped, because something that it needs was not there",
        (Outcome::NotRun, Verdict::CompileError) => "not run, because the code doesn't compile",
        (Outcome::NotRun, Verdict::Disallowed) => {
            "not run, because the source does what this exercise doesn't allow"
        }
        (
            Outcome::NotRun,
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
            | Verdict::GraderError,
        ) => "not run",
    };
    rationale.clone_into(&mut check.rationale);
}

/// Whether a finding may quote the exercise's own tests. Source is quoted of handed-in files alone, so an excerpt is the
/// sign of a test that the candidate wrote.
fn may_quote_tests(finding: &Finding) -> bool {
    let is_in_a_test = match &finding.place {
        Some(place) => place.file.ends_with("_test.go") && finding.excerpt.is_none(),
        None => false,
    };
    is_in_a_test || finding.message.contains("_test.go")
}

fn redact_findings(submission: &mut SubmissionReport) {
    let mut names = BTreeSet::new();
    let mut redacted_at = None;
    let mut kept = Vec::new();
    for mut finding in std::mem::take(&mut submission.findings) {
        if finding
            .detail
            .as_ref()
            .is_some_and(|detail| detail.contains("_test.go"))
        {
            finding.detail = None;
        }
        if !may_quote_tests(&finding) {
            kept.push(finding);
            continue;
        }
        // Advice on somebody else's file is nobody's; of anything else the fact stays.
        match finding.kind {
            FindingKind::Vet | FindingKind::Format => {}
            FindingKind::Compile => {
                names.extend(named_in(&finding.message));
                redacted_at.get_or_insert(kept.len());
            }
            FindingKind::Policy
            | FindingKind::Race
            | FindingKind::Leak
            | FindingKind::Panic
            | FindingKind::Hang
            | FindingKind::Tamper => {
                "this came up in a hidden test".clone_into(&mut finding.message);
                finding.place = None;
                finding.excerpt = None;
                finding.detail = None;
                kept.push(finding);
            }
        }
    }
    if let Some(at) = redacted_at {
        kept.insert(at, does_not_fit(&names));
    }
    submission.findings = kept;
}

fn does_not_fit(names: &BTreeSet<String>) -> Finding {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let about = if names.is_empty() {
        String::new()
    } else {
        format!(" (it is about {})", names.join(", "))
    };
    Finding {
        kind: FindingKind::Compile,
        message: format!("a hidden test doesn't compile against your code{about}"),
        place: None,
        excerpt: None,
        detail: None,
        help: Some("check the exact names and signatures in the statement".to_owned()),
    }
}

/// The exported identifiers that a compiler's message is about, where it says so in a form that is known. All of them
/// stand in the statement; whatever else the message says may be the test's.
fn named_in(message: &str) -> Vec<String> {
    const BEFORE: [&str; 8] = [
        "undefined: ",
        "has no field or method ",
        "missing method ",
        "arguments in call to ",
        "in argument to ",
        "does not implement ",
        "unknown field ",
        "variables but ",
    ];
    const BEFORE_A_CALL: &str = "variable but ";
    let first_line = message.lines().next().unwrap_or_default();
    let mut names: Vec<String> = BEFORE
        .iter()
        .chain([&BEFORE_A_CALL])
        .filter_map(|before| {
            let (_, after) = first_line.split_once(before)?;
            exported(after)
        })
        .collect();
    names.dedup();
    names
}

/// The last segment of the identifier that a text starts with, if it is exported: `Run` of `workerpool.Run returns`.
fn exported(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
        .unwrap_or(text.len());
    let name = text[..end].trim_end_matches('.').rsplit('.').next()?;
    name.starts_with(char::is_uppercase)
        .then(|| name.to_owned())
}
