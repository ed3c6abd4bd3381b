//! `gavel verify`: passes what is good, and says the right words about what isn't.

use crate::support::gavel;

#[test]
fn good_exercises_are_proven() {
    let ran = gavel(&["verify", "--catalog", "fixtures/catalogs/small"])
        .run()
        .ends_with(0);
    assert!(!ran.stdout.contains("problem b"), "{}", ran.stdout);
    let last = ran.stdout.lines().last().expect("a summary");
    assert!(
        last.contains("exercises: ") && last.ends_with("0 problems"),
        "{last}"
    );
}

#[test]
fn each_fault_is_named() {
    let table = [
        (
            "flaw-does-not-build",
            "flawed/third-is-two: must build, and is compile_error: functions.go:11: undefined: two",
        ),
        (
            "flaw-is-none",
            "flawed/third-is-two: doesn't differ from the reference",
        ),
        (
            "flaw-not-caught",
            "flawed/third-is-two: second caught it 0 times of 2; it loses third",
        ),
        (
            "reference-loses",
            "reference: loses third (50 points): TestThird failed: Third() = 4, want 3",
        ),
        (
            "skips",
            "hidden/others_test.go:17: skips, and a skipped test is no proof",
        ),
        ("slow-suite", "s together, and may take 2 s"),
        (
            "starter-does-not-build",
            "starter: compile_error as handed out, and it must build: functions.go:5:",
        ),
        (
            "starter-panics",
            "starter: visible TestFirst fails by runtime_error, not by a message of the test: panic: not yet",
        ),
        (
            "starter-passes",
            "starter: passes every visible check as handed out; at least one must fail",
        ),
        (
            "statement-is-silent",
            "README.md: doesn't name Third, which tests use",
        ),
        (
            "unformatted",
            "reference: functions.go isn't formatted as gofmt does it",
        ),
        ("vet-objects", "reference: go vet: others_test.go:11:"),
    ];
    let ran = gavel(&[
        "verify",
        "--catalog",
        "fixtures/catalogs/unproven",
        "--runs",
        "2",
    ])
    .run()
    .ends_with(1);
    for (slug, words) in table {
        let said = ran.stdout.lines().any(|line| {
            line.starts_with(&format!("problem basics/{slug}: ")) && line.contains(words)
        });
        assert!(
            said,
            "nothing about {slug} with {words:?} in:\n{}",
            ran.stdout
        );
    }
    let folders = std::fs::read_dir("fixtures/catalogs/unproven/basics")
        .expect("the catalog")
        .count();
    assert_eq!(folders, table.len(), "a fixture without its words");
}

#[test]
fn a_manifest_with_three_errors_has_all_three_said() {
    let ran = gavel(&["verify", "--catalog", "fixtures/catalogs/three-errors"])
        .run()
        .ends_with(2);
    let errors = ran
        .stdout
        .lines()
        .filter(|line| line.trim_start().starts_with("exercise.toml:"))
        .count();
    assert_eq!(errors, 3, "{}", ran.stdout);
}

#[test]
fn an_unknown_exercise_is_said_with_what_may_be_meant() {
    gavel(&["verify", "worker-pol"])
        .run()
        .ends_with(2)
        .complains_of(&["worker-pol", "worker-pool"]);
}
