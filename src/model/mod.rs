//! The words of the house as owned, serialisable data: what every other room passes around.
//!
//! Nothing here does input or output, and nothing here decides anything: a value of these types is a fact that a
//! higher floor established.

mod check;
mod compare;
mod event;
mod exercise;
mod report;
mod style;
mod transcript;

pub use check::{
    ANALYSERS, BenchCheck, Budget, CONCURRENCY_ANALYSERS, Check, CheckKind, Cost, ExpectedOutput,
    GoTestCheck, Grown, Growth, HttpCheck, Leaks, LeaksOfService, Mutant, MutantsCheck, Operator,
    OutputCheck, PredictCheck, ProgramStart, Ratio, VetCheck,
};
pub use compare::{Compare, Tolerance};
pub use event::Event;
pub use exercise::{
    Database, Difficulty, Exercise, ExerciseId, FileSet, Flawed, Kind, Limits, Network, Policy,
    ProjectFile, Requirement, Submission, Version,
};
pub use report::{
    CheckReport, Comparison, Excerpt, ExerciseStamp, Finding, FindingKind, Message, Outcome, Place,
    Points, Refusal, Related, Report, RunReport, SandboxReport, Score, SubmissionReport, Verdict,
};
pub use style::{Layer, Style, StyleMeasures, StyleRule};
pub use transcript::{
    Act, Answer, AnyOf, Body, ExpectedBody, ListRule, Matcher, Often, Pattern, Piece, Raw,
    RawAnswer, Request, Shape, Signal, Statuses, Step, Template, Transcript,
};
