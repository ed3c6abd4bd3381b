//! Checks of type `bench` in the manifest.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde::Serialize;

use super::{CheckEntry, CheckEntryKind, Type, read_package};
use crate::manifest::keys::Keys;
use crate::manifest::problem::Located;
use crate::manifest::quantities::parse_duration;
use crate::model::{Budget, Cost, Grown, Growth, Ratio};

/// `bench`: what a benchmark costs the candidate's code, against the reference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BenchEntry {
    /// The package that holds the benchmark.
    pub package: String,
    /// The benchmark; for growth, each size stands behind its name.
    pub benchmark: Located<String>,
    /// What an operation may cost, as multiples of what it costs the reference.
    pub budgets: Vec<Budget>,
    /// How cost may grow with the size of the input.
    pub growth: Option<Growth>,
    /// How long measuring may go on.
    pub limit: Duration,
}

pub(super) const TYPE: Type = Type {
    name: "bench",
    keys: &[
        "package",
        "benchmark",
        "time",
        "bytes",
        "allocs",
        "peak_memory",
        "growth",
        "limit",
    ],
    read,
};

/// How long measuring may go on where the manifest doesn't say.
const LIMIT: Duration = Duration::from_secs(30);
/// How long it may go on at most, and how long it must be able to.
const LIMITS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(600);
/// A power of n is fitted to so many sizes at least.
const FEWEST_SIZES: usize = 4;

fn read(table: &mut Keys<'_>) -> Option<CheckEntryKind> {
    let package = read_package(table);
    table.require("benchmark", "benchmark = \"BenchmarkJoin\"");
    let benchmark = table.located_string("benchmark");
    if let Some(name) = &benchmark
        && let Some(message) = fault_of_benchmark_name(&name.value)
    {
        table.complain_at(name.line, "benchmark", message);
    }
    let budgets: Vec<Budget> = Cost::ALL
        .into_iter()
        .filter_map(|cost| {
            let most = table.ratio(cost.key(), budgets_for(cost))?;
            Some(Budget { cost, most })
        })
        .collect();
    let growth = table.table("growth").and_then(|mut keys| {
        let growth = read_growth(&mut keys);
        keys.finish(|_| None);
        growth
    });
    let has_something = Cost::ALL.iter().any(|cost| table.has(cost.key())) || table.has("growth");
    if !has_something {
        let message =
            "is missing, and so are bytes, allocs, peak_memory and growth; for example time = 1.5";
        table.complain("time", message);
    }
    let limit = read_limit(table);
    Some(CheckEntryKind::Bench(BenchEntry {
        package: package?,
        benchmark: benchmark?,
        budgets,
        growth,
        limit: limit?,
    }))
}

/// Which multiples make sense. What isn't counted but measured comes out a little above 1 for the reference itself.
fn budgets_for(cost: Cost) -> RangeInclusive<Ratio> {
    let least = match cost {
        Cost::Time | Cost::PeakMemory => 1100,
        Cost::Bytes | Cost::Allocs => 1000,
    };
    Ratio::of_thousandths(least)..=Ratio::of_thousandths(1_000_000)
}

fn read_growth(keys: &mut Keys<'_>) -> Option<Growth> {
    keys.require("sizes", "sizes = [1000, 2000, 4000, 8000]");
    keys.require("max", "max = 1.3");
    let has_sizes = keys.has("sizes");
    let sizes = keys.integers("sizes", &(1..=1_000_000_000));
    if has_sizes && sizes.len() < FEWEST_SIZES {
        let message = format!("must hold at least {FEWEST_SIZES} sizes");
        keys.complain("sizes", message);
    } else if let Some(pair) = sizes.windows(2).find(|pair| pair[0].value >= pair[1].value) {
        let message = format!("must rise: {} follows {}", pair[1].value, pair[0].value);
        keys.complain_at(pair[1].line, "sizes", message);
    } else if let (Some(first), Some(last)) = (sizes.first(), sizes.last())
        && last.value / first.value < 4
    {
        let message = format!(
            "{} and {} are too near to each other to tell how cost grows; the largest must be four times the smallest",
            first.value, last.value
        );
        keys.complain_at(last.line, "sizes", message);
    }
    let most = keys.ratio(
        "max",
        Ratio::of_thousandths(100)..=Ratio::of_thousandths(10_000),
    );
    let of = if keys.has("of") {
        keys.choice("of", &[("time", Grown::Time), ("allocs", Grown::Allocs)])
    } else {
        keys.pass_over("of");
        Some(Grown::default())
    };
    Some(Growth {
        sizes: sizes.into_iter().map(|size| size.value).collect(),
        of: of?,
        most: most?,
    })
}

fn read_limit(table: &mut Keys<'_>) -> Option<Duration> {
    if !table.has("limit") {
        table.pass_over("limit");
        return Some(LIMIT);
    }
    let limit = table.parsed("limit", parse_duration)?;
    if !LIMITS.contains(&limit) {
        table.complain("limit", "must lie between 1s and 10m");
        return None;
    }
    Some(limit)
}

/// A wrong answer is cheap to compute. So what is measured must have been found right before, by a test.
pub(super) fn complain_unless_correctness_comes_first(
    entry: &CheckEntry,
    above: &[CheckEntry],
    table: &Keys<'_>,
) {
    if !matches!(entry.kind, CheckEntryKind::Bench(_)) {
        return;
    }
    let is_test = |id: &String| {
        let required = above.iter().find(|other| other.id == *id);
        // What couldn't be read may have been a test.
        required.is_none_or(|other| matches!(other.kind, CheckEntryKind::GoTest(_)))
    };
    if !entry.requires.iter().any(is_test) {
        let message = "must name a check of type \"go-test\" that shows the code to be correct, since what is wrong is easily fast";
        table.complain_of_lack("requires", message);
    }
}

/// What is wrong with the name of a benchmark, by the go command's own rule.
fn fault_of_benchmark_name(name: &str) -> Option<String> {
    if let Some((top, _)) = name.split_once('/') {
        return Some(format!(
            "{name:?} is a sub-benchmark, and only whole ones are measured; make it one, such as \"{top}1000\""
        ));
    }
    let good = name.strip_prefix("Benchmark").is_some_and(|rest| {
        !rest.starts_with(char::is_lowercase)
            && rest.chars().all(|c| c.is_alphanumeric() || c == '_')
    });
    (!good).then(|| format!("{name:?} is no benchmark; write its name as in func BenchmarkName"))
}
