//! Redis, or Valkey, which speaks the same.

use std::ffi::OsStr;
use std::path::PathBuf;

use super::{on_path, readable};
use crate::model::Database;
use crate::sandbox::Companion;

const PORT: u16 = 6379;

pub(super) fn find(path: Option<&OsStr>) -> Option<PathBuf> {
    // Under this name: the file that it leads to has several, and does something else under each.
    on_path(path, &["redis-server", "valkey-server"])
}

/// Empty, in memory alone. Whoever reaches it may do anything with it, and nobody but the run does.
pub(super) fn companion(program: PathBuf) -> Companion {
    let port = PORT.to_string();
    let arguments = [
        ["--port", &port],
        ["--bind", "127.0.0.1"],
        ["--protected-mode", "no"],
        ["--save", ""],
        ["--appendonly", "no"],
        ["--dir", Companion::FOLDER],
        ["--maxmemory", "256mb"],
        ["--loglevel", "warning"],
    ];
    Companion {
        name: Database::Redis.title().to_owned(),
        read: readable(&program),
        program,
        arguments: arguments.as_flattened().iter().map(Into::into).collect(),
        data: None,
        port: PORT,
        greeting: b"PING\r\n".to_vec(),
        answer: b'+',
        announced_as: (
            "REDIS_URL".into(),
            format!("redis://127.0.0.1:{PORT}").into(),
        ),
    }
}
