//! Checks of type `predict`: what the candidate says that a program prints, against what it prints.
//!
//! The program is the exercise's own: nothing that was handed in is built or run with it, and what it does wrong is never the
//! candidate's doing.

use super::judge::{self, Judgement, Question};
use super::output::{name_of_run, program_report};
use super::{Decided, Given, Judged, LOST, errored_run, undecided, until_one_fails, without_runs};
use crate::golang::{Product, run_program};
use crate::model::{Check, CheckReport, Outcome, PredictCheck, RunReport};

/// Runs the program `runs` times, until an answer has failed.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &PredictCheck) -> Decided {
    let command = command(kind);
    let question = Question {
        answer: &kind.answer,
        command: &command,
        exit: kind.exit,
        compare: kind.compare,
    };
    let answer = given.submission.get(&kind.answer);
    let answer = answer.map(|file| file.bytes.as_slice());
    if let Some(Judgement {
        outcome,
        cause,
        rationale,
        ..
    }) = judge::judge_absence(question, answer)
    {
        // Who hasn't answered isn't told why: the explanation is for those who have thought.
        return Decided {
            report: without_runs(check, outcome, &rationale),
            cause,
        };
    }
    let Some(product) = given.product(check) else {
        return undecided(check, LOST);
    };
    let runs = given.runs.unwrap_or(1).max(1);
    let answer = answer.unwrap_or_default();
    let runs = (0..runs).map(|_| one(given, product, kind, question, answer));
    let decided = until_one_fails(check, runs).await;
    let is_graded = matches!(decided.report.outcome, Outcome::Passed | Outcome::Failed);
    Decided {
        report: CheckReport {
            explanation: kind.explanation.clone().filter(|_| is_graded),
            ..decided.report
        },
        ..decided
    }
}

/// How one runs the program by hand.
fn command(kind: &PredictCheck) -> String {
    let words: Vec<&str> = ["go run", &kind.package]
        .into_iter()
        .chain(kind.start.args.iter().map(String::as_str))
        .collect();
    words.join(" ")
}

async fn one(
    given: &Given<'_>,
    product: &Product,
    kind: &PredictCheck,
    question: Question<'_>,
    answer: &[u8],
) -> Judged {
    let name = name_of_run(&kind.start.args);
    let errored = |why: String| Judged {
        report: errored_run(&name),
        rationale: why,
        findings: Vec::new(),
    };
    let Ok(_slot) = given.slots.acquire().await else {
        return errored("gavel is stopping".to_owned());
    };
    match run_program(&given.rig(product), &kind.start).await {
        Err(error) => errored(error.to_string()),
        Ok(ended) => {
            let (judgement, comparison) = judge::judge_answer(question, &ended, answer);
            let report = program_report(&name, &ended, &judgement, comparison);
            // What the program says beside is nobody's fault, unless it was to print something else.
            let output = report.output.clone();
            Judged {
                findings: Vec::new(),
                report: RunReport {
                    output: output.filter(|_| judgement.outcome == Outcome::Errored),
                    ..report
                },
                rationale: judgement.rationale,
            }
        }
    }
}
