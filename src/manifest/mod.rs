//! Reads what people write down for gavel: an exercise's `exercise.toml`, the grader's `gavel.toml` and the marker
//! `gavel-task.toml`.
//!
//! Text goes in, validated values come out, or all problems at once, each with its file, line and key. Nothing here
//! touches a disk: which files an exercise really has is the catalog's business.

mod check;
mod counted;
mod exercise;
mod keys;
mod names;
mod problem;
mod quantities;
mod settings;

pub use check::{BenchEntry, CheckEntry, CheckEntryKind, GoTestEntry, OutputEntry, VetEntry};
pub use counted::CountedFiles;
pub use exercise::{FlawedEntry, Manifest, read_manifest};
pub use names::{UnknownExercise, is_kebab_case, resolve_exercise};
pub use problem::{Located, Problem, nearest};
pub use settings::{GraderSettings, TaskMarker, read_grader_settings, read_task_marker};
