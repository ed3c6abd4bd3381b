//! gavel against plain `go test -race`, as ratios within one run.
//!
//! Each measured submission differs from all others by a comment, for both sides: what a grader sees is new code, and
//! neither side may answer from a cache of results. Both have their build caches warm. `stress` is 1 throughout.
//!
//! `cargo bench` prints the table; `GAVEL_BENCH_ROUNDS` sets how many submissions are measured (default 15).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const EXERCISES: [(&str, &str); 3] = [
    ("concurrency", "worker-pool"),
    ("contexts", "fetch-with-timeout"),
    ("http", "users-crud"),
];

fn main() {
    // `cargo test --benches` runs this with --test: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let rounds: usize = std::env::var("GAVEL_BENCH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(15);
    let catalog = catalog_without_stress();
    println!(
        "one submission, warm: gavel grade against go test -race -count=1 (median of {rounds}, interleaved)"
    );
    println!(
        "{:<20} {:>10} {:>10} {:>7}",
        "exercise", "go test", "gavel", "ratio"
    );
    for (area, slug) in EXERCISES {
        let bench = Bench::prepare(&catalog, area, slug);
        // Once unmeasured, so that both build caches are warm.
        bench.go_test(usize::MAX);
        bench.gavel(usize::MAX);
        let mut go_test = Vec::new();
        let mut gavel = Vec::new();
        for round in 0..rounds {
            go_test.push(bench.go_test(2 * round));
            gavel.push(bench.gavel(2 * round + 1));
        }
        let (go_test, gavel) = (median(go_test), median(gavel));
        println!(
            "{slug:<20} {:>8.0}ms {:>8.0}ms {:>7.2}",
            millis(go_test),
            millis(gavel),
            gavel.as_secs_f64() / go_test.as_secs_f64()
        );
    }
    throughput(&catalog);
}

/// Many submissions of one exercise, two at a time on either side.
fn throughput(catalog: &TempDir) {
    const SUBMISSIONS: usize = 30;
    let (area, slug) = EXERCISES[0];
    let bench = Bench::prepare(catalog, area, slug);
    bench.go_test(usize::MAX);
    let batch = TempDir::new().expect("a folder");
    for number in 0..SUBMISSIONS {
        bench.write_submission(
            &batch.path().join(format!("candidate-{number}")),
            1_000 + number,
        );
    }
    let started = Instant::now();
    let status = gavel(catalog.path(), slug, batch.path())
        .status()
        .expect("gavel");
    assert!(status.success(), "gavel: {status}");
    let of_gavel = started.elapsed();

    let started = Instant::now();
    std::thread::scope(|scope| {
        for half in 0..2 {
            let bench = &bench;
            scope.spawn(move || {
                for number in (0..SUBMISSIONS).filter(|number| number % 2 == half) {
                    bench.go_test(2_000 + number);
                }
            });
        }
    });
    let of_go_test = started.elapsed();
    println!();
    println!(
        "{SUBMISSIONS} submissions of {slug}: go test -race two at a time against gavel grade"
    );
    println!(
        "go test {:.1} s, gavel {:.1} s: {:.2} times the throughput",
        of_go_test.as_secs_f64(),
        of_gavel.as_secs_f64(),
        of_go_test.as_secs_f64() / of_gavel.as_secs_f64()
    );
}

/// The repository's catalog, with each test run once.
fn catalog_without_stress() -> TempDir {
    let catalog = TempDir::new().expect("a folder");
    for (area, slug) in EXERCISES {
        let from = repository().join("exercises").join(area).join(slug);
        let to = catalog.path().join(area).join(slug);
        copy_tree(&from, &to);
        let manifest = to.join("exercise.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("stress"))
            .collect();
        fs::write(&manifest, lines.join("\n")).expect("a manifest");
    }
    catalog
}

struct Bench {
    catalog: PathBuf,
    slug: &'static str,
    exercise: PathBuf,
    scratch: TempDir,
}

impl Bench {
    fn prepare(catalog: &TempDir, area: &str, slug: &'static str) -> Self {
        Self {
            catalog: catalog.path().to_owned(),
            slug,
            exercise: catalog.path().join(area).join(slug),
            scratch: TempDir::new().expect("a folder"),
        }
    }

    /// The reference with a comment of its own.
    fn write_submission(&self, folder: &Path, number: usize) {
        copy_tree(&self.exercise.join("reference"), folder);
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = fs::read_to_string(&path).expect("a source");
            fs::write(&path, format!("{text}\n// Submission {number}.\n")).expect("a source");
        }
    }

    fn go_test(&self, number: usize) -> Duration {
        let folder = self.scratch.path().join(format!("go-{number}"));
        copy_tree(&self.exercise.join("starter"), &folder);
        self.write_submission(&folder, number);
        copy_tree(&self.exercise.join("hidden"), &folder);
        let started = Instant::now();
        let status = Command::new("go")
            .args(["test", "-race", "-count=1", "./..."])
            .current_dir(&folder)
            .env("GOFLAGS", "")
            .stdout(Stdio::null())
            .status()
            .expect("go is in PATH");
        assert!(status.success(), "go test: {status}");
        started.elapsed()
    }

    fn gavel(&self, number: usize) -> Duration {
        let folder = self.scratch.path().join(format!("gavel-{number}"));
        self.write_submission(&folder, number);
        let started = Instant::now();
        let status = gavel(&self.catalog, self.slug, &folder)
            .status()
            .expect("gavel");
        assert!(status.success(), "gavel: {status}");
        started.elapsed()
    }
}

fn gavel(catalog: &Path, slug: &str, submission: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gavel"));
    command
        .args([
            "grade",
            "--sandbox",
            "none",
            "--exercise",
            slug,
            "--catalog",
        ])
        .arg(catalog)
        .arg(submission)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
