//! Runs a program confined and says how it ended.
//!
//! This room knows bytes, limits and exits; it knows nothing of Go, of checks, or of verdicts. It is the only place with
//! `unsafe`. A [`Spec`] goes into a [`Sandbox`], an [`Ended`] comes out, whatever the [`Tier`].
//!
//! At the tiers `strict` and `landlock` gavel starts itself again as a small process without gavel's memory, the keeper of all
//! runs (`init/`): it takes an [`order`] from an inherited socket, builds the walls, starts the program inside them, waits for
//! its end, and sees to it that everything dies with it. Nothing is ever opened by a path that the program could have changed.
//! At tier `none` the program is started directly: a session of its own, limits and time-outs, and no wall.

mod advice;
mod descriptors;
mod disk;
mod groups;
pub mod guard;
mod hold;
mod image;
pub mod init;
mod keeper;
mod order;
mod process;
mod service;
mod start;
mod streams;
mod watch;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use crate::model::Network;
pub use advice::advice;
pub use descriptors::reserve_descriptors;
pub use disk::remove_tree;
pub use groups::{Groups, left_groups, remove_left_group};
pub use guard::Guard;
pub use image::Image;
use keeper::Keeper;
pub use service::{Service, Stopped};

/// How strongly a run is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Namespaces, a root of its own, Landlock, a list of allowed system calls.
    Strict,
    /// Landlock and a list of allowed system calls.
    Landlock,
    /// Limits and time-outs, and no wall between the program and the machine.
    None,
}

impl Tier {
    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Strict => "strict",
            Tier::Landlock => "landlock",
            Tier::None => "none",
        }
    }
}

/// A way to run programs. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sandbox {
    walls: Option<Arc<Walls>>,
}

/// What a sandbox with walls is made of.
#[derive(Debug)]
struct Walls {
    tier: Tier,
    keeper: Keeper,
    groups: Option<Arc<Groups>>,
}

impl Sandbox {
    /// Tier `none`.
    pub fn none() -> Self {
        Self { walls: None }
    }

    /// A tier with walls. `gavel` is gavel's own file, which is started as the keeper of this sandbox's runs.
    ///
    /// # Errors
    ///
    /// If that can't be started.
    pub fn confined(
        tier: Tier,
        gavel: &Path,
        groups: Option<Arc<Groups>>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            walls: Some(Arc::new(Walls {
                tier,
                keeper: Keeper::start(gavel)?,
                groups,
            })),
        })
    }

    /// Its tier.
    pub fn tier(&self) -> Tier {
        self.walls.as_ref().map_or(Tier::None, |walls| walls.tier)
    }

    /// What a person must know who relies on it, one phrase each: what is weaker than it could be.
    pub fn weaknesses(&self) -> Vec<String> {
        let without_groups = ["memory: watched, not held (no control group that gavel may use)"];
        let groups = self.walls.as_ref().and_then(|walls| walls.groups.as_ref());
        let words: &[&str] = match (self.tier(), groups) {
            (Tier::Strict, Some(_)) => &[],
            (Tier::Strict, None) => &without_groups,
            (Tier::Landlock, Some(_)) => &[
                "processes: a run sees that others are there",
                "disk: watched, not held",
            ],
            (Tier::Landlock, None) => &[
                "processes: a run sees that others are there; their number is watched, not held",
                "disk: watched, not held",
                "memory: watched, not held (no control group that gavel may use)",
            ],
            (Tier::None, _) => &[
                "files: no wall",
                "network: no wall",
                "processes: watched, not held, and one can outlive its run",
                "disk: watched, not held",
                "memory: watched, not held",
            ],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Runs a program and waits for its end, or ends it when it goes over a limit.
    ///
    /// When the returned future is dropped, the program and all that it started are killed.
    ///
    /// # Errors
    ///
    /// If it could not be started or watched; never because of what it does.
    pub async fn run(&self, spec: Spec) -> Result<Ended, Error> {
        // Boxed: it would be most of what grading a submission holds.
        Box::pin(process::run(self, spec)).await
    }

    /// Starts a program and leaves it running, to be talked to. Its limits hold as those of a run do, over its whole life;
    /// the channel that it may be given is for [`Service::ask`].
    ///
    /// When the service is dropped, the program and all that it started are killed.
    ///
    /// # Errors
    ///
    /// If it could not be started. What goes wrong later [`Service::end`] tells.
    pub async fn serve(&self, spec: Spec) -> Result<Service, Error> {
        service::serve(self, spec).await
    }

    /// A port for a service to open: at tier `strict` always the same, since the network is its own; else one that was free a
    /// moment ago.
    ///
    /// # Errors
    ///
    /// If none is free.
    pub fn port(&self) -> std::io::Result<u16> {
        match self.tier() {
            Tier::Strict => Ok(8080),
            Tier::Landlock | Tier::None => {
                let free = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?;
                Ok(free.local_addr()?.port())
            }
        }
    }
}

/// What to run, and with what.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The program.
    pub program: Program,
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
    /// What it may see and do.
    pub view: View,
    /// What it may use.
    pub limits: Limits,
    /// Servers that run beside it, ready before it starts. Only tier `strict` has a network for them.
    pub companions: Vec<Companion>,
}

/// A server of ours beside a program: in the same network, and else in walls of its own, with a folder in memory that goes with
/// the run. What it uses isn't the program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Companion {
    /// What people call it.
    pub name: String,
    /// Its file.
    pub program: PathBuf,
    /// Its arguments, without its name.
    pub arguments: Vec<OsString>,
    /// Files and folders that it may read and execute.
    pub read: Vec<PathBuf>,
    /// A tar archive that is unpacked into its folder first.
    pub data: Option<PathBuf>,
    /// The port that it opens on the loopback interface.
    pub port: u16,
    /// It is ready when its answer to this ...
    pub greeting: Vec<u8>,
    /// ... begins with this byte.
    pub answer: u8,
    /// The variable by which the program finds it, and its value.
    pub announced_as: (OsString, OsString),
}

impl Companion {
    /// Its folder, the one place where it can write. Nothing on the host is at this path.
    pub const FOLDER: &str = "/companion";

    /// What a companion may use, beside its time, which is that of the run.
    pub fn limits() -> Limits {
        const HOUR: Duration = Duration::from_secs(60 * 60);
        Limits {
            wall: HOUR,
            idle: None,
            cpu: HOUR,
            memory: 1 << 30,
            processes: 128,
            disk: 512 << 20,
            files: 20_000,
            output: 256 << 20,
            file_size: 512 << 20,
            open_files: 1024,
            last_words: None,
        }
    }
}

/// A program to run.
#[derive(Clone, Debug)]
pub enum Program {
    /// A file.
    File(PathBuf),
    /// A copy that nobody can change.
    Image(Image),
}

impl std::fmt::Display for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Program::File(file) => write!(f, "{}", file.display()),
            Program::Image(_) => f.write_str("what was built"),
        }
    }
}

/// What a program may see and do, where there are walls. All paths are the host's, and the same inside.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct View {
    /// Files and folders that it may read and execute. What isn't there is left out.
    pub read: Vec<PathBuf>,
    /// Folders that it may write.
    pub write: Vec<PathBuf>,
    /// The folder for its temporary files: in tier `strict` a file system in memory, laid over it.
    pub scratch: PathBuf,
    /// What of the network it sees.
    pub network: Network,
    /// Who it is.
    pub role: Role,
}

/// Who a program is: what it may ask of the kernel, and whose rights it has when gavel runs as root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A stranger's program. When gavel runs as root, it doesn't.
    #[default]
    Guest,
    /// A stranger's program that may start others.
    Parent,
    /// A tool of ours at work on a stranger's files: it may start others, and keeps gavel's user.
    Tool,
    /// A server of ours that strangers' programs talk to. It may start others and share memory among them, and isn't root.
    Companion,
}

impl Role {
    /// Whether it may start processes.
    pub(crate) fn may_start_programs(self) -> bool {
        match self {
            Role::Guest => false,
            Role::Parent | Role::Tool | Role::Companion => true,
        }
    }
}

/// Descriptors 3 and 4 of the program.
#[derive(Clone, Debug)]
pub struct Channel {
    /// What it can read on descriptor 3, once. At most [`Channel::MAX_INPUT`] bytes.
    pub input: Vec<u8>,
    /// How many bytes it may write on descriptor 4, of a service in one answer; more end the run.
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
    /// Processor time.
    pub cpu: Duration,
    /// Memory of all its processes together, in bytes.
    pub memory: u64,
    /// How many processes and threads there may be at a time.
    pub processes: u64,
    /// What the files in its scratch folder may hold together, in bytes.
    pub disk: u64,
    /// How many files and folders there may be in its scratch folder.
    pub files: u64,
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
    /// Walls that this kernel doesn't have, one phrase each.
    pub lacking: Vec<String>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// A signal for a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGINT`, as Ctrl-C sends it.
    Interrupt,
    /// `SIGTERM`: the wish that it ends in good order.
    Terminate,
    /// `SIGKILL`, which it can do nothing about.
    Kill,
    /// `SIGQUIT`: a Go program says what its goroutines are doing, and ends.
    Quit,
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
    /// Processes and threads.
    Processes,
    /// Files, or what they hold.
    Disk,
    /// Too much on an output stream.
    Output,
    /// Too much on descriptor 4.
    Record,
}

/// What a run used.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
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
        /// The program.
        program: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The walls could not be built.
    #[error("can't confine {program}: {why}")]
    Confine {
        /// The program.
        program: String,
        /// What could not be done.
        why: String,
    },
    /// Its streams or its end could not be watched.
    #[error("can't watch {program} while it runs: {source}")]
    Watch {
        /// The program.
        program: String,
        /// What the system says.
        source: std::io::Error,
    },
}
