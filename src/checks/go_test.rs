//! Checks of type `go-test`: top-level Go tests, each run in a process of its own.

use futures_util::future::join_all;

use super::judge::{self, Judgement};
use super::{Bench, Decided, Judged, decide, findings};
use crate::golang::{Product, TestRun, run_test};
use crate::gotest::said;
use crate::model::{Check, FindingKind, Outcome, RunReport};
use crate::text::{Keep, cut};

/// Processors that the Go scheduler is told of, in turn: the same on every machine, and varied under stress.
const PROCESSORS: [u32; 4] = [4, 2, 1, 8];

/// Runs each test `runs` times, until a test has failed.
pub(super) async fn run(
    bench: &Bench<'_>,
    check: &Check,
    product: &Product,
    package: &str,
    tests: &[String],
    runs: u32,
) -> Decided {
    let planned = tests.len() * usize::try_from(runs).unwrap_or(usize::MAX);
    let mut judged: Vec<Judged> = Vec::new();
    let rounds: Vec<u32> = (0..runs).collect();
    for round in rounds.chunks(PROCESSORS.len()) {
        let of_round = round
            .iter()
            .flat_map(|number| {
                tests
                    .iter()
                    .map(move |test| (test, PROCESSORS[(*number as usize) % PROCESSORS.len()]))
            })
            .map(|(test, processors)| one(bench, product, package, test, processors));
        judged.extend(join_all(of_round).await);
        if judged
            .iter()
            .any(|run| run.report.outcome != Outcome::Passed)
        {
            break;
        }
    }
    decide(check, judged, planned)
}

async fn one(
    bench: &Bench<'_>,
    product: &Product,
    package: &str,
    test: &str,
    processors: u32,
) -> Judged {
    let Some(symbol) = bench.test_mains.get(package) else {
        return errored(test, format!("no TestMain was made for package {package}"));
    };
    let Ok(_slot) = bench.slots.acquire().await else {
        return errored(test, "gavel is stopping".to_owned());
    };
    match run_test(&bench.rig(product), symbol, test, processors).await {
        Err(_) if !bench.workspace.is_intact(&product.stage) => super::broken(test),
        Err(error) => errored(test, error.to_string()),
        Ok(run) => {
            let judgement = judge::judge_test(
                test,
                &run.ended,
                &run.chain.records,
                run.chain.fault.as_ref(),
            );
            judged(bench, &run, judgement)
        }
    }
}

fn judged(bench: &Bench<'_>, run: &TestRun, judgement: Judgement) -> Judged {
    let did_pass = judgement.outcome == Outcome::Passed;
    let said = said::sort_out(&String::from_utf8_lossy(&run.ended.stdout), &run.test);
    let messages = if did_pass { Vec::new() } else { said.messages };
    // A crash says on standard error what its finding shows already.
    let is_shown = judgement.exhibits.iter().any(|exhibit| {
        matches!(
            exhibit.kind,
            FindingKind::Panic | FindingKind::Race | FindingKind::Hang
        )
    });
    let mut output = said.other;
    if !is_shown {
        output.push_str(&String::from_utf8_lossy(&run.ended.stderr));
    }
    Judged {
        findings: findings(bench, &judgement.exhibits),
        rationale: judgement.rationale,
        report: RunReport {
            name: run.test.clone(),
            outcome: judgement.outcome,
            cause: judgement.cause,
            seconds: run.ended.usage.wall.as_secs_f64(),
            cpu_seconds: run.ended.usage.cpu.as_secs_f64(),
            max_memory: run.ended.usage.max_memory,
            ended: run.ended.exit.to_string(),
            messages,
            comparison: None,
            output: Some(cut(output.trim_end(), 8 << 10, Keep::Ends).into_owned())
                .filter(|output| !did_pass && !output.is_empty()),
        },
    }
}

fn errored(test: &str, why: String) -> Judged {
    Judged {
        report: super::errored_run(test),
        rationale: why,
        findings: Vec::new(),
    }
}
