//! Perturbed runs: what rarely happens is found, what is right is not accused, and the sources stay Go.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use gavel::golang::perturbed;
use gavel::model::{FileSet, ProjectFile};
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{gavel, repository, text};

const EXERCISE: &str = "fixtures/catalogs/schedules/concurrency/transfer";
/// How many submissions of either kind. They differ by a comment, so each has schedules of its own.
const SUBMISSIONS: usize = 10;

/// Grades that many submissions of a solution; the reports on their only check.
fn graded(solution: &str) -> Vec<Value> {
    let source = fs::read_to_string(repository().join(EXERCISE).join(solution)).expect("a source");
    let batch = TempDir::new().expect("a folder");
    for number in 0..SUBMISSIONS {
        let folder = batch.path().join(format!("candidate-{number}"));
        fs::create_dir(&folder).expect("a folder");
        let differing = format!("{source}\n// {number}\n");
        fs::write(folder.join("transfer.go"), differing).expect("a file");
    }
    let ran = gavel(&[
        "grade",
        "--report",
        "json",
        "--catalog",
        "fixtures/catalogs/schedules",
        "--exercise",
        "transfer",
        text(batch.path()),
    ])
    .run();
    let report = ran.json();
    let submissions = report["submissions"].as_array().expect("submissions");
    assert_eq!(submissions.len(), SUBMISSIONS);
    submissions
        .iter()
        .map(|submission| submission["checks"][0].clone())
        .collect()
}

fn runs(check: &Value) -> &Vec<Value> {
    check["runs"].as_array().expect("runs")
}

/// Each goroutine holds one lock for some ten nanoseconds before it asks for the other.
#[test]
fn locks_taken_in_opposite_orders_are_found_every_time() {
    let checks = graded("flawed/locks-in-any-order/transfer.go");
    for check in &checks {
        assert_eq!(check["outcome"], "failed", "{check:#}");
        assert!(
            runs(check)
                .iter()
                .any(|run| run["outcome"] == "failed" && run["cause"] == "deadlock"),
            "{check:#}"
        );
    }
    // Most are found by a perturbed run: that a plain one shows it is luck.
    let by_luck = checks
        .iter()
        .filter(|check| runs(check).iter().all(|run| run["perturbed"] == false));
    assert!(by_luck.count() < SUBMISSIONS / 2);
}

#[test]
fn locks_taken_in_one_order_are_never_accused() {
    for check in graded("reference/transfer.go") {
        assert_eq!(check["outcome"], "passed", "{check:#}");
        let runs = runs(&check);
        let perturbed: Vec<bool> = runs.iter().map(|run| run["perturbed"] == true).collect();
        assert_eq!(perturbed, [vec![false; 4], vec![true; 21]].concat());
        let processors: Vec<&Value> = runs.iter().map(|run| &run["processors"]).collect();
        assert_eq!(processors[..5], [4, 2, 1, 8, 4]);
    }
}

/// Packages of the standard library with everything that Go's syntax has to offer.
const PACKAGES: [&str; 14] = [
    "container/heap",
    "context",
    "database/sql",
    "encoding/csv",
    "encoding/json",
    "fmt",
    "go/printer",
    "net/http",
    "net/rpc",
    "os/exec",
    "sync",
    "testing",
    "text/template/parse",
    "time",
];

#[test]
fn perturbed_sources_keep_their_lines_and_stay_go() {
    let target = TempDir::new().expect("a folder");
    let mut points = 0;
    for package in PACKAGES {
        let sources = sources_of(package);
        let changed = perturbed(&sources);
        let folder = target.path().join(package);
        fs::create_dir_all(&folder).expect("a folder");
        for (path, file) in &changed {
            let (before, after) = (as_text(&sources[path]), as_text(file));
            assert_eq!(
                before.lines().count(),
                after.lines().count(),
                "{package}/{path}"
            );
            for (before, after) in before.lines().zip(after.lines()) {
                assert_eq!(before, without_points(after), "{package}/{path}");
                points += after.matches(NAME).count();
            }
            fs::write(folder.join(path), &file.bytes).expect("a file");
        }
    }
    assert!(points > 5_000, "only {points}");
    let ended = Command::new("gofmt")
        .args(["-e", "-l"])
        .arg(target.path())
        .output()
        .expect("gofmt");
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

/// Packages that build from a copy, since they import nothing internal.
const COPIED: [&str; 12] = [
    "bufio",
    "compress/flate",
    "container/heap",
    "database/sql",
    "encoding/csv",
    "go/ast",
    "go/token",
    "net/rpc",
    "regexp",
    "text/scanner",
    "text/tabwriter",
    "text/template/parse",
];

#[test]
fn perturbed_sources_compile() {
    let target = TempDir::new().expect("a folder");
    let module = format!(
        "module copies\n\ngo 1.26\n\nrequire 0gavel.invalid/witness v0.0.0\n\nreplace 0gavel.invalid/witness => {}\n",
        text(&repository().join("src/golang/witness"))
    );
    fs::write(target.path().join("go.mod"), module).expect("a file");
    for package in COPIED {
        let folder = target.path().join(package);
        fs::create_dir_all(&folder).expect("a folder");
        let sources = sources_of(package);
        let changed = perturbed(&sources);
        assert!(!changed.is_empty(), "{package}");
        for (path, file) in sources.iter().chain(&changed) {
            fs::write(folder.join(path), &file.bytes).expect("a file");
        }
    }
    let ended = Command::new("go")
        .args(["build", "./..."])
        .current_dir(target.path())
        .env("GOFLAGS", "-mod=mod")
        .output()
        .expect("go");
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

fn sources_of(package: &str) -> FileSet {
    let folder = go_root().join("src").join(package);
    let mut sources = FileSet::new();
    for entry in fs::read_dir(folder).expect("a package").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if name.ends_with(".go") && !name.ends_with("_test.go") {
            let bytes = fs::read(entry.path()).expect("a file");
            sources.insert(name, ProjectFile::new(bytes));
        }
    }
    sources
}

fn go_root() -> PathBuf {
    let ended = Command::new("go")
        .args(["env", "GOROOT"])
        .output()
        .expect("go is on the path");
    Path::new(String::from_utf8_lossy(&ended.stdout).trim()).to_owned()
}

fn as_text(file: &ProjectFile) -> &str {
    std::str::from_utf8(&file.bytes).expect("UTF-8")
}

/// Where a call begins that was put in.
const NAME: &str = "gavelPerturb.";

/// A line without what was put into it.
fn without_points(line: &str) -> String {
    let mut rest = line;
    let mut kept = String::new();
    while let Some(at) = rest.find(NAME) {
        let (before, call) = rest.split_at(at);
        let end = call.find(')').expect("a call") + 1;
        if let Some(after) = call[end..].strip_prefix("; ") {
            kept.push_str(before);
            rest = after;
        } else {
            kept.push_str(before.strip_suffix("; ").expect("a statement before"));
            rest = &call[end..];
        }
    }
    kept.push_str(rest);
    match kept.split_once("; import gavelPerturb ") {
        Some((before, after)) => {
            let (_, after) = after.split_once("/perturb\"").expect("an import");
            before.to_owned() + after
        }
        None => kept,
    }
}
