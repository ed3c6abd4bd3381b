//! Checks of type `output` in the manifest.

use serde::Serialize;

use super::program::{StartEntry, read_compare, read_exit, read_start};
use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::model::Compare;

/// `output`: a program's output on one input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OutputEntry {
    /// The main package.
    pub package: String,
    /// What it is started with.
    pub start: StartEntry,
    /// The file that holds what it must write, relative to the exercise's folder.
    pub stdout: Located<String>,
    /// The file that holds what it must write to standard error; that doesn't matter when absent.
    pub stderr: Option<Located<String>>,
    /// How both are compared.
    pub compare: Compare,
    /// The exit code.
    pub exit: i32,
}

pub(super) const TYPE: Type = Type {
    name: "output",
    keys: &[
        "package",
        "args",
        "env",
        "stdin",
        "files",
        "stdout",
        "stderr",
        "compare",
        "tolerance",
        "exit",
    ],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    table.require("stdout", "stdout = \"expected/report.txt\"");
    let start = read_start(table);
    let stdout = table.located_string("stdout");
    let stderr = table.located_string("stderr");
    let compare = read_compare(table, Compare::Exact);
    let exit = read_exit(table);
    Some(CheckEntryKind::Output(OutputEntry {
        package: package?,
        start,
        stdout: stdout?,
        stderr,
        compare: compare?,
        exit: exit?,
    }))
}
