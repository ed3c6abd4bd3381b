//! Checks: the graded units of an exercise, and what each type of them needs.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::compare::Compare;
use super::exercise::FileSet;
use super::style::Style;
use super::transcript::Transcript;

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
    /// `predict`
    Predict(PredictCheck),
    /// `http`
    Http(HttpCheck),
    /// `vet`
    Vet(VetCheck),
    /// `mutants`
    Mutants(MutantsCheck),
    /// `style`
    Style(Style),
    /// `bench`
    Bench(BenchCheck),
}

impl CheckKind {
    /// The name of the type as the manifest and the reports spell it.
    pub fn name(&self) -> &'static str {
        match self {
            CheckKind::GoTest(_) => "go-test",
            CheckKind::Output(_) => "output",
            CheckKind::Predict(_) => "predict",
            CheckKind::Http(_) => "http",
            CheckKind::Vet(_) => "vet",
            CheckKind::Mutants(_) => "mutants",
            CheckKind::Style(_) => "style",
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
    /// What it is started with.
    pub start: ProgramStart,
    /// What it must do.
    pub expected: ExpectedOutput,
}

/// What a program is started with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramStart {
    /// Its arguments.
    pub args: Vec<String>,
    /// What its environment has beside what every run has.
    pub env: Vec<(String, String)>,
    /// What it reads on its standard input.
    pub stdin: Vec<u8>,
    /// What lies in its working directory, beside the package's `testdata`.
    pub files: FileSet,
}

/// What an `output` check expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedOutput {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, where it matters.
    pub stderr: Option<Vec<u8>>,
    /// How both are compared.
    pub compare: Compare,
    /// The exit code.
    pub exit: i32,
}

/// What the candidate says a program prints that is none of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictCheck {
    /// The main package, relative to the module.
    pub package: String,
    /// What it is started with.
    pub start: ProgramStart,
    /// The exit code that it has.
    pub exit: i32,
    /// The file of the submission that holds the answer.
    pub answer: String,
    /// How the answer is compared with what the program prints.
    pub compare: Compare,
    /// Why it prints that: shown once an answer was graded.
    pub explanation: Option<String>,
}

/// A conversation with a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCheck {
    /// The main package, relative to the module.
    pub package: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Variables of its environment beside those that all services get.
    pub env: Vec<(String, String)>,
    /// How long it may take until it accepts connections.
    pub start: Duration,
    /// Which goroutines it must not leave behind.
    pub leaks: LeaksOfService,
    /// What is asked of it.
    pub transcript: Transcript,
}

/// Which goroutines a service must not leave behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaksOfService {
    /// Those that are proven to wait for ever.
    #[default]
    Proven,
    /// It isn't asked.
    None,
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

/// Broken implementations, each of which the candidate's own tests must notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantsCheck {
    /// The package under test, relative to the module.
    pub package: String,
    /// How often the tests must pass on the correct implementation.
    pub runs: u32,
    /// The author's first, then those that are derived from the implementation.
    pub mutants: Vec<Mutant>,
}

/// A broken implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// `Limiter.Allow/negate-2` for one that is derived; without a slash for one that an author has written.
    pub name: String,
    /// The files that differ from the correct implementation, by their path within the module. They differ within
    /// functions only.
    pub files: FileSet,
}

/// What is done to an implementation to derive a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operator {
    /// A condition says the opposite.
    Negate,
    /// A comparison takes the boundary in, or leaves it out.
    Boundary,
    /// Plus becomes minus, times becomes divided by, and the other way round.
    Arithmetic,
    /// "And" becomes "or", and the other way round.
    Boolean,
    /// A statement isn't executed; a guard turns nobody away.
    Remove,
    /// A function gives back zero values.
    ZeroReturn,
    /// `break` becomes `continue`, and the other way round.
    Loop,
    /// A whole number is one greater.
    Constant,
    /// A function doesn't take its lock.
    Lock,
    /// A context isn't cancelled.
    Cancel,
    /// A channel isn't closed.
    Close,
    /// A function doesn't wait.
    Wait,
}

impl Operator {
    /// All operators.
    pub const ALL: [Operator; 12] = [
        Operator::Negate,
        Operator::Boundary,
        Operator::Arithmetic,
        Operator::Boolean,
        Operator::Remove,
        Operator::ZeroReturn,
        Operator::Loop,
        Operator::Constant,
        Operator::Lock,
        Operator::Cancel,
        Operator::Close,
        Operator::Wait,
    ];

    /// Its name in manifests and in the names of mutants.
    pub fn name(self) -> &'static str {
        match self {
            Operator::Negate => "negate",
            Operator::Boundary => "boundary",
            Operator::Arithmetic => "arithmetic",
            Operator::Boolean => "boolean",
            Operator::Remove => "remove",
            Operator::ZeroReturn => "zero-return",
            Operator::Loop => "loop",
            Operator::Constant => "constant",
            Operator::Lock => "lock",
            Operator::Cancel => "cancel",
            Operator::Close => "close",
            Operator::Wait => "wait",
        }
    }
}
