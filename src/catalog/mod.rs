//! Finds and loads exercises: from a folder, or from the copy that is embedded in the binary.
//!
//! A catalog is a folder of `area/slug/` folders. Listing reads manifests only; loading reads an exercise's files as a
//! whole and tells everything that is wrong with them at once. Names that begin with a dot are no part of a catalog.

mod assemble;
mod checks;
mod go_mod;
mod go_text;
mod source;
mod version;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use crate::manifest::{
    Curriculum, Manifest, Problem, UnknownExercise, read_manifest, resolve_exercise,
};
use crate::model::{Exercise, ExerciseId};

use source::Source;

/// The name of a manifest within its exercise's folder.
const MANIFEST: &str = "exercise.toml";

/// The name of the list of what exercises train, within its catalog's folder.
const CURRICULUM: &str = "curriculum.toml";

/// A folder of exercises.
#[derive(Clone, Debug)]
pub struct Catalog {
    source: Source,
    ids: Vec<ExerciseId>,
}

/// An exercise as a listing knows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name in the catalog.
    pub id: ExerciseId,
    /// Its manifest, or everything that is wrong with it.
    pub manifest: Result<Manifest, Vec<Problem>>,
}

/// A catalog or an exercise that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The folder can't be read.
    #[error("the catalog {} can't be read: {source}; pass a folder of exercises with --catalog", .folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder holds an exercise where areas are expected.
    #[error(
        "the catalog {} has {MANIFEST} in {found:?}, where no exercise lies: they lie in area/slug folders, so pass \
         the folder above with --catalog",
        .folder.display()
    )]
    TooDeep {
        /// The folder that was given as a catalog.
        folder: PathBuf,
        /// The folder with the manifest, relative to it.
        found: String,
    },
    /// There is nothing in it.
    #[error("the catalog {} has no exercise: they lie in area/slug folders with an {MANIFEST} each", .folder.display())]
    Empty {
        /// The folder.
        folder: PathBuf,
    },
    /// Its list of what exercises train has a fault.
    #[error("{CURRICULUM} can't be used: {why}")]
    Curriculum {
        /// What is wrong.
        why: String,
    },
    /// No single exercise is meant by a name.
    #[error(transparent)]
    Unknown(#[from] UnknownExercise),
    /// The exercise has faults.
    #[error("{id} can't be used, {}:{}", counted(.problems), listed(.problems))]
    Broken {
        /// Its name.
        id: ExerciseId,
        /// Everything that is wrong with it, at least one.
        problems: Vec<Problem>,
    },
}

fn counted(problems: &[Problem]) -> String {
    match problems {
        [_] => "there is a problem".to_owned(),
        problems => format!("there are {} problems", problems.len()),
    }
}

fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    format!(
        "
  {}",
        lines.join(
            "
  "
        )
    )
}

impl Catalog {
    /// Opens a folder.
    ///
    /// # Errors
    ///
    /// A folder that can't be read, or that is no catalog. Exercises are not looked at yet.
    pub fn open(folder: &Path) -> Result<Self, CatalogError> {
        let source = Source::Folder(folder.to_owned());
        let ids = source::ids_in_folder(folder)?;
        Ok(Self { source, ids })
    }

    /// The catalog that the binary carries.
    pub fn embedded() -> Self {
        Self {
            source: Source::Embedded,
            ids: source::embedded_ids(),
        }
    }

    /// The names of all exercises, in order.
    pub fn ids(&self) -> &[ExerciseId] {
        &self.ids
    }

    /// The exercise of this name: `area/slug`, or `slug` where only one area has it.
    ///
    /// # Errors
    ///
    /// A name that means no exercise or several, with what may have been meant.
    pub fn find(&self, name: &str) -> Result<ExerciseId, CatalogError> {
        Ok(resolve_exercise(name, &self.ids)?)
    }

    /// What the exercises train, if the catalog has a list of it.
    ///
    /// # Errors
    ///
    /// A list that can't be read, or has a fault.
    pub fn curriculum(&self) -> Result<Option<Curriculum>, CatalogError> {
        let fault = |why| CatalogError::Curriculum { why };
        let Some(bytes) = self.source.read_curriculum().map_err(fault)? else {
            return Ok(None);
        };
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| fault("it is not UTF-8 text; save it in that encoding".to_owned()))?;
        Curriculum::read(text).map(Some).map_err(fault)
    }

    /// Every exercise with its manifest, or with what is wrong with it. Reads nothing but manifests.
    pub fn list(&self) -> Vec<Listed> {
        let listed = |id: &ExerciseId| Listed {
            id: id.clone(),
            manifest: self.manifest(id),
        };
        self.ids.iter().map(listed).collect()
    }

    fn manifest(&self, id: &ExerciseId) -> Result<Manifest, Vec<Problem>> {
        let bytes = self
            .source
            .read_manifest(id)
            .map_err(|problem| vec![problem])?;
        let text = manifest_text(&bytes).map_err(|problem| vec![problem])?;
        read_manifest(MANIFEST, text)
    }

    /// The whole exercise.
    ///
    /// # Errors
    ///
    /// An exercise that isn't there, or all faults of all its files at once.
    pub fn load(&self, id: &ExerciseId) -> Result<Exercise, CatalogError> {
        let id = self.find(&id.to_string())?;
        self.source
            .read_files(&id)
            .map_err(|problem| vec![problem])
            .and_then(|(files, problems)| assemble::assemble(&id, files, problems))
            .map_err(|problems| CatalogError::Broken { id, problems })
    }
}

fn manifest_text(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes)
        .map_err(|_| Problem::of_file(MANIFEST, "is not UTF-8 text; save it in that encoding"))
}
