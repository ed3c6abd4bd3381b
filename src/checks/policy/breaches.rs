//! The breaches in one file, gathered and told: no more of them than anyone reads.

use std::collections::{BTreeMap, BTreeSet};

use crate::gosource::Position;
use crate::model::{Finding, FindingKind, Place};
use crate::text::excerpt_of_lines;

/// How many places in one file are told of the same breach; the rest are counted.
const MOST_PLACES: usize = 5;

/// How many different breaches in one file are told; the rest are counted.
const MOST_BREACHES: usize = 50;

/// The breaches in one file: what is denied and what to do instead, with the places.
#[derive(Default)]
pub(super) struct Breaches {
    found: BTreeMap<(String, String), BTreeSet<Position>>,
    /// Those that are about the file as a whole.
    of_file: BTreeSet<(String, String)>,
}

impl Breaches {
    pub(super) fn add(&mut self, position: Position, message: String, help: &str) {
        self.found
            .entry((message, help.to_owned()))
            .or_default()
            .insert(position);
    }

    pub(super) fn add_for_file(&mut self, message: String, help: &str) {
        self.of_file.insert((message, help.to_owned()));
    }

    pub(super) fn tell(mut self, path: &str, lines: &[&[u8]], findings: &mut Vec<Finding>) {
        let finding = |message: &str, help: &str, place, excerpt, detail| Finding {
            place: Some(place),
            excerpt,
            detail,
            help: Some(help.to_owned()),
            ..Finding::new(FindingKind::Policy, message)
        };
        if let Some(untold) = self.found.len().checked_sub(MOST_BREACHES + 1) {
            self.add_for_file(
                format!("{} more things in this file are denied.", untold + 1),
                "Mend those that are named first.",
            );
        }
        for (message, help) in &self.of_file {
            let place = Place {
                file: path.to_owned(),
                line: 1,
                column: None,
            };
            findings.push(finding(message, help, place, None, None));
        }
        for ((message, help), positions) in self.found.iter().take(MOST_BREACHES) {
            let untold = positions.len().saturating_sub(MOST_PLACES);
            for (index, position) in positions.iter().take(MOST_PLACES).enumerate() {
                let is_last = index + 1 == MOST_PLACES;
                findings.push(finding(
                    message,
                    help,
                    position.in_file(path),
                    excerpt_of_lines(lines, position.line),
                    (is_last && untold > 0)
                        .then(|| format!("The same at {untold} more places in this file.")),
                ));
            }
        }
    }
}
