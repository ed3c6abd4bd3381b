//! What grading says: outcomes, verdicts, findings, and the report that holds them.
//!
//! The serialised form of [`Report`] is the JSON report; `docs/report.schema.json` describes it.

use std::fmt;

use serde::Serialize;

use super::compare::Compare;
use super::exercise::{ExerciseId, Version};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything it asks for was shown.
    Passed,
    /// The candidate's doing.
    Failed,
    /// Ours or the machine's doing; its points are undecided.
    Errored,
    /// Something that it requires was not there.
    Skipped,
    /// Never started.
    NotRun,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: [Outcome; 5] = [
        Outcome::Passed,
        Outcome::Failed,
        Outcome::Errored,
        Outcome::Skipped,
        Outcome::NotRun,
    ];

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Errored => "errored",
            Outcome::Skipped => "skipped",
            Outcome::NotRun => "not_run",
        }
    }
}

/// What a submission amounts to: the worst that applies. The order of the variants is the order of badness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every check passed.
    Accepted,
    /// A wrong result.
    WrongAnswer,
    /// It wrote more than it may.
    OutputLimit,
    /// It took longer than it may.
    TimeLimit,
    /// It used more memory than it may.
    MemoryLimit,
    /// A panic, a fatal error of the runtime, or an exit that nobody asked for.
    RuntimeError,
    /// Goroutines that wait for ever were left behind.
    GoroutineLeak,
    /// Nothing could go on.
    Deadlock,
    /// Conflicting accesses without synchronisation.
    DataRace,
    /// It does not build.
    CompileError,
    /// The source does what the policy denies.
    Disallowed,
    /// The record of a run was interfered with.
    Tampered,
    /// gavel or the machine failed; says nothing about the submission.
    GraderError,
}

impl Verdict {
    /// All verdicts, from best to worst.
    pub const ALL: [Verdict; 13] = [
        Verdict::Accepted,
        Verdict::WrongAnswer,
        Verdict::OutputLimit,
        Verdict::TimeLimit,
        Verdict::MemoryLimit,
        Verdict::RuntimeError,
        Verdict::GoroutineLeak,
        Verdict::Deadlock,
        Verdict::DataRace,
        Verdict::CompileError,
        Verdict::Disallowed,
        Verdict::Tampered,
        Verdict::GraderError,
    ];

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::WrongAnswer => "wrong_answer",
            Verdict::OutputLimit => "output_limit",
            Verdict::TimeLimit => "time_limit",
            Verdict::MemoryLimit => "memory_limit",
            Verdict::RuntimeError => "runtime_error",
            Verdict::GoroutineLeak => "goroutine_leak",
            Verdict::Deadlock => "deadlock",
            Verdict::DataRace => "data_race",
            Verdict::CompileError => "compile_error",
            Verdict::Disallowed => "disallowed",
            Verdict::Tampered => "tampered",
            Verdict::GraderError => "grader_error",
        }
    }
}

/// Points of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Points {
    /// What the submission got.
    pub earned: u32,
    /// What could be had.
    pub max: u32,
}

/// Points of one submission. What is neither earned nor undecided is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// What the submission got.
    pub earned: u32,
    /// What could be had.
    pub max: u32,
    /// Points of checks that could not be decided, which is never the candidate's fault.
    pub undecided: u32,
}

/// A place in a file of the submission.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The path as the candidate knows it.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in bytes; absent where only the line is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

impl fmt::Display for Place {
    /// `pool.go:12:5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        match self.column {
            Some(column) => write!(f, ":{column}"),
            None => Ok(()),
        }
    }
}

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// An error of the compiler or the go command.
    Compile,
    /// A breach of the policy over the source.
    Policy,
    /// A report of `go vet`: advice, costs nothing but where a check asks for it.
    Vet,
    /// A file that gofmt would write differently: advice, costs nothing.
    Format,
    /// A breach of a rule of style: advice, costs nothing but where a check asks for it.
    Style,
    /// A data race.
    Race,
    /// A goroutine that waits for ever.
    Leak,
    /// A panic or a fatal error of the runtime.
    Panic,
    /// Nothing could go on, or time was up: what the goroutines were doing.
    Hang,
    /// Interference with the record of a run.
    Tamper,
}

impl FindingKind {
    /// All kinds of finding.
    pub const ALL: [FindingKind; 10] = [
        FindingKind::Compile,
        FindingKind::Policy,
        FindingKind::Vet,
        FindingKind::Format,
        FindingKind::Style,
        FindingKind::Race,
        FindingKind::Leak,
        FindingKind::Panic,
        FindingKind::Hang,
        FindingKind::Tamper,
    ];

    /// Its name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::Compile => "compile",
            FindingKind::Policy => "policy",
            FindingKind::Vet => "vet",
            FindingKind::Format => "format",
            FindingKind::Style => "style",
            FindingKind::Race => "race",
            FindingKind::Leak => "leak",
            FindingKind::Panic => "panic",
            FindingKind::Hang => "hang",
            FindingKind::Tamper => "tamper",
        }
    }

    /// Whether it is advice, which costs nothing unless a check counts it.
    pub fn is_advice(self) -> bool {
        match self {
            FindingKind::Vet | FindingKind::Format | FindingKind::Style => true,
            FindingKind::Compile
            | FindingKind::Policy
            | FindingKind::Race
            | FindingKind::Leak
            | FindingKind::Panic
            | FindingKind::Hang
            | FindingKind::Tamper => false,
        }
    }
}

/// A fact about the submission, with its place in the source where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// One sentence.
    pub message: String,
    /// Where in the candidate's files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What happens at `place`, in a few words: `written here`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The source line of `place`, and what stands around it, for a code frame. Only ever of a file that was handed in:
    /// a report for candidates goes by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
    /// Other places that belong to it, in the order in which they are to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
    /// The evidence in full (a stack, a dump), where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The name under which `gavel explain` tells more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl Finding {
    /// A finding of which nothing but this is known.
    pub fn new(kind: FindingKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            place: None,
            label: None,
            excerpt: None,
            related: Vec::new(),
            detail: None,
            help: None,
            explanation: None,
        }
    }
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Related {
    /// What happens there, in a few words: `this goroutine was started here`.
    pub label: String,
    /// Where in the candidate's files.
    pub place: Place,
    /// What stands there, as in [`Finding::excerpt`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<Excerpt>,
}

/// Consecutive lines of a candidate's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The number of the first line, from 1.
    pub first_line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
}

/// Two texts of which one was expected, in the form in which they were compared and as far as that shows how they differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// How they were compared. In `unordered` ones `want` has the lines that are missing and `got` those that are too much.
    #[serde(serialize_with = "Compare::serialize_name")]
    pub compare: Compare,
    /// The number of the first line of both: lines before it are left out where they are equal.
    pub first_line: usize,
    /// What was expected.
    pub want: String,
    /// What came.
    pub got: String,
    /// How many more lines of what was expected are left out at the end.
    pub more_want: usize,
    /// How many more lines of what came are left out at the end.
    pub more_got: usize,
}

impl Comparison {
    /// Two whole texts, of which every byte counts.
    pub fn of_texts(want: String, got: String) -> Self {
        Self {
            compare: Compare::Exact,
            first_line: 1,
            want,
            got,
            more_want: 0,
            more_got: 0,
        }
    }
}

/// One execution of a program in the service of a check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// The Go test, or the program with its arguments.
    pub name: String,
    /// Passed, failed or errored.
    pub outcome: Outcome,
    /// What a failed run counts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Verdict>,
    /// Processors that the Go scheduler was told of (GOMAXPROCS); absent where the run could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processors: Option<u32>,
    /// Whether goroutines were held up at random, so that what rarely happens happens.
    pub perturbed: bool,
    /// Wall-clock seconds.
    pub seconds: f64,
    /// Processor seconds.
    pub cpu_seconds: f64,
    /// The largest resident memory, in bytes.
    pub max_memory: u64,
    /// How the process ended: `exit 0`, `signal 9`.
    pub ended: String,
    /// What failed tests and subtests said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Message>,
    /// Expected against got, for checks that compare texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// The end of what it wrote to its standard streams, where that helps to understand a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// What a test said when it failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Message {
    /// The test or subtest, `TestX/case`.
    pub test: String,
    /// Where in the test's source, `file_test.go:12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// Its words.
    pub text: String,
}

/// The report on one check.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// Its name within the exercise.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// The promise that it grades.
    pub about: String,
    /// Whether the candidate can see what it checks.
    pub visible: bool,
    /// Whether a candidate is told why it failed though it is hidden.
    pub revealed: bool,
    /// How it ended.
    pub outcome: Outcome,
    /// What it earned.
    pub points: Points,
    /// Why it ended so, in one sentence; empty when it passed and there is nothing to tell.
    pub rationale: String,
    /// Facts about the submission that came up.
    pub findings: Vec<Finding>,
    /// The runs it is made of.
    pub runs: Vec<RunReport>,
    /// What there is to know about it once it was graded, passed or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

/// Which exercise in which version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExerciseStamp {
    /// Its name.
    pub id: ExerciseId,
    /// Its version.
    pub version: Version,
}

/// The report on one submission.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubmissionReport {
    /// What it is called: a path relative to what was asked to be graded.
    pub name: String,
    /// What it was graded as.
    pub exercise: ExerciseStamp,
    /// SHA-256 of its files, lower-case hexadecimal.
    pub digest: String,
    /// The worst that applies.
    pub verdict: Verdict,
    /// What it earned.
    pub score: Score,
    /// Paths of files that were handed in and do not count.
    pub ignored_files: Vec<String>,
    /// Facts about the submission as a whole: compile errors, breaches of policy, advice.
    pub findings: Vec<Finding>,
    /// Check by check, in the manifest's order.
    pub checks: Vec<CheckReport>,
}

impl SubmissionReport {
    /// Whether its verdict, or the points of a check, could not be decided.
    pub fn is_undecided(&self) -> bool {
        self.verdict == Verdict::GraderError
            || self
                .checks
                .iter()
                .any(|check| check.outcome == Outcome::Errored)
    }
}

/// A submission that could not be read, and so was not graded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What it is called.
    pub name: String,
    /// What is wrong with it.
    pub error: String,
}

/// How runs were confined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SandboxReport {
    /// `strict`, `landlock` or `none`; empty when nothing was run.
    pub tier: String,
    /// Each limit or promise that is weaker than asked for.
    pub weaker: Vec<String>,
}

/// The report on everything that was asked to be graded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// `gavel.report/1`.
    pub schema: String,
    /// gavel's version.
    pub gavel: String,
    /// The Go version, `go1.26.8 linux/amd64`; empty when no toolchain could be asked.
    pub go: String,
    /// How runs were confined.
    pub sandbox: SandboxReport,
    /// One for each submission, in the order of their names.
    pub submissions: Vec<SubmissionReport>,
    /// Submissions that could not be read.
    pub refused: Vec<Refusal>,
}
