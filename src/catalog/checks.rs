//! Finds what the checks of a manifest refer to: tests in `_test.go` files, and files of input and output. Where they
//! lie decides whether a check is visible.

use std::collections::BTreeMap;

use crate::manifest::{CheckEntryKind, Located, Manifest, Problem, nearest};
use crate::model::{Check, CheckKind, ExpectedOutput, FileSet};

use super::assemble::Parts;
use super::{MANIFEST, go_text};

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
            CheckEntryKind::GoTest {
                package,
                tests: names,
                stress,
                leaks,
            } => tests.side_of(package, names, &mut complain).map(|side| {
                let kind = CheckKind::GoTest {
                    package: package.clone(),
                    tests: names.iter().map(|name| name.value.clone()).collect(),
                    stress: *stress,
                    leaks: *leaks,
                };
                (side, kind)
            }),
            CheckEntryKind::Output {
                package,
                args,
                stdin,
                stdout,
                exit,
            } => find_input_and_output(stdin.as_ref(), stdout, parts, &mut complain).map(
                |(side, input, output)| {
                    let kind = CheckKind::Output {
                        package: package.clone(),
                        args: args.clone(),
                        stdin: input.to_vec(),
                        expected: ExpectedOutput {
                            stdout: output.to_vec(),
                            exit: *exit,
                        },
                    };
                    (side, kind)
                },
            ),
            // Anybody can ask vet.
            CheckEntryKind::Vet { package, analysers } => {
                let kind = CheckKind::Vet {
                    package: package.clone(),
                    analysers: analysers.clone(),
                };
                Some((Side::Visible, kind))
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
                kind,
            });
        }
    }
    checks
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

/// Where a test stands.
struct Declaration<'f> {
    side: Side,
    /// Relative to the exercise's folder.
    path: String,
    /// The folder of its package within the module; empty for the module's root.
    folder: &'f str,
}

/// All tests of an exercise by name.
struct TestIndex<'f>(BTreeMap<String, Vec<Declaration<'f>>>);

impl<'f> TestIndex<'f> {
    fn new(starter: &'f FileSet, hidden: &'f FileSet) -> Self {
        let mut tests: BTreeMap<String, Vec<Declaration<'f>>> = BTreeMap::new();
        for (side, root, files) in [
            (Side::Visible, "starter", starter),
            (Side::Hidden, "hidden", hidden),
        ] {
            for (path, file) in files.iter().filter(|(path, _)| path.ends_with("_test.go")) {
                // A hidden file is laid over its namesake, whose tests are then no more.
                if side == Side::Visible && hidden.contains_key(path) {
                    continue;
                }
                let text = String::from_utf8_lossy(&file.bytes);
                for name in go_text::test_names(&text) {
                    tests.entry(name.to_owned()).or_default().push(Declaration {
                        side,
                        path: format!("{root}/{path}"),
                        folder: path.rsplit_once('/').map_or("", |(folder, _)| folder),
                    });
                }
            }
        }
        Self(tests)
    }

    /// The side on which all tests of a check lie.
    fn side_of(
        &self,
        package: &str,
        names: &[Located<String>],
        complain: &mut impl FnMut(u32, &str, String),
    ) -> Option<Side> {
        let mut sides: Vec<(&Located<String>, Side)> = Vec::new();
        let mut all_found = true;
        for name in names {
            match self.find(package, &name.value) {
                Ok(side) => sides.push((name, side)),
                Err(message) => {
                    all_found = false;
                    complain(name.line, "tests", message);
                }
            }
        }
        let (first, side) = *sides.first()?;
        if let Some((other, _)) = sides.iter().find(|(_, other)| *other != side) {
            let (visible, hidden) = match side {
                Side::Visible => (first, *other),
                Side::Hidden => (*other, first),
            };
            let message = format!(
                "{} lies in starter/ and {} in hidden/, but a check is either visible or hidden; split it in two",
                visible.value, hidden.value
            );
            complain(other.line, "tests", message);
            return None;
        }
        all_found.then_some(side)
    }

    fn find(&self, package: &str, name: &str) -> Result<Side, String> {
        let folder = package.trim_start_matches('.').trim_start_matches('/');
        let everywhere = self.0.get(name).map_or(&[][..], Vec::as_slice);
        let here: Vec<&Declaration<'_>> = everywhere
            .iter()
            .filter(|declaration| declaration.folder == folder)
            .collect();
        match (here.as_slice(), everywhere) {
            ([only], _) => Ok(only.side),
            ([], [elsewhere, ..]) => Err(format!(
                "{name} stands in {}, which is not of package {package:?}",
                elsewhere.path
            )),
            ([], []) => {
                let near = nearest(name, self.0.keys().map(String::as_str))
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                Err(format!(
                    "no `func {name}(` stands in the _test.go files of starter/ and hidden/{near}"
                ))
            }
            ([first, second, ..], _) => Err(format!(
                "{name} stands in both {} and {}",
                first.path, second.path
            )),
        }
    }
}
