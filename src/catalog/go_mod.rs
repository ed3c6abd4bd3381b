//! What the `go.mod` and `go.sum` of a starter say. The author is trusted here, so plain text is read; whether it is all
//! true, the go command finds out when the modules are downloaded.

use crate::manifest::Problem;
use crate::model::{FileSet, Requirement};

use super::go_text;

const GO_MOD: &str = "starter/go.mod";
const GO_SUM: &str = "starter/go.sum";

/// What an exercise's `go.mod` says.
pub(super) struct GoMod {
    pub(super) module: String,
    pub(super) go: String,
    pub(super) requires: Vec<Requirement>,
}

/// Reads it, with all that is wrong with it and with `go.sum`.
pub(super) fn read(starter: &FileSet, problems: &mut Vec<Problem>) -> Option<GoMod> {
    let Some(file) = starter.get("go.mod") else {
        problems.push(Problem::of_file(
            GO_MOD,
            "is missing; create it with `go mod init` and a module path such as `workerpool`",
        ));
        return None;
    };
    let text = String::from_utf8_lossy(&file.bytes);
    let Some(module) = go_text::module_path(&text) else {
        problems.push(Problem::of_file(
            GO_MOD,
            "has no module line; write one such as `module workerpool`",
        ));
        return None;
    };
    // gavel's own module must come first in the order of paths, and so must not be overtaken.
    if !begins_with_a_letter(module) {
        let message = format!("the module path {module:?} must begin with a lower-case letter");
        problems.push(Problem::of_file(GO_MOD, message));
        return None;
    }
    let lines = directives(&text);
    let Some(go) = lines.iter().find(|line| line.verb == "go") else {
        problems.push(Problem::of_file(
            GO_MOD,
            "has no go line; write one such as `go 1.26`",
        ));
        return None;
    };
    let requires = requirements(&lines, problems);
    check_sums(starter, &requires, problems);
    if starter
        .range("vendor/".to_owned()..)
        .next()
        .is_some_and(|(path, _)| path.starts_with("vendor/"))
    {
        problems.push(Problem::of_file(
            "starter/vendor/",
            "isn't used; modules come from gavel's module cache, so remove it",
        ));
    }
    Some(GoMod {
        module: module.to_owned(),
        go: go.argument(0).to_owned(),
        requires: requires.into_iter().map(|(_, module)| module).collect(),
    })
}

fn begins_with_a_letter(path: &str) -> bool {
    path.starts_with(|c: char| c.is_ascii_lowercase())
}

/// One directive of a `go.mod`: `verb arguments // comment`, with the verb of the block that it stands in.
struct Line<'a> {
    number: u32,
    verb: &'a str,
    arguments: Vec<&'a str>,
    comment: &'a str,
}

impl Line<'_> {
    fn argument(&self, index: usize) -> &str {
        self.arguments.get(index).copied().unwrap_or_default()
    }
}

fn directives(text: &str) -> Vec<Line<'_>> {
    let mut block = None;
    let mut lines = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words = code
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '`']));
        let verb = match block {
            Some(verb) => verb,
            None => match words.next() {
                Some(verb) => verb,
                None => continue,
            },
        };
        let arguments: Vec<&str> = words.collect();
        match arguments.as_slice() {
            ["("] => block = Some(verb),
            [")"] => block = None,
            [] => {}
            _ => lines.push(Line {
                number,
                verb,
                arguments,
                comment: comment.trim(),
            }),
        }
    }
    lines
}

/// The required modules, each with its line.
fn requirements(lines: &[Line<'_>], problems: &mut Vec<Problem>) -> Vec<(u32, Requirement)> {
    let mut requires = Vec::new();
    for line in lines {
        let path = line.argument(0);
        let message = match line.verb {
            "require" if !begins_with_a_letter(path) => format!(
                "the path of the required module {path:?} must begin with a lower-case letter: what comes before gavel's own \
                 module in the order of paths is initialised before it"
            ),
            "require" => {
                let module = Requirement {
                    path: path.to_owned(),
                    version: line.argument(1).to_owned(),
                    is_direct: line.comment != "indirect" && !line.comment.starts_with("indirect;"),
                };
                requires.push((line.number, module));
                continue;
            }
            "replace" => format!(
                "{path} is replaced; require the module that is meant, in the version that is meant"
            ),
            _ => continue,
        };
        problems.push(at(GO_MOD, line.number, message));
    }
    requires
}

/// What is downloaded must be what the author had: each module has its digest in `go.sum`. Of an indirect one it may be that
/// of its `go.mod` alone, where none of its packages is needed.
fn check_sums(starter: &FileSet, requires: &[(u32, Requirement)], problems: &mut Vec<Problem>) {
    let sums = starter
        .get("go.sum")
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .unwrap_or_default();
    let has = |path: &str, version: &str| {
        sums.lines().any(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(path) && words.next() == Some(version) && words.next().is_some()
        })
    };
    for (line, module) in requires {
        let Requirement {
            path,
            version,
            is_direct,
        } = module;
        if !has(path, &format!("{version}/go.mod")) || (*is_direct && !has(path, version)) {
            let message = format!(
                "{GO_SUM} has no line for {path} {version}, so nobody can tell whether the right thing is downloaded; run \
                 `go mod tidy` where the reference and all tests lie, and copy go.mod and go.sum from there"
            );
            problems.push(at(GO_MOD, *line, message));
        }
    }
}

fn at(file: &str, line: u32, message: String) -> Problem {
    Problem {
        line: Some(line),
        ..Problem::of_file(file, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProjectFile;

    fn read_texts(go_mod: &str, go_sum: &str) -> (Option<GoMod>, Vec<String>) {
        let files = [("go.mod", go_mod), ("go.sum", go_sum)];
        let starter = files
            .map(|(path, text)| (path.to_owned(), ProjectFile::new(text)))
            .into();
        let mut problems = Vec::new();
        let read = read(&starter, &mut problems);
        (read, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn requirements_are_direct_or_indirect() {
        let go_mod = "module shop // a shop\n\ngo 1.26.1\n\nrequire example.test/a v1.0.0\n\nrequire (\n\t\"example.test/b\" v0.2.0 // indirect\n\texample.test/c/v3 v3.1.0 // for later\n)\n";
        let sums = "example.test/a v1.0.0 h1:x=\nexample.test/a v1.0.0/go.mod h1:x=\nexample.test/b v0.2.0/go.mod h1:x=\nexample.test/c/v3 v3.1.0 h1:x=\nexample.test/c/v3 v3.1.0/go.mod h1:x=\n";
        let (read, problems) = read_texts(go_mod, sums);
        assert!(problems.is_empty(), "{problems:?}");
        let read = read.expect("it is good");
        assert_eq!((&*read.module, &*read.go), ("shop", "1.26.1"));
        let required: Vec<_> = read
            .requires
            .iter()
            .map(|module| (&*module.path, &*module.version, module.is_direct))
            .collect();
        assert_eq!(
            required,
            [
                ("example.test/a", "v1.0.0", true),
                ("example.test/b", "v0.2.0", false),
                ("example.test/c/v3", "v3.1.0", true)
            ]
        );
    }

    #[test]
    fn faults_have_their_lines() {
        let go_mod = "module shop\n\ngo 1.26\n\nrequire (\n\texample.test/a v1.0.0\n\t00.test/b v0.2.0\n)\n\nreplace example.test/a => ../a\n";
        let (_, problems) = read_texts(go_mod, "example.test/a v1.0.0/go.mod h1:x=\n");
        insta::assert_snapshot!(problems.join("\n"), @r#"
        starter/go.mod:7: the path of the required module "00.test/b" must begin with a lower-case letter: what comes before gavel's own module in the order of paths is initialised before it
        starter/go.mod:10: example.test/a is replaced; require the module that is meant, in the version that is meant
        starter/go.mod:6: starter/go.sum has no line for example.test/a v1.0.0, so nobody can tell whether the right thing is downloaded; run `go mod tidy` where the reference and all tests lie, and copy go.mod and go.sum from there
        "#);
    }

    #[test]
    fn a_go_line_is_needed() {
        let (read, problems) = read_texts("module shop\n", "");
        assert!(read.is_none());
        assert_eq!(
            problems,
            ["starter/go.mod: has no go line; write one such as `go 1.26`"]
        );
    }
}
