//! Rules about what packages export: that it is described, and that somebody uses it.

use std::collections::BTreeSet;

use super::ground::{Ground, Remark, Source, is_exported, receiver_of};
use crate::gosource::{Outlined, OutlinedKind};
use crate::model::StyleRule;

/// Methods that are there for an interface which everybody knows.
const WELL_KNOWN: [&str; 16] = [
    "Error",
    "String",
    "Unwrap",
    "Is",
    "As",
    "ServeHTTP",
    "Read",
    "Write",
    "Close",
    "Len",
    "Less",
    "Swap",
    "MarshalJSON",
    "UnmarshalJSON",
    "MarshalText",
    "UnmarshalText",
];

pub(super) fn missing_doc(ground: &Ground<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut described: BTreeSet<&str> = BTreeSet::new();
    for source in ground.all_code() {
        if source.outline.package_doc.is_some() {
            described.insert(&source.folder);
        }
    }
    for source in ground.code() {
        // One word for each package is enough.
        if described.insert(&source.folder) {
            let message = format!("package {} has no comment", source.package());
            remarks.push(source.remark(StyleRule::MissingDoc, source.outline.package, message));
        }
        if source.package() == "main" {
            continue;
        }
        let mut last_group = None;
        for declared in &source.outline.declarations {
            let Some(fault) = fault_of_doc(declared) else {
                continue;
            };
            // And one for each pair of parentheses.
            if declared.group.is_none() || declared.group != last_group {
                remarks.push(source.remark(StyleRule::MissingDoc, declared.position, fault));
            }
            last_group = declared.group;
        }
    }
    remarks
}

fn fault_of_doc(declared: &Outlined) -> Option<String> {
    let name = &declared.name;
    let receiver = receiver_of(&declared.kind);
    let is_of_interest = is_exported(name)
        && receiver.is_none_or(|of| is_exported(of) && !WELL_KNOWN.contains(&name.as_str()));
    if !is_of_interest {
        return None;
    }
    let doc = declared.doc.as_deref();
    match (&declared.kind, doc) {
        // A comment on the group describes all in it.
        (OutlinedKind::Constant | OutlinedKind::Variable(_), None)
            if declared.group.is_some_and(|group| group.has_doc) =>
        {
            None
        }
        (OutlinedKind::Constant | OutlinedKind::Variable(_), Some(_)) => None,
        (OutlinedKind::Function(_) | OutlinedKind::Type(_), Some(doc)) => (!begins_with(doc, name))
            .then(|| format!("the comment of {name} doesn't begin with its name")),
        (_, None) => Some(format!("{name} is exported and has no comment")),
    }
}

/// `Name …`, `A Name …`, `Deprecated: …`
fn begins_with(doc: &str, name: &str) -> bool {
    let doc = ["A ", "An ", "The "]
        .into_iter()
        .find_map(|article| doc.strip_prefix(article))
        .unwrap_or(doc);
    doc.starts_with("Deprecated:")
        || doc
            .strip_prefix(name)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Exported functions, types, variables and constants that nobody outside needs: neither another package, a test, the
/// statement, the starter, nor something exported in whose declaration they stand. Methods can be there for an interface.
pub(super) fn unused_exports(ground: &Ground<'_>) -> Vec<Remark> {
    let stated: BTreeSet<&str> = ground
        .statement
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .collect();
    let mut remarks = Vec::new();
    for source in ground.code().filter(|source| source.package() != "main") {
        let is_declared_with = |other: &Outlined, name: &str| {
            let is_seen =
                is_exported(&other.name) && receiver_of(&other.kind).is_none_or(is_exported);
            is_seen && other.name != name && other.mentions.contains(name)
        };
        let of_package = |other: &&Source| other.folder == source.folder && !other.is_test;
        let is_used = |name: &str| {
            stated.contains(name)
                || ground
                    .given
                    .contains(&(source.folder.clone(), name.to_owned()))
                || ground.own.iter().chain(&ground.others).any(|other| {
                    if of_package(&other) {
                        let mut declared = other.outline.declarations.iter();
                        declared.any(|declared| is_declared_with(declared, name))
                    } else {
                        other.outline.names.contains(name)
                    }
                })
        };
        // Of constants and variables in one pair of parentheses all are used if one is.
        let is_group_used = |declared: &Outlined| {
            declared.group.is_some_and(|group| {
                let same = |other: &&Outlined| other.group == Some(group);
                source
                    .outline
                    .declarations
                    .iter()
                    .filter(same)
                    .any(|other| {
                        is_used(&other.name) || other.mentions.iter().any(|name| is_used(name))
                    })
            })
        };
        for declared in &source.outline.declarations {
            let is_enumerated = match &declared.kind {
                OutlinedKind::Constant | OutlinedKind::Variable(_) => is_group_used(declared),
                OutlinedKind::Function(_) | OutlinedKind::Type(_) => false,
            };
            if is_exported(&declared.name)
                && receiver_of(&declared.kind).is_none()
                && !is_enumerated
                && !is_used(&declared.name)
            {
                let message = format!(
                    "{} is exported, and nothing outside its package uses it",
                    declared.name
                );
                remarks.push(source.remark(StyleRule::UnusedExports, declared.position, message));
            }
        }
    }
    remarks
}
