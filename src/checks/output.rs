//! Checks of type `output`: a program's standard output and exit code on one input, compared to the byte.

use super::judge::{self, Judgement};
use super::{Decided, Given, Judged, LOST, decide, errored_run, findings, undecided};
use crate::golang::{PROCESSORS, Product, run_program};
use crate::model::{Check, Comparison, ExpectedOutput, Outcome, OutputCheck, RunReport, Verdict};
use crate::sandbox::Ended;
use crate::text::{Keep, cut};

/// What of each text a report keeps, in bytes.
const SHOWN: usize = 64 << 10;

/// Runs the program `runs` times, until it has failed.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &OutputCheck) -> Decided {
    let Some(product) = given.product(check) else {
        return undecided(check, LOST);
    };
    let runs = given.runs.unwrap_or(1).max(1);
    let name = [&["program".to_owned()], &kind.args[..]].concat().join(" ");
    let mut all: Vec<Judged> = Vec::new();
    for _ in 0..runs {
        let run = one(given, product, &name, kind).await;
        let is_last = run.report.outcome != Outcome::Passed;
        all.push(run);
        if is_last {
            break;
        }
    }
    decide(check, all, usize::try_from(runs).unwrap_or(usize::MAX))
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
    match run_program(&given.rig(product), &kind.args, &kind.stdin).await {
        Err(_) if !given.workspace.is_intact(&product.stage) => super::broken(name),
        Err(error) => errored(error.to_string()),
        Ok(ended) => {
            let judgement = judge::judge_output(&ended, &kind.expected);
            judged(given, name, &ended, &kind.expected, judgement)
        }
    }
}

fn judged(
    given: &Given<'_>,
    name: &str,
    ended: &Ended,
    expected: &ExpectedOutput,
    judgement: Judgement,
) -> Judged {
    let did_pass = judgement.outcome == Outcome::Passed;
    let text = |bytes: &[u8]| cut(&String::from_utf8_lossy(bytes), SHOWN, Keep::Ends).into_owned();
    // What a program that crashed or was ended has printed by then says nothing more.
    let differs = judgement.cause == Some(Verdict::WrongAnswer) && ended.stdout != expected.stdout;
    let stderr = String::from_utf8_lossy(&ended.stderr);
    Judged {
        findings: findings(given, &judgement.exhibits),
        rationale: judgement.rationale,
        report: RunReport {
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
            comparison: differs.then(|| Comparison {
                want: text(&expected.stdout),
                got: text(&ended.stdout),
            }),
            output: Some(cut(stderr.trim_end(), 8 << 10, Keep::Ends).into_owned())
                .filter(|output| !did_pass && judgement.exhibits.is_empty() && !output.is_empty()),
        },
    }
}
