//! The bug kernels of `fixtures/concurrency`: what is wrong with each, and what a report makes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use gavel::model::Verdict;
use serde::Deserialize;
use serde_json::Value;

/// A piece of service code with one fault.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kernel {
    pub name: String,
    pub group: String,
    pub check: String,
    pub test: String,
    /// What its worst run counts as: any of these.
    pub verdict: OneOrMore,
    /// The explanation that a finding carries: any of these; none where a wrong result is all that can be seen.
    #[serde(default)]
    pub label: OneOrMore,
    pub file: String,
    /// Lines of the file, `text` or `function > text`.
    #[serde(default)]
    pub at: OneOrMore,
}

/// A text or a list of texts.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl Default for OneOrMore {
    fn default() -> Self {
        Self::More(Vec::new())
    }
}

impl OneOrMore {
    pub fn texts(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::More(texts) => texts,
        }
    }

    pub fn has(&self, text: &str) -> bool {
        self.texts().iter().any(|one| one == text)
    }
}

/// All kernels, in the order of the list.
pub fn kernels() -> Vec<Kernel> {
    #[derive(Deserialize)]
    struct List {
        kernel: Vec<Kernel>,
    }
    let text = fs::read_to_string(folder().join("kernels.toml")).expect("the list of kernels");
    let list: List = toml::from_str(&text).expect("a list of kernels");
    list.kernel
}

/// The groups, in the order of the list.
pub fn groups(kernels: &[Kernel]) -> Vec<&str> {
    let mut groups: Vec<&str> = kernels.iter().map(|kernel| kernel.group.as_str()).collect();
    groups.dedup();
    groups
}

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/concurrency")
}

pub fn catalog() -> PathBuf {
    folder().join("catalog")
}

pub fn buggy(group: &str) -> PathBuf {
    folder().join("buggy").join(group)
}

pub fn fixed(group: &str) -> PathBuf {
    catalog().join("kernels").join(group).join("reference")
}

impl Kernel {
    pub fn buggy_source(&self) -> String {
        fs::read_to_string(buggy(&self.group).join(&self.file)).expect("a buggy source")
    }

    /// The numbers of the lines that an entry of `at` stands for.
    pub fn lines_at(&self, entry: &str) -> BTreeSet<u64> {
        let (function, text) = match entry.split_once(" > ") {
            Some((name, text)) if name.chars().all(|c| c.is_alphanumeric() || c == '_') => {
                (Some(name), text)
            }
            Some(_) | None => (None, entry),
        };
        let mut is_inside = function.is_none();
        let mut lines = BTreeSet::new();
        for (line, number) in self.buggy_source().lines().zip(1..) {
            if let (Some(function), Some(declared)) = (function, declared(line)) {
                is_inside = declared == function;
            }
            if is_inside && line.trim() == text {
                lines.insert(number);
            }
        }
        lines
    }

    /// What a check's report says of the kernel.
    pub fn seen_in(&self, check: &Value) -> Seen {
        let wanted: BTreeSet<u64> = self
            .at
            .texts()
            .iter()
            .flat_map(|entry| self.lines_at(entry))
            .collect();
        let is_at = |place: &Value| {
            place["file"] == self.file.as_str()
                && place["line"]
                    .as_u64()
                    .is_some_and(|line| wanted.contains(&line))
        };
        let mut seen = Seen {
            runs: each(&check["runs"]).count(),
            failed: each(&check["runs"])
                .filter(|run| run["outcome"] != "passed")
                .count(),
            verdict: worst(check),
            labels: BTreeSet::new(),
            is_called_by_its_name: self.label.texts().is_empty(),
            is_line_named: wanted.is_empty(),
        };
        for finding in each(&check["findings"]) {
            let label = finding["explanation"].as_str().unwrap_or_default();
            if !label.is_empty() {
                seen.labels.insert(label.to_owned());
            }
            // A line counts wherever it is named, the name only together with the line.
            let names_line = wanted.is_empty()
                || is_at(&finding["place"])
                || each(&finding["related"]).any(|related| is_at(&related["place"]));
            seen.is_line_named |= names_line;
            seen.is_called_by_its_name |= names_line && self.label.has(label);
        }
        seen
    }
}

/// What gavel made of a kernel.
pub struct Seen {
    pub runs: usize,
    pub failed: usize,
    /// The worst cause of a run; none if all passed.
    pub verdict: Option<Verdict>,
    /// Explanations of all findings.
    pub labels: BTreeSet<String>,
    /// Whether a finding with one of the right explanations names one of the right lines.
    pub is_called_by_its_name: bool,
    /// Whether any finding names one of the right lines.
    pub is_line_named: bool,
}

impl Seen {
    pub fn has_right_verdict(&self, kernel: &Kernel) -> bool {
        self.verdict
            .is_some_and(|verdict| kernel.verdict.has(verdict.name()))
    }
}

fn worst(check: &Value) -> Option<Verdict> {
    let causes = each(&check["runs"]).filter_map(|run| run["cause"].as_str());
    causes
        .filter_map(|cause| {
            Verdict::ALL
                .into_iter()
                .find(|verdict| verdict.name() == cause)
        })
        .max()
}

/// The name of the function or method that a line begins to declare.
fn declared(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("func ")?;
    let rest = match rest.strip_prefix('(') {
        Some(receiver) => receiver.split_once(") ")?.1,
        None => rest,
    };
    rest.split(['(', '[']).next()
}

/// The elements of an array; none of what isn't one.
pub fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
