//! Whether a value is what a transcript says it must be: pure functions.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::model::{AnyOf, ListRule, Matcher, Pattern, Piece, Shape, Template};

/// The values of a transcript's variables.
pub type Variables = BTreeMap<String, Value>;

/// Whether an object may have members that nobody names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    Refused,
    Welcome,
}

/// Values that are held against what they must be.
#[derive(Clone, Debug)]
pub(super) struct Fitting<'v> {
    known: &'v Variables,
    others: Others,
    /// What was captured on the way.
    pub(super) captured: Variables,
    /// Where something doesn't fit, and how, without the values.
    pub(super) faults: Vec<String>,
}

impl<'v> Fitting<'v> {
    pub(super) fn new(known: &'v Variables) -> Self {
        Self {
            known,
            others: Others::Refused,
            captured: Variables::new(),
            faults: Vec::new(),
        }
    }

    fn variable(&self, name: &str) -> Value {
        let value = self.captured.get(name).or_else(|| self.known.get(name));
        value.cloned().unwrap_or(Value::Null)
    }

    /// The text of a template.
    pub(super) fn fill(&self, template: &Template) -> String {
        template
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Variable(name) => match self.variable(name) {
                    Value::String(text) => text,
                    other => other.to_string(),
                },
            })
            .collect()
    }

    /// A value as it is sent. What stands for many values stands for itself here, to be read.
    pub(super) fn value(&self, shape: &Shape) -> Value {
        match shape {
            Shape::Null => Value::Null,
            Shape::Bool(value) => Value::Bool(*value),
            Shape::Number(number) => Value::Number(number.clone()),
            Shape::Text(template) => match template.0.as_slice() {
                [Piece::Variable(name)] => self.variable(name),
                _ => Value::String(self.fill(template)),
            },
            Shape::Match(matcher) => Value::String(written(matcher)),
            Shape::List { items, .. } => {
                Value::Array(items.iter().map(|item| self.value(item)).collect())
            }
            Shape::Object(members) => {
                let members = members
                    .iter()
                    .filter(|(_, shape)| !is_absent(shape))
                    .map(|(name, shape)| (name.clone(), self.value(shape)));
                Value::Object(members.collect())
            }
        }
    }

    /// Holds a text against what it must be. What comes back is what was wanted: the text itself where it fits.
    pub(super) fn text(&mut self, pattern: &Pattern, got: &str) -> String {
        match pattern {
            Pattern::Text(template) => self.fill(template),
            Pattern::Match(matcher) => {
                let value = as_a_value_of(matcher, got);
                if self.accepts(matcher, &value) {
                    got.to_owned()
                } else {
                    written(matcher)
                }
            }
        }
    }

    /// Holds a value against what it must be. What comes back is what was wanted: the value itself where it fits.
    pub(super) fn json(&mut self, shape: &Shape, got: &Value, others: Others) -> Value {
        self.others = others;
        self.fit(shape, got, "")
    }

    fn fault(&mut self, path: &str, what: &str) {
        let path = path.trim_start_matches('.');
        self.faults.push(if path.is_empty() {
            format!("the body {what}")
        } else {
            format!("{path} in the body {what}")
        });
    }

    fn fit(&mut self, shape: &Shape, got: &Value, path: &str) -> Value {
        match (shape, got) {
            (Shape::Match(matcher), got) => {
                if self.accepts(matcher, got) {
                    return got.clone();
                }
                let what = match matcher {
                    Matcher::Absent => "must not be there",
                    Matcher::Any(_)
                    | Matcher::Uuid
                    | Matcher::Rfc3339
                    | Matcher::HttpDate
                    | Matcher::Regex { .. }
                    | Matcher::Capture { .. } => "is of another form",
                };
                self.fault(path, what);
                Value::String(written(matcher))
            }
            (Shape::List { rule, items }, Value::Array(got)) => match rule {
                ListRule::InOrder => self.fit_in_order(items, got, path),
                ListRule::AnyOrder | ListRule::AtLeast => {
                    self.fit_in_any_order(items, got, *rule, path)
                }
            },
            (Shape::Object(members), Value::Object(got)) => self.fit_object(members, got, path),
            (
                Shape::Null
                | Shape::Bool(_)
                | Shape::Number(_)
                | Shape::Text(_)
                | Shape::List { .. }
                | Shape::Object(_),
                got,
            ) => {
                let wanted = self.value(shape);
                if is_equal(&wanted, got) {
                    return got.clone();
                }
                let what = if kind(&wanted) == kind(got) {
                    "is different"
                } else {
                    "is of another type"
                };
                self.fault(path, what);
                wanted
            }
        }
    }

    fn fit_in_order(&mut self, items: &[Shape], got: &[Value], path: &str) -> Value {
        if items.len() != got.len() {
            let what = format!("has {} items, not {}", got.len(), items.len());
            self.fault(path, &what);
        }
        let mut wanted = Vec::new();
        for (index, item) in items.iter().enumerate() {
            wanted.push(match got.get(index) {
                Some(got) => self.fit(item, got, &format!("{path}[{}]", index + 1)),
                None => self.value(item),
            });
        }
        Value::Array(wanted)
    }

    /// What is wanted is shown in the order in which it came.
    fn fit_in_any_order(
        &mut self,
        items: &[Shape],
        got: &[Value],
        rule: ListRule,
        path: &str,
    ) -> Value {
        let fits = |item: &Shape, got: &Value| {
            let mut trial = self.clone();
            trial.faults.clear();
            trial.fit(item, got, path);
            trial.faults.is_empty()
        };
        let fitting: Vec<Vec<bool>> = items
            .iter()
            .map(|item| got.iter().map(|got| fits(item, got)).collect())
            .collect();
        let partners = pair_up(&fitting, got.len());
        let may_have_others = rule == ListRule::AtLeast;
        if items.len() != got.len() && !(may_have_others && items.len() < got.len()) {
            let what = format!("has {} items, not {}", got.len(), items.len());
            self.fault(path, &what);
        }
        let mut alone: Vec<&Shape> = items
            .iter()
            .enumerate()
            .filter(|(index, _)| !partners.contains(&Some(*index)))
            .map(|(_, item)| item)
            .collect();
        alone.reverse();
        let mut wanted = Vec::new();
        for (index, (partner, got)) in partners.iter().zip(got).enumerate() {
            let path = format!("{path}[{}]", index + 1);
            match partner {
                Some(item) => wanted.push(self.fit(&items[*item], got, &path)),
                None if may_have_others => wanted.push(got.clone()),
                // What is left on both sides is compared in pairs, since it is likely to be meant so.
                None => wanted.extend(alone.pop().map(|item| self.fit(item, got, &path))),
            }
        }
        if may_have_others && !alone.is_empty() {
            self.fault(path, "lacks an item");
        }
        wanted.extend(alone.iter().rev().map(|item| self.value(item)));
        Value::Array(wanted)
    }

    fn fit_object(
        &mut self,
        members: &BTreeMap<String, Shape>,
        got: &serde_json::Map<String, Value>,
        path: &str,
    ) -> Value {
        let mut wanted = serde_json::Map::new();
        for (name, shape) in members {
            match got.get(name) {
                Some(got) => {
                    let value = self.fit(shape, got, &format!("{path}.{name}"));
                    wanted.insert(name.clone(), value);
                }
                None if is_absent(shape) => {}
                None => {
                    self.fault(&format!("{path}.{name}"), "is missing");
                    wanted.insert(name.clone(), self.value(shape));
                }
            }
        }
        for (name, value) in got {
            if members.contains_key(name) {
                continue;
            }
            match self.others {
                Others::Welcome => {
                    wanted.insert(name.clone(), value.clone());
                }
                Others::Refused => {
                    self.fault(
                        &format!("{path}.{name}"),
                        "is a member that wasn't expected",
                    );
                }
            }
        }
        Value::Object(wanted)
    }

    fn accepts(&mut self, matcher: &Matcher, got: &Value) -> bool {
        match matcher {
            Matcher::Any(any) => match any {
                AnyOf::Value => true,
                AnyOf::String => got.is_string(),
                AnyOf::Int => got.is_i64() || got.is_u64(),
                AnyOf::Number => got.is_number(),
                AnyOf::Bool => got.is_boolean(),
                AnyOf::List => got.is_array(),
                AnyOf::Object => got.is_object(),
            },
            Matcher::Uuid => got.as_str().is_some_and(|text| UUID.is_match(text)),
            Matcher::Rfc3339 => got.as_str().is_some_and(|text| RFC3339.is_match(text)),
            Matcher::HttpDate => got.as_str().is_some_and(|text| HTTP_DATE.is_match(text)),
            Matcher::Regex { expression, groups } => self.accepts_by_regex(expression, groups, got),
            Matcher::Absent => false,
            Matcher::Capture { name, of } => {
                let is_accepted = self.accepts(of, got);
                if is_accepted {
                    self.captured.insert(name.clone(), got.clone());
                }
                is_accepted
            }
        }
    }

    fn accepts_by_regex(&mut self, expression: &str, groups: &[String], got: &Value) -> bool {
        let Ok(regex) = Regex::new(&format!("^(?:{expression})$")) else {
            return false;
        };
        let Some(captures) = got.as_str().and_then(|text| regex.captures(text)) else {
            return false;
        };
        for name in groups {
            let group = captures.name(name).map_or("", |group| group.as_str());
            self.captured
                .insert(name.clone(), Value::String(group.to_owned()));
        }
        true
    }
}

static UUID: LazyLock<Regex> = LazyLock::new(|| {
    regex("^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
});
static RFC3339: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
    )
});
static HTTP_DATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), (0[1-9]|[12][0-9]|3[01]) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} ([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60) GMT$",
    )
});

fn regex(expression: &str) -> Regex {
    Regex::new(expression).expect("our own expression is good")
}

/// The matcher that describes a text best, if any does: what changes from one recording to the next is written so.
pub fn form_of(text: &str) -> Option<&'static str> {
    if UUID.is_match(text) {
        Some("<uuid>")
    } else if RFC3339.is_match(text) {
        Some("<rfc3339>")
    } else if HTTP_DATE.is_match(text) {
        Some("<http-date>")
    } else {
        None
    }
}

/// A matcher as a transcript writes it, without the capturing, which says nothing about the value.
pub(super) fn written(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Any(any) => {
            let word = AnyOf::WORDS.iter().find(|(_, known)| known == any);
            format!("<{}>", word.map_or("any", |(word, _)| word))
        }
        Matcher::Uuid => "<uuid>".to_owned(),
        Matcher::Rfc3339 => "<rfc3339>".to_owned(),
        Matcher::HttpDate => "<http-date>".to_owned(),
        Matcher::Regex { expression, .. } => format!("<regex: {expression}>"),
        Matcher::Absent => "<absent>".to_owned(),
        Matcher::Capture { of, .. } => written(of),
    }
}

/// A text that must be a number or the like is taken for one; everything else about a text is a text.
fn as_a_value_of(matcher: &Matcher, text: &str) -> Value {
    let of = match matcher {
        Matcher::Capture { of, .. } => of,
        other => other,
    };
    let plain = Value::String(text.to_owned());
    match of {
        Matcher::Any(AnyOf::Int | AnyOf::Number | AnyOf::Bool) => {
            serde_json::from_str(text).unwrap_or(plain)
        }
        Matcher::Any(AnyOf::Value | AnyOf::String | AnyOf::List | AnyOf::Object)
        | Matcher::Uuid
        | Matcher::Rfc3339
        | Matcher::HttpDate
        | Matcher::Regex { .. }
        | Matcher::Absent
        | Matcher::Capture { .. } => plain,
    }
}

fn is_absent(shape: &Shape) -> bool {
    matches!(shape, Shape::Match(Matcher::Absent))
}

/// By value: `1` is `1.0`, and members have no order.
fn is_equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_equal(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(name, a)| b.get(name).is_some_and(|b| is_equal(a, b)))
        }
        (a, b) => a == b,
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// For each of the values that came the index of the item that it is taken for, so that as many as can be have one.
fn pair_up(fitting: &[Vec<bool>], came: usize) -> Vec<Option<usize>> {
    fn find(
        item: usize,
        fitting: &[Vec<bool>],
        partners: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for got in 0..partners.len() {
            if !fitting[item][got] || seen[got] {
                continue;
            }
            seen[got] = true;
            let is_free = match partners[got] {
                None => true,
                Some(other) => find(other, fitting, partners, seen),
            };
            if is_free {
                partners[got] = Some(item);
                return true;
            }
        }
        false
    }
    let mut partners = vec![None; came];
    for item in 0..fitting.len() {
        find(item, fitting, &mut partners, &mut vec![false; came]);
    }
    partners
}

#[cfg(test)]
mod tests;
