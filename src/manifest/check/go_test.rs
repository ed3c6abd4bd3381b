//! Checks of type `go-test` in the manifest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::model::Leaks;

/// `go-test`: top-level Go tests, all of which must pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoTestEntry {
    /// `.` or `./internal/service`.
    pub package: String,
    /// Top-level tests; at least one.
    pub tests: Vec<Located<String>>,
    /// How many fresh processes each test runs in.
    pub stress: u32,
    /// Which goroutines must not be left behind.
    pub leaks: Leaks,
}

pub(super) const TYPE: Type = Type {
    name: "go-test",
    keys: &["package", "tests", "stress", "leaks"],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
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
    Some(CheckEntryKind::GoTest(GoTestEntry {
        package: package?,
        tests,
        stress: stress?,
        leaks: leaks?,
    }))
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
