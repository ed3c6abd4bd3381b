//! Programs that are judged by what they print.

use std::fs;

use serde_json::{Value, json};

use crate::support::{folder_of, gavel, grade_json, repository, text};

const KINDS: &str = "fixtures/catalogs/kinds";

/// The reference with some of its text replaced.
fn spoilt(changes: &[(&str, &str)]) -> String {
    let path = repository()
        .join(KINDS)
        .join("output/comparisons/reference/main.go");
    let mut source = fs::read_to_string(path).expect("the reference");
    for (from, to) in changes {
        assert!(source.contains(from), "the reference has no {from:?}");
        source = source.replace(from, to);
    }
    source
}

#[track_caller]
fn graded(source: &str, code: i32, audience: &str) -> Value {
    let folder = folder_of(&[("main.go", source)]);
    let arguments = [
        text(folder.path()),
        "--catalog",
        KINDS,
        "--exercise",
        "comparisons",
        "--audience",
        audience,
    ];
    grade_json(&arguments, code)["submissions"][0].clone()
}

fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["id"] == id))
        .unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

#[test]
fn each_comparison_passes_over_what_it_may() {
    // Other blanks where they don't matter, another order, a mean that is a little off, other spelling of JSON.
    let source = spoilt(&[
        ("\"mean\", sum", "\"mean\", 1e-5+sum"),
        ("json.NewEncoder(os.Stdout).Encode(", "indented("),
        (
            "for _, entry := range entries {",
            "for i := range entries {\n\t\tentry := entries[len(entries)-1-i]",
        ),
    ]) + "\nfunc indented(v any) error {\n\tout := json.NewEncoder(os.Stdout)\n\tout.SetIndent(\"\", \"    \")\n\treturn out.Encode(v)\n}\n";
    let report = graded(&source, 0, "grader");
    assert_eq!(report["verdict"], "accepted", "{report:#}");
}

#[test]
fn each_comparison_tells_what_differs() {
    let source = spoilt(&[
        ("\"%d\\t%s\\n\"", "\"%d\\t%s \\n\""),
        ("\"mean\", sum", "\"mean\", 0.1+sum"),
        ("info.Size())", "info.Size()+7)"),
        ("\"words\": lines()", "\"words\": lines()[1:]"),
        ("unknown form %s", "no form %s"),
    ]);
    let report = graded(&source, 1, "grader");
    let said: Vec<_> = ["exact", "trim", "unordered", "numbers", "json", "patterns"]
        .map(|id| {
            let check = check(&report, id);
            json!([id, check["outcome"], check["rationale"]])
        })
        .into();
    assert_eq!(
        Value::from(said),
        json!([
            [
                "exact",
                "failed",
                "line 1 of its output differs in blanks at the end alone"
            ],
            ["trim", "passed", ""],
            [
                "unordered",
                "failed",
                "its output lacks 2 lines, and 2 are too many"
            ],
            [
                "numbers",
                "failed",
                "a number in line 2 of its output is off by more than the tolerance"
            ],
            ["json", "failed", "its output differs at .words[0]"],
            ["patterns", "failed", "line 1 of its standard error differs"],
        ])
    );
    let comparison = &check(&report, "unordered")["runs"][0]["comparison"];
    assert_eq!(comparison["compare"], "unordered");
    assert_eq!(comparison["want"], "a.log 6\nb.log 13\n");
    assert_eq!(comparison["got"], "a.log 13\nb.log 20\n");
    // Standard error was compared, and isn't shown once more.
    assert_eq!(check(&report, "patterns")["runs"][0]["output"], Value::Null);
}

#[test]
fn candidates_see_no_hidden_output() {
    let source = spoilt(&[("\"words\": lines()", "\"words\": lines()[1:]")]);
    let report = graded(&source, 1, "candidate");
    let hidden = check(&report, "json");
    assert_eq!(hidden["runs"], json!([]));
    assert!(!report.to_string().contains("alpha"), "{report:#}");
}

#[test]
fn files_and_environment_are_those_of_the_check() {
    let source = "package main

import (
\t\"fmt\"
\t\"os\"
)

func main() {
\tentries, _ := os.ReadDir(\".\")
\tfor _, entry := range entries {
\t\tfmt.Println(entry.Name())
\t}
\tfmt.Println(os.Getenv(\"REPORT_TITLE\"), os.Getenv(\"GOMAXPROCS\"))
\tfmt.Println(os.WriteFile(\"logs/a.log\", nil, 0o600) == nil)
}
";
    let report = graded(source, 1, "grader");
    let printed = |id: &str| check(&report, id)["runs"][0]["comparison"]["got"].clone();
    // Golden files lie nowhere near.
    assert_eq!(printed("trim"), " 4\nfalse\n");
    let report = graded(
        &source.replace("package main\n", "package main\n\n// Twice.\n"),
        1,
        "grader",
    );
    let got = check(&report, "unordered")["runs"][0]["comparison"]["got"].clone();
    assert_eq!(got, " 4\nfalse\nlogs\n");
    assert_eq!(
        check(&report, "json")["rationale"],
        "its output isn't JSON: expected value at line 1 column 1"
    );
}

/// A program that waits until it is asked what for, and then ends well, has not printed what it should.
#[test]
fn who_ends_well_when_asked_is_held_to_its_output() {
    let source = "package main

import (
\t\"os\"
\t\"os/signal\"
)

func main() {
\tasked := make(chan os.Signal, 1)
\tsignal.Notify(asked)
\t<-asked
}
";
    let report = graded(source, 1, "grader");
    for check in report["checks"].as_array().expect("checks") {
        assert_eq!(check["outcome"], "failed", "{check:#}");
    }
    assert_eq!(check(&report, "exact")["rationale"], "its output is empty");
}

#[test]
fn outputs_of_every_size_and_kind_are_shown() {
    let noisy = spoilt(&[(
        "\tform := \"\"\n",
        "\tform := \"\"\n\tif len(os.Args) > 1 && os.Args[1] == \"text\" {\n\t\tos.Stdout.WriteString(noise)\n\t}\n",
    )]);
    for (noise, rationale, shown) in [
        (
            "strings.Repeat(\"x\", 5<<20) + \"\\n\"",
            "line 1 of its output differs",
            "[5238784 bytes left out]\n",
        ),
        (
            "strings.Repeat(\"x\\n\", 100_000)",
            "line 1 of its output differs",
            "x\nx\n",
        ),
        (
            "\"\\xff\\x00\\xfe\\n\"",
            "line 1 of its output differs",
            "<0xFF>\0<0xFE>\n",
        ),
    ] {
        let source = noisy.replace("\t\"strconv\"\n", "\t\"strconv\"\n\t\"strings\"\n")
            + &format!("\nvar noise = {noise} + strings.Repeat(\"\", 0)\n");
        let report = graded(&source, 1, "grader");
        let exact = check(&report, "exact");
        assert_eq!(exact["rationale"], rationale);
        let got = exact["runs"][0]["comparison"]["got"]
            .as_str()
            .expect("a text");
        assert!(got.contains(shown), "{} of {noise}", got.len());
        assert!(got.len() < 70_000);
    }
}

#[test]
fn a_reader_sees_what_differs() {
    let source = spoilt(&[
        ("\"%d\\t%s\\n\"", "\"%d\\t%s\\u00a0\\r\\n\""),
        ("info.Size())", "info.Size()+7)"),
        ("\"words\": lines()", "\"words\": lines()[1:]"),
    ]);
    let folder = folder_of(&[("main.go", &source)]);
    let ran = gavel(&[
        "grade",
        text(folder.path()),
        "--catalog",
        KINDS,
        "--exercise",
        "comparisons",
    ])
    .environment("LANG", "C.UTF-8")
    .run()
    .ends_with(1);
    let (_, shown) = ran.stdout.split_once("passed").expect("a tally");
    let (shown, _) = shown.split_once("\ngavel ").expect("a last line");
    insta::assert_snapshot!(shown);
}
