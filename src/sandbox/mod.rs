//! Runs a program confined and says how it ended.
//!
//! This room knows bytes, limits and exits; it knows nothing of Go, of checks, or of verdicts. It is the only place with
//! `unsafe`. A [`Spec`] goes in, an [`Ended`] comes out, whatever the tier.
//!
//! Today there is one tier, [`Tier::None`]: a session and a process group of the program's own, resource limits,
//! time-outs that end the whole group, and output that is capped while it is read. It holds honest mistakes, not malice.

mod descriptors;
mod image;
mod process;
mod watch;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub use descriptors::reserve_descriptors;
pub use image::Image;
pub use process::run;

/// How strongly a run is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Limits and time-outs, and no wall between the program and the machine.
    None,
}

impl Tier {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Tier::None => "none",
        }
    }

    /// What a person must know who relies on this tier, one sentence each.
    pub fn weaknesses(self) -> Vec<String> {
        match self {
            Tier::None => [
                "files: no wall",
                "network: no wall",
                "processes: no limit on their number, and one can outlive its run",
                "memory: watched, not held",
            ]
            .map(str::to_owned)
            .into(),
        }
    }
}

/// What to run, and with what.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments, without its name.
    pub arguments: Vec<OsString>,
    /// Its whole environment: nothing is inherited.
    pub environment: Vec<(OsString, OsString)>,
    /// Its working directory.
    pub directory: PathBuf,
    /// What it reads on its standard input.
    pub stdin: Vec<u8>,
    /// A private way in and out, on descriptors 3 and 4.
    pub channel: Option<Channel>,
    /// What it may use.
    pub limits: Limits,
}

/// Descriptors 3 and 4 of the program.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What it can read on descriptor 3, once. At most [`Channel::MAX_INPUT`] bytes.
    pub input: Vec<u8>,
    /// How many bytes it may write on descriptor 4; more end the run.
    pub output_limit: u64,
}

impl Channel {
    /// What fits into a pipe without anybody reading.
    pub const MAX_INPUT: usize = 16 << 10;
}

/// What a run may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Time on the wall.
    pub wall: Duration,
    /// Time without use of the processor by any of its processes, while none could run.
    pub idle: Option<Duration>,
    /// Processor time of one process.
    pub cpu: Duration,
    /// Resident memory of all its processes together, in bytes.
    pub memory: Option<u64>,
    /// What it may write on each of its two output streams, in bytes.
    pub output: u64,
    /// The largest file that it may write, in bytes.
    pub file_size: u64,
    /// How many descriptors a process may have open.
    pub open_files: u64,
    /// A program that is out of time is sent SIGQUIT and given this long to say what it was doing.
    pub last_words: Option<Duration>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// How its first process ended.
    pub exit: Exit,
    /// The limit for which it was ended, if it was.
    pub limit: Option<LimitHit>,
    /// What it wrote on its standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// What it wrote on its standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// What it wrote on descriptor 4, up to the limit.
    pub record: Vec<u8>,
    /// What it used.
    pub usage: Usage,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It ended itself with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// A limit that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitHit {
    /// Time on the wall.
    Wall,
    /// Nothing happened any more.
    Idle,
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// Too much on an output stream.
    Output,
    /// Too much on descriptor 4.
    Record,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Time on the wall.
    pub wall: Duration,
    /// Processor time of the first process and the children it waited for.
    pub cpu: Duration,
    /// The largest resident memory of one process, in bytes.
    pub max_memory: u64,
}

/// Why a program could not be run at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It could not be started.
    #[error("can't start {program}: {source}")]
    Start {
        /// The program's file.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Its streams or its end could not be watched.
    #[error("can't watch {program} while it runs: {source}")]
    Watch {
        /// The program's file.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}
