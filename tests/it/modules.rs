//! Exercises that require modules of others: downloaded once, built once, graded offline.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::modules::{CATALOG, Machine};
use crate::support::{folder_of, left_in, repository, text};

const REFERENCE: &str = "fixtures/modules/catalog/words/greeting/reference";

fn grade<'a>(catalog: &'a str, submission: &'a str) -> [&'a str; 8] {
    let json = ["--report", "json"];
    [
        "grade",
        json[0],
        json[1],
        "--catalog",
        catalog,
        "--exercise",
        "greeting",
        submission,
    ]
}

#[test]
fn the_exercise_is_proven_and_then_graded_offline() {
    let machine = Machine::new();
    let proven = machine
        .gavel(&["verify", "--catalog", CATALOG])
        .run()
        .ends_with(0);
    proven.complains_of(&["greeting: downloading 2 modules", "greeting: building"]);

    let ran = machine.gavel_with("off", &grade(CATALOG, REFERENCE)).run();
    let ran = ran.ends_with(0);
    assert_eq!(ran.json()["submissions"][0]["verdict"], "accepted");
    assert!(!ran.stderr.contains("download"), "{}", ran.stderr);
}

/// The grading of a submission of one file, with the modules there.
fn graded(source: &str, code: i32) -> Value {
    let machine = Machine::new();
    let submission = folder_of(&[
        ("greeting.go", source),
        (
            "go.mod",
            "module greeting\n\nrequire example.test/runes v0.3.0\n",
        ),
    ]);
    let arguments = grade(CATALOG, text(submission.path()));
    machine.gavel(&arguments).run().ends_with(code).json()["submissions"][0].take()
}

#[test]
fn candidates_may_import_what_the_exercise_requires_itself_and_nothing_else() {
    for (import, verdict, words) in [
        ("example.test/words", "wrong_answer", ""),
        (
            "example.test/runes",
            "disallowed",
            "belongs neither to the standard library nor to a module that this exercise provides",
        ),
        (
            "example.test/other",
            "disallowed",
            "belongs neither to the standard library nor to a module that this exercise provides",
        ),
        (
            "example.test/words/extra",
            "compile_error",
            "no required module provides package example.test/other (imported by example.test/words/extra)",
        ),
        (
            "example.test/words/nonesuch",
            "compile_error",
            "no required module provides package example.test/words/nonesuch",
        ),
    ] {
        let source = format!(
            "package greeting\n\nimport _ \"{import}\"\n\n// Greeting greets.\nfunc Greeting(name string) string {{ return name }}\n\n// Count counts.\nfunc Count() int {{ return 0 }}\n"
        );
        let report = graded(&source, 1);
        assert_eq!(report["verdict"], verdict, "{import}: {report:#}");
        let said = report["findings"].to_string();
        assert!(said.contains(words), "{import}: no {words:?} in {said}");
        assert!(!said.contains("gavel/modules"), "{import}: {said}");
    }
}

#[test]
fn a_modules_variables_are_not_the_candidates() {
    let source = "package greeting\n\nimport \"example.test/words\"\n\n// Greeting greets.\nfunc Greeting(name string) string {\n\twords.Loud = false\n\treturn words.Shout(name)\n}\n\n// Count counts.\nfunc Count() int { return 0 }\n";
    let report = graded(source, 1);
    assert_eq!(report["verdict"], "disallowed", "{report:#}");
}

/// A copy of the catalog in which a file of the exercise's starter is written anew.
fn catalog_with(name: &str, change: impl Fn(&str) -> String) -> TempDir {
    let copy = TempDir::new().expect("a folder");
    let catalog = repository().join(CATALOG);
    for entry in walkdir::WalkDir::new(&catalog) {
        let entry = entry.expect("an entry");
        let target = copy
            .path()
            .join(entry.path().strip_prefix(&catalog).expect("within"));
        if entry.file_type().is_dir() {
            fs::create_dir_all(target).expect("a folder");
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
    let file = copy.path().join("words/greeting/starter").join(name);
    let before = fs::read_to_string(&file).expect("a file");
    let after = change(&before);
    assert_ne!(before, after);
    fs::write(file, after).expect("a file");
    copy
}

/// Holds a grading to being our fault, and its rationale to these words.
#[track_caller]
fn is_no_candidates_fault(report: &Value, words: &[&str]) {
    let submission = &report["submissions"][0];
    assert_eq!(submission["verdict"], "grader_error", "{submission:#}");
    assert_eq!(submission["score"]["undecided"], submission["score"]["max"]);
    let why = submission["checks"][0]["rationale"]
        .as_str()
        .expect("a reason");
    for word in words {
        assert!(why.contains(word), "no {word:?} in: {why}");
    }
}

/// Answers everything with this status.
fn proxy_that_answers(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let answer =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn what_keeps_modules_from_coming_is_said_with_a_mend() {
    let machine = Machine::new();
    for (proxy, words) in [
        (
            "off".to_owned(),
            ["disabled by GOPROXY=off", "let GOPROXY name a module proxy"],
        ),
        (
            "http://127.0.0.1:1".to_owned(),
            ["connection refused", "gavel doctor --warm"],
        ),
        (
            proxy_that_answers("404 Not Found"),
            ["404 Not Found", "is the version"],
        ),
        (proxy_that_answers("410 Gone"), ["410 Gone", "GOPRIVATE"]),
        (
            proxy_that_answers("403 Forbidden"),
            ["403 Forbidden", "netrc"],
        ),
    ] {
        let ran = machine.gavel_with(&proxy, &grade(CATALOG, REFERENCE)).run();
        is_no_candidates_fault(&ran.ends_with(3).json(), &words);
    }
    let verified = machine
        .gavel_with("off", &["verify", "--catalog", CATALOG])
        .run();
    let verified = verified.ends_with(3);
    assert!(
        verified.stdout.contains(
            "undecided words/greeting: the modules that this exercise requires can't be downloaded"
        ),
        "{}",
        verified.stdout
    );
}

#[test]
fn faults_of_go_mod_and_go_sum_are_the_exercises() {
    let machine = Machine::new();
    let wrong_sum = catalog_with("go.sum", |sums| {
        sums.replace("words v1.2.0 h1:N6rc", "words v1.2.0 h1:AAAA")
    });
    let no_sum_of_an_indirect_one = catalog_with("go.sum", |sums| {
        let lines = sums.split_inclusive('\n');
        lines
            .filter(|line| !line.contains("runes v0.3.0 h1:"))
            .collect()
    });
    let newer_go = catalog_with("go.mod", |text| text.replace("go 1.26", "go 1.99"));
    let older_go = catalog_with("go.mod", |text| text.replace("go 1.26", "go 1.25"));
    for (catalog, words) in [
        (wrong_sum, ["checksum mismatch", "mend go.sum"]),
        (
            no_sum_of_an_indirect_one,
            ["example.test/runes", "go mod tidy"],
        ),
        (newer_go, ["asks for Go 1.99", "https://go.dev/dl"]),
        (older_go, ["`go 1.25`", "write `go 1.26`"]),
    ] {
        let arguments = grade(text(catalog.path()), REFERENCE);
        let ran = machine.gavel(&arguments).run().ends_with(3);
        is_no_candidates_fault(&ran.json(), &words);
    }
}

#[test]
fn a_module_that_needs_a_newer_go_is_the_exercises_fault() {
    let catalog = catalog_with("go.mod", |text| {
        text.replace("example.test/words v1.2.0", "example.test/newer v0.1.0")
    });
    let sums = catalog.path().join("words/greeting/starter/go.sum");
    let before = fs::read_to_string(&sums).expect("a file");
    let newer = "example.test/newer v0.1.0 h1:fYtYLrVHXFJlanPYDJc0u63ZJpDJvfxfGhtoafQagxk=\nexample.test/newer v0.1.0/go.mod h1:xffKosVK+3Jlydo93LtxMe0rheGuLBPqsYHA+nSsExs=\n";
    fs::write(sums, format!("{newer}{before}")).expect("a file");
    let arguments = grade(text(catalog.path()), REFERENCE);
    let ran = Machine::new().gavel(&arguments).run().ends_with(3);
    let words = [
        "example.test/newer@v0.1.0 requires go >= 1.99",
        "https://go.dev/dl",
    ];
    is_no_candidates_fault(&ran.json(), &words);
}

/// What `go env -w` has written counts for downloads, and not for builds.
#[test]
fn the_users_go_settings_say_how_modules_are_downloaded() {
    let machine = Machine::new();
    let home = folder_of(&[(
        ".config/go/env",
        &format!(
            "GOPROXY={}\nGONOSUMDB=*\nGOFLAGS=-mod=mod\n",
            machine.proxy()
        ),
    )]);
    let arguments = grade(CATALOG, REFERENCE);
    let unset = machine.gavel_with("", &arguments).environment("GOENV", "");
    unset
        .environment("GONOSUMDB", "")
        .environment("HOME", home.path())
        .environment("XDG_CONFIG_HOME", home.path().join(".config"))
        .run()
        .ends_with(0);
}

#[test]
fn a_sum_that_is_missing_is_told_with_its_line() {
    let catalog = catalog_with("go.sum", |_| String::new());
    let ran = Machine::new()
        .gavel(&grade(text(catalog.path()), REFERENCE))
        .run();
    ran.ends_with(2).complains_of(&[
        "starter/go.mod:5: starter/go.sum has no line for example.test/words v1.2.0",
        "starter/go.mod:7: starter/go.sum has no line for example.test/runes v0.3.0",
    ]);
}

#[test]
fn two_gavels_may_download_at_a_time() {
    let machine = Machine::new();
    let arguments = grade(CATALOG, REFERENCE);
    let both = [(); 2].map(|()| machine.gavel(&arguments).start());
    for (child, temporary_root) in both {
        let output = child.wait_with_output().expect("it ends");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(left_in(temporary_root.path()).is_empty());
    }
}

/// A proxy that takes a question and never answers.
fn proxy_that_hangs() -> (String, std::sync::mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let (asked, was_asked) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        for stream in listener.incoming().flatten() {
            kept.push(stream);
            let _ = asked.send(());
        }
    });
    (format!("http://{address}"), was_asked)
}

#[test]
fn an_interrupted_download_leaves_nothing_broken() {
    let machine = Machine::new();
    let (proxy, was_asked) = proxy_that_hangs();
    let warm = ["doctor", "--warm", "--catalog", CATALOG];
    let (mut child, temporary_root) = machine.gavel_with(&proxy, &warm).start();
    was_asked
        .recv_timeout(Duration::from_secs(60))
        .expect("the proxy is asked");
    let started = Instant::now();
    let id = i32::try_from(child.id()).expect("a pid");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("the signal is sent");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(left_in(temporary_root.path()).is_empty());

    let warmed = machine.gavel(&warm).run().ends_with(0);
    assert!(
        warmed.stdout.contains("1 exercise: 1 made ready"),
        "{}",
        warmed.stdout
    );
}

#[test]
fn doctor_says_what_is_missing_and_warms() {
    let machine = Machine::new();
    let doctor = ["doctor", "--catalog", CATALOG];
    let warm = ["doctor", "--warm", "--catalog", CATALOG];
    let cold = machine.gavel_with("off", &doctor).run().ends_with(0);
    assert!(
        cold.stdout.contains("2 of 2 required modules"),
        "{}",
        cold.stdout
    );
    assert!(
        cold.stdout.contains("gavel doctor --warm"),
        "{}",
        cold.stdout
    );
    let refused = machine.gavel_with("off", &warm).run().ends_with(3);
    assert!(
        refused.stdout.contains("not ready words/greeting:"),
        "{}",
        refused.stdout
    );
    assert!(
        refused.stdout.contains("1 can't be graded here"),
        "{}",
        refused.stdout
    );

    machine.gavel(&warm).run().ends_with(0);
    let again = machine.gavel_with("off", &warm).run().ends_with(0);
    assert_eq!(
        again.stdout,
        "1 exercise: everything that they need is there\n"
    );
    let warmed = machine.gavel_with("off", &doctor).run().ends_with(0);
    assert!(
        warmed.stdout.contains("2 modules in gavel's cache"),
        "{}",
        warmed.stdout
    );

    // As an interruption in the middle of unpacking leaves it.
    let download = machine.gavels_cache().join("modules/cache/download");
    let partial = download.join("example.test/words/@v/v1.2.0.partial");
    fs::write(&partial, "").expect("a file");
    let cold = machine.gavel_with("off", &doctor).run().ends_with(0);
    assert!(
        cold.stdout.contains("1 of 2 required modules"),
        "{}",
        cold.stdout
    );
    machine.gavel(&warm).run().ends_with(0);
    assert!(!Path::new(&partial).exists());
}
