//! Checks of type `style` in the manifest.

use serde::Serialize;

use super::{CheckEntryKind, Type};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::manifest::style::{MEASURES, MeasuresEntry, read_measures, rules_among};
use crate::model::{Style, StyleMeasures, StyleRule};

/// `style`: rules that the source is held to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StyleEntry {
    /// The rules; at least one.
    pub rules: Vec<Located<StyleRule>>,
    /// What they go by.
    pub measures: MeasuresEntry,
}

impl StyleEntry {
    /// With what `[style]` says where it says nothing itself.
    pub(in crate::manifest) fn complete(&mut self, defaults: &StyleMeasures) {
        let StyleMeasures {
            max_lines,
            max_complexity,
            layers,
        } = std::mem::take(&mut self.measures).or(defaults);
        self.measures = MeasuresEntry {
            max_lines: Some(max_lines),
            max_complexity: Some(max_complexity),
            layers: Some(layers),
        };
    }

    /// What the check goes by.
    pub fn style(&self) -> Style {
        Style {
            rules: self.rules.iter().map(|rule| rule.value).collect(),
            measures: self.measures.clone().or(&StyleMeasures::default()),
        }
    }
}

pub(super) const TYPE: Type = Type {
    name: "style",
    keys: &["rules", MEASURES[0], MEASURES[1], MEASURES[2]],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    table.require("rules", "rules = [\"ignored-error\", \"global-state\"]");
    let has_rules = table.has("rules");
    let named = table.strings("rules");
    if has_rules && named.is_empty() {
        table.complain("rules", "must name at least one rule of style");
    }
    let rules = rules_among(table, "rules", named);
    let measures = read_measures(table);
    (!rules.is_empty()).then_some(CheckEntryKind::Style(StyleEntry { rules, measures }))
}
