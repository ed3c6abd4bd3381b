//! Checks of type `vet` in the manifest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::suggestion;
use crate::model::{ANALYSERS, CONCURRENCY_ANALYSERS};

/// `vet`: what `go vet` says about a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VetEntry {
    /// The package.
    pub package: String,
    /// Analysers of `go vet`; at least one.
    pub analysers: Vec<String>,
}

pub(super) const TYPE: Type = Type {
    name: "vet",
    keys: &["package", "analysers"],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    let analysers = if table.has("analysers") {
        let named = table.strings("analysers");
        if named.is_empty() {
            table.complain("analysers", "must name at least one analyser of go vet");
        }
        let mut seen = BTreeSet::new();
        for analyser in &named {
            let name = analyser.value.as_str();
            if !ANALYSERS.contains(&name) {
                let near = suggestion(name, ANALYSERS);
                let message = format!("{name:?} is no analyser that gavel asks{near}");
                table.complain_at(analyser.line, "analysers", message);
            } else if !seen.insert(name) {
                table.complain_at(analyser.line, "analysers", format!("{name} is named twice"));
            }
        }
        named.into_iter().map(|analyser| analyser.value).collect()
    } else {
        table.pass_over("analysers");
        CONCURRENCY_ANALYSERS.map(str::to_owned).into()
    };
    Some(CheckEntryKind::Vet(VetEntry {
        package: package?,
        analysers,
    }))
}
