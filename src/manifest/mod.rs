//! Reads what people write down for gavel: an exercise's `exercise.toml`, the grader's `gavel.toml`, the marker
//! `gavel-task.toml`, and a catalog's `curriculum.toml`.
//!
//! Text goes in, validated values come out, or all problems at once, each with its file, line and key. Nothing here
//! touches a disk: which files an exercise really has is the catalog's business.

mod check;
mod counted;
mod curriculum;
mod exercise;
mod keys;
mod names;
mod problem;
mod quantities;
mod settings;
mod style;
mod transcript;

pub use check::{
    BenchEntry, CheckEntry, CheckEntryKind, GoTestEntry, HttpEntry, MutantsEntry, OutputEntry,
    PredictEntry, StartEntry, StyleEntry, VetEntry,
};
pub use counted::CountedFiles;
pub use curriculum::{Curriculum, QuestionGroup};
pub use exercise::{FlawedEntry, Manifest, read_manifest};
pub use names::{UnknownExercise, is_kebab_case, resolve_exercise};
pub use problem::{Located, Problem, nearest};
pub use settings::{GraderSettings, TaskMarker, read_grader_settings, read_task_marker};
pub use style::MeasuresEntry;
pub use transcript::read_transcript;
