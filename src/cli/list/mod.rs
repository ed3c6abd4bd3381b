//! `gavel list`

mod coverage;

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Serialize;

use super::arguments::{self, DifficultyChoice, KindChoice, ListFormat};
use super::failure::{Ending, Failure};
use super::{open_catalog, print_data, terminal_look};
use crate::catalog::Listed;
use crate::manifest::Manifest;
use crate::model::{Difficulty, ExerciseId, Kind};

/// Lists the exercises of a catalog, or what they train.
///
/// # Errors
///
/// If the catalog can't be read.
pub fn run(arguments: &arguments::List) -> Result<Ending, Failure> {
    let catalog = open_catalog(&arguments.catalog)?;
    let listed = catalog.list();
    let chosen: Vec<(&ExerciseId, &Manifest)> = good(&listed)
        .filter(|(id, manifest)| is_chosen(arguments, id, manifest))
        .collect();
    let data = if arguments.coverage {
        let curriculum = catalog
            .curriculum()
            .map_err(|error| Failure::Input(error.to_string()))?
            .ok_or_else(|| Failure::Input(NO_CURRICULUM.to_owned()))?;
        match arguments.format {
            ListFormat::Text => {
                coverage::text(&curriculum, &chosen, terminal_look().width.min(100))
            }
            ListFormat::Json => written(&coverage::entries(&curriculum, &chosen))?,
        }
    } else {
        match arguments.format {
            ListFormat::Text => text(&chosen),
            ListFormat::Json => json(&chosen)?,
        }
    };
    print_data(&data)?;
    if chosen.is_empty() && good(&listed).next().is_some() {
        anstream::eprintln!("{}", nothing_chosen(&listed));
    }
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

const NO_CURRICULUM: &str = "this catalog has no curriculum.toml, so there is nothing to cover; docs/exercise-format.md says how one is \
     written";

/// Of each filter that is there one value must fit.
fn is_chosen(arguments: &arguments::List, id: &ExerciseId, manifest: &Manifest) -> bool {
    let has_topic = |word: &String| {
        let is_it = |topic: &String| topic.eq_ignore_ascii_case(word);
        is_it(&id.area) || manifest.topics.iter().any(is_it)
    };
    let is_kind = |choice: &KindChoice| manifest.kind == choice.kind();
    let is_as_hard = |choice: &DifficultyChoice| {
        manifest.difficulty
            == match choice {
                DifficultyChoice::Easy => Difficulty::Easy,
                DifficultyChoice::Medium => Difficulty::Medium,
                DifficultyChoice::Hard => Difficulty::Hard,
            }
    };
    (arguments.topic.is_empty() || arguments.topic.iter().any(has_topic))
        && (arguments.kind.is_empty() || arguments.kind.iter().any(is_kind))
        && (arguments.difficulty.is_empty() || arguments.difficulty.iter().any(is_as_hard))
}

/// What to say when filters leave nothing: which topics there are.
fn nothing_chosen(listed: &[Listed]) -> String {
    let topics: BTreeSet<&str> = good(listed)
        .flat_map(|(id, manifest)| {
            let topics = manifest.topics.iter().map(String::as_str);
            std::iter::once(id.area.as_str()).chain(topics)
        })
        .collect();
    let topics: Vec<&str> = topics.into_iter().collect();
    format!("no exercise fits; topics are {}", topics.join(", "))
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

fn json(chosen: &[(&ExerciseId, &Manifest)]) -> Result<String, Failure> {
    let entries: Vec<Entry<'_>> = chosen
        .iter()
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
    written(&entries)
}

fn written<T: Serialize>(entries: &[T]) -> Result<String, Failure> {
    serde_json::to_string_pretty(entries)
        .map(|text| text + "\n")
        .map_err(|error| Failure::Machine(format!("can't write the listing: {error}")))
}

fn good(listed: &[Listed]) -> impl Iterator<Item = (&ExerciseId, &Manifest)> {
    listed
        .iter()
        .filter_map(|entry| Some((&entry.id, entry.manifest.as_ref().ok()?)))
}

fn text(chosen: &[(&ExerciseId, &Manifest)]) -> String {
    let bold = anstyle::Style::new().bold();
    let dim = anstyle::Style::new().dimmed();
    let widest = chosen
        .iter()
        .map(|(id, _)| id.slug.len())
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    let mut area = "";
    for (id, manifest) in chosen {
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
