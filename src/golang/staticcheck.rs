//! Asks staticcheck, which is not a part of Go, where it is installed.

use std::ffi::OsStr;
use std::time::Duration;

use serde::Deserialize;

use super::build::tool_spec;
use super::messages::{CompileMessage, tidy};
use super::toolchain::on_path;
use super::vet::VetMessage;
use super::workshop::Workshop;
use super::workspace::Workspace;
use crate::sandbox::Exit;

/// How long it may take; the first time, it reads the standard library too.
const TIME: Duration = Duration::from_secs(300);
/// What it is asked for: mistakes, what could be said more simply, and what nobody uses.
const CHECKS: &str = "SA*,S1*,U1000";
/// How many messages are kept.
const MOST_MESSAGES: usize = 200;

/// What staticcheck says about all packages of the module; nothing where it isn't installed.
///
/// # Errors
///
/// If it can't be run, or can't read the code.
pub async fn staticcheck(
    workshop: &Workshop,
    workspace: &Workspace,
) -> Result<Option<Vec<VetMessage>>, String> {
    let Some(program) = on_path(OsStr::new("staticcheck"), &workshop.toolchain.path) else {
        return Ok(None);
    };
    let checks = format!("-checks={CHECKS}");
    // What a comment tells it to leave out it tells all the same.
    let arguments = ["-f", "json", "-show-ignored", &checks, "./..."];
    let mut spec = tool_spec(
        workshop,
        workspace,
        program.clone(),
        arguments.map(Into::into).into(),
        TIME,
    );
    spec.view.read.push(program);
    let cache = workshop.toolchain.build_cache().join("staticcheck");
    spec.environment
        .push(("STATICCHECK_CACHE".into(), cache.into()));
    let ended = workshop
        .sandbox
        .run(spec)
        .await
        .map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| {
        tidy(
            &workshop.toolchain,
            workspace,
            &String::from_utf8_lossy(bytes),
        )
    };
    match (ended.limit, ended.exit) {
        (None, Exit::Code(0 | 1)) => read(&text(&ended.stdout)).map(Some),
        (limit, exit) => {
            let limit = limit.map(|_| ", at a limit").unwrap_or_default();
            let said = text(&ended.stderr);
            Err(format!(
                "staticcheck failed ({exit}{limit}): {}",
                said.trim()
            ))
        }
    }
}

#[derive(Deserialize)]
struct Said {
    code: String,
    location: Location,
    message: String,
}

#[derive(Deserialize)]
struct Location {
    file: String,
    line: u32,
    column: u32,
}

/// Reads one object for each line.
fn read(said: &str) -> Result<Vec<VetMessage>, String> {
    let mut messages = Vec::new();
    for line in said.lines().filter(|line| !line.trim().is_empty()) {
        let one: Said = serde_json::from_str(line)
            .map_err(|error| format!("can't read what staticcheck says: {error}"))?;
        // What doesn't compile the compiler tells better.
        if one.code != "compile" && messages.len() < MOST_MESSAGES {
            let Location { file, line, column } = one.location;
            messages.push(VetMessage {
                analyser: one.code,
                message: CompileMessage {
                    place: Some((file, line, Some(column))),
                    text: one.message,
                },
            });
        }
    }
    messages.sort_by(|one, other| one.message.place.cmp(&other.message.place));
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_in_the_order_of_their_places() {
        let said = r#"{"code":"U1000","severity":"error","location":{"file":"b.go","line":3,"column":6},"end":{"file":"b.go","line":3,"column":9},"message":"func old is unused"}
{"code":"SA4006","severity":"ignored","location":{"file":"a.go","line":9,"column":2},"end":{"file":"a.go","line":9,"column":3},"message":"this value of x is never used"}
{"code":"compile","severity":"error","location":{"file":"a_test.go","line":1,"column":1},"end":{"file":"","line":0,"column":0},"message":"undefined: x"}
"#;
        let told: Vec<_> = read(said)
            .unwrap()
            .into_iter()
            .map(|one| (one.analyser, one.message.place.unwrap().0))
            .collect();
        assert_eq!(
            told,
            [
                ("SA4006".to_owned(), "a.go".to_owned()),
                ("U1000".to_owned(), "b.go".to_owned())
            ]
        );
        assert_eq!(read(""), Ok(Vec::new()));
        assert!(read("staticcheck: no\n").is_err());
    }
}
