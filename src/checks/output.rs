//! Checks of type `output`: what a program prints on one input, and its exit code.

use super::judge::{self, Judgement};
use super::{Decided, Given, Judged, LOST, errored_run, findings, undecided, until_one_fails};
use crate::golang::{PROCESSORS, Product, run_program};
use crate::model::{Check, Comparison, Outcome, OutputCheck, RunReport};
use crate::sandbox::Ended;
use crate::text::{Keep, cut};

/// Runs the program `runs` times, until it has failed.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &OutputCheck) -> Decided {
    let Some(product) = given.product(check) else {
        return undecided(check, LOST);
    };
    let runs = given.runs.unwrap_or(1).max(1);
    let name = name_of_run(&kind.start.args);
    let runs = (0..runs).map(|_| one(given, product, &name, kind));
    until_one_fails(check, runs).await
}

async fn one(given: &Given<'_>, product: &Product, name: &str, kind: &OutputCheck) -> Judged {
    let errored = |why: String| Judged {
        report: errored_run(name),
        rationale: why,
        findings: Vec::new(),
    };
    let Ok(_slot) = given.slots.acquire().await else {
        return errored("gavel is stopping".to_owned());
    };
    match run_program(&given.rig(product), &kind.start).await {
        Err(_) if !given.workspace.is_intact(&product.stage) => super::broken(name),
        Err(error) => errored(error.to_string()),
        Ok(ended) => {
            let (judgement, comparison) = judge::judge_output(&ended, &kind.expected);
            let is_shown = comparison.is_some() && kind.expected.stderr.is_some();
            let report = program_report(name, &ended, &judgement, comparison);
            Judged {
                findings: findings(given, &judgement.exhibits),
                rationale: judgement.rationale,
                report: RunReport {
                    // Where standard error is compared, it isn't told beside.
                    output: report.output.filter(|_| !is_shown),
                    ..report
                },
            }
        }
    }
}

/// The report on a run of a program.
pub(super) fn program_report(
    name: &str,
    ended: &Ended,
    judgement: &Judgement,
    comparison: Option<Comparison>,
) -> RunReport {
    let did_pass = judgement.outcome == Outcome::Passed;
    let stderr = String::from_utf8_lossy(&ended.stderr);
    RunReport {
        name: name.to_owned(),
        outcome: judgement.outcome,
        cause: judgement.cause,
        processors: Some(PROCESSORS),
        perturbed: false,
        seconds: ended.usage.wall.as_secs_f64(),
        cpu_seconds: ended.usage.cpu.as_secs_f64(),
        max_memory: ended.usage.max_memory,
        ended: ended.exit.to_string(),
        messages: Vec::new(),
        comparison,
        output: Some(cut(stderr.trim_end(), 8 << 10, Keep::Ends).into_owned())
            .filter(|output| !did_pass && judgement.exhibits.is_empty() && !output.is_empty()),
    }
}

/// A program and its arguments, as reports name a run of it.
pub(super) fn name_of_run(args: &[String]) -> String {
    [&["program".to_owned()], args].concat().join(" ")
}
