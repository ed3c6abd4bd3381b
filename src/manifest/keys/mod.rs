//! Reads keys out of a TOML table, collects what is wrong with them, and complains about keys that nobody read.
//!
//! A key that is absent gives `None` in silence unless it is required; a key that is present and wrong gives `None` and
//! a problem. So a caller reads everything first and gives up only afterwards, and all problems are told at once.

mod numbers;
mod strings;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Located, Problem, suggestion};

/// The problems found so far in one text.
struct Collector<'t> {
    file: &'t str,
    /// Where each line but the first begins.
    line_starts: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    /// Problems that may come of the parser having skipped something, and so are told only where it didn't.
    doubtful: RefCell<Vec<Problem>>,
}

impl Collector<'_> {
    fn line_of(&self, offset: usize) -> u32 {
        let starts_before = self.line_starts.partition_point(|start| *start <= offset);
        u32::try_from(starts_before + 1).unwrap_or(u32::MAX)
    }

    fn problem(&self, line: Option<u32>, key: String, message: String) -> Problem {
        Problem {
            file: self.file.to_owned(),
            line,
            key,
            message,
        }
    }
}

/// Parses `text` and hands its top level to `read`. Problems come in the order of their lines.
pub(super) fn read_document<T>(
    file: &str,
    text: &str,
    read: impl FnOnce(&mut Keys<'_>) -> Option<T>,
) -> Result<T, Vec<Problem>> {
    let (document, syntax_errors) = DeTable::parse_recoverable(text);
    let collector = Collector {
        file,
        line_starts: text.match_indices('\n').map(|(at, _)| at + 1).collect(),
        problems: RefCell::default(),
        doubtful: RefCell::default(),
    };
    let value = read(&mut Keys {
        collector: &collector,
        table: document.get_ref(),
        path: String::new(),
        line: None,
        known: Vec::new(),
    });

    let mut problems = collector.problems.take();
    if syntax_errors.is_empty() {
        problems.append(&mut collector.doubtful.borrow_mut());
    } else {
        let mut broken_lines = BTreeSet::new();
        let mut syntax_problems = Vec::new();
        for error in syntax_errors {
            let line = error.span().map_or(1, |span| collector.line_of(span.start));
            // One slip of the pen can confuse the parser several times on its line; its first word is the useful one.
            if broken_lines.insert(line) {
                let message = format!("is not valid TOML: {}", error.message());
                syntax_problems.push(collector.problem(Some(line), String::new(), message));
            }
        }
        // What else stands on a broken line is anyone's guess.
        problems.retain(|problem| {
            problem
                .line
                .is_none_or(|line| !broken_lines.contains(&line))
        });
        problems.append(&mut syntax_problems);
    }
    problems.sort_by_key(|problem| problem.line.unwrap_or(0));
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        Some(_) | None => Err(problems),
    }
}

/// One table of a document, of which keys are read one by one.
pub(super) struct Keys<'t> {
    collector: &'t Collector<'t>,
    table: &'t DeTable<'t>,
    path: String,
    line: Option<u32>,
    known: Vec<&'static str>,
}

impl<'t> Keys<'t> {
    /// Says that something is wrong with the value of `key`, on the key's line where it is present.
    pub(super) fn complain(&self, key: &str, message: impl Into<String>) {
        self.report(self.line_of(key), key, message.into());
    }

    /// A value of `key` with the line of the key, or of the table where the key is absent.
    pub(super) fn located<T>(&self, key: &str, value: T) -> Located<T> {
        let line = self.line_of(key).unwrap_or(1);
        Located { value, line }
    }

    /// The line of a key, or of the table that it is missing from.
    pub(super) fn line_of(&self, key: &str) -> Option<u32> {
        let name = self.table.get_key_value(key).map(|(name, _)| name);
        name.map(|name| self.line_at(&name.span())).or(self.line)
    }

    /// Says that the value of `key` fits nothing else in the document.
    pub(super) fn complain_of_reference(&self, line: u32, key: &str, message: String) {
        self.doubt(Some(line), key, message);
    }

    /// Says what `key` should have, which something else in the document may be the reason for.
    pub(super) fn complain_of_lack(&self, key: &str, message: &str) {
        let line = self
            .table
            .get_key_value(key)
            .map(|(name, _)| self.line_at(&name.span()))
            .or(self.line);
        self.doubt(line, key, message.to_owned());
    }

    /// Says that something is wrong on a line of the value of `key`.
    pub(super) fn complain_at(&self, line: u32, key: &str, message: impl Into<String>) {
        self.report(Some(line), key, message.into());
    }

    fn report(&self, line: Option<u32>, key: &str, message: String) {
        let problem = self.collector.problem(line, self.path_of(key), message);
        self.collector.problems.borrow_mut().push(problem);
    }

    fn doubt(&self, line: Option<u32>, key: &str, message: String) {
        let problem = self.collector.problem(line, self.path_of(key), message);
        self.collector.doubtful.borrow_mut().push(problem);
    }

    fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    fn line_at(&self, span: &Range<usize>) -> u32 {
        self.collector.line_of(span.start)
    }

    fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Whether the key is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether the key's value is a list.
    pub(super) fn is_list(&self, key: &str) -> bool {
        self.table
            .get(key)
            .is_some_and(|value| value.get_ref().is_array())
    }

    /// Complains that `key` is missing, unless it is there.
    pub(super) fn require(&self, key: &str, example: &str) {
        if !self.has(key) {
            let message = format!("is missing; for example {example}");
            let problem = self
                .collector
                .problem(self.line, self.path_of(key), message);
            self.collector.doubtful.borrow_mut().push(problem);
        }
    }

    fn wrong_type(&self, key: &str, wanted: &str, value: &Spanned<DeValue<'_>>) {
        let line = Some(self.line_at(&value.span()));
        let message = format!("must be {wanted}, not {}", with_article(value.get_ref()));
        if value.span().is_empty() {
            // The parser made the value up.
            self.doubt(line, key, message);
        } else {
            self.report(line, key, message);
        }
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(key, "true or false", value);
        }
        boolean
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
    ) -> Option<T> {
        let found = self.any_string(key)?;
        let chosen = choices.iter().find(|(name, _)| *name == found.value);
        if chosen.is_none() {
            let names = || choices.iter().map(|(name, _)| *name);
            let message = format!(
                "{:?} is none of {}{}",
                found.value,
                names().collect::<Vec<_>>().join(", "),
                suggestion(&found.value, names())
            );
            self.complain_at(found.line, key, message);
        }
        chosen.map(|(_, value)| *value)
    }

    /// A string that `parse` understands; `parse` says what is wrong with it otherwise.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.any_string(key)?;
        parse(&found.value)
            .map_err(|message| self.complain_at(found.line, key, message))
            .ok()
    }

    /// A value of any type.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.get(key)
    }

    /// The line on which a value stands.
    pub(super) fn line_of_value(&self, value: &Spanned<DeValue<'_>>) -> u32 {
        self.line_at(&value.span())
    }

    /// The text of a value that lies deeper than a key of this table; `key` is what problems call it.
    pub(super) fn text_of(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<Located<String>> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(key, "a string", value);
        }
        Some(Located {
            value: text?.to_owned(),
            line: self.line_of_value(value),
        })
    }

    /// What an inline table holds, with the line of each key; nothing when the key is absent.
    pub(super) fn pairs(
        &mut self,
        key: &'static str,
    ) -> Vec<(Located<String>, &'t Spanned<DeValue<'t>>)> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, &format!("a table, written {key} = {{ … }}"), value);
            return Vec::new();
        };
        let located = |name: &Spanned<std::borrow::Cow<'_, str>>| Located {
            value: name.get_ref().to_string(),
            line: self.line_at(&name.span()),
        };
        let pairs = table.iter().map(|(name, value)| (located(name), value));
        pairs.collect()
    }

    /// A table of its own, `[key]`.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Keys<'t>> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(key, &format!("a table, written [{key}]"), value);
            return None;
        };
        Some(self.inner(table, self.path_of(key), &value.span()))
    }

    /// A list of tables, `[[key]]`; empty when the key is absent.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Keys<'t>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let wanted = format!("a list of tables, each written [[{key}]]");
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, &wanted, value);
            return Vec::new();
        };
        if list.is_empty() {
            self.complain(key, format!("must hold at least one [[{key}]] table"));
        }
        let mut tables = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let place = self.path_of(&format!("{key}[{}]", index + 1));
            match item.get_ref().as_table() {
                Some(table) => tables.push(self.inner(table, place, &item.span())),
                None => self.wrong_type(key, &wanted, item),
            }
        }
        tables
    }

    fn inner(&self, table: &'t DeTable<'t>, path: String, span: &Range<usize>) -> Keys<'t> {
        Keys {
            collector: self.collector,
            table,
            path,
            line: Some(self.line_at(span)),
            known: Vec::new(),
        }
    }

    /// Counts a key as read without looking at it.
    pub(super) fn pass_over(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Complains about every key that was not read. `elsewhere` may know where such a key belongs.
    pub(super) fn finish(&self, elsewhere: impl Fn(&str) -> Option<String>) {
        for name in self.table.keys() {
            let written: &str = name.get_ref();
            if self.known.contains(&written) {
                continue;
            }
            let message = elsewhere(written).unwrap_or_else(|| {
                let near = suggestion(written, self.known.iter().copied());
                if near.is_empty() {
                    let mut known = self.known.clone();
                    known.sort_unstable();
                    known.dedup();
                    format!("is not a key here; the keys are {}", known.join(", "))
                } else {
                    format!("is not a key here{near}")
                }
            });
            self.doubt(Some(self.line_at(&name.span())), &spelt(written), message);
        }
    }
}

/// A key as TOML spells it: quoted unless it is plain, so that no key can smuggle control characters into a message.
fn spelt(key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !key.is_empty() && key.chars().all(is_plain) {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

fn with_article(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
