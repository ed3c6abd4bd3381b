//! Vets and builds: one call of the go command in the usual case.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::toolchain::{Toolchain, environment, tool_limits};
use super::workspace::{Workspace, WorkspaceError, flat_name};
use crate::sandbox::{self, Ended, Exit, LimitHit, Spec};

/// Analysers of `go vet` that are right nearly always. What they say is advice.
const ANALYSERS: [&str; 21] = [
    "appends",
    "atomic",
    "bools",
    "copylocks",
    "defers",
    "directive",
    "errorsas",
    "httpresponse",
    "ifaceassert",
    "loopclosure",
    "lostcancel",
    "nilfunc",
    "printf",
    "stringintconv",
    "testinggoroutine",
    "tests",
    "timeformat",
    "unmarshal",
    "unreachable",
    "unusedresult",
    "waitgroup",
];

/// How long one call of the go command may take, with the standard library in the cache.
const BUILD_TIME: Duration = Duration::from_secs(180);

/// Something that can be run.
#[derive(Clone, Debug)]
pub struct Product {
    /// The binary.
    pub binary: PathBuf,
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
        vet: Vec<CompileMessage>,
    },
    /// The code doesn't compile.
    Failed {
        /// What the compiler says.
        messages: Vec<CompileMessage>,
    },
}

/// Something that the compiler, the go command or vet said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileMessage {
    /// The file, relative to the module, and line and column from 1; absent for what concerns no place.
    pub place: Option<(String, u32, Option<u32>)>,
    /// Its words.
    pub text: String,
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
    /// It took too long.
    #[error("the build was ended after {} s", BUILD_TIME.as_secs())]
    TooLong,
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
    toolchain: &Toolchain,
    workspace: &Workspace,
    package: &str,
) -> Result<Built, BuildError> {
    build(toolchain, workspace, package, &["test", "-c"]).await
}

/// Vets and builds the program in `package`.
///
/// # Errors
///
/// If that fails for a reason that is not in the code.
pub async fn build_program(
    toolchain: &Toolchain,
    workspace: &Workspace,
    package: &str,
) -> Result<Built, BuildError> {
    build(toolchain, workspace, package, &["build"]).await
}

async fn build(
    toolchain: &Toolchain,
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
            if workspace.speaks_http() {
                arguments.push("-tags=gavelhttp".into());
            }
        }
        arguments.extend(
            [
                "-race",
                "-trimpath",
                "-buildvcs=false",
                "-ldflags=-s -w",
                "-o",
            ]
            .map(OsString::from),
        );
        arguments.push(binary.clone().into());
        arguments.push(package.into());
        arguments
    };
    let done = |vet| -> Result<Built, BuildError> {
        Ok(Built::Done {
            product: Product {
                binary: binary.clone(),
                stage: workspace.stage(package)?,
            },
            vet,
        })
    };
    if !is_test {
        // `go build` doesn't vet. What vet says of code that doesn't compile, the compiler says better.
        let mut vet_arguments: Vec<OsString> = ["vet", "-race", "-trimpath", "-buildvcs=false"]
            .map(OsString::from)
            .into();
        vet_arguments.extend(
            ANALYSERS
                .iter()
                .map(|analyser| format!("-{analyser}").into()),
        );
        vet_arguments.push(package.into());
        let (built, vet) = tokio::join!(
            go(toolchain, workspace, arguments("")),
            go(toolchain, workspace, vet_arguments)
        );
        let (built, vet) = (built?, vet?);
        return match built.exit {
            Exit::Code(0) if vet.exit == Exit::Code(0) => done(Vec::new()),
            Exit::Code(0) => done(messages(toolchain, workspace, &vet)),
            Exit::Code(_) | Exit::Signal(_) => failed(toolchain, workspace, &built),
        };
    }
    let with_vet = format!("-vet={}", ANALYSERS.join(","));
    let first = go(toolchain, workspace, arguments(&with_vet)).await?;
    if first.exit == Exit::Code(0) {
        return done(Vec::new());
    }
    // Vet objects or the compiler does; without vet it is the compiler.
    let second = go(toolchain, workspace, arguments("-vet=off")).await?;
    if second.exit == Exit::Code(0) {
        return done(messages(toolchain, workspace, &first));
    }
    failed(toolchain, workspace, &second)
}

/// Those of the files that gofmt would write differently. Nothing if there is no gofmt.
pub async fn format_differs(
    toolchain: &Toolchain,
    workspace: &Workspace,
    files: Vec<String>,
) -> Vec<String> {
    let ended = gofmt(toolchain, workspace, &["-l"], files).await;
    let listed = ended.map(|ended| String::from_utf8_lossy(&ended.stdout).into_owned());
    listed
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// What gofmt, whose parser is the go command's own, finds wrong with the files' syntax. Nothing if there is no gofmt.
pub async fn syntax_errors(
    toolchain: &Toolchain,
    workspace: &Workspace,
    files: Vec<String>,
) -> Vec<CompileMessage> {
    match gofmt(toolchain, workspace, &["-l", "-e"], files).await {
        Some(ended) if ended.exit != Exit::Code(0) => parse_messages(&tidy(
            toolchain,
            workspace,
            &String::from_utf8_lossy(&ended.stderr),
        )),
        Some(_) | None => Vec::new(),
    }
}

async fn gofmt(
    toolchain: &Toolchain,
    workspace: &Workspace,
    flags: &[&str],
    files: Vec<String>,
) -> Option<Ended> {
    let program = toolchain.go.parent()?.join("gofmt");
    if files.is_empty() || !program.is_file() {
        return None;
    }
    let mut arguments: Vec<OsString> = flags.iter().map(OsString::from).collect();
    arguments.push("--".into());
    arguments.extend(files.into_iter().map(OsString::from));
    let spec = tool_spec(
        toolchain,
        workspace,
        program,
        arguments,
        Duration::from_secs(20),
    );
    sandbox::run(spec).await.ok()
}

/// What `go vet` with all its analysers says about everything in the workspace.
///
/// # Errors
///
/// If the go command can't be run.
pub async fn vet(
    toolchain: &Toolchain,
    workspace: &Workspace,
) -> Result<Vec<CompileMessage>, BuildError> {
    let arguments = ["vet", "-race", "-trimpath", "-buildvcs=false", "./..."];
    let ended = go(
        toolchain,
        workspace,
        arguments.iter().map(OsString::from).collect(),
    )
    .await?;
    Ok(if ended.exit == Exit::Code(0) {
        Vec::new()
    } else {
        messages(toolchain, workspace, &ended)
    })
}

async fn go(
    toolchain: &Toolchain,
    workspace: &Workspace,
    arguments: Vec<OsString>,
) -> Result<Ended, BuildError> {
    let ended = sandbox::run(tool_spec(
        toolchain,
        workspace,
        toolchain.go.clone(),
        arguments,
        BUILD_TIME,
    ))
    .await?;
    match ended.limit {
        Some(LimitHit::Wall | LimitHit::Cpu) => Err(BuildError::TooLong),
        Some(LimitHit::Memory | LimitHit::FileSize | LimitHit::Idle | LimitHit::Record) => {
            Err(BuildError::Machine {
                exit: ended.exit,
                said: "it went over a limit of memory or size".to_owned(),
            })
        }
        Some(LimitHit::Output) | None => Ok(ended),
    }
}

fn tool_spec(
    toolchain: &Toolchain,
    workspace: &Workspace,
    program: PathBuf,
    arguments: Vec<OsString>,
    time: Duration,
) -> Spec {
    Spec {
        program,
        arguments,
        environment: environment(toolchain, &workspace.scratch()),
        directory: workspace.module(),
        stdin: Vec::new(),
        channel: None,
        limits: tool_limits(time),
    }
}

fn failed(
    toolchain: &Toolchain,
    workspace: &Workspace,
    ended: &Ended,
) -> Result<Built, BuildError> {
    let messages = messages(toolchain, workspace, ended);
    if is_the_codes_fault(&messages) {
        return Ok(Built::Failed { messages });
    }
    Err(BuildError::Machine {
        exit: ended.exit,
        said: tidy(
            toolchain,
            workspace,
            &String::from_utf8_lossy(&ended.stderr),
        )
        .trim()
        .to_owned(),
    })
}

/// Words of the go command about code that it can't give a place for. Whatever else it says without a place is not held
/// against the candidate.
const CODE_WITHOUT_A_PLACE: [&str; 7] = [
    "import cycle not allowed",
    "found packages ",
    "no Go files",
    "no non-test Go files",
    "is not in std",
    "build constraints exclude all Go files",
    "is not a main package",
];

fn is_the_codes_fault(messages: &[CompileMessage]) -> bool {
    let is_ours = |message: &CompileMessage| {
        message.text.contains("internal compiler error")
            || message.text.contains("no space left on device")
            || message.text.contains("cannot allocate memory")
            || matches!(&message.place, Some((file, ..)) if file.starts_with("../") || file.starts_with('/'))
    };
    let blames_code = |message: &CompileMessage| {
        message.place.is_some()
            || CODE_WITHOUT_A_PLACE
                .iter()
                .any(|words| message.text.contains(words))
    };
    messages.iter().any(blames_code) && !messages.iter().any(is_ours)
}

fn messages(toolchain: &Toolchain, workspace: &Workspace, ended: &Ended) -> Vec<CompileMessage> {
    let mut all = ended.stderr.clone();
    all.extend_from_slice(&ended.stdout);
    parse_messages(&tidy(toolchain, workspace, &String::from_utf8_lossy(&all)))
}

/// Replaces the paths of this machine by names that mean something to others.
fn tidy(toolchain: &Toolchain, workspace: &Workspace, text: &str) -> String {
    let module = workspace.module().display().to_string();
    let mut text = without_workspaces(text).replace(&module, "the submission");
    if let Some(root) = toolchain.go.parent().and_then(|bin| bin.parent()) {
        text = text.replace(&root.display().to_string(), "$GOROOT");
    }
    text
}

/// Removes the folder of the module from paths, be it this workspace's or another's: the go command keeps what vet said
/// and says it again, with the paths of then, when it meets the same code in another folder.
fn without_workspaces(text: &str) -> String {
    const MODULE: &str = "/module/";
    let mut rest = text;
    let mut tidy = String::new();
    while let Some(at) = rest.find(MODULE) {
        let (before, after) = rest.split_at(at);
        let start = before
            .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '('))
            .map_or(0, |at| at + 1);
        let is_workspace = before[start..]
            .rsplit('/')
            .next()
            .is_some_and(|folder| folder.starts_with("gavel-"));
        if is_workspace {
            tidy.push_str(&before[..start]);
        } else {
            tidy.push_str(before);
            tidy.push_str(MODULE);
        }
        rest = &after[MODULE.len()..];
    }
    tidy.push_str(rest);
    tidy
}

/// Reads the go command's output: `# package` headings, `./file.go:12:3: text`, and continuations that a tab begins.
fn parse_messages(text: &str) -> Vec<CompileMessage> {
    let mut messages: Vec<CompileMessage> = Vec::new();
    for line in text.lines() {
        if line.starts_with("# ")
            || line.starts_with("FAIL\t")
            || line.trim().is_empty()
            || line.ends_with(": too many errors")
            || line == "too many errors"
        {
            continue;
        }
        if let Some(more) = line.strip_prefix('\t')
            && let Some(last) = messages.last_mut()
        {
            last.text.push('\n');
            last.text.push_str(more);
            continue;
        }
        let line = line.strip_prefix("vet: ").unwrap_or(line);
        let message = placed(line).unwrap_or_else(|| CompileMessage {
            place: None,
            text: line.to_owned(),
        });
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    messages
}

fn placed(line: &str) -> Option<CompileMessage> {
    let end = line.find(".go:")? + ".go".len();
    let file = line[..end].trim_start_matches("./");
    if file.contains(": ") {
        return None;
    }
    let mut parts = line[end + 1..].splitn(3, ':');
    let number = parts.next()?.parse().ok()?;
    let second = parts.next()?;
    let (column, text) = match second.parse() {
        Ok(column) => (Some(column), parts.next()?.to_owned()),
        Err(_) => (None, [second, parts.next().unwrap_or_default()].join(":")),
    };
    Some(CompileMessage {
        place: Some((file.to_owned(), number, column)),
        text: text.trim().trim_end_matches(':').to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_places_and_continuations() {
        let said = "# pool [pool.test]\n./pool.go:3:2: undefined: x\n./in/a.go:4:6: cannot use y\n\thave (int)\n\twant (string)\n./pool.go:9:1: too many errors\n";
        let messages = parse_messages(said);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].place, Some(("pool.go".into(), 3, Some(2))));
        assert_eq!(messages[0].text, "undefined: x");
        assert_eq!(messages[1].text, "cannot use y\nhave (int)\nwant (string)");
        assert!(is_the_codes_fault(&messages));
    }

    #[test]
    fn paths_of_any_workspace_are_cut_to_the_candidates_own() {
        let said = "# x\n/tmp/gavel-VsDK71/gavel-Nelrr8/module/in/a.go:3:1: bad (see /tmp/gavel-a/gavel-b/module/b.go:1)\nx/module/c.go:1: fine\n";
        let tidy = "# x\nin/a.go:3:1: bad (see b.go:1)\nx/module/c.go:1: fine\n";
        assert_eq!(without_workspaces(said), tidy);
    }

    #[test]
    fn a_broken_machine_is_not_the_codes_fault() {
        for said in [
            "cgo: C compiler \"gcc\" not found: exec: \"gcc\": executable file not found in $PATH",
            "go: open /x: no space left on device",
            "../witness/main.go:3:1: syntax error",
            "./pool.go:3:2: internal compiler error: boom",
            "",
        ] {
            assert!(!is_the_codes_fault(&parse_messages(said)), "{said}");
        }
        assert!(is_the_codes_fault(&parse_messages(
            "package a\n\timports b\n\timports a: import cycle not allowed"
        )));
    }
}
