//! Answers that say what a program prints.

use std::io::Write;

use serde_json::{Value, json};

use crate::support::{folder_of, gavel, grade_json, text};

const RIGHT: &str = "done\ndeferred 2\ndeferred 1\ndeferred 0\n";
const WRONG: &str = "done\ndeferred 0\ndeferred 1\ndeferred 2\n";

fn arguments<'a>(submission: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let exercise = [
        "--catalog",
        "fixtures/catalogs/kinds",
        "--exercise",
        "defer-order",
    ];
    [&[submission][..], &exercise, more].concat()
}

#[track_caller]
fn graded(submission: &str, code: i32) -> Value {
    let all = arguments(submission, &["--audience", "candidate"]);
    grade_json(&all, code)["submissions"][0].clone()
}

/// Outcome, rationale and whether it is explained, check by check.
fn told(report: &Value) -> Value {
    let checks = report["checks"].as_array().expect("checks");
    checks
        .iter()
        .map(|check| {
            json!([
                check["outcome"],
                check["rationale"],
                check["explanation"].is_string()
            ])
        })
        .collect()
}

const NO_COUNT: &str =
    "there is no answer: count.txt is missing; write into it what `go run ./cmd/count 3` prints";

#[test]
fn right_answers_pass_and_are_explained() {
    let folder = folder_of(&[("answer.txt", RIGHT), ("count.txt", "share 0.33333334")]);
    let report = graded(text(folder.path()), 0);
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(
        told(&report),
        json!([["passed", "", true], ["passed", "", false]])
    );
    let why = report["checks"][0]["explanation"].as_str().expect("words");
    assert!(why.starts_with("A deferred call runs"), "{why}");
}

#[test]
fn a_file_a_folder_and_an_archive_are_all_answers() {
    let folder = folder_of(&[("answer.txt", WRONG)]);
    let archive = folder.path().join("answers.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&archive).expect("a file"));
    writer
        .start_file("mine/answer.txt", zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(writer.write_all(WRONG.as_bytes())?))
        .expect("an entry");
    writer.finish().expect("an archive");
    let file = folder.path().join("answer.txt");
    for submission in [folder.path(), &archive, &file] {
        let report = graded(text(submission), 1);
        assert_eq!(report["verdict"], "wrong_answer");
        assert_eq!(
            told(&report),
            json!([
                ["failed", "line 2 of answer.txt differs", true],
                ["failed", NO_COUNT, false]
            ])
        );
        let comparison = &report["checks"][0]["runs"][0]["comparison"];
        assert_eq!(
            (&comparison["want"], &comparison["got"]),
            (&json!(RIGHT), &json!(WRONG))
        );
    }
}

#[test]
fn who_does_not_answer_is_told_what_to_write_and_no_more() {
    let folder = folder_of(&[("answer.txt", " \n"), ("main.go", "package main\n")]);
    let report = graded(text(folder.path()), 1);
    assert_eq!(report["ignored_files"], json!(["main.go"]));
    let empty = "there is no answer: answer.txt is empty; write into it what `go run .` prints";
    assert_eq!(
        told(&report),
        json!([["failed", empty, false], ["failed", NO_COUNT, false]])
    );
    assert_eq!(report["checks"][0]["runs"], json!([]));
}

#[test]
fn any_bytes_are_an_answer() {
    let folder = folder_of(&[("answer.txt", "done\n\0\u{202e}\n")]);
    std::fs::write(folder.path().join("count.txt"), b"\xff\xfe").expect("a file");
    let report = graded(text(folder.path()), 1);
    assert_eq!(
        told(&report),
        json!([
            ["failed", "line 2 of answer.txt differs", true],
            ["failed", "line 1 of count.txt isn't UTF-8 text", false]
        ])
    );
}

#[test]
fn readers_and_machines_see_the_explanation_but_not_before() {
    let folder = folder_of(&[("answer.txt", RIGHT), ("count.txt", "share 0.3")]);
    let grade = |report: &str| {
        let all = [
            &["grade"],
            &arguments(text(folder.path()), &["--report", report])[..],
        ]
        .concat();
        gavel(&all)
            .environment("LANG", "C.UTF-8")
            .run()
            .ends_with(1)
            .stdout
    };
    let shown = grade("terminal");
    let (shown, _) = shown.split_once("\ngavel ").expect("a last line");
    let (_, shown) = shown.split_once("\n\n").expect("a first line");
    insta::assert_snapshot!(shown);
    let xml = grade("junit");
    assert!(xml.contains("<system-out>A deferred call runs"), "{xml}");

    let show = |format: &str| {
        let catalog = "fixtures/catalogs/kinds";
        gavel(&[
            "show",
            "defer-order",
            "--catalog",
            catalog,
            "--format",
            format,
        ])
        .run()
        .ends_with(0)
        .stdout
    };
    assert!(!show("text").contains("last one first") && !show("json").contains("last one first"));
}

#[test]
fn the_exercises_of_these_kinds_are_proven() {
    let catalog = "fixtures/catalogs/kinds";
    let names = ["output/comparisons", "predict/defer-order"];
    let ran = gavel(&["verify", "--catalog", catalog, names[0], names[1]])
        .run()
        .ends_with(0);
    assert!(
        ran.stdout.contains("8 solutions graded, 0 problems"),
        "{}",
        ran.stdout
    );
}

/// A program that doesn't do what its exercise says: never the candidate's doing.
#[test]
fn a_program_at_fault_is_no_ones_wrong_answer() {
    let manifest = r#"schema = 1
title = "Greet"
summary = "Say what it prints."
kind = "predict"
difficulty = "easy"
minutes = 5

[[check]]
id = "greets"
type = "predict"
compare = "json"
points = 10
about = "The answer is what it prints."
explanation = "expected/why.md"
"#;
    let program = |body: &str| format!("package main\n\nfunc main() {{\n\t{body}\n}}\n");
    for (body, why) in [
        (
            "panic(1)",
            "the exercise's own program ended with exit 2 instead of exit 0",
        ),
        (
            "println(x)",
            "the exercise's own program doesn't compile: undefined: x",
        ),
        ("select {}", "the exercise's own program met a limit"),
        (
            "print()",
            "line 1 of what the exercise's own program prints holds no JSON document (compare = \"json\")",
        ),
    ] {
        let catalog = folder_of(&[
            ("basics/greet/exercise.toml", manifest),
            ("basics/greet/README.md", "# Greet\n\nWrite `answer.txt`.\n"),
            ("basics/greet/expected/why.md", "Because.\n"),
            ("basics/greet/starter/go.mod", "module greet\n\ngo 1.26\n"),
            ("basics/greet/starter/main.go", &program(body)),
            ("basics/greet/reference/answer.txt", "{}\n"),
        ]);
        let handed_in = folder_of(&[("answer.txt", "{}\n")]);
        let all = [
            text(handed_in.path()),
            "--exercise",
            "greet",
            "--catalog",
            text(catalog.path()),
        ];
        let report = grade_json(&all, 3)["submissions"][0].clone();
        assert_eq!(told(&report), json!([["errored", why, false]]));
        assert_eq!(
            report["score"],
            json!({"earned": 0, "max": 10, "undecided": 10})
        );
        assert_eq!(report["findings"], json!([]));
    }
}
