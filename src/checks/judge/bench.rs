//! Benchmarks: what runs of one took, and what that says against the reference.
//!
//! Two programs are compared by the median of the ratios of paired runs, and that by its distribution-free interval between
//! order statistics, which asks nothing of the noise but that one pair doesn't depend on another (W. J. Conover, *Practical
//! Nonparametric Statistics*, on confidence intervals for a quantile). A decision falls only when the whole interval lies on one
//! side of the budget. Looking again and again would make a wrong decision ever more likely, so each look gets a share of
//! [`ERROR`] alone, and all shares together, however many looks there are, come to no more than it.

mod words;

pub use words::{cost_in_words, growth_in_words, operation_in_words, sample_in_words};

use super::{Case, Judgement, charge_crash, charge_fault, charge_limit, charge_refusal};
use std::collections::BTreeMap;

use crate::gotest::records::{BenchEnd, Chain, Record};
use crate::model::{Cost, Grown, Outcome, Verdict};
use crate::sandbox::{Ended, Exit};

/// How likely it is at most that a program that costs exactly as much as it may is taken to cost more, and the same for less.
const ERROR: f64 = 0.01;

/// What one run of a benchmark took, for one operation where nothing else is said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// How many operations there were.
    pub operations: u64,
    /// Processor time of the benchmark's whole function, in nanoseconds.
    pub cpu: f64,
    /// In which part of its time the timer ran.
    pub timed: f64,
    /// Time on the clock, in nanoseconds.
    pub clock: f64,
    /// Bytes allocated.
    pub bytes: f64,
    /// Allocations.
    pub allocs: f64,
    /// The largest resident memory of the whole run, in bytes.
    pub peak_memory: f64,
}

impl Sample {
    /// Processor time of an operation, in nanoseconds, as far as one run can tell.
    pub fn work(&self) -> f64 {
        self.cpu * self.timed
    }
}

/// What a run of the benchmark took, or what speaks against it.
///
/// # Errors
///
/// The judgement on a run that did not go well. Leaks are not looked for: that is the business of tests.
pub fn judge_benchmark(benchmark: &str, ended: &Ended, chain: &Chain) -> Result<Sample, Judgement> {
    let mut case = Case::default();
    charge_limit(&mut case, ended);
    charge_crash(&mut case, ended);
    charge_fault(&mut case, ended, chain.fault.as_ref());
    let mut measured: Option<&BenchEnd> = None;
    let mut is_over = false;
    for record in &chain.records {
        if is_over {
            case.charge(
                Verdict::Tampered,
                "records follow the one that must be the last",
            );
        }
        match record {
            Record::Hello | Record::Busy { .. } => {}
            Record::Coverage { .. } => {
                case.charge(Verdict::Tampered, "nobody asked what is executed");
            }
            Record::Bench(end) if end.name == benchmark => {
                charge_end(&mut case, end);
                measured = Some(end);
            }
            Record::Bench(BenchEnd { name, .. })
            | Record::Begin { name }
            | Record::End(crate::gotest::records::TestEnd { name, .. }) => case.charge(
                Verdict::Tampered,
                format!("{name} ran where {benchmark} was asked for"),
            ),
            Record::Final(record) => {
                is_over = true;
                super::charge_tampering(&mut case, &record.tampered);
                if record.code != 0 {
                    case.charge(Verdict::WrongAnswer, format!("{benchmark} failed"));
                }
            }
            Record::Stuck(_) => case.charge(Verdict::Tampered, "a benchmark can't be stuck"),
            Record::Refused { reason } => charge_refusal(&mut case, reason),
        }
    }
    if case.charges.is_empty() && (!is_over || ended.exit != Exit::Code(0)) {
        let what = format!(
            "the program ended by itself in {benchmark} ({})",
            ended.exit
        );
        case.charge(Verdict::RuntimeError, what);
    }
    match measured {
        Some(end) if case.charges.is_empty() => Ok(sample(end, ended)),
        None if case.charges.is_empty() => {
            case.charge(
                Verdict::GraderError,
                format!("the test binary has no {benchmark}"),
            );
            Err(case.judge())
        }
        Some(_) | None => Err(case.judge()),
    }
}

fn charge_end(case: &mut Case, end: &BenchEnd) {
    if end.failed {
        case.charge(Verdict::WrongAnswer, format!("{} failed", end.name));
    } else if end.skipped {
        case.charge(Verdict::WrongAnswer, format!("{} was skipped", end.name));
    } else if !end.returned {
        let what = format!("{} ended without returning (runtime.Goexit)", end.name);
        case.charge(Verdict::RuntimeError, what);
    } else if end.iterations == 0 {
        let what = format!(
            "{} repeats nothing: it has neither b.Loop nor b.N",
            end.name
        );
        case.charge(Verdict::GraderError, what);
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "no count of a run comes near what a float can't tell apart"
)]
fn sample(end: &BenchEnd, ended: &Ended) -> Sample {
    let each = |count: u64| count as f64 / end.iterations.max(1) as f64;
    Sample {
        operations: end.iterations,
        cpu: each(end.cpu_nanos),
        timed: (end.nanos as f64 / end.wall_nanos.max(1) as f64).min(1.0),
        clock: each(end.nanos),
        bytes: each(end.bytes),
        allocs: each(end.allocs),
        peak_memory: ended.usage.max_memory as f64,
    }
}

/// A run of the candidate's code, and one of the reference's right before or after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Of the candidate's code.
    pub candidate: Sample,
    /// Of the reference.
    pub reference: Sample,
}

/// Where a value lies, for all that is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The median.
    pub middle: f64,
    /// The upper end.
    pub high: f64,
}

/// How an interval lies to what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is all within.
    Within,
    /// It is all beyond.
    Beyond,
    /// It is too wide to tell.
    Open,
}

/// What is known of one cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// How it lies to what is allowed.
    pub standing: Standing,
    /// What is known, once there are enough runs to know something.
    pub interval: Option<Interval>,
    /// Whether it is time on the clock, of which most was not spent at work.
    pub is_waiting: bool,
}

/// Package testing has no timer for the processor: of the whole function's time the part counts in which the timer ran. That is
/// the middle one of many runs, since a busy machine stretches now the one part of a run and now the other.
fn part_that_counts<'s>(samples: impl Iterator<Item = &'s Sample>) -> f64 {
    let mut parts: Vec<f64> = samples.map(|sample| sample.timed).collect();
    parts.sort_by(f64::total_cmp);
    median(&parts).unwrap_or(1.0)
}

/// Sets a cost against its budget, at look number `look`, counted from 1.
pub fn against_budget(cost: Cost, pairs: &[Pair], most: f64, look: u32) -> Known {
    let compare = |of: fn(&Sample) -> f64, scale: f64, most: f64| {
        let ratios: Vec<f64> = pairs
            .iter()
            .map(|pair| ratio(of(&pair.candidate) * scale, of(&pair.reference)))
            .collect();
        known(&ratios, most, look)
    };
    match cost {
        Cost::Time => {
            let of_candidate = part_that_counts(pairs.iter().map(|pair| &pair.candidate));
            let of_reference = part_that_counts(pairs.iter().map(|pair| &pair.reference));
            let at_work = compare(|sample| sample.cpu, of_candidate / of_reference, most);
            time(at_work, compare(|sample| sample.clock, 1.0, most))
        }
        Cost::Bytes => compare(bytes, 1.0, most * (1.0 + BYTES_ASIDE)),
        Cost::Allocs => compare(allocs, 1.0, most),
        Cost::PeakMemory => compare(|sample| sample.peak_memory, 1.0, most),
    }
}

/// The processor's time hardly depends on what else the machine does, so it says what is within. Who waits instead of working
/// uses none, and is beyond by the clock.
fn time(at_work: Known, by_the_clock: Known) -> Known {
    let middle = |known: &Known| known.interval.map_or(0.0, |interval| interval.middle);
    let is_mostly_waiting = middle(&by_the_clock) > 2.0 * middle(&at_work);
    match (by_the_clock.standing, at_work.standing) {
        (Standing::Beyond, Standing::Within | Standing::Open) => Known {
            is_waiting: true,
            ..by_the_clock
        },
        (Standing::Beyond, Standing::Beyond) if is_mostly_waiting => Known {
            is_waiting: true,
            ..by_the_clock
        },
        (Standing::Beyond | Standing::Within | Standing::Open, _) => at_work,
    }
}

/// What the runtime allocates for itself beside, as a share of what an operation does.
const BYTES_ASIDE: f64 = 0.01;
/// Fewer bytes than this an operation are the runtime's own: the smallest allocation that is no part of another has as many.
const NO_BYTES: f64 = 8.0;

fn bytes(sample: &Sample) -> f64 {
    if sample.bytes < NO_BYTES {
        0.0
    } else {
        sample.bytes
    }
}

/// Whole allocations: fractions are the runtime's own, or come of a pool or a buffer that is there for many operations.
fn allocs(sample: &Sample) -> f64 {
    sample.allocs.round()
}

fn ratio(candidate: f64, reference: f64) -> f64 {
    if candidate <= 0.0 && reference <= 0.0 {
        1.0
    } else {
        candidate / reference.max(0.0)
    }
}

/// What one run of each size took, by size.
pub type Round = Vec<(u32, Sample)>;

/// Sets the power of n with which a cost grows against the largest that is allowed.
pub fn against_growth(of: Grown, rounds: &[Round], most: f64, look: u32) -> Known {
    let part = |size: u32| {
        let samples = rounds.iter().flatten();
        part_that_counts(
            samples
                .filter(|(other, _)| *other == size)
                .map(|(_, sample)| sample),
        )
    };
    let parts: BTreeMap<u32, f64> = rounds
        .first()
        .into_iter()
        .flatten()
        .map(|(size, _)| (*size, part(*size)))
        .collect();
    let cost = |size: u32, sample: &Sample| match of {
        Grown::Time => (sample.cpu * parts.get(&size).unwrap_or(&1.0)).max(1e-3),
        Grown::Allocs => allocs(sample).max(1.0),
    };
    let slopes: Vec<f64> = rounds
        .iter()
        .map(|round| {
            let points: Vec<(f64, f64)> = round
                .iter()
                .map(|(size, sample)| (f64::from(*size).ln(), cost(*size, sample).ln()))
                .collect();
            slope(&points)
        })
        .collect();
    known(&slopes, most, look)
}

/// The slope of the line that fits the points best, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let mean = |of: fn(&(f64, f64)) -> f64| {
        let count = u32::try_from(points.len()).map_or(1.0, f64::from);
        points.iter().map(of).sum::<f64>() / count
    };
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let (mut products, mut squares) = (0.0, 0.0);
    for point in points {
        products += (point.0 - x) * (point.1 - y);
        squares += (point.0 - x).powi(2);
    }
    products / squares
}

fn known(values: &[f64], most: f64, look: u32) -> Known {
    let interval = interval(values, share_of_a_look(look));
    let standing = match interval {
        Some(Interval { high, .. }) if high <= most => Standing::Within,
        Some(Interval { low, .. }) if low > most => Standing::Beyond,
        Some(_) | None => Standing::Open,
    };
    Known {
        standing,
        interval,
        is_waiting: false,
    }
}

/// How much of [`ERROR`] a look may use up: 1/2, 1/6, 1/12, … of it, which is 1 for endlessly many.
fn share_of_a_look(look: u32) -> f64 {
    let look = f64::from(look.max(1));
    ERROR / (look * (look + 1.0))
}

/// The interval that the true median lies below with no more probability than `tail`, and above with no more; none where there
/// are too few values for that.
fn interval(values: &[f64], tail: f64) -> Option<Interval> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let outside = values_outside(sorted.len(), tail)?;
    let (low, high) = (outside, sorted.len() - 1 - outside);
    Some(Interval {
        low: *sorted.get(low)?,
        middle: median(&sorted)?,
        high: *sorted.get(high)?,
    })
}

/// How many of so many values may be left out at each end: as many as that many throws of a coin, or fewer, show heads with no
/// more probability than `tail`.
fn values_outside(count: usize, tail: f64) -> Option<usize> {
    let count = u32::try_from(count).ok()?;
    let throws = f64::from(count);
    let mut exactly = 0.5_f64.powf(throws);
    let mut at_most = exactly;
    let mut heads = 0;
    if at_most > tail {
        return None;
    }
    for next in 1..=count / 2 {
        exactly *= f64::from(count - next + 1) / f64::from(next);
        at_most += exactly;
        if at_most > tail {
            break;
        }
        heads = next;
    }
    usize::try_from(heads).ok()
}

/// The middle one of sorted values.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get(sorted.len().checked_sub(1)? / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// What all samples of one program amount to: the median of each figure.
pub fn typical(samples: &[Sample]) -> Option<Sample> {
    let middle = |of: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        median(&values)
    };
    Some(Sample {
        operations: samples.first()?.operations,
        cpu: middle(|sample| sample.cpu)?,
        timed: middle(|sample| sample.timed)?,
        clock: middle(|sample| sample.clock)?,
        bytes: middle(|sample| sample.bytes)?,
        allocs: middle(|sample| sample.allocs)?,
        peak_memory: middle(|sample| sample.peak_memory)?,
    })
}

/// What being beyond a budget counts as.
pub fn cause_of(cost: Cost) -> Verdict {
    match cost {
        Cost::Time => Verdict::TimeLimit,
        Cost::Bytes | Cost::Allocs | Cost::PeakMemory => Verdict::MemoryLimit,
    }
}

/// What growing too fast counts as.
pub fn cause_of_growth(of: Grown) -> Verdict {
    match of {
        Grown::Time => Verdict::TimeLimit,
        Grown::Allocs => Verdict::MemoryLimit,
    }
}

/// How a check of several costs ended: beyond any is failed, within all is passed.
pub fn outcome(standings: impl IntoIterator<Item = Standing>) -> Outcome {
    let standings: Vec<Standing> = standings.into_iter().collect();
    if standings.contains(&Standing::Beyond) {
        Outcome::Failed
    } else if standings.contains(&Standing::Open) || standings.is_empty() {
        Outcome::Errored
    } else {
        Outcome::Passed
    }
}

#[cfg(test)]
mod tests;
