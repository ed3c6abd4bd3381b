//! Checks that require others, and hidden ones that are revealed.

use serde_json::{Value, json};

use crate::support::{folder_of, grade_json, text};

/// Grades a `steps.go` with these bodies of `Half` and `Quarter`.
#[track_caller]
fn graded(half: &str, quarter: &str, audience: &str) -> Value {
    let source = format!(
        "package steps\n\nimport \"errors\"\n\nvar errOdd = errors.New(\"odd\")\n\nfunc Half(n int) (int, error) {{\n\t{half}\n}}\n\n\
         func Quarter(n int) (int, error) {{\n\t{quarter}\n}}\n"
    );
    let submission = folder_of(&[("steps.go", &source)]);
    let mut report = grade_json(
        &[
            text(submission.path()),
            "--catalog",
            "fixtures/catalogs/small",
            "--exercise",
            "in-steps",
            "--audience",
            audience,
        ],
        1,
    );
    report["submissions"][0].take()
}

/// Each check's name, outcome and points.
fn outcomes(submission: &Value) -> Value {
    let checks = submission["checks"].as_array().expect("checks");
    checks
        .iter()
        .map(|check| json!([check["id"], check["outcome"], check["points"]["earned"]]))
        .collect()
}

#[test]
fn what_requires_a_failed_check_is_skipped() {
    let submission = graded("return 0, errOdd", "return 3, nil", "grader");
    assert_eq!(
        outcomes(&submission),
        json!([
            ["half", "failed", 0],
            ["odd", "skipped", 0],
            ["quarter", "skipped", 0],
            ["vetted", "passed", 5],
        ])
    );
    let checks = &submission["checks"];
    assert_eq!(
        checks[1]["rationale"],
        "skipped, because it requires half, which hasn't passed"
    );
    assert_eq!(
        checks[2]["rationale"],
        "skipped, because it requires half and odd, which haven't passed"
    );
    assert_eq!(checks[2]["runs"], json!([]));
    // Skipped is no verdict: the cause is the check that failed. What was skipped is lost, not undecided.
    assert_eq!(submission["verdict"], "wrong_answer");
    assert_eq!(
        submission["score"],
        json!({"earned": 5, "max": 35, "undecided": 0})
    );
}

#[test]
fn what_requires_a_check_is_run_after_it() {
    let submission = graded("return n / 2, nil", "return n / 4, nil", "grader");
    assert_eq!(
        outcomes(&submission),
        json!([
            ["half", "passed", 10],
            ["odd", "failed", 0],
            ["quarter", "skipped", 0],
            ["vetted", "passed", 5],
        ])
    );
}

#[test]
fn a_revealed_check_tells_candidates_why_it_failed() {
    let submission = graded("return n / 2, nil", "return n / 4, nil", "candidate");
    let [odd, quarter] = [&submission["checks"][1], &submission["checks"][2]];
    assert_eq!(
        (&odd["visible"], &odd["revealed"]),
        (&json!(false), &json!(true))
    );
    let said = &odd["runs"][0]["messages"][0]["text"];
    assert_eq!(said, "Half(7) = 3, nil, want an error");
    // Hidden as ever: not even which check it requires.
    assert_eq!(
        quarter["rationale"],
        "skipped, because something that it needs was not there"
    );
}
