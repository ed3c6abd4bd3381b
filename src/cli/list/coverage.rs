//! `gavel list --coverage`: the questions of the curriculum, each with the exercises that train it.

use std::fmt::Write;

use serde::Serialize;

use crate::manifest::{Curriculum, Manifest};
use crate::model::ExerciseId;
use crate::text::{plural, wrap};

/// A question in the JSON listing.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    id: &'a str,
    group: &'a str,
    question: &'a str,
    exercises: Vec<String>,
}

pub(super) fn entries<'a>(
    curriculum: &'a Curriculum,
    exercises: &[(&ExerciseId, &Manifest)],
) -> Vec<Entry<'a>> {
    let groups = curriculum.groups.iter();
    groups
        .flat_map(|group| {
            let questions = group.questions().into_iter();
            questions.map(|(id, question)| Entry {
                id,
                group: &group.name,
                question,
                exercises: exercises
                    .iter()
                    .filter(|(_, manifest)| manifest.trains.iter().any(|trained| trained == id))
                    .map(|(id, _)| id.to_string())
                    .collect(),
            })
        })
        .collect()
}

/// `width` is what a line may have.
pub(super) fn text(
    curriculum: &Curriculum,
    exercises: &[(&ExerciseId, &Manifest)],
    width: usize,
) -> String {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let entries = entries(curriculum, exercises);
    let mut text = String::new();
    let mut group = "";
    for entry in &entries {
        if entry.group != group {
            let gap = if group.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{bold}{}{bold:#}", entry.group);
            group = entry.group;
        }
        let mark = if entry.exercises.is_empty() { "-" } else { "+" };
        let first = format!("  {mark} {:<3}  ", entry.id);
        let indent = " ".repeat(first.len());
        for line in wrap(entry.question, width, &first, &indent) {
            let _ = writeln!(text, "{line}");
        }
        if !entry.exercises.is_empty() {
            for line in wrap(&entry.exercises.join(", "), width, &indent, &indent) {
                let _ = writeln!(text, "{dim}{line}{dim:#}");
            }
        }
    }
    let covered = entries.iter().filter(|entry| !entry.exercises.is_empty());
    let _ = writeln!(
        text,
        "\n{} of {} have an exercise",
        covered.count(),
        plural(entries.len(), "question")
    );
    text
}
