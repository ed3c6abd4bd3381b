//! Where the benchmarks of a check of type `bench` stand.

use super::Side;
use super::go_tests::TestIndex;
use crate::manifest::{BenchEntry, Located};
use crate::model::BenchCheck;

/// The check, with the side on which all its benchmarks lie.
pub(super) fn resolve(
    entry: &BenchEntry,
    tests: &TestIndex<'_>,
    complain: &mut impl FnMut(u32, &str, String),
) -> Option<(Side, BenchCheck)> {
    let check = BenchCheck {
        package: entry.package.clone(),
        benchmark: entry.benchmark.value.clone(),
        budgets: entry.budgets.clone(),
        growth: entry.growth.clone(),
        limit: entry.limit,
    };
    let itself = (!check.budgets.is_empty()).then(|| check.benchmark.clone());
    let sizes = check.growth.iter().flat_map(|growth| &growth.sizes);
    let by_size = sizes.map(|size| check.benchmark_of_size(*size));
    let names: Vec<Located<String>> = itself
        .into_iter()
        .chain(by_size)
        .map(|value| Located {
            value,
            line: entry.benchmark.line,
        })
        .collect();
    let side = tests.side_of(&check.package, "benchmark", &names, complain)?;
    Some((side, check))
}
