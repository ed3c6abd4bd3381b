//! Checks of type `mutants`: the candidate's own tests pass on the correct implementation and notice broken ones.
//!
//! The rule that it keeps: nothing but the implementation decides whether a test fails. All runs are of one binary, what a
//! test does by chance must come about twice of three times, and runs on the correct implementation stand before, between and
//! after those on mutants, so that a test gains nothing by the clock.

mod coverage;
mod summary;

use std::time::Duration;

use futures_util::future::join_all;
use sha2::{Digest, Sha256};

use super::judge::{self, Judgement};
use super::{Decided, Given, Judged, LOST, decide, errored_run, findings, undecided, without_runs};
use crate::golang::{MutatedTests, Rig, Suite, TestRun, build_mutated_tests, run_suite};
use crate::gosource;
use crate::gotest::records::Record;
use crate::gotest::said;
use crate::model::{Check, FileSet, Limits, Mutant, MutantsCheck, Outcome, RunReport, Verdict};
use crate::text::{Keep, cut};

/// Processors that the Go scheduler is told of, in turn.
const PROCESSORS: [u32; 4] = [4, 2, 1, 8];
/// How many runs on the correct implementation are made at a time.
const ROUND: usize = 4;
/// How many mutants of an implementation are tried.
const MOST_MUTANTS: usize = 60;
/// How often a mutant must be noticed, and how often not, until it is decided.
const ENOUGH: usize = 2;
/// How many times as long as on the correct implementation the tests may take on a mutant.
const PATIENCE: u32 = 10;
/// The least that they may take.
const LEAST_TIME: Duration = Duration::from_secs(1);
/// How many bytes the names of all tests may have together: the witness takes 32 KiB of settings.
const MOST_NAMES: usize = 30 << 10;
/// What runs on the correct implementation are called.
const CORRECT: &str = "the correct implementation";

/// What all runs of a check have in common.
struct Bench<'a> {
    given: &'a Given<'a>,
    tests: &'a [String],
    test_main: &'a str,
    built: &'a MutatedTests,
}

/// Runs the candidate's tests `runs` times on the correct implementation, and on each mutant.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &MutantsCheck) -> Decided {
    let tests = tests_of(given.submission, &kind.package);
    if tests.is_empty() {
        return failed(
            check,
            &format!("there is no test in package {}", kind.package),
        );
    }
    if tests.iter().map(|test| test.len() + 1).sum::<usize>() > MOST_NAMES {
        return failed(check, "there are more tests than gavel can name in one run");
    }
    let (Some(_), Some(test_main)) = (given.product(check), given.test_mains.get(&kind.package))
    else {
        return undecided(check, LOST);
    };
    let mutants = sample(&given.exercise.version.0, &kind.mutants);
    let built = match build(given, check, kind, &mutants).await {
        Ok(built) => built,
        Err(why) => return undecided(check, &why),
    };
    let mutants: Vec<(usize, &Mutant)> = mutants
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !built.left_out.contains(index))
        .map(|(index, mutant)| (index + 1, mutant))
        .collect();
    if mutants.is_empty() {
        return undecided(check, "the exercise has no mutant that compiles");
    }
    let bench = Bench {
        given,
        tests: &tests,
        test_main,
        built: &built,
    };
    let runs = given.runs.unwrap_or(kind.runs).max(2) as usize;
    let before = runs.div_ceil(2);
    // What fails every time need not do so four times.
    let (first, covered) = tokio::join!(bench.correct(0), bench.covered());
    let mut controls = vec![first];
    for round in (1..before).collect::<Vec<_>>().chunks(ROUND) {
        if controls.iter().any(did_not_pass) {
            break;
        }
        controls.extend(join_all(round.iter().map(|number| bench.correct(*number))).await);
    }
    if controls.iter().any(did_not_pass) {
        return decide(check, controls, runs);
    }
    let slowest = controls
        .iter()
        .map(|run| run.report.seconds)
        .fold(0.0, f64::max);
    let limits = limits_on_mutants(&given.exercise.limits, slowest);
    let mut tried = Vec::new();
    let mut left = mutants.as_slice();
    for number in before..runs {
        // Who has failed by the clock so far fails here as well. So nothing is begun before all of this is over.
        let (now, later) = left.split_at(left.len().div_ceil(runs - number));
        left = later;
        tried.extend(join_all(now.iter().map(|mutant| bench.mutant(*mutant, &limits))).await);
        controls.push(bench.correct(number).await);
        if controls.iter().any(did_not_pass) {
            return decide(check, controls, runs);
        }
    }
    let coverage = covered.map(|covered| coverage::told(&built.statements, &covered));
    summary::sum_up(given, check, controls, tried, coverage)
}

fn did_not_pass(run: &Judged) -> bool {
    run.report.outcome != Outcome::Passed
}

async fn build(
    given: &Given<'_>,
    check: &Check,
    kind: &MutantsCheck,
    mutants: &[&Mutant],
) -> Result<MutatedTests, String> {
    let files: Vec<&FileSet> = mutants.iter().map(|mutant| &mutant.files).collect();
    let _slot = given
        .slots
        .acquire()
        .await
        .map_err(|_| "gavel is stopping".to_owned())?;
    let built = build_mutated_tests(
        given.workshop,
        given.workspace,
        &kind.package,
        &check.id,
        given.submission,
        &files,
    )
    .await
    .map_err(|error| error.to_string())?;
    // What is derived is derived without knowing types, and may not compile. What an author has written must.
    let broken = built
        .left_out
        .iter()
        .filter_map(|index| mutants.get(*index))
        .find(|mutant| !is_derived(&mutant.name));
    match broken {
        Some(mutant) => Err(format!("the mutant {} doesn't compile", mutant.name)),
        None => Ok(built),
    }
}

fn is_derived(mutant: &str) -> bool {
    mutant.contains('/')
}

/// The tests that Go finds in the candidate's files of a package.
fn tests_of(submission: &FileSet, package: &str) -> Vec<String> {
    let folder = package.trim_start_matches('.').trim_start_matches('/');
    let mut tests = Vec::new();
    for (path, file) in submission {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        // The go command passes over files whose names start like this.
        if parent != folder || !name.ends_with("_test.go") || name.starts_with(['_', '.']) {
            continue;
        }
        if let Ok(source) = gosource::parse(path, &file.bytes) {
            tests.extend(source.tests().into_iter().map(str::to_owned));
        }
    }
    tests
}

/// At most so many mutants, the author's all among them: the same for each submission to a version of an exercise.
fn sample<'a>(version: &str, mutants: &'a [Mutant]) -> Vec<&'a Mutant> {
    let lot = |mutant: &Mutant| {
        let digest = Sha256::digest(format!("{version} {}", mutant.name));
        (is_derived(&mutant.name), digest)
    };
    let mut by_lot: Vec<(usize, &Mutant)> = mutants.iter().enumerate().collect();
    by_lot.sort_by_key(|(_, mutant)| lot(mutant));
    by_lot.truncate(MOST_MUTANTS);
    by_lot.sort_by_key(|(index, _)| *index);
    by_lot.into_iter().map(|(_, mutant)| mutant).collect()
}

/// A mutant that makes the tests go on for ever must not cost all the time that they have.
fn limits_on_mutants(limits: &Limits, slowest: f64) -> Limits {
    let usual = Duration::try_from_secs_f64(slowest).unwrap_or(limits.wall);
    let wall = limits.wall.min(LEAST_TIME.max(usual * PATIENCE));
    Limits {
        wall,
        idle: limits.idle.min(wall),
        ..limits.clone()
    }
}

/// A mutant, and what became of it.
struct Tried {
    report: RunReport,
    /// Why it could not be decided.
    undecided: Option<String>,
    mutant: Mutant,
}

impl Bench<'_> {
    fn rig<'r>(&'r self, limits: &'r Limits) -> Rig<'r> {
        Rig {
            limits,
            ..self.given.rig(&self.built.product)
        }
    }

    async fn one(&self, limits: &Limits, suite: Suite<'_>) -> Result<(TestRun, Judgement), Judged> {
        let name = CORRECT;
        let errored = |why: String| Judged {
            report: errored_run(name),
            rationale: why,
            findings: Vec::new(),
        };
        let Ok(_slot) = self.given.slots.acquire().await else {
            return Err(errored("gavel is stopping".to_owned()));
        };
        match run_suite(&self.rig(limits), self.test_main, suite).await {
            Err(_) if !self.given.workspace.is_intact(&self.built.product.stage) => {
                Err(super::broken(name))
            }
            Err(error) => Err(errored(error.to_string())),
            Ok(run) => {
                let chain = &run.chain;
                let judgement = judge::judge_suite(
                    self.tests,
                    &run.ended,
                    &chain.records,
                    chain.fault.as_ref(),
                );
                Ok((run, judgement))
            }
        }
    }

    fn suite(&self, number: usize, mutant: usize) -> Suite<'_> {
        Suite {
            tests: self.tests,
            processors: PROCESSORS[number % PROCESSORS.len()],
            mutant,
            notes_coverage: false,
        }
    }

    async fn correct(&self, number: usize) -> Judged {
        let suite = self.suite(number, 0);
        match self.one(&self.given.exercise.limits, suite).await {
            Err(judged) => judged,
            Ok((run, judgement)) => self.on_the_correct(suite, &run, judgement),
        }
    }

    fn on_the_correct(&self, suite: Suite<'_>, run: &TestRun, mut judgement: Judgement) -> Judged {
        if judgement.outcome == Outcome::Passed && !judge::is_anything_tested(&run.chain.records) {
            judgement = Judgement {
                outcome: Outcome::Failed,
                cause: Some(Verdict::WrongAnswer),
                rationale: "every test was skipped".to_owned(),
                exhibits: Vec::new(),
            };
        }
        let did_pass = judgement.outcome == Outcome::Passed;
        let first = self.tests.first().map_or("", String::as_str);
        let said = said::sort_out(&String::from_utf8_lossy(&run.ended.stdout), first);
        let mut report = report_on(CORRECT, suite, run, judgement.outcome);
        report.cause = judgement.cause;
        if !did_pass {
            report.messages = said.messages;
            let output = cut(said.other.trim_end(), 8 << 10, Keep::Ends).into_owned();
            report.output = Some(output).filter(|output| !output.is_empty());
        }
        let rationale = match judgement.outcome {
            Outcome::Failed => format!("on {CORRECT}: {}", judgement.rationale),
            Outcome::Passed | Outcome::Errored | Outcome::Skipped | Outcome::NotRun => {
                judgement.rationale
            }
        };
        // What a good run leaves behind is no business of this check's.
        let exhibits = if did_pass {
            Vec::new()
        } else {
            judgement.exhibits
        };
        Judged {
            report,
            rationale,
            findings: findings(self.given, &exhibits),
        }
    }

    /// Which statements a run on the correct implementation executes; nothing where that can't be told.
    async fn covered(&self) -> Option<String> {
        let suite = Suite {
            notes_coverage: true,
            ..self.suite(0, 0)
        };
        let (run, _) = self.one(&self.given.exercise.limits, suite).await.ok()?;
        run.chain.records.into_iter().find_map(|record| {
            if let Record::Coverage { covered } = record {
                Some(covered)
            } else {
                None
            }
        })
    }

    /// Runs the tests on a mutant until it is decided whether they notice it.
    async fn mutant(&self, (number, mutant): (usize, &Mutant), limits: &Limits) -> Tried {
        let (mut noticed, mut unnoticed) = (0, 0);
        let mut turn = 0;
        loop {
            let suite = self.suite(turn, number);
            let (run, judgement) = match self.one(limits, suite).await {
                Ok(run) => run,
                Err(judged) => return undecided_mutant(mutant, judged.rationale),
            };
            match judgement.outcome {
                Outcome::Failed => noticed += 1,
                Outcome::Passed => unnoticed += 1,
                Outcome::Errored | Outcome::Skipped | Outcome::NotRun => {
                    return undecided_mutant(mutant, judgement.rationale);
                }
            }
            turn += 1;
            if noticed < ENOUGH && unnoticed < ENOUGH {
                continue;
            }
            let outcome = if noticed == ENOUGH {
                Outcome::Passed
            } else {
                Outcome::Failed
            };
            let mut report = report_on(&mutant.name, suite, &run, outcome);
            report.cause = (outcome == Outcome::Failed).then_some(Verdict::WrongAnswer);
            return Tried {
                report,
                undecided: None,
                mutant: mutant.clone(),
            };
        }
    }
}

fn undecided_mutant(mutant: &Mutant, why: String) -> Tried {
    Tried {
        report: errored_run(&mutant.name),
        undecided: Some(why),
        mutant: mutant.clone(),
    }
}

fn report_on(name: &str, suite: Suite<'_>, run: &TestRun, outcome: Outcome) -> RunReport {
    let usage = &run.ended.usage;
    RunReport {
        outcome,
        cause: None,
        processors: Some(suite.processors),
        seconds: usage.wall.as_secs_f64(),
        cpu_seconds: usage.cpu.as_secs_f64(),
        max_memory: usage.max_memory,
        ended: run.ended.exit.to_string(),
        ..errored_run(name)
    }
}

fn failed(check: &Check, why: &str) -> Decided {
    Decided {
        report: without_runs(check, Outcome::Failed, why),
        cause: Some(Verdict::WrongAnswer),
    }
}
