//! What benchmarks come to, in words.

use super::{Interval, Known, Sample};
use crate::model::{Budget, Cost, Grown, Growth};
use crate::text::{plural, size};

/// A clause on a cost: `it takes 2.3 times as long as the reference (2.1 to 2.5), with a budget of 1.5`.
pub fn cost_in_words(budget: Budget, known: &Known, candidate: Option<&Sample>) -> String {
    let Some(interval) = known.interval else {
        return format!("there are too few runs to compare {}", budget.cost.key());
    };
    if let Some(candidate) = candidate.filter(|_| interval.middle.is_infinite()) {
        return match budget.cost {
            Cost::Bytes => format!(
                "it allocates {} an operation, where the reference allocates none",
                bytes(candidate.bytes)
            ),
            Cost::Time | Cost::Allocs | Cost::PeakMemory => format!(
                "it makes {} an operation, where the reference makes none",
                plural(whole(candidate.allocs), "allocation")
            ),
        };
    }
    let times = format!("{} times", number(interval.middle));
    let what = match budget.cost {
        Cost::Time if known.is_waiting => format!("it takes {times} as long as the reference"),
        Cost::Time => format!("it takes {times} as much processor time as the reference"),
        Cost::Bytes => format!("it allocates {times} as many bytes as the reference"),
        Cost::Allocs => format!("it makes {times} as many allocations as the reference"),
        Cost::PeakMemory => format!("it needs {times} as much memory as the reference"),
    };
    let waiting = if known.is_waiting {
        ", most of it waiting"
    } else {
        ""
    };
    format!(
        "{what}{}{waiting}, with a budget of {}",
        range(interval),
        budget.most
    )
}

/// A clause on growth: `its time grows with n to the power of 2.01 (1.98 to 2.04), with a budget of 1.3`.
pub fn growth_in_words(growth: &Growth, known: &Known) -> String {
    let what = match growth.of {
        Grown::Time => "its time grows",
        Grown::Allocs => "the number of its allocations grows",
    };
    let Some(interval) = known.interval else {
        return format!("there are too few runs to tell how {what}");
    };
    format!(
        "{what} with n to the power of {}{}, with a budget of {}",
        number(interval.middle),
        range(interval),
        growth.most
    )
}

/// What a run cost: `12.3 µs, 2 KiB in 14 allocations an operation; 6.1 MiB of memory in all`.
pub fn sample_in_words(sample: &Sample) -> String {
    format!(
        "{} an operation; {} of memory in all",
        operation_in_words(sample),
        bytes(sample.peak_memory)
    )
}

/// What an operation cost: `12.3 µs, 2 KiB in 14 allocations`.
pub fn operation_in_words(sample: &Sample) -> String {
    let allocs = match whole(sample.allocs) {
        0 => "no allocations".to_owned(),
        some => format!("{} in {}", bytes(sample.bytes), plural(some, "allocation")),
    };
    format!("{}, {allocs}", time(sample.work()))
}

/// ` (2.1 to 2.5)`; nothing where it is exact.
fn range(Interval { low, middle, high }: Interval) -> String {
    let [low, middle, high] = [low, middle, high].map(number);
    if low == middle && high == middle {
        String::new()
    } else {
        format!(" ({low} to {high})")
    }
}

/// Two digits after the point for small numbers, none for large ones.
fn number(value: f64) -> String {
    match value {
        ..9.995 => format!("{value:.2}"),
        9.995..99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        1e3..1e6 => (nanos / 1e3, "µs"),
        1e6..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    format!("{} {unit}", number(value))
}

fn bytes(value: f64) -> String {
    size(whole(value) as u64)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of bytes and allocations; a cast keeps within what fits"
)]
fn whole(value: f64) -> usize {
    value.round() as usize
}
