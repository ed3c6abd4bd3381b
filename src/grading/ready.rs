//! Makes exercises ready to be graded: the modules that they require are downloaded, and what their own code imports is in
//! the build cache. Grading itself is offline, and has no time for either.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::time::SystemTime;

use super::Settings;
use super::one::{Draft, add_generated, build};
use crate::checks::{Target, target};
use crate::golang::{self, NoModules, Workspace};
use crate::model::{Exercise, FindingKind};
use crate::submission::{collect_solution, workspace_files};

/// Which exercises are built before they are graded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that require modules: of the standard library, what most exercises import is there anyway.
    WithModules,
    /// Each.
    All,
}

/// Something that takes long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many modules are downloaded.
    Downloading(usize),
    /// What the exercise imports is built.
    Building,
}

/// What making an exercise ready came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    /// There was nothing to do.
    Already,
    /// Now it is.
    Now,
}

/// Why an exercise can't be graded.
#[derive(Debug, thiserror::Error)]
pub enum Unready {
    /// This machine, its network, or its settings.
    #[error("{0}")]
    Machine(String),
    /// Modules.
    #[error(transparent)]
    Modules(#[from] NoModules),
    /// The exercise's own code.
    #[error(
        "the exercise itself doesn't build: {0}\n  `gavel verify` proves exercises; go.mod and go.sum come from `go mod tidy` \
         where the reference and all tests lie"
    )]
    Exercise(String),
}

/// Makes an exercise ready. `variables` are the user's environment, since how modules are downloaded is the user's business;
/// `announce` is called before something that takes long.
///
/// # Errors
///
/// If it can't be graded here.
pub async fn make_ready(
    settings: &Settings,
    exercise: &Exercise,
    which: Which,
    variables: &[(OsString, OsString)],
    now: SystemTime,
    announce: impl Fn(Step),
) -> Result<Ready, Unready> {
    let toolchain = &settings.workshop.toolchain;
    golang::suits(toolchain, &exercise.go).map_err(Unready::Machine)?;
    let missing = golang::missing_modules(toolchain, &exercise.requires).len();
    let is_built = match which {
        Which::WithModules if exercise.requires.is_empty() => true,
        Which::WithModules | Which::All => golang::is_warm(toolchain, &exercise.version, now),
    };
    if missing == 0 && is_built {
        return Ok(Ready::Already);
    }
    if missing > 0 {
        announce(Step::Downloading(missing));
        golang::download_modules(
            toolchain,
            &exercise.starter,
            &exercise.requires,
            variables,
            &settings.temporary_root,
        )
        .await?;
    }
    announce(Step::Building);
    build_reference(settings, exercise).await?;
    golang::mark_warm(toolchain, &exercise.version, now)
        .map_err(|error| Unready::Machine(format!("can't write to gavel's cache: {error}")))?;
    Ok(Ready::Now)
}

/// Vets and builds what checks need, with the reference as the submission: then all that it imports is in the cache, and
/// where `go.mod` and `go.sum` aren't complete, it is the exercise's fault and not a candidate's.
async fn build_reference(settings: &Settings, exercise: &Exercise) -> Result<(), Unready> {
    let settings = Settings {
        workshop: settings.workshop.patient(),
        ..settings.clone()
    };
    let solution = collect_solution(exercise, &exercise.reference);
    let mut files = workspace_files(exercise, &solution.files, &solution.extent);
    files.extend(exercise.hidden.clone());
    let targets: BTreeSet<Target> = exercise.checks.iter().map(target).collect();
    add_generated(&mut files, exercise, &targets).map_err(Unready::Exercise)?;
    let workspace = Workspace::create(&settings.temporary_root, &exercise.module, &files)
        .map_err(|error| Unready::Machine(error.to_string()))?;
    let mut draft = Draft::new(exercise);
    build(
        &settings,
        exercise,
        &workspace,
        &targets,
        &solution.files,
        &mut draft,
    )
    .await
    .map_err(|error| Unready::Machine(error.to_string()))?;
    let fault = draft
        .findings
        .iter()
        .find(|finding| finding.kind == FindingKind::Compile);
    match fault {
        None => Ok(()),
        Some(finding) => {
            let place = finding.place.as_ref();
            let place = place.map(|place| format!("{}:{}: ", place.file, place.line));
            let words = format!("{}{}", place.unwrap_or_default(), finding.message);
            Err(Unready::Exercise(words))
        }
    }
}
