//! What a stress of 25 finds: the bug kernels of `fixtures/concurrency`, by plain `go test -race` and by gavel.
//!
//! `cargo bench --bench detection` prints the table; with names of groups behind `--` only theirs. With `-- --write` it becomes
//! `docs/detection.md`.

#[path = "../tests/it/support/kernels.rs"]
mod kernels;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use gavel::model::Verdict;
use kernels::{Kernel, Seen, each};
use serde_json::Value;
use tempfile::TempDir;

/// Plain runs at a time: most of those that take long only wait for their time-out.
const PLAIN_RUNS: usize = 4;

fn main() {
    // `cargo test --benches` runs this with --test: nothing is measured then.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let does_write = arguments.iter().any(|argument| argument == "--write");
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let kernels: Vec<Kernel> = kernels::kernels()
        .into_iter()
        .filter(|kernel| named.is_empty() || named.contains(&kernel.group.as_str()))
        .collect();
    let plain = by_go_test(&kernels);
    let gavels = by_gavel(&kernels);
    let rows: Vec<Row> = kernels
        .iter()
        .zip(plain)
        .zip(gavels.seen)
        .map(|((kernel, plain), (seen, twin))| Row {
            kernel,
            plain,
            seen,
            twin,
        })
        .collect();
    let text = page(&rows, &gavels.tier);
    print!("{text}");
    if does_write {
        assert!(named.is_empty(), "only the table of all groups is written");
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/detection.md");
        fs::write(target, text).expect("docs/detection.md");
    }
}

/// How plain `go test -race` ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plain {
    Passed,
    Race,
    Crashed,
    Failed,
    TimedOut,
}

impl Plain {
    fn words(self) -> &'static str {
        match self {
            Plain::Passed => "–",
            Plain::Race => "race",
            Plain::Crashed => "crash",
            Plain::Failed => "fails",
            Plain::TimedOut => "time-out",
        }
    }
}

struct Row<'a> {
    kernel: &'a Kernel,
    /// Once, and 25 times.
    plain: [Plain; 2],
    seen: Seen,
    twin: Twin,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Twin {
    Accepted,
    Accused,
}

impl Row<'_> {
    fn is_found(&self) -> bool {
        self.seen.has_right_verdict(self.kernel)
    }

    fn is_explained(&self) -> bool {
        self.is_found() && self.seen.is_called_by_its_name
    }
}

/// Runs each kernel's test as `go test -race -run` would, from a binary that is built once for its group.
fn by_go_test(kernels: &[Kernel]) -> Vec<[Plain; 2]> {
    let scratch = TempDir::new().expect("a folder");
    for group in kernels::groups(kernels) {
        build(group, &scratch.path().join(group));
    }
    let next = Mutex::new(kernels.iter().enumerate());
    let ended = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..PLAIN_RUNS {
            scope.spawn(|| {
                loop {
                    let taken = next.lock().expect("no panic").next();
                    let Some((index, kernel)) = taken else { return };
                    let folder = scratch.path().join(&kernel.group);
                    let of_kernel = [("1", "10s"), ("25", "60s")]
                        .map(|(count, timeout)| plain(&folder, &kernel.test, count, timeout));
                    ended.lock().expect("no panic").insert(index, of_kernel);
                }
            });
        }
    });
    ended
        .into_inner()
        .expect("no panic")
        .into_values()
        .collect()
}

fn build(group: &str, folder: &Path) {
    let exercise = kernels::catalog().join("kernels").join(group);
    fs::create_dir(folder).expect("a folder");
    for from in [
        exercise.join("starter"),
        kernels::buggy(group),
        exercise.join("hidden"),
    ] {
        for entry in fs::read_dir(from).expect("a folder").flatten() {
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
        }
    }
    let status = Command::new("go")
        .args(["test", "-race", "-c", "-o", "kernels.test", "."])
        .current_dir(folder)
        .env("GOFLAGS", "")
        .status()
        .expect("go is in PATH");
    assert!(status.success(), "go test -c of {group}: {status}");
}

fn plain(folder: &Path, test: &str, count: &str, timeout: &str) -> Plain {
    let output = Command::new(folder.join("kernels.test"))
        .args([
            "-test.paniconexit0".to_owned(),
            format!("-test.run=^{test}$"),
            format!("-test.count={count}"),
            format!("-test.timeout={timeout}"),
        ])
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .expect("a test binary");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    if output.status.success() {
        Plain::Passed
    } else if said.contains("WARNING: DATA RACE") {
        Plain::Race
    } else if said.contains("panic: test timed out") {
        Plain::TimedOut
    } else if said.contains("panic: ") || said.contains("fatal error: ") {
        Plain::Crashed
    } else {
        Plain::Failed
    }
}

/// What gavel made of the kernels.
struct ByGavel {
    /// In the order of the kernels.
    seen: Vec<(Seen, Twin)>,
    /// How runs were confined.
    tier: String,
}

fn by_gavel(kernels: &[Kernel]) -> ByGavel {
    let mut tier = String::new();
    let mut seen = Vec::new();
    for group in kernels::groups(kernels) {
        let buggy = grade(group, &kernels::buggy(group));
        let fixed = grade(group, &kernels::fixed(group));
        tier = String::from(buggy["sandbox"]["tier"].as_str().unwrap_or_default());
        for kernel in kernels.iter().filter(|kernel| kernel.group == group) {
            let twin = if check(&fixed, kernel)["outcome"] == "passed" {
                Twin::Accepted
            } else {
                Twin::Accused
            };
            seen.push((kernel.seen_in(check(&buggy, kernel)), twin));
        }
    }
    ByGavel { seen, tier }
}

fn grade(group: &str, folder: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_gavel"))
        .args(["grade", "--report", "json", "--catalog"])
        .arg(kernels::catalog())
        .args(["--exercise", &format!("kernels/{group}")])
        .arg(folder)
        .stdin(Stdio::null())
        .output()
        .expect("gavel");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

fn check<'a>(report: &'a Value, kernel: &Kernel) -> &'a Value {
    each(&report["submissions"][0]["checks"])
        .find(|check| check["id"] == kernel.check.as_str())
        .unwrap_or_else(|| panic!("no check {} in:\n{report:#}", kernel.check))
}

fn page(rows: &[Row], tier: &str) -> String {
    let mut page = String::from(
        "# What a stress of 25 finds\n\nThe bug kernels of `fixtures/concurrency`, each tested by an ordinary test that \
         forces nothing.\n",
    );
    let groups = rows.chunk_by(|a, b| a.kernel.group == b.kernel.group);
    for rows in groups {
        table(&mut page, rows);
    }
    totals(&mut page, rows);
    page.push_str(&how(tier));
    page
}

fn table(page: &mut String, rows: &[Row]) {
    let _ = writeln!(page, "\n## {}\n", rows[0].kernel.group);
    page.push_str("| kernel | go test, once | 25 times | gavel: failed runs | counts as | called | line | twin |\n");
    page.push_str("|---|---|---|---|---|---|---|---|\n");
    for row in rows {
        let seen = &row.seen;
        let verdict = match seen.verdict {
            None => "–".to_owned(),
            Some(verdict) if row.is_found() => verdict.name().to_owned(),
            Some(verdict) => format!("{}, wrongly", verdict.name()),
        };
        let labels: Vec<&str> = seen.labels.iter().map(String::as_str).collect();
        let called = match (labels.is_empty(), row.is_explained()) {
            (true, _) => "–".to_owned(),
            (false, true) => labels.join(", "),
            (false, false) => format!("{}, wrongly", labels.join(", ")),
        };
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} of {} | {verdict} | {called} | {} | {} |",
            row.kernel.name,
            row.plain[0].words(),
            row.plain[1].words(),
            seen.failed,
            seen.runs,
            match (row.kernel.at.texts(), seen.is_line_named) {
                ([], _) => "",
                (_, true) => "named",
                (_, false) => "–",
            },
            match row.twin {
                Twin::Accepted => "accepted",
                Twin::Accused => "**accused**",
            },
        );
    }
}

fn totals(page: &mut String, rows: &[Row]) {
    let count = |is: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| is(row)).count();
    let all = rows.len();
    page.push_str("\n## In all\n\n| | of ");
    let _ = writeln!(page, "{all} kernels |\n|---|---|");
    let plain = |run: usize, how: &'static str| {
        let found = count(&|row| row.plain[run] != Plain::Passed);
        let mute = count(&|row| row.plain[run] == Plain::TimedOut);
        format!(
            "| `go test -race`, {how}: fails | {found}, {mute} of them by its time-out alone |\n"
        )
    };
    page.push_str(&plain(0, "once"));
    page.push_str(&plain(1, "25 times"));
    let lines = [
        (
            "gavel, stress of 25: fails",
            count(&|row| row.seen.failed > 0),
        ),
        ("… with the right verdict", count(&|row| row.is_found())),
        (
            "… and the right explanation at the right line, where the kernel has one",
            count(&|row| row.is_explained()),
        ),
        (
            "fixed twins that gavel accuses",
            count(&|row| row.twin == Twin::Accused),
        ),
    ];
    for (what, number) in lines {
        let _ = writeln!(page, "| {what} | {number} |");
    }
    page.push_str("\n| verdict | kernels | found |\n|---|---|---|\n");
    for verdict in Verdict::ALL {
        let of = |row: &Row| row.kernel.verdict.texts()[0] == verdict.name();
        let (kernels, found) = (count(&of), count(&|row| of(row) && row.is_found()));
        if kernels > 0 {
            let _ = writeln!(page, "| {} | {kernels} | {found} |", verdict.name());
        }
    }
}

/// On what all this was measured, and how.
fn how(tier: &str) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = model
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown model", |(_, model)| model);
    format!(
        "\n## How it was measured\n\n\
         By `cargo bench --bench detection -- --write`, on {} with {processors} processors ({model}), {}, {}.\n\n\
         `go test -race -run TestX` with `-count=1 -timeout=10s` and with `-count=25 -timeout=60s`, one process for all 25, \
         {PLAIN_RUNS} kernels at a time. `time-out` means that nothing but the time-out shows the fault: the author reads a \
         dump. gavel: fresh processes, at most 25 for each kernel, none after the first round with a failure; tier \
         `{tier}`. `called` are the explanations of the check's findings; they are right when one of them is the \
         kernel's and its finding names the kernel's line. A kernel whose result is merely wrong has neither. \
         `twin` is the same code with the mend, 25 runs. The kernels are in this repository, and gavel was made with \
         them in sight: the figure that counts is the one on others.\n",
        said("date", &["-u", "+%F"]),
        said("uname", &["-sm"]),
        said("go", &["env", "GOVERSION"]),
    )
}
