//! Checks of type `mutants` in the manifest.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::{Located, suggestion};
use crate::model::Operator;

/// `mutants`: broken implementations that the candidate's tests must notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MutantsEntry {
    /// The package under test.
    pub package: Located<String>,
    /// Folders below `mutants/`.
    pub mutants: Vec<Located<String>>,
    /// What mutants are derived with.
    pub derive: Vec<Operator>,
    /// Names of derived mutants that behave as the correct implementation does.
    pub equivalent: Vec<Located<String>>,
    /// How often the tests must pass on the correct implementation.
    pub runs: u32,
}

pub(super) const TYPE: Type = Type {
    name: "mutants",
    keys: &["package", "mutants", "derive", "equivalent", "runs"],
    read,
};

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table).map(|package| table.located("package", package));
    let mutants = table.strings("mutants");
    let derive = read_operators(table);
    let equivalent = table.strings("equivalent");
    let asks_for_none = !table.has("mutants") && !table.has("derive");
    if asks_for_none {
        table.complain(
            "derive",
            "is missing, and so is mutants; for example derive = true, or mutants = [\"forgets-to-unlock\"] for mutants/forgets-to-unlock/",
        );
    }
    for (key, names) in [("mutants", &mutants), ("equivalent", &equivalent)] {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(&name.value) {
                table.complain_at(name.line, key, format!("{:?} is named twice", name.value));
            }
        }
    }
    let runs = if table.has("runs") {
        table.integer("runs", 2..=100)
    } else {
        table.pass_over("runs");
        Some(10)
    };
    Some(CheckEntryKind::Mutants(MutantsEntry {
        package: package?,
        mutants,
        derive: derive?,
        equivalent,
        runs: runs?,
    }))
}

/// `true` stands for all operators.
fn read_operators(table: &mut Keys<'_>) -> Option<Vec<Operator>> {
    if !table.has("derive") {
        table.pass_over("derive");
        return Some(Vec::new());
    }
    if !table.is_list("derive") {
        let all = table.boolean("derive")?;
        return Some(if all {
            Operator::ALL.into()
        } else {
            Vec::new()
        });
    }
    let mut operators = Vec::new();
    for name in table.strings("derive") {
        let known = Operator::ALL
            .into_iter()
            .find(|operator| operator.name() == name.value);
        match known {
            Some(operator) if operators.contains(&operator) => {
                let message = format!("{:?} is named twice", name.value);
                table.complain_at(name.line, "derive", message);
            }
            Some(operator) => operators.push(operator),
            None => {
                let names = Operator::ALL.map(Operator::name);
                let message = format!(
                    "{:?} is none of {}{}",
                    name.value,
                    names.join(", "),
                    suggestion(&name.value, names)
                );
                table.complain_at(name.line, "derive", message);
            }
        }
    }
    // In whatever order they are named, the mutants are the same.
    operators.sort();
    Some(operators)
}
