//! Why a submission is refused.

use std::io;
use std::path::PathBuf;

use super::intake::{MAX_DEPTH, MAX_ENTRIES, MAX_FILE, MAX_TOTAL};

/// A submission that can't be taken. Names come from a candidate and are shown with their control characters escaped.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields hold")]
pub enum SubmissionError {
    /// Nothing is there.
    #[error("there is nothing at {}", .path.display())]
    Missing { path: PathBuf },
    /// The operating system refuses.
    #[error("{name:?} can't be read: {source}")]
    Unreadable { name: String, source: io::Error },
    /// A file that is neither Go nor an archive.
    #[error(
        "{name:?} is no submission: hand in a folder, a .zip, a .tar.gz, or a single .go or .txt file"
    )]
    UnknownType { name: String },
    /// A symbolic or hard link.
    #[error("{name:?} is a {kind} link, which a submission may not hold; put a copy in its place")]
    Link { name: String, kind: &'static str },
    /// A device, a FIFO, a socket.
    #[error("{name:?} is {what}, but a submission holds only files and folders; remove it")]
    Special { name: String, what: &'static str },
    /// A name that is not taken.
    #[error("the name {name:?} {why}; rename it")]
    BadName { name: String, why: &'static str },
    /// Folders in folders in folders.
    #[error("{name:?} lies more than {MAX_DEPTH} folders deep; flatten it")]
    TooDeep { name: String },
    /// The same entry twice.
    #[error("{name:?} is in the archive twice; pack it again")]
    Duplicate { name: String },
    /// Names that are one on some file systems.
    #[error("{first:?} and {second:?} are the same name on many file systems; rename one")]
    Alike { first: String, second: String },
    /// A file where another entry needs a folder.
    #[error("{name:?} is both a file and a folder; pack it again")]
    FileAndFolder { name: String },
    /// Entries without end.
    #[error("it holds more than {MAX_ENTRIES} files and folders; hand in the source alone")]
    TooManyEntries,
    /// A file that counts is too large.
    #[error("{name:?} is larger than {} MiB, the most a file of a submission may be", MAX_FILE >> 20)]
    FileTooLarge { name: String },
    /// All together is too large.
    #[error(
        "it is larger than {} MiB when unpacked (reached in {name:?}); hand in the source alone, without anything \
         that was built",
        MAX_TOTAL >> 20
    )]
    TooLarge { name: String },
    /// The archive itself is too large.
    #[error("the archive is larger than {} MiB; hand in the source alone", MAX_TOTAL >> 20)]
    ArchiveTooLarge,
    /// An archive with a password.
    #[error("{name:?} is encrypted; pack it again without a password")]
    Encrypted { name: String },
    /// An archive that isn't whole.
    #[error("the archive is damaged or cut short ({why}); pack it again")]
    Damaged { why: String },
    /// A compression that this gavel doesn't unpack.
    #[error(
        "{name:?} is compressed in a way that gavel doesn't know; pack it again as an ordinary .zip or .tar.gz"
    )]
    UnknownCompression { name: String },
    /// Go source that isn't text.
    #[error("{name:?} is not a Go source file: it {why}; save it as UTF-8 text")]
    NotText { name: String, why: &'static str },
    /// Nothing of it counts.
    #[error("it has no file that counts; the exercise takes {}{}", .patterns.join(", "), ignored_note(.ignored))]
    NothingCounts {
        patterns: Vec<String>,
        ignored: Vec<String>,
    },
    /// A single file that could stand for several.
    #[error("a single {name:?} could take the place of {}; hand in a folder", .places.join(" or "))]
    AmbiguousNamesake { name: String, places: Vec<String> },
    /// A single file that stands for none.
    #[error("a single {name:?} takes the place of no file of the exercise ({}); rename it, or hand in a folder", .places.join(", "))]
    NoNamesake { name: String, places: Vec<String> },
    /// A file in the way of one of the exercise's.
    #[error("{name:?} stands in the way of one of the exercise's own files; rename it")]
    InTheWay { name: String },
}

impl SubmissionError {
    pub(super) fn unreadable(name: &str, source: io::Error) -> Self {
        Self::Unreadable {
            name: name.to_owned(),
            source,
        }
    }
}

fn ignored_note(ignored: &[String]) -> String {
    match ignored {
        [] => String::new(),
        [one] => format!("; ignored was {one:?}"),
        [first, rest @ ..] => format!("; ignored were {first:?} and {} more", rest.len()),
    }
}
