//! The statistics against noise of which the truth is known.

use super::*;
use crate::gotest::records::Final;
use crate::model::{Budget, Growth, Ratio};
use crate::sandbox::Usage;
use std::time::Duration;

/// Noise that is the same in each run of the tests.
struct Noise(u64);

impl Noise {
    /// Between 0 and 1 (xorshift64*).
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = u32::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32).unwrap();
        f64::from(bits) / f64::from(u32::MAX)
    }

    /// What a run that takes `nanos` on a quiet machine takes on this one: a little more or less, and at times much more.
    fn of_a_run(&mut self, nanos: f64, spread: f64) -> f64 {
        let usual = nanos * (1.0 + spread * (self.uniform() - 0.5));
        if self.uniform() < 0.1 {
            usual * (1.0 + 3.0 * self.uniform())
        } else {
            usual
        }
    }
}

fn costing(cpu: f64, clock: f64, bytes: f64, allocs: f64) -> Sample {
    Sample {
        operations: 1000,
        cpu,
        timed: 1.0,
        clock,
        bytes,
        allocs,
        peak_memory: 6e6,
    }
}

fn sample_of(nanos: f64) -> Sample {
    costing(nanos, nanos, 0.0, 0.0)
}

/// Compares as a check does, look after look, and says how it ended and after how many pairs.
fn decide(noise: &mut Noise, truth: f64, spread: f64, most: f64) -> (Standing, usize) {
    let mut pairs = Vec::new();
    for look in 1..=12 {
        for _ in 0..8 {
            pairs.push(Pair {
                candidate: sample_of(noise.of_a_run(1e6 * truth, spread)),
                reference: sample_of(noise.of_a_run(1e6, spread)),
            });
        }
        let known = against_budget(Cost::Time, &pairs, most, look);
        if known.standing != Standing::Open {
            return (known.standing, pairs.len());
        }
    }
    (Standing::Open, pairs.len())
}

#[test]
fn what_differs_clearly_is_told_soon() {
    let mut noise = Noise(1);
    let mut at_once = 0;
    for _ in 0..200 {
        let (standing, pairs) = decide(&mut noise, 4.0, 0.1, 1.5);
        assert_eq!(standing, Standing::Beyond);
        at_once += u32::from(pairs == 8);
    }
    assert!(at_once >= 100, "{at_once} of 200 at the first look");
}

#[test]
fn equal_programs_are_never_beyond() {
    let mut noise = Noise(2);
    for spread in [0.02, 0.2, 0.6] {
        for _ in 0..100 {
            let (standing, _) = decide(&mut noise, 1.0, spread, 1.5);
            assert_eq!(standing, Standing::Within, "with a spread of {spread}");
        }
    }
}

#[test]
fn a_program_that_costs_what_it_may_is_seldom_beyond_however_often_it_is_looked_at() {
    let mut noise = Noise(3);
    let beyond = (0..400)
        .filter(|_| decide(&mut noise, 1.5, 0.3, 1.5).0 == Standing::Beyond)
        .count();
    assert!(beyond <= 6, "{beyond} of 400");
}

#[test]
fn what_is_on_the_edge_stays_open() {
    let mut noise = Noise(4);
    let open = (0..100)
        .filter(|_| decide(&mut noise, 1.5, 0.3, 1.5).0 == Standing::Open)
        .count();
    assert!(open >= 95, "{open} of 100");
}

#[test]
fn who_waits_is_beyond_by_the_clock() {
    let pair = Pair {
        candidate: costing(900.0, 50_000.0, 0.0, 0.0),
        reference: costing(1000.0, 1000.0, 0.0, 0.0),
    };
    let known = against_budget(Cost::Time, &[pair; 8], 1.5, 1);
    assert_eq!((known.standing, known.is_waiting), (Standing::Beyond, true));
    let busy = Pair {
        candidate: costing(50_000.0, 50_000.0, 0.0, 0.0),
        ..pair
    };
    let known = against_budget(Cost::Time, &[busy; 8], 1.5, 1);
    assert_eq!(
        (known.standing, known.is_waiting),
        (Standing::Beyond, false)
    );
}

#[test]
fn counts_are_compared_exactly_but_for_what_the_runtime_does_beside() {
    let table = [
        (1.0, 1.0, 1.0, Standing::Within),
        (1.002, 1.0, 1.0, Standing::Within),
        (2.0, 1.0, 1.0, Standing::Beyond),
        (0.01, 0.0, 1.0, Standing::Within),
        (1.0, 0.0, 3.0, Standing::Beyond),
        (3.0, 2.0, 1.5, Standing::Within),
    ];
    for (candidate, reference, most, standing) in table {
        let pair = Pair {
            candidate: costing(1.0, 1.0, candidate * 100.0, candidate),
            reference: costing(1.0, 1.0, reference * 100.0, reference),
        };
        for cost in [Cost::Allocs, Cost::Bytes] {
            let known = against_budget(cost, &[pair; 8], most, 1);
            assert_eq!(
                known.standing, standing,
                "{cost:?} {candidate} to {reference}"
            );
        }
    }
}

#[test]
fn too_few_runs_tell_nothing() {
    let pair = Pair {
        candidate: sample_of(1.0),
        reference: sample_of(9.0),
    };
    for count in 0..8 {
        let known = against_budget(Cost::Time, &vec![pair; count], 1.5, 1);
        assert_eq!((known.standing, known.interval), (Standing::Open, None));
    }
}

fn round(noise: &mut Noise, cost: fn(f64) -> f64, spread: f64) -> Round {
    let sizes = [1000, 2000, 4000, 8000];
    let of_size = |size| noise.of_a_run(cost(f64::from(size)), spread);
    let costs = sizes.map(of_size);
    sizes.into_iter().zip(costs.map(sample_of)).collect()
}

/// Finds out how cost grows as a check does.
fn grown(noise: &mut Noise, cost: fn(f64) -> f64) -> Standing {
    let mut rounds = Vec::new();
    for look in 1..=12 {
        rounds.extend((0..8).map(|_| round(noise, cost, 0.2)));
        let known = against_growth(Grown::Time, &rounds, 1.4, look);
        if known.standing != Standing::Open {
            return known.standing;
        }
    }
    Standing::Open
}

#[test]
fn linear_is_told_from_quadratic() {
    let mut noise = Noise(5);
    for _ in 0..50 {
        assert_eq!(grown(&mut noise, |n| 10.0 * n), Standing::Within);
        assert_eq!(grown(&mut noise, |n| n * n.ln()), Standing::Within);
        assert_eq!(grown(&mut noise, |n| n * n / 9.0), Standing::Beyond);
    }
}

#[test]
fn an_exact_power_is_found_exactly() {
    let points = [1.0_f64, 2.0, 4.0, 8.0].map(|x| (x.ln(), (3.0 * x * x).ln()));
    assert!((slope(&points) - 2.0).abs() < 1e-12);
}

#[test]
fn the_interval_leaves_out_what_the_binomial_distribution_allows() {
    // Table of the binomial distribution with p = 1/2.
    let table = [
        (5, 0.05, Some(0)),
        (6, 0.025, Some(0)),
        (8, 0.0039, None),
        (8, 0.004, Some(0)),
        (12, 0.025, Some(2)),
        (20, 0.025, Some(5)),
        (100, 0.025, Some(39)),
    ];
    for (count, tail, outside) in table {
        assert_eq!(values_outside(count, tail), outside, "{count} values");
    }
    let spent: f64 = (1..=1000).map(share_of_a_look).sum();
    assert!(spent < ERROR);
}

fn ended_well() -> Ended {
    Ended {
        exit: Exit::Code(0),
        limit: None,
        stdout: Vec::new(),
        stderr: Vec::new(),
        record: Vec::new(),
        usage: Usage {
            max_memory: 5 << 20,
            wall: Duration::from_millis(40),
            cpu: Duration::from_millis(30),
        },
        lacking: Vec::new(),
    }
}

fn bench_end() -> BenchEnd {
    BenchEnd {
        name: "BenchmarkX".to_owned(),
        returned: true,
        failed: false,
        skipped: false,
        iterations: 100,
        nanos: 2_000_000,
        wall_nanos: 4_000_000,
        cpu_nanos: 3_000_000,
        allocs: 250,
        bytes: 6400,
    }
}

fn last(code: i64, tampered: &[&str]) -> Record {
    Record::Final(Final {
        code,
        races: 0,
        leaks: String::new(),
        stacks: String::new(),
        tampered: tampered.iter().map(ToString::to_string).collect(),
    })
}

fn judged(records: Vec<Record>) -> Result<Sample, (Outcome, Option<Verdict>)> {
    let chain = Chain {
        records,
        fault: None,
    };
    judge_benchmark("BenchmarkX", &ended_well(), &chain)
        .map_err(|judgement| (judgement.outcome, judgement.cause))
}

#[test]
fn a_run_gives_the_figures_of_its_last_round() {
    let first = BenchEnd {
        iterations: 1,
        ..bench_end()
    };
    let records = vec![
        Record::Hello,
        Record::Bench(first),
        Record::Bench(bench_end()),
        last(0, &[]),
    ];
    let sample = judged(records).expect("a good run");
    // Half of the time was preparation, and so, it is taken, was half of the work.
    assert_eq!(
        (sample.operations, sample.work(), sample.clock),
        (100, 15_000.0, 20_000.0)
    );
    assert_eq!((sample.allocs, sample.bytes), (2.5, 64.0));
}

#[test]
fn what_is_missing_or_wrong_is_never_a_measurement() {
    let failed = BenchEnd {
        failed: true,
        ..bench_end()
    };
    let other = BenchEnd {
        name: "BenchmarkY".to_owned(),
        ..bench_end()
    };
    let without_loop = BenchEnd {
        iterations: 0,
        ..bench_end()
    };
    let bench = Record::Bench;
    let table = [
        (vec![], Verdict::RuntimeError),
        (
            vec![Record::Hello, bench(bench_end())],
            Verdict::RuntimeError,
        ),
        (vec![last(0, &[])], Verdict::GraderError),
        (
            vec![bench(without_loop), last(0, &[])],
            Verdict::GraderError,
        ),
        (vec![bench(failed), last(1, &[])], Verdict::WrongAnswer),
        (
            vec![bench(bench_end()), last(0, &["io"])],
            Verdict::Tampered,
        ),
        (vec![bench(other), last(0, &[])], Verdict::Tampered),
        (vec![last(0, &[]), bench(bench_end())], Verdict::Tampered),
    ];
    for (records, cause) in table {
        let said = format!("{records:?}");
        let outcome = if cause == Verdict::GraderError {
            Outcome::Errored
        } else {
            Outcome::Failed
        };
        assert_eq!(judged(records), Err((outcome, Some(cause))), "{said}");
    }
}

#[test]
fn costs_are_said_in_words() {
    let reference = costing(1000.0, 1000.0, 0.0, 0.0);
    let pairs: Vec<Pair> = (0..8)
        .map(|n| Pair {
            candidate: costing(2100.0 + 50.0 * f64::from(n), 2300.0, 48.0, 3.0),
            reference,
        })
        .collect();
    let candidate = pairs[0].candidate;
    let said: Vec<String> = Cost::ALL
        .into_iter()
        .map(|cost| {
            let most = Ratio::of_thousandths(1500);
            let known = against_budget(cost, &pairs, 1.5, 1);
            cost_in_words(Budget { cost, most }, &known, Some(&candidate))
        })
        .chain([sample_in_words(&candidate), sample_in_words(&reference)])
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    it takes 2.27 times as much processor time as the reference (2.10 to 2.45), with a budget of 1.5
    it allocates 48 bytes an operation, where the reference allocates none
    it makes 3 allocations an operation, where the reference makes none
    it needs 1.00 times as much memory as the reference, with a budget of 1.5
    2.10 µs, 48 bytes in 3 allocations an operation; 5.7 MiB of memory in all
    1.00 µs, no allocations an operation; 5.7 MiB of memory in all
    ");
    let growth = Growth {
        sizes: vec![1000, 2000, 4000, 8000],
        of: Grown::Time,
        most: Ratio::of_thousandths(1300),
    };
    let mut noise = Noise(6);
    let rounds: Vec<Round> = (0..24).map(|_| round(&mut noise, |n| n * n, 0.1)).collect();
    let known = against_growth(growth.of, &rounds, 1.3, 3);
    insta::assert_snapshot!(growth_in_words(&growth, &known), @"its time grows with n to the power of 2.01 (1.99 to 2.03), with a budget of 1.3");
}
