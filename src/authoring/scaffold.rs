//! The beginnings of an exercise: for each kind a small one that is complete, with blanks for what only its author knows.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rust_embed::Embed;

use crate::model::{ExerciseId, Kind};

#[derive(Embed)]
#[folder = "src/authoring/scaffold/"]
struct Scaffolds;

/// Why an exercise could not be begun.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// Something is there.
    #[error("{} is there already; nothing was written", .0.display())]
    Exists(PathBuf),
    /// It can't be written.
    #[error("can't write {}: {source}", .path.display())]
    Unwritable {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the beginnings of an exercise into a catalog, whole or not at all. Returns its folder.
///
/// # Errors
///
/// If there is something at its place, or it can't be written.
pub fn scaffold(catalog: &Path, id: &ExerciseId, kind: Kind) -> Result<PathBuf, ScaffoldError> {
    let area = catalog.join(&id.area);
    let folder = area.join(&id.slug);
    let unwritable = |path: &Path, source| ScaffoldError::Unwritable {
        path: path.to_owned(),
        source,
    };
    if folder.symlink_metadata().is_ok() {
        return Err(ScaffoldError::Exists(folder));
    }
    fs::create_dir_all(&area).map_err(|error| unwritable(&area, error))?;
    let aside = tempfile::Builder::new()
        .prefix(".gavel-new-")
        .tempdir_in(&area)
        .map_err(|error| unwritable(&area, error))?;
    let made = aside.path().join(&id.slug);
    for (path, text) in files(kind, &id.slug) {
        let path = made.join(path);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text));
        written.map_err(|error| unwritable(&path, error))?;
    }
    match fs::rename(&made, &folder) {
        Ok(()) => Ok(folder),
        Err(_) if folder.symlink_metadata().is_ok() => Err(ScaffoldError::Exists(folder)),
        Err(error) => Err(unwritable(&folder, error)),
    }
}

/// The files of a small exercise of this kind, by their path.
fn files(kind: Kind, slug: &str) -> BTreeMap<String, String> {
    let of_kind = match kind {
        Kind::Implement => "implement/",
        Kind::Fix => "fix/",
        Kind::Predict => "predict/",
        Kind::Test => "test/",
        Kind::Optimise => "optimise/",
        Kind::Service => "service/",
    };
    let (title, package) = (title(slug), package(slug));
    let named = |text: &str| {
        text.replace("Scaffold", &title)
            .replace("scaffold", &package)
    };
    Scaffolds::iter()
        .filter_map(|path| {
            let file = Scaffolds::get(&path)?;
            let path = path.strip_prefix(of_kind)?;
            Some((named(path), named(&String::from_utf8_lossy(&file.data))))
        })
        .collect()
}

/// A heading: `worker-pool` is a `Worker pool`.
fn title(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What the Go package may be called: `worker-pool` is `workerpool`.
fn package(slug: &str) -> String {
    // Go's own words, and the packages that the files import beside the exercise's.
    const TAKEN: [&str; 38] = [
        "break",
        "case",
        "chan",
        "const",
        "continue",
        "default",
        "defer",
        "else",
        "fallthrough",
        "for",
        "func",
        "go",
        "goto",
        "if",
        "import",
        "interface",
        "map",
        "package",
        "range",
        "return",
        "select",
        "struct",
        "switch",
        "type",
        "var",
        "main",
        "cmp",
        "errors",
        "fmt",
        "json",
        "log",
        "http",
        "os",
        "slices",
        "strconv",
        "strings",
        "testing",
        "utf8",
    ];
    let name = slug.replace('-', "");
    let begins_with_digit = name.starts_with(|first: char| first.is_ascii_digit());
    if begins_with_digit || TAKEN.contains(&name.as_str()) {
        format!("the{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_of_the_slug() {
        assert_eq!(title("worker-pool"), "Worker pool");
        assert_eq!(package("worker-pool"), "workerpool");
        assert_eq!(package("2-sum"), "the2sum");
        assert_eq!(package("select"), "theselect");
    }

    #[test]
    fn no_name_of_the_pattern_is_left() {
        for kind in [
            Kind::Implement,
            Kind::Fix,
            Kind::Predict,
            Kind::Test,
            Kind::Optimise,
            Kind::Service,
        ] {
            let files = files(kind, "worker-pool");
            for needed in ["exercise.toml", "README.md", "starter/go.mod"] {
                assert!(files.contains_key(needed), "{kind:?} has no {needed}");
            }
            for (path, text) in files {
                let all = format!("{path}\n{text}").to_lowercase();
                assert!(!all.contains("scaffold"), "{kind:?}: {path}");
            }
        }
    }
}
