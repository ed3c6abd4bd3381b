//! What can be told of an exercise by reading it: whether the statement names what the tests use, and whether the tests
//! keep the rules that grading relies on.

use std::collections::BTreeSet;

use crate::gosource;
use crate::model::{CheckKind, Exercise, FileSet};

/// The faults that reading brings to light.
pub(super) fn problems(exercise: &Exercise) -> Vec<String> {
    let mut problems = unnamed_identifiers(exercise);
    problems.extend(forbidden_calls(exercise));
    problems
}

fn test_files(files: &FileSet) -> impl Iterator<Item = (&String, &[u8])> {
    files
        .iter()
        .filter(|(path, _)| path.ends_with("_test.go"))
        .map(|(path, file)| (path, file.bytes.as_slice()))
}

/// Exported identifiers of the module's packages that tests use and the statement doesn't name.
fn unnamed_identifiers(exercise: &Exercise) -> Vec<String> {
    let words: BTreeSet<&str> = exercise
        .statement
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let mut problems = Vec::new();
    let mut unnamed = BTreeSet::new();
    for (path, bytes) in test_files(&exercise.starter).chain(test_files(&exercise.hidden)) {
        let source = match gosource::parse(path, bytes) {
            Ok(source) => source,
            Err(fault) => {
                problems.push(format!("{path}: gavel can't read it: {fault}"));
                continue;
            }
        };
        let packages: BTreeSet<&str> = exercise
            .checks
            .iter()
            .filter_map(|check| match &check.kind {
                CheckKind::GoTest(kind) => Some(kind.package.as_str()),
                CheckKind::Bench(kind) => Some(kind.package.as_str()),
                CheckKind::Output(_)
                | CheckKind::Http(_)
                | CheckKind::Predict(_)
                | CheckKind::Mutants(_)
                | CheckKind::Vet(_)
                | CheckKind::Style(_) => None,
            })
            .collect();
        for package in packages {
            let folder = package.trim_start_matches("./");
            let import_path = match folder {
                "." => exercise.module.clone(),
                _ => format!("{}/{folder}", exercise.module),
            };
            let name = package_name(exercise, folder).unwrap_or_default();
            for symbol in source.symbols_used_of(&import_path, &name) {
                if !words.contains(symbol) {
                    unnamed.insert(symbol.to_owned());
                }
            }
        }
    }
    problems.extend(
        unnamed
            .into_iter()
            .map(|name| format!("README.md: doesn't name {name}, which tests use")),
    );
    problems
}

/// What the package in a folder of the starter calls itself.
fn package_name(exercise: &Exercise, folder: &str) -> Option<String> {
    let folder = if folder == "." { "" } else { folder };
    exercise
        .starter
        .iter()
        .filter(|(path, _)| path.ends_with(".go") && !path.ends_with("_test.go"))
        .filter(|(path, _)| path.rsplit_once('/').map_or("", |(parent, _)| parent) == folder)
        .find_map(|(path, file)| Some(gosource::parse(path, &file.bytes).ok()?.package))
}

/// Calls after which a test proves less than it seems to.
fn forbidden_calls(exercise: &Exercise) -> Vec<String> {
    const FORBIDDEN: [(&str, &str); 4] = [
        (
            "testing.Short(",
            "asks whether it should do less (testing.Short)",
        ),
        (".Skip(", "skips, and a skipped test is no proof"),
        (".Skipf(", "skips, and a skipped test is no proof"),
        (".SkipNow(", "skips, and a skipped test is no proof"),
    ];
    let mut problems = Vec::new();
    for (folder, files) in [("starter", &exercise.starter), ("hidden", &exercise.hidden)] {
        for (path, bytes) in test_files(files) {
            for (number, line) in String::from_utf8_lossy(bytes).lines().enumerate() {
                let code = line.split("//").next().unwrap_or(line);
                if let Some((_, words)) = FORBIDDEN.iter().find(|(call, _)| code.contains(call)) {
                    problems.push(format!("{folder}/{path}:{}: {words}", number + 1));
                }
            }
        }
    }
    problems
}
