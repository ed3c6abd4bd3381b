//! The words of the house as owned, serialisable data: what every other room passes around.
//!
//! Nothing here does input or output, and nothing here decides anything: a value of these types is a fact that a
//! higher floor established.

mod check;
mod event;
mod exercise;
mod report;
mod style;

pub use check::{
    ANALYSERS, CONCURRENCY_ANALYSERS, Check, CheckKind, ExpectedOutput, GoTestCheck, Leaks,
    OutputCheck, VetCheck,
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
pub use style::{Layer, Style, StyleMeasures, StyleRule};
