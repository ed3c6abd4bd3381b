//! What `go vet` says: advice, or a check's business.

use serde_json::Value;

use crate::support::{folder_of, gavel, grade_json, text};

const COUNTER: &str = "package counter

import \"sync/atomic\"

// Counter counts calls of Add.
type Counter struct{ total atomic.Int64 }

// Add counts one.
func (c *Counter) Add() { c.total.Add(1) }

// Total is the number of calls of Add so far.
func (c *Counter) Total() int { return int(c.total.Load()) }
";

const REPORT: &str = "package report

import \"fmt\"

// Line writes a total.
func Line(total int) string { return fmt.Sprintf(\"total %d\", total) }
";

const LOSES_CANCEL: &str = "package counter

import (
\t\"context\"
\t\"time\"
)

func wait(ctx context.Context, n int) {
\tctx, cancel := context.WithTimeout(ctx, time.Second)
\tif n == 0 {
\t\treturn
\t}
\t<-ctx.Done()
\tcancel()
}
";

fn arguments(folder: &std::path::Path) -> [&str; 5] {
    let exercise = ["--exercise", "shared-counter"];
    let catalog = ["--catalog", "fixtures/catalogs/small"];
    [
        text(folder),
        exercise[0],
        exercise[1],
        catalog[0],
        catalog[1],
    ]
}

/// Grades these files as a submission to the exercise with checks of type `vet`.
#[track_caller]
fn graded(files: &[(&str, &str)], code: i32) -> Value {
    let folder = folder_of(files);
    grade_json(&arguments(folder.path()), code)["submissions"][0].clone()
}

fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["id"] == id))
        .unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

#[test]
fn what_vet_has_nothing_to_say_about_passes() {
    let report = graded(&[("counter.go", COUNTER), ("report/report.go", REPORT)], 0);
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(check(&report, "vetted")["type"], "vet");
    assert_eq!(check(&report, "vetted")["visible"], true);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_check_counts_the_analysers_that_it_names_and_no_others() {
    let report = graded(
        &[
            ("counter.go", COUNTER),
            ("wait.go", LOSES_CANCEL),
            (
                "print.go",
                "package counter\n\nimport \"fmt\"\n\nfunc show() { fmt.Printf(\"%d\\n\", \"x\") }\n",
            ),
            ("report/report.go", REPORT),
        ],
        1,
    );
    assert_eq!(report["verdict"], "wrong_answer");
    assert_eq!(report["score"]["earned"], 70);
    let vetted = check(&report, "vetted");
    assert_eq!(vetted["outcome"], "failed");
    assert_eq!(vetted["rationale"], "go vet finds 1 fault");
    let finding = &vetted["findings"][0];
    assert_eq!(finding["kind"], "vet");
    assert_eq!(finding["explanation"], "lostcancel");
    assert_eq!(finding["place"]["file"], "wait.go");
    assert_eq!(finding["place"]["line"], 9);
    assert_eq!(finding["related"][0]["place"]["line"], 11);
    assert!(
        finding["excerpt"]["lines"][1]
            .as_str()
            .is_some_and(|line| line.contains("WithTimeout"))
    );
    // What is counted is no advice, and what isn't counted is.
    let advice = report["findings"].as_array().expect("a list");
    assert_eq!(advice.len(), 1, "{advice:#?}");
    assert_eq!(advice[0]["place"]["file"], "print.go");
    assert_eq!(check(&report, "prints")["outcome"], "passed");
}

#[test]
fn a_package_of_which_nothing_is_built_is_vetted_too() {
    let wrong = REPORT.replace("%d", "%s");
    let report = graded(&[("counter.go", COUNTER), ("report/report.go", &wrong)], 1);
    assert_eq!(check(&report, "prints")["outcome"], "failed");
    assert_eq!(check(&report, "vetted")["outcome"], "passed");

    let broken = REPORT.replace("total)", "totals)");
    let report = graded(&[("counter.go", COUNTER), ("report/report.go", &broken)], 1);
    assert_eq!(report["verdict"], "compile_error");
    assert_eq!(check(&report, "prints")["outcome"], "not_run");
    assert_eq!(check(&report, "vetted")["outcome"], "passed");
    assert_eq!(report["findings"][0]["message"], "undefined: totals");

    let report = graded(&[("counter.go", COUNTER)], 1);
    assert_eq!(report["verdict"], "compile_error");
    assert_eq!(check(&report, "counts")["outcome"], "passed");
}

#[test]
fn code_that_does_not_compile_is_not_vetted() {
    let broken = COUNTER.replace("c.total.Load()", "c.total.Loud()");
    let report = graded(&[("counter.go", &broken), ("report/report.go", REPORT)], 1);
    assert_eq!(report["verdict"], "compile_error");
    assert_eq!(check(&report, "vetted")["outcome"], "not_run");
    assert_eq!(check(&report, "prints")["outcome"], "passed");
}

#[test]
fn advice_on_goroutines_has_a_frame_and_costs_nothing() {
    let functions = "package threefunctions

// First is 1.
func First() int { return 1 }

// Second is 2.
func Second() int { return 2 }

// Third is 3.
func Third() int { return 3 }
";
    let waits = LOSES_CANCEL.replace("package counter", "package threefunctions");
    let folder = folder_of(&[("functions.go", functions), ("wait.go", &waits)]);
    let ran = gavel(&[
        "grade",
        text(folder.path()),
        "--exercise",
        "three-functions",
        "--catalog",
        "fixtures/catalogs/small",
    ])
    .environment("LANG", "C.UTF-8")
    .run()
    .ends_with(0);
    let (_, advice) = ran
        .stdout
        .split_once("Advice, which costs nothing\n")
        .unwrap_or_else(|| panic!("no advice in:\n{}", ran.stdout));
    let (advice, _) = advice.split_once("\ngavel ").expect("a last line");
    insta::assert_snapshot!(advice);
}

#[test]
fn code_that_does_not_fit_the_tests_beside_it_fails() {
    let manifest = r#"schema = 1
title = "Greet"
summary = "A function that greets."
kind = "implement"
difficulty = "easy"
minutes = 5

[[check]]
id = "vetted"
type = "vet"
points = 10
about = "Vet has nothing to say."
"#;
    let good = "package greet\n\n// Greet greets.\nfunc Greet() string { return \"hello\" }\n";
    let test = "package greet\n\nimport \"testing\"\n\nfunc TestGreet(t *testing.T) {\n\tt.Log(Greet())\n}\n";
    let catalog = folder_of(&[
        ("basics/greet/exercise.toml", manifest),
        ("basics/greet/README.md", "# Greet\n\nWrite `Greet`.\n"),
        ("basics/greet/starter/go.mod", "module greet\n\ngo 1.26\n"),
        ("basics/greet/starter/greet.go", good),
        ("basics/greet/starter/greet_test.go", test),
        ("basics/greet/reference/greet.go", good),
    ]);
    let other = good.replace("Greet()", "Hello()");
    for (code, text_of_it, outcome) in [(0, good, "passed"), (1, &other, "failed")] {
        let handed_in = folder_of(&[("greet.go", text_of_it)]);
        let arguments = [
            text(handed_in.path()),
            "--exercise",
            "greet",
            "--catalog",
            text(catalog.path()),
        ];
        let report = grade_json(&arguments, code)["submissions"][0].clone();
        let vetted = check(&report, "vetted");
        assert_eq!(vetted["outcome"], outcome, "{vetted:#}");
        assert!(
            code == 0
                || vetted["rationale"]
                    .as_str()
                    .is_some_and(|why| why.contains("tests"))
        );
    }
}
