//! Files in, exercise out: a pure function that tells all problems at once.

use std::collections::BTreeMap;

use crate::manifest::{
    CheckEntryKind, CountedFiles, Manifest, Problem, is_kebab_case, nearest, read_manifest,
};
use crate::model::{
    Check, CheckKind, Database, Exercise, ExerciseId, FileSet, Flawed, Limits, Network, ProjectFile,
};

use super::checks::resolve_checks;
use super::{MANIFEST, go_mod, go_text, manifest_text, version};

/// The statement's name within the exercise's folder.
const STATEMENT: &str = "README.md";

/// The folders that an exercise may have.
const FOLDERS: [&str; 7] = [
    "starter",
    "hidden",
    "reference",
    "alternatives",
    "flawed",
    "expected",
    "mutants",
];

/// Puts an exercise together from the files of its folder. `problems` are those that reading them already met.
pub(super) fn assemble(
    id: &ExerciseId,
    files: FileSet,
    mut problems: Vec<Problem>,
) -> Result<Exercise, Vec<Problem>> {
    let exercise = put_together(id, files, &mut problems);
    // The manifest first, since what it says is at the root of much else; then file by file.
    problems.sort_by(|a, b| {
        let place =
            |problem: &Problem| (problem.file != MANIFEST, problem.file.clone(), problem.line);
        place(a).cmp(&place(b))
    });
    match exercise {
        Some(exercise) if problems.is_empty() => Ok(exercise),
        Some(_) | None => Err(problems),
    }
}

fn put_together(id: &ExerciseId, files: FileSet, problems: &mut Vec<Problem>) -> Option<Exercise> {
    check_names(id, problems);
    let parts = split(files, problems);
    let manifest = read_manifest_of(&parts, problems);
    let statement = read_statement(&parts, problems);
    let go_mod = go_mod::read(&parts.starter, problems);
    if parts.reference.is_empty() && !told_of(problems, "reference/") {
        problems.push(Problem::of_file(
            "reference/",
            "is missing; put the model solution's files there",
        ));
    }
    let manifest = manifest?;
    check_solutions(&manifest, &parts, problems);
    check_flawed(&manifest, &parts, problems);
    if !manifest.in_package_tests {
        check_packages_of_hidden_tests(&parts.hidden, problems);
    }
    let checks = resolve_checks(&manifest, &parts, problems);
    check_mutants(&manifest, &parts, problems);
    let version = version::digest(&manifest, &parts);
    let go_mod = go_mod?;
    Some(Exercise {
        id: id.clone(),
        version,
        title: manifest.title,
        summary: manifest.summary,
        kind: manifest.kind,
        difficulty: manifest.difficulty,
        minutes: manifest.minutes,
        topics: manifest.topics,
        trains: manifest.trains,
        hints: manifest.hints,
        submission: manifest.submission,
        policy: manifest.policy,
        limits: Limits {
            network: network(&manifest.limits, &manifest.databases, &checks),
            ..manifest.limits
        },
        databases: manifest.databases,
        in_package_tests: manifest.in_package_tests,
        style: manifest.style,
        checks,
        flawed: manifest
            .flawed
            .into_iter()
            .map(|entry| Flawed {
                name: entry.name.value,
                caught_by: entry.caught_by,
                at: entry.at,
            })
            .collect(),
        module: go_mod.module,
        go: go_mod.go,
        requires: go_mod.requires,
        statement: statement?,
        starter: parts.starter,
        hidden: parts.hidden,
        reference: parts.reference,
        alternatives: parts.alternatives,
        flawed_files: parts.flawed,
        expected: parts.expected,
    })
}

/// A service is talked to, and code talks to what runs beside it, so their runs have a network whether the manifest says so or not.
fn network(limits: &Limits, databases: &[Database], checks: &[Check]) -> Network {
    let is_talked_to = |check: &Check| matches!(check.kind, CheckKind::Http(_));
    if !databases.is_empty() || checks.iter().any(is_talked_to) {
        Network::Loopback
    } else {
        limits.network
    }
}

/// The files of an exercise by the folder that they lie in.
#[derive(Default)]
pub(super) struct Parts {
    manifest: Option<ProjectFile>,
    statement: Option<ProjectFile>,
    pub(super) starter: FileSet,
    pub(super) hidden: FileSet,
    pub(super) reference: FileSet,
    alternatives: BTreeMap<String, FileSet>,
    flawed: BTreeMap<String, FileSet>,
    pub(super) expected: FileSet,
    pub(super) mutants: BTreeMap<String, FileSet>,
}

/// Whether something that is there couldn't be taken, so that it is not missing.
fn told_of(problems: &[Problem], file: &str) -> bool {
    problems
        .iter()
        .any(|problem| problem.file.starts_with(file))
}

fn check_names(id: &ExerciseId, problems: &mut Vec<Problem>) {
    for name in [&id.area, &id.slug] {
        if !is_kebab_case(name) {
            problems.push(Problem::of_file(
                format!("{name}/"),
                "areas and slugs are written in lower-case letters and digits joined by single dashes; rename it",
            ));
        }
    }
}

fn split(files: FileSet, problems: &mut Vec<Problem>) -> Parts {
    let mut parts = Parts::default();
    let mut strange_folders: Vec<String> = Vec::new();
    for (path, file) in files {
        let Some((folder, rest)) = path.split_once('/') else {
            match path.as_str() {
                MANIFEST => parts.manifest = Some(file),
                STATEMENT => parts.statement = Some(file),
                // Notes that lie beside the statement are the author's own business.
                _ => {}
            }
            continue;
        };
        let rest = rest.to_owned();
        match folder {
            "starter" => {
                parts.starter.insert(rest, file);
            }
            "hidden" => {
                parts.hidden.insert(rest, file);
            }
            "reference" => {
                parts.reference.insert(rest, file);
            }
            "expected" => {
                parts.expected.insert(rest, file);
            }
            "alternatives" => insert_named(&mut parts.alternatives, folder, &rest, file, problems),
            "mutants" => insert_named(&mut parts.mutants, folder, &rest, file, problems),
            "flawed" => insert_named(&mut parts.flawed, folder, &rest, file, problems),
            strange => {
                if strange_folders.last().is_none_or(|last| last != strange) {
                    strange_folders.push(strange.to_owned());
                }
            }
        }
    }
    for folder in strange_folders {
        let message = nearest(&folder, FOLDERS).map_or_else(
            || {
                format!(
                    "is no folder of an exercise; those are {}",
                    FOLDERS.join(", ")
                )
            },
            |near| format!("is no folder of an exercise; did you mean {near:?}?"),
        );
        problems.push(Problem::of_file(format!("{folder}/"), message));
    }
    parts
}

fn insert_named(
    solutions: &mut BTreeMap<String, FileSet>,
    folder: &str,
    path: &str,
    file: ProjectFile,
    problems: &mut Vec<Problem>,
) {
    if let Some((name, path)) = path.split_once('/') {
        let solution = solutions.entry(name.to_owned()).or_default();
        solution.insert(path.to_owned(), file);
    } else {
        problems.push(Problem::of_file(
            format!("{folder}/{path}"),
            format!("lies outside the folders of the solutions; move it into {folder}/NAME/"),
        ));
    }
}

fn read_manifest_of(parts: &Parts, problems: &mut Vec<Problem>) -> Option<Manifest> {
    let manifest = match &parts.manifest {
        None => {
            if told_of(problems, MANIFEST) {
                return None;
            }
            Err(vec![Problem::of_file(MANIFEST, "is missing")])
        }
        Some(file) => manifest_text(&file.bytes)
            .map_err(|problem| vec![problem])
            .and_then(|text| read_manifest(MANIFEST, text)),
    };
    manifest.map_err(|found| problems.extend(found)).ok()
}

fn read_statement(parts: &Parts, problems: &mut Vec<Problem>) -> Option<String> {
    let Some(file) = &parts.statement else {
        problems.push(Problem::of_file(
            STATEMENT,
            "is missing; write what to build and the rules that are graded",
        ));
        return None;
    };
    let text = String::from_utf8(file.bytes.clone()).ok();
    match text {
        Some(text) if !text.trim().is_empty() => Some(text),
        Some(_) => {
            problems.push(Problem::of_file(STATEMENT, "is empty"));
            None
        }
        None => {
            problems.push(Problem::of_file(STATEMENT, "is not UTF-8 text"));
            None
        }
    }
}

/// Every file of a solution must be one that a candidate could hand in.
fn check_solutions(manifest: &Manifest, parts: &Parts, problems: &mut Vec<Problem>) {
    let counted = CountedFiles::new(&manifest.submission, manifest.kind);
    let mut check = |folder: &str, files: &FileSet| {
        for path in files.keys().filter(|path| !counted.counts(path)) {
            problems.push(Problem::of_file(
                format!("{folder}/{path}"),
                "doesn't count when handed in ([submission] files decides), so a solution can't need it",
            ));
        }
    };
    check("reference", &parts.reference);
    for (name, files) in &parts.alternatives {
        check(&format!("alternatives/{name}"), files);
    }
    for (name, files) in &parts.flawed {
        check(&format!("flawed/{name}"), files);
    }
}

fn check_flawed(manifest: &Manifest, parts: &Parts, problems: &mut Vec<Problem>) {
    for (index, entry) in manifest.flawed.iter().enumerate() {
        let name = &entry.name.value;
        if !parts.flawed.contains_key(name) {
            let near = nearest(name, parts.flawed.keys().map(String::as_str))
                .map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            problems.push(Problem {
                file: MANIFEST.to_owned(),
                line: Some(entry.name.line),
                key: format!("flawed[{}].name", index + 1),
                message: format!("there is no folder flawed/{name}{near}"),
            });
        }
    }
    for name in parts.flawed.keys() {
        if !manifest
            .flawed
            .iter()
            .any(|entry| entry.name.value == *name)
        {
            problems.push(Problem::of_file(
                format!("flawed/{name}/"),
                format!("has no [[flawed]] entry in {MANIFEST} that says which check catches it"),
            ));
        }
    }
}

/// Every mutant must be one that a check names.
fn check_mutants(manifest: &Manifest, parts: &Parts, problems: &mut Vec<Problem>) {
    for name in parts.mutants.keys() {
        let is_named = manifest.checks.iter().any(|check| {
            matches!(&check.kind, CheckEntryKind::Mutants(entry) if entry.mutants.iter().any(|known| known.value == *name))
        });
        if !is_named {
            problems.push(Problem::of_file(
                format!("mutants/{name}/"),
                format!("is named by no check of type mutants in {MANIFEST}: write mutants = [{name:?}] in one"),
            ));
        }
    }
}

fn check_packages_of_hidden_tests(hidden: &FileSet, problems: &mut Vec<Problem>) {
    for (path, file) in hidden.iter().filter(|(path, _)| path.ends_with("_test.go")) {
        let text = String::from_utf8_lossy(&file.bytes);
        let message = match go_text::package_name(&text) {
            Some(package) if package.ends_with("_test") => continue,
            Some(package) => format!(
                "is of package {package}; hidden tests are of the external package {package}_test, unless \
                 in_package_tests = true"
            ),
            None => "has no package clause".to_owned(),
        };
        problems.push(Problem::of_file(format!("hidden/{path}"), message));
    }
}
