//! What `gavel new` leaves to be written.

use crate::model::Exercise;

/// What a text begins with that is still to be written, up to the end of its line.
pub(super) const BLANK: &str = "BLANK:";

/// The blanks that are left in an exercise, one problem each.
pub(super) fn problems(exercise: &Exercise) -> Vec<String> {
    let keys = [("title", &exercise.title), ("summary", &exercise.summary)]
        .into_iter()
        .chain(exercise.hints.iter().map(|hint| ("hints", hint)))
        .chain(exercise.checks.iter().map(|check| ("about", &check.about)));
    let of_manifest = keys.filter_map(|(key, text)| {
        let words = blank(text)?;
        Some(format!("exercise.toml: {key}: still a blank: {words}"))
    });
    let statement = ("README.md".to_owned(), exercise.statement.as_bytes());
    let folders = [
        ("starter", &exercise.starter),
        ("hidden", &exercise.hidden),
        ("expected", &exercise.expected),
    ];
    let files = folders.into_iter().flat_map(|(folder, files)| {
        let named = files.iter();
        named.map(move |(path, file)| (format!("{folder}/{path}"), file.bytes.as_slice()))
    });
    let of_files = std::iter::once(statement)
        .chain(files)
        .flat_map(|(path, bytes)| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let lines = text.lines().enumerate();
            lines
                .filter_map(|(number, line)| {
                    let words = blank(line)?;
                    Some(format!("{path}:{}: still a blank: {words}", number + 1))
                })
                .collect::<Vec<_>>()
        });
    of_manifest.chain(of_files).collect()
}

/// What is to be written there.
fn blank(text: &str) -> Option<&str> {
    text.split_once(BLANK).map(|(_, words)| words.trim())
}
