//! `gavel new`

use std::path::Path;

use super::arguments;
use super::failure::{Ending, Failure};
use super::print_data;
use crate::authoring::{ScaffoldError, scaffold};
use crate::manifest::is_kebab_case;
use crate::model::ExerciseId;

/// Begins an exercise, and says what to do with it.
///
/// # Errors
///
/// A name that no exercise can have, one that is taken, a folder that can't be written.
pub fn run(arguments: &arguments::New) -> Result<Ending, Failure> {
    let id = id(&arguments.exercise)?;
    let catalog = &arguments.catalog;
    let folder = scaffold(catalog, &id, arguments.kind.kind()).map_err(|error| match error {
        ScaffoldError::Exists(_) => Failure::Input(error.to_string()),
        ScaffoldError::Unwritable { .. } => Failure::Machine(error.to_string()),
    })?;
    let folder = folder.strip_prefix(".").unwrap_or(&folder);
    let (folder, catalog) = (shown(folder), shown(catalog));
    print_data(&format!(
        "made {folder}: a small exercise that is complete, to be replaced by your own\n\n\
         what only you can write is a blank:\n  grep -rn BLANK: {folder}\n\n\
         then see whether it holds:\n  gavel verify --catalog {catalog} {id}\n"
    ))?;
    Ok(Ending::Good)
}

fn id(name: &str) -> Result<ExerciseId, Failure> {
    match name.split_once('/') {
        Some((area, slug)) if is_kebab_case(area) && is_kebab_case(slug) => Ok(ExerciseId {
            area: area.to_owned(),
            slug: slug.to_owned(),
        }),
        Some(_) | None => Err(Failure::Input(format!(
            "{name:?} can't be an exercise's name: write area/slug, both of lower-case letters and digits joined by single \
             dashes, such as interview/worker-pool"
        ))),
    }
}

/// A path as a shell takes it.
fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./".contains(letter);
    if path.chars().all(is_plain) {
        path.into_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}
