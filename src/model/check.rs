//! Checks: the graded units of an exercise, and what each type of them needs.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// A graded unit with points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name within the exercise.
    pub id: String,
    /// The promise that it grades, in one sentence.
    pub about: String,
    /// What it is worth.
    pub points: u32,
    /// Whether the candidate can see what it checks.
    pub visible: bool,
    /// Ids of checks that must have passed before it is run.
    pub requires: Vec<String>,
    /// Whether a candidate is told why it failed though it is hidden.
    pub reveal: bool,
    /// Its type with what that type needs.
    pub kind: CheckKind,
}

/// Which goroutines a test must not leave behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaks {
    /// Those that are proven to wait for ever.
    #[default]
    Proven,
    /// All that the candidate's code has started or that run it, whatever they do.
    Strict,
}

/// The types of check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// `go-test`
    GoTest(GoTestCheck),
    /// `output`
    Output(OutputCheck),
    /// `vet`
    Vet(VetCheck),
    /// `bench`
    Bench(BenchCheck),
}

impl CheckKind {
    /// The name of the type as the manifest and the reports spell it.
    pub fn name(&self) -> &'static str {
        match self {
            CheckKind::GoTest(_) => "go-test",
            CheckKind::Output(_) => "output",
            CheckKind::Vet(_) => "vet",
            CheckKind::Bench(_) => "bench",
        }
    }
}

/// Top-level Go tests, all of which must pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoTestCheck {
    /// The package that holds them, relative to the module: `.` or `./internal/service`.
    pub package: String,
    /// Their names.
    pub tests: Vec<String>,
    /// How many fresh processes each test runs in.
    pub stress: u32,
    /// Which goroutines must not be left behind.
    pub leaks: Leaks,
}

/// A program's output on one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputCheck {
    /// The main package, relative to the module.
    pub package: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// What it reads on its standard input.
    pub stdin: Vec<u8>,
    /// What it must do.
    pub expected: ExpectedOutput,
}

/// What an `output` check expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedOutput {
    /// Standard output, to the byte.
    pub stdout: Vec<u8>,
    /// The exit code.
    pub exit: i32,
}

/// What `go vet` says about the candidate's files of a package: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VetCheck {
    /// The package, relative to the module.
    pub package: String,
    /// The analysers that are asked, some of [`ANALYSERS`].
    pub analysers: Vec<String>,
}

/// A benchmark, in which the candidate's code may cost so many times what the reference costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchCheck {
    /// The package that holds it, relative to the module.
    pub package: String,
    /// The benchmark; for growth, each size stands behind its name.
    pub benchmark: String,
    /// What one operation may cost, as a multiple of what it costs the reference.
    pub budgets: Vec<Budget>,
    /// How cost may grow with the size of the input.
    pub growth: Option<Growth>,
    /// How long measuring may go on until it is given up as undecided.
    pub limit: Duration,
}

impl BenchCheck {
    /// The benchmark on input of this size.
    pub fn benchmark_of_size(&self, size: u32) -> String {
        format!("{}{size}", self.benchmark)
    }
}

/// The most that something may cost, as a multiple of what it costs the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    /// What it is about.
    pub cost: Cost,
    /// The multiple.
    pub most: Ratio,
}

/// What an operation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cost {
    /// Processor time, and time on the clock where it waits.
    Time,
    /// Bytes allocated.
    Bytes,
    /// Allocations.
    Allocs,
    /// The largest resident memory of the process.
    PeakMemory,
}

impl Cost {
    /// All costs.
    pub const ALL: [Cost; 4] = [Cost::Time, Cost::Bytes, Cost::Allocs, Cost::PeakMemory];

    /// Its key in the manifest.
    pub fn key(self) -> &'static str {
        match self {
            Cost::Time => "time",
            Cost::Bytes => "bytes",
            Cost::Allocs => "allocs",
            Cost::PeakMemory => "peak_memory",
        }
    }
}

/// How cost may grow with the size n of the input: at most like n to a power.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Growth {
    /// Sizes of the input, rising; at least four.
    pub sizes: Vec<u32>,
    /// What grows.
    pub of: Grown,
    /// The largest power.
    pub most: Ratio,
}

/// What may grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grown {
    /// Processor time.
    #[default]
    Time,
    /// Allocations.
    Allocs,
}

/// A number with up to three decimals, which can be compared and is written the same way on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Ratio {
    thousandths: u32,
}

impl Ratio {
    /// From thousandths.
    pub const fn of_thousandths(thousandths: u32) -> Self {
        Self { thousandths }
    }

    /// The ratio that is nearest to a number, where there is one.
    pub fn nearest(number: f64) -> Option<Self> {
        let thousandths = (number * 1000.0).round();
        if !(0.0..=f64::from(u32::MAX)).contains(&thousandths) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was just seen to fit"
        )]
        let thousandths = thousandths as u32;
        Some(Self { thousandths })
    }

    /// As a number.
    pub fn value(self) -> f64 {
        f64::from(self.thousandths) / 1000.0
    }
}

impl fmt::Display for Ratio {
    /// `1.5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

/// Analysers of `go vet` that are right nearly always.
pub const ANALYSERS: [&str; 21] = [
    "appends",
    "atomic",
    "bools",
    "copylocks",
    "defers",
    "directive",
    "errorsas",
    "httpresponse",
    "ifaceassert",
    "loopclosure",
    "lostcancel",
    "nilfunc",
    "printf",
    "stringintconv",
    "testinggoroutine",
    "tests",
    "timeformat",
    "unmarshal",
    "unreachable",
    "unusedresult",
    "waitgroup",
];

/// Those of them that are about goroutines.
pub const CONCURRENCY_ANALYSERS: [&str; 4] =
    ["copylocks", "lostcancel", "testinggoroutine", "waitgroup"];
