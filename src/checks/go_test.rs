//! Checks of type `go-test`: top-level Go tests, each run in a process of its own.

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::judge::{self, Exhibit, Judgement};
use super::{Decided, Given, Judged, LOST, decide, findings, undecided};
use crate::golang::{
    Perturbation, Product, Schedule, TestRun, build_perturbed_tests, run_racing_test, run_test,
};
use crate::gotest::{crash, said};
use crate::model::{Check, Finding, FindingKind, GoTestCheck, Leaks, Outcome, RunReport, Verdict};
use crate::text::{Keep, cut};

/// Processors that the Go scheduler is told of, in turn: the same on every machine, and varied under stress.
const PROCESSORS: [u32; 4] = [4, 2, 1, 8];
/// How many runs of a test are made at a time.
const ROUND: usize = 4;

/// Runs each test `runs` times, until a test has failed: first as it is, then, most of the times, perturbed.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &GoTestCheck) -> Decided {
    let GoTestCheck {
        package,
        tests,
        stress,
        leaks,
    } = kind;
    let (runs, leaks) = (given.runs.unwrap_or(*stress).max(1), *leaks);
    let Some(product) = given.product(check) else {
        return undecided(check, LOST);
    };
    let planned = tests.len() * usize::try_from(runs).unwrap_or(usize::MAX);
    let plain_runs = plain_runs(runs);
    let plain: Vec<u32> = (0..plain_runs).collect();
    let others: Vec<u32> = (plain_runs..runs).collect();
    let mut judged: Vec<Judged> = Vec::new();
    for round in [&plain[..]].into_iter().chain(others.chunks(ROUND)) {
        let perturbed = if round.first() < Some(&plain_runs) {
            None
        } else {
            perturbed_product(given, package).await
        };
        let product = perturbed.unwrap_or(product);
        let of_round: Vec<(&str, Schedule)> = round
            .iter()
            .flat_map(|number| tests.iter().map(move |test| (test.as_str(), *number)))
            .map(|(test, number)| {
                let schedule = Schedule {
                    processors: PROCESSORS[number as usize % PROCESSORS.len()],
                    perturbation: perturbed.map(|_| Perturbation {
                        number: number - plain_runs,
                        seed: seed(given.digest, test, number),
                    }),
                };
                (test, schedule)
            })
            .collect();
        let runs = of_round
            .iter()
            .map(|planned| one(given, product, package, *planned, leaks));
        let mut runs = join_all(runs).await;
        // One run is enough to show what else races.
        let racing = runs
            .iter_mut()
            .zip(&of_round)
            .find(|(run, _)| run.report.cause == Some(Verdict::DataRace));
        if let Some((run, planned)) = racing {
            add_other_races(given, product, package, *planned, run).await;
        }
        judged.extend(runs);
        if judged
            .iter()
            .any(|run| run.report.outcome != Outcome::Passed)
        {
            break;
        }
    }
    decide(check, judged, planned)
}

/// Adds to the race that ended a run what races beside it. The run's verdict stands, whatever comes of this.
async fn add_other_races(
    given: &Given<'_>,
    product: &Product,
    package: &str,
    (test, schedule): (&str, Schedule),
    run: &mut Judged,
) {
    let Some(symbol) = given.test_mains.get(package) else {
        return;
    };
    let Ok(_slot) = given.slots.acquire().await else {
        return;
    };
    let Ok(ended) = run_racing_test(&given.rig(product), symbol, test, schedule).await else {
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
        run.findings.splice(0..0, findings(given, &[all]));
    }
}

/// How many of the runs are made as they are. A perturbed one finds ten times as much, so there are never more than it
/// takes to see the code as it is with each number of processors.
fn plain_runs(runs: u32) -> u32 {
    (runs / 4).clamp(1, 4)
}

/// What chance starts from in a run: another number for each, and the same when the submission is graded again.
fn seed(digest: &str, test: &str, number: u32) -> u64 {
    let mut hash = Sha256::new();
    hash.update(format!("{digest} {test} {number}"));
    let hash = hash.finalize();
    hash.iter()
        .take(8)
        .fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

async fn perturbed_product<'a>(given: &Given<'a>, package: &str) -> Option<&'a Product> {
    let build = async || {
        let _slot = given.slots.acquire().await.ok()?;
        build_perturbed_tests(given.workshop, given.workspace, package).await
    };
    let product = given.perturbed.get(package)?.get_or_init(build).await;
    product.as_ref()
}

async fn one(
    given: &Given<'_>,
    product: &Product,
    package: &str,
    (test, schedule): (&str, Schedule),
    leaks: Leaks,
) -> Judged {
    let Some(symbol) = given.test_mains.get(package) else {
        return errored(test, format!("no TestMain was made for package {package}"));
    };
    let Ok(_slot) = given.slots.acquire().await else {
        return errored(test, "gavel is stopping".to_owned());
    };
    match run_test(&given.rig(product), symbol, test, schedule, leaks).await {
        Err(_) if !given.workspace.is_intact(&product.stage) => super::broken(test),
        Err(error) => errored(test, error.to_string()),
        Ok(run) => {
            let judgement = judge::judge_test(
                test,
                &run.ended,
                &run.chain.records,
                run.chain.fault.as_ref(),
                leaks,
            );
            judged(given, &run, schedule, judgement)
        }
    }
}

fn judged(given: &Given<'_>, run: &TestRun, schedule: Schedule, judgement: Judgement) -> Judged {
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
        findings: findings(given, &judgement.exhibits),
        rationale: judgement.rationale,
        report: RunReport {
            name: run.test.clone(),
            outcome: judgement.outcome,
            cause: judgement.cause,
            processors: Some(schedule.processors),
            perturbed: schedule.perturbation.is_some(),
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
