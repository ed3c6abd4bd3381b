//! Finds what the checks of a manifest refer to: tests in `_test.go` files, and files of input and output. Where they
//! lie decides whether a check is visible.

mod bench;
mod go_tests;
mod http;
mod mutants;
mod programs;

use crate::manifest::{CheckEntryKind, GoTestEntry, Manifest, Problem, StyleEntry};
use crate::model::{Check, CheckKind, GoTestCheck, Style, StyleRule, VetCheck};

use super::MANIFEST;
use super::assemble::Parts;
use go_tests::TestIndex;

/// Who gets to see a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Visible,
    Hidden,
}

/// The checks with everything that they refer to. Those with problems are left out.
pub(super) fn resolve_checks(
    manifest: &Manifest,
    parts: &Parts,
    problems: &mut Vec<Problem>,
) -> Vec<Check> {
    let tests = TestIndex::new(&parts.starter, &parts.hidden);
    let mut checks = Vec::new();
    for (index, entry) in manifest.checks.iter().enumerate() {
        let mut complain = |line: u32, key: &str, message: String| {
            problems.push(problem(index, line, key, message));
        };
        let resolved = match &entry.kind {
            CheckEntryKind::GoTest(entry) => tests
                .side_of(&entry.package, "tests", &entry.tests, &mut complain)
                .map(|side| (side, CheckKind::GoTest(go_test(entry)))),
            CheckEntryKind::Output(entry) => programs::output(entry, parts, problems, index)
                .map(|(side, check)| (side, CheckKind::Output(check))),
            CheckEntryKind::Http(entry) => http::check(entry, parts, problems, index)
                .map(|(side, check)| (side, CheckKind::Http(check))),
            // Anybody can run the program of the starter.
            CheckEntryKind::Predict(entry) => {
                programs::predict(entry, manifest, parts, problems, index)
                    .map(|check| (Side::Visible, CheckKind::Predict(check)))
            }
            CheckEntryKind::Bench(entry) => bench::resolve(entry, &tests, &mut complain)
                .map(|(side, check)| (side, CheckKind::Bench(check))),
            // Anybody can ask vet.
            CheckEntryKind::Vet(entry) => Some((
                Side::Visible,
                CheckKind::Vet(VetCheck {
                    package: entry.package.clone(),
                    analysers: entry.analysers.clone(),
                }),
            )),
            CheckEntryKind::Mutants(entry) => {
                mutants::mutants(entry, manifest, parts, &mut complain)
                    .map(|(side, check)| (side, CheckKind::Mutants(check)))
            }
            // And read the rules.
            CheckEntryKind::Style(entry) => {
                style(entry, &mut complain).map(|style| (Side::Visible, CheckKind::Style(style)))
            }
        };
        if let Some((side, kind)) = resolved {
            checks.push(Check {
                id: entry.id.clone(),
                about: entry.about.clone(),
                points: entry.points,
                visible: match side {
                    Side::Visible => true,
                    Side::Hidden => false,
                },
                requires: entry.requires.clone(),
                reveal: entry.reveal,
                kind,
            });
        }
    }
    checks
}

/// A problem with a key of the check at an index.
fn problem(index: usize, line: u32, key: &str, message: String) -> Problem {
    Problem {
        file: MANIFEST.to_owned(),
        line: Some(line),
        key: format!("check[{}].{key}", index + 1),
        message,
    }
}

fn go_test(entry: &GoTestEntry) -> GoTestCheck {
    GoTestCheck {
        package: entry.package.clone(),
        tests: entry.tests.iter().map(|name| name.value.clone()).collect(),
        stress: entry.stress,
        leaks: entry.leaks,
    }
}

fn style(entry: &StyleEntry, complain: &mut impl FnMut(u32, &str, String)) -> Option<Style> {
    let style = entry.style();
    let of_imports = entry
        .rules
        .iter()
        .find(|rule| rule.value == StyleRule::Imports);
    match of_imports {
        Some(rule) if style.measures.layers.is_empty() => {
            let message = "imports goes by layers; write, for example, layers = [{ from = \"internal/handler\", \
                           deny = [\"internal/repository\"] }]";
            complain(rule.line, "rules", message.to_owned());
            None
        }
        Some(_) | None => Some(style),
    }
}
