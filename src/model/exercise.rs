//! What an exercise is, once its manifest has been read and found good.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

use super::check::Check;
use super::style::Style;

/// Files by their path relative to some root, `/`-separated, in a fixed order.
pub type FileSet = BTreeMap<String, ProjectFile>;

/// The content of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectFile {
    /// The bytes as they were read.
    pub bytes: Vec<u8>,
}

impl ProjectFile {
    /// A file with these bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
        }
    }
}

/// `area/slug`, the name of an exercise within its catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExerciseId {
    /// The folder that groups it, such as `concurrency`.
    pub area: String,
    /// Its own folder, such as `worker-pool`.
    pub slug: String,
}

impl fmt::Display for ExerciseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.area, self.slug)
    }
}

impl Serialize for ExerciseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The digest (SHA-256, lower-case hexadecimal) of everything about an exercise that decides a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Version(pub String);

impl Version {
    /// The first seven digits, as people see it.
    pub fn short(&self) -> &str {
        &self.0[..self.0.len().min(7)]
    }
}

/// What the candidate is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Fill in a stub.
    Implement,
    /// Find and mend a planted defect.
    Fix,
    /// Say what a program prints.
    Predict,
    /// Write the tests.
    Test,
    /// Make it faster or leaner.
    Optimise,
    /// Write a program that is graded from outside.
    Service,
}

/// How hard an exercise is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Difficulty {
    Easy,
    Medium,
    Hard,
}

/// What of the network a run may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// Nothing at all.
    #[default]
    None,
    /// Its own loopback interface.
    Loopback,
}

/// A real server that an exercise's code talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Database {
    /// Postgres.
    Postgres,
    /// Redis.
    Redis,
}

impl Database {
    /// All of them.
    pub const ALL: [Database; 2] = [Database::Postgres, Database::Redis];

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Database::Postgres => "PostgreSQL",
            Database::Redis => "Redis",
        }
    }
}

/// One exercise, complete: its manifest and its files.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Its name in the catalog.
    pub id: ExerciseId,
    /// The digest of what decides a verdict.
    pub version: Version,
    /// A heading of a few words.
    pub title: String,
    /// One sentence on what is built.
    pub summary: String,
    /// What the candidate is asked to do.
    pub kind: Kind,
    /// How hard it is meant to be.
    pub difficulty: Difficulty,
    /// How long it is meant to take, in minutes.
    pub minutes: u32,
    /// Free key words.
    pub topics: Vec<String>,
    /// Curriculum ids.
    pub trains: Vec<String>,
    /// From a nudge to almost the answer.
    pub hints: Vec<String>,
    /// What counts as the candidate's.
    pub submission: Submission,
    /// What the source may not do.
    pub policy: Policy,
    /// What a run may use.
    pub limits: Limits,
    /// The servers that run beside its code.
    pub databases: Vec<Database>,
    /// Whether hidden tests may live in the candidate's own package.
    pub in_package_tests: bool,
    /// Rules of style that are advice.
    pub style: Style,
    /// The graded units.
    pub checks: Vec<Check>,
    /// Solutions with a known fault.
    pub flawed: Vec<Flawed>,
    /// The module path that `starter/go.mod` declares.
    pub module: String,
    /// The version of Go that it asks for, such as `1.26`.
    pub go: String,
    /// The modules of others that it requires.
    pub requires: Vec<Requirement>,
    /// The statement, `README.md`.
    pub statement: String,
    /// What the candidate receives.
    pub starter: FileSet,
    /// What is laid over the submission when grading.
    pub hidden: FileSet,
    /// The model solution.
    pub reference: FileSet,
    /// Other correct solutions, by name.
    pub alternatives: BTreeMap<String, FileSet>,
    /// The files in which each flawed solution differs from the reference, by name.
    pub flawed_files: BTreeMap<String, FileSet>,
    /// Golden files.
    pub expected: FileSet,
}

/// A module of others that an exercise requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// Whether the exercise itself imports it, not only what it imports.
    pub is_direct: bool,
}

/// What counts as the candidate's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Submission {
    /// Glob patterns over `/`-separated paths relative to the submission's root.
    pub files: Vec<String>,
}

/// What the exercise adds to, and lifts from, the policy that holds for every submission.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Import paths that are denied beside the default ones.
    pub deny_imports: Vec<String>,
    /// Default denials that are lifted: an import path, or an import path and a symbol (`runtime/debug.Stack`).
    pub allow: Vec<String>,
}

/// What one run may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Time on the wall.
    pub wall: Duration,
    /// Time without any use of the processor, after which a run counts as deadlocked.
    pub idle: Duration,
    /// Processor time; absent: as much as sixteen processors have in `wall`.
    pub cpu: Option<Duration>,
    /// Memory, in bytes.
    pub memory: u64,
    /// How many processes and threads there may be at a time.
    pub processes: u64,
    /// How many descriptors a process may have open.
    pub open_files: u64,
    /// The largest file that it may write, in bytes.
    pub file_size: u64,
    /// What its temporary files may hold together, in bytes.
    pub disk: u64,
    /// How many temporary files and folders there may be.
    pub files: u64,
    /// What is kept of each output stream, in bytes; a run that writes more is ended.
    pub output: u64,
    /// What of the network it may see.
    pub network: Network,
}

impl Limits {
    /// Processor time, whether named or not: a test may keep several processors busy for all its time.
    pub fn cpu(&self) -> Duration {
        self.cpu.unwrap_or(self.wall * 16)
    }
}

impl Default for Limits {
    /// The defaults of `[limits]`, documented in `docs/exercise-format.md`.
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            idle: Duration::from_secs(2),
            cpu: None,
            memory: 512 << 20,
            processes: 256,
            open_files: 1024,
            file_size: 64 << 20,
            disk: 64 << 20,
            files: 10_000,
            output: 1 << 20,
            network: Network::None,
        }
    }
}

/// A solution with a known fault and the check that must catch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flawed {
    /// Its folder under `flawed/`.
    pub name: String,
    /// The id of the check that is about its flaw.
    pub caught_by: String,
    /// Lines of its source, without indentation, of which a finding of that check must name one; none where it is caught by a
    /// wrong result.
    pub at: Vec<String>,
}
