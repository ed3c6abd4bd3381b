//! Pieces of reports for tests.

use crate::model::{
    CheckReport, Excerpt, ExerciseId, ExerciseStamp, Finding, FindingKind, Message, Outcome, Place,
    Points, Related, RunReport, Score, SubmissionReport, Verdict, Version,
};

pub(super) fn submission(
    name: &str,
    verdict: Verdict,
    checks: Vec<CheckReport>,
) -> SubmissionReport {
    let mut score = Score::default();
    for check in &checks {
        score.earned += check.points.earned;
        score.max += check.points.max;
        if check.outcome == Outcome::Errored {
            score.undecided += check.points.max;
        }
    }
    SubmissionReport {
        name: name.into(),
        exercise: ExerciseStamp {
            id: ExerciseId {
                area: "concurrency".into(),
                slug: "worker-pool".into(),
            },
            version: Version("3f9c2a1d".repeat(8)),
        },
        digest: "00ff".repeat(16),
        verdict,
        score,
        ignored_files: Vec::new(),
        findings: Vec::new(),
        checks,
    }
}

pub(super) fn check(id: &str, points: u32, outcome: Outcome, about: &str) -> CheckReport {
    CheckReport {
        id: id.into(),
        kind: "go-test".into(),
        about: about.into(),
        visible: true,
        outcome,
        points: Points {
            earned: if outcome == Outcome::Passed {
                points
            } else {
                0
            },
            max: points,
        },
        rationale: String::new(),
        findings: Vec::new(),
        runs: Vec::new(),
    }
}

pub(super) fn run(name: &str, cause: Option<Verdict>) -> RunReport {
    RunReport {
        name: name.into(),
        outcome: match cause {
            None => Outcome::Passed,
            Some(Verdict::GraderError) => Outcome::Errored,
            Some(_) => Outcome::Failed,
        },
        cause,
        seconds: 0.035,
        cpu_seconds: 0.02,
        max_memory: 48 << 20,
        ended: if cause.is_none() { "exit 0" } else { "exit 1" }.into(),
        messages: Vec::new(),
        comparison: None,
        output: None,
    }
}

pub(super) fn message(test: &str, place: &str, words: &str) -> Message {
    Message {
        test: test.into(),
        place: Some(place.into()),
        text: words.into(),
    }
}

/// A finding in the sample source.
pub(super) fn finding_at(
    kind: FindingKind,
    message: &str,
    line: u32,
    column: Option<u32>,
) -> Finding {
    let lines: Vec<&str> = SOURCE.lines().collect();
    let at = line as usize - 1;
    let first = at.saturating_sub(2);
    let last = (at + 2).min(lines.len() - 1);
    Finding {
        place: Some(Place {
            file: "workerpool.go".into(),
            line,
            column,
        }),
        excerpt: Some(Excerpt {
            first_line: u32::try_from(first).unwrap() + 1,
            lines: lines[first..=last]
                .iter()
                .map(|line| (*line).to_owned())
                .collect(),
        }),
        ..Finding::new(kind, message)
    }
}

/// Another place in the sample source.
pub(super) fn related(label: &str, line: u32, has_excerpt: bool) -> Related {
    let there = finding_at(FindingKind::Race, label, line, None);
    Related {
        label: label.into(),
        place: there.place.expect("it has one"),
        excerpt: there.excerpt.filter(|_| has_excerpt),
    }
}

const SOURCE: &str = "package workerpool

import (
\t\"context\"
\t\"sync\"
)

// Run runs jobs on n workers.
func Run[J, R any](ctx context.Context, n int, jobs <-chan J, results chan<- R, work func(context.Context, J) (R, error)) error {
\tvar first error
\tvar wg sync.WaitGroup
\tfor range n {
\t\twg.Go(func() {
\t\t\tfor job := range jobs {
\t\t\t\tresult, err := work(ctx, job)
\t\t\t\tif err != nil {
\t\t\t\t\tfirst = err
\t\t\t\t\treturn
\t\t\t\t}
\t\t\t\tresults <- result
\t\t\t}
\t\t})
\t}
\twg.Wait()
\treturn first
}
";
