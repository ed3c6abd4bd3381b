//! Checks of type `bench`: what a benchmark costs the candidate's code, against what it costs the reference.
//!
//! Both are built alike and run in turns, each run a process of its own with the same number of operations, and nothing else
//! of gavel's runs meanwhile. It goes on until the runs say which side of each budget the candidate's code is on, or until the
//! time for that is up: then the check is undecided, never failed.

mod meter;

use tokio::sync::{OnceCell, SemaphorePermit};

use self::meter::{Meter, Stop};
use super::judge::bench::{
    Known, Pair, Round, Sample, Standing, against_budget, against_growth, cause_of,
    cause_of_growth, cost_in_words, growth_in_words, operation_in_words, outcome, sample_in_words,
    typical,
};
use super::{Decided, Given, LOST, findings, undecided, without_runs};
use crate::golang::{
    BuildError, Product, Rig, Workspace, add_test_mains, build_benchmarks,
    prepare_cache_for_benchmarks,
};
use crate::model::{
    BenchCheck, Budget, Check, CheckReport, Growth, Message, Outcome, Points, RunReport, Verdict,
};
use crate::submission::{collect_solution, workspace_files};
use crate::text::duration;

/// How many pairs of runs, or rounds of sizes, are made between one look and the next.
const BATCH: usize = 8;
/// No more pairs or rounds than this are made: what can't be told by then never will be.
const MOST: usize = 400;

/// The two that are compared, built when a check first asks for them.
#[derive(Debug, Default)]
pub struct Sides {
    candidate: OnceCell<Product>,
    reference: OnceCell<(Workspace, Product)>,
}

/// What the runs came to.
#[derive(Default)]
struct Measured {
    pairs: Vec<Pair>,
    budgets: Vec<(Budget, Known)>,
    rounds: Vec<Round>,
    growth: Option<(Growth, Known)>,
    runs: Vec<RunReport>,
}

/// Measures the candidate's code.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &BenchCheck) -> Decided {
    match measure(given, kind).await {
        Ok(measured) => decided(check, kind, measured),
        Err(Stop::Ours(why)) => undecided(check, &why),
        Err(Stop::Candidate { judgement, run }) => Decided {
            cause: judgement.cause,
            report: CheckReport {
                findings: findings(given, &judgement.exhibits),
                runs: vec![*run],
                ..without_runs(check, judgement.outcome, &judgement.rationale)
            },
        },
    }
}

async fn measure(given: &Given<'_>, kind: &BenchCheck) -> Result<Measured, Stop> {
    let test_main = given.test_mains.get(&kind.package);
    let test_main = test_main.ok_or_else(|| Stop::Ours(LOST.to_owned()))?;
    let sides = given.sides.get(&kind.package);
    let sides = sides.ok_or_else(|| Stop::Ours(LOST.to_owned()))?;
    let candidate = sides
        .candidate
        .get_or_try_init(|| build_candidate(given, &kind.package))
        .await?;
    let reference = if kind.budgets.is_empty() {
        None
    } else {
        let build = || build_reference(given, &kind.package);
        Some(sides.reference.get_or_try_init(build).await?)
    };
    let mut meter = Meter::new(given.rig(candidate), test_main, kind.limit);
    let mut measured = Measured::default();
    if let Some(growth) = &kind.growth {
        grow(given, kind, growth, &mut meter, &mut measured).await?;
    }
    if let Some((workspace, product)) = reference {
        let rig = Rig {
            workspace,
            ..given.rig(product)
        };
        let compared = compare(given, kind, &mut meter, &rig, &mut measured).await;
        compared.map_err(|stop| stop.also(too_fast_growth(&measured)))?;
    }
    measured.runs = meter.into_reports(&kind.benchmark);
    Ok(measured)
}

/// Waits for so many permits; with all of them nothing else of gavel's runs.
async fn acquire<'a>(given: &Given<'a>, count: u32) -> Result<SemaphorePermit<'a>, Stop> {
    let permit = given.slots.acquire_many(count).await;
    permit.map_err(|_| Stop::Ours("gavel is stopping".to_owned()))
}

fn ours(error: impl std::fmt::Display) -> Stop {
    Stop::Ours(error.to_string())
}

/// The race build of the same code works. So what this fails for is the machine's, unless the code makes the compiler work
/// without end.
fn not_built(error: BuildError) -> Stop {
    match error {
        BuildError::TooMuch(why) => Stop::too_much(&why),
        BuildError::Workspace(_)
        | BuildError::Sandbox(_)
        | BuildError::Mutants(_)
        | BuildError::Machine { .. } => ours(error),
    }
}

async fn build_candidate(given: &Given<'_>, package: &str) -> Result<Product, Stop> {
    let _slot = acquire(given, 1).await?;
    let scratch = given.workspace.scratch_for_a_run().map_err(ours)?;
    prepare_cache_for_benchmarks(&given.workshop.toolchain, scratch.path())
        .await
        .map_err(Stop::Ours)?;
    let built = build_benchmarks(given.workshop, given.workspace, package).await;
    built.map_err(not_built)
}

/// Builds the reference in a workspace of its own, with the same benchmarks.
async fn build_reference(given: &Given<'_>, package: &str) -> Result<(Workspace, Product), Stop> {
    let _slot = acquire(given, 1).await?;
    let exercise = given.exercise;
    let solution = collect_solution(exercise, &exercise.reference);
    let mut files = workspace_files(exercise, &solution.files, &solution.extent);
    files.extend(exercise.hidden.clone());
    add_test_mains(&mut files, &exercise.module, &[package]).map_err(Stop::Ours)?;
    let (root, module) = (given.temporary_root.to_owned(), exercise.module.clone());
    let workspace = tokio::task::spawn_blocking(move || Workspace::create(&root, &module, &files))
        .await
        .map_err(ours)?
        .map_err(ours)?;
    let product = build_benchmarks(given.workshop, &workspace, package).await;
    let product = product.map_err(|error| Stop::Ours(format!("the reference: {error}")))?;
    Ok((workspace, product))
}

/// Runs candidate and reference in turns until each budget is decided, or one is exceeded.
async fn compare(
    given: &Given<'_>,
    kind: &BenchCheck,
    meter: &mut Meter<'_>,
    reference: &Rig<'_>,
    measured: &mut Measured,
) -> Result<(), Stop> {
    let slots = acquire(given, given.all_slots).await?;
    let repeat = meter.calibrate(reference, kind).await?;
    drop(slots);
    for look in 1.. {
        let slots = acquire(given, given.all_slots).await?;
        for _ in 0..BATCH {
            if !meter.has_time() || measured.pairs.len() >= MOST {
                break;
            }
            let is_first = measured.pairs.len().is_multiple_of(2);
            let pair = meter
                .pair(reference, &kind.benchmark, repeat, is_first)
                .await?;
            measured.pairs.push(pair);
        }
        drop(slots);
        let against = |budget: &Budget| {
            let most = budget.most.value();
            let known = against_budget(budget.cost, &measured.pairs, most, look);
            (*budget, known)
        };
        measured.budgets = kind.budgets.iter().map(against).collect();
        let standings = measured.budgets.iter().map(|(_, known)| known.standing);
        let is_decided = outcome(standings) != Outcome::Errored;
        if is_decided || !meter.has_time() || measured.pairs.len() >= MOST {
            break;
        }
    }
    Ok(())
}

/// Runs the candidate's code on each size, round after round, until it is known how its cost grows.
async fn grow(
    given: &Given<'_>,
    kind: &BenchCheck,
    growth: &Growth,
    meter: &mut Meter<'_>,
    measured: &mut Measured,
) -> Result<(), Stop> {
    let slots = acquire(given, given.all_slots).await?;
    let mut sizes = Vec::new();
    for size in &growth.sizes {
        let benchmark = kind.benchmark_of_size(*size);
        let repeat = meter.calibrate_size(&benchmark).await?;
        sizes.push((*size, benchmark, repeat));
    }
    drop(slots);
    for look in 1.. {
        let slots = acquire(given, given.all_slots).await?;
        for _ in 0..BATCH {
            if !meter.has_time() || measured.rounds.len() >= MOST {
                break;
            }
            let mut round = Round::new();
            for (size, benchmark, repeat) in &sizes {
                round.push((*size, meter.of_a_size(benchmark, *repeat).await?));
            }
            measured.rounds.push(round);
        }
        drop(slots);
        let known = against_growth(growth.of, &measured.rounds, growth.most.value(), look);
        let is_decided = known.standing != Standing::Open;
        measured.growth = Some((growth.clone(), known));
        if is_decided || !meter.has_time() || measured.rounds.len() >= MOST {
            break;
        }
    }
    Ok(())
}

/// What is known to speak against the candidate's code, whatever else comes.
fn too_fast_growth(measured: &Measured) -> Option<String> {
    let (growth, known) = measured.growth.as_ref()?;
    (known.standing == Standing::Beyond).then(|| growth_in_words(growth, known))
}

fn decided(check: &Check, kind: &BenchCheck, measured: Measured) -> Decided {
    let candidate: Vec<Sample> = measured.pairs.iter().map(|pair| pair.candidate).collect();
    let reference: Vec<Sample> = measured.pairs.iter().map(|pair| pair.reference).collect();
    let (candidate, reference) = (typical(&candidate), typical(&reference));
    // What decided it, in the manifest's order: how it stands, what that would count as, and in words.
    let mut all: Vec<(Standing, Verdict, String)> = Vec::new();
    for (budget, known) in &measured.budgets {
        let words = cost_in_words(*budget, known, candidate.as_ref());
        all.push((known.standing, cause_of(budget.cost), words));
    }
    if let Some((growth, known)) = &measured.growth {
        let words = growth_in_words(growth, known);
        all.push((known.standing, cause_of_growth(growth.of), words));
    }
    let outcome = outcome(all.iter().map(|(standing, ..)| *standing));
    let said = |which: Standing| {
        let those = all.iter().filter(|(standing, ..)| *standing == which);
        let words: Vec<&str> = those.map(|(.., words)| words.as_str()).collect();
        words.join("; ")
    };
    let (cause, rationale) = match outcome {
        Outcome::Passed => (None, said(Standing::Within)),
        Outcome::Failed => {
            let beyond = all
                .iter()
                .filter(|(standing, ..)| *standing == Standing::Beyond);
            (
                beyond.map(|(_, cause, _)| *cause).max(),
                said(Standing::Beyond),
            )
        }
        Outcome::Errored | Outcome::Skipped | Outcome::NotRun => {
            let why = format!(
                "it could not be told within {} of runs: {}",
                duration(kind.limit),
                said(Standing::Open)
            );
            (Some(Verdict::GraderError), why)
        }
    };
    let figures = [("submission", candidate), ("reference", reference)]
        .into_iter()
        .filter_map(|(who, sample)| Some(format!("{who}: {}", sample_in_words(&sample?))))
        .chain(by_size(&measured.rounds));
    let figures: Vec<String> = figures.collect();
    let mut runs = measured.runs;
    if let Some(first) = runs.first_mut() {
        first.outcome = outcome;
        first.cause = cause;
        first.messages = vec![Message {
            test: kind.benchmark.clone(),
            place: None,
            text: figures.join("\n"),
        }];
    }
    let report = without_runs(check, outcome, &rationale);
    let earned = match outcome {
        Outcome::Passed => check.points,
        Outcome::Failed | Outcome::Errored | Outcome::Skipped | Outcome::NotRun => 0,
    };
    Decided {
        cause,
        report: CheckReport {
            runs,
            points: Points {
                earned,
                ..report.points
            },
            ..report
        },
    }
}

/// What an operation costs on each size.
fn by_size(rounds: &[Round]) -> Vec<String> {
    let sizes = rounds.first().into_iter().flatten().map(|(size, _)| *size);
    let of_size = |size: u32| {
        let samples = rounds.iter().flatten();
        let samples: Vec<Sample> = samples
            .filter(|(other, _)| *other == size)
            .map(|(_, sample)| *sample)
            .collect();
        Some(format!(
            "n = {size}: {} an operation",
            operation_in_words(&typical(&samples)?)
        ))
    };
    sizes.filter_map(of_size).collect()
}
