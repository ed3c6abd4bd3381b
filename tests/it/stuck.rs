//! A test that can never end is found out while it runs, and one that takes its time is left alone.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{folder_of, gavel, repository, text};

/// What must come of a test of `fixtures/waiting`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// Proven to be stuck, well before anything else could have ended it.
    Proven,
    /// A deadlock that is called so only because nothing goes on any more.
    Idle,
    /// The same, while something sleeps that might change it.
    Asleep,
    /// A bubble of `testing/synctest` sees for itself that it is blocked.
    BubbleBlocked,
    /// The same, when it is over and has left goroutines behind.
    BubbleLeak,
    /// It ends by itself, however long it takes.
    Fine,
}

use Fate::{Asleep, BubbleBlocked, BubbleLeak, Fine, Idle, Proven};

const FATES: [(&str, Fate); 45] = [
    ("TestReceive", Proven),
    ("TestSendToNil", Proven),
    ("TestLockTwice", Proven),
    ("TestUpgrade", Proven),
    ("TestLoseSignal", Proven),
    ("TestCountTooMany", Proven),
    ("TestLockInBothOrders", Proven),
    ("TestSendToNobody", Proven),
    ("TestBesideTicker", Proven),
    ("TestBesideWork", Proven),
    ("TestAfterWork", Proven),
    ("TestBesideServer", Proven),
    ("TestInSubtest", Proven),
    ("TestInOneOfManySubtests", Proven),
    ("TestInCleanup", Proven),
    ("TestInBubble", Proven),
    ("TestInBubbleOfSubtest", Proven),
    ("TestBubbleSeesItself", BubbleBlocked),
    ("TestBubbleSeesLeak", BubbleLeak),
    ("TestLockTableTwice", Idle),
    ("TestReceiveResult", Idle),
    ("TestBubbleBesideSleeper", Idle),
    ("TestBesideSleeper", Asleep),
    ("TestUnlockLater", Fine),
    ("TestTimer", Fine),
    ("TestTimers", Fine),
    ("TestDeadline", Fine),
    ("TestSleeper", Fine),
    ("TestWorker", Fine),
    ("TestWork", Fine),
    ("TestUnlock", Fine),
    ("TestNumbers", Fine),
    ("TestPlayPingPong", Fine),
    ("TestFinalize", Fine),
    ("TestCleanUp", Fine),
    ("TestCollectLate", Fine),
    ("TestCountDown", Fine),
    ("TestSignal", Fine),
    ("TestReader", Fine),
    ("TestSystemCall", Fine),
    ("TestFetch", Fine),
    ("TestSubtests", Fine),
    ("TestThread", Fine),
    ("TestCountGoroutines", Fine),
    ("TestManyWaiters", Fine),
];

/// The exercise `waiting` in a catalog of its own, with a check for each of the tests.
fn catalog(tests: &[&str], code: &str, hidden: &str) -> TempDir {
    let mut manifest = String::from(
        "schema = 1
title = \"Waiting\"
summary = \"Wait, in as many ways as there are.\"
kind = \"implement\"
difficulty = \"easy\"
minutes = 5

[limits]
wall = \"20s\"
idle = \"6s\"
network = \"loopback\"
",
    );
    for test in tests {
        let id = test.to_lowercase();
        write!(
            manifest,
            "\n[[check]]\nid = \"{id}\"\ntype = \"go-test\"\ntests = [\"{test}\"]\npoints = 1\nabout = \"It ends.\"\n"
        )
        .expect("text");
    }
    folder_of(&[
        ("concurrency/waiting/exercise.toml", &manifest),
        ("concurrency/waiting/README.md", "# Waiting\n"),
        (
            "concurrency/waiting/starter/go.mod",
            "module waiting\n\ngo 1.26\n",
        ),
        ("concurrency/waiting/starter/waiting.go", code),
        ("concurrency/waiting/reference/waiting.go", code),
        ("concurrency/waiting/hidden/waiting_test.go", hidden),
    ])
}

/// Grades the reference of the exercise `waiting`, and gives the checks' reports by test.
fn graded(catalog: &TempDir, code: i32) -> BTreeMap<String, Value> {
    let submission = catalog.path().join("concurrency/waiting/reference");
    let report = gavel(&[
        "grade",
        "--report",
        "json",
        "--jobs",
        "6",
        "--catalog",
        text(catalog.path()),
        "--exercise",
        "waiting",
        text(&submission),
    ])
    .run()
    .ends_with(code)
    .json();
    let checks = report["submissions"][0]["checks"].as_array();
    checks
        .expect("checks")
        .iter()
        .map(|check| {
            let test = check["runs"][0]["name"].as_str().expect("a run");
            (test.to_owned(), check.clone())
        })
        .collect()
}

/// What is wrong with a check's report, if anything.
fn fault(fate: Fate, check: &Value) -> Option<String> {
    let run = &check["runs"][0];
    let seconds = run["seconds"].as_f64().unwrap_or(f64::MAX);
    let rationale = check["rationale"].as_str().unwrap_or_default();
    let is_so = match fate {
        Proven => {
            run["cause"] == "deadlock"
                && rationale.contains("could never end")
                && seconds < 5.0
                && check["findings"][0]["kind"] == "hang"
                && check["findings"][0]["place"]["file"] == "waiting.go"
        }
        Idle => run["cause"] == "deadlock" && seconds >= 6.0,
        Asleep => run["cause"] == "time_limit" && rationale.contains("asleep"),
        BubbleBlocked => run["cause"] == "deadlock" && seconds < 1.0,
        BubbleLeak => run["cause"] == "goroutine_leak",
        Fine => check["outcome"] == "passed",
    };
    (!is_so).then(|| format!("{fate:?} after {seconds} s: {check:#}"))
}

#[test]
fn the_stuck_are_proven_to_be_and_the_slow_are_left_alone() {
    let fixture = |name: &str| {
        std::fs::read_to_string(repository().join("fixtures/waiting").join(name)).expect(name)
    };
    let tests = FATES.map(|(test, _)| test);
    let catalog = catalog(&tests, &fixture("waiting.go"), &fixture("waiting_test.go"));
    let checks = graded(&catalog, 1);
    let faults: Vec<String> = FATES
        .iter()
        .filter_map(|(test, fate)| fault(*fate, &checks[*test]))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is left behind at a lock that a package's variable leads to, with nothing that could unlock it or with something.
#[test]
fn a_lock_that_no_code_can_unlock_any_more_holds_for_ever() {
    let code = |rest: &str| {
        format!(
            r#"package waiting

import (
	"sync"
	"time"
)

var table sync.Mutex

// Leave leaves a goroutine behind, which waits for a lock.
func Leave() {{
	table.Lock()
	go func() {{
		table.Lock()
		defer table.Unlock()
	}}()
	time.Sleep(time.Millisecond)
	{rest}
}}
"#
        )
    };
    let hidden = r#"package waiting_test

import (
	"testing"

	"waiting"
)

func TestLeave(*testing.T) { waiting.Leave() }
"#;
    let grade = |rest: &str, exit: i32| {
        let checks = graded(&catalog(&["TestLeave"], &code(rest), hidden), exit);
        checks["TestLeave"].clone()
    };
    let left = grade("", 1);
    assert_eq!(left["runs"][0]["cause"], "goroutine_leak", "{left:#}");
    assert_eq!(left["findings"][0]["place"]["line"], 14, "{left:#}");
    for rest in [
        "table.Unlock()",
        "go func() { time.Sleep(time.Minute); table.Unlock() }()",
        "go func() { <-time.After(time.Minute); table.Unlock() }()",
        "time.AfterFunc(time.Minute, table.Unlock)",
    ] {
        let check = grade(rest, 0);
        assert_eq!(check["outcome"], "passed", "{rest}: {check:#}");
    }
}

/// The runtime dies if a goroutine goes on that it has found leaked.
#[test]
fn nothing_is_proven_where_weak_pointers_are() {
    let code = r#"package waiting

import (
	"runtime"
	"time"
	"weak"
)

type resource struct {
	gone chan int
	data [64]int
}

// Weakly waits for what only a weak pointer leads to.
func Weakly() {
	held := &resource{gone: make(chan int)}
	pointer, gone := weak.Make(held), held.gone
	time.AfterFunc(1200*time.Millisecond, func() { close(pointer.Value().gone) })
	<-gone
	runtime.KeepAlive(held)
}
"#;
    let hidden = r#"package waiting_test

import (
	"testing"

	"waiting"
)

func TestWeakly(*testing.T) { waiting.Weakly() }
"#;
    let checks = graded(&catalog(&["TestWeakly"], code, hidden), 0);
    assert_eq!(fault(Fine, &checks["TestWeakly"]), None);
}
