//! `gavel list`

use std::fmt::Write;

use serde::Serialize;

use super::arguments::{self, ListFormat};
use super::failure::{Ending, Failure};
use super::{open_catalog, print_data};
use crate::catalog::Listed;
use crate::manifest::Manifest;
use crate::model::{Difficulty, ExerciseId, Kind};

/// Lists the exercises of a catalog.
///
/// # Errors
///
/// If the catalog can't be read.
pub fn run(arguments: &arguments::List) -> Result<Ending, Failure> {
    let catalog = open_catalog(&arguments.catalog)?;
    let listed = catalog.list();
    print_data(&match arguments.format {
        ListFormat::Text => text(&listed),
        ListFormat::Json => json(&listed)?,
    })?;
    let mut ending = Ending::Good;
    for entry in &listed {
        if let Err(problems) = &entry.manifest {
            ending = Ending::BadInput;
            for problem in problems {
                anstream::eprintln!("{}/{problem}", entry.id);
            }
        }
    }
    Ok(ending)
}

/// An exercise in the JSON listing.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a ExerciseId,
    title: &'a str,
    summary: &'a str,
    kind: Kind,
    difficulty: Difficulty,
    minutes: u32,
    topics: &'a [String],
    trains: &'a [String],
}

fn json(listed: &[Listed]) -> Result<String, Failure> {
    let entries: Vec<Entry<'_>> = good(listed)
        .map(|(id, manifest)| Entry {
            id,
            title: &manifest.title,
            summary: &manifest.summary,
            kind: manifest.kind,
            difficulty: manifest.difficulty,
            minutes: manifest.minutes,
            topics: &manifest.topics,
            trains: &manifest.trains,
        })
        .collect();
    serde_json::to_string_pretty(&entries)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Machine(format!("can't write the listing: {error}")))
}

fn good(listed: &[Listed]) -> impl Iterator<Item = (&ExerciseId, &Manifest)> {
    listed
        .iter()
        .filter_map(|entry| Some((&entry.id, entry.manifest.as_ref().ok()?)))
}

fn text(listed: &[Listed]) -> String {
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::Style::new().dimmed();
    let widest = good(listed).map(|(id, _)| id.slug.len()).max().unwrap_or(0);
    let mut text = String::new();
    let mut area = "";
    for (id, manifest) in good(listed) {
        if id.area != area {
            let gap = if area.is_empty() { "" } else { "\n" };
            let _ = writeln!(text, "{gap}{bold}{}{bold:#}", id.area);
            area = &id.area;
        }
        let _ = writeln!(
            text,
            "  {:<widest$}  {:>3} min  {:<6}  {dim}{}{dim:#}",
            id.slug,
            manifest.minutes,
            difficulty(manifest.difficulty),
            manifest.title
        );
    }
    text
}

/// The word for a difficulty.
pub(super) fn difficulty(difficulty: Difficulty) -> &'static str {
    match difficulty {
        Difficulty::Easy => "easy",
        Difficulty::Medium => "medium",
        Difficulty::Hard => "hard",
    }
}
