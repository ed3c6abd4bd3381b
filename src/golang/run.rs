//! Runs what was built: a test under the witness, or a program.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::build::Product;
use super::workspace::{Workspace, WorkspaceError};
use crate::gotest::records::{self, Chain};
use crate::model;
use crate::sandbox::{self, Channel, Ended, Limits, Spec};

/// One top-level test in a process of its own.
#[derive(Clone, Debug)]
pub struct TestRun {
    /// The test's name.
    pub test: String,
    /// What the process left behind.
    pub ended: Ended,
    /// The witness's records, unsealed.
    pub chain: Chain,
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
    /// The operating system gives no secret.
    #[error("the operating system's random generator fails: {0}")]
    Secret(#[from] getrandom::Error),
}

/// Processors that the Go scheduler of a program is told of, on every machine.
const PROCESSORS: u32 = 4;
/// How many bytes of records a run may write.
const RECORD_LIMIT: u64 = 1 << 20;
/// How long a program that is out of time may take to say what it was doing.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// A racing program is ended at once, so that it can't go on to forge; nothing waits at exit, the witness has waited.
const HALT_AT_A_RACE: &str = "atexit_sleep_ms=0 halt_on_error=1";
/// A program without a witness is given a moment in which late races are still seen.
const HALT_AT_A_RACE_AFTER_EXIT: &str = "atexit_sleep_ms=20 halt_on_error=1";

/// Runs one top-level test of a built package. `processors` sets GOMAXPROCS.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_test(
    workspace: &Workspace,
    product: &Product,
    test_main: &str,
    test: &str,
    processors: u32,
    limits: &model::Limits,
) -> Result<TestRun, RunError> {
    let mut key = [0; 32];
    getrandom::fill(&mut key)?;
    let mut input = key.to_vec();
    input.extend(settings(test_main, workspace.module_path(), test));
    let scratch = workspace.scratch_for_a_run()?;
    let ended = sandbox::run(Spec {
        program: product.image.path(),
        arguments: Vec::new(),
        environment: run_environment(scratch.path(), HALT_AT_A_RACE, processors),
        directory: product.stage.clone(),
        stdin: Vec::new(),
        channel: Some(Channel {
            input,
            output_limit: RECORD_LIMIT,
        }),
        limits: run_limits(limits),
    })
    .await?;
    let chain = records::decode(&ended.record, &key);
    Ok(TestRun {
        test: test.to_owned(),
        ended,
        chain,
    })
}

/// What the witness reads after its key: `name=value`, separated by NUL.
fn settings(test_main: &str, module: &str, test: &str) -> Vec<u8> {
    [
        format!("testmain={test_main}"),
        format!("module={module}"),
        format!("test.run=^{test}$"),
        "test.v=test2json".to_owned(),
        "test.paniconexit0=true".to_owned(),
        "test.timeout=0".to_owned(),
    ]
    .join("\0")
    .into_bytes()
}

/// Runs a program with these arguments and this standard input.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn run_program(
    workspace: &Workspace,
    product: &Product,
    arguments: &[String],
    stdin: &[u8],
    limits: &model::Limits,
) -> Result<Ended, RunError> {
    let scratch = workspace.scratch_for_a_run()?;
    Ok(sandbox::run(Spec {
        program: product.image.path(),
        arguments: arguments.iter().map(OsString::from).collect(),
        environment: run_environment(scratch.path(), HALT_AT_A_RACE_AFTER_EXIT, PROCESSORS),
        directory: product.stage.clone(),
        stdin: stdin.to_vec(),
        channel: None,
        limits: run_limits(limits),
    })
    .await?)
}

/// The whole environment of a run.
fn run_environment(scratch: &Path, race: &str, processors: u32) -> Vec<(OsString, OsString)> {
    vec![
        ("PATH".into(), "/usr/bin:/bin".into()),
        ("HOME".into(), scratch.into()),
        ("TMPDIR".into(), scratch.into()),
        ("LANG".into(), "C.UTF-8".into()),
        ("TZ".into(), "UTC".into()),
        ("GORACE".into(), race.into()),
        ("GOTRACEBACK".into(), "all".into()),
        ("GOMAXPROCS".into(), processors.to_string().into()),
    ]
}

fn run_limits(limits: &model::Limits) -> Limits {
    Limits {
        wall: limits.wall,
        idle: Some(limits.idle),
        // A test may keep several processors busy for all its time.
        cpu: limits.wall * 16,
        memory: Some(limits.memory),
        output: limits.output,
        file_size: 64 << 20,
        open_files: 1024,
        last_words: Some(LAST_WORDS),
    }
}
