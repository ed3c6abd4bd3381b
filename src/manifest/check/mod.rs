//! `[[check]]` tables: the keys that all checks share; each type's own keys have a file.

mod bench;
mod go_test;
mod http;
mod mutants;
mod output;
mod predict;
mod program;
mod style;
mod vet;

use std::collections::BTreeMap;

use serde::Serialize;

use super::keys::Keys;
use super::names::{KEBAB_RULE, is_kebab_case};
use super::problem::suggestion;
use crate::model::{Kind, StyleMeasures};

pub use bench::BenchEntry;
pub use go_test::GoTestEntry;
pub use http::HttpEntry;
pub use mutants::MutantsEntry;
pub use output::OutputEntry;
pub use predict::PredictEntry;
pub use program::StartEntry;
pub use style::StyleEntry;
pub use vet::VetEntry;

/// A `[[check]]` table, found good in itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckEntry {
    /// Its name within the exercise.
    pub id: String,
    /// The promise that it grades, in one sentence.
    pub about: String,
    /// What it is worth.
    pub points: u32,
    /// Ids of checks above it that must have passed before it is run.
    pub requires: Vec<String>,
    /// Whether a candidate is told why it failed though it is hidden.
    pub reveal: bool,
    /// Its type with what that type needs.
    pub kind: CheckEntryKind,
}

/// The types of check as the manifest writes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each is described where it is declared")]
pub enum CheckEntryKind {
    GoTest(GoTestEntry),
    Output(OutputEntry),
    Predict(PredictEntry),
    Http(HttpEntry),
    Vet(VetEntry),
    Mutants(MutantsEntry),
    Style(StyleEntry),
    Bench(BenchEntry),
}

/// How checks of one type are written.
#[derive(Clone, Copy)]
struct Type {
    name: &'static str,
    /// The keys that it knows beside those of all checks.
    keys: &'static [&'static str],
    read: fn(&mut Keys<'_>) -> Option<CheckEntryKind>,
}

const TYPES: [Type; 8] = [
    go_test::TYPE,
    output::TYPE,
    http::TYPE,
    predict::TYPE,
    mutants::TYPE,
    bench::TYPE,
    vet::TYPE,
    style::TYPE,
];

/// The checks that could be read, and the ids of all, so that a fault in one doesn't bring forth another elsewhere.
pub(super) struct Checks {
    pub(super) entries: Vec<CheckEntry>,
    pub(super) ids: Vec<String>,
}

/// `kind` is the exercise's, where it is known.
pub(super) fn read_checks(tables: Vec<Keys<'_>>, kind: Option<Kind>) -> Checks {
    let mut checks = Checks {
        entries: Vec::new(),
        ids: Vec::new(),
    };
    let mut first_lines: BTreeMap<String, u32> = BTreeMap::new();
    for mut table in tables {
        table.require("id", "id = \"first-failure-cancels\"");
        let id = table.located_string("id");
        if let Some(id) = &id {
            if !is_kebab_case(&id.value) {
                table.complain("id", format!("{:?} is no id; {KEBAB_RULE}", id.value));
            }
            if let Some(first) = first_lines.get(&id.value) {
                let message = format!(
                    "{:?} is the id of two checks, first on line {first}",
                    id.value
                );
                table.complain("id", message);
            } else {
                first_lines.insert(id.value.clone(), id.line);
            }
            checks.ids.push(id.value.clone());
        }
        let entry = read_check(&mut table, kind, id.map(|id| id.value), &checks.ids);
        if let Some(entry) = &entry {
            bench::complain_unless_correctness_comes_first(entry, &checks.entries, &table);
        }
        checks.entries.extend(entry);
    }
    checks
}

/// Gives checks of type `style` what `[style]` says where they say nothing themselves.
pub(super) fn complete_style(entries: &mut [CheckEntry], defaults: &StyleMeasures) {
    for entry in entries {
        match &mut entry.kind {
            CheckEntryKind::Style(style) => style.complete(defaults),
            CheckEntryKind::GoTest(_)
            | CheckEntryKind::Output(_)
            | CheckEntryKind::Http(_)
            | CheckEntryKind::Predict(_)
            | CheckEntryKind::Mutants(_)
            | CheckEntryKind::Bench(_)
            | CheckEntryKind::Vet(_) => {}
        }
    }
}

/// `above` are the ids of the checks up to this one.
fn read_check(
    table: &mut Keys<'_>,
    exercise: Option<Kind>,
    id: Option<String>,
    above: &[String],
) -> Option<CheckEntry> {
    table.require("type", "type = \"go-test\"");
    table.require("points", "points = 20");
    table.require(
        "about",
        "about = \"When a job fails, the context that the other jobs hold is cancelled.\"",
    );
    let about = table.string("about");
    let points = table.integer("points", 1..=1000);
    let requires = read_requires(table, id.as_deref(), above);
    let reveal = table.boolean("reveal").unwrap_or(false);
    let kind = table.choice("type", &TYPES.map(|known| (known.name, known)));
    let kind = if let Some(known) = kind {
        if let Some(message) = exercise.and_then(|kind| misfit(kind, known.name)) {
            table.complain("type", message);
        }
        (known.read)(table)
    } else {
        // Until the type is known, the keys of all types are welcome.
        for key in TYPES.iter().flat_map(|known| known.keys) {
            table.pass_over(key);
        }
        None
    };
    table.finish(of_another_type);
    Some(CheckEntry {
        id: id?,
        about: about?,
        points: points?,
        requires,
        reveal,
        kind: kind?,
    })
}

/// A program whose output is predicted is nobody's but the author's: none of the candidate's code may be in it.
fn misfit(exercise: Kind, check: &str) -> Option<String> {
    match (exercise == Kind::Predict, check == predict::TYPE.name) {
        (true, true) | (false, false) => None,
        (true, false) => Some(format!(
            "no code is handed in to an exercise of kind \"predict\", so it has checks of type \"predict\" alone, not {check:?}"
        )),
        (false, true) => Some(
            "belongs to exercises of kind = \"predict\", in whose program there is no code of the candidate's".to_owned(),
        ),
    }
}

/// A check may require what stands above it only, so that no circle can come about.
fn read_requires(table: &mut Keys<'_>, id: Option<&str>, above: &[String]) -> Vec<String> {
    let mut requires = Vec::new();
    for required in table.strings("requires") {
        let name = required.value;
        let message = if Some(name.as_str()) == id {
            format!("{name:?} can't require itself")
        } else if requires.contains(&name) {
            format!("{name:?} is named twice")
        } else if !above.contains(&name) {
            let near = suggestion(&name, above.iter().map(String::as_str));
            format!(
                "no check above this one has the id {name:?}{near}; a check can require only what stands above it"
            )
        } else {
            requires.push(name);
            continue;
        };
        table.complain_of_reference(required.line, "requires", message);
    }
    requires
}

fn of_another_type(key: &str) -> Option<String> {
    let names: Vec<String> = TYPES
        .iter()
        .filter(|known| known.keys.contains(&key))
        .map(|known| format!("{:?}", known.name))
        .collect();
    (!names.is_empty()).then(|| format!("belongs to checks of type {}", names.join(" or ")))
}

fn read_package(table: &mut Keys<'_>) -> Option<String> {
    if !table.has("package") {
        table.pass_over("package");
        return Some(".".to_owned());
    }
    table.parsed("package", |text| {
        let good = match text.strip_prefix("./") {
            None => text == ".",
            Some(path) => path.split('/').all(|part| {
                !part.is_empty()
                    && !part.starts_with(['.', '_'])
                    && part
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            }),
        };
        if good {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "{text:?} is no package of the exercise; write \".\" or a path such as \"./internal/service\""
            ))
        }
    })
}
