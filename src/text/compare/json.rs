//! JSON by value: the order of keys, blanks, and how a number or a string is written don't matter.

use std::fmt::Write;

use serde_json::{Map, Number, Value};

use super::{Difference, parting, text_of, window_of_texts};
use crate::model::Compare;
use crate::text::layout::boundary;
use crate::text::plural;

/// How much of a path is told, in bytes: the keys in it are the candidate's.
const PATH: usize = 120;

pub(super) fn compare(want: &[u8], got: &[u8], what: &str) -> Option<Difference> {
    let as_it_came = |rationale: String| {
        let [want, got] = [want, got].map(text_of);
        Difference {
            rationale,
            comparison: window_of_texts(Compare::Exact, &want, &got),
        }
    };
    let wanted = match documents(want) {
        Ok(documents) => documents,
        // Such an expected text is refused before anything is compared with it.
        Err(_) if want == got => return None,
        Err(_) => return Some(as_it_came(format!("{what} differs"))),
    };
    if got.trim_ascii().is_empty() && !wanted.is_empty() {
        return Some(as_it_came(format!("{what} is empty")));
    }
    let came = match documents(got) {
        Ok(documents) => documents,
        Err((_, why)) => return Some(as_it_came(format!("{what} isn't JSON: {why}"))),
    };
    if wanted == came {
        return None;
    }
    let same = wanted.iter().zip(&came).take_while(|(a, b)| a == b).count();
    let rationale = match (wanted.get(same), came.get(same)) {
        (Some(want), Some(got)) => {
            let mut path = match wanted.len() {
                1 => String::new(),
                _ => format!("[document {}]", same + 1),
            };
            let how = parting_of_values(want, got, &mut path);
            match path.as_str() {
                "" => format!("{what} {how}"),
                path => format!("{what} {how} at {}", shortened(path)),
            }
        }
        (None, _) | (_, None) if wanted.is_empty() || came.is_empty() => {
            parting(0, wanted.len(), came.len(), what)
        }
        (None, _) | (_, None) => format!(
            "{what} has {} instead of {}",
            plural(came.len(), "JSON document"),
            wanted.len()
        ),
    };
    let [want, got] = [&wanted, &came].map(|documents| pretty(documents));
    Some(Difference {
        rationale,
        comparison: window_of_texts(Compare::Json, &want, &got),
    })
}

/// What is wrong with an expected text, with the number of the line.
pub(super) fn fault(want: &[u8]) -> Option<(usize, String)> {
    match documents(want) {
        Ok(documents) if documents.is_empty() => Some((1, "holds no JSON document".to_owned())),
        Ok(_) => None,
        Err((line, why)) => Some((line, format!("is not JSON: {why}"))),
    }
}

/// All documents of a text in a form in which equal values are equal, or where it is wrong.
fn documents(text: &[u8]) -> Result<Vec<Value>, (usize, String)> {
    serde_json::Deserializer::from_slice(text)
        .into_iter::<Value>()
        .map(|document| match document {
            Ok(document) => Ok(canonical(document)),
            Err(error) => Err((error.line().max(1), error.to_string())),
        })
        .collect()
}

/// Keys in order, and numbers of equal value spelt the same: `1` for `1.0` and `1e0`.
fn canonical(value: Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => value,
        Value::Number(number) => Value::Number(whole(&number).unwrap_or(number)),
        Value::Array(items) => Value::Array(items.into_iter().map(canonical).collect()),
        Value::Object(entries) => {
            let mut sorted: Vec<(String, Value)> = entries.into_iter().collect();
            sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
            let sorted = sorted.into_iter();
            Value::Object(
                sorted
                    .map(|(key, value)| (key, canonical(value)))
                    .collect::<Map<_, _>>(),
            )
        }
    }
}

/// A number with a fraction of nothing, as a whole number.
fn whole(number: &Number) -> Option<Number> {
    /// Up to here a float of 64 bits tells whole numbers apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if !number.is_f64() {
        return None;
    }
    let value = number.as_f64()?;
    #[expect(clippy::cast_possible_truncation, reason = "it was looked at before")]
    (value.fract() == 0.0 && value.abs() <= EXACT).then(|| Number::from(value as i64))
}

/// How two values differ. What is added to the path are indices and keys that both have, or that came.
fn parting_of_values(want: &Value, got: &Value, path: &mut String) -> &'static str {
    match (want, got) {
        (Value::Object(want), Value::Object(got)) => {
            let differs = want
                .iter()
                .filter_map(|(key, value)| Some((key, value, got.get(key)?)))
                .find(|(_, want, got)| want != got);
            if let Some((key, want, got)) = differs {
                push_key(path, key);
                return parting_of_values(want, got, path);
            }
            if want.keys().any(|key| !got.contains_key(key)) {
                return "lacks a key";
            }
            if let Some(key) = got.keys().find(|key| !want.contains_key(*key)) {
                push_key(path, key);
            }
            "has a key that is too much"
        }
        (Value::Array(want), Value::Array(got)) => {
            let same = want.iter().zip(got).take_while(|(a, b)| a == b).count();
            match (want.get(same), got.get(same)) {
                (Some(want), Some(got)) => {
                    let _ = write!(path, "[{same}]");
                    parting_of_values(want, got, path)
                }
                (Some(_), None) => "lacks an element",
                (None, _) => {
                    let _ = write!(path, "[{same}]");
                    "has an element that is too much"
                }
            }
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => "differs",
    }
}

fn push_key(path: &mut String, key: &str) {
    let is_plain = key.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain && !key.is_empty() {
        let _ = write!(path, ".{key}");
    } else {
        let _ = write!(path, "[{key:?}]");
    }
}

fn shortened(path: &str) -> String {
    if path.len() <= PATH {
        return path.to_owned();
    }
    format!("{}...", &path[..boundary(path, PATH)])
}

fn pretty(documents: &[Value]) -> String {
    documents.iter().fold(String::new(), |mut text, document| {
        let _ = writeln!(text, "{document:#}");
        text
    })
}
