//! Services, judged by transcripts.

use serde_json::Value;

use crate::support::{Ran, folder_of, gavel, grade_json, repository, text};

const CATALOG: &str = "fixtures/catalogs/kinds";
const NOTES: &str = "fixtures/catalogs/kinds/http/notes";

/// The files of the reference with those of a flawed solution laid over them.
fn solution(flawed: Option<&str>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let folders = [
        Some(format!("{NOTES}/reference")),
        flawed.map(|name| format!("{NOTES}/flawed/{name}")),
    ];
    for folder in folders.into_iter().flatten() {
        for entry in std::fs::read_dir(repository().join(&folder)).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.expect("a name").to_owned();
            let source = std::fs::read_to_string(&path).expect("a source");
            files.retain(|(known, _)| *known != name);
            files.push((name, source));
        }
    }
    files
}

/// Grades a solution of the notes exercise.
#[track_caller]
fn graded(flawed: Option<&str>, options: &[&str], code: i32) -> Value {
    let files = solution(flawed);
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let folder = folder_of(&files);
    let arguments = [
        &[
            text(folder.path()),
            "--catalog",
            CATALOG,
            "--exercise",
            "notes",
        ],
        options,
    ]
    .concat();
    grade_json(&arguments, code)["submissions"][0].take()
}

fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["id"] == id))
        .unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

/// Holds a flawed solution to its verdict and to the words of the check that catches it.
#[track_caller]
fn caught(flawed: &str, id: &str, verdict: &str, words: &str) -> Value {
    let report = graded(Some(flawed), &[], 1);
    assert_eq!(report["verdict"], verdict, "{report:#}");
    let check = check(&report, id).clone();
    assert_eq!(check["outcome"], "failed", "{check:#}");
    let rationale = check["rationale"].as_str().expect("a rationale");
    assert!(rationale.contains(words), "{rationale}");
    check
}

fn got(check: &Value) -> &str {
    check["runs"][0]["comparison"]["got"].as_str().unwrap_or("")
}

#[test]
fn a_good_service_gets_every_point() {
    let report = graded(None, &[], 0);
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(report["score"]["earned"], 100);
    assert_eq!(check(&report, "creates")["type"], "http");
    assert_eq!(check(&report, "creates")["visible"], true);
    assert_eq!(check(&report, "survives")["visible"], false);
}

#[test]
fn a_good_service_gets_every_point_without_walls() {
    for options in [
        &["--sandbox", "none"][..],
        &["--sandbox", "landlock", "--allow-weaker", "network"],
    ] {
        let report = graded(None, options, 0);
        assert_eq!(report["verdict"], "accepted", "{report:#}");
    }
}

#[test]
fn wrong_answers_are_shown_in_the_transcript() {
    let check = caught(
        "wrong-status",
        "creates",
        "wrong_answer",
        "create a note: its status is 200 OK, not 201",
    );
    assert!(got(&check).contains("> POST /notes\n"), "{}", got(&check));
    let check = caught(
        "no-location",
        "creates",
        "wrong_answer",
        "it has no header Location",
    );
    assert!(!got(&check).contains("Location"), "{}", got(&check));
    caught(
        "wrong-field",
        "creates",
        "wrong_answer",
        "created_at in the body is missing",
    );
}

#[test]
fn what_doesnt_answer_is_out_of_time_and_says_what_it_was_doing() {
    let check = caught(
        "hangs",
        "refuses",
        "time_limit",
        "create a note: no answer came within 2.00 s",
    );
    let finding = &check["findings"][0];
    assert_eq!(finding["kind"], "hang", "{check:#}");
}

#[test]
fn crashes_are_told_from_panics_that_the_library_catches() {
    let check = caught("crashes", "refuses", "runtime_error", "panic: request 3");
    assert_eq!(
        check["findings"][0]["place"]["file"], "handler.go",
        "{check:#}"
    );
    let check = caught("panics", "refuses", "runtime_error", "index out of range");
    assert_eq!(check["findings"][0]["kind"], "panic", "{check:#}");
    assert_eq!(
        check["findings"][0]["place"]["file"], "handler.go",
        "{check:#}"
    );
}

#[test]
fn a_port_that_isnt_opened_is_told_with_the_address() {
    let check = caught(
        "no-port",
        "creates",
        "wrong_answer",
        "nothing accepted connections at its ADDR, 127.0.0.1:8080, within 2.00 s",
    );
    assert!(
        check["runs"][0]["seconds"].as_f64() < Some(5.0),
        "{check:#}"
    );
}

#[test]
fn races_and_leaks_are_found() {
    let check = caught(
        "races",
        "one-title-once",
        "data_race",
        "conflicting accesses",
    );
    assert_eq!(check["findings"][0]["kind"], "race", "{check:#}");
    assert_eq!(check["findings"][0]["place"]["file"], "handler.go");
    let check = caught("leaks", "creates", "goroutine_leak", "left behind");
    assert_eq!(check["findings"][0]["kind"], "leak", "{check:#}");
    assert_eq!(check["findings"][0]["place"]["file"], "store.go");
}

#[test]
fn the_end_of_a_service_is_held_to_the_transcript() {
    caught(
        "ignores-sigterm",
        "ends-in-order",
        "time_limit",
        "it was still running 2.00 s after SIGTERM",
    );
    caught(
        "drops-requests",
        "ends-in-order",
        "wrong_answer",
        "export: ",
    );
    let check = caught(
        "forgets",
        "survives",
        "wrong_answer",
        "it is still there: its status is 404 Not Found, not 200",
    );
    assert!(got(&check).contains("(started again)"), "{}", got(&check));
}

#[test]
fn candidates_see_no_hidden_transcript() {
    let report = graded(Some("hangs"), &["--audience", "candidate"], 1);
    // Revealed: why, and not what went in and out.
    let refuses = check(&report, "refuses");
    assert!(
        refuses["rationale"]
            .as_str()
            .is_some_and(|why| why.contains("no answer"))
    );
    assert!(refuses["runs"][0]["comparison"].is_null(), "{refuses:#}");
    let report = graded(Some("forgets"), &["--audience", "candidate"], 1);
    let survives = check(&report, "survives");
    assert_eq!(survives["runs"], Value::Array(Vec::new()));
    assert!(!survives.to_string().contains("404"), "{survives:#}");
}

#[test]
fn a_difference_is_shown_to_people() {
    let files = solution(Some("no-location"));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let folder = folder_of(&files);
    let Ran { stdout, .. } = gavel(&[
        "grade",
        text(folder.path()),
        "--catalog",
        CATALOG,
        "--exercise",
        "notes",
    ])
    .environment("LANG", "C.UTF-8")
    .run()
    .ends_with(1);
    for line in [
        "Wrong answer: create a note: it has no header Location",
        "> {\"text\":\"Bread, milk\",\"title\":\"Shopping\"}",
        "- < Location: /notes/1",
    ] {
        assert!(stdout.contains(line), "no {line:?} in:\n{stdout}");
    }
}

const MANIFEST: &str = r#"schema = 1
title = "Greeter"
summary = "A service that greets."
kind = "service"
difficulty = "easy"
minutes = 5

[[check]]
id = "greets"
type = "http"
transcript = "expected/greet.toml"
points = 10
about = "It greets."

[[check]]
id = "prints"
type = "output"
args = ["-print"]
stdout = "expected/printed.txt"
points = 10
about = "It prints."
"#;

const GREETER: &str = r#"package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		fmt.Println("hello")
		return
	}
	http.HandleFunc("GET /hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(map[string]any{
			"name": r.PathValue("name"),
			"at":   time.Now().UTC(),
			"nano": time.Now().UnixNano(),
		})
	})
	http.ListenAndServe(os.Getenv("ADDR"), nil)
}
"#;

#[test]
fn what_the_reference_does_can_be_recorded() {
    let catalog = folder_of(&[
        ("services/greeter/exercise.toml", MANIFEST),
        ("services/greeter/README.md", "# Greeter\n\nGreet.\n"),
        (
            "services/greeter/starter/go.mod",
            "module greeter\n\ngo 1.26\n",
        ),
        (
            "services/greeter/starter/main.go",
            "package main\n\nfunc main() {}\n",
        ),
        ("services/greeter/reference/main.go", GREETER),
        (
            "services/greeter/expected/greet.toml",
            "# Greets.\n[[step]]\nname = \"ada\" # by name\nrequest = \"GET /hello/ada\"\n\n\
             [[step]]\nname = \"unknown\"\nrequest = \"GET /\"\n\n\
             [[step]]\nname = \"by hand\"\nrequest = \"GET /hello/bob\"\nexpect.status = 200\n",
        ),
    ]);
    let bless = || {
        gavel(&[
            "verify",
            "--bless",
            "--catalog",
            text(catalog.path()),
            "greeter",
        ])
        .run()
    };
    let ran = bless();
    ran.complains_of(&[
        "services/greeter: wrote the answers to 2 steps to expected/greet.toml",
        "services/greeter: wrote 6 bytes of output to expected/printed.txt",
    ]);
    assert!(
        !ran.stdout.contains("reference: loses"),
        "what was recorded is what it does:\n{}",
        ran.stdout
    );
    let read = |path: &str| {
        std::fs::read_to_string(catalog.path().join("services/greeter").join(path)).expect("a file")
    };
    insta::assert_snapshot!(read("expected/greet.toml"));
    assert_eq!(read("expected/printed.txt"), "hello\n");
    bless().complains_of(&["services/greeter: there is nothing to write down"]);
}

#[test]
fn raw_bytes_and_slow_clients_can_be_played() {
    let transcript = r#"
[[step]]
name = "not HTTP"
raw = "HELLO\r\n\r\n"
expect.status = 400

[[step]]
name = "half a request"
raw = "GET /hello/ada HTTP/1.1\r\nHost: x\r\n"
expect.closed = true

[[step]]
name = "whole, by hand"
raw = "GET /hello/ada HTTP/1.1\r\nHost: x\r\n\r\n"
[step.expect]
status = 200
headers = { Content-Type = "application/json" }
json_at_least = { name = "ada" }
"#;
    let manifest = MANIFEST
        .split("[[check]]\nid = \"prints\"")
        .next()
        .expect("the start");
    let catalog = folder_of(&[
        ("services/greeter/exercise.toml", manifest),
        ("services/greeter/README.md", "# Greeter\n\nGreet.\n"),
        (
            "services/greeter/starter/go.mod",
            "module greeter\n\ngo 1.26\n",
        ),
        (
            "services/greeter/starter/main.go",
            "package main\n\nfunc main() {}\n",
        ),
        ("services/greeter/reference/main.go", GREETER),
        ("services/greeter/expected/greet.toml", transcript),
    ]);
    let patient = folder_of(&[("main.go", GREETER)]);
    let impatient = GREETER.replace(
        "http.ListenAndServe(os.Getenv(\"ADDR\"), nil)",
        "server := http.Server{Addr: os.Getenv(\"ADDR\"), ReadHeaderTimeout: 200 * time.Millisecond}\n\tserver.ListenAndServe()",
    );
    let impatient = folder_of(&[("main.go", &impatient)]);
    let arguments = ["--catalog", text(catalog.path()), "--exercise", "greeter"];
    let grade = |folder: &std::path::Path, code: i32| {
        grade_json(&[&[text(folder)], &arguments[..]].concat(), code)["submissions"][0].take()
    };
    let report = grade(impatient.path(), 0);
    assert_eq!(report["verdict"], "accepted", "{report:#}");
    let report = grade(patient.path(), 1);
    assert_eq!(
        report["checks"][0]["rationale"],
        "half a request: the connection was still open after 2.00 s"
    );
}
