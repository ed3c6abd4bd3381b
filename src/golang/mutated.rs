//! Mutants: many broken implementations in one test binary.
//!
//! Linking takes most of the time of a build, so there is one build for all mutants of a package. Each function that has
//! some becomes a switch over the number that the witness's package `mutants` gives: the correct body, and one of each
//! mutant. One binary for all is also what keeps a test from telling a mutant by how it was built.
//!
//! The rule that it keeps: every statement stands, for whatever a run says of it, on the line of the file that it is from.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::build::{BuildError, Product, failed, go, messages, race_build};
use super::perturbed::{unused_name, write_overlay};
use super::witness;
use super::workshop::Workshop;
use super::workspace::{Workspace, WorkspaceError, flat_name};
use crate::gosource::{self, Fault, FunctionBody};
use crate::model::{FileSet, ProjectFile};
use crate::sandbox::{Exit, Image};

/// How often mutants that don't compile are sought: one fault can hide another.
const ROUNDS: usize = 5;

/// A test binary in which the code under test is what a run says that it is: correct, or one of its mutants.
#[derive(Clone, Debug)]
pub struct MutatedTests {
    /// The binary.
    pub product: Product,
    /// The mutants that don't compile, by their index: they aren't in it.
    pub left_out: BTreeSet<usize>,
    /// The statements of the correct implementation, by the number under which a run tells that one was executed.
    pub statements: Vec<Counted>,
}

/// Builds the test binary of `package` with mutants, each of which is given by the files in which it differs from the
/// workspace's sources. `name` tells it from others that are built at the same time; `tests` are files that see what the
/// sources declare.
///
/// # Errors
///
/// If that fails. The correct sources and the tests have been built before, so it is never the candidate's fault.
pub async fn build_mutated_tests(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
    name: &str,
    tests: &FileSet,
    mutants: &[&FileSet],
) -> Result<MutatedTests, BuildError> {
    let prefix = unused_name(
        workspace.sources().values().chain(tests.values()),
        "gavelMutants",
    );
    let name = format!("{}.{name}", flat_name(package));
    let overlay =
        |form: Form, left_out: &BTreeSet<usize>| -> Result<(OsString, Vec<Counted>), BuildError> {
            let (module, sources) = (workspace.module_path(), workspace.sources());
            let written = mutated(module, sources, package, &prefix, mutants, left_out, form)
                .map_err(|fault| BuildError::Mutants(fault.to_string()))?;
            let overlay =
                write_overlay(workspace, &name, &written.files).map_err(WorkspaceError::from)?;
            Ok((overlay.into(), written.statements))
        };
    let mut left_out = BTreeSet::new();
    let archive = workspace.bin().join(format!("{name}.checked"));
    for round in 1.. {
        let (overlay, _) = overlay(Form::Checked, &left_out)?;
        let mut arguments: Vec<OsString> = ["build", "-overlay"].map(OsString::from).into();
        arguments.push(overlay);
        arguments.extend(race_build(workspace, false, &archive));
        // All errors, not the first ten.
        let module = workspace.module_path();
        arguments.push(format!("-gcflags={module}/...=-l -e").into());
        arguments.push(package.into());
        let ended = go(workshop, workspace, arguments).await?;
        if ended.exit == Exit::Code(0) {
            break;
        }
        let found: BTreeSet<usize> = messages(workshop, workspace, &ended)
            .iter()
            .filter_map(|message| mutant_of(&message.place.as_ref()?.0))
            .collect();
        if round > ROUNDS || found.is_subset(&left_out) {
            return Err(not_built(workshop, workspace, &ended));
        }
        left_out.extend(found);
    }
    let (overlay, statements) = overlay(Form::Executed, &left_out)?;
    let binary = workspace.bin().join(format!("{name}.test"));
    let mut arguments: Vec<OsString> = ["test", "-c", "-vet=off", "-overlay"]
        .map(OsString::from)
        .into();
    arguments.push(overlay);
    arguments.extend(race_build(workspace, true, &binary));
    arguments.push(package.into());
    let ended = go(workshop, workspace, arguments).await?;
    if ended.exit != Exit::Code(0) {
        return Err(not_built(workshop, workspace, &ended));
    }
    Ok(MutatedTests {
        product: Product {
            image: Image::seal(&binary).map_err(WorkspaceError::from)?,
            stage: workspace.stage(package)?,
        },
        left_out,
        statements,
    })
}

/// The index of the mutant whose code a message of the compiler's is about.
fn mutant_of(file: &str) -> Option<usize> {
    let number: usize = file
        .rsplit('/')
        .next()?
        .strip_prefix("mutant-")?
        .strip_suffix(".go")?
        .parse()
        .ok()?;
    number.checked_sub(1)
}

fn not_built(
    workshop: &Workshop,
    workspace: &Workspace,
    ended: &crate::sandbox::Ended,
) -> BuildError {
    match failed(workshop, workspace, ended) {
        Err(error) => error,
        Ok(messages) => {
            let first = messages.first().map(|message| match &message.place {
                Some((file, line, _)) => format!("{file}:{line}: {}", message.text),
                None => message.text.clone(),
            });
            BuildError::Mutants(first.unwrap_or_default())
        }
    }
}

/// A statement of the correct implementation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Its file.
    pub file: String,
    /// Its lines, from 1.
    pub lines: (u32, u32),
}

/// How mutants are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// To be executed.
    Executed,
    /// Each a function of its own with a file name of its own, so that the compiler's messages tell which don't compile.
    Checked,
}

/// Files that hold mutants.
struct Mutated {
    files: FileSet,
    statements: Vec<Counted>,
}

/// Writes those of the sources that are of a package so that they hold its mutants, numbered from 1, without those left out.
/// `name` is what they call the witness's package `mutants`.
///
/// # Errors
///
/// If a file can't be read.
fn mutated(
    module: &str,
    sources: &FileSet,
    package: &str,
    name: &str,
    mutants: &[&FileSet],
    left_out: &BTreeSet<usize>,
    form: Form,
) -> Result<Mutated, Fault> {
    let folder = package.trim_start_matches('.').trim_start_matches('/');
    let import_path = match folder {
        "" => module.to_owned(),
        _ => format!("{module}/{folder}"),
    };
    let mut all = Mutated {
        files: FileSet::new(),
        statements: Vec::new(),
    };
    let in_folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    for (path, file) in sources.iter().filter(|(path, _)| in_folder(path)) {
        let text = &file.bytes;
        let mut versions = Vec::new();
        for (index, files) in mutants.iter().enumerate() {
            if let Some(changed) = files.get(path).filter(|_| !left_out.contains(&index)) {
                versions.push(Version {
                    number: index + 1,
                    text: &changed.bytes,
                    bodies: gosource::function_bodies(&changed.bytes)?,
                });
            }
        }
        let file_name = path.rsplit('/').next().unwrap_or(path);
        let mut writer = Writer {
            name,
            place: format!("{import_path}/{file_name}"),
            form,
            target: Vec::new(),
        };
        let after_package_clause = gosource::points(text)?.after_package_clause;
        writer
            .target
            .extend_from_slice(&text[..after_package_clause]);
        let import = format!("; import {name} \"{}/mutants\"", witness::MODULE);
        let bodies = gosource::function_bodies(text)?;
        // An import that nothing uses doesn't compile.
        let is_used = !versions.is_empty() || bodies.iter().any(|body| !body.statements.is_empty());
        if !is_used {
            continue;
        }
        writer.target.extend_from_slice(import.as_bytes());
        let mut done = after_package_clause;
        for body in &bodies {
            writer
                .target
                .extend_from_slice(&text[done..body.inside.start]);
            done = body.inside.end;
            writer.function(path, text, body, &versions, &mut all.statements);
        }
        writer.target.extend_from_slice(&text[done..]);
        all.files
            .insert(path.clone(), ProjectFile::new(writer.target));
    }
    Ok(all)
}

/// A mutant's file.
struct Version<'a> {
    number: usize,
    text: &'a [u8],
    bodies: Vec<FunctionBody>,
}

struct Writer<'a> {
    /// What the file calls the package `mutants`.
    name: &'a str,
    /// The file, as the compiler names it.
    place: String,
    form: Form,
    target: Vec<u8>,
}

impl Writer<'_> {
    fn function(
        &mut self,
        path: &str,
        text: &[u8],
        body: &FunctionBody,
        versions: &[Version<'_>],
        statements: &mut Vec<Counted>,
    ) {
        let changed: Vec<(&Version<'_>, &FunctionBody)> = versions
            .iter()
            .filter_map(|version| {
                let other = version
                    .bodies
                    .iter()
                    .find(|other| other.name == body.name)?;
                let differs = version.text[other.inside.clone()] != text[body.inside.clone()];
                differs.then_some((version, other))
            })
            .collect();
        if !changed.is_empty() {
            self.add(&format!(" switch {}.Number() {{ default:", self.name));
        }
        let mut done = body.inside.start;
        for statement in &body.statements {
            self.target.extend_from_slice(&text[done..statement.offset]);
            done = statement.offset;
            self.add(&format!("{}.Ran({}); ", self.name, statements.len()));
            statements.push(Counted {
                file: path.to_owned(),
                lines: statement.lines,
            });
        }
        self.target.extend_from_slice(&text[done..body.inside.end]);
        for (version, other) in &changed {
            self.version(version, other);
        }
        if !changed.is_empty() {
            let (line, column) = body.end;
            self.add(&format!("}} /*line {}:{line}:{column}*/", self.place));
        }
    }

    fn version(&mut self, version: &Version<'_>, body: &FunctionBody) {
        let Version { number, text, .. } = version;
        let (line, column) = body.start;
        match self.form {
            Form::Executed => self.add(&format!(
                "; case {number}: /*line {}:{line}:{column}*/",
                self.place
            )),
            Form::Checked => self.add(&format!(
                "; case {number}: _ = func() {} {{ /*line mutant-{number}.go:{line}:{column}*/",
                body.result
            )),
        }
        let mut done = body.inside.start;
        for end in &body.labels {
            // Labels belong to the whole function, of which the mutants are a part.
            self.target.extend_from_slice(&text[done..*end]);
            self.add(&format!("_{number}"));
            done = *end;
        }
        self.target.extend_from_slice(&text[done..body.inside.end]);
        if self.form == Form::Checked {
            // The function around it must be seen to end.
            self.add(" }; panic(0)");
        }
    }

    fn add(&mut self, text: &str) {
        self.target.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORRECT: &str = "package p

func First(all []int) (n int) {
outer:
	for _, n = range all {
		if n > 0 {
			break outer
		}
	}
	return n
}

func None() {}

func Same() int { return 1 }
";

    fn written(form: Form, left_out: &[usize]) -> String {
        let files =
            |text: &str| -> FileSet { [("in/p.go".to_owned(), ProjectFile::new(text))].into() };
        let mutants = ["n >= 0", "n < 0"].map(|other| files(&CORRECT.replace("n > 0", other)));
        let left_out = left_out.iter().copied().collect();
        let mutants: Vec<&FileSet> = mutants.iter().collect();
        let sources = files(CORRECT);
        let written = mutated("m", &sources, "./in", "choice", &mutants, &left_out, form);
        let written = written.expect("Go");
        let lines: Vec<(u32, u32)> = written.statements.iter().map(|one| one.lines).collect();
        assert_eq!(lines, [(4, 5), (6, 6), (7, 7), (10, 10), (15, 15)]);
        String::from_utf8(written.files["in/p.go"].bytes.clone()).expect("UTF-8")
    }

    #[test]
    fn a_function_is_a_choice_between_bodies() {
        insta::assert_snapshot!(written(Form::Executed, &[1]));
    }

    #[test]
    fn what_is_checked_says_whose_it_is() {
        insta::assert_snapshot!(written(Form::Checked, &[]));
    }
}
