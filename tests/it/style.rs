//! Rules of style: what each finds, what it lets pass, and what it costs.

use serde_json::Value;

use crate::support::{folder_of, gavel, grade_json, repository, script, text};

const TALLY: &str = "// Package tally adds up what people wrote down.
package tally

import (
\t\"context\"
\t\"fmt\"
\t\"strconv\"
\t\"strings\"
)

// Sum adds up the numbers on lines. It fails with the first line that is none, or when ctx ends.
func Sum(ctx context.Context, lines []string) (int, error) {
\ttotal := 0
\tfor i, line := range lines {
\t\tif err := ctx.Err(); err != nil {
\t\t\treturn 0, err
\t\t}
\t\tnumber, err := strconv.Atoi(strings.TrimSpace(line))
\t\tif err != nil {
\t\t\treturn 0, fmt.Errorf(\"line %d: %w\", i+1, err)
\t\t}
\t\ttotal += number
\t}
\treturn total, nil
}
";

fn arguments(folder: &std::path::Path) -> [&str; 5] {
    let catalog = ["--catalog", "fixtures/catalogs/kinds"];
    [text(folder), "--exercise", "tally", catalog[0], catalog[1]]
}

/// Grades the good solution with another file beside it.
#[track_caller]
fn graded_with(file: &str, code: i32) -> Value {
    let folder = folder_of(&[("tally.go", TALLY), ("more.go", file)]);
    grade_json(&arguments(folder.path()), code)["submissions"][0].clone()
}

#[track_caller]
fn check<'r>(report: &'r Value, id: &str) -> &'r Value {
    report["checks"]
        .as_array()
        .and_then(|checks| checks.iter().find(|check| check["id"] == id))
        .unwrap_or_else(|| panic!("no check {id} in {report:#}"))
}

/// Each finding of a check: its rule, its line, its message.
fn told(check: &Value) -> Vec<String> {
    let findings = check["findings"].as_array().expect("findings");
    let one = |finding: &Value| {
        format!(
            "{}:{} {}",
            finding["explanation"].as_str().unwrap_or("-"),
            finding["place"]["line"],
            finding["message"].as_str().unwrap_or_default()
        )
    };
    findings.iter().map(one).collect()
}

/// Holds a file to losing one check alone, with these findings.
#[track_caller]
fn loses(file: &str, id: &str, findings: &[&str]) {
    let report = graded_with(file, 1);
    let failed: Vec<&Value> = report["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .filter(|check| check["outcome"] != "passed")
        .map(|check| &check["id"])
        .collect();
    assert_eq!(failed, [id], "{report:#}");
    assert_eq!(report["verdict"], "wrong_answer");
    assert_eq!(told(check(&report, id)), findings);
}

#[test]
fn good_code_passes_and_breaks_no_rule() {
    let folder = folder_of(&[("tally.go", TALLY)]);
    let report = &grade_json(&arguments(folder.path()), 0)["submissions"][0];
    assert_eq!(report["verdict"], "accepted");
    assert_eq!(check(report, "tidy")["type"], "style");
    assert_eq!(check(report, "tidy")["visible"], true);
    assert_eq!(report["findings"], serde_json::json!([]));
}

#[test]
fn reminders_texts_and_dropped_errors_cost_what_the_check_is_worth() {
    loses(
        "package tally

import (
\t\"errors\"
\t\"fmt\"
\t\"os\"
)

var errBad = errors.New(\"Bad thing\")

// TODO(me): tell more.
func show(lines []string) error {
\tfmt.Println(len(lines))
\tdefer os.Stdout.Close()
\tos.WriteFile(\"out\", nil, 0o600)
\tif len(lines) == 0 {
\t\treturn errBad
\t}
\treturn fmt.Errorf(\"HTTP %d went wrong.\", 500)
}

var _ = show
",
        "tidy",
        &[
            "todo:11 a TODO is left in a comment",
            "error-string:9 the text of an error begins with a capital letter",
            "error-string:19 the text of an error ends with a punctuation mark or a line break",
            "ignored-error:15 the error of os.WriteFile is ignored",
        ],
    );
}

#[test]
fn gofmt_and_vet_can_be_counted_and_then_are_no_advice() {
    let report = graded_with(
        "package tally

import \"fmt\"

func show( n int) { fmt.Printf(\"%s\\n\", n) }

var _ = show
",
        1,
    );
    let tidy = check(&report, "tidy");
    assert_eq!(tidy["rationale"], "2 faults in style: gofmt 1, vet 1");
    let kinds: Vec<&Value> = tidy["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .map(|finding| &finding["kind"])
        .collect();
    assert_eq!(kinds, ["format", "vet"]);
    assert_eq!(report["findings"], serde_json::json!([]));
    assert_eq!(report["score"]["earned"], 80);
}

#[test]
fn a_long_function_and_a_branched_one_are_told_from_others() {
    let lines = "\tn++\n".repeat(25);
    loses(
        &format!(
            "package tally\n\nfunc long() int {{\n\tn := 0\n\n\t// Not code.\n{lines}\treturn n\n}}\n\nvar _ = long\n"
        ),
        "short",
        &["long-function:3 long has 27 lines of code, more than 25"],
    );
    loses(
        "package tally

func branched(n int) int {
\tswitch {
\tcase n < 1 && n > -9, n == 99:
\t\treturn 1
\tcase n < 2:
\t\treturn 2
\tcase n < 3:
\t\treturn 3
\tdefault:
\t\tfor n > 9 || n < 4 {
\t\t\tn /= 2
\t\t}
\t}
\treturn n
}

var _ = branched
",
        "short",
        &["complex-function:3 branched branches too often: its complexity is 7, more than 6"],
    );
}

#[test]
fn exports_are_described_and_used() {
    loses(
        "package tally

// Twice doubles.
func Twice(n int) int { return 2 * n }

type Box struct{ N int }

// Gives a box.
func (b Box) Sum() int { return b.N }

func (b Box) String() string { return \"box\" }

const (
\tsmall = iota
\tBig
)
",
        "described",
        &[
            "missing-doc:6 Box is exported and has no comment",
            "missing-doc:9 the comment of Sum doesn't begin with its name",
            "missing-doc:15 Big is exported and has no comment",
            "unused-exports:4 Twice is exported, and nothing outside its package uses it",
            "unused-exports:6 Box is exported, and nothing outside its package uses it",
            "unused-exports:15 Big is exported, and nothing outside its package uses it",
        ],
    );
}

#[test]
fn state_of_the_package_and_late_contexts_are_found() {
    loses(
        "package tally

import (
\t\"context\"
\t\"sync/atomic\"
)

var (
\tseen   = map[string]int{}
\thits   atomic.Int64
\tnames  = []string{\"a\", \"b\"}
\tlength int
)

func init() { length = len(names) }

type job struct {
\tctx context.Context
}

func see(name string, ctx context.Context) {
\tlength := 3
\tlength++
\tseen[name]++
\t_ = job{ctx: ctx}
}

var _ = see
",
        "no-globals",
        &[
            "context-first:21 the context is not the first parameter of see",
            "global-state:9 seen is a variable of the package, and see changes it",
            "global-state:10 hits is a variable of the package, and there to be changed (atomic.Int64)",
        ],
    );
}

#[test]
fn code_that_does_not_compile_is_not_judged_by_its_style() {
    let report = graded_with("package tally\n\n// TODO: define it.\nvar _ = missing\n", 1);
    assert_eq!(report["verdict"], "compile_error");
    for id in ["tidy", "short", "described", "no-globals"] {
        assert_eq!(check(&report, id)["outcome"], "not_run");
    }
    let findings = report["findings"].as_array().expect("findings");
    assert!(
        findings.iter().all(|finding| finding["kind"] == "compile"),
        "{findings:#?}"
    );

    // A package that nothing else builds counts too.
    let folder = folder_of(&[
        ("tally.go", TALLY),
        (
            "extra/extra.go",
            "// Package extra is extra.\npackage extra\n\nvar _ = missing\n",
        ),
    ]);
    let report = &grade_json(&arguments(folder.path()), 1)["submissions"][0];
    assert_eq!(check(report, "tidy")["outcome"], "not_run");
    assert_eq!(check(report, "adds")["outcome"], "passed");
}

#[test]
fn layers_hold_their_direction() {
    let root = repository().join("fixtures/catalogs/kinds/style/layers");
    let solution = |name: &str| root.join(name);
    let graded = |folder: &std::path::Path, code| {
        let catalog = ["--catalog", "fixtures/catalogs/kinds"];
        let all = [text(folder), "--exercise", "layers", catalog[0], catalog[1]];
        grade_json(&all, code)["submissions"][0].clone()
    };
    let good = graded(&solution("reference"), 0);
    assert_eq!(check(&good, "layers")["outcome"], "passed");

    let reference: Vec<(String, String)> = walkdir::WalkDir::new(solution("reference"))
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(solution("reference"))
                .expect("below");
            (
                text(path).to_owned(),
                std::fs::read_to_string(entry.path()).expect("a file"),
            )
        })
        .collect();
    let spoilt = "internal/handler/handler.go";
    let flawed = std::fs::read_to_string(solution("flawed/reaches-through").join(spoilt));
    let flawed = flawed.expect("a file");
    let files: Vec<(&str, &str)> = reference
        .iter()
        .map(|(path, text)| match path.as_str() {
            path if path == spoilt => (path, flawed.as_str()),
            path => (path, text.as_str()),
        })
        .collect();
    let bad = graded(folder_of(&files).path(), 1);
    assert_eq!(bad["score"]["earned"], 60);
    assert_eq!(
        told(check(&bad, "layers")),
        ["imports:11 internal/handler mustn't import internal/repository"]
    );
}

/// Advice costs nothing, and there is little of it.
#[test]
fn advice_does_not_drown_anyone() {
    let lines: Vec<String> = (0..40)
        .map(|number| format!("\tos.WriteFile(\"{number:02}\", nil, 0o600) // TODO: {number}\n"))
        .collect();
    let file = format!(
        "package threefunctions\n\nimport \"os\"\n\nfunc save() {{\n{}}}\n\nvar _ = save\n",
        lines.concat()
    );
    let functions = "package threefunctions

// First is 1.
func First() int { return 1 }

// Second is 2.
func Second() int { return 2 }

// Third is 3.
func Third() int { return 3 }
";
    let folder = folder_of(&[("functions.go", functions), ("save.go", &file)]);
    let arguments = [
        text(folder.path()),
        "--exercise",
        "three-functions",
        "--catalog",
        "fixtures/catalogs/small",
    ];
    let report = &grade_json(&arguments, 0)["submissions"][0];
    assert_eq!(report["score"]["earned"], 100);
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 80);
    let shown = gavel(&[&["grade"], &arguments[..]].concat())
        .run()
        .ends_with(0)
        .stdout;
    let advice = shown.find("Advice").map(|at| &shown[at..]);
    let advice = advice.and_then(|rest| rest.split("\n\ngavel ").next());
    insta::assert_snapshot!(advice.unwrap_or_default());
}

#[test]
fn a_missing_staticcheck_is_told_and_costs_nothing() {
    let tools = folder_of(&[]);
    let path = format!("/usr/local/go/bin:{}:/usr/bin:/bin", text(tools.path()));
    let all = [
        "grade",
        "--report",
        "json",
        "fixtures/catalogs/kinds/style/layers/reference",
        "--exercise",
        "layers",
        "--catalog",
        "fixtures/catalogs/kinds",
    ];
    let graded = |path: &str| {
        gavel(&all)
            .environment("PATH", path)
            .run()
            .ends_with(0)
            .json()
    };
    let report = graded(&path);
    let finding = &report["submissions"][0]["findings"][0];
    assert_eq!(finding["kind"], "style");
    assert_eq!(
        finding["message"],
        "staticcheck isn't installed on this machine, so it wasn't asked"
    );

    // A stand-in for it that finds something.
    let said = r#"{"code":"SA4006","severity":"error","location":{"file":"'"$PWD"'/app.go","line":13,"column":2},"message":"never used"}"#;
    script(
        tools.path(),
        "staticcheck",
        &format!("echo '{said}'\nexit 1"),
    );
    let report = graded(&path);
    let finding = &report["submissions"][0]["findings"][0];
    assert_eq!(finding["message"], "never used (staticcheck SA4006)");
    assert_eq!(finding["place"]["line"], 13);
}
