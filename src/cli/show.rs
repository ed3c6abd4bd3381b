//! `gavel show`

use std::fmt::Write;

use serde::Serialize;

use super::arguments::{self, ListFormat};
use super::failure::{Ending, Failure};
use super::list::difficulty;
use super::{open_catalog, print_data};
use crate::model::{Exercise, ExerciseId, Kind, Version};

/// Shows an exercise: its statement and what is graded. Hints and solutions stay where they are.
///
/// # Errors
///
/// If there is no such exercise, or it can't be read.
pub fn run(arguments: &arguments::Show) -> Result<Ending, Failure> {
    let catalog = open_catalog(&arguments.catalog)?;
    let input = |error: crate::catalog::CatalogError| Failure::Input(error.to_string());
    let id = catalog.find(&arguments.exercise).map_err(input)?;
    let exercise = catalog.load(&id).map_err(input)?;
    print_data(&match arguments.format {
        ListFormat::Text => text(&exercise),
        ListFormat::Json => json(&exercise)?,
    })?;
    Ok(Ending::Good)
}

#[derive(Serialize)]
struct Shown<'a> {
    id: &'a ExerciseId,
    version: &'a Version,
    title: &'a str,
    summary: &'a str,
    kind: Kind,
    difficulty: &'static str,
    minutes: u32,
    topics: &'a [String],
    trains: &'a [String],
    points: u32,
    checks: Vec<ShownCheck<'a>>,
    starter: Vec<&'a str>,
    statement: &'a str,
}

#[derive(Serialize)]
struct ShownCheck<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    about: &'a str,
    visible: bool,
    points: u32,
}

fn json(exercise: &Exercise) -> Result<String, Failure> {
    let shown = Shown {
        id: &exercise.id,
        version: &exercise.version,
        title: &exercise.title,
        summary: &exercise.summary,
        kind: exercise.kind,
        difficulty: difficulty(exercise.difficulty),
        minutes: exercise.minutes,
        topics: &exercise.topics,
        trains: &exercise.trains,
        points: exercise.checks.iter().map(|check| check.points).sum(),
        checks: exercise
            .checks
            .iter()
            .map(|check| ShownCheck {
                id: &check.id,
                kind: check.kind.name(),
                about: &check.about,
                visible: check.visible,
                points: check.points,
            })
            .collect(),
        starter: exercise.starter.keys().map(String::as_str).collect(),
        statement: &exercise.statement,
    };
    serde_json::to_string_pretty(&shown)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Machine(format!("can't write the exercise: {error}")))
}

fn text(exercise: &Exercise) -> String {
    let dim = anstyle::Style::new().dimmed();
    let bold = anstyle::Style::new().bold();
    let points: u32 = exercise.checks.iter().map(|check| check.points).sum();
    let mut text = format!(
        "{dim}{}@{}, {}, {} minutes, {points} points{dim:#}\n\n{}\n",
        exercise.id,
        exercise.version.short(),
        difficulty(exercise.difficulty),
        exercise.minutes,
        exercise.statement.trim_end()
    );
    let _ = writeln!(text, "\n{bold}What is graded{bold:#}\n");
    let widest = exercise
        .checks
        .iter()
        .map(|check| check.id.len())
        .max()
        .unwrap_or(0);
    for check in &exercise.checks {
        let seen = if check.visible { "visible" } else { "hidden" };
        let _ = writeln!(
            text,
            "  {:<widest$}  {:>3}  {seen:<7}  {}",
            check.id, check.points, check.about
        );
    }
    text
}
