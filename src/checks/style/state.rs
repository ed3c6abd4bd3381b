//! The rule about variables of a package that change.

use super::ground::{Ground, Remark, Source};
use crate::gosource::{Change, Expression, Outlined, OutlinedKind, VariableOutline};
use crate::model::StyleRule;

/// Types of the standard library whose values are there to be changed. A lock guards something else, which is told of
/// itself; `sync.Once` and `sync.Pool` belong at package level as often as not.
const CHANGING: [(&str, &str); 6] = [
    ("sync", "Map"),
    ("sync", "WaitGroup"),
    ("bytes", "Buffer"),
    ("strings", "Builder"),
    ("math/rand", "Rand"),
    ("math/rand/v2", "Rand"),
];

pub(super) fn global_state(ground: &Ground<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        for declared in &source.outline.declarations {
            let OutlinedKind::Variable(variable) = &declared.kind else {
                continue;
            };
            if declared.name == "_" {
                continue;
            }
            if let Some((file, change)) = change_of(ground, source, declared) {
                let message = format!(
                    "{} is a variable of the package, and {} changes it",
                    declared.name, change.function
                );
                remarks.push(Remark {
                    other: Some(("changed here".to_owned(), file.to_owned(), change.position)),
                    ..source.remark(StyleRule::GlobalState, declared.position, message)
                });
            } else if let Some(of) = changing_type(source, variable) {
                let message = format!(
                    "{} is a variable of the package, and there to be changed ({of})",
                    declared.name
                );
                remarks.push(source.remark(StyleRule::GlobalState, declared.position, message));
            }
        }
    }
    remarks
}

/// Where a variable is assigned to, or a part of it is, beside where the program is set up.
fn change_of<'g>(
    ground: &'g Ground<'_>,
    source: &Source,
    declared: &Outlined,
) -> Option<(&'g str, &'g Change)> {
    let import_path = ground.import_path(&source.folder);
    ground.all_code().find_map(|other| {
        let changes = &other.outline.facts.changes;
        let change = changes.iter().find(|change| {
            let is_meant = if other.folder == source.folder {
                change.name == declared.name
            } else {
                change.member.as_ref() == Some(&declared.name)
                    && other.import_called(&change.name) == Some(&import_path)
            };
            is_meant && change.function != "init"
        })?;
        Some((other.path.as_str(), change))
    })
}

/// The type of a variable that is there to be changed.
fn changing_type<'v>(source: &Source, variable: &'v VariableOutline) -> Option<&'v str> {
    let of = match (&variable.of, &variable.value) {
        (Some(of), _) | (None, Expression::Literal(of)) => of.trim_start_matches('*'),
        (None, _) => return None,
    };
    if of.starts_with("chan ") || of.starts_with("chan<-") {
        return Some("a channel");
    }
    let (package, name) = of.split_once('.')?;
    let name = name.split('[').next().unwrap_or(name);
    let path = source.import_called(package)?;
    (path == "sync/atomic" || CHANGING.contains(&(path, name))).then_some(of)
}
