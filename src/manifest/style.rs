//! `[style]`, and the keys that checks of type `style` share with it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::keys::Keys;
use super::problem::{Located, suggestion};
use crate::model::{Layer, Style, StyleMeasures, StyleRule};

/// The keys of what rules go by.
pub(super) const MEASURES: [&str; 3] = ["max_lines", "max_complexity", "layers"];

/// What rules go by, as far as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeasuresEntry {
    /// How many lines of code a function may have.
    pub max_lines: Option<u32>,
    /// How many ways may lead through a function.
    pub max_complexity: Option<u32>,
    /// Which package mustn't import which.
    pub layers: Option<Vec<Layer>>,
}

impl MeasuresEntry {
    /// It, with what isn't written taken from another.
    pub(super) fn or(self, other: &StyleMeasures) -> StyleMeasures {
        StyleMeasures {
            max_lines: self.max_lines.unwrap_or(other.max_lines),
            max_complexity: self.max_complexity.unwrap_or(other.max_complexity),
            layers: self.layers.unwrap_or_else(|| other.layers.clone()),
        }
    }
}

/// Reads `[style]`: which rules are advice.
pub(super) fn read_style(keys: &mut Keys<'_>, elsewhere: impl Fn(&str) -> Option<String>) -> Style {
    let default = Style::default();
    let Some(mut table) = keys.table("style") else {
        return default;
    };
    let rules = if table.has("advice") {
        let named = table.strings("advice");
        let rules = rules_among(&table, "advice", named);
        rules.into_iter().map(|rule| rule.value).collect()
    } else {
        table.pass_over("advice");
        default.rules
    };
    let measures = read_measures(&mut table).or(&default.measures);
    table.finish(elsewhere);
    Style { rules, measures }
}

/// The rules that a list names, in the order of [`StyleRule::ALL`].
pub(super) fn rules_among(
    table: &Keys<'_>,
    key: &str,
    list: Vec<Located<String>>,
) -> Vec<Located<StyleRule>> {
    let mut rules: BTreeMap<StyleRule, u32> = BTreeMap::new();
    for Located { value, line } in list {
        let rule = StyleRule::ALL.into_iter().find(|rule| rule.name() == value);
        match rule {
            None => {
                let names: Vec<&str> = StyleRule::ALL.map(StyleRule::name).into();
                let near = suggestion(&value, names.iter().copied());
                let message = if near.is_empty() {
                    format!(
                        "{value:?} is no rule of style; the rules are {}",
                        names.join(", ")
                    )
                } else {
                    format!("{value:?} is no rule of style{near}")
                };
                table.complain_at(line, key, message);
            }
            Some(rule) if rules.contains_key(&rule) => {
                table.complain_at(line, key, format!("{value} is named twice"));
            }
            Some(rule) => {
                rules.insert(rule, line);
            }
        }
    }
    rules
        .into_iter()
        .map(|(value, line)| Located { value, line })
        .collect()
}

pub(super) fn read_measures(table: &mut Keys<'_>) -> MeasuresEntry {
    MeasuresEntry {
        max_lines: table.integer("max_lines", 1..=10_000),
        max_complexity: table.integer("max_complexity", 1..=1_000),
        layers: read_layers(table),
    }
}

fn read_layers(table: &mut Keys<'_>) -> Option<Vec<Layer>> {
    let is_written = table.has("layers");
    let mut layers = Vec::new();
    for mut layer in table.tables("layers") {
        layer.require("from", "from = \"internal/handler\"");
        layer.require("deny", "deny = [\"internal/repository\", \"database/sql\"]");
        let from = layer.parsed("from", |text| {
            if is_path(text) {
                Ok(text.to_owned())
            } else {
                Err(format!(
                    "{text:?} is no folder of a package; write one such as \"internal/handler\", or \".\""
                ))
            }
        });
        let has_deny = layer.has("deny");
        let deny = layer.strings("deny");
        if has_deny && deny.is_empty() {
            layer.complain("deny", "must name at least one package");
        }
        for Located { value, line } in &deny {
            if !is_path(value) {
                let message = format!(
                    "{value:?} is no package; write a folder such as \"internal/repository\", or an import path such \
                     as \"database/sql\""
                );
                layer.complain_at(*line, "deny", message);
            }
        }
        layer.finish(|_| None);
        layers.extend(from.map(|from| Layer {
            from,
            deny: deny.into_iter().map(|denied| denied.value).collect(),
        }));
    }
    is_written.then_some(layers)
}

/// `.`, or names joined by single slashes, none of them `.` or `..`.
fn is_path(text: &str) -> bool {
    let is_name = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~'))
    };
    text == "." || text.split('/').all(is_name)
}
