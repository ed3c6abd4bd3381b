//! Breaches, and as much honest code that must pass.

use std::fmt::Write as _;

use super::*;
use crate::model::ProjectFile;

mod honest;
mod written_tests;

struct Exercise {
    ground: Ground,
    kind: Kind,
    policy: Policy,
}

const TESTS: Exercise = Exercise {
    ground: Ground::Tests,
    kind: Kind::Implement,
    policy: Policy {
        deny_imports: vec![],
        allow: vec![],
    },
};
const PROGRAM: Exercise = Exercise {
    ground: Ground::Program,
    kind: Kind::Service,
    policy: Policy {
        deny_imports: vec![],
        allow: vec![],
    },
};

fn allowing(entries: &[&str]) -> Exercise {
    Exercise {
        policy: Policy {
            deny_imports: vec![],
            allow: entries.iter().map(|&entry| entry.to_owned()).collect(),
        },
        ..TESTS
    }
}

fn review_files(exercise: &Exercise, files: &[(&str, &str)]) -> Review {
    let files: FileSet = files
        .iter()
        .map(|&(path, text)| (path.to_owned(), ProjectFile::new(text)))
        .collect();
    let required = ["golang.org/x/sync".to_owned()];
    let rules = Rules::new(
        &exercise.policy,
        exercise.ground,
        exercise.kind,
        "workerpool",
        &required,
    );
    review(&files, &rules)
}

/// The lines of `source` (behind a package clause in line 1) that breach the policy, with the denied thing.
fn breaches(exercise: &Exercise, source: &str) -> String {
    let review = review_files(exercise, &[("p.go", &format!("package p\n{source}\n"))]);
    assert_eq!(review.unreadable, [], "{source}");
    let shown: Vec<String> = review
        .findings
        .iter()
        .map(|finding| {
            let line = finding.place.as_ref().map_or(0, |place| place.line);
            let thing = finding.message.split('`').nth(1).unwrap_or("?");
            format!("{line} {thing}")
        })
        .collect();
    shown.join(", ")
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
fn attacks_on_the_tests_are_denied() {
    for (source, expected) in [
        // Imports, however they are spelt.
        ("import \"unsafe\"", "2 unsafe"),
        ("import \"C\"", "2 C"),
        ("import \"plugin\"", "2 plugin"),
        ("import _ \"embed\"", "2 embed"),
        ("import \"syscall\"\nvar s = syscall.SIGTERM", "2 syscall"),
        ("import r \"reflect\"\nvar t = r.TypeOf(1)", "2 reflect"),
        ("import \"flag\"", "2 flag"),
        ("import \"testing\"", "2 testing"),
        ("import \"testing/quick\"", "2 testing/quick"),
        ("import \"o\\x73/exec\"", "2 os/exec"),
        ("import `os/exec`", "2 os/exec"),
        (
            "import (\n\t\"fmt\"; x \"\\u006fs/exec\"\n)\nvar _ = fmt.Sprint",
            "3 os/exec",
        ),
        ("import . \"fmt\"", "2 fmt"),
        (
            "import . \"workerpool/internal/x\"",
            "2 workerpool/internal/x",
        ),
        (
            "import \"github.com/pkg/errors\"",
            "2 github.com/pkg/errors",
        ),
        (
            "import \"0gavel.invalid/witness\"",
            "2 0gavel.invalid/witness",
        ),
        (
            "import \"golang.org/x/sys/unix\"",
            "2 golang.org/x/sys/unix",
        ),
        (
            "import \"golang.org/x/synchronous\"",
            "2 golang.org/x/synchronous",
        ),
        ("import \"./x\"", "2 ./x"),
        // Symbols, however they are reached.
        ("import \"os\"\nfunc f() { os.Exit(1) }", "3 os.Exit"),
        ("import \"os\"\nfunc f() { (os.Exit)(1) }", "3 os.Exit"),
        ("import \"os\"\nvar exit = os.Exit", "3 os.Exit"),
        ("import xs \"os\"\nvar exit = []any{xs.Exit}", "3 os.Exit"),
        ("import ñ \"os\"\nvar exit = ñ.Exit", "3 os.Exit"),
        (
            "import \"os\"\nimport os2 \"os\"\nvar a, b = os.Getenv, os2.Exit",
            "4 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { os./* x */\n// y\nExit(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { defer func() { os.Exit(1) }() }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { os.Exit(1); os := 1; _ = os }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { { os := 1; _ = os }; os.Exit(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { if os := 1; os > 0 { }; os.Exit(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { os := os.Exit; os(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\ntype T struct{ os int }\nfunc (t T) f() { os.Exit(t.os) }",
            "4 os.Exit",
        ),
        (
            "import \"os\"\nfunc f(g func(os int)) { os.Exit(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { os: for { os.Exit(1); break os } }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nfunc f() { switch os := any(1).(type) { case int: _ = os }; os.Exit(1) }",
            "3 os.Exit",
        ),
        (
            "import \"os\"\nvar a, b = os.NewFile(4, \"x\"), os.StartProcess",
            "3 os.NewFile, 3 os.StartProcess",
        ),
        (
            "import \"sync/atomic\"\nvar a = atomic.CompareAndSwapPointer",
            "3 sync/atomic.CompareAndSwapPointer",
        ),
        (
            "import \"runtime\"\nfunc f() { runtime.RaceDisable() }",
            "3 runtime.RaceDisable",
        ),
        (
            "import \"runtime\"\nfunc f() { runtime.GOMAXPROCS(1) }",
            "3 runtime.GOMAXPROCS",
        ),
        (
            "import \"runtime\"\nvar g = runtime.GOMAXPROCS",
            "3 runtime.GOMAXPROCS",
        ),
        (
            "import \"runtime\"\nfunc f() { runtime.GOMAXPROCS(0+1) }",
            "3 runtime.GOMAXPROCS",
        ),
        (
            "import \"runtime\"\nvar g = runtime.SetCgoTraceback",
            "3 runtime.SetCgoTraceback",
        ),
        (
            "import \"runtime/debug\"\nfunc f() { debug.SetGCPercent(-1) }",
            "3 runtime/debug.SetGCPercent",
        ),
        (
            "func f(v interface{ UnsafeAddr() uintptr }) { v.UnsafeAddr() }",
            "2 UnsafeAddr",
        ),
        // Variables of other packages.
        (
            "import \"os\"\nfunc f() { os.Args = append(os.Args, \"-test.run=NONE\") }",
            "3 os.Args",
        ),
        ("import \"os\"\nfunc f() { os.Args[0] = \"\" }", "3 os.Args"),
        (
            "import \"os\"\nfunc f() { (os.Stdout) = nil }",
            "3 os.Stdout",
        ),
        (
            "import \"os\"\nfunc f() { var x any; x, os.Args = 1, nil; _ = x }",
            "3 os.Args",
        ),
        (
            "import \"os\"\nfunc f() { for os.Args[0] = range m { } }",
            "3 os.Args",
        ),
        ("import \"os\"\nfunc f() { *(&os.Args) = nil }", "3 os.Args"),
        ("import \"io\"\nvar p = &io.EOF", "3 io.EOF"),
        (
            "import \"net/http\"\nfunc f() { http.DefaultClient.Timeout = 5 }",
            "3 net/http.DefaultClient",
        ),
        (
            "import \"net/http\"\nfunc f() { http.DefaultTransport.(*http.Transport).MaxIdleConns++ }",
            "3 net/http.DefaultTransport",
        ),
        (
            "import \"math/rand/v2\"\nfunc f() { rand.X = 1 }",
            "3 math/rand/v2.X",
        ),
        (
            "import \"golang.org/x/sync/errgroup\"\nfunc f() { errgroup.X = 1 }",
            "3 golang.org/x/sync/errgroup.X",
        ),
        (
            "import \"workerpool/internal/clock\"\nfunc f() { clock.Now = nil }",
            "3 workerpool/internal/clock.Now",
        ),
        // What Go declares, and what it is told.
        ("func len(x any) int { return 0 }", "2 len"),
        (
            "type error interface{}\nvar nil = 1\nconst true = false",
            "2 error, 3 nil, 4 true",
        ),
        ("var ( x, panic = 1, 2 )", "2 panic"),
        ("func f()", "2 f"),
        (
            "//go:linkname f runtime.f\nfunc f()",
            "2 //go:linkname, 3 f",
        ),
        ("//go:norace\nfunc f() {}", "2 //go:norace"),
        ("//go:embed x\nvar s string", "2 //go:embed"),
        ("//go:build linux", "2 //go:build"),
        (
            "//line other.go:1\nfunc f() {}\n/*line x:1:1*/",
            "2 line, 4 line",
        ),
    ] {
        assert_eq!(breaches(&TESTS, source), expected, "{source}");
    }
}

#[test]
fn programs_may_do_more() {
    for source in [
        "import \"flag\"\nvar n = flag.Int(\"n\", 1, \"\")\nfunc main() { flag.Usage = nil; flag.Parse() }",
        "import \"os\"\nfunc main() { os.Args = os.Args[1:]; os.Exit(1) }",
        "import \"reflect\"\nvar t = reflect.TypeOf(1)",
        "import \"runtime/debug\"\nfunc main() { debug.SetGCPercent(1) }",
        "import \"runtime\"\nfunc main() { runtime.GOMAXPROCS(1) }",
        "import \"syscall\"\nvar s, e, t = syscall.SIGTERM, syscall.EPIPE, syscall.Signal(1)",
        "func max(a, b int) int { return a }",
        "import \"net/http\"\nfunc main() { http.DefaultClient.Timeout = 5 }",
    ] {
        assert_eq!(breaches(&PROGRAM, source), "", "{source}");
    }
    for (source, expected) in [
        ("import \"unsafe\"", "2 unsafe"),
        ("import \"C\"", "2 C"),
        ("import \"testing\"", "2 testing"),
        ("import \"os/exec\"", "2 os/exec"),
        ("import _ \"embed\"", "2 embed"),
        ("import . \"fmt\"", "2 fmt"),
        ("import \"github.com/x/y\"", "2 github.com/x/y"),
        (
            "import \"os\"\nvar f = os.NewFile(4, \"channel\")",
            "3 os.NewFile",
        ),
        (
            "import \"syscall\"\nvar f = syscall.ForkExec",
            "3 syscall.ForkExec",
        ),
        (
            "import \"runtime\"\nfunc f() { runtime.RaceDisable() }",
            "3 runtime.RaceDisable",
        ),
        ("//go:norace\nfunc f()", "2 //go:norace, 3 f"),
    ] {
        assert_eq!(breaches(&PROGRAM, source), expected, "{source}");
    }
}

#[test]
fn the_manifest_lifts_and_adds() {
    let signals = allowing(&["syscall.SIGTERM", "runtime/debug.FreeOSMemory", "os.Exit"]);
    for (source, expected) in [
        ("import \"syscall\"\nvar s = syscall.SIGTERM", ""),
        (
            "import \"syscall\"\nvar s = syscall.SIGTERM\nvar k = syscall.Kill",
            "4 syscall.Kill",
        ),
        (
            "import \"runtime/debug\"\nvar a, b, c = debug.Stack, debug.FreeOSMemory, debug.SetGCPercent",
            "3 runtime/debug.SetGCPercent",
        ),
        (
            "import \"os\"\nvar a, b = os.Exit, os.NewFile",
            "3 os.NewFile",
        ),
        (
            "import \"syscall\"\nvar s = &syscall.Stdin",
            "3 syscall.Stdin, 3 syscall.Stdin",
        ),
    ] {
        assert_eq!(breaches(&signals, source), expected, "{source}");
    }
    let reflection = allowing(&["reflect", "flag", "os", "github.com/x/y"]);
    for (source, expected) in [
        (
            "import \"reflect\"\nfunc f(x any) any { return reflect.ValueOf(x).Interface() }",
            "",
        ),
        (
            "import \"reflect\"\nvar a, b = reflect.NewAt, reflect.SliceAt",
            "3 reflect.NewAt, 3 reflect.SliceAt",
        ),
        (
            "import \"reflect\"\nfunc f(x any) { reflect.ValueOf(x).UnsafePointer() }",
            "3 UnsafePointer",
        ),
        ("import \"flag\"\nfunc f() { flag.Usage = nil }", ""),
        ("import \"os\"\nfunc f() { os.Exit(1) }", ""),
        ("import \"os/exec\"", "2 os/exec"),
        ("import \"github.com/x/y\"", ""),
        ("import . \"flag\"", "2 flag"),
    ] {
        assert_eq!(breaches(&reflection, source), expected, "{source}");
    }
    let denying = Exercise {
        policy: Policy {
            deny_imports: vec!["sort".to_owned(), "golang.org/x/sync/...".to_owned()],
            allow: vec!["sort".to_owned()],
        },
        ..TESTS
    };
    for (source, expected) in [
        ("import \"sort\"", "2 sort"),
        (
            "import \"golang.org/x/sync/errgroup\"",
            "2 golang.org/x/sync/errgroup",
        ),
        ("import \"slices\"", ""),
    ] {
        assert_eq!(breaches(&denying, source), expected, "{source}");
    }
}

#[test]
fn file_names_are_judged() {
    let denied = |exercise: &Exercise, path: &str| {
        let text = if path.contains("test") {
            "package p\nimport \"testing\"\nfunc TestX(t *testing.T) {}\n"
        } else {
            "package p\n"
        };
        !review_files(exercise, &[(path, text)]).findings.is_empty()
    };
    for path in [
        "a.s",
        "a.c",
        "x/a.syso",
        ".go",
        "README.md",
        "a.Go",
        "p_test.go",
        "p_windows.go",
        "p_linux_arm64.go",
        "p_js.go",
    ] {
        assert!(denied(&TESTS, path), "{path}");
        assert!(denied(&PROGRAM, path), "{path}");
    }
    for path in [
        "a.go",
        "x/y/b.go",
        "windows.go",
        "js.go",
        "p_unix.go",
        "p_windowsill.go",
        "worker_pool.go",
    ] {
        assert!(!denied(&TESTS, path), "{path}");
    }
    let tests = Exercise {
        kind: Kind::Test,
        ..TESTS
    };
    assert!(!denied(&tests, "p_test.go"));
    assert!(denied(&tests, "p_testing.go"));
    let main = "package p\nimport \"testing\"\nfunc TestMain(m *testing.M) {}\n";
    assert_eq!(
        review_files(&tests, &[("p_test.go", main)]).findings.len(),
        1
    );
}

#[test]
fn a_package_of_the_candidates_own_may_be_changed() {
    let change = "package p\nimport \"workerpool/config\"\nfunc f() { config.Debug = true }\n";
    let files = [
        ("p/p.go", change),
        ("config/config.go", "package config\nvar Debug bool\n"),
    ];
    assert_eq!(review_files(&TESTS, &files).findings, []);
    assert_eq!(review_files(&TESTS, &files[..1]).findings.len(), 1);
}

#[test]
fn all_files_count_and_unreadable_ones_stand_apart() {
    let review = review_files(
        &TESTS,
        &[
            ("b.go", "package p\nimport \"unsafe\"\n"),
            (
                "a.go",
                "package p\nimport \"os\"\nfunc f() { os.Exit(1); os.Exit(1) }\n",
            ),
            ("c.go", "package p\n\nfunc f() {\n\tx := := 1\n}\n"),
        ],
    );
    let places: Vec<(&str, u32)> = review
        .findings
        .iter()
        .filter_map(|finding| finding.place.as_ref())
        .map(|place| (place.file.as_str(), place.line))
        .collect();
    assert_eq!(places, [("a.go", 3), ("a.go", 3), ("b.go", 2)]);
    insta::assert_debug_snapshot!(review.unreadable);
}

#[test]
fn a_finding_says_what_why_and_what_instead() {
    let source = "package p\r\n\r\nimport \"os\"\r\n\r\nfunc stop() {\r\n\tos.Exit(1)\r\n}\r\n";
    let review = review_files(&TESTS, &[("pool.go", source)]);
    insta::assert_debug_snapshot!(review.findings);
}

#[test]
fn no_more_is_told_than_anyone_reads() {
    let many = format!(
        "package p\nimport \"os\"\nfunc f() {{\n{}}}\n",
        "os.Exit(1)\n".repeat(5_000)
    );
    let review = review_files(&TESTS, &[("p.go", &many)]);
    assert_eq!(review.findings.len(), 5);
    assert_eq!(
        review
            .findings
            .last()
            .and_then(|last| last.detail.as_deref()),
        Some("The same at 4995 more places in this file.")
    );
    let mut different = String::new();
    for n in 0..3_000 {
        writeln!(different, "pkg.V{n} = 1").expect("writing to a string");
    }
    let different = format!("package p\nimport \"pkg\"\nfunc f() {{\n{different}}}\n");
    let review = review_files(&TESTS, &[("p.go", &different)]);
    assert_eq!(review.findings.len(), 51);
    assert_eq!(
        review.findings[0].message,
        "2950 more things in this file are denied."
    );
}

#[test]
fn every_message_is_a_sentence_with_a_way_out() {
    for denial in &DENIALS {
        assert!(denial.instead.ends_with('.'), "{}", denial.path);
        assert!(!denial.because.ends_with('.'), "{}", denial.path);
    }
}
