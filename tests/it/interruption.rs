//! Ctrl-C and SIGTERM in a batch: what is finished is reported, and nothing stays behind.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::{folder_of, gavel, left_in, text};

const GOOD: &str = "package threefunctions\n\nfunc First() int  { return 1 }\nfunc Second() int { return 2 }\nfunc Third() int  { return 3 }\n";
/// Busy for as long as it may be, so that the batch isn't over when the signal comes.
const BUSY: &str = "package threefunctions\n\nfunc First() int {\n\tfor {\n\t}\n}\nfunc Second() int { return 2 }\nfunc Third() int  { return 3 }\n";

/// Waits until two workspaces in which something was built are gone again: a workspace goes a moment before its report is
/// there, so the report of the first is there for sure once the second, busy for 10 s, is gone too.
fn one_is_finished(temporary_root: &Path) {
    let started = Instant::now();
    let mut built = BTreeSet::new();
    loop {
        let workspaces: BTreeSet<PathBuf> = left_in(temporary_root)
            .iter()
            .flat_map(|scratch| left_in(scratch))
            .collect();
        if built.difference(&workspaces).count() >= 2 {
            return;
        }
        built.extend(
            workspaces
                .into_iter()
                .filter(|workspace| workspace.join("bin/-.test").exists()),
        );
        assert!(
            started.elapsed() < Duration::from_secs(300),
            "none was finished"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn interrupted_by(signal: Signal, code: i32) {
    let busy = ["b", "c", "d", "e"].map(|name| (format!("{name}/functions.go"), BUSY));
    let mut files = vec![("a/functions.go", GOOD)];
    files.extend(busy.iter().map(|(path, source)| (path.as_str(), *source)));
    let folder = folder_of(&files);
    let report = folder.path().join("report.json");
    let (mut child, temporary_root) = gavel(&[
        "grade",
        "--catalog",
        "fixtures/catalogs/small",
        "--exercise",
        "three-functions",
        "--jobs",
        "1",
        "--report",
        &format!("json={}", text(&report)),
        text(folder.path()),
    ])
    .start();
    one_is_finished(temporary_root.path());
    kill(
        Pid::from_raw(i32::try_from(child.id()).expect("a pid")),
        signal,
    )
    .expect("the signal is sent");
    let status = child.wait().expect("it ends");
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .expect("piped")
        .read_to_string(&mut stderr)
        .expect("UTF-8");
    assert_eq!(status.code(), Some(code), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
    let written: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&report).expect("a report")).expect("JSON");
    let finished = written["submissions"].as_array().expect("submissions");
    assert!((1..5).contains(&finished.len()), "{stderr}");
    for one in finished {
        let expected = if one["name"] == "a" {
            "accepted"
        } else {
            "time_limit"
        };
        assert_eq!(one["verdict"], expected, "{one:#}");
    }
    let left = left_in(temporary_root.path());
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn ctrl_c_reports_what_is_finished() {
    interrupted_by(Signal::SIGINT, 130);
}

#[test]
fn sigterm_reports_what_is_finished() {
    interrupted_by(Signal::SIGTERM, 143);
}
