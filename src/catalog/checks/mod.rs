//! Finds what the checks of a manifest refer to: tests in `_test.go` files, and files of input and output. Where they
//! lie decides whether a check is visible.

mod bench;
mod go_tests;

use crate::manifest::{
    CheckEntryKind, GoTestEntry, Located, Manifest, OutputEntry, Problem, nearest,
};
use crate::model::{Check, CheckKind, ExpectedOutput, GoTestCheck, OutputCheck, VetCheck};

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
            problems.push(Problem {
                file: MANIFEST.to_owned(),
                line: Some(line),
                key: format!("check[{}].{key}", index + 1),
                message,
            });
        };
        let resolved = match &entry.kind {
            CheckEntryKind::GoTest(entry) => tests
                .side_of(&entry.package, "tests", &entry.tests, &mut complain)
                .map(|side| (side, CheckKind::GoTest(go_test(entry)))),
            CheckEntryKind::Output(entry) => output(entry, parts, &mut complain)
                .map(|(side, check)| (side, CheckKind::Output(check))),
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

fn go_test(entry: &GoTestEntry) -> GoTestCheck {
    GoTestCheck {
        package: entry.package.clone(),
        tests: entry.tests.iter().map(|name| name.value.clone()).collect(),
        stress: entry.stress,
        leaks: entry.leaks,
    }
}

fn output(
    entry: &OutputEntry,
    parts: &Parts,
    complain: &mut impl FnMut(u32, &str, String),
) -> Option<(Side, OutputCheck)> {
    let (side, input, output) =
        find_input_and_output(entry.stdin.as_ref(), &entry.stdout, parts, complain)?;
    let check = OutputCheck {
        package: entry.package.clone(),
        args: entry.args.clone(),
        stdin: input.to_vec(),
        expected: ExpectedOutput {
            stdout: output.to_vec(),
            exit: entry.exit,
        },
    };
    Some((side, check))
}

/// What the program of an `output` check reads and must write, and the side on which both lie.
fn find_input_and_output<'f>(
    stdin: Option<&Located<String>>,
    stdout: &Located<String>,
    parts: &'f Parts,
    complain: &mut impl FnMut(u32, &str, String),
) -> Option<(Side, &'f [u8], &'f [u8])> {
    let input = stdin.map(|path| find_file(path, "stdin", parts, complain));
    let (side, output) = find_file(stdout, "stdout", parts, complain)?;
    match input {
        None => Some((side, &[], output)),
        Some(None) => None,
        Some(Some((input_side, input))) if input_side == side => Some((side, input, output)),
        Some(Some(_)) => {
            let message = "lies on the other side than stdin; put both under starter/ (a visible check) or both \
                           under expected/ (a hidden one)";
            complain(stdout.line, "stdout", message.to_owned());
            None
        }
    }
}

/// The file that an `output` check names, with who gets to see it.
fn find_file<'f>(
    path: &Located<String>,
    key: &str,
    parts: &'f Parts,
    complain: &mut impl FnMut(u32, &str, String),
) -> Option<(Side, &'f [u8])> {
    let (folder, files, side, rest) = if let Some(rest) = path.value.strip_prefix("starter/") {
        ("starter", &parts.starter, Side::Visible, rest)
    } else if let Some(rest) = path.value.strip_prefix("expected/") {
        ("expected", &parts.expected, Side::Hidden, rest)
    } else {
        let message = format!(
            "{:?} lies neither under starter/ (a visible check) nor under expected/ (a hidden one)",
            path.value
        );
        complain(path.line, key, message);
        return None;
    };
    if let Some(file) = files.get(rest) {
        return Some((side, &file.bytes));
    }
    let near = nearest(rest, files.keys().map(String::as_str)).map_or_else(String::new, |near| {
        format!("; did you mean \"{folder}/{near}\"?")
    });
    complain(
        path.line,
        key,
        format!("there is no file {:?}{near}", path.value),
    );
    None
}
