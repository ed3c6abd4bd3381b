//! What a transcript expects of an answer, and the values of JSON in it.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::DeValue;

use super::words::{ANY_ORDER, AT_LEAST, Word, read_template, read_word};
use crate::manifest::keys::Keys;
use crate::model::{
    Answer, ExpectedBody, ListRule, Matcher, Pattern, Piece, Shape, Statuses, Template,
};

/// The keys of what is expected of an answer.
pub(super) const KEYS: [&str; 6] = [
    "status",
    "counts",
    "headers",
    "json",
    "json_at_least",
    "body",
];

/// What is read of an answer's expectation depends on how often it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Several(u32),
}

/// Variables: those that are known, and those that the text at hand sets.
#[derive(Default)]
pub(super) struct Variables {
    pub(super) known: BTreeSet<String>,
    /// Set in a step that may run more than once, or later: nobody could say which value counts.
    pub(super) may_capture: bool,
}

pub(super) fn read_answer(
    table: &mut Keys<'_>,
    times: Times,
    variables: &mut Variables,
) -> Option<Answer> {
    // Variables of the body are known when headers are compared.
    let body = read_expected_body(table, variables);
    let mut headers = Vec::new();
    for (name, value) in table.pairs("headers") {
        let key = format!("headers.{}", name.value);
        check_header_name(table, &name.value, name.line, &key);
        if let Some(pattern) = read_pattern(table, &key, value, variables) {
            headers.push((name.value, pattern));
        }
    }
    let status = read_status(table, times)?;
    Some(Answer {
        status,
        headers,
        body: body?,
    })
}

pub(super) fn check_header_name(table: &Keys<'_>, name: &str, line: u32, key: &str) {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(is_token) {
        table.complain_at(line, key, "is no name of a header");
    }
}

fn read_status(table: &mut Keys<'_>, times: Times) -> Option<Statuses> {
    let one = table.integer("status", 100..=599);
    let line = table.line_of("counts").unwrap_or(1);
    let has_counts = table.has("counts");
    let pairs = table.pairs("counts");
    if !has_counts {
        let wrong = one.is_none() && table.has("status");
        return match one {
            _ if wrong => None,
            Some(status) => Some(Statuses::One(u16::try_from(status).ok()?)),
            None => Some(Statuses::Any),
        };
    }
    if table.has("status") {
        table.complain("counts", "stands in the place of status; write one of them");
        return None;
    }
    let Times::Several(times) = times else {
        table.complain(
            "counts",
            "counts the answers to a request that is sent several times; write status, or repeat or parallel",
        );
        return None;
    };
    let mut counts = BTreeMap::new();
    for (name, value) in pairs {
        let key = format!("counts.{}", name.value);
        let status = name.value.parse::<u16>().ok();
        let Some(status) = status.filter(|status| (100..=599).contains(status)) else {
            table.complain_at(
                name.line,
                &key,
                "is no status; write for example counts = { 201 = 1, 409 = 19 }",
            );
            continue;
        };
        if let Some(count) = table.number_of(&key, value, 0..=times) {
            counts.insert(status, count);
        }
    }
    let total: u32 = counts.values().sum();
    if total != times {
        let message = format!("adds up to {total}, and the request is sent {times} times");
        table.complain_at(line, "counts", message);
        return None;
    }
    Some(Statuses::Counts(counts))
}

fn read_expected_body(table: &mut Keys<'_>, variables: &mut Variables) -> Option<ExpectedBody> {
    let given: Vec<&str> = ["json", "json_at_least", "body"]
        .into_iter()
        .filter(|key| table.has(key))
        .collect();
    let (json, at_least, text) = (
        table.value("json"),
        table.value("json_at_least"),
        table.value("body"),
    );
    if let [_, second, ..] = given.as_slice() {
        let message = format!("stands beside {}; an answer has one body", given[0]);
        table.complain(second, message);
        return None;
    }
    if let Some(value) = json {
        return read_shape(table, "json", value, Role::Expected, variables).map(ExpectedBody::Json);
    }
    if let Some(value) = at_least {
        return read_shape(table, "json_at_least", value, Role::Expected, variables)
            .map(ExpectedBody::JsonAtLeast);
    }
    if let Some(value) = text {
        return read_pattern(table, "body", value, variables).map(ExpectedBody::Text);
    }
    Some(ExpectedBody::Any)
}

fn read_pattern(
    table: &Keys<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    variables: &mut Variables,
) -> Option<Pattern> {
    let text = table.text_of(key, value)?;
    match read_word(&text.value) {
        Err(message) => table.complain_at(text.line, key, message),
        Ok(Word::Text(template)) => {
            check_variables(table, key, text.line, &template, variables);
            return Some(Pattern::Text(template));
        }
        Ok(Word::Null) => table.complain_at(
            text.line,
            key,
            "is a text, which can't be null; write \"<absent>\" for a header that isn't there",
        ),
        Ok(Word::Match(matcher)) => {
            check_captures(table, key, text.line, &matcher, variables);
            return Some(Pattern::Match(matcher));
        }
    }
    None
}

/// A template that goes out with a request.
pub(super) fn read_sent_text(
    table: &Keys<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    variables: &Variables,
) -> Option<Template> {
    let text = table.text_of(key, value)?;
    match read_template(&text.value) {
        Ok(template) => {
            check_variables(table, key, text.line, &template, variables);
            Some(template)
        }
        Err(message) => {
            table.complain_at(text.line, key, message);
            None
        }
    }
}

/// Whether a value is sent or expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Sent,
    Expected,
}

pub(super) fn read_shape(
    table: &Keys<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    role: Role,
    variables: &mut Variables,
) -> Option<Shape> {
    let line = table.line_of_value(value);
    match value.get_ref() {
        DeValue::Boolean(value) => Some(Shape::Bool(*value)),
        DeValue::Integer(number) => {
            let read = i64::from_str_radix(number.as_str(), number.radix()).ok();
            if read.is_none() {
                table.complain_at(line, key, "is too large a number");
            }
            read.map(|number| Shape::Number(number.into()))
        }
        DeValue::Float(number) => {
            let read = number.as_str().parse::<f64>().ok();
            let number = read.and_then(serde_json::Number::from_f64);
            if number.is_none() {
                table.complain_at(line, key, "is no number of JSON");
            }
            number.map(Shape::Number)
        }
        DeValue::Datetime(_) => {
            table.complain_at(
                line,
                key,
                "is a date of TOML, which JSON doesn't have; write it as a string, in quotes",
            );
            None
        }
        DeValue::String(text) => read_shape_of_text(table, key, line, text, role, variables),
        DeValue::Array(items) => {
            let order = match items.first().and_then(|item| item.get_ref().as_str()) {
                Some(ANY_ORDER) => ListRule::AnyOrder,
                Some(AT_LEAST) => ListRule::AtLeast,
                _ => ListRule::InOrder,
            };
            let skip = usize::from(order != ListRule::InOrder);
            if skip > 0 && role == Role::Sent {
                table.complain_at(line, key, "is sent as it stands, so its order is given");
            }
            let mut shapes = Vec::new();
            for (index, item) in items.iter().enumerate().skip(skip) {
                let key = format!("{key}[{}]", index + 1 - skip);
                shapes.push(read_shape(table, &key, item, role, variables));
            }
            Some(Shape::List {
                rule: order,
                items: shapes.into_iter().collect::<Option<_>>()?,
            })
        }
        DeValue::Table(members) => {
            let mut shapes = BTreeMap::new();
            let mut are_good = true;
            for (name, value) in members {
                let name: &str = name.get_ref();
                let shape = read_shape(table, &format!("{key}.{name}"), value, role, variables);
                are_good &= shape.is_some();
                shapes.extend(shape.map(|shape| (name.to_owned(), shape)));
            }
            are_good.then_some(Shape::Object(shapes))
        }
    }
}

fn read_shape_of_text(
    table: &Keys<'_>,
    key: &str,
    line: u32,
    text: &str,
    role: Role,
    variables: &mut Variables,
) -> Option<Shape> {
    if matches!(text, ANY_ORDER | AT_LEAST) {
        let message = format!("{text:?} is written as the first item of a list");
        table.complain_at(line, key, message);
        return None;
    }
    match read_word(text) {
        Err(message) => {
            table.complain_at(line, key, message);
            None
        }
        Ok(Word::Text(template)) => {
            check_variables(table, key, line, &template, variables);
            Some(Shape::Text(template))
        }
        Ok(Word::Null) => Some(Shape::Null),
        Ok(Word::Match(_)) if role == Role::Sent => {
            let message = format!(
                "{text:?} stands for many values, and what is sent is one; for this very text write \"<text: {text}>\""
            );
            table.complain_at(line, key, message);
            None
        }
        Ok(Word::Match(matcher)) => {
            check_captures(table, key, line, &matcher, variables);
            Some(Shape::Match(matcher))
        }
    }
}

fn check_variables(
    table: &Keys<'_>,
    key: &str,
    line: u32,
    template: &Template,
    variables: &Variables,
) {
    for piece in &template.0 {
        let Piece::Variable(name) = piece else {
            continue;
        };
        if variables.known.contains(name) {
            continue;
        }
        let known: Vec<&str> = variables.known.iter().map(String::as_str).collect();
        let message = if name == "n" {
            "${n} is the number of a request that is sent several times; this one is sent once"
                .to_owned()
        } else if known.is_empty() {
            format!("${{{name}}} is not known: no step before captures it")
        } else {
            format!(
                "${{{name}}} is not known: no step before captures it; known are {}",
                known.join(", ")
            )
        };
        table.complain_at(line, key, message);
    }
}

fn check_captures(
    table: &Keys<'_>,
    key: &str,
    line: u32,
    matcher: &Matcher,
    variables: &mut Variables,
) {
    let names = matcher.captures();
    if !names.is_empty() && !variables.may_capture {
        table.complain_at(
            line,
            key,
            "captures in a step that is sent several times or in the background, where it isn't clear which value \
             counts; capture in a step of its own",
        );
    }
    for name in names {
        if name == "n" {
            let message =
                "${n} is the number of a request that is sent several times; take another name";
            table.complain_at(line, key, message);
        }
        variables.known.insert(name.to_owned());
    }
}
