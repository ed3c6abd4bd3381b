//! Checks of type `output`: a program's standard output and exit code on one input, compared to the byte.

use super::judge::{self, Judgement};
use super::{Bench, Decided, Judged, decide, errored_run, findings};
use crate::golang::{PROCESSORS, Product, run_program};
use crate::model::{Check, Comparison, ExpectedOutput, Outcome, RunReport, Verdict};
use crate::sandbox::Ended;
use crate::text::{Keep, cut};

/// What of each text a report keeps, in bytes.
const SHOWN: usize = 64 << 10;

/// Runs the program `runs` times, until it has failed.
pub(super) async fn run(
    bench: &Bench<'_>,
    check: &Check,
    product: &Product,
    arguments: &[String],
    stdin: &[u8],
    expected: &ExpectedOutput,
    runs: u32,
) -> Decided {
    let name = [&["program".to_owned()], arguments].concat().join(" ");
    let mut all: Vec<Judged> = Vec::new();
    for _ in 0..runs {
        let run = one(bench, product, &name, arguments, stdin, expected).await;
        let is_last = run.report.outcome != Outcome::Passed;
        all.push(run);
        if is_last {
            break;
        }
    }
    decide(check, all, usize::try_from(runs).unwrap_or(usize::MAX))
}

async fn one(
    bench: &Bench<'_>,
    product: &Product,
    name: &str,
    arguments: &[String],
    stdin: &[u8],
    expected: &ExpectedOutput,
) -> Judged {
    let errored = |why: String| Judged {
        report: errored_run(name),
        rationale: why,
        findings: Vec::new(),
    };
    let Ok(_slot) = bench.slots.acquire().await else {
        return errored("gavel is stopping".to_owned());
    };
    match run_program(&bench.rig(product), arguments, stdin).await {
        Err(_) if !bench.workspace.is_intact(&product.stage) => super::broken(name),
        Err(error) => errored(error.to_string()),
        Ok(ended) => {
            let judgement = judge::judge_output(&ended, expected);
            judged(bench, name, &ended, expected, judgement)
        }
    }
}

fn judged(
    bench: &Bench<'_>,
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
        findings: findings(bench, &judgement.exhibits),
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
