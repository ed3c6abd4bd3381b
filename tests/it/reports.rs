//! Reports as tools read them.

use std::fs;

use quick_xml::events::Event;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{folder_of, gavel, repository, text};

const WRONG: &str = "package threefunctions\n\nfunc First() int  { return 1 }\nfunc Second() int { return 7 }\nfunc Third() int  { return 3 }\n";

fn grade(arguments: &[&str], code: i32) -> String {
    let folder = folder_of(&[("functions.go", WRONG)]);
    let all = [
        &[
            "grade",
            "--catalog",
            "fixtures/catalogs/small",
            "--exercise",
            "three-functions",
        ],
        arguments,
        &[text(folder.path())],
    ]
    .concat();
    gavel(&all).run().ends_with(code).stdout
}

fn schema() -> Value {
    let text =
        fs::read_to_string(repository().join("docs/report.schema.json")).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_json_report_is_what_the_schema_says() {
    let validator = jsonschema::validator_for(&schema()).expect("a good schema");
    for arguments in [
        &["--report", "json"][..],
        &["--report", "json", "--audience", "candidate"],
    ] {
        let report: Value = serde_json::from_str(&grade(arguments, 1)).expect("JSON");
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(report["schema"], "gavel.report/1");
        assert_eq!(
            report["submissions"][0]["score"],
            serde_json::json!({"earned": 70, "max": 100, "undecided": 0})
        );
    }
}

#[test]
fn the_candidate_sees_what_a_hidden_check_is_about_and_no_more() {
    let report: Value =
        serde_json::from_str(&grade(&["--report", "json", "--audience", "candidate"], 1))
            .expect("JSON");
    let whole = report.to_string();
    assert!(
        !whole.contains("Second() = 7"),
        "the hidden test's message: {whole}"
    );
    assert!(
        !whole.contains("TestSecond"),
        "the hidden test's name: {whole}"
    );
    let check = &report["submissions"][0]["checks"][1];
    assert_eq!(check["outcome"], "failed");
    assert_eq!(check["about"], "Second returns 2.");
    let grader = grade(&["--report", "json"], 1);
    assert!(grader.contains("Second() = 7, want 2"), "{grader}");
    let shown = grade(&["--audience", "candidate"], 1);
    assert!(
        !shown.contains("Second() = 7") && shown.contains("Second returns 2."),
        "{shown}"
    );
}

#[test]
fn the_pass_mark_decides_on_the_exit_code() {
    grade(&["--pass-mark", "70"], 0);
    grade(&["--pass-mark", "71"], 1);
}

#[test]
fn several_reports_at_once() {
    let folder = TempDir::new().expect("a folder");
    let (json, junit) = (
        folder.path().join("report.json"),
        folder.path().join("junit.xml"),
    );
    let shown = grade(
        &[
            "--report",
            &format!("json={}", text(&json)),
            "--report",
            &format!("junit={}", text(&junit)),
        ],
        1,
    );
    assert!(
        shown.contains("wrong_answer") || shown.contains("wrong answer"),
        "{shown}"
    );
    serde_json::from_str::<Value>(&fs::read_to_string(json).expect("a report")).expect("JSON");
    let junit = fs::read_to_string(junit).expect("a report");
    let mut reader = quick_xml::Reader::from_str(&junit);
    let mut failures = 0;
    let mut cases = 0;
    loop {
        match reader.read_event().expect("good XML") {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "failure" => failures += 1,
                "testcase" => cases += 1,
                _ => {}
            },
            _ => {}
        }
    }
    assert_eq!((cases, failures), (3, 1), "{junit}");
}

#[test]
fn the_same_input_gets_the_same_verdict_and_score() {
    let strip = |text: String| -> Value {
        let mut report: Value = serde_json::from_str(&text).expect("JSON");
        for check in report["submissions"][0]["checks"]
            .as_array_mut()
            .expect("checks")
        {
            check["runs"] = Value::Null;
        }
        report["submissions"][0]["name"] = Value::Null;
        report
    };
    assert_eq!(
        strip(grade(&["--report", "json"], 1)),
        strip(grade(&["--report", "json", "--jobs", "1"], 1))
    );
}

#[test]
fn what_a_candidate_prints_can_not_paint_the_terminal() {
    let source = "package threefunctions\n\nfunc First() int { panic(\"\\x1b]0;title\\x07\\x1b[2J\\u202egnp\") }\nfunc Second() int { return 2 }\nfunc Third() int { return 3 }\n";
    let folder = folder_of(&[("functions.go", source)]);
    let ran = gavel(&[
        "grade",
        "--catalog",
        "fixtures/catalogs/small",
        "--exercise",
        "three-functions",
        text(folder.path()),
    ])
    .run()
    .ends_with(1);
    for hostile in ['\u{1b}', '\u{7}', '\u{202e}'] {
        assert!(!ran.stdout.contains(hostile), "{:?}", ran.stdout);
    }
}
