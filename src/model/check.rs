//! Checks: the graded units of an exercise, and what each type of them needs.

use serde::Serialize;

use super::style::Style;

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
    /// `style`
    Style(Style),
}

impl CheckKind {
    /// The name of the type as the manifest and the reports spell it.
    pub fn name(&self) -> &'static str {
        match self {
            CheckKind::GoTest(_) => "go-test",
            CheckKind::Output(_) => "output",
            CheckKind::Vet(_) => "vet",
            CheckKind::Style(_) => "style",
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
