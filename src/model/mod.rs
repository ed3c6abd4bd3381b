//! The words of the house as owned, serialisable data: what every other room passes around.
//!
//! Nothing here does input or output, and nothing here decides anything: a value of these types is a fact that a
//! higher floor established.

mod check;
mod event;
mod exercise;
mod report;

pub use check::{
    ANALYSERS, BenchCheck, Budget, CONCURRENCY_ANALYSERS, Check, CheckKind, Cost, ExpectedOutput,
    GoTestCheck, Grown, Growth, Leaks, OutputCheck, Ratio, VetCheck,
};
pub use event::Event;
pub use exercise::{
    Difficulty, Exercise, ExerciseId, FileSet, Flawed, Kind, Limits, Network, Policy, ProjectFile,
    Submission, Version,
};
pub use report::{
    CheckReport, Comparison, Excerpt, ExerciseStamp, Finding, FindingKind, Message, Outcome, Place,
    Points, Refusal, Related, Report, RunReport, SandboxReport, Score, SubmissionReport, Verdict,
};
