//! The gate through which every entry of a submission passes, wherever it comes from: its name is checked, then its
//! bytes are read under the limits.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::error::SubmissionError;
use crate::manifest::{Problem, TaskMarker, read_task_marker};

/// The most that a file may hold if it counts, in bytes.
pub(super) const MAX_FILE: u64 = 1 << 20;
/// The most that all files together may hold, in bytes, counting or not.
pub(super) const MAX_TOTAL: u64 = 16 << 20;
/// The most files and folders.
pub(super) const MAX_ENTRIES: usize = 2_000;
/// The most parts that a path may have.
pub(super) const MAX_DEPTH: usize = 32;
/// How long one part of a path may be, in bytes.
const MAX_NAME: usize = 200;

/// The marker that an exercise carries when it is handed out.
const MARKER: &str = "gavel-task.toml";

/// Everything of a submission, read but not yet chosen from.
#[derive(Debug)]
pub struct Handover {
    /// Files by their path, in the shape in which they were handed in.
    pub(super) files: BTreeMap<String, Content>,
    /// Whether it is one bare file.
    pub(super) is_single_file: bool,
    /// The marker that lies at the submission's root, if any. It comes from the candidate: a hint, never policy.
    pub marker: Option<Result<TaskMarker, Vec<Problem>>>,
}

/// The bytes of a file, as far as they were kept.
#[derive(Debug)]
pub(super) enum Content {
    Whole(Vec<u8>),
    /// More than a file that counts may hold; whether it counts is not known while reading.
    TooLarge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    File,
    Folder,
}

/// Entries that were let in so far.
#[derive(Debug, Default)]
pub(super) struct Intake {
    files: BTreeMap<String, Content>,
    markers: BTreeMap<String, Vec<u8>>,
    /// Every path and folder of a path in lower case, with its spelling.
    nodes: BTreeMap<String, (String, Node)>,
    entries: usize,
    total: u64,
}

impl Intake {
    /// Checks a name and counts it as an entry. Gives nothing for what is passed over in silence.
    pub(super) fn name(&mut self, raw: &[u8]) -> Result<Option<String>, SubmissionError> {
        let Some(name) = checked_name(raw)? else {
            return Ok(None);
        };
        if name.split('/').any(is_litter) {
            return Ok(None);
        }
        self.entries += 1;
        if self.entries > MAX_ENTRIES {
            return Err(SubmissionError::TooManyEntries);
        }
        Ok(Some(name))
    }

    /// Lets a folder in. Archives may name one twice.
    pub(super) fn folder(&mut self, name: &str) -> Result<(), SubmissionError> {
        for (end, _) in name.match_indices('/') {
            self.node(&name[..end], Node::Folder)?;
        }
        self.node(name, Node::Folder)
    }

    /// Lets a file in and reads it. `fault` says what an error of the reader means.
    pub(super) fn file(
        &mut self,
        name: &str,
        reader: &mut impl Read,
        fault: impl FnOnce(io::Error) -> SubmissionError,
    ) -> Result<u64, SubmissionError> {
        if let Some((folder, _)) = name.rsplit_once('/') {
            self.folder(folder)?;
        }
        self.node(name, Node::File)?;

        let allowed = MAX_TOTAL - self.total;
        let mut bytes = Vec::new();
        let result = reader
            .take(MAX_FILE.min(allowed) + 1)
            .read_to_end(&mut bytes);
        let mut size = bytes.len() as u64;
        let rest = match result {
            Ok(_) if size > MAX_FILE && size <= allowed => {
                io::copy(&mut reader.take(allowed - size + 1), &mut io::sink())
            }
            Ok(_) => Ok(0),
            Err(error) => Err(error),
        };
        size += rest.map_err(fault)?;
        if size > allowed {
            return Err(SubmissionError::TooLarge {
                name: name.to_owned(),
            });
        }
        self.total += size;
        if name.rsplit('/').next() == Some(MARKER) {
            self.markers.insert(name.to_owned(), bytes);
        } else if size > MAX_FILE {
            self.files.insert(name.to_owned(), Content::TooLarge);
        } else {
            self.files.insert(name.to_owned(), Content::Whole(bytes));
        }
        Ok(size)
    }

    fn node(&mut self, name: &str, node: Node) -> Result<(), SubmissionError> {
        let Some((spelling, before)) = self.nodes.get(&name.to_lowercase()) else {
            self.nodes
                .insert(name.to_lowercase(), (name.to_owned(), node));
            return Ok(());
        };
        if spelling != name {
            return Err(SubmissionError::Alike {
                first: spelling.clone(),
                second: name.to_owned(),
            });
        }
        let name = name.to_owned();
        match (before, node) {
            (Node::Folder, Node::Folder) => Ok(()),
            (Node::File, Node::File) => Err(SubmissionError::Duplicate { name }),
            (Node::File, Node::Folder) | (Node::Folder, Node::File) => {
                Err(SubmissionError::FileAndFolder { name })
            }
        }
    }

    pub(super) fn finish(self, is_single_file: bool) -> Handover {
        let marker = marker_at_root(&self.markers, &self.files);
        Handover {
            files: self.files,
            is_single_file,
            marker,
        }
    }
}

/// The marker that lies where the submission's root is: no file lies outside its folder.
fn marker_at_root(
    markers: &BTreeMap<String, Vec<u8>>,
    files: &BTreeMap<String, Content>,
) -> Option<Result<TaskMarker, Vec<Problem>>> {
    let (name, bytes) = markers
        .iter()
        .min_by_key(|(name, _)| name.matches('/').count())?;
    let folder = name.strip_suffix(MARKER).unwrap_or_default();
    if !files.keys().all(|file| file.starts_with(folder)) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    Some(read_task_marker(MARKER, &text))
}

/// What computers put beside people's files, and nobody means to hand in.
fn is_litter(part: &str) -> bool {
    matches!(part, ".git" | ".DS_Store" | "__MACOSX") || part.starts_with("._")
}

/// The name as a clean `/`-separated relative path; nothing for the root itself.
fn checked_name(raw: &[u8]) -> Result<Option<String>, SubmissionError> {
    let bad = |why| SubmissionError::BadName {
        name: String::from_utf8_lossy(raw).into_owned(),
        why,
    };
    let name = std::str::from_utf8(raw).map_err(|_| bad("is not UTF-8"))?;
    if name.chars().any(is_invisible) {
        return Err(bad("has characters that can't be seen"));
    }
    if name.contains('\\') {
        return Err(bad("has a backslash"));
    }
    if name.starts_with('/') {
        return Err(bad("is an absolute path"));
    }
    if matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        return Err(bad("begins with a drive letter"));
    }
    let parts: Vec<&str> = name
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    if parts.contains(&"..") {
        return Err(bad("climbs out of the submission"));
    }
    if parts.iter().any(|part| part.len() > MAX_NAME) {
        return Err(bad("has a part that is longer than 200 bytes"));
    }
    if parts.len() > MAX_DEPTH {
        return Err(SubmissionError::TooDeep {
            name: name.to_owned(),
        });
    }
    Ok((!parts.is_empty()).then(|| parts.join("/")))
}

/// Control characters, and those that make text read other than it is.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(raw: &[u8]) -> String {
        match checked_name(raw) {
            Ok(name) => name.unwrap_or_default(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_are_clean_relative_paths() {
        assert_eq!(checked(b"./a//b/./c.go"), "a/b/c.go");
        assert_eq!(checked(b"a/"), "a");
        assert_eq!(checked(b"./"), "");
        assert_eq!(checked("ä/ö.go".as_bytes()), "ä/ö.go");
        insta::assert_snapshot!(checked(b"a/../../b"), @r#"the name "a/../../b" climbs out of the submission; rename it"#);
        insta::assert_snapshot!(checked(b"a/.."), @r#"the name "a/.." climbs out of the submission; rename it"#);
        insta::assert_snapshot!(checked(b"/etc/passwd"), @r#"the name "/etc/passwd" is an absolute path; rename it"#);
        insta::assert_snapshot!(checked(b"a\\..\\b"), @r#"the name "a\\..\\b" has a backslash; rename it"#);
        insta::assert_snapshot!(checked(b"c:/x.go"), @r#"the name "c:/x.go" begins with a drive letter; rename it"#);
        insta::assert_snapshot!(checked(b"a\x1b[2J.go"), @r#"the name "a\u{1b}[2J.go" has characters that can't be seen; rename it"#);
        insta::assert_snapshot!(checked("a\u{202e}og.go".as_bytes()), @r#"the name "a\u{202e}og.go" has characters that can't be seen; rename it"#);
        insta::assert_snapshot!(checked(b"\xff.go"), @r#"the name "�.go" is not UTF-8; rename it"#);
        assert!(checked("a/".repeat(32).as_bytes()).starts_with("a/a"));
        assert!(
            checked("a/".repeat(33).as_bytes()).ends_with("more than 32 folders deep; flatten it")
        );
    }
}
