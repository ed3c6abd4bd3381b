//! A solution that an exercise brings along, as if a candidate had handed in a folder of it.

use super::collect::{Collected, Extent};
use crate::manifest::CountedFiles;
use crate::model::{Exercise, FileSet};

/// Takes from `files` what counts. Nothing is refused: the files are the author's own.
pub fn collect_solution(exercise: &Exercise, files: &FileSet) -> Collected {
    let counted = CountedFiles::new(&exercise.submission, exercise.kind);
    Collected {
        files: files
            .iter()
            .filter(|(path, _)| counted.counts(path))
            .map(|(path, file)| (path.clone(), file.clone()))
            .collect(),
        ignored_files: Vec::new(),
        digest: String::new(),
        extent: Extent::Complete,
    }
}
