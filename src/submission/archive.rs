//! Submissions that come packed: zip, and tar with or without gzip. Names and sizes in headers are claims; what is
//! measured is what comes out.

use std::cell::Cell;
use std::io::{self, BufRead as _, BufReader, Cursor, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use tar::EntryType;
use zip::CompressionMethod;

use super::error::SubmissionError;
use super::folder::open_regular;
use super::intake::{Handover, Intake, MAX_TOTAL};

/// The most that a tar stream may hold, in bytes, with its headers and with what is passed over in silence.
const MAX_TAR_STREAM: u64 = 2 * MAX_TOTAL;

/// The most entries of a zip's directory, with those that are passed over in silence.
const MAX_ZIP_DIRECTORY: usize = 20_000;

/// The kinds of archive by their names' ends.
const SUFFIXES: [&str; 4] = [".zip", ".tar.gz", ".tgz", ".tar"];

/// Whether a file of this name is taken for an archive.
pub(super) fn is_archive_name(name: &str) -> bool {
    archive_stem(name).is_some()
}

/// The name of an archive without its end; nothing for other files.
pub(super) fn archive_stem(name: &str) -> Option<&str> {
    let lower = name.to_ascii_lowercase();
    let suffix = SUFFIXES.iter().find(|suffix| lower.ends_with(**suffix))?;
    Some(&name[..name.len() - suffix.len()])
}

/// Reads an archive. What it is shows in its first bytes; tools that unpack on the way leave names that lie.
pub(super) fn read_archive(path: &Path) -> Result<Handover, SubmissionError> {
    let shown = path.file_name().unwrap_or_default().to_string_lossy();
    let file = open_regular(path, &shown)?;
    let unreadable = |error| SubmissionError::unreadable(&shown, error);
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().map_err(unreadable)?;
    let intake = if start.starts_with(b"PK") {
        let mut bytes = Vec::new();
        reader
            .take(MAX_TOTAL + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_TOTAL {
            return Err(SubmissionError::ArchiveTooLarge);
        }
        read_zip(&bytes)
    } else if start.starts_with(&[0x1f, 0x8b]) {
        read_tar(MultiGzDecoder::new(reader))
    } else {
        read_tar(reader)
    };
    Ok(intake?.finish(false))
}

/// What an error of a decoder means: bytes that no tool would have written.
fn damaged(why: impl Into<Box<dyn std::error::Error>>) -> SubmissionError {
    SubmissionError::Damaged {
        why: why.into().to_string(),
    }
}

fn read_zip(bytes: &[u8]) -> Result<Intake, SubmissionError> {
    // Every entry of the directory begins so, and all of them are kept in memory once it is parsed.
    let directory = bytes.windows(4).filter(|four| four == b"PK\x01\x02");
    if directory.count() > MAX_ZIP_DIRECTORY {
        return Err(SubmissionError::TooManyEntries);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.has_duplicate_names() {
        return Err(damaged("an entry is there twice"));
    }
    let mut intake = Intake::default();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(damaged)?;
        let raw = entry.name_raw().to_vec();
        let Some(name) = intake.name(&raw)? else {
            continue;
        };
        // The upper half holds the mode where a Unix tool packed it, whatever system the header claims.
        match entry.external_attributes() >> 28 {
            0 | 0o10 => {}
            0o04 => {
                intake.folder(&name)?;
                continue;
            }
            0o12 => {
                return Err(SubmissionError::Link {
                    name,
                    kind: "symbolic",
                });
            }
            _ => {
                return Err(SubmissionError::Special {
                    name,
                    what: "a device or the like",
                });
            }
        }
        if raw.ends_with(b"/") {
            intake.folder(&name)?;
            continue;
        }
        if entry.encrypted() {
            return Err(SubmissionError::Encrypted { name });
        }
        let known = [CompressionMethod::Stored, CompressionMethod::Deflated];
        if !known.contains(&entry.compression()) {
            return Err(SubmissionError::UnknownCompression { name });
        }
        let mut file = archive.by_index(index).map_err(damaged)?;
        intake.file(&name, &mut file, damaged)?;
    }
    Ok(intake)
}

fn read_tar(reader: impl Read) -> Result<Intake, SubmissionError> {
    let meter = Meter {
        left: Cell::new(MAX_TAR_STREAM),
        ended: Cell::new(false),
    };
    let result = read_tar_metered(Metered {
        reader,
        meter: &meter,
    });
    match result {
        Err(SubmissionError::Damaged { .. }) if meter.left.get() == 0 => {
            Err(SubmissionError::TooLarge {
                name: "the archive".to_owned(),
            })
        }
        result => result,
    }
}

fn read_tar_metered(metered: Metered<'_, impl Read>) -> Result<Intake, SubmissionError> {
    let meter = metered.meter;
    let mut intake = Intake::default();
    let mut archive = tar::Archive::new(metered);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let entry_type = entry.header().entry_type();
        if entry_type == EntryType::XGlobalHeader {
            continue;
        }
        let raw = entry.path_bytes().into_owned();
        let Some(name) = intake.name(&raw)? else {
            continue;
        };
        match entry_type {
            EntryType::Regular | EntryType::Continuous if !raw.ends_with(b"/") => {
                let claimed = entry.size();
                let size = intake.file(&name, &mut entry, damaged)?;
                if size != claimed {
                    return Err(damaged(format!("{name:?} is not whole")));
                }
            }
            EntryType::Regular | EntryType::Continuous | EntryType::Directory => {
                intake.folder(&name)?;
            }
            EntryType::Symlink => {
                return Err(SubmissionError::Link {
                    name,
                    kind: "symbolic",
                });
            }
            EntryType::Link => return Err(SubmissionError::Link { name, kind: "hard" }),
            EntryType::Fifo => {
                return Err(SubmissionError::Special {
                    name,
                    what: "a FIFO",
                });
            }
            EntryType::Char | EntryType::Block => {
                return Err(SubmissionError::Special {
                    name,
                    what: "a device",
                });
            }
            _ => {
                return Err(SubmissionError::Special {
                    name,
                    what: "an entry of a rare type",
                });
            }
        }
    }
    if meter.ended.get() {
        return Err(damaged("its end is missing"));
    }
    // The checksum of the compression stands behind the last byte.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(damaged)?;
    Ok(intake)
}

/// What may still come out of a stream, and whether it came to its end.
struct Meter {
    left: Cell<u64>,
    ended: Cell<bool>,
}

struct Metered<'m, R> {
    reader: R,
    meter: &'m Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.left.get();
        if left == 0 {
            return Err(io::Error::other("the stream is too long"));
        }
        let most = usize::try_from(left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let count = self.reader.read(&mut buffer[..most])?;
        self.meter.left.set(left - count as u64);
        if count == 0 && most > 0 {
            self.meter.ended.set(true);
        }
        Ok(count)
    }
}
