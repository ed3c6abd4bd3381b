//! Vets and builds: one call of the go command in the usual case.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::messages::{CompileMessage, is_the_codes_fault, parse_messages, tidy};
use super::perturbed;
use super::toolchain::{environment, tool_limits};
use super::vet::{self, Vetted};
use super::workshop::Workshop;
use super::workspace::{Workspace, WorkspaceError, flat_name};
use crate::model::ANALYSERS;
use crate::sandbox::{self, Ended, Exit, Image, LimitHit, Program, Spec};

/// Something that can be run.
#[derive(Clone, Debug)]
pub struct Product {
    /// The binary, sealed.
    pub image: Image,
    /// Where its runs start.
    pub stage: PathBuf,
}

/// What building came to.
#[derive(Clone, Debug)]
pub enum Built {
    /// It was built.
    Done {
        /// What was built.
        product: Product,
        /// What `go vet` says about it.
        vetted: Vetted,
    },
    /// The code doesn't compile.
    Failed {
        /// What the compiler says.
        messages: Vec<CompileMessage>,
    },
}

/// Why building could not be done: the machine's doing or ours.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// The go command could not be run.
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    /// The code is too much for the compiler.
    #[error("{0}")]
    TooMuch(String),
    /// What the exercise's mutants are written into doesn't compile.
    #[error(
        "the mutants of this exercise can't be built: {0}\n  `gavel verify` says the same to its author"
    )]
    Mutants(String),
    /// It failed, and not because of the code.
    #[error(
        "the go command failed and doesn't blame the code ({exit}):\n{said}\n  `gavel doctor` shows what is missing"
    )]
    Machine {
        /// How it ended.
        exit: Exit,
        /// What it said.
        said: String,
    },
}

/// Vets and builds the test binary of `package`.
///
/// # Errors
///
/// If that fails for a reason that is not in the code.
pub async fn build_tests(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Built, BuildError> {
    build(workshop, workspace, package, &["test", "-c"]).await
}

/// Vets and builds the program in `package`.
///
/// # Errors
///
/// If that fails for a reason that is not in the code.
pub async fn build_program(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Built, BuildError> {
    build(workshop, workspace, package, &["build"]).await
}

async fn build(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
    command: &[&str],
) -> Result<Built, BuildError> {
    match build_unlimited(workshop, workspace, package, command).await {
        Err(BuildError::TooMuch(text)) => Ok(Built::Failed {
            messages: vec![CompileMessage { place: None, text }],
        }),
        other => other,
    }
}

async fn build_unlimited(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
    command: &[&str],
) -> Result<Built, BuildError> {
    let is_test = command.first() == Some(&"test");
    let suffix = if is_test { "test" } else { "program" };
    let binary = workspace
        .bin()
        .join(format!("{}.{suffix}", flat_name(package)));
    let arguments = |vet: &str| -> Vec<OsString> {
        let mut arguments: Vec<OsString> = command.iter().map(Into::into).collect();
        if is_test {
            arguments.push(vet.into());
        }
        arguments.extend(race_build(workspace, is_test, &binary));
        arguments.push(package.into());
        arguments
    };
    let done = |vetted| -> Result<Built, BuildError> {
        Ok(Built::Done {
            product: Product {
                image: Image::seal(&binary).map_err(WorkspaceError::from)?,
                stage: workspace.stage(package)?,
            },
            vetted,
        })
    };
    if !is_test {
        // `go build` doesn't vet. What vet says of code that doesn't compile, the compiler says better.
        let (built, vetted) = tokio::join!(
            go(workshop, workspace, arguments("")),
            vet::ask(workshop, workspace, package)
        );
        let (built, vetted) = (built?, vetted?);
        return match built.exit {
            Exit::Code(0) => done(vetted),
            Exit::Code(_) | Exit::Signal(_) => Ok(Built::Failed {
                messages: failed(workshop, workspace, &built)?,
            }),
        };
    }
    let with_vet = format!("-vet={}", ANALYSERS.join(","));
    let first = go(workshop, workspace, arguments(&with_vet)).await?;
    if first.exit == Exit::Code(0) {
        return done(Ok(Vec::new()));
    }
    // Vet objects or the compiler does; without vet it is the compiler.
    let second = go(workshop, workspace, arguments("-vet=off")).await?;
    if second.exit == Exit::Code(0) {
        // Here vet doesn't say which analyser objects.
        return done(vet::ask(workshop, workspace, package).await?);
    }
    Ok(Built::Failed {
        messages: failed(workshop, workspace, &second)?,
    })
}

/// What every build of a product is told, apart from the package.
pub(super) fn race_build(workspace: &Workspace, is_test: bool, binary: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "-race",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags=-s -w",
        "-o",
    ]
    .map(OsString::from)
    .into();
    arguments.push(binary.into());
    // A call that is inlined is missing from the stacks of race reports, and its arguments from goroutine dumps.
    let module = workspace.module_path();
    arguments.push(format!("-gcflags={module}/...=-l").into());
    if is_test && workspace.speaks_http() {
        arguments.push("-tags=gavelhttp".into());
    }
    arguments
}

/// Builds the test binary of `package` from sources in which goroutines can be held up. Nothing where that doesn't work
/// out, for whatever reason: then there is still what was built from the sources as they are.
pub async fn build_perturbed_tests(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Option<Product> {
    let name = flat_name(package);
    let sources = perturbed::perturbed(workspace.sources());
    let overlay = perturbed::write_overlay(workspace, &name, &sources).ok()?;
    let binary = workspace.bin().join(format!("{name}.perturbed.test"));
    let mut arguments: Vec<OsString> = ["test", "-c", "-vet=off", "-overlay"]
        .map(OsString::from)
        .into();
    arguments.push(overlay.into());
    arguments.extend(race_build(workspace, true, &binary));
    arguments.push(package.into());
    let ended = go(workshop, workspace, arguments).await.ok()?;
    if ended.exit != Exit::Code(0) {
        return None;
    }
    Some(Product {
        image: Image::seal(&binary).ok()?,
        stage: workspace.stage(package).ok()?,
    })
}

/// Builds the test binary of `package` as programs in use are built: without the race detector, and with inlining. The standard
/// library must be in the cache in that form, see [`super::prepare_cache_for_benchmarks`].
///
/// # Errors
///
/// If that fails, though the race build of the same code works.
pub async fn build_benchmarks(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Product, BuildError> {
    let binary = workspace
        .bin()
        .join(format!("{}.bench.test", flat_name(package)));
    let mut arguments: Vec<OsString> = ["test", "-c", "-vet=off", "-trimpath", "-buildvcs=false"]
        .map(OsString::from)
        .into();
    arguments.extend(["-ldflags=-s -w", "-o"].map(OsString::from));
    arguments.push(binary.clone().into());
    if workspace.speaks_http() {
        arguments.push("-tags=gavelhttp".into());
    }
    arguments.push(package.into());
    let ended = go(workshop, workspace, arguments).await?;
    match ended.exit {
        Exit::Code(0) => Ok(Product {
            image: Image::seal(&binary).map_err(WorkspaceError::from)?,
            stage: workspace.stage(package)?,
        }),
        Exit::Code(_) | Exit::Signal(_) => {
            let said = String::from_utf8_lossy(&ended.stderr);
            Err(BuildError::Machine {
                exit: ended.exit,
                said: tidy(&workshop.toolchain, workspace, &said)
                    .trim()
                    .to_owned(),
            })
        }
    }
}

/// Those of the files that gofmt would write differently.
///
/// # Errors
///
/// If gofmt can't be run.
pub async fn format_differs(
    workshop: &Workshop,
    workspace: &Workspace,
    files: Vec<String>,
) -> Result<Vec<String>, String> {
    // Without files it would read its standard input.
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let ended = gofmt(workshop, workspace, &["-l"], files).await?;
    let listed = String::from_utf8_lossy(&ended.stdout).into_owned();
    Ok(listed.lines().map(str::to_owned).collect())
}

/// What gofmt, whose parser is the go command's own, finds wrong with the files' syntax.
///
/// # Errors
///
/// If gofmt can't be run: then nothing is known about the files.
pub async fn syntax_errors(
    workshop: &Workshop,
    workspace: &Workspace,
    files: Vec<String>,
) -> Result<Vec<CompileMessage>, String> {
    let ended = gofmt(workshop, workspace, &["-l", "-e"], files).await?;
    if ended.exit == Exit::Code(0) {
        return Ok(Vec::new());
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Ok(parse_messages(&tidy(&workshop.toolchain, workspace, &said)))
}

async fn gofmt(
    workshop: &Workshop,
    workspace: &Workspace,
    flags: &[&str],
    files: Vec<String>,
) -> Result<Ended, String> {
    let program = workshop.toolchain.root.join("bin/gofmt");
    let mut arguments: Vec<OsString> = flags.iter().map(OsString::from).collect();
    arguments.push("--".into());
    arguments.extend(files.into_iter().map(OsString::from));
    let time = Duration::from_secs(30);
    let mut spec = tool_spec(workshop, workspace, program, arguments, time);
    spec.limits.memory = 1 << 30;
    let ended = workshop
        .sandbox
        .run(spec)
        .await
        .map_err(|error| error.to_string())?;
    match ended.limit {
        None | Some(LimitHit::Output) => Ok(ended),
        // What is too much for gofmt's parser is no Go that it vouches for.
        Some(_) => Ok(Ended {
            exit: Exit::Code(0),
            stdout: Vec::new(),
            ..ended
        }),
    }
}

pub(super) async fn go(
    workshop: &Workshop,
    workspace: &Workspace,
    arguments: Vec<OsString>,
) -> Result<Ended, BuildError> {
    let mut spec = tool_spec(
        workshop,
        workspace,
        workshop.toolchain.go.clone(),
        arguments,
        workshop.patience.time(),
    );
    spec.limits.cpu = workshop.patience.work();
    let ended = workshop.sandbox.run(spec).await?;
    // With all that it imports in the cache, no honest code comes near these limits.
    let too_much = |what: String| {
        Err(BuildError::TooMuch(format!(
            "the compiler was ended: {what}"
        )))
    };
    match ended.limit {
        Some(LimitHit::Wall) => {
            let time = workshop.patience.time();
            too_much(format!("it was not done after {} s", time.as_secs()))
        }
        Some(LimitHit::Cpu) => too_much(format!(
            "it was not done after {} s of processor time",
            workshop.patience.work().as_secs()
        )),
        Some(LimitHit::Memory) => too_much("it needed more memory than it may use".to_owned()),
        None if has_no_memory(&ended) => {
            too_much("it asked for more memory than there is".to_owned())
        }
        Some(LimitHit::Processes) => too_much("it had more processes than it may".to_owned()),
        Some(LimitHit::Disk) => too_much("it wrote more temporary files than it may".to_owned()),
        Some(LimitHit::Idle | LimitHit::Record | LimitHit::Output) | None => Ok(ended),
    }
}

/// Whether a tool, which is a Go program too, says that it gets no more memory.
fn has_no_memory(ended: &Ended) -> bool {
    let said = [&ended.stderr[..], &ended.stdout].concat();
    ended.exit != Exit::Code(0)
        && String::from_utf8_lossy(&said)
            .lines()
            .any(|line| line.starts_with("fatal error: runtime: out of memory"))
}

pub(super) fn tool_spec(
    workshop: &Workshop,
    workspace: &Workspace,
    program: PathBuf,
    arguments: Vec<OsString>,
    time: Duration,
) -> Spec {
    Spec {
        program: Program::File(program),
        arguments,
        environment: environment(&workshop.toolchain, &workspace.scratch()),
        directory: workspace.module(),
        stdin: Vec::new(),
        channel: None,
        view: workshop.view_of_a_tool(workspace),
        limits: tool_limits(time),
        companions: Vec::new(),
    }
}

/// What the code is to blame for when the go command has failed.
pub(super) fn failed(
    workshop: &Workshop,
    workspace: &Workspace,
    ended: &Ended,
) -> Result<Vec<CompileMessage>, BuildError> {
    let messages = messages(workshop, workspace, ended);
    if is_the_codes_fault(&messages) {
        return Ok(messages);
    }
    Err(BuildError::Machine {
        exit: ended.exit,
        said: tidy(
            &workshop.toolchain,
            workspace,
            &String::from_utf8_lossy(&ended.stderr),
        )
        .trim()
        .to_owned(),
    })
}

pub(super) fn messages(
    workshop: &Workshop,
    workspace: &Workspace,
    ended: &Ended,
) -> Vec<CompileMessage> {
    let mut all = ended.stderr.clone();
    all.extend_from_slice(&ended.stdout);
    parse_messages(&tidy(
        &workshop.toolchain,
        workspace,
        &String::from_utf8_lossy(&all),
    ))
}
