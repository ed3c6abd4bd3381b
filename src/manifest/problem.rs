//! What is wrong with a file, said so that its author can go straight to the place.

use std::fmt;

use serde::{Serialize, Serializer};

/// One thing that is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, relative to the exercise's folder or as the reader was told.
    pub file: String,
    /// Its line, counted from 1; absent where the fault is that something is not there.
    pub line: Option<u32>,
    /// The key, such as `check[2].points`, where lists are counted from 1; empty where no key is concerned.
    pub key: String,
    /// What is wrong, why, and what to do.
    pub message: String,
}

impl Problem {
    /// A problem of a whole file or folder.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line: None,
            key: String::new(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// A value with the line that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Its line, counted from 1.
    pub line: u32,
}

impl<T: Serialize> Serialize for Located<T> {
    /// The value alone: where it stands says nothing about it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// The candidate that was most likely meant by `written`, if any is near enough to be worth a suggestion.
pub fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let written = written.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            let distance = strsim::damerau_levenshtein(&written, &candidate.to_lowercase());
            (distance, candidate)
        })
        .filter(|(distance, candidate)| {
            *distance <= (written.len().max(candidate.len()) / 3).max(1)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?`, or nothing where no candidate is near.
pub(super) fn suggestion<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> String {
    nearest(written, candidates)
        .map_or_else(String::new, |near| format!("; did you mean {near:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_names_file_line_and_key() {
        let problem = Problem {
            file: "exercise.toml".into(),
            line: Some(12),
            key: "check[2].points".into(),
            message: "must be at least 1".into(),
        };
        assert_eq!(
            problem.to_string(),
            "exercise.toml:12: check[2].points: must be at least 1"
        );
        assert_eq!(
            Problem::of_file("README.md", "is missing").to_string(),
            "README.md: is missing"
        );
    }

    #[test]
    fn only_what_is_near_is_suggested() {
        let keys = ["points", "tests", "about"];
        assert_eq!(nearest("poinst", keys), Some("points"));
        assert_eq!(nearest("test", keys), Some("tests"));
        assert_eq!(nearest("weight", keys), None);
    }
}
