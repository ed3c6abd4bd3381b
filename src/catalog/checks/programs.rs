//! Checks that run a program: the files that it is started with, and those that say what it prints.

use super::{Side, problem};
use crate::catalog::assemble::Parts;
use crate::manifest::{
    CountedFiles, Located, Manifest, OutputEntry, PredictEntry, Problem, StartEntry, nearest,
};
use crate::model::{ExpectedOutput, FileSet, OutputCheck, PredictCheck, ProgramStart};
use crate::text::fault_of_expected;

/// An `output` check, and the side on which all its files lie.
pub(super) fn output(
    entry: &OutputEntry,
    parts: &Parts,
    problems: &mut Vec<Problem>,
    index: usize,
) -> Option<(Side, OutputCheck)> {
    let mut finder = Finder::new(parts, problems, index);
    let start = finder.start(&entry.start);
    let stdout = finder.file(&entry.stdout, "stdout");
    let stderr = entry
        .stderr
        .as_ref()
        .map(|path| finder.file(path, "stderr"));
    let golden = [
        (Some(&entry.stdout), "stdout"),
        (entry.stderr.as_ref(), "stderr"),
    ];
    for (path, key) in golden {
        if let (Some(path), Some(folder)) = (path, &entry.start.files) {
            finder.lies_outside(path, key, folder);
        }
    }
    for (path, found) in [
        (Some(&entry.stdout), stdout),
        (entry.stderr.as_ref(), stderr.flatten()),
    ] {
        if let (Some(path), Some(bytes)) = (path, found)
            && let Some((line, why)) = fault_of_expected(bytes, entry.compare)
        {
            let compare = entry.compare.name();
            finder.problems.push(Problem {
                file: path.value.clone(),
                line: u32::try_from(line).ok(),
                key: String::new(),
                message: format!("{why} (compare = {compare:?})"),
            });
        }
    }
    let check = OutputCheck {
        package: entry.package.clone(),
        start: start?,
        expected: ExpectedOutput {
            stdout: stdout?.to_vec(),
            stderr: match stderr {
                None => None,
                Some(found) => Some(found?.to_vec()),
            },
            compare: entry.compare,
            exit: entry.exit,
        },
    };
    Some((finder.side?, check))
}

/// A `predict` check. Its program and what that reads lie in the starter, where the candidate can read them; its explanation
/// doesn't.
pub(super) fn predict(
    entry: &PredictEntry,
    manifest: &Manifest,
    parts: &Parts,
    problems: &mut Vec<Problem>,
    index: usize,
) -> Option<PredictCheck> {
    let mut finder = Finder::new(parts, problems, index);
    finder.side = Some(Side::Visible);
    finder.elsewhere = "must lie under starter/, where whoever predicts can read it";
    let start = finder.start(&entry.start);
    let explanation = entry.explanation.as_ref().map(|path| {
        let mut apart = Finder::new(parts, finder.problems, index);
        apart.side = Some(Side::Hidden);
        apart.elsewhere = "must lie under expected/, since starter/ is handed out";
        apart.words(path)
    });
    let counted = CountedFiles::new(&manifest.submission, manifest.kind);
    if !counted.counts(&entry.answer.value) {
        let message = format!(
            "{:?} doesn't count when handed in: [submission] files doesn't match it",
            entry.answer.value
        );
        finder.complain(&entry.answer, "answer", message);
    }
    let folder = entry
        .package
        .value
        .trim_start_matches("./")
        .trim_matches('.');
    let is_in_package = |path: &String| {
        path.ends_with(".go") && path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder
    };
    if !parts.starter.keys().any(is_in_package) {
        let message = "starter/ has no Go file in its folder; what is predicted is a program that everybody can read";
        finder.complain(&entry.package, "package", message.to_owned());
        return None;
    }
    Some(PredictCheck {
        package: entry.package.value.clone(),
        start: start?,
        exit: entry.exit,
        answer: entry.answer.value.clone(),
        compare: entry.compare,
        explanation: match explanation {
            None => None,
            Some(found) => Some(found?),
        },
    })
}

/// Finds the files of one check, all of which must lie on one side.
pub(super) struct Finder<'f, 'p> {
    parts: &'f Parts,
    problems: &'p mut Vec<Problem>,
    index: usize,
    /// The side on which they lie, as soon as it is known.
    pub(super) side: Option<Side>,
    /// What to say of a file on the other side where the side was known from the start.
    elsewhere: &'static str,
    /// The key that named the side otherwise.
    first: &'static str,
}

impl<'f, 'p> Finder<'f, 'p> {
    pub(super) fn new(parts: &'f Parts, problems: &'p mut Vec<Problem>, index: usize) -> Self {
        Self {
            parts,
            problems,
            index,
            side: None,
            elsewhere: "",
            first: "",
        }
    }

    fn complain(&mut self, path: &Located<String>, key: &str, message: String) {
        self.problems
            .push(problem(self.index, path.line, key, message));
    }

    fn start(&mut self, entry: &StartEntry) -> Option<ProgramStart> {
        let stdin = entry.stdin.as_ref().map(|path| self.file(path, "stdin"));
        let files = entry.files.as_ref().map(|path| self.folder(path, "files"));
        Some(ProgramStart {
            args: entry.args.clone(),
            env: entry.env.clone(),
            stdin: match stdin {
                None => Vec::new(),
                Some(found) => found?.to_vec(),
            },
            files: match files {
                None => FileSet::new(),
                Some(found) => found?,
            },
        })
    }

    /// The bytes of a file.
    pub(super) fn file(&mut self, path: &Located<String>, key: &'static str) -> Option<&'f [u8]> {
        let (folder, files, rest) = self.root(path, key)?;
        let Some(file) = files.get(rest) else {
            let near = nearest(rest, files.keys().map(String::as_str))
                .map_or_else(String::new, |near| {
                    format!("; did you mean \"{folder}/{near}\"?")
                });
            let message = format!("there is no file {:?}{near}", path.value);
            self.complain(path, key, message);
            return None;
        };
        self.keep_to_the_side(path, key, side_of(folder))?;
        Some(&file.bytes)
    }

    /// The files below a folder, by their path in it.
    fn folder(&mut self, path: &Located<String>, key: &'static str) -> Option<FileSet> {
        let (folder, files, rest) = self.root(path, key)?;
        let prefix = format!("{}/", rest.trim_end_matches('/'));
        let found: FileSet = files
            .iter()
            .filter_map(|(path, file)| Some((path.strip_prefix(&prefix)?.to_owned(), file.clone())))
            .collect();
        if found.is_empty() {
            let message = format!("there is no folder {:?} with files in it", path.value);
            self.complain(path, key, message);
            return None;
        }
        self.keep_to_the_side(path, key, side_of(folder))?;
        Some(found)
    }

    /// A text that says something.
    fn words(&mut self, path: &Located<String>) -> Option<String> {
        const KEY: &str = "explanation";
        let bytes = self.file(path, KEY)?;
        let text = std::str::from_utf8(bytes).ok().map(str::trim);
        match text {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            Some(_) | None => {
                let message = format!("{:?} is empty or not UTF-8 text", path.value);
                self.complain(path, KEY, message);
                None
            }
        }
    }

    /// What a path begins with, the files there, and the rest of the path.
    fn root<'l>(
        &mut self,
        path: &'l Located<String>,
        key: &str,
    ) -> Option<(&'static str, &'f FileSet, &'l str)> {
        for (folder, files) in [
            ("starter", &self.parts.starter),
            ("expected", &self.parts.expected),
        ] {
            let below = path.value.strip_prefix(folder);
            if let Some(rest) = below.and_then(|rest| rest.strip_prefix('/')) {
                return Some((folder, files, rest));
            }
        }
        let message = format!(
            "{:?} lies neither under starter/ (a visible check) nor under expected/ (a hidden one)",
            path.value
        );
        self.complain(path, key, message);
        None
    }

    fn keep_to_the_side(
        &mut self,
        path: &Located<String>,
        key: &'static str,
        side: Side,
    ) -> Option<()> {
        match self.side {
            None => {
                self.side = Some(side);
                self.first = key;
                Some(())
            }
            Some(known) if known == side => Some(()),
            Some(_) => {
                let message = if self.first.is_empty() {
                    self.elsewhere.to_owned()
                } else {
                    format!(
                        "lies on the other side than {}; put both under starter/ (a visible check) or both under \
                         expected/ (a hidden one)",
                        self.first
                    )
                };
                self.complain(path, key, message);
                None
            }
        }
    }

    /// What a program must print may not lie where the program can read it.
    fn lies_outside(&mut self, path: &Located<String>, key: &str, folder: &Located<String>) {
        let prefix = format!("{}/", folder.value.trim_end_matches('/'));
        if path.value.starts_with(&prefix) {
            let message = format!(
                "lies in {:?}, where the program can read it and print it; put it elsewhere",
                folder.value
            );
            self.complain(path, key, message);
        }
    }
}

fn side_of(folder: &str) -> Side {
    match folder {
        "starter" => Side::Visible,
        _ => Side::Hidden,
    }
}
