//! Puts starter and submission together, as they stand in the workspace before hidden files are laid over them.

use super::collect::Extent;
use crate::manifest::CountedFiles;
use crate::model::{Exercise, FileSet};

/// The files of the workspace: the exercise's own, and those of `files` that count. `files` may be a candidate's, or a
/// solution that the exercise brings along, which is complete.
pub fn workspace_files(exercise: &Exercise, files: &FileSet, extent: &Extent) -> FileSet {
    let counted = CountedFiles::new(&exercise.submission, exercise.kind);
    let stays = |path: &String| match extent {
        Extent::Complete => !counted.counts(path),
        Extent::SingleFile { replaces } => replaces.as_ref() != Some(path),
    };
    let starter = exercise.starter.iter().filter(|(path, _)| stays(path));
    let handed_in = files.iter().filter(|(path, _)| counted.counts(path));
    starter
        .chain(handed_in)
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect()
}
