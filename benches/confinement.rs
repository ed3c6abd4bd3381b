//! What confinement costs: one run of a trivial program, and a batch of submissions, each against tier `none` in the same run.
//!
//! `cargo bench` prints both; `GAVEL_BENCH_ROUNDS` sets how many runs of the trivial program are measured (default 200), and
//! how many pairs of batches (a hundredth of it).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gavel::sandbox::{Groups, Limits, Program, Sandbox, Spec, Tier, View};
use tempfile::TempDir;

const GAVEL: &str = env!("CARGO_BIN_EXE_gavel");
const TRIVIAL: &str = "int main(void) { return 0; }\n";

#[tokio::main]
async fn main() {
    // `cargo test --benches` runs this with --test: nothing is measured then.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let rounds: usize = std::env::var("GAVEL_BENCH_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(200);
    gavel::sandbox::reserve_descriptors().expect("descriptors");
    one_run(rounds).await;
    batch((rounds / 100).max(1));
}

/// A static binary that does nothing: all of its time is what running takes.
async fn one_run(rounds: usize) {
    let folder = TempDir::new().expect("a folder");
    let program = folder.path().join("trivial");
    let source = folder.path().join("trivial.c");
    fs::write(&source, TRIVIAL).expect("a source");
    let status = Command::new("cc")
        .arg("-static")
        .arg("-o")
        .args([&program, &source])
        .status()
        .expect("a C compiler");
    assert!(status.success(), "cc: {status}");
    for name in ["stage", "scratch"] {
        fs::create_dir(folder.path().join(name)).expect("a folder");
    }
    // Other users run there when this is run by root.
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
    fs::set_permissions(folder.path(), open).expect("an open folder");
    let image = gavel::sandbox::Image::seal(&program).expect("an image");
    let groups = Groups::create().map(Arc::new);
    let with_groups = groups.is_some();
    let confined =
        |tier, groups| Sandbox::confined(tier, Path::new(GAVEL), groups).expect("a sandbox");
    let sandboxes = [
        ("none", Sandbox::none()),
        ("strict", confined(Tier::Strict, groups.clone())),
        ("strict, no groups", confined(Tier::Strict, None)),
        ("landlock", confined(Tier::Landlock, groups)),
    ];
    let mut times = vec![Vec::new(); sandboxes.len()];
    for round in 0..rounds + 10 {
        for ((_, sandbox), times) in sandboxes.iter().zip(&mut times) {
            let started = Instant::now();
            let ended = sandbox
                .run(spec(&image, folder.path()))
                .await
                .expect("a run");
            // The first few warm caches.
            if round >= 10 {
                times.push(started.elapsed());
            }
            assert_eq!(ended.exit, gavel::sandbox::Exit::Code(0), "{ended:?}");
        }
    }
    println!("one run of a static program that does nothing (median of {rounds}, interleaved)");
    let none = median(&mut times[0]);
    for ((name, _), times) in sandboxes.iter().zip(&mut times) {
        let time = median(times);
        println!(
            "{name:<20} {:>7.2} ms {:>+7.2} ms over none",
            millis(time),
            millis(time) - millis(none)
        );
    }
    if !with_groups {
        println!("(gavel may not make control groups here)");
    }
    println!();
}

fn spec(image: &gavel::sandbox::Image, folder: &Path) -> Spec {
    Spec {
        program: Program::Image(image.clone()),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: folder.join("stage"),
        stdin: Vec::new(),
        channel: None,
        view: View {
            // As much as a graded program sees.
            read: [
                "/lib64/ld-linux-x86-64.so.2",
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/usr/share/zoneinfo",
                "/usr/local/go/lib/time/zoneinfo.zip",
            ]
            .map(PathBuf::from)
            .into_iter()
            .chain([folder.join("stage")])
            .collect(),
            scratch: folder.join("scratch"),
            ..View::default()
        },
        limits: Limits {
            wall: Duration::from_secs(10),
            idle: None,
            cpu: Duration::from_secs(10),
            memory: 256 << 20,
            processes: 64,
            disk: 16 << 20,
            files: 1000,
            output: 1 << 20,
            file_size: 1 << 20,
            open_files: 64,
            last_words: None,
        },
        companions: Vec::new(),
    }
}

/// Fifty submissions, confined and not, in turns.
fn batch(pairs: usize) {
    const SUBMISSIONS: usize = 50;
    const SAMPLE: &str = "fixtures/samples/worker-pool/workerpool.go";
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = fs::read_to_string(repository.join(SAMPLE)).expect("a sample");
    let mut times = [Vec::new(), Vec::new()];
    let mut number = 0;
    for _ in 0..pairs {
        for (tier, times) in ["none", "strict"].iter().zip(&mut times) {
            // Each differs from all others, so that nothing comes from a cache of builds.
            let folder = TempDir::new().expect("a folder");
            for candidate in 0..SUBMISSIONS {
                number += 1;
                let to = folder.path().join(format!("candidate-{candidate}"));
                fs::create_dir(&to).expect("a folder");
                let stamp = std::process::id();
                fs::write(
                    to.join("workerpool.go"),
                    format!("{sample}\n// {stamp} {number}\n"),
                )
                .expect("a file");
            }
            let started = Instant::now();
            let status = Command::new(GAVEL)
                .args(["grade", "--exercise", "worker-pool", "--sandbox", tier])
                .arg(folder.path())
                .current_dir(repository)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .expect("gavel");
            assert!(status.success(), "gavel: {status}");
            times.push(started.elapsed());
        }
    }
    let [none, strict] = &mut times;
    let (none, strict) = (median(none), median(strict));
    println!("{SUBMISSIONS} submissions of worker-pool (median of {pairs}, in turns)");
    println!(
        "none {:.1} s, strict {:.1} s: {:+.1} %",
        none.as_secs_f64(),
        strict.as_secs_f64(),
        (strict.as_secs_f64() / none.as_secs_f64() - 1.0) * 100.0
    );
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
