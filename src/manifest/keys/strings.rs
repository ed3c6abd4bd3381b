//! Values that are texts.

use super::{Keys, spelt};
use crate::manifest::problem::Located;

impl Keys<'_> {
    /// A string with its line, whatever it holds.
    pub(super) fn any_string(&mut self, key: &'static str) -> Option<Located<String>> {
        let value = self.get(key)?;
        let line = self.line_at(&value.span());
        if let Some(text) = value.get_ref().as_str() {
            Some(Located {
                value: text.to_owned(),
                line,
            })
        } else {
            self.wrong_type(key, "a string", value);
            None
        }
    }

    /// A string that says something, with its line.
    pub(in crate::manifest) fn located_string(
        &mut self,
        key: &'static str,
    ) -> Option<Located<String>> {
        let found = self.any_string(key)?;
        if found.value.trim().is_empty() {
            self.complain_at(found.line, key, "must not be empty");
            return None;
        }
        Some(found)
    }

    /// A string that says something.
    pub(in crate::manifest) fn string(&mut self, key: &'static str) -> Option<String> {
        self.located_string(key).map(|found| found.value)
    }

    /// A list of strings, each of which says something; empty when the key is absent.
    pub(in crate::manifest) fn strings(&mut self, key: &'static str) -> Vec<Located<String>> {
        self.list_of_strings(key, |text| {
            text.trim()
                .is_empty()
                .then(|| "must not be empty".to_owned())
        })
    }

    /// A list of strings, which may be empty strings.
    pub(in crate::manifest) fn any_strings(&mut self, key: &'static str) -> Vec<Located<String>> {
        self.list_of_strings(key, |_| None)
    }

    fn list_of_strings(
        &mut self,
        key: &'static str,
        fault: impl Fn(&str) -> Option<String>,
    ) -> Vec<Located<String>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong_type(key, "a list of strings", value);
            return Vec::new();
        };
        let mut strings = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let place = format!("{key}[{}]", index + 1);
            let line = self.line_at(&item.span());
            match item.get_ref().as_str() {
                None => self.wrong_type(&place, "a string", item),
                Some(text) => match fault(text) {
                    Some(message) => self.complain_at(line, &place, message),
                    None => strings.push(Located {
                        value: text.to_owned(),
                        line,
                    }),
                },
            }
        }
        strings
    }

    /// A table of strings, each with the line that it stands on; empty when the key is absent.
    pub(in crate::manifest) fn string_table(
        &mut self,
        key: &'static str,
    ) -> Vec<(String, Located<String>)> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_type(
                key,
                "a table of strings, such as { NAME = \"value\" }",
                value,
            );
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (name, value) in table {
            let line = self.line_at(&name.span());
            match value.get_ref().as_str() {
                None => self.wrong_type(
                    &format!("{key}.{}", spelt(name.get_ref())),
                    "a string",
                    value,
                ),
                Some(text) => entries.push((
                    name.get_ref().to_string(),
                    Located {
                        value: text.to_owned(),
                        line,
                    },
                )),
            }
        }
        entries
    }
}
