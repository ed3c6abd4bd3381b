//! The mutants of an implementation: those that an author has written, and those that are derived from it.

use std::collections::BTreeMap;

use crate::catalog::assemble::Parts;
use crate::gosource;
use crate::manifest::{CountedFiles, Located, Manifest, MutantsEntry, nearest};
use crate::model::{FileSet, Kind, Mutant, MutantsCheck, ProjectFile};

use super::Side;

/// The check, and whether its candidates may see all that it is made of: they may where no mutant is the author's and the
/// implementation is handed out.
pub(super) fn mutants(
    entry: &MutantsEntry,
    manifest: &Manifest,
    parts: &Parts,
    complain: &mut impl FnMut(u32, &str, String),
) -> Option<(Side, MutantsCheck)> {
    if manifest.kind != Kind::Test {
        let message = "is for exercises of kind test, in which candidates hand in tests";
        complain(entry.package.line, "type", message.to_owned());
        return None;
    }
    let implementation = implementation(entry, manifest, parts);
    if implementation.is_empty() {
        let message = format!(
            "package {:?} has no Go file in starter/ or hidden/ that isn't the candidate's; [submission] files = [\"*_test.go\"] \
             leaves the implementation to the exercise",
            entry.package.value
        );
        complain(entry.package.line, "package", message);
        return None;
    }
    let written: Vec<Option<Mutant>> = entry
        .mutants
        .iter()
        .map(|name| {
            written(name, &implementation, parts)
                .map_err(|message| complain(name.line, "mutants", message))
                .ok()
        })
        .collect();
    let derived = match derived(entry, &implementation) {
        Ok(derived) => derived,
        Err(message) => {
            complain(entry.package.line, "package", message);
            return None;
        }
    };
    for name in &entry.equivalent {
        let names = || derived.iter().map(|(name, _)| name.as_str());
        if !names().any(|known| known == name.value) {
            let near = nearest(&name.value, names())
                .map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            let message = format!("no mutant is derived that is called {:?}{near}", name.value);
            complain(name.line, "equivalent", message);
        }
    }
    let is_equivalent = |name: &String| entry.equivalent.iter().any(|known| known.value == *name);
    let derived = derived
        .into_iter()
        .filter(|(name, _)| !is_equivalent(name))
        .map(|(name, files)| Mutant { name, files });
    let mutants: Vec<Mutant> = written.into_iter().collect::<Option<Vec<_>>>()?;
    let is_visible = mutants.is_empty()
        && implementation
            .keys()
            .all(|path| !parts.hidden.contains_key(*path));
    let check = MutantsCheck {
        package: entry.package.value.clone(),
        runs: entry.runs,
        mutants: mutants.into_iter().chain(derived).collect(),
    };
    let side = if is_visible {
        Side::Visible
    } else {
        Side::Hidden
    };
    Some((side, check))
}

/// The Go files of the package that are neither tests nor the candidate's.
fn implementation<'f>(
    entry: &MutantsEntry,
    manifest: &Manifest,
    parts: &'f Parts,
) -> BTreeMap<&'f str, &'f [u8]> {
    let counted = CountedFiles::new(&manifest.submission, manifest.kind);
    let folder = entry
        .package
        .value
        .trim_start_matches('.')
        .trim_start_matches('/');
    let starter = parts
        .starter
        .iter()
        .filter(|(path, _)| !counted.counts(path));
    // A hidden file is laid over its namesake.
    starter
        .chain(&parts.hidden)
        .filter(|(path, _)| path.ends_with(".go") && !path.ends_with("_test.go"))
        .filter(|(path, _)| path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder)
        .map(|(path, file)| (path.as_str(), file.bytes.as_slice()))
        .collect()
}

fn written(
    name: &Located<String>,
    implementation: &BTreeMap<&str, &[u8]>,
    parts: &Parts,
) -> Result<Mutant, String> {
    let folder = format!("mutants/{}", name.value);
    let Some(files) = parts.mutants.get(&name.value) else {
        let near = nearest(&name.value, parts.mutants.keys().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
        return Err(format!("there is no folder {folder}{near}"));
    };
    for (path, file) in files {
        let Some(correct) = implementation.get(path.as_str()) else {
            let known: Vec<&str> = implementation.keys().copied().collect();
            return Err(format!(
                "{folder}/{path} stands in for no file of the implementation; those are {}",
                known.join(", ")
            ));
        };
        only_functions_differ(correct, &file.bytes)
            .map_err(|why| format!("{folder}/{path} {why}"))?;
    }
    if files
        .iter()
        .all(|(path, file)| implementation[path.as_str()] == file.bytes)
    {
        return Err(format!("{folder} doesn't differ from the implementation"));
    }
    Ok(Mutant {
        name: name.value.clone(),
        files: files.clone(),
    })
}

/// All mutants are built together, each function as a choice between bodies.
fn only_functions_differ(correct: &[u8], mutated: &[u8]) -> Result<(), String> {
    let unreadable = |fault: gosource::Fault| format!("can't be read: {fault}");
    let outside = |text: &[u8]| gosource::outside_functions(text).map_err(unreadable);
    if outside(correct)? != outside(mutated)? {
        return Err("differs from the implementation outside of the bodies of functions; all mutants are built \
                    together, so types, variables, constants, signatures and the order of functions must stay"
            .to_owned());
    }
    let imports = |text: &[u8]| gosource::parse("", text).map_err(unreadable);
    let known = imports(correct)?.imports;
    for import in imports(mutated)?.imports {
        if !known
            .iter()
            .any(|one| (&one.path, &one.name) == (&import.path, &import.name))
        {
            return Err(format!(
                "imports {:?}, which the implementation doesn't",
                import.path
            ));
        }
    }
    Ok(())
}

/// Derived mutants with their names. The functions of a package have different names, but for several `init`.
fn derived(
    entry: &MutantsEntry,
    implementation: &BTreeMap<&str, &[u8]>,
) -> Result<Vec<(String, FileSet)>, String> {
    let mut all = Vec::new();
    if entry.derive.is_empty() {
        return Ok(all);
    }
    for (path, text) in implementation {
        let found =
            gosource::mutations(text).map_err(|fault| format!("{path} can't be read: {fault}"))?;
        for mutation in found
            .iter()
            .filter(|found| entry.derive.contains(&found.operator))
        {
            let file = ProjectFile::new(mutation.apply(text));
            all.push((mutation.name.clone(), [((*path).to_owned(), file)].into()));
        }
    }
    Ok(all)
}
