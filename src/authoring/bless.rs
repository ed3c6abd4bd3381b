//! Writes down what the reference does: the answers of steps that expect nothing yet, and golden files.
//!
//! What an author has written stays as it is: expectations that are there, comments, layout.

use std::collections::BTreeMap;

use serde_json::Value;
use tokio::sync::Semaphore;
use toml_edit::{DocumentMut, InlineTable, Item, Table};

use crate::checks::http::{Came, form_of};
use crate::grading::{Recording, Settings, record};
use crate::manifest::{CheckEntryKind, Manifest};
use crate::model::{Act, CheckKind, Compare, Exercise, ExpectedOutput, Often, Request, Transcript};
use crate::text::{compare, plural, size};

/// A file that is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blessed {
    /// Its path within the exercise's folder.
    pub path: String,
    /// Its new text.
    pub bytes: Vec<u8>,
    /// What is new about it, in a few words.
    pub what: String,
}

/// What the files of an exercise become when its reference is taken for right. Files that stay as they are aren't among them.
///
/// # Errors
///
/// If the reference can't be built or run, or doesn't do what the exercise expects already.
pub async fn bless(
    settings: &Settings,
    slots: &Semaphore,
    manifest: &Manifest,
    exercise: &Exercise,
) -> Result<Vec<Blessed>, String> {
    let mut blessed: Vec<Blessed> = Vec::new();
    for (index, recording) in record(settings, slots, exercise).await? {
        let check = &exercise.checks[index];
        let entry = manifest.checks.iter().find(|entry| entry.id == check.id);
        let file = match (&check.kind, entry.map(|entry| &entry.kind), recording) {
            (
                CheckKind::Http(check),
                Some(CheckEntryKind::Http(entry)),
                Recording::Answers(plays),
            ) => {
                let path = &entry.transcript.value;
                let text = String::from_utf8_lossy(file_of(exercise, path));
                let (text, count) = with_answers(&text, &check.transcript, &plays)
                    .map_err(|why| format!("{path}: {why}"))?;
                (count > 0).then(|| Blessed {
                    path: path.clone(),
                    bytes: text.into_bytes(),
                    what: format!("the answers to {}", plural(count, "step")),
                })
            }
            (
                CheckKind::Output(check),
                Some(CheckEntryKind::Output(entry)),
                Recording::Printed(bytes),
            ) => {
                let path = &entry.stdout.value;
                says_otherwise(&check.expected, &bytes).then(|| Blessed {
                    path: path.clone(),
                    what: format!("{} of output", size(bytes.len() as u64)),
                    bytes,
                })
            }
            (
                CheckKind::GoTest(_)
                | CheckKind::Output(_)
                | CheckKind::Http(_)
                | CheckKind::Predict(_)
                | CheckKind::Mutants(_)
                | CheckKind::Bench(_)
                | CheckKind::Vet(_)
                | CheckKind::Style(_),
                _,
                _,
            ) => None,
        };
        // Several checks may name one file.
        blessed.extend(file.filter(|file| blessed.iter().all(|other| other.path != file.path)));
    }
    Ok(blessed)
}

/// Whether a golden file is missing something: patterns, once written, say more than any output.
fn says_otherwise(expected: &ExpectedOutput, printed: &[u8]) -> bool {
    match expected.compare {
        Compare::Patterns => expected.stdout.is_empty() && !printed.is_empty(),
        Compare::Exact
        | Compare::Trim
        | Compare::Unordered
        | Compare::Numbers(_)
        | Compare::Json => {
            compare(&expected.stdout, printed, expected.compare, "its output").is_some()
        }
    }
}

fn file_of<'e>(exercise: &'e Exercise, path: &str) -> &'e [u8] {
    let (folder, rest) = path.split_once('/').unwrap_or_default();
    let files = if folder == "starter" {
        &exercise.starter
    } else {
        &exercise.expected
    };
    files.get(rest).map_or(&[], |file| &file.bytes)
}

/// A transcript in which each request that expects nothing expects what came, and how many those are. `plays` are the
/// answers to each step, each time that it was played.
fn with_answers(
    text: &str,
    transcript: &Transcript,
    plays: &[Vec<Vec<Came>>],
) -> Result<(String, usize), String> {
    let mut document: DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut count = 0;
    for (index, step) in transcript.steps.iter().enumerate() {
        let Act::Request(Request {
            expect: None,
            often,
            ..
        }) = &step.act
        else {
            continue;
        };
        let all: Vec<&Came> = plays
            .iter()
            .filter_map(|play| play.get(index))
            .flatten()
            .collect();
        let Some(expect) = expectation(*often, plays.len(), &all) else {
            continue;
        };
        let table = document
            .get_mut("step")
            .and_then(Item::as_array_of_tables_mut)
            .and_then(|steps| steps.get_mut(index))
            .ok_or("its steps aren't written as [[step]] tables")?;
        table.insert("expect", Item::Table(expect));
        count += 1;
    }
    Ok((document.to_string(), count))
}

/// What is to be expected where these answers came, of all plays together.
fn expectation(often: Often, plays: usize, all: &[&Came]) -> Option<Table> {
    let first = all.first()?;
    let mut table = Table::new();
    let is_same =
        |of: &dyn Fn(&Came) -> Option<String>| all.iter().all(|came| of(came) == of(first));
    if all.iter().all(|came| came.status == first.status) {
        table.insert("status", toml_edit::value(i64::from(first.status)));
    } else {
        // What differs from one of many answers to the next is a count; what differs from play to play is chance.
        if often == Often::Once {
            return None;
        }
        let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
        for came in all {
            *counts.entry(came.status).or_default() += 1;
        }
        let mut inline = InlineTable::new();
        for (status, count) in counts {
            let each = count
                .checked_div(plays)
                .filter(|each| each * plays == count)?;
            inline.insert(status.to_string(), i64::try_from(each).ok()?.into());
        }
        table.insert("counts", toml_edit::value(inline));
        return Some(table);
    }
    let mut headers = InlineTable::new();
    for name in ["Content-Type", "Location"] {
        let Some(value) = first.header(name) else {
            continue;
        };
        if is_same(&|came| came.header(name)) {
            headers.insert(name, literal(&value).into());
        }
    }
    if !headers.is_empty() {
        table.insert("headers", toml_edit::value(headers));
    }
    let bodies: Option<Vec<Value>> = all
        .iter()
        .map(|came| serde_json::from_slice(&came.body).ok())
        .collect();
    let text = |came: &Came| String::from_utf8_lossy(&came.body).into_owned();
    match bodies {
        Some(bodies) => {
            let (first, others) = bodies.split_first()?;
            let value = generalised(first, &others.iter().collect::<Vec<_>>());
            table.insert("json", toml_edit::value(value));
        }
        None if is_same(&|came| Some(text(came))) => {
            let text = text(first);
            table.insert("body", toml_edit::value(literal(text.trim_end())));
        }
        None => {}
    }
    Some(table)
}

/// A value as it stands, with matchers for what is different elsewhere and for what looks as if it would be.
fn generalised(first: &Value, others: &[&Value]) -> toml_edit::Value {
    let of_all =
        |is_so: fn(&Value) -> bool| is_so(first) && others.iter().all(|other| is_so(other));
    let is_same = others.iter().all(|other| *other == first);
    match first {
        Value::Object(members)
            if others.iter().all(|other| {
                other
                    .as_object()
                    .is_some_and(|other| other.keys().eq(members.keys()))
            }) =>
        {
            let mut table = InlineTable::new();
            for (name, value) in members {
                let others: Vec<&Value> = others.iter().map(|other| &other[name]).collect();
                table.insert(name, generalised(value, &others));
            }
            table.into()
        }
        Value::Array(items)
            if others.iter().all(|other| {
                other
                    .as_array()
                    .is_some_and(|other| other.len() == items.len())
            }) =>
        {
            let item = |(index, item): (usize, &Value)| {
                let others: Vec<&Value> = others.iter().map(|other| &other[index]).collect();
                generalised(item, &others)
            };
            let items: toml_edit::Array = items.iter().enumerate().map(item).collect();
            items.into()
        }
        Value::String(text) if is_same => match form_of(text) {
            Some(form) => form.into(),
            None => literal(text).into(),
        },
        Value::Null if is_same => "<null>".into(),
        Value::Bool(value) if is_same => (*value).into(),
        Value::Number(number) if is_same => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) if !number.is_nan() => number.into(),
            (None, _) => "<any number>".into(),
        },
        Value::String(text) => {
            let form = form_of(text);
            let is_of_form =
                |other: &&Value| other.as_str().is_some_and(|text| form_of(text) == form);
            match form {
                Some(form) if others.iter().all(is_of_form) => form.into(),
                _ if of_all(Value::is_string) => "<any string>".into(),
                _ => "<any>".into(),
            }
        }
        Value::Number(_) if of_all(|value| value.is_i64() || value.is_u64()) => "<any int>".into(),
        Value::Number(_) if of_all(Value::is_number) => "<any number>".into(),
        Value::Bool(_) if of_all(Value::is_boolean) => "<any bool>".into(),
        Value::Array(_) if of_all(Value::is_array) => "<any list>".into(),
        Value::Object(_) if of_all(Value::is_object) => "<any object>".into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            "<any>".into()
        }
    }
}

/// A text that a transcript takes for itself.
fn literal(text: &str) -> String {
    let text = text.replace("${", "$${");
    if text.starts_with('<') && text.ends_with('>') {
        format!("<text: {text}>")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::read_transcript;

    fn came(status: u16, headers: &[(&str, &str)], body: &str) -> Came {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Came {
            status,
            headers: headers.iter().map(owned).collect(),
            body: body.as_bytes().to_vec(),
            is_cut: false,
        }
    }

    #[test]
    fn what_an_author_has_written_stays_and_the_rest_is_added() {
        let text = r#"# A note is created.

[[step]]
name = "create"     # by hand
request = "POST /notes"
json = { title = "Shopping" }

# Many at once.
[[step]]
name = "many"
request = "GET /x"
parallel = 3

[[step]]
name = "judged"
request = "GET /"
expect = {}

[[step]]
name = "text"
request = "GET /"
# The end.
"#;
        let transcript = read_transcript("t.toml", text).expect("it is good");
        let created = |id: &str, at: &str| {
            let body = json!({
                "id": 1, "token": id, "at": at, "odd": "<b>${x}</b>", "none": null, "list": [1, {"x": 1.5}],
            });
            came(
                201,
                &[
                    ("content-type", "application/json"),
                    ("location", "/notes/1"),
                    ("date", "x"),
                ],
                &body.to_string(),
            )
        };
        let play = |token: &str| {
            vec![
                vec![created(token, "2026-01-02T03:04:05Z")],
                vec![
                    came(200, &[], "a"),
                    came(409, &[], "b"),
                    came(409, &[], "b"),
                ],
                vec![came(200, &[], "")],
                vec![came(
                    200,
                    &[("Content-Type", "text/plain")],
                    "hello
",
                )],
            ]
        };
        let plays = [play("abc"), play("def")];
        let (blessed, count) = with_answers(text, &transcript, &plays).expect("it is blessed");
        assert_eq!(count, 3);
        insta::assert_snapshot!(blessed);
        read_transcript("t.toml", &blessed).expect("it is good");
        let transcript = read_transcript("t.toml", &blessed).expect("it is good");
        let (again, count) = with_answers(&blessed, &transcript, &plays).expect("it is blessed");
        assert_eq!((again, count), (blessed, 0));
    }
}
