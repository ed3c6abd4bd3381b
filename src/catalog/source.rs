//! Where a catalog's bytes come from. What comes out is the same for both places: files by their path relative to the
//! exercise's folder, and problems about those that can't be taken.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rust_embed::Embed;
use walkdir::WalkDir;

use crate::manifest::Problem;
use crate::model::{ExerciseId, FileSet, ProjectFile};

use super::{CURRICULUM, CatalogError, MANIFEST};

/// No file of an exercise needs to be larger, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// No exercise needs more files and folders.
const MAX_ENTRIES: usize = 5_000;

#[derive(Embed)]
#[folder = "exercises/"]
#[allow_missing = true]
struct EmbeddedExercises;

#[derive(Clone, Debug)]
pub(super) enum Source {
    Folder(PathBuf),
    Embedded,
}

impl Source {
    /// The bytes of an exercise's manifest.
    pub(super) fn read_manifest(&self, id: &ExerciseId) -> Result<Vec<u8>, Problem> {
        match self {
            Source::Folder(folder) => {
                let path = exercise_folder(folder, id)?.join(MANIFEST);
                let metadata = fs::symlink_metadata(&path).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => Problem::of_file(MANIFEST, "is missing"),
                    _ => unreadable(MANIFEST, &error),
                })?;
                if let Some(problem) = fault_of_entry(MANIFEST, metadata.file_type()) {
                    return Err(problem);
                }
                read_bounded(MANIFEST, &path)
            }
            Source::Embedded => EmbeddedExercises::get(&format!("{id}/{MANIFEST}"))
                .map(|file| file.data.into_owned())
                .ok_or_else(|| Problem::of_file(MANIFEST, "is missing")),
        }
    }

    /// The bytes of the list of what exercises train, if there is one.
    pub(super) fn read_curriculum(&self) -> Result<Option<Vec<u8>>, String> {
        match self {
            Source::Folder(folder) => {
                let path = folder.join(CURRICULUM);
                if !path.exists() {
                    return Ok(None);
                }
                read_bounded(CURRICULUM, &path)
                    .map(Some)
                    .map_err(|problem| problem.message)
            }
            Source::Embedded => {
                Ok(EmbeddedExercises::get(CURRICULUM).map(|file| file.data.into_owned()))
            }
        }
    }

    /// All files of an exercise, and problems about those that can't be taken.
    pub(super) fn read_files(&self, id: &ExerciseId) -> Result<(FileSet, Vec<Problem>), Problem> {
        match self {
            Source::Folder(folder) => Ok(read_folder(&exercise_folder(folder, id)?)),
            Source::Embedded => Ok((read_embedded(id), Vec::new())),
        }
    }
}

/// The exercises in a folder: its folders' folders.
pub(super) fn ids_in_folder(folder: &Path) -> Result<Vec<ExerciseId>, CatalogError> {
    let unreadable = |source| CatalogError::Unreadable {
        folder: folder.to_owned(),
        source,
    };
    let too_deep = |found: &str| CatalogError::TooDeep {
        folder: folder.to_owned(),
        found: found.to_owned(),
    };
    if folder.join(MANIFEST).is_file() {
        return Err(too_deep("."));
    }
    let mut ids = Vec::new();
    for area in folder_names(folder).map_err(unreadable)? {
        let area_folder = folder.join(&area);
        if area_folder.join(MANIFEST).is_file() {
            return Err(too_deep(&area));
        }
        for slug in folder_names(&area_folder).map_err(unreadable)? {
            ids.push(ExerciseId {
                area: area.clone(),
                slug,
            });
        }
    }
    if ids.is_empty() {
        return Err(CatalogError::Empty {
            folder: folder.to_owned(),
        });
    }
    ids.sort();
    Ok(ids)
}

/// The names of the folders in a folder. A link counts as a folder here, so that it is told of where it is loaded.
fn folder_names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let file_type = entry.file_type()?;
        let is_folder = file_type.is_dir() || (file_type.is_symlink() && entry.path().is_dir());
        if is_folder && !name.starts_with('.') {
            names.push(name);
        }
    }
    Ok(names)
}

/// The folder of an exercise. What is reached through a link is no part of the catalog.
fn exercise_folder(catalog: &Path, id: &ExerciseId) -> Result<PathBuf, Problem> {
    let area = catalog.join(&id.area);
    let folder = area.join(&id.slug);
    for (path, name) in [(&area, &id.area), (&folder, &id.slug)] {
        if path.is_symlink() {
            return Err(link_problem(&format!("{name}/")));
        }
    }
    Ok(folder)
}

fn read_folder(root: &Path) -> (FileSet, Vec<Problem>) {
    let mut files = FileSet::new();
    let mut problems = Vec::new();
    let walk = WalkDir::new(root)
        .min_depth(1)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| !is_hidden(&entry.file_name().to_string_lossy()));
    for (count, entry) in walk.enumerate() {
        if count >= MAX_ENTRIES {
            let message = format!("the exercise has more than {MAX_ENTRIES} files and folders");
            problems.push(Problem::of_file(".", message));
            break;
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let name = relative(root, error.path().unwrap_or(root));
                let error = error
                    .into_io_error()
                    .unwrap_or_else(|| io::ErrorKind::Other.into());
                problems.push(unreadable(&name, &error));
                continue;
            }
        };
        let name = relative(root, entry.path());
        if entry.path().to_str().is_none() {
            problems.push(Problem::of_file(
                name,
                "has a name that is not UTF-8; rename it",
            ));
        } else if entry.file_type().is_dir() {
            // Its files come by themselves.
        } else if let Some(problem) = fault_of_entry(&name, entry.file_type()) {
            problems.push(problem);
        } else {
            match read_bounded(&name, entry.path()) {
                Ok(bytes) => {
                    files.insert(name, ProjectFile::new(bytes));
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    (files, problems)
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

fn fault_of_entry(name: &str, file_type: fs::FileType) -> Option<Problem> {
    if file_type.is_symlink() {
        Some(link_problem(name))
    } else if file_type.is_file() {
        None
    } else {
        Some(Problem::of_file(name, "is not a regular file"))
    }
}

fn link_problem(name: &str) -> Problem {
    Problem::of_file(
        name,
        "is a symbolic link, which an exercise may not have; put a copy in its place",
    )
}

fn unreadable(name: &str, error: &io::Error) -> Problem {
    Problem::of_file(name, format!("can't be read: {error}"))
}

fn read_bounded(name: &str, path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > MAX_FILE {
        let message = format!(
            "is larger than {} MiB, the most a file may be",
            MAX_FILE >> 20
        );
        return Err(Problem::of_file(name, message));
    }
    Ok(bytes)
}

/// The exercises that the binary carries.
pub(super) fn embedded_ids() -> Vec<ExerciseId> {
    let ids: BTreeSet<ExerciseId> = EmbeddedExercises::iter()
        .filter_map(|path| {
            let mut parts = path.split('/').map(str::to_owned);
            let id = ExerciseId {
                area: parts.next()?,
                slug: parts.next()?,
            };
            let hidden = is_hidden(&id.area) || is_hidden(&id.slug);
            parts.next().filter(|_| !hidden).map(|_| id)
        })
        .collect();
    ids.into_iter().collect()
}

fn read_embedded(id: &ExerciseId) -> FileSet {
    let prefix = format!("{id}/");
    EmbeddedExercises::iter()
        .filter_map(|path| {
            let name = path.strip_prefix(&prefix)?.to_owned();
            if name.split('/').any(is_hidden) {
                return None;
            }
            let file = EmbeddedExercises::get(&path)?;
            Some((name, ProjectFile::new(file.data)))
        })
        .collect()
}
