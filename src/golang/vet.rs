//! Asks `go vet`, and reads which analyser says what.

use std::collections::BTreeMap;
use std::ffi::OsString;

use serde::Deserialize;

use super::build::{BuildError, failed, go, messages};
use super::messages::{CompileMessage, is_the_codes_fault, parse_messages, placed, tidy};
use super::workshop::Workshop;
use super::workspace::Workspace;
use crate::model::ANALYSERS;
use crate::sandbox::{Exit, LimitHit};

/// How many messages of one analyser are kept.
const MOST_MESSAGES: usize = 100;

/// Something that an analyser of `go vet` said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VetMessage {
    /// The analyser's name.
    pub analyser: String,
    /// Where, and its words.
    pub message: CompileMessage,
}

/// What `go vet` says about a package, or why that can't be had.
pub type Vetted = Result<Vec<VetMessage>, Unvetted>;

/// Why what `go vet` says can't be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unvetted {
    /// The package doesn't compile, or not together with its tests.
    Code,
    /// Something that is not in the code.
    Machine(String),
}

/// What vetting a package came to that isn't built.
#[derive(Clone, Debug)]
pub enum Vetting {
    /// It was vetted.
    Done(Vetted),
    /// The code doesn't compile.
    Failed {
        /// What the compiler says.
        messages: Vec<CompileMessage>,
    },
}

/// Vets a package of which nothing else is built.
///
/// # Errors
///
/// If that fails for a reason that is not in the code.
pub async fn vet_package(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Vetting, BuildError> {
    match vet_unlimited(workshop, workspace, package).await {
        Err(BuildError::TooMuch(text)) => Ok(Vetting::Failed {
            messages: vec![CompileMessage { place: None, text }],
        }),
        other => other,
    }
}

async fn vet_unlimited(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Vetting, BuildError> {
    let vetted = ask(workshop, workspace, package).await?;
    if vetted.is_ok() {
        return Ok(Vetting::Done(vetted));
    }
    // What vet says of code that doesn't compile, the compiler says better.
    let arguments = [
        "build",
        "-race",
        "-trimpath",
        "-buildvcs=false",
        "-o",
        "/dev/null",
        package,
    ];
    let built = go(workshop, workspace, arguments.map(OsString::from).into()).await?;
    if built.exit == Exit::Code(0) {
        return Ok(Vetting::Done(vetted));
    }
    Ok(Vetting::Failed {
        messages: failed(workshop, workspace, &built)?,
    })
}

/// What gavel's analysers say about a package and its tests.
pub(super) async fn ask(
    workshop: &Workshop,
    workspace: &Workspace,
    package: &str,
) -> Result<Vetted, BuildError> {
    let mut arguments: Vec<OsString> = ["vet", "-json", "-race", "-trimpath", "-buildvcs=false"]
        .map(OsString::from)
        .into();
    if workspace.speaks_http() {
        arguments.push("-tags=gavelhttp".into());
    }
    arguments.extend(ANALYSERS.map(|analyser| format!("-{analyser}").into()));
    arguments.push(package.into());
    let ended = go(workshop, workspace, arguments).await?;
    let said = [&ended.stdout[..], b"\n", &ended.stderr].concat();
    let said = tidy(
        &workshop.toolchain,
        workspace,
        &String::from_utf8_lossy(&said),
    );
    if ended.limit == Some(LimitHit::Output) {
        let words = "go vet was ended: it had more to say than it may";
        return Err(BuildError::TooMuch(words.to_owned()));
    }
    Ok(if ended.exit == Exit::Code(0) {
        read(&said).map_err(|why| Unvetted::Machine(format!("can't read what go vet says: {why}")))
    } else if is_the_codes_fault(&parse_messages(&said)) {
        Err(Unvetted::Code)
    } else {
        let words = format!("go vet failed ({}): {}", ended.exit, said.trim());
        Err(Unvetted::Machine(words))
    })
}

/// What one analyser says about one package.
#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Messages(Vec<Diagnostic>),
    Failed { error: String },
}

#[derive(Deserialize)]
struct Diagnostic {
    posn: String,
    message: String,
}

/// Reads objects of the form `{package: {analyser: [{posn, message}]}}`, between which the go command names packages. What
/// is said of a package is said again of the package with its tests.
fn read(said: &str) -> Result<Vec<VetMessage>, String> {
    let objects: Vec<&str> = said
        .lines()
        .filter(|line| !line.starts_with("# "))
        .collect();
    let objects = objects.join("\n");
    let mut all: Vec<VetMessage> = Vec::new();
    let packages = serde_json::Deserializer::from_str(&objects)
        .into_iter::<BTreeMap<String, BTreeMap<String, Said>>>();
    for package in packages {
        let analysers = package.map_err(|error| error.to_string())?;
        for (analyser, said) in analysers.into_values().flatten() {
            let diagnostics = match said {
                Said::Messages(diagnostics) => diagnostics,
                Said::Failed { error } => return Err(format!("{analyser} failed: {error}")),
            };
            let known = all
                .iter()
                .filter(|known| known.analyser == analyser)
                .count();
            for diagnostic in diagnostics.iter().take(MOST_MESSAGES.saturating_sub(known)) {
                let line = format!("{}: {}", diagnostic.posn, diagnostic.message);
                let message = placed(&line).unwrap_or(CompileMessage {
                    place: None,
                    text: diagnostic.message.clone(),
                });
                let message = VetMessage {
                    analyser: analyser.clone(),
                    message,
                };
                if !all.contains(&message) {
                    all.push(message);
                }
            }
        }
    }
    all.sort_by(|one, other| one.message.place.cmp(&other.message.place));
    Ok(all)
}

/// What `go vet` with all its analysers says about everything in the workspace.
///
/// # Errors
///
/// If the go command can't be run.
pub async fn vet(
    workshop: &Workshop,
    workspace: &Workspace,
) -> Result<Vec<CompileMessage>, BuildError> {
    let arguments = ["vet", "-race", "-trimpath", "-buildvcs=false", "./..."];
    let ended = go(
        workshop,
        workspace,
        arguments.iter().map(OsString::from).collect(),
    )
    .await?;
    Ok(if ended.exit == Exit::Code(0) {
        Vec::new()
    } else {
        messages(workshop, workspace, &ended)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = r#"# pool
{
	"pool": {
		"lostcancel": [
			{
				"posn": "in/pool.go:15:2",
				"end": "in/pool.go:15:54",
				"message": "the cancel function is not used on all paths (possible context leak)"
			}
		],
		"copylocks": [
			{
				"posn": "in/pool.go:12:9",
				"message": "Lock passes lock by value: pool.S contains sync.Mutex"
			}
		]
	}
}
# pool [pool.test]
{
	"pool [pool.test]": {
		"copylocks": [
			{
				"posn": "in/pool.go:12:9",
				"message": "Lock passes lock by value: pool.S contains sync.Mutex"
			}
		]
	}
}
"#;

    #[test]
    fn messages_know_their_analysers_and_are_told_once() {
        let told: Vec<_> = read(SAID)
            .unwrap()
            .into_iter()
            .map(|one| (one.analyser, one.message.place, one.message.text))
            .collect();
        let place = |line, column| Some(("in/pool.go".to_owned(), line, Some(column)));
        assert_eq!(
            told,
            [
                (
                    "copylocks".to_owned(),
                    place(12, 9),
                    "Lock passes lock by value: pool.S contains sync.Mutex".to_owned()
                ),
                (
                    "lostcancel".to_owned(),
                    place(15, 2),
                    "the cancel function is not used on all paths (possible context leak)"
                        .to_owned()
                ),
            ]
        );
        assert_eq!(read(""), Ok(Vec::new()));
        assert_eq!(read("{}\n"), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        assert!(read("vet: out of order\n").is_err());
        assert!(read("{\"pool\": {\"copylocks\": [").is_err());
        let failed = r#"{"pool": {"printf": {"error": "internal error"}}}"#;
        assert_eq!(
            read(failed),
            Err("printf failed: internal error".to_owned())
        );
    }
}
