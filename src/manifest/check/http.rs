//! Checks of type `http` in the manifest.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::manifest::quantities::parse_duration;
use crate::model::LeaksOfService;

/// `http`: a conversation with a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HttpEntry {
    /// The main package.
    pub package: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Variables of its environment.
    pub env: BTreeMap<String, String>,
    /// The file that holds the transcript, relative to the exercise's folder.
    pub transcript: Located<String>,
    /// How long it may take until it accepts connections.
    pub start: Duration,
    /// Which goroutines it must not leave behind.
    pub leaks: LeaksOfService,
}

pub(super) const TYPE: Type = Type {
    name: "http",
    keys: &["package", "args", "env", "transcript", "start", "leaks"],
    read,
};

/// How long a program may take until it accepts connections, where the manifest doesn't say.
const START: Duration = Duration::from_secs(5);

/// Variables that gavel sets itself.
const OURS: [&str; 12] = [
    "ADDR",
    "PORT",
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "TZ",
    "GORACE",
    "GOTRACEBACK",
    "GOMAXPROCS",
    "GODEBUG",
    "ZONEINFO",
];

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    table.require("transcript", "transcript = \"expected/create.toml\"");
    let args = table.any_strings("args");
    let env = read_env(table);
    let transcript = table.located_string("transcript");
    let start = if table.has("start") {
        table.parsed("start", parse_duration)
    } else {
        table.pass_over("start");
        Some(START)
    };
    let leaks = if table.has("leaks") {
        table.choice(
            "leaks",
            &[
                ("proven", LeaksOfService::Proven),
                ("none", LeaksOfService::None),
            ],
        )
    } else {
        table.pass_over("leaks");
        Some(LeaksOfService::default())
    };
    Some(CheckEntryKind::Http(HttpEntry {
        package: package?,
        args: args.into_iter().map(|arg| arg.value).collect(),
        env,
        transcript: transcript?,
        start: start?,
        leaks: leaks?,
    }))
}

fn read_env(table: &mut Keys<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (name, value) in table.pairs("env") {
        let key = format!("env.{}", name.value);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.value.is_empty() || !name.value.chars().all(is_name) {
            table.complain_at(
                name.line,
                &key,
                "is no name of a variable; write letters, digits and _, such as LOG_LEVEL",
            );
        } else if OURS.contains(&name.value.as_str()) {
            let message = "is set by gavel itself; take another name";
            table.complain_at(name.line, &key, message);
        } else if let Some(value) = table.text_of(&key, value) {
            if value.value.contains('\0') {
                table.complain_at(value.line, &key, "can't hold a character NUL");
            }
            variables.insert(name.value, value.value);
        }
    }
    variables
}
