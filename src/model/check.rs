//! Checks: the graded units of an exercise, and what each type of them needs.

use serde::Serialize;

use super::compare::Compare;
use super::exercise::FileSet;

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
    /// `vet`
    Vet(VetCheck),
}

impl CheckKind {
    /// The name of the type as the manifest and the reports spell it.
    pub fn name(&self) -> &'static str {
        match self {
            CheckKind::GoTest(_) => "go-test",
            CheckKind::Output(_) => "output",
            CheckKind::Predict(_) => "predict",
            CheckKind::Vet(_) => "vet",
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

/// What `go vet` says about the candidate's files of a package: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VetCheck {
    /// The package, relative to the module.
    pub package: String,
    /// The analysers that are asked, some of [`ANALYSERS`].
    pub analysers: Vec<String>,
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
