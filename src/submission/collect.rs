//! Chooses from what was handed in: which files count, which are named as ignored, and what digest they have.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::error::SubmissionError;
use super::intake::{Content, Handover};
use crate::manifest::CountedFiles;
use crate::model::{Exercise, FileSet, ProjectFile};
use crate::text::hexadecimal;

/// What counts of a submission.
#[derive(Clone, Debug)]
pub struct Collected {
    /// The files that count, by their path within the workspace; at least one.
    pub files: FileSet,
    /// Paths of files that were handed in and don't count.
    pub ignored_files: Vec<String>,
    /// SHA-256 of the files that count, lower-case hexadecimal.
    pub digest: String,
    /// How much of the exercise the submission stands for.
    pub extent: Extent,
}

/// How much of an exercise a submission stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All that counts: a folder or an archive.
    Complete,
    /// One file. The starter's other files stay.
    SingleFile {
        /// The file of the starter whose place it takes.
        replaces: Option<String>,
    },
}

/// Takes from what was handed in what counts for `exercise`.
///
/// # Errors
///
/// Nothing counts, a file that counts is too large or isn't text, or a single file has no place.
pub fn collect_handover(
    handover: Handover,
    exercise: &Exercise,
) -> Result<Collected, SubmissionError> {
    let counted = CountedFiles::new(&exercise.submission, exercise.kind);
    let (mut handed_in, extent) = if handover.is_single_file {
        place_single_file(handover.files, exercise, &counted)?
    } else {
        (enter(handover.files, exercise), Extent::Complete)
    };

    let ignored_files: Vec<String> = handed_in
        .keys()
        .filter(|path| !counted.counts(path))
        .cloned()
        .collect();
    handed_in.retain(|path, _| counted.counts(path));
    if handed_in.is_empty() {
        return Err(SubmissionError::NothingCounts {
            patterns: exercise.submission.files.clone(),
            ignored: ignored_files,
        });
    }
    let mut files = FileSet::new();
    for (name, content) in handed_in {
        match content {
            Content::TooLarge => return Err(SubmissionError::FileTooLarge { name }),
            Content::Whole(bytes) => {
                check_text(&name, &bytes)?;
                check_way(&name, exercise, &counted)?;
                files.insert(name, ProjectFile::new(bytes));
            }
        }
    }
    Ok(Collected {
        digest: digest(&files),
        files,
        ignored_files,
        extent,
    })
}

/// Where a single file belongs: in the place of its namesake, or of the only file there is to write.
fn place_single_file(
    files: BTreeMap<String, Content>,
    exercise: &Exercise,
    counted: &CountedFiles,
) -> Result<(BTreeMap<String, Content>, Extent), SubmissionError> {
    let to_write: Vec<&String> = exercise
        .starter
        .keys()
        .filter(|path| counted.counts(path))
        .collect();
    let mut placed = BTreeMap::new();
    let mut extent = Extent::SingleFile { replaces: None };
    for (name, content) in files {
        let namesakes: Vec<&String> = to_write
            .iter()
            .copied()
            .filter(|path| file_name(path) == name)
            .collect();
        let replaces = match (namesakes.as_slice(), to_write.as_slice()) {
            ([one], _) | ([], [one]) => Some((*one).clone()),
            ([], []) => None,
            ([], several) => {
                return Err(SubmissionError::NoNamesake {
                    name,
                    places: several.iter().copied().cloned().collect(),
                });
            }
            (several, _) => {
                return Err(SubmissionError::AmbiguousNamesake {
                    name,
                    places: several.iter().copied().cloned().collect(),
                });
            }
        };
        let path = match replaces.as_deref().and_then(|path| path.rsplit_once('/')) {
            Some((folder, _)) => format!("{folder}/{name}"),
            None => name,
        };
        placed.insert(path, content);
        extent = Extent::SingleFile { replaces };
    }
    Ok((placed, extent))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Enters the only folder at the top, as often as there is one, unless the exercise itself has such a folder.
fn enter(mut files: BTreeMap<String, Content>, exercise: &Exercise) -> BTreeMap<String, Content> {
    loop {
        let tops: BTreeSet<&str> = files
            .keys()
            .map(|path| path.split('/').next().unwrap_or(path))
            .collect();
        let Some(top) = tops.first().filter(|_| tops.len() == 1) else {
            return files;
        };
        let prefix = format!("{top}/");
        let is_file = files.contains_key(*top);
        let belongs = matches!(*top, "cmd" | "internal" | "pkg")
            || exercise
                .starter
                .keys()
                .any(|path| path.starts_with(&prefix))
            || exercise
                .reference
                .keys()
                .any(|path| path.starts_with(&prefix));
        if is_file || belongs {
            return files;
        }
        files = files
            .into_iter()
            .map(|(path, content)| (path[prefix.len()..].to_owned(), content))
            .collect();
    }
}

fn check_text(name: &str, bytes: &[u8]) -> Result<(), SubmissionError> {
    let why = if bytes.contains(&0) {
        "has NUL bytes"
    } else if std::str::from_utf8(bytes).is_err() {
        "is not UTF-8"
    } else {
        return Ok(());
    };
    if !name.to_ascii_lowercase().ends_with(".go") {
        return Ok(());
    }
    Err(SubmissionError::NotText {
        name: name.to_owned(),
        why,
    })
}

/// No file may lie where the exercise has a folder, nor the other way round.
fn check_way(
    name: &str,
    exercise: &Exercise,
    counted: &CountedFiles,
) -> Result<(), SubmissionError> {
    let fixed = exercise
        .starter
        .keys()
        .filter(|path| !counted.counts(path))
        .chain(exercise.hidden.keys());
    for own in fixed {
        let lies_in = |inner: &str, outer: &str| {
            inner
                .strip_prefix(outer)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        if lies_in(name, own) || lies_in(own, name) {
            return Err(SubmissionError::InTheWay {
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

/// Every piece is preceded by its length, so that no two sets of files give the same stream of bytes.
fn digest(files: &FileSet) -> String {
    let mut hasher = Sha256::new();
    for (path, file) in files {
        for piece in [path.as_bytes(), &file.bytes] {
            hasher.update((piece.len() as u64).to_le_bytes());
            hasher.update(piece);
        }
    }
    hexadecimal(&hasher.finalize())
}
