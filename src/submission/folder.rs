//! Submissions that lie on a disk as they are. Nothing is followed, and nothing is opened before it is known to be a
//! regular file: opening a FIFO would wait for ever.

use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use nix::libc::{O_NOFOLLOW, O_NONBLOCK};
use walkdir::WalkDir;

use super::discover::is_source_name;
use super::error::SubmissionError;
use super::intake::{Handover, Intake};

/// Reads a folder with everything in it.
pub(super) fn read_folder(root: &Path) -> Result<Handover, SubmissionError> {
    let mut intake = Intake::default();
    let mut walk = WalkDir::new(root).min_depth(1).into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.map_err(|error| {
            let name = error.path().unwrap_or(root).to_string_lossy().into_owned();
            let source = error
                .into_io_error()
                .unwrap_or_else(|| std::io::ErrorKind::Other.into());
            SubmissionError::unreadable(&name, source)
        })?;
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let file_type = entry.file_type();
        let Some(name) = intake.name(path.as_os_str().as_bytes())? else {
            if file_type.is_dir() {
                walk.skip_current_dir();
            }
            continue;
        };
        if file_type.is_dir() {
            intake.folder(&name)?;
        } else {
            let mut file = open_regular(entry.path(), &name)?;
            intake.file(&name, &mut file, |error| {
                SubmissionError::unreadable(&name, error)
            })?;
        }
    }
    Ok(intake.finish(false))
}

/// Reads a single `.go` or `.txt` file.
pub(super) fn read_single_file(path: &Path) -> Result<Handover, SubmissionError> {
    let raw = path.file_name().unwrap_or_default().as_bytes();
    let mut intake = Intake::default();
    let name = intake.name(raw)?.filter(|name| is_source_name(name));
    // What it is comes before what it is called: a link or a device is told as such.
    let shown = String::from_utf8_lossy(raw);
    let mut file = open_regular(path, &shown)?;
    let Some(name) = name else {
        return Err(SubmissionError::UnknownType {
            name: shown.into_owned(),
        });
    };
    intake.file(&name, &mut file, |error| {
        SubmissionError::unreadable(&name, error)
    })?;
    Ok(intake.finish(true))
}

/// Opens a file that is regular and has no other name.
pub(super) fn open_regular(path: &Path, name: &str) -> Result<File, SubmissionError> {
    let unreadable = |source| SubmissionError::unreadable(name, source);
    check_regular(&fs::symlink_metadata(path).map_err(unreadable)?, name)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(O_NOFOLLOW | O_NONBLOCK)
        .open(path)
        .map_err(unreadable)?;
    // Once more on what was really opened, which may have been put there in between.
    check_regular(&file.metadata().map_err(unreadable)?, name)?;
    Ok(file)
}

fn check_regular(metadata: &Metadata, name: &str) -> Result<(), SubmissionError> {
    let name = || name.to_owned();
    let file_type = metadata.file_type();
    if file_type.is_symlink() {
        return Err(SubmissionError::Link {
            name: name(),
            kind: "symbolic",
        });
    }
    if !file_type.is_file() {
        return Err(SubmissionError::Special {
            name: name(),
            what: what_it_is(file_type),
        });
    }
    if metadata.nlink() > 1 {
        return Err(SubmissionError::Link {
            name: name(),
            kind: "hard",
        });
    }
    Ok(())
}

fn what_it_is(file_type: FileType) -> &'static str {
    if file_type.is_fifo() {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_dir() {
        "a folder"
    } else {
        "a device"
    }
}
