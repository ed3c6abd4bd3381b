//! Checks of type `output` in the manifest.

use serde::Serialize;

use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;

/// `output`: a program's output on one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputEntry {
    /// The main package.
    pub package: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// The file that it reads, relative to the exercise's folder; nothing is read when absent.
    pub stdin: Option<Located<String>>,
    /// The file that holds what it must write, relative to the exercise's folder.
    pub stdout: Located<String>,
    /// The exit code.
    pub exit: i32,
}

pub(super) const TYPE: Type = Type {
    name: "output",
    keys: &["package", "args", "stdin", "stdout", "exit"],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    table.require("stdout", "stdout = \"expected/report.txt\"");
    let args = table.any_strings("args");
    let stdin = table.located_string("stdin");
    let stdout = table.located_string("stdout");
    let exit = if table.has("exit") {
        table.integer("exit", 0..=255)
    } else {
        table.pass_over("exit");
        Some(0)
    };
    Some(CheckEntryKind::Output(OutputEntry {
        package: package?,
        args: args.into_iter().map(|arg| arg.value).collect(),
        stdin,
        stdout: stdout?,
        exit: i32::try_from(exit?).ok()?,
    }))
}
