//! Collects what a candidate handed in, safely: a folder, an archive, or a single file.
//!
//! Everything that comes in here is hostile until shown otherwise. It is read into memory under limits that are
//! measured while reading, never taken from a header; nothing is unpacked to a disk, no link is followed, and nothing
//! but a regular file is opened.

mod archive;
mod collect;
mod discover;
mod error;
mod folder;
mod intake;
mod solution;
mod which;
mod workspace;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::Path;

pub use collect::{Collected, Extent, collect_handover};
pub use discover::{DiscoverError, Handed, discover};
pub use error::SubmissionError;
pub use intake::Handover;
pub use solution::collect_solution;
pub use which::{Identified, Opinions, WhichError, version_warning, which_exercise};
pub use workspace::workspace_files;

use crate::model::Exercise;

/// Reads everything that lies at `path`, before it is known which exercise it belongs to.
///
/// # Errors
///
/// What can't be read, and what is refused: links, devices, bad names, anything over a limit, damaged archives.
pub fn read(path: &Path) -> Result<Handover, SubmissionError> {
    let metadata = fs::symlink_metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SubmissionError::Missing {
            path: path.to_owned(),
        },
        _ => SubmissionError::unreadable(&path.to_string_lossy(), source),
    })?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if metadata.is_dir() {
        folder::read_folder(path)
    } else if archive::is_archive_name(&name) {
        archive::read_archive(path)
    } else {
        folder::read_single_file(path)
    }
}

/// Reads what lies at `path` and takes from it what counts for `exercise`.
///
/// # Errors
///
/// Those of [`read`] and of [`collect_handover`].
pub fn collect(path: &Path, exercise: &Exercise) -> Result<Collected, SubmissionError> {
    collect_handover(read(path)?, exercise)
}
