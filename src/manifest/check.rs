//! `[[check]]` tables: the keys that all checks share, and those of each type.

use std::collections::{BTreeMap, BTreeSet};

use super::keys::Keys;
use super::names::{KEBAB_RULE, is_kebab_case};
use super::problem::{Located, suggestion};
use crate::model::{ANALYSERS, CONCURRENCY_ANALYSERS, Leaks};

/// A `[[check]]` table, found good in itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckEntry {
    /// Its name within the exercise.
    pub id: String,
    /// The promise that it grades, in one sentence.
    pub about: String,
    /// What it is worth.
    pub points: u32,
    /// Its type with what that type needs.
    pub kind: CheckEntryKind,
}

/// The types of check as the manifest writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckEntryKind {
    /// `go-test`
    GoTest {
        /// `.` or `./internal/service`.
        package: String,
        /// Top-level tests; at least one.
        tests: Vec<Located<String>>,
        /// How many fresh processes each test runs in.
        stress: u32,
        /// Which goroutines must not be left behind.
        leaks: Leaks,
    },
    /// `output`
    Output {
        /// The main package.
        package: String,
        /// Arguments of the program.
        args: Vec<String>,
        /// The file that it reads, relative to the exercise's folder; nothing is read when absent.
        stdin: Option<Located<String>>,
        /// The file that holds what it must write, relative to the exercise's folder.
        stdout: Located<String>,
        /// The exit code.
        exit: i32,
    },
    /// `vet`
    Vet {
        /// The package.
        package: String,
        /// Analysers of `go vet`; at least one.
        analysers: Vec<String>,
    },
}

#[derive(Clone, Copy)]
enum Type {
    GoTest,
    Output,
    Vet,
}

/// The keys that belong to one type alone, to tell a misplaced key from a misspelt one.
const KEYS_OF_TYPES: [(&str, &[&str]); 3] = [
    ("go-test", &["tests", "stress", "leaks"]),
    ("output", &["args", "stdin", "stdout", "exit"]),
    ("vet", &["analysers"]),
];

/// The checks that could be read, and the ids of all, so that a fault in one doesn't bring forth another elsewhere.
pub(super) struct Checks {
    pub(super) entries: Vec<CheckEntry>,
    pub(super) ids: Vec<String>,
}

pub(super) fn read_checks(tables: Vec<Keys<'_>>) -> Checks {
    let mut checks = Checks {
        entries: Vec::new(),
        ids: Vec::new(),
    };
    let mut first_lines: BTreeMap<String, u32> = BTreeMap::new();
    for mut table in tables {
        table.require("id", "id = \"first-failure-cancels\"");
        let id = table.located_string("id");
        if let Some(id) = &id {
            if !is_kebab_case(&id.value) {
                table.complain("id", format!("{:?} is no id; {KEBAB_RULE}", id.value));
            }
            if let Some(first) = first_lines.get(&id.value) {
                let message = format!(
                    "{:?} is the id of two checks, first on line {first}",
                    id.value
                );
                table.complain("id", message);
            } else {
                first_lines.insert(id.value.clone(), id.line);
            }
            checks.ids.push(id.value.clone());
        }
        let entry = read_check(&mut table, id.map(|id| id.value));
        checks.entries.extend(entry);
    }
    checks
}

fn read_check(table: &mut Keys<'_>, id: Option<String>) -> Option<CheckEntry> {
    table.require("type", "type = \"go-test\"");
    table.require("points", "points = 20");
    table.require(
        "about",
        "about = \"When a job fails, the context that the other jobs hold is cancelled.\"",
    );
    let about = table.string("about");
    let points = table.integer("points", 1..=1000);
    let kind = table.choice(
        "type",
        &[
            ("go-test", Type::GoTest),
            ("output", Type::Output),
            ("vet", Type::Vet),
        ],
    );
    let package = read_package(table);
    let kind = match kind {
        Some(Type::GoTest) => read_go_test(table, package),
        Some(Type::Output) => read_output(table, package),
        Some(Type::Vet) => read_vet(table, package),
        None => {
            // Until the type is known, the keys of all types are welcome.
            for key in KEYS_OF_TYPES.iter().flat_map(|(_, keys)| keys.iter()) {
                table.pass_over(key);
            }
            None
        }
    };
    table.finish(of_another_type);
    Some(CheckEntry {
        id: id?,
        about: about?,
        points: points?,
        kind: kind?,
    })
}

fn of_another_type(key: &str) -> Option<String> {
    KEYS_OF_TYPES
        .iter()
        .find(|(_, keys)| keys.contains(&key))
        .map(|(name, _)| format!("belongs to checks of type {name:?}"))
}

fn read_go_test(table: &mut Keys<'_>, package: Option<String>) -> Option<CheckEntryKind> {
    table.require("tests", "tests = [\"TestFirstFailureCancels\"]");
    let has_tests = table.has("tests");
    let tests = table.strings("tests");
    if has_tests && tests.is_empty() {
        table.complain("tests", "must name at least one top-level test");
    }
    let mut seen = BTreeSet::new();
    for test in &tests {
        if let Some(message) = fault_of_test_name(&test.value) {
            table.complain_at(test.line, "tests", message);
        } else if !seen.insert(&test.value) {
            table.complain_at(test.line, "tests", format!("{} is named twice", test.value));
        }
    }
    let stress = if table.has("stress") {
        table.integer("stress", 1..=1000)
    } else {
        table.pass_over("stress");
        Some(1)
    };
    let leaks = if table.has("leaks") {
        table.choice(
            "leaks",
            &[("proven", Leaks::Proven), ("strict", Leaks::Strict)],
        )
    } else {
        table.pass_over("leaks");
        Some(Leaks::default())
    };
    Some(CheckEntryKind::GoTest {
        package: package?,
        tests,
        stress: stress?,
        leaks: leaks?,
    })
}

/// What is wrong with the name of a test, by the go command's own rule.
fn fault_of_test_name(name: &str) -> Option<String> {
    if let Some((top, _)) = name.split_once('/') {
        return Some(format!(
            "{name:?} is a subtest; points belong to whole tests, so name {top:?}"
        ));
    }
    let rest = name.strip_prefix("Test");
    let good = rest.is_some_and(|rest| {
        !rest.starts_with(char::is_lowercase)
            && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
    });
    (!good).then(|| format!("{name:?} is no Go test; write its name as in func TestName"))
}

fn read_output(table: &mut Keys<'_>, package: Option<String>) -> Option<CheckEntryKind> {
    table.require("stdout", "stdout = \"expected/report.txt\"");
    let args = table.any_strings("args");
    let stdin = table.located_string("stdin");
    let stdout = table.located_string("stdout");
    let exit = if table.has("exit") {
        table.integer("exit", 0..=255)
    } else {
        table.pass_over("exit");
        Some(0)
    };
    Some(CheckEntryKind::Output {
        package: package?,
        args: args.into_iter().map(|arg| arg.value).collect(),
        stdin,
        stdout: stdout?,
        exit: i32::try_from(exit?).ok()?,
    })
}

fn read_vet(table: &mut Keys<'_>, package: Option<String>) -> Option<CheckEntryKind> {
    let analysers = if table.has("analysers") {
        let named = table.strings("analysers");
        if named.is_empty() {
            table.complain("analysers", "must name at least one analyser of go vet");
        }
        let mut seen = BTreeSet::new();
        for analyser in &named {
            let name = analyser.value.as_str();
            if !ANALYSERS.contains(&name) {
                let near = suggestion(name, ANALYSERS);
                let message = format!("{name:?} is no analyser that gavel asks{near}");
                table.complain_at(analyser.line, "analysers", message);
            } else if !seen.insert(name) {
                table.complain_at(analyser.line, "analysers", format!("{name} is named twice"));
            }
        }
        named.into_iter().map(|analyser| analyser.value).collect()
    } else {
        table.pass_over("analysers");
        CONCURRENCY_ANALYSERS.map(str::to_owned).into()
    };
    Some(CheckEntryKind::Vet {
        package: package?,
        analysers,
    })
}

fn read_package(table: &mut Keys<'_>) -> Option<String> {
    if !table.has("package") {
        table.pass_over("package");
        return Some(".".to_owned());
    }
    table.parsed("package", |text| {
        let good = match text.strip_prefix("./") {
            None => text == ".",
            Some(path) => path.split('/').all(|part| {
                !part.is_empty()
                    && !part.starts_with(['.', '_'])
                    && part
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            }),
        };
        if good {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "{text:?} is no package of the exercise; write \".\" or a path such as \"./internal/service\""
            ))
        }
    })
}
