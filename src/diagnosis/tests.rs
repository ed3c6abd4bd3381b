//! What a person sees of each recorded kind of trouble, in `fixtures/gotest/`.

use std::fmt::Write as _;
use std::path::Path;

use super::{Ground, hang, leaks, panic, race};
use crate::gotest::crash::{self, Crash};
use crate::gotest::{dump, race as reports};
use crate::model::{FileSet, Finding, ProjectFile};
use crate::text::{frame, places_without_source};

/// The module path of the recorded programs.
const MODULE: &str = "recorded";

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gotest")
}

fn sources() -> FileSet {
    let root = folder().join("sources");
    let mut files = FileSet::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.expect("an entry");
        let path = entry.path().strip_prefix(&root).expect("below the root");
        let path = path.to_str().expect("a plain name").to_owned();
        if path.ends_with(".go") && !path.ends_with("_test.go") {
            let bytes = std::fs::read(entry.path()).expect("a source");
            files.insert(path, ProjectFile::new(bytes));
        }
    }
    assert!(files.len() > 3, "{:?}", files.keys());
    files
}

/// What is told of one recording, by what its text holds.
fn told(ground: &Ground<'_>, text: &str) -> Vec<Finding> {
    let races = reports::read_races(text);
    if !races.is_empty() {
        let mut findings: Vec<Finding> = Vec::new();
        for found in races.iter().map(|one| race(ground, one)) {
            if !findings.contains(&found) {
                findings.push(found);
            }
        }
        return findings;
    }
    if let Some(Crash::Dump { trace }) = crash::find_dump(text) {
        let goroutines = dump::read_dump(&trace).goroutines;
        return hang(ground, &goroutines).into_iter().collect();
    }
    match crash::find_end(text) {
        Some(Crash::Panic { message, trace } | Crash::Fatal { message, trace }) => {
            panic(ground, &message, &trace)
        }
        Some(Crash::OutOfMemory { .. } | Crash::Race { .. } | Crash::Dump { .. }) | None => {
            let mut goroutines = dump::read_dump(text).goroutines;
            goroutines.retain(|goroutine| goroutine.is_leaked);
            leaks(ground, &goroutines)
        }
    }
}

/// Findings as they are drawn, without colour.
fn drawn(findings: &[Finding]) -> String {
    let mut drawn = String::new();
    for finding in findings {
        let name = finding.explanation.as_deref().unwrap_or("-");
        writeln!(
            drawn,
            "{} ({name}): {}",
            finding.kind.name(),
            finding.message
        )
        .expect("a string");
        if let Some(frame) = frame(finding, 100, false) {
            writeln!(drawn, "{}", anstream::adapter::strip_str(&frame)).expect("a string");
        }
        for (place, label) in places_without_source(finding) {
            writeln!(drawn, "{place}: {label}").expect("a string");
        }
    }
    drawn
}

fn all_told(prefix: &str) -> String {
    let sources = sources();
    let ground = Ground::new(MODULE, &sources);
    let mut recordings: Vec<_> = std::fs::read_dir(folder())
        .expect("the recordings")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            name.starts_with(prefix) && name.ends_with(".txt")
        })
        .collect();
    recordings.sort();
    let mut all = String::new();
    for path in recordings {
        let text = std::fs::read_to_string(&path).expect("a recording");
        let name = path.file_stem().expect("a name").to_string_lossy();
        writeln!(all, "=== {name}\n{}", drawn(&told(&ground, &text))).expect("a string");
    }
    all
}

#[test]
fn races_are_told() {
    insta::assert_snapshot!(all_told("race-"));
}

#[test]
fn hangs_are_told() {
    insta::assert_snapshot!(all_told("hang-"));
}

#[test]
fn leaks_are_told() {
    insta::assert_snapshot!(all_told("leaks"));
}

#[test]
fn crashes_are_told() {
    insta::assert_snapshot!(all_told("crash-"));
}

/// Each of many goroutines holds the lock of its own rank and waits for one of the next: without a bound on the steps, the
/// search for a circle would not end.
#[test]
fn locks_that_many_wait_for_in_a_row_are_no_circle() {
    let source = "package p\n\nfunc f(a, b *T) {\n\ta.mu.Lock()\n\tb.mu.Lock()\n}\n";
    let sources = FileSet::from([("p.go".to_owned(), ProjectFile::new(source))]);
    let ground = Ground::new("p", &sources);
    let ranks = [0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000, 0x7000];
    let mut text = String::new();
    for number in 0..3_000 {
        let rank = number % 6;
        writeln!(
            text,
            "goroutine {} [sync.Mutex.Lock]:\nsync.(*Mutex).Lock({:#x})\n\tsync/mutex.go:46 +0x1\np.f({:#x}, {:#x})\n\tp/p.go:5 +0x1\n",
            number + 1,
            ranks[rank + 1] + 8,
            ranks[rank],
            ranks[rank + 1],
        )
        .expect("a string");
    }
    let goroutines = dump::read_dump(&text).goroutines;
    assert_eq!(goroutines.len(), 3_000);
    let finding = hang(&ground, &goroutines).expect("a finding");
    assert_eq!(finding.explanation.as_deref(), Some("lock-never-released"));
}

/// Two locks of one method's local variables are two locks, though the method has a receiver and both have one field's name.
#[test]
fn locks_of_two_variables_are_two_locks() {
    let source = "package p\n\nfunc (b *Bank) Transfer(from, to string) {\n\tsource, target := b.accounts[from], b.accounts[to]\n\tsource.mu.Lock()\n\ttarget.mu.Lock()\n}\n";
    let sources = FileSet::from([("p.go".to_owned(), ProjectFile::new(source))]);
    let ground = Ground::new("p", &sources);
    let goroutine = |number: u32, address: u64| {
        format!(
            "goroutine {number} [sync.Mutex.Lock]:\nsync.(*Mutex).Lock({address:#x})\n\tsync/mutex.go:46 +0x1\np.(*Bank).Transfer(0x1000, {{0x1, 0x1}}, {{0x2, 0x1}})\n\tp/p.go:6 +0x1\n\n"
        )
    };
    let text = goroutine(1, 0x2008) + &goroutine(2, 0x3008);
    let goroutines = dump::read_dump(&text).goroutines;
    let finding = hang(&ground, &goroutines).expect("a finding");
    assert_eq!(finding.explanation.as_deref(), Some("lock-order"));
}
