//! The perturbed build: the module's sources with calls of the witness's package `perturb`, which holds goroutines up there.
//!
//! The rule that it keeps: every statement stays on its line, so that whatever a run says of a place is true of the
//! candidate's file.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::witness;
use super::workspace::Workspace;
use crate::gosource::{self, Side};
use crate::model::{FileSet, ProjectFile};

/// Those of the sources that have points, with them. A source that can't be read is left out, and built as it is.
pub fn perturbed(sources: &FileSet) -> FileSet {
    let name = unused_name(sources.values(), "gavelPerturb");
    let mut number = 0;
    let mut changed = FileSet::new();
    for (path, file) in sources {
        if let Some(text) = with_points(&file.bytes, &name, &mut number) {
            changed.insert(path.clone(), ProjectFile::new(text));
        }
    }
    changed
}

/// A name for the import that stands nowhere in the sources.
pub(super) fn unused_name<'f>(files: impl Iterator<Item = &'f ProjectFile>, stem: &str) -> String {
    let files: Vec<&ProjectFile> = files.collect();
    let mut name = stem.to_owned();
    while files.iter().any(|file| {
        file.bytes
            .windows(name.len())
            .any(|here| here == name.as_bytes())
    }) {
        name.push('_');
    }
    name
}

fn with_points(text: &[u8], name: &str, number: &mut usize) -> Option<Vec<u8>> {
    let found = gosource::points(text).ok()?;
    if found.between_statements.is_empty() {
        return None;
    }
    let mut target = text[..found.after_package_clause].to_vec();
    let import = format!("; import {name} \"{}/perturb\"", witness::MODULE);
    target.extend_from_slice(import.as_bytes());
    let mut done = found.after_package_clause;
    for point in found.between_statements {
        target.extend_from_slice(&text[done..point.offset]);
        done = point.offset;
        let function = if point.follows_a_check {
            "Checked"
        } else {
            "Point"
        };
        let call = match point.side {
            Side::Before => format!("{name}.{function}({number}); "),
            Side::After => format!("; {name}.{function}({number})"),
        };
        target.extend_from_slice(call.as_bytes());
        *number += 1;
    }
    target.extend_from_slice(&text[done..]);
    Some(target)
}

/// Writes sources that stand in for others, and the file that names them to the go command, which starts in the module's
/// folder. Each build has its own by its `name`, since several may be under way at a time.
pub(super) fn write_overlay(
    workspace: &Workspace,
    name: &str,
    sources: &FileSet,
) -> io::Result<PathBuf> {
    let folder = workspace.perturbed().join(name);
    let mut replaced = BTreeMap::new();
    for (path, file) in sources {
        let target = folder.join(path);
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&target, &file.bytes)?;
        let seen_from_module = format!("../perturbed/{name}/{path}");
        replaced.insert(path.clone(), seen_from_module);
    }
    let overlay = workspace.perturbed().join(format!("{name}.json"));
    let listed = serde_json::json!({ "Replace": replaced });
    std::fs::write(&overlay, listed.to_string())?;
    Ok(overlay)
}
