//! Runs what was built: a test under the witness, or a program.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::build::Product;
use super::workshop::Workshop;
use super::workspace::{RunFolder, Workspace, WorkspaceError};
use crate::gotest::records::{self, Chain};
use crate::model::{self, Leaks, ProgramStart};
use crate::sandbox::{self, Channel, Ended, Limits, Program, Role, Spec};

/// One top-level test, or one benchmark, in a process of its own.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The test's name.
    pub test: String,
    /// What the process left behind.
    pub ended: Ended,
    /// The witness's records, unsealed.
    pub chain: Chain,
}

/// What runs of a product are made with.
#[derive(Clone, Copy, Debug)]
pub struct Rig<'a> {
    /// Where they take place.
    pub workshop: &'a Workshop,
    /// The workspace in which the product was built.
    pub workspace: &'a Workspace,
    /// The product.
    pub product: &'a Product,
    /// Who they are.
    pub role: Role,
    /// What they may use.
    pub limits: &'a model::Limits,
}

/// What is varied from run to run of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Processors that the Go scheduler is told of.
    pub processors: u32,
    /// How goroutines are held up, in a product that was built for it.
    pub perturbation: Option<Perturbation>,
}

/// How goroutines are held up in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Perturbation {
    /// Which perturbed run of its test it is, from 0: the ways of holding up take turns.
    pub number: u32,
    /// What chance starts from.
    pub seed: u64,
}

/// Why a run could not be made: the machine's doing or ours.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The binary could not be run.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// No port is free for a service.
    #[error("no port is free on the loopback interface: {0}")]
    Port(std::io::Error),
    /// The operating system gives no secret.
    #[error("the operating system's random generator fails: {0}")]
    Secret(#[from] getrandom::Error),
}

/// Processors that the Go scheduler of a program is told of, on every machine.
pub const PROCESSORS: u32 = 4;
/// How many bytes of records a run may write.
const RECORD_LIMIT: u64 = 1 << 20;
/// How long a program that is out of time may take to say what it was doing.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// A racing program is ended at once, so that it can't go on to forge; nothing waits at exit, the witness has waited.
const HALT_AT_A_RACE: &str = "atexit_sleep_ms=0 halt_on_error=1";
/// Only to see all races of a program that was ended at its first.
const GO_ON_AT_A_RACE: &str = "atexit_sleep_ms=0 halt_on_error=0";
/// A program without a witness is given a moment in which late races are still seen.
pub(super) const HALT_AT_A_RACE_AFTER_EXIT: &str = "atexit_sleep_ms=20 halt_on_error=1";

/// Runs one top-level test of a built package. `leaks` says how long the witness waits for the candidate's goroutines to end.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_test(
    rig: &Rig<'_>,
    test_main: &str,
    test: &str,
    schedule: Schedule,
    leaks: Leaks,
) -> Result<TestRun, RunError> {
    run(rig, test_main, test, schedule, leaks, HALT_AT_A_RACE).await
}

/// Runs a test that races once more, to the end, for what the race detector says on the way. It says nothing of how the
/// test ends: a program that goes on after a race could forge that.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_racing_test(
    rig: &Rig<'_>,
    test_main: &str,
    test: &str,
    schedule: Schedule,
) -> Result<Ended, RunError> {
    let leaks = Leaks::Proven;
    let run = run(rig, test_main, test, schedule, leaks, GO_ON_AT_A_RACE).await?;
    Ok(run.ended)
}

/// Top-level tests that run in one process, one after the other, of a binary that holds mutants.
#[derive(Clone, Copy, Debug)]
pub struct Suite<'a> {
    /// Their names.
    pub tests: &'a [String],
    /// Processors that the Go scheduler is told of.
    pub processors: u32,
    /// The number of the mutant; 0 is the correct implementation.
    pub mutant: usize,
    /// Whether to note which statements are executed. What races may then go unseen.
    pub notes_coverage: bool,
}

/// Runs several tests of a built package in one process, none after the first that fails.
///
/// # Errors
///
/// If they could not be run; never because of what they do.
pub async fn run_suite(
    rig: &Rig<'_>,
    test_main: &str,
    suite: Suite<'_>,
) -> Result<TestRun, RunError> {
    let schedule = Schedule {
        processors: suite.processors,
        perturbation: None,
    };
    let names = suite.tests.join("|");
    let mut settings = settings(rig.workspace, test_main, &names, schedule, Leaks::Proven);
    let coverage = if suite.notes_coverage { "on" } else { "off" };
    settings.extend([
        "test.failfast=true".to_owned(),
        format!("mutant={}", suite.mutant),
        format!("coverage={coverage}"),
    ]);
    run_under_the_witness(rig, &names, &settings, HALT_AT_A_RACE, schedule.processors).await
}

async fn run(
    rig: &Rig<'_>,
    test_main: &str,
    test: &str,
    schedule: Schedule,
    leaks: Leaks,
    race: &str,
) -> Result<TestRun, RunError> {
    let settings = settings(rig.workspace, test_main, test, schedule, leaks);
    run_under_the_witness(rig, test, &settings, race, schedule.processors).await
}

/// For how long, or how often, a benchmark's operation is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Until its timer has run for so long.
    For(Duration),
    /// So many times.
    Times(u64),
}

/// Runs one benchmark, in a product of [`super::build_benchmarks`], on one processor: so it takes as long as it works, and how
/// many processors there are makes no difference.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_benchmark(
    rig: &Rig<'_>,
    test_main: &str,
    benchmark: &str,
    repeat: Repeat,
) -> Result<TestRun, RunError> {
    let time = match repeat {
        Repeat::For(time) => format!("{}ns", time.as_nanos()),
        Repeat::Times(times) => format!("{times}x"),
    };
    let settings = [
        format!("testmain={test_main}"),
        format!("module={}", rig.workspace.module_path()),
        "watchdog=off".to_owned(),
        "callers=some".to_owned(),
        "test.run=^$".to_owned(),
        format!("test.bench=^{benchmark}$"),
        format!("test.benchtime={time}"),
        "test.paniconexit0=true".to_owned(),
        "test.timeout=0".to_owned(),
    ];
    run_under_the_witness(rig, benchmark, &settings, HALT_AT_A_RACE, 1).await
}

/// `test` is what the settings, `name=value` each, ask the witness for.
async fn run_under_the_witness(
    rig: &Rig<'_>,
    test: &str,
    settings: &[String],
    race: &str,
    processors: u32,
) -> Result<TestRun, RunError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let mut input = key.to_vec();
    input.extend(settings.join("\0").into_bytes());
    let scratch = rig.workspace.scratch_for_a_run()?;
    let environment = run_environment(rig.workshop, scratch.path(), race, processors);
    let spec = Spec {
        channel: Some(Channel {
            input,
            output_limit: RECORD_LIMIT,
        }),
        ..rig.spec(scratch.path(), environment)
    };
    let ended = rig.workshop.sandbox.run(spec).await?;
    let chain = records::decode(&ended.record, &key);
    Ok(TestRun {
        test: test.to_owned(),
        ended,
        chain,
    })
}

/// What the witness is told about the run of a test.
fn settings(
    workspace: &Workspace,
    test_main: &str,
    test: &str,
    schedule: Schedule,
    leaks: Leaks,
) -> Vec<String> {
    let perturb = schedule.perturbation;
    let perturb = perturb.map_or(String::new(), |how| format!("{},{}", how.number, how.seed));
    let leaks = match leaks {
        Leaks::Proven => "proven",
        Leaks::Strict => "strict",
    };
    let callers = if workspace.leaves_callbacks() || workspace.points_weakly() {
        "some"
    } else {
        "none"
    };
    let watchdog = if workspace.points_weakly() {
        "off"
    } else {
        "on"
    };
    [
        format!("testmain={test_main}"),
        format!("module={}", workspace.module_path()),
        format!("watchdog={watchdog}"),
        format!("callers={callers}"),
        format!("leaks={leaks}"),
        format!("perturb={perturb}"),
        format!("test.run=^({test})$"),
        "test.v=test2json".to_owned(),
        "test.paniconexit0=true".to_owned(),
        "test.timeout=0".to_owned(),
    ]
    .into()
}

/// Runs a program.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_program(rig: &Rig<'_>, start: &ProgramStart) -> Result<Ended, RunError> {
    let scratch = rig.workspace.scratch_for_a_run()?;
    let stage = if start.files.is_empty() {
        None
    } else {
        Some(
            rig.workspace
                .stage_for_a_run(&rig.product.stage, &start.files)?,
        )
    };
    let stage = stage
        .as_ref()
        .map_or(rig.product.stage.as_path(), RunFolder::path);
    let mut environment = run_environment(
        rig.workshop,
        scratch.path(),
        HALT_AT_A_RACE_AFTER_EXIT,
        PROCESSORS,
    );
    environment.retain(|(name, _)| {
        start
            .env
            .iter()
            .all(|(own, _)| name.as_os_str() != own.as_str())
    });
    let own = start.env.iter();
    environment.extend(own.map(|(name, value)| (OsString::from(name), OsString::from(value))));
    let spec = Spec {
        arguments: start.args.iter().map(OsString::from).collect(),
        stdin: start.stdin.clone(),
        ..rig.spec_at(stage, scratch.path(), environment)
    };
    Ok(rig.workshop.sandbox.run(spec).await?)
}

impl Rig<'_> {
    /// A run without arguments, input and channel.
    pub(super) fn spec(&self, scratch: &Path, environment: Vec<(OsString, OsString)>) -> Spec {
        self.spec_at(&self.product.stage, scratch, environment)
    }

    /// The same in another folder.
    fn spec_at(
        &self,
        stage: &Path,
        scratch: &Path,
        environment: Vec<(OsString, OsString)>,
    ) -> Spec {
        Spec {
            program: Program::Image(self.product.image.clone()),
            arguments: Vec::new(),
            environment,
            directory: stage.to_owned(),
            stdin: Vec::new(),
            channel: None,
            view: self
                .workshop
                .view_of_a_run(stage, scratch, self.limits, self.role),
            limits: run_limits(self.limits),
            companions: self.workshop.companions.clone(),
        }
    }
}

/// The whole environment of a run.
pub(super) fn run_environment(
    workshop: &Workshop,
    scratch: &Path,
    race: &str,
    processors: u32,
) -> Vec<(OsString, OsString)> {
    let mut environment: Vec<(OsString, OsString)> = vec![
        ("PATH".into(), "/usr/bin:/bin".into()),
        ("HOME".into(), scratch.into()),
        ("TMPDIR".into(), scratch.into()),
        ("LANG".into(), "C.UTF-8".into()),
        ("TZ".into(), "UTC".into()),
        ("GORACE".into(), race.into()),
        ("GOTRACEBACK".into(), "all".into()),
        ("GOMAXPROCS".into(), processors.to_string().into()),
    ];
    environment.push(("ZONEINFO".into(), workshop.time_zones.clone().into()));
    let companions = workshop.companions.iter();
    environment.extend(companions.map(|companion| companion.announced_as.clone()));
    environment
}

pub(super) fn run_limits(limits: &model::Limits) -> Limits {
    Limits {
        wall: limits.wall,
        idle: Some(limits.idle),
        cpu: limits.cpu(),
        memory: limits.memory,
        processes: limits.processes,
        disk: limits.disk,
        files: limits.files,
        output: limits.output,
        file_size: limits.file_size,
        open_files: limits.open_files,
        last_words: Some(LAST_WORDS),
    }
}
