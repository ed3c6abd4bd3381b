//! The map of the house: a module imports only modules on lower floors.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::repository;

const FLOORS: [(&str, u32); 19] = [
    ("model", 0),
    ("text", 1),
    ("manifest", 1),
    ("gotest", 1),
    ("gosource", 1),
    ("sandbox", 2),
    ("catalog", 2),
    ("submission", 2),
    ("diagnosis", 2),
    ("golang", 3),
    ("databases", 3),
    ("checks", 4),
    ("grading", 5),
    ("report", 5),
    ("authoring", 6),
    ("practice", 6),
    ("takehome", 6),
    ("doctor", 6),
    ("cli", 7),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(&repository().join("src"), &mut found);
    assert!(found.len() > 40, "only {} sources were found", found.len());
    found
}

/// The room that a source file belongs to; none for `lib.rs` and `main.rs`.
fn room(path: &Path) -> Option<String> {
    let inside = path
        .strip_prefix(repository().join("src"))
        .expect("a source");
    let first = inside.iter().next()?.to_str()?;
    (inside.iter().count() > 1).then(|| first.to_owned())
}

#[test]
fn modules_import_lower_floors_only() {
    let floors: BTreeMap<&str, u32> = FLOORS.into();
    let mut faults = Vec::new();
    for path in all_sources() {
        let Some(room) = room(&path) else { continue };
        let Some(floor) = floors.get(room.as_str()) else {
            faults.push(format!("{} is in a room without a floor", path.display()));
            continue;
        };
        let text = std::fs::read_to_string(&path).expect("a source");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or(line);
            for part in code.split("crate::").skip(1) {
                let other: String = part
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                if other == room {
                    continue;
                }
                match floors.get(other.as_str()) {
                    Some(below) if below < floor => {}
                    Some(_) | None => faults.push(format!(
                        "{}:{}: {room} imports {other}",
                        path.display(),
                        number + 1
                    )),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn unsafe_code_is_in_the_sandbox_alone() {
    for path in all_sources() {
        let text = std::fs::read_to_string(&path).expect("a source");
        let has = text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or(line);
            code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe_code")
        });
        assert!(
            !has || room(&path).as_deref() == Some("sandbox"),
            "{} has unsafe code",
            path.display()
        );
    }
}

#[test]
fn no_lint_is_allowed_without_a_reason() {
    for path in all_sources() {
        let text = std::fs::read_to_string(&path).expect("a source");
        assert!(
            !text.contains("#[allow(") && !text.contains("#![allow("),
            "{}: expect a lint, with a reason",
            path.display()
        );
        assert!(
            !text.contains("todo!(") && !text.contains("unimplemented!("),
            "{} is unfinished",
            path.display()
        );
    }
}
