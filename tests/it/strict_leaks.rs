//! `leaks = "strict"`: everything that the candidate's code has started must be over when the test is.

use serde_json::Value;

use crate::support::{folder_of, grade_json, text};

const MANIFEST: &str = r#"schema = 1
title = "Background"
summary = "Do something in the background, and stop."
kind = "implement"
difficulty = "easy"
minutes = 5

[limits]
network = "loopback"

[[check]]
id = "proven"
type = "go-test"
tests = ["TestBackground"]
points = 1
about = "Nothing is left that waits for ever."

[[check]]
id = "strict"
type = "go-test"
tests = ["TestBackground"]
leaks = "strict"
points = 1
about = "Nothing is left."
"#;

/// The test's own client leaves a connection open, and its own goroutine runs on.
const HIDDEN: &str = r#"package background_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"background"
)

func TestBackground(t *testing.T) {
	go func() { time.Sleep(time.Minute) }()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		background.Do()
	}))
	answer, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}
"#;

/// What there was before the test may stay.
const INIT: &str = r#"package background

import "time"

func init() {
	go func() {
		for range time.Tick(time.Millisecond) {
		}
	}()
}
"#;

const STOPPED: &str = r#"package background

import (
	"sync"
	"time"
)

// Do ticks for a while, and waits until that is over.
func Do() {
	stop := make(chan struct{})
	var ticking sync.WaitGroup
	ticking.Go(func() { tick(stop) })
	time.Sleep(3 * time.Millisecond)
	close(stop)
	ticking.Wait()
}

func tick(stop <-chan struct{}) {
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
	}
}
"#;

/// Grades a submission and gives the reports on the two checks.
fn grade(code: &str, stress: u32, exit: i32) -> (Value, Value) {
    let manifest = MANIFEST.replace("points = 1", &format!("points = 1\nstress = {stress}"));
    let catalog = folder_of(&[
        ("concurrency/background/exercise.toml", &manifest),
        ("concurrency/background/README.md", "# Background\n"),
        (
            "concurrency/background/starter/go.mod",
            "module background\n\ngo 1.26\n",
        ),
        ("concurrency/background/starter/background.go", STOPPED),
        ("concurrency/background/reference/background.go", STOPPED),
        ("concurrency/background/hidden/background_test.go", HIDDEN),
    ]);
    let submission = folder_of(&[("background.go", code), ("init.go", INIT)]);
    let report = grade_json(
        &[
            "--catalog",
            text(catalog.path()),
            "--exercise",
            "background",
            text(submission.path()),
        ],
        exit,
    );
    let checks = &report["submissions"][0]["checks"];
    (checks[0].clone(), checks[1].clone())
}

#[test]
fn what_is_stopped_passes_every_time() {
    let (proven, strict) = grade(STOPPED, 50, 0);
    for check in [proven, strict] {
        assert_eq!(check["outcome"], "passed", "{check:#}");
        assert_eq!(check["runs"].as_array().map(Vec::len), Some(50));
    }
}

/// One that is told to stop and isn't waited for has time to.
#[test]
fn what_stops_soon_passes() {
    let soon = STOPPED.replace("\tticking.Wait()\n", "");
    let (proven, strict) = grade(&soon, 4, 0);
    assert_eq!(proven["outcome"], "passed", "{proven:#}");
    assert_eq!(strict["outcome"], "passed", "{strict:#}");
}

#[test]
fn what_is_never_stopped_fails_where_all_must_end() {
    let (waits, works, sleeps) = (
        STOPPED.replace("\tclose(stop)\n\tticking.Wait()\n", ""),
        STOPPED.replace("case <-stop", "case <-make(chan int)"),
        STOPPED.replace("tick(stop) })", "time.Sleep(time.Hour) })"),
    );
    let unwaited = |code: &str| code.replace("\tticking.Wait()\n", "");
    for (code, line) in [(waits, 20), (unwaited(&works), 21), (unwaited(&sleeps), 12)] {
        let (proven, strict) = grade(&code, 1, 1);
        assert_eq!(proven["outcome"], "passed", "{code}\n{proven:#}");
        assert_eq!(strict["runs"][0]["cause"], "goroutine_leak", "{strict:#}");
        assert_eq!(
            strict["rationale"],
            "1 goroutine was not over when the test was"
        );
        let finding = &strict["findings"][0];
        assert_eq!(finding["kind"], "leak");
        assert_eq!(finding["place"]["file"], "background.go", "{finding:#}");
        assert_eq!(finding["place"]["line"], line, "{finding:#}");
    }
}
