//! How well checks of type `bench` tell: a quadratic solution from a linear one, and equal ones not at all, on a quiet machine and
//! on a busy one.
//!
//! `cargo bench --bench telling` prints how often; `GAVEL_BENCH_ROUNDS` sets how many gradings of each kind there are (default 20).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

const GAVEL: &str = env!("CARGO_BIN_EXE_gavel");
const CATALOG: &str = "fixtures/catalogs/kinds";
/// What is graded, and what it is.
const SOLUTIONS: [(&str, &str); 2] = [
    ("quadratic", "flawed/quadratic"),
    ("as fast as the reference", "alternatives/library"),
];

fn main() {
    // `cargo test --benches` runs this with --test: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let rounds: usize = std::env::var("GAVEL_BENCH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(20);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    println!("| solution | machine | graded | median time | verdicts |\n|---|---|---|---|---|");
    for (machine, busy) in [("as it is", 0), ("each processor busy", processors)] {
        let goes_on = Arc::new(AtomicBool::new(true));
        for _ in 0..busy {
            let goes_on = Arc::clone(&goes_on);
            std::thread::spawn(move || while goes_on.load(Ordering::Relaxed) {});
        }
        for (what, solution) in SOLUTIONS {
            let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
            let mut seconds = Vec::new();
            for _ in 0..rounds {
                let started = Instant::now();
                *verdicts.entry(verdict_of(solution)).or_default() += 1;
                seconds.push(started.elapsed().as_secs_f64());
            }
            seconds.sort_by(f64::total_cmp);
            let verdicts: Vec<String> = verdicts
                .into_iter()
                .map(|(verdict, count)| format!("{count} {verdict}"))
                .collect();
            println!(
                "| {what} | {machine} | {rounds} | {:.1} s | {} |",
                seconds.get(rounds / 2).copied().unwrap_or_default(),
                verdicts.join(", ")
            );
        }
        goes_on.store(false, Ordering::Relaxed);
    }
}

fn verdict_of(solution: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(GAVEL)
        .current_dir(root)
        .args(["grade", "--report", "json", "--exercise", "join-words"])
        .args(["--catalog", CATALOG])
        .arg(format!("{CATALOG}/bench/join-words/{solution}"))
        .output()
        .expect("gavel runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let verdict = report["submissions"][0]["verdict"].as_str();
    verdict.expect("a verdict").to_owned()
}
