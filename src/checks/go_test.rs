//! Checks of type `go-test`: top-level Go tests, each run in a process of its own.

use futures_util::future::join_all;

use super::judge::{self, Exhibit, Judgement};
use super::{Bench, Decided, Judged, decide, findings};
use crate::golang::{Product, TestRun, run_racing_test, run_test};
use crate::gotest::{crash, said};
use crate::model::{Check, Finding, FindingKind, Leaks, Outcome, RunReport, Verdict};
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
    leaks: Leaks,
) -> Decided {
    let planned = tests.len() * usize::try_from(runs).unwrap_or(usize::MAX);
    let mut judged: Vec<Judged> = Vec::new();
    let plan: Vec<(&str, u32)> = (0..runs)
        .zip(PROCESSORS.iter().cycle())
        .flat_map(|(_, processors)| tests.iter().map(|test| (test.as_str(), *processors)))
        .collect();
    for round in plan.chunks((PROCESSORS.len() * tests.len()).max(1)) {
        let of_round = round
            .iter()
            .map(|(test, processors)| one(bench, product, package, (test, *processors), leaks));
        judged.extend(join_all(of_round).await);
        if judged
            .iter()
            .any(|run| run.report.outcome != Outcome::Passed)
        {
            break;
        }
    }
    // One run is enough to show what else races.
    let racing = judged
        .iter_mut()
        .zip(&plan)
        .find(|(run, _)| run.report.cause == Some(Verdict::DataRace));
    if let Some((run, (test, processors))) = racing {
        add_other_races(bench, product, package, (test, *processors), run).await;
    }
    decide(check, judged, planned)
}

/// Adds to the race that ended a run what races beside it. The run's verdict stands, whatever comes of this.
async fn add_other_races(
    bench: &Bench<'_>,
    product: &Product,
    package: &str,
    (test, processors): (&str, u32),
    run: &mut Judged,
) {
    let Some(symbol) = bench.test_mains.get(package) else {
        return;
    };
    let Ok(_slot) = bench.slots.acquire().await else {
        return;
    };
    let Ok(ended) = run_racing_test(&bench.rig(product), symbol, test, processors).await else {
        return;
    };
    let is_race = |finding: &Finding| finding.kind == FindingKind::Race;
    let first = run.findings.iter().find(|finding| is_race(finding));
    let first = first.and_then(|finding| finding.detail.clone());
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let reports = first.into_iter().chain(crash::race_reports(&stderr));
    let all = Exhibit {
        kind: FindingKind::Race,
        message: judge::RACE.to_owned(),
        trace: crash::join_race_reports(reports),
    };
    if !all.trace.is_empty() {
        run.findings.retain(|finding| !is_race(finding));
        run.findings.splice(0..0, findings(bench, &[all]));
    }
}

async fn one(
    bench: &Bench<'_>,
    product: &Product,
    package: &str,
    (test, processors): (&str, u32),
    leaks: Leaks,
) -> Judged {
    let Some(symbol) = bench.test_mains.get(package) else {
        return errored(test, format!("no TestMain was made for package {package}"));
    };
    let Ok(_slot) = bench.slots.acquire().await else {
        return errored(test, "gavel is stopping".to_owned());
    };
    match run_test(&bench.rig(product), symbol, test, processors, leaks).await {
        Err(_) if !bench.workspace.is_intact(&product.stage) => super::broken(test),
        Err(error) => errored(test, error.to_string()),
        Ok(run) => {
            let judgement = judge::judge_test(
                test,
                &run.ended,
                &run.chain.records,
                run.chain.fault.as_ref(),
                leaks,
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
