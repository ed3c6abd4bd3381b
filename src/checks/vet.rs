//! Checks of type `vet`: `go vet` has nothing to say about the candidate's files. And its messages as findings, which are
//! advice where no check counts them.

use super::{Decided, Given, undecided, without_runs};
use crate::diagnosis::explanations;
use crate::golang::{Unvetted, VetMessage};
use crate::model::{
    CONCURRENCY_ANALYSERS, Check, CheckReport, FileSet, Finding, FindingKind, Outcome, Place,
    Points, Related, Verdict, VetCheck,
};
use crate::text::{excerpt, plural};

/// Decides a check by what vet said when its package was built.
pub(super) fn run(given: &Given<'_>, check: &Check, kind: &VetCheck) -> Decided {
    let messages = match given.vetted.get(&kind.package) {
        Some(Ok(messages)) => messages,
        Some(Err(Unvetted::Machine(why))) => return undecided(check, why),
        Some(Err(Unvetted::Code)) => {
            let why =
                "go vet can't read the package, which doesn't compile together with its tests";
            return failed(check, why, Vec::new());
        }
        None => return undecided(check, "gavel lost sight of what go vet says"),
    };
    let counted: Vec<&VetMessage> = messages
        .iter()
        .filter(|message| kind.analysers.contains(&message.analyser))
        .collect();
    let findings = findings(given.submission, &counted);
    if findings.is_empty() {
        let report = without_runs(check, Outcome::Passed, "");
        return Decided {
            report: CheckReport {
                points: Points {
                    earned: check.points,
                    ..report.points
                },
                ..report
            },
            cause: None,
        };
    }
    let rationale = format!("go vet finds {}", plural(findings.len(), "fault"));
    failed(check, &rationale, findings)
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

/// What vet says about the candidate's files. What it says about the exercise's own is nobody's fault.
///
/// What is about goroutines is explained.
pub fn findings(submission: &FileSet, messages: &[&VetMessage]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for VetMessage { analyser, message } in messages.iter().copied() {
        let Some((file, line, column)) = &message.place else {
            continue;
        };
        if !submission.contains_key(file) {
            continue;
        }
        let place = Place {
            file: file.clone(),
            line: *line,
            column: *column,
        };
        let excerpt = excerpt(submission, &place);
        // The second half of what lostcancel says comes as a message of its own.
        if let Some(defined) = where_cancel_was_defined(&message.text)
            && let Some(first) = findings.iter_mut().rev().find(|finding| {
                let at = finding.place.as_ref();
                at.is_some_and(|at| at.file == *file && at.line == defined)
            })
        {
            first.related.push(Related {
                label: "this return may be reached without it".to_owned(),
                place,
                excerpt,
            });
            continue;
        }
        let explanation = explanations::for_analyser(analyser)
            .filter(|_| CONCURRENCY_ANALYSERS.contains(&analyser.as_str()));
        findings.push(Finding {
            place: Some(place),
            excerpt,
            help: explanation.map(|explanation| explanation.mend.clone()),
            explanation: explanation.map(|explanation| explanation.name.clone()),
            ..Finding::new(FindingKind::Vet, message.text.clone())
        });
    }
    findings
}

/// `15` of `this return statement may be reached without using the cancel var defined on line 15`.
fn where_cancel_was_defined(message: &str) -> Option<u32> {
    message
        .strip_prefix("this return statement may be reached without using the ")?
        .rsplit_once(" var defined on line ")?
        .1
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golang::CompileMessage;
    use crate::model::ProjectFile;

    fn message(analyser: &str, file: &str, line: u32, text: &str) -> VetMessage {
        VetMessage {
            analyser: analyser.into(),
            message: CompileMessage {
                place: Some((file.into(), line, Some(2))),
                text: text.into(),
            },
        }
    }

    #[test]
    fn what_belongs_together_is_one_finding_and_others_files_are_none() {
        let submission = [("ask.go".to_owned(), ProjectFile::new("\n".repeat(20)))].into();
        let said = [
            message(
                "lostcancel",
                "ask.go",
                5,
                "the cancel function is not used on all paths (possible context leak)",
            ),
            message(
                "printf",
                "ask.go",
                6,
                "fmt.Printf format %d has arg x of wrong type string",
            ),
            message(
                "lostcancel",
                "ask.go",
                7,
                "this return statement may be reached without using the cancel var defined on line 5",
            ),
            message(
                "lostcancel",
                "ask_test.go",
                7,
                "the cancel function is not used on all paths (possible context leak)",
            ),
        ];
        let found = findings(&submission, &said.iter().collect::<Vec<_>>());
        let names: Vec<_> = found.iter().map(|one| one.explanation.as_deref()).collect();
        assert_eq!(names, [Some("lostcancel"), None]);
        assert_eq!(found[0].related.len(), 1);
        assert_eq!(found[0].related[0].place.line, 7);
        assert!(found[0].excerpt.is_some() && found[1].related.is_empty());
    }
}
