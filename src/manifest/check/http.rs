//! Checks of type `http` in the manifest.

use std::time::Duration;

use serde::Serialize;

use super::program::{read_args, read_env};
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
    pub env: Vec<(String, String)>,
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

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    table.require("transcript", "transcript = \"expected/create.toml\"");
    let args = read_args(table);
    let env = read_env(table, &["ADDR", "PORT"]);
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
        args,
        env,
        transcript: transcript?,
        start: start?,
        leaks: leaks?,
    }))
}
