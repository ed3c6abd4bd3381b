//! Checks of type `predict` in the manifest.

use serde::Serialize;

use super::program::{StartEntry, read_compare, read_exit, read_start};
use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::model::Compare;

/// `predict`: what a program of the exercise prints, as the candidate says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PredictEntry {
    /// The main package.
    pub package: Located<String>,
    /// What it is started with.
    pub start: StartEntry,
    /// The exit code that it has.
    pub exit: i32,
    /// The file of the submission that holds the answer.
    pub answer: Located<String>,
    /// How the answer is compared.
    pub compare: Compare,
    /// The file that says why, relative to the exercise's folder.
    pub explanation: Option<Located<String>>,
}

/// The answer's file where the manifest names none.
const ANSWER: &str = "answer.txt";

pub(super) const TYPE: Type = Type {
    name: "predict",
    keys: &[
        "package",
        "args",
        "env",
        "stdin",
        "files",
        "exit",
        "answer",
        "compare",
        "tolerance",
        "explanation",
    ],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    let start = read_start(table);
    let exit = read_exit(table);
    let answer = if table.has("answer") {
        table.parsed("answer", parse_answer)
    } else {
        table.pass_over("answer");
        Some(ANSWER.to_owned())
    };
    let compare = read_compare(table, Compare::Trim);
    if compare == Some(Compare::Patterns) {
        let message = "\"patterns\" is for golden files, and here a program says what is expected; write \"trim\" or \"exact\"";
        table.complain("compare", message);
    }
    let explanation = table.located_string("explanation");
    Some(CheckEntryKind::Predict(PredictEntry {
        package: table.located("package", package?),
        start,
        exit: exit?,
        answer: table.located("answer", answer?),
        compare: compare?,
        explanation,
    }))
}

/// A text file, so that it is no code and one can hand it in alone.
fn parse_answer(text: &str) -> Result<String, String> {
    let is_clean = text.split('/').all(|part| {
        !part.starts_with('.')
            && !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    });
    let has_name = text.len() > ".txt".len() && text.ends_with(".txt");
    if is_clean && has_name {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no file for an answer; write the path of a text file, such as \"answer.txt\""
        ))
    }
}
