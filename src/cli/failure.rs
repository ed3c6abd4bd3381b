//! What a command can fail with, and the exit code that each failure has.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::golang::{NoSandbox, ToolchainError};
use crate::sandbox;

/// How a command that worked ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done, and everything is good enough.
    Good,
    /// Everything was done, and something is not good enough.
    BelowMark,
    /// Something that was given can't be read; the rest was done.
    BadInput,
    /// Grading itself failed for at least one submission.
    GraderFailed,
    /// The user interrupted.
    Interrupted,
    /// The system asked to stop.
    Terminated,
}

impl Ending {
    /// The exit code, as `--help` and the README document it.
    pub fn code(self) -> u8 {
        match self {
            Ending::Good => 0,
            Ending::BelowMark => 1,
            Ending::BadInput => 2,
            Ending::GraderFailed => 3,
            Ending::Interrupted => 130,
            Ending::Terminated => 143,
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        ExitCode::from(ending.code())
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The arguments, or what they name.
    #[error("{0}")]
    Input(String),
    /// No Go to grade with.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// No C compiler, which the race detector needs.
    #[error(
        "no C compiler: `{0}` is not in PATH, and Go's race detector needs one\n  install gcc (Debian and Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc)"
    )]
    NoCompiler(String),
    /// No sandbox of the strength asked for.
    #[error("{0}")]
    Sandbox(String),
    /// The machine: a full disk, a directory that can't be written.
    #[error("{0}")]
    Machine(String),
    /// A report could not be written.
    #[error("can't write the report to {path}: {source}")]
    Report {
        /// Where to.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

/// No sandbox works: which were tried, what keeps them, and what can be done.
pub fn no_sandbox(refusal: &NoSandbox) -> Failure {
    let tried = match refusal {
        NoSandbox::Probe(_) => {
            return Failure::Machine(format!("{refusal}\n  `gavel doctor` shows what is missing"));
        }
        NoSandbox::Tried(tried) => tried,
    };
    let mut lines = vec![refusal.to_string()];
    lines.extend(
        tried
            .iter()
            .map(|(tier, why)| format!("  {}: {why}", tier.name())),
    );
    lines.push("to mend it:".to_owned());
    lines.extend(sandbox::advice().iter().map(|mend| format!("  {mend}")));
    lines.push(
        "  or pass --sandbox none, and grade only code that you would run yourself".to_owned(),
    );
    Failure::Sandbox(lines.join("\n"))
}

impl Failure {
    /// What the exit code says about it.
    pub fn ending(&self) -> Ending {
        match self {
            Failure::Input(_) => Ending::BadInput,
            Failure::Toolchain(_)
            | Failure::NoCompiler(_)
            | Failure::Sandbox(_)
            | Failure::Machine(_)
            | Failure::Report { .. } => Ending::GraderFailed,
        }
    }
}
