//! `gavel verify`

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::arguments;
use super::failure::{Ending, Failure, no_sandbox};
use super::settings::{Surroundings, jobs, tiers};
use super::{open_catalog, print_data, progress, ready};
use crate::authoring::{self, Blessed, Proof};
use crate::catalog::{Catalog, CatalogError};
use crate::grading::{PolicyUse, Settings, Unready};
use crate::manifest::{CheckEntryKind, Manifest, Problem};
use crate::model::{Exercise, ExerciseId};
use crate::text::plural;

/// Proves exercises.
///
/// # Errors
///
/// If it can't begin; what is wrong with exercises is printed and counted.
pub async fn run(arguments: &arguments::Verify) -> Result<Ending, Failure> {
    let catalog = open_catalog(&arguments.catalog)?;
    let ids: Vec<ExerciseId> = if arguments.exercises.is_empty() {
        catalog.ids().to_vec()
    } else {
        let found: Result<_, _> = arguments
            .exercises
            .iter()
            .map(|name| catalog.find(name))
            .collect();
        found.map_err(|error| Failure::Input(error.to_string()))?
    };
    let curriculum = catalog
        .curriculum()
        .map_err(|error| Failure::Input(error.to_string()))?;
    let surroundings = Surroundings::read()?;
    let mut scratch = surroundings.scratch()?;
    let toolchain = surroundings
        .ready_toolchain(arguments.go.go.as_deref(), scratch.path())
        .await?;
    let workshop = surroundings
        .workshop(&toolchain, tiers(arguments.sandbox), &mut scratch)
        .await
        .map_err(|refusal| no_sandbox(&refusal))?;
    let settings = Settings {
        workshop,
        may_weaken_network: false,
        temporary_root: scratch.path().to_owned(),
        jobs: jobs(arguments.jobs),
        runs: arguments.runs,
        policy: PolicyUse::Enforced,
        unready: BTreeMap::new(),
        databases: surroundings.databases(),
    };
    let slots = Arc::new(Semaphore::new(settings.jobs));
    let mut tally = Tally::default();
    for id in &ids {
        if arguments.bless
            && let Some(folder) = &arguments.catalog.catalog
        {
            bless(&settings, &slots, &catalog, id, folder).await?;
        }
        let exercise = match catalog.load(id) {
            Ok(exercise) => exercise,
            Err(error) => {
                tally.unreadable += 1;
                say(
                    id,
                    "unreadable",
                    anstyle::AnsiColor::Red,
                    &error.to_string(),
                )?;
                continue;
            }
        };
        let mut proof = prove(&settings, &slots, &surroundings, &exercise).await;
        if let Some(curriculum) = &curriculum {
            let unknown = authoring::unknown_questions(&exercise, curriculum);
            proof.problems.extend(unknown);
        }
        tally.add(&proof);
        say_proof(&exercise, &proof)?;
    }
    print_data(&tally.summary(ids.len()))?;
    Ok(tally.ending())
}

fn say_proof(exercise: &Exercise, proof: &Proof) -> Result<(), Failure> {
    let id = &exercise.id;
    if proof.problems.is_empty() && proof.undecided.is_empty() {
        let counted = format!(
            "reference, {}, {}",
            plural(exercise.alternatives.len(), "alternative"),
            plural(exercise.flawed.len(), "flawed solution")
        );
        say(id, "proven", anstyle::AnsiColor::Green, &counted)?;
    }
    for words in &proof.problems {
        say(id, "problem", anstyle::AnsiColor::Red, words)?;
    }
    for words in &proof.undecided {
        say(id, "undecided", anstyle::AnsiColor::Yellow, words)?;
    }
    Ok(())
}

/// What all proofs came to.
#[derive(Default)]
struct Tally {
    problems: usize,
    undecided: usize,
    unreadable: usize,
    solutions: usize,
}

impl Tally {
    fn add(&mut self, proof: &Proof) {
        self.problems += proof.problems.len();
        self.undecided += proof.undecided.len();
        self.solutions += proof.solutions;
    }

    fn summary(&self, exercises: usize) -> String {
        let also = |count: usize, word: &str| {
            if count > 0 {
                format!(", {count} {word}")
            } else {
                String::new()
            }
        };
        format!(
            "{}: {} graded, {}{}{}\n",
            plural(exercises, "exercise"),
            plural(self.solutions, "solution"),
            plural(self.problems, "problem"),
            also(self.unreadable, "unreadable"),
            also(self.undecided, "undecided"),
        )
    }

    fn ending(&self) -> Ending {
        if self.undecided > 0 {
            Ending::GraderFailed
        } else if self.unreadable > 0 {
            Ending::BadInput
        } else if self.problems > 0 {
            Ending::BelowMark
        } else {
            Ending::Good
        }
    }
}

/// Proves an exercise, when it can be graded here at all.
async fn prove(
    settings: &Settings,
    slots: &Semaphore,
    surroundings: &Surroundings,
    exercise: &Exercise,
) -> Proof {
    match ready::make_ready(settings, surroundings, exercise).await {
        // Of solutions that don't build, the proof has better words.
        Ok(()) | Err(Unready::Exercise(_)) => {}
        Err(why @ (Unready::Machine(_) | Unready::Modules(_))) => {
            return Proof {
                undecided: vec![why.to_string()],
                ..Proof::default()
            };
        }
    }
    let solutions = exercise.alternatives.len() + exercise.flawed.len() + 2;
    let _spinner = progress::spin(format!(
        "{}: {} to grade",
        exercise.id,
        plural(solutions, "solution")
    ));
    authoring::verify(settings, slots, exercise).await
}

/// Writes down what the reference does, and says what was written.
async fn bless(
    settings: &Settings,
    slots: &Semaphore,
    catalog: &Catalog,
    id: &ExerciseId,
    folder: &Path,
) -> Result<(), Failure> {
    let folder = folder.join(&id.area).join(&id.slug);
    let broken = |problems: Vec<Problem>| CatalogError::Broken {
        id: id.clone(),
        problems,
    };
    let listed = catalog.list().into_iter().find(|listed| listed.id == *id);
    let Some(listed) = listed else { return Ok(()) };
    let manifest = listed
        .manifest
        .map_err(|problems| Failure::Input(broken(problems).to_string()))?;
    create_missing(&manifest, &folder)?;
    let exercise = catalog
        .load(id)
        .map_err(|error| Failure::Input(error.to_string()))?;
    let spinner = progress::spin(format!("{id}: recording what the reference does"));
    let blessed = authoring::bless(settings, slots, &manifest, &exercise).await;
    drop(spinner);
    let blessed = blessed.map_err(|why| Failure::Input(format!("{id}: {why}")))?;
    if blessed.is_empty() {
        anstream::eprintln!("{id}: there is nothing to write down");
    }
    for Blessed { path, bytes, what } in blessed {
        write(&folder.join(&path), &bytes)?;
        anstream::eprintln!("{id}: wrote {what} to {path}");
    }
    Ok(())
}

/// Golden files that aren't there yet begin empty, so that the exercise can be read.
fn create_missing(manifest: &Manifest, folder: &Path) -> Result<(), Failure> {
    for entry in &manifest.checks {
        let CheckEntryKind::Output(output) = &entry.kind else {
            continue;
        };
        let path = Path::new(&output.stdout.value);
        let is_inside = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
            && (path.starts_with("expected") || path.starts_with("starter"));
        let path = folder.join(path);
        if is_inside && !path.exists() {
            write(&path, b"")?;
        }
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| Failure::Input(format!("can't write {}: {error}", path.display())))
}

fn say(id: &ExerciseId, word: &str, colour: anstyle::AnsiColor, text: &str) -> Result<(), Failure> {
    let style = anstyle::Style::new().fg_color(Some(colour.into()));
    let text = crate::text::sanitise(text).replace('\n', "\n    ");
    print_data(&format!("{style}{word}{style:#} {id}: {text}\n"))
}
