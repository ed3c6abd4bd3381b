//! What checks that run a program have in common: what it is started with, how its output is compared, how it ends.

use serde::Serialize;

use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::model::{Compare, Tolerance};

/// What a program is started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StartEntry {
    /// Its arguments.
    pub args: Vec<String>,
    /// What its environment has beside what every run has.
    pub env: Vec<(String, String)>,
    /// The file that it reads, relative to the exercise's folder; nothing is read when absent.
    pub stdin: Option<Located<String>>,
    /// The folder whose files lie where it is started, relative to the exercise's folder.
    pub files: Option<Located<String>>,
}

/// What gavel sets itself, since verdicts rest on it.
const SET_BY_GAVEL: [&str; 7] = [
    "GOMAXPROCS",
    "GORACE",
    "GOTRACEBACK",
    "HOME",
    "PATH",
    "TMPDIR",
    "ZONEINFO",
];

pub(super) fn read_start(table: &mut Keys<'_>) -> StartEntry {
    StartEntry {
        args: read_args(table),
        env: read_env(table, &[]),
        stdin: table.located_string("stdin"),
        files: table.located_string("files"),
    }
}

pub(super) fn read_args(table: &mut Keys<'_>) -> Vec<String> {
    let args = table.any_strings("args");
    for arg in &args {
        if arg.value.contains('\0') {
            table.complain_at(arg.line, "args", "can't hold a NUL character");
        }
    }
    args.into_iter().map(|arg| arg.value).collect()
}

/// `taken` are names that gavel sets in such a program beside those of all.
pub(super) fn read_env(table: &mut Keys<'_>, taken: &[&str]) -> Vec<(String, String)> {
    let mut env = Vec::new();
    for (name, value) in table.string_table("env") {
        match fault_of_variable(&name, &value.value, taken) {
            Some(message) => table.complain_at(value.line, "env", message),
            None => env.push((name, value.value)),
        }
    }
    env
}

fn fault_of_variable(name: &str, value: &str, taken: &[&str]) -> Option<String> {
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Some(format!(
            "{name:?} is no name of a variable; write letters, digits and underscores, such as LOG_LEVEL"
        ));
    }
    if SET_BY_GAVEL.contains(&name) || taken.contains(&name) {
        return Some(format!("{name} is set by gavel itself; leave it out"));
    }
    value
        .contains('\0')
        .then(|| format!("{name} can't hold a NUL character"))
}

pub(super) fn read_exit(table: &mut Keys<'_>) -> Option<i32> {
    if table.has("exit") {
        i32::try_from(table.integer("exit", 0..=255)?).ok()
    } else {
        table.pass_over("exit");
        Some(0)
    }
}

/// Reads `compare` and the `tolerance` that goes with one of its values.
pub(super) fn read_compare(table: &mut Keys<'_>, default: Compare) -> Option<Compare> {
    let compare = if table.has("compare") {
        let numbers = Compare::Numbers(Tolerance::default());
        let choices = [
            Compare::Exact,
            Compare::Trim,
            Compare::Unordered,
            numbers,
            Compare::Json,
            Compare::Patterns,
        ];
        table.choice("compare", &choices.map(|compare| (compare.name(), compare)))
    } else {
        table.pass_over("compare");
        Some(default)
    };
    let tolerance = table.number("tolerance");
    match (compare?, tolerance) {
        (compare, None) => Some(compare),
        (Compare::Numbers(_), Some(tolerance)) => {
            let read = Tolerance::new(tolerance.value);
            if read.is_none() {
                let message = "must lie between 0 and 1, without 1; it is how far a number may be off, for example 0.001";
                table.complain_at(tolerance.line, "tolerance", message);
            }
            read.map(Compare::Numbers)
        }
        (
            Compare::Exact | Compare::Trim | Compare::Unordered | Compare::Json | Compare::Patterns,
            Some(tolerance),
        ) => {
            let message = "goes with compare = \"numbers\" alone";
            table.complain_at(tolerance.line, "tolerance", message);
            None
        }
    }
}
