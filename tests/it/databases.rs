//! Servers beside a candidate's code: Postgres and Redis where they are installed, and what is said where they aren't.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Ran, folder_of, gavel, grade_json, script, text};

const CATALOG: [&str; 2] = ["--catalog", "fixtures/catalogs/kinds"];
const COUNTER: &str = "fixtures/catalogs/kinds/services/visitor-counter/reference";
const BANK: &str = "fixtures/catalogs/kinds/services/bank-account/reference";

fn graded(submission: &str, exercise: &str, more: &[&str], code: i32) -> Value {
    let arguments = [&[submission, "--exercise", exercise], &CATALOG[..], more].concat();
    grade_json(&arguments, code)["submissions"][0].take()
}

/// The first check, with what its rationale must say.
#[track_caller]
fn first_check<'r>(report: &'r Value, outcome: &str, words: &str) -> &'r Value {
    let check = &report["checks"][0];
    assert_eq!(check["outcome"], outcome, "{check:#}");
    let rationale = check["rationale"].as_str().unwrap_or_default();
    assert!(rationale.contains(words), "{rationale}");
    check
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_redis)),
    ignore = "Redis isn't installed, or user namespaces are forbidden here"
)]
fn an_exercise_with_redis_is_proven() {
    let verify = [&["verify", "services/visitor-counter"], &CATALOG[..]].concat();
    gavel(&verify).run().ends_with(0);
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_postgres)),
    ignore = "PostgreSQL isn't installed, or user namespaces are forbidden here"
)]
fn an_exercise_with_postgres_is_proven() {
    let verify = [&["verify", "services/bank-account"], &CATALOG[..]].concat();
    gavel(&verify).run().ends_with(0);
}

/// A candidate's visitor counter.
fn counter(body: &str) -> TempDir {
    let source = format!(
        "package counter\n\nimport (\n\t\"context\"\n\t\"errors\"\n\t\"os\"\n)\n\nvar _, _ = os.Stat, errors.New\n\nfunc Visit(ctx context.Context, conn *Conn, page string) (int64, error) {{\n{body}\n}}\n"
    );
    folder_of(&[("counter.go", &source)])
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_redis)),
    ignore = "Redis isn't installed, or user namespaces are forbidden here"
)]
fn who_ends_the_server_fails_for_it() {
    let ends_it = counter("_, err := conn.Do(ctx, \"SHUTDOWN\", \"NOSAVE\")\nreturn 0, err");
    let report = graded(text(ends_it.path()), "visitor-counter", &[], 1);
    assert_eq!(report["verdict"], "wrong_answer");
    first_check(&report, "failed", "");
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_redis)),
    ignore = "Redis isn't installed, or user namespaces are forbidden here"
)]
fn nothing_of_a_server_is_seen_but_its_port() {
    let server = found("redis-server");
    let looks = format!(
        "for _, path := range []string{{\"/companion\", {:?}, \"/bin/sh\", \"/etc/passwd\"}} {{\n\
         if _, err := os.Stat(path); err == nil {{\nreturn 0, errors.New(path)\n}}\n}}\n\
         answer, err := conn.Do(ctx, \"INCR\", page)\nif err != nil {{\nreturn 0, err\n}}\nreturn int64(answer[0] - '0'), nil",
        text(&server)
    );
    let submission = counter(&looks);
    let report = graded(text(submission.path()), "visitor-counter", &[], 1);
    first_check(&report, "passed", "");
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
fn a_server_that_does_not_start_is_nobodys_fault() {
    let folder = TempDir::new().expect("a folder");
    let bin = folder.path().join("bin");
    std::fs::create_dir(&bin).expect("a folder");
    for folder in [folder.path(), &bin] {
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder, open).expect("permissions");
    }
    script(&bin, "redis-server", "echo 'no such luck'; exit 1");
    let mut path = vec![bin];
    path.extend(std::env::split_paths(
        &std::env::var_os("PATH").expect("PATH"),
    ));
    let grade = [
        &["grade", COUNTER, "--exercise", "visitor-counter"][..],
        &["--report", "json"],
        &CATALOG,
    ];
    let ran = gavel(&grade.concat())
        .environment("PATH", std::env::join_paths(path).expect("a PATH"))
        .run();
    let report = ran.ends_with(3).json()["submissions"][0].take();
    first_check(&report, "errored", "Redis doesn't start: no such luck");
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_redis)),
    ignore = "Redis isn't installed, or user namespaces are forbidden here"
)]
fn what_fills_the_server_is_not_the_runs_memory() {
    // More than the run itself may use.
    let fills = counter(
        "if _, err := conn.Do(ctx, \"SETRANGE\", \"blob\", \"167772160\", \"x\"); err != nil {\nreturn 0, err\n}\n\
         answer, err := conn.Do(ctx, \"INCR\", page)\nif err != nil {\nreturn 0, err\n}\nreturn int64(answer[0] - '0'), nil",
    );
    let report = graded(text(fills.path()), "visitor-counter", &[], 1);
    first_check(&report, "passed", "");
}

/// The file of a program on `PATH`.
fn found(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("PATH");
    let mut files = std::env::split_paths(&path).map(|folder| folder.join(name));
    let file = files.find(|file| file.is_file());
    let file = file.unwrap_or_else(|| panic!("no {name} in PATH"));
    file.canonicalize().expect("a file")
}

/// A machine that has Go and a C compiler, and nothing else.
fn without_servers(arguments: &[&str]) -> Ran {
    let folder = TempDir::new().expect("a folder");
    for name in ["gcc", "cc"] {
        let compiler = format!("exec {} \"$@\"", found(name).display());
        script(folder.path(), name, &compiler);
    }
    gavel(&[arguments, &CATALOG[..]].concat())
        .environment("PATH", folder.path())
        .environment("GAVEL_GO", found("go"))
        .run()
}

fn graded_without(submission: &str, code: i32) -> Value {
    let grade = [
        &["grade", submission, "--exercise", "visitor-counter"][..],
        &["--report", "json"],
    ];
    let ran = without_servers(&grade.concat());
    ran.ends_with(code).json()["submissions"][0].take()
}

#[test]
fn a_server_that_is_not_installed_costs_nobody_points() {
    let report = graded_without(COUNTER, 3);
    let check = first_check(&report, "skipped", "Redis isn't installed here");
    let rationale = check["rationale"].as_str().unwrap_or_default();
    assert!(rationale.contains("apt-get install redis-server"));
    assert_eq!(report["verdict"], "grader_error");
    assert_eq!(report["score"]["undecided"], report["score"]["max"]);

    let broken = counter("return");
    let report = graded_without(text(broken.path()), 1);
    assert_eq!(report["verdict"], "compile_error");

    let ran = without_servers(&["verify", "services/visitor-counter"]);
    let said = ran.ends_with(3).stdout;
    assert!(said.contains("undecided"), "{said}");
    assert!(!said.contains("problem services"), "{said}");
}

#[test]
#[cfg_attr(
    not(all(has_namespaces, has_redis)),
    ignore = "Redis isn't installed, or user namespaces are forbidden here"
)]
fn a_server_outlives_the_service_that_is_started_again() {
    let verify = [&["verify", "services/page-views"], &CATALOG[..]].concat();
    gavel(&verify).run().ends_with(0);
}

#[test]
#[cfg_attr(not(has_redis), ignore = "Redis isn't installed")]
fn without_a_network_of_its_own_there_is_no_server() {
    let report = graded(COUNTER, "visitor-counter", &["--sandbox", "none"], 3);
    first_check(&report, "errored", "tier strict");
}

#[test]
#[cfg_attr(not(has_postgres), ignore = "PostgreSQL isn't installed")]
fn without_a_network_of_its_own_there_is_no_database() {
    let report = graded(BANK, "bank-account", &["--sandbox", "none"], 3);
    first_check(&report, "errored", "tier strict");
}
