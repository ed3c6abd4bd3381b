//! The report as a candidate may see it: what a hidden check is about and how it ended, and nothing of how it looks.

use std::collections::BTreeSet;

use crate::model::{
    CheckReport, Finding, FindingKind, Outcome, Place, Report, RunReport, SubmissionReport, Verdict,
};

/// Takes everything out of a report that would show a hidden test.
///
/// A hidden check keeps its name, what it is about, its outcome and its points; where the manifest reveals it, its findings and
/// messages too. Visible checks stay complete. Findings on
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
    if check.revealed {
        // Why it failed, but not what went in and what had to come out. Whoever has the implementation can derive mutants,
        // which have a slash in their names.
        let can_be_derived = |run: &RunReport| check.kind == "mutants" && run.name.contains('/');
        for run in &mut check.runs {
            run.comparison = run.comparison.take().filter(|_| can_be_derived(run));
            run.output = None;
        }
        return;
    }
    check.findings.clear();
    check.runs.clear();
    check.explanation = None;
    let rationale = match (check.outcome, verdict) {
        (Outcome::Passed, _) => "",
        (Outcome::Failed, _) => {
            "how this is checked stays hidden; all of it follows from the statement"
        }
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

fn mentions_tests(text: &str) -> bool {
    text.contains("_test.go")
}

/// Whether what a finding says is about the exercise's own tests. Source is quoted of handed-in files alone, so an excerpt
/// is the sign of a place in the candidate's code.
fn is_about_tests(finding: &Finding) -> bool {
    let is_elsewhere = |place: &Place| {
        finding.excerpt.is_none()
            && (finding.kind == FindingKind::Compile
                || finding.kind.is_advice()
                || mentions_tests(&place.file))
    };
    finding.place.as_ref().is_some_and(is_elsewhere) || mentions_tests(&finding.message)
}

fn redact_findings(submission: &mut SubmissionReport) {
    let mut names = BTreeSet::new();
    let mut redacted_at = None;
    let mut kept = Vec::new();
    for mut finding in std::mem::take(&mut submission.findings) {
        finding.detail = finding.detail.filter(|detail| !mentions_tests(detail));
        finding.help = finding.help.filter(|help| !mentions_tests(help));
        finding.label = finding.label.filter(|label| !mentions_tests(label));
        finding
            .related
            .retain(|related| related.excerpt.is_some() && !mentions_tests(&related.label));
        if finding.excerpt.is_some() {
            // `Run redeclared in this block` goes on with the place of the other declaration.
            finding.message = without_lines_on_tests(&finding.message);
        }
        if !is_about_tests(&finding) {
            kept.push(finding);
            continue;
        }
        match finding.kind {
            // Advice on somebody else's file is nobody's.
            FindingKind::Vet | FindingKind::Format | FindingKind::Style => {}
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
                kept.push(Finding {
                    place: finding.place.filter(|_| finding.excerpt.is_some()),
                    excerpt: finding.excerpt,
                    ..Finding::new(finding.kind, "this came up in a hidden test")
                });
            }
        }
    }
    if let Some(at) = redacted_at {
        kept.insert(at, does_not_fit(&names));
    }
    submission.findings = kept;
}

fn without_lines_on_tests(message: &str) -> String {
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default();
    let rest = lines.filter(|line| !mentions_tests(line));
    std::iter::once(first)
        .chain(rest)
        .collect::<Vec<_>>()
        .join("\n")
}

fn does_not_fit(names: &BTreeSet<String>) -> Finding {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let about = if names.is_empty() {
        String::new()
    } else {
        format!(": it trips over {}", names.join(", "))
    };
    Finding {
        help: Some("check the exact names and signatures in the statement".to_owned()),
        ..Finding::new(
            FindingKind::Compile,
            format!("the exercise's own tests don't compile against your code{about}"),
        )
    }
}

/// The exported identifiers that a compiler's message is about, where it says so in a form that is known. All of them
/// stand in the statement; whatever else the message says may be the test's.
fn named_in(message: &str) -> impl Iterator<Item = String> {
    const BEFORE: [&str; 9] = [
        "undefined: ",
        "has no field or method ",
        "missing method ",
        "arguments in call to ",
        "in argument to ",
        "does not implement ",
        "unknown field ",
        "variable but ",
        "variables but ",
    ];
    let first_line = message.lines().next().unwrap_or_default();
    BEFORE
        .iter()
        .filter_map(move |before| exported(first_line.split_once(before)?.1))
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

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use crate::model::{Message, Related};

    const SECRET: &str = "s3cret";

    /// A report in which everything that a hidden test could say says it.
    fn leaky() -> Report {
        let mut checks = samples::all_passed();
        for (number, check) in checks.iter_mut().enumerate() {
            check.visible = false;
            check.outcome = Outcome::ALL[number % Outcome::ALL.len()];
            check.rationale = format!("{SECRET} rationale");
            check.findings = vec![samples::finding_at(FindingKind::Race, SECRET, 17, Some(6))];
            let mut run = samples::run(SECRET, Some(Verdict::WrongAnswer));
            run.output = Some(SECRET.into());
            run.messages = vec![Message {
                test: SECRET.into(),
                place: Some(SECRET.into()),
                text: SECRET.into(),
            }];
            check.runs = vec![run];
        }
        let mut submission = samples::submission("mallory", Verdict::DataRace, checks);
        let in_test = |kind, message: &str| Finding {
            place: Some(Place {
                file: format!("{SECRET}_test.go"),
                line: 3,
                column: None,
            }),
            label: Some(format!("{SECRET} is read here")),
            related: vec![samples::related(SECRET, 13, true)],
            detail: Some(format!("{SECRET}_test.go:4")),
            help: Some(format!("don't read {SECRET}")),
            ..Finding::new(kind, message)
        };
        let mut in_candidates = samples::finding_at(FindingKind::Hang, "nothing goes on", 17, None);
        in_candidates.label = Some(format!("called from {SECRET}_test.go:9"));
        in_candidates.related = vec![
            samples::related("started here", 13, true),
            samples::related(&format!("started by {SECRET}_test.go:4"), 13, true),
            Related {
                place: Place {
                    file: format!("{SECRET}_test.go"),
                    line: 44,
                    column: None,
                },
                ..samples::related(SECRET, 9, false)
            },
            samples::related(SECRET, 9, false),
        ];
        submission.findings = vec![
            samples::finding_at(
                FindingKind::Compile,
                &format!(
                    "Run redeclared in this block\n\t./{SECRET}_test.go:9:6: other declaration of Run"
                ),
                9,
                Some(6),
            ),
            in_test(
                FindingKind::Compile,
                &format!("undefined: workerpool.Close\n\t{SECRET}"),
            ),
            in_test(FindingKind::Compile, &format!("undefined: {SECRET}Helper")),
            in_test(
                FindingKind::Compile,
                &format!(
                    "{SECRET}.Submit undefined (type *workerpool.Pool has no field or method Submit)"
                ),
            ),
            in_test(
                FindingKind::Compile,
                "not enough arguments in call to workerpool.Run",
            ),
            in_test(FindingKind::Vet, SECRET),
            in_test(FindingKind::Leak, SECRET),
            in_candidates,
            Finding::new(
                FindingKind::Compile,
                format!("{SECRET}_test.go:3:8: package {SECRET} is not in std"),
            ),
        ];
        samples::report(vec![submission])
    }

    #[test]
    fn nothing_of_hidden_tests_is_left() {
        let report = for_candidate(leaky());
        let text = serde_json::to_string(&report).unwrap();
        assert!(!text.contains(SECRET), "{text}");
        let submission = &report.submissions[0];
        assert_eq!(submission.findings.len(), 4);
        insta::assert_snapshot!(submission.findings[0].message, @"Run redeclared in this block");
        insta::assert_snapshot!(
            submission.findings[1].message,
            @"the exercise's own tests don't compile against your code: it trips over Close, Run, Submit"
        );
        insta::assert_snapshot!(submission.findings[2].message, @"this came up in a hidden test");
        let hang = &submission.findings[3];
        assert_eq!(
            (hang.message.as_str(), hang.related.len()),
            ("nothing goes on", 1)
        );
        assert!(hang.place.is_some() && hang.label.is_none());
        assert_eq!(submission.score, leaky().submissions[0].score);
    }

    #[test]
    fn visible_checks_and_findings_stay() {
        let report = samples::report(vec![samples::data_race("dan"), samples::disallowed("erin")]);
        assert_eq!(for_candidate(report.clone()), report);
    }

    #[test]
    fn errors_in_tests_of_ones_own_stay() {
        let mut report = samples::report(vec![samples::compile_error("tess")]);
        let findings = &mut report.submissions[0].findings;
        findings.truncate(1);
        if let Some(place) = &mut findings[0].place {
            place.file = "own_test.go".into();
        }
        assert_eq!(for_candidate(report.clone()), report);
    }
}
