//! Go that is missing, old, broken or surrounded by odd settings.

use tempfile::TempDir;

use crate::support::{gavel, grade_json, script, text};

const SAMPLE: &str = "fixtures/samples/worker-pool";

#[test]
fn a_missing_go_is_said_with_what_to_do() {
    let ran = gavel(&["grade", "--go", "/nowhere/bin/go", SAMPLE])
        .run()
        .ends_with(3);
    ran.complains_of(&["--go", "/nowhere/bin/go"]);
    let ran = gavel(&["grade", SAMPLE])
        .environment("GAVEL_GO", "/nowhere/go")
        .run()
        .ends_with(3);
    ran.complains_of(&["GAVEL_GO", "/nowhere/go"]);
}

#[test]
fn an_old_go_is_said_with_what_to_do() {
    let folder = TempDir::new().expect("a folder");
    let go = script(
        folder.path(),
        "go",
        r#"echo '{"GOVERSION":"go1.21.3","GOOS":"linux","GOARCH":"amd64","CC":"gcc"}'"#,
    );
    let ran = gavel(&["grade", "--go", text(&go), SAMPLE])
        .run()
        .ends_with(3);
    ran.complains_of(&["go1.21.3", "1.26", "https://go.dev/dl"]);
}

#[test]
fn something_else_than_go_is_said() {
    let folder = TempDir::new().expect("a folder");
    let go = script(folder.path(), "go", "echo hello; exit 0");
    gavel(&["grade", "--go", text(&go), SAMPLE])
        .run()
        .ends_with(3)
        .complains_of(&["doesn't work as a go command"]);
}

/// A go command that answers, and fails when it is to build: the machine's fault, not a candidate's.
#[test]
fn a_broken_toolchain_is_a_grader_error_and_costs_nothing() {
    let folder = TempDir::new().expect("a folder");
    let cache = TempDir::new().expect("a folder");
    let go = script(
        folder.path(),
        "go",
        r#"case "$1" in
env) echo '{"GOVERSION":"go1.26.8","GOOS":"linux","GOARCH":"amd64","CC":"sh"}' ;;
build) exit 0 ;;
*) echo 'go: cannot find GOROOT directory' >&2; exit 2 ;;
esac"#,
    );
    let ran = gavel(&[
        "grade",
        "--sandbox",
        "none",
        "--report",
        "json",
        "--go",
        text(&go),
        SAMPLE,
    ])
    .environment("XDG_CACHE_HOME", cache.path())
    .run()
    .ends_with(3);
    let report = ran.json();
    let submission = &report["submissions"][0];
    assert_eq!(submission["verdict"], "grader_error", "{submission:#}");
    assert_eq!(submission["score"]["earned"], 0);
    assert_eq!(submission["score"]["undecided"], submission["score"]["max"]);
    for check in submission["checks"].as_array().expect("checks") {
        assert_eq!(check["outcome"], "errored");
    }
}

#[test]
fn a_missing_c_compiler_is_said_before_anything_is_graded() {
    let folder = TempDir::new().expect("a folder");
    let go = script(
        folder.path(),
        "go",
        r#"echo '{"GOVERSION":"go1.26.8","GOOS":"linux","GOARCH":"amd64","CC":"no-such-compiler"}'"#,
    );
    let ran = gavel(&["grade", "--go", text(&go), SAMPLE])
        .run()
        .ends_with(3);
    ran.complains_of(&["no-such-compiler", "install gcc"]);
}

#[test]
fn the_machines_settings_change_no_verdict() {
    let all = ["grade", "--report", "json", SAMPLE];
    let ran = gavel(&all)
        .environment("GOFLAGS", "-run=NONE -mod=vendor -tags=evil")
        .environment("GOENV", "/nowhere")
        .environment("GOOS", "plan9")
        .environment("GOARCH", "386")
        .environment("CGO_ENABLED", "0")
        .environment("GOPROXY", "http://127.0.0.1:1")
        .environment("GOEXPERIMENT", "nosuchexperiment")
        .environment("GODEBUG", "asyncpreemptoff=1")
        .environment("GORACE", "exitcode=0")
        .environment("GOMAXPROCS", "1")
        .environment("GOTOOLCHAIN", "go1.99.9")
        .environment("GOCACHE", "/nowhere")
        .environment("GOROOT", "/nowhere")
        .run()
        .ends_with(0);
    assert_eq!(ran.json()["submissions"][0]["verdict"], "accepted");
}

#[test]
fn doctor_names_what_is_missing_and_how_to_mend_it() {
    let good = gavel(&["doctor"]).run().ends_with(0);
    for words in [
        "go1.",
        "c compiler",
        "race build",
        "sandbox",
        "sandbox strict",
        "sandbox landlock",
        "catalog",
    ] {
        assert!(
            good.stdout.contains(words),
            "no {words:?} in:\n{}",
            good.stdout
        );
    }
    let bad = gavel(&["doctor", "--go", "/nowhere/go"]).run().ends_with(3);
    assert!(bad.stdout.contains("missing"), "{}", bad.stdout);
    assert!(bad.stdout.contains("to mend it"), "{}", bad.stdout);
}

#[test]
fn go_may_be_named_by_the_root_of_its_installation() {
    let output = std::process::Command::new("go")
        .args(["env", "GOROOT"])
        .output()
        .expect("go is in PATH");
    let root = String::from_utf8(output.stdout).expect("UTF-8");
    let report = grade_json(&["--go", root.trim(), SAMPLE], 0);
    assert_eq!(report["submissions"][0]["verdict"], "accepted");
}
