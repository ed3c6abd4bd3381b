//! `exercise.toml`: what an exercise says about itself.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Database, Difficulty, Kind, Limits, Network, Policy, Style, Submission};

use super::check::{CheckEntry, CheckEntryKind, complete_style, read_checks};
use super::counted::parse_pattern;
use super::keys::{Keys, read_document};
use super::names::{KEBAB_RULE, is_kebab_case};
use super::problem::{Located, Problem, suggestion};
use super::quantities::{parse_duration, parse_size};
use super::style::read_style;

/// The version of the manifest's format that this gavel reads.
const SCHEMA: u32 = 1;

/// What an `exercise.toml` says, found good in itself; whether its files are there is not known yet.
///
/// Serialised, it is what of it decides a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// A heading of a few words.
    #[serde(skip)]
    pub title: String,
    /// One sentence on what is built.
    #[serde(skip)]
    pub summary: String,
    /// What the candidate is asked to do.
    pub kind: Kind,
    /// How hard it is meant to be.
    pub difficulty: Difficulty,
    /// How long it is meant to take, in minutes.
    pub minutes: u32,
    /// Free key words.
    pub topics: Vec<String>,
    /// Curriculum ids.
    pub trains: Vec<String>,
    /// From a nudge to almost the answer.
    #[serde(skip)]
    pub hints: Vec<String>,
    /// What counts as the candidate's.
    pub submission: Submission,
    /// What the source may not do.
    pub policy: Policy,
    /// What a run may use.
    pub limits: Limits,
    /// The servers that run beside its code. Without any, the version is what it was before there were such.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub databases: Vec<Database>,
    /// Whether hidden tests may live in the candidate's own package.
    pub in_package_tests: bool,
    /// Rules of style that are advice. What checks take from it stands in them.
    #[serde(skip)]
    pub style: Style,
    /// The graded units; at least one.
    pub checks: Vec<CheckEntry>,
    /// Solutions with a known fault.
    pub flawed: Vec<FlawedEntry>,
}

/// A `[[flawed]]` entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlawedEntry {
    /// Its folder under `flawed/`.
    pub name: Located<String>,
    /// The id of the check that must catch it, which is one of the manifest's.
    pub caught_by: String,
    /// Lines of its source of which a finding must name one; none where it is caught by a wrong result.
    #[serde(skip)]
    pub at: Vec<String>,
}

/// The tables and keys at the top level, for those who wrote one of them below a `[table]` header.
const TOP_LEVEL: [&str; 17] = [
    "schema",
    "title",
    "summary",
    "kind",
    "difficulty",
    "minutes",
    "topics",
    "trains",
    "hints",
    "in_package_tests",
    "submission",
    "policy",
    "limits",
    "services",
    "style",
    "check",
    "flawed",
];

/// Reads the text of an `exercise.toml`. `file` is what problems call it.
///
/// # Errors
///
/// All problems at once, in the order of their lines.
pub fn read_manifest(file: &str, text: &str) -> Result<Manifest, Vec<Problem>> {
    read_document(file, text, read_top_level)
}

fn read_top_level(keys: &mut Keys<'_>) -> Option<Manifest> {
    for (key, example) in [
        ("schema", "schema = 1"),
        (
            "title",
            "title = \"Worker pool that stops at the first failure\"",
        ),
        (
            "summary",
            "summary = \"Run jobs on n goroutines; the first failure cancels the rest.\"",
        ),
        ("kind", "kind = \"implement\""),
        ("difficulty", "difficulty = \"medium\""),
        ("minutes", "minutes = 45"),
        ("check", "a [[check]] table with id, type, points and about"),
    ] {
        keys.require(key, example);
    }
    read_schema(keys);
    let title = keys.string("title");
    let summary = keys.string("summary");
    let kind = keys.choice(
        "kind",
        &[
            ("implement", Kind::Implement),
            ("fix", Kind::Fix),
            ("predict", Kind::Predict),
            ("test", Kind::Test),
            ("optimise", Kind::Optimise),
            ("service", Kind::Service),
        ],
    );
    let difficulty = keys.choice(
        "difficulty",
        &[
            ("easy", Difficulty::Easy),
            ("medium", Difficulty::Medium),
            ("hard", Difficulty::Hard),
        ],
    );
    let minutes = keys.integer("minutes", 1..=600);
    let topics = values(keys.strings("topics"));
    let trains = values(keys.strings("trains"));
    let hints = values(keys.strings("hints"));
    let in_package_tests = keys.boolean("in_package_tests").unwrap_or(false);
    let submission = read_submission(keys);
    let policy = read_policy(keys);
    let limits = read_limits(keys);
    let databases = read_services(keys, kind);
    let style = read_style(keys, belongs_at_the_top);
    let mut checks = read_checks(keys.tables("check"), kind);
    complete_style(&mut checks.entries, &style.measures);
    let flawed = read_flawed(keys, &checks.ids);
    keys.finish(|_| None);

    Some(Manifest {
        title: title?,
        summary: summary?,
        kind: kind?,
        difficulty: difficulty?,
        minutes: minutes?,
        topics,
        trains,
        hints,
        submission: submission.unwrap_or_else(|| counted_by_default(&checks.entries)),
        policy,
        limits,
        databases,
        in_package_tests,
        style,
        checks: checks.entries,
        flawed,
    })
}

fn values(strings: Vec<Located<String>>) -> Vec<String> {
    strings.into_iter().map(|string| string.value).collect()
}

fn read_schema(keys: &mut Keys<'_>) {
    if let Some(schema) = keys.integer("schema", 0..=u32::MAX)
        && schema != SCHEMA
    {
        let message =
            format!("this gavel reads schema {SCHEMA}, not {schema}; a newer gavel may know it");
        keys.complain("schema", message);
    }
}

/// A key that stands below a `[table]` header but belongs above the first one.
fn belongs_at_the_top(key: &str) -> Option<String> {
    TOP_LEVEL
        .contains(&key)
        .then(|| "belongs at the top level: move it above the first [table] header".to_owned())
}

/// What counts where the manifest doesn't say: Go files, or the answers that are asked for.
fn counted_by_default(checks: &[CheckEntry]) -> Submission {
    let mut answers: Vec<String> = Vec::new();
    for check in checks {
        if let CheckEntryKind::Predict(predict) = &check.kind
            && !answers.contains(&predict.answer.value)
        {
            answers.push(predict.answer.value.clone());
        }
    }
    let files = if answers.is_empty() {
        vec!["**/*.go".to_owned()]
    } else {
        answers
    };
    Submission { files }
}

fn read_submission(keys: &mut Keys<'_>) -> Option<Submission> {
    let mut table = keys.table("submission")?;
    let has_files = table.has("files");
    let files = table.strings("files");
    if has_files && files.is_empty() {
        table.complain(
            "files",
            "must hold at least one pattern, such as \"**/*.go\"",
        );
    }
    for pattern in &files {
        if let Some(message) = fault_of_pattern(&pattern.value) {
            table.complain_at(pattern.line, "files", message);
        }
    }
    table.finish(belongs_at_the_top);
    has_files.then(|| Submission {
        files: values(files),
    })
}

fn fault_of_pattern(pattern: &str) -> Option<String> {
    if pattern.contains('\\')
        || pattern
            .split('/')
            .any(|part| matches!(part, "" | "." | ".."))
    {
        return Some(format!(
            "{pattern:?} matches nothing; patterns are relative to the submission's root and separated by single \
             slashes, such as \"internal/**/*.go\""
        ));
    }
    parse_pattern(pattern)
        .err()
        .map(|error| format!("{pattern:?} is not a pattern: {}", error.kind()))
}

fn read_policy(keys: &mut Keys<'_>) -> Policy {
    let Some(mut table) = keys.table("policy") else {
        return Policy::default();
    };
    let policy = Policy {
        deny_imports: values(table.strings("deny_imports")),
        allow: values(table.strings("allow")),
    };
    table.finish(belongs_at_the_top);
    policy
}

fn read_limits(keys: &mut Keys<'_>) -> Limits {
    let default = Limits::default();
    let Some(mut table) = keys.table("limits") else {
        return default;
    };
    let limits = Limits {
        wall: table.parsed("wall", parse_duration).unwrap_or(default.wall),
        idle: table.parsed("idle", parse_duration).unwrap_or(default.idle),
        cpu: table.parsed("cpu", parse_duration),
        memory: table.parsed("memory", parse_size).unwrap_or(default.memory),
        processes: count(&mut table, "processes", default.processes),
        open_files: count(&mut table, "open_files", default.open_files),
        file_size: table
            .parsed("file_size", parse_size)
            .unwrap_or(default.file_size),
        disk: table.parsed("disk", parse_size).unwrap_or(default.disk),
        files: count(&mut table, "files", default.files),
        output: table.parsed("output", parse_size).unwrap_or(default.output),
        network: table
            .choice(
                "network",
                &[("none", Network::None), ("loopback", Network::Loopback)],
            )
            .unwrap_or(default.network),
    };
    table.finish(belongs_at_the_top);
    limits
}

/// `[services]`: which servers run beside the code.
fn read_services(keys: &mut Keys<'_>, kind: Option<Kind>) -> Vec<Database> {
    let Some(mut table) = keys.table("services") else {
        return Vec::new();
    };
    let named = [("postgres", Database::Postgres), ("redis", Database::Redis)];
    let mut databases = Vec::new();
    for (key, database) in named {
        if table.boolean(key).unwrap_or(false) {
            databases.push(database);
            if kind == Some(Kind::Predict) {
                let message = "a program whose output is predicted must print the same without a server; leave it out";
                table.complain(key, message);
            }
        }
    }
    table.finish(belongs_at_the_top);
    databases
}

/// A limit that is a number of things: at least one.
fn count(table: &mut Keys<'_>, key: &'static str, default: u64) -> u64 {
    table.integer(key, 1..=1_000_000).map_or(default, u64::from)
}

fn read_flawed(keys: &mut Keys<'_>, check_ids: &[String]) -> Vec<FlawedEntry> {
    let mut entries = Vec::new();
    let mut first_lines: BTreeMap<String, u32> = BTreeMap::new();
    for mut table in keys.tables("flawed") {
        table.require("name", "name = \"loses-the-error\"");
        table.require("caught_by", "caught_by = \"first-failure-cancels\"");
        let name = table.located_string("name");
        let caught_by = table.located_string("caught_by");
        if let Some(name) = &name {
            if !is_kebab_case(&name.value) {
                table.complain("name", format!("{:?} is no name; {KEBAB_RULE}", name.value));
            }
            if let Some(first) = first_lines.get(&name.value) {
                let message = format!("{:?} is named twice, first on line {first}", name.value);
                table.complain("name", message);
            } else {
                first_lines.insert(name.value.clone(), name.line);
            }
        }
        if let Some(caught_by) = &caught_by
            && !check_ids.contains(&caught_by.value)
        {
            let message = format!(
                "no check has the id {:?}{}",
                caught_by.value,
                suggestion(&caught_by.value, check_ids.iter().map(String::as_str))
            );
            table.complain_of_reference(caught_by.line, "caught_by", message);
        }
        let at = table.strings("at");
        table.finish(|_| None);
        if let (Some(name), Some(caught_by)) = (name, caught_by) {
            entries.push(FlawedEntry {
                name,
                caught_by: caught_by.value,
                at: at.into_iter().map(|line| line.value).collect(),
            });
        }
    }
    entries
}
