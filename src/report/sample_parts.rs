//! Pieces of reports for tests.

use crate::model::{
    CheckReport, Excerpt, ExerciseId, ExerciseStamp, Finding, FindingKind, Message, Outcome, Place,
    Points, ProjectFile, Related, RunReport, Score, SubmissionReport, Verdict, Version,
};
use crate::text;

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
        revealed: false,
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
        explanation: None,
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
        processors: (cause != Some(Verdict::GraderError)).then_some(4),
        perturbed: false,
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
    finding_in(&WORKER_POOL, kind, message, line, column)
}

/// Another place in the sample source.
pub(super) fn related(label: &str, line: u32, has_excerpt: bool) -> Related {
    let there = related_in(&WORKER_POOL, label, line);
    Related {
        excerpt: there.excerpt.filter(|_| has_excerpt),
        ..there
    }
}

/// A file that was handed in.
pub(super) struct Source {
    pub(super) file: &'static str,
    pub(super) text: &'static str,
}

impl Source {
    fn excerpt(&self, place: &Place) -> Option<Excerpt> {
        let files = [(self.file.to_owned(), ProjectFile::new(self.text))].into();
        text::excerpt(&files, place)
    }
}

/// A finding in a source.
pub(super) fn finding_in(
    source: &Source,
    kind: FindingKind,
    message: &str,
    line: u32,
    column: Option<u32>,
) -> Finding {
    let place = Place {
        file: source.file.into(),
        line,
        column,
    };
    Finding {
        excerpt: source.excerpt(&place),
        place: Some(place),
        ..Finding::new(kind, message)
    }
}

/// Another place in a source.
pub(super) fn related_in(source: &Source, label: &str, line: u32) -> Related {
    let place = Place {
        file: source.file.into(),
        line,
        column: None,
    };
    Related {
        label: label.into(),
        excerpt: source.excerpt(&place),
        place,
    }
}

/// A place outside of what was handed in.
pub(super) fn related_outside(label: &str, file: &str, line: u32) -> Related {
    Related {
        label: label.into(),
        place: Place {
            file: file.into(),
            line,
            column: None,
        },
        excerpt: None,
    }
}

const WORKER_POOL: Source = Source {
    file: "workerpool.go",
    text: "package workerpool

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
",
};
