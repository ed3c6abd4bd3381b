//! Which sandbox is taken, what is said about it, and that nothing of it outlives gavel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use landlock::{AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::hostile::{groups_of, processes_of};
use crate::support::{folder_of, gavel, grade_json, lacking, left_in, text};

const SAMPLE: &str = "fixtures/samples/worker-pool";
/// A submission of an exercise that asks for the loopback network.
const WITH_LOOPBACK: [&str; 5] = [
    "--catalog",
    "fixtures/hostile/catalog",
    "--exercise",
    "loopback",
    "fixtures/hostile/submissions/loopback/honest",
];

/// gavel where no user namespace can be made: a namespace of its own whose limit for them is zero.
fn without_namespaces(arguments: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "sh", "-c"])
        .arg("echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"")
        .arg(env!("CARGO_BIN_EXE_gavel"))
        .args(arguments)
        .current_dir(crate::support::repository())
        .stdin(Stdio::null());
    command
}

/// Runs a command where no more Landlock rules can be laid over those that there are: the kernel takes sixteen layers.
fn without_landlock(mut command: Command) -> std::process::Output {
    let thread = std::thread::spawn(move || {
        for _ in 0..16 {
            Ruleset::default()
                .set_compatibility(CompatLevel::BestEffort)
                .handle_access(AccessFs::MakeBlock)
                .and_then(Ruleset::create)
                .and_then(landlock::RulesetCreated::restrict_self)
                .expect("a layer");
        }
        // Children of this thread have its rules.
        command.output().expect("it runs")
    });
    thread.join().expect("the thread ends")
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
fn auto_takes_the_strongest_that_works() {
    let report = grade_json(&[SAMPLE], 0);
    assert_eq!(report["sandbox"]["tier"], "strict");
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn where_namespaces_are_forbidden_auto_takes_landlock_and_says_what_is_weaker() {
    let output = without_namespaces(&["grade", "--report", "json", SAMPLE])
        .output()
        .expect("it runs");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(report["sandbox"]["tier"], "landlock", "{report:#}");
    assert_eq!(report["submissions"][0]["verdict"], "accepted");
    let weaker = report["sandbox"]["weaker"].to_string();
    assert!(weaker.contains("disk"), "{weaker}");
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
fn a_tier_that_does_not_work_is_not_replaced_by_a_weaker_one() {
    let output = without_namespaces(&["grade", "--sandbox", "strict", SAMPLE])
        .output()
        .expect("it runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    for words in ["strict: ", "to mend it", "--sandbox none"] {
        assert!(stderr.contains(words), "no {words:?} in: {stderr}");
    }
    assert!(output.stdout.is_empty());
}

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn where_only_none_is_left_auto_refuses_and_says_what_to_do() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gavel"));
    command
        .args(["grade", SAMPLE])
        .current_dir(crate::support::repository());
    let output = without_landlock(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    for words in ["strict: ", "landlock: ", "to mend it", "--sandbox none"] {
        assert!(stderr.contains(words), "no {words:?} in: {stderr}");
    }
    let ran = gavel(&["grade", "--sandbox", "none", SAMPLE]).run();
    ran.ends_with(0).complains_of(&["no sandbox"]);
}

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn landlock_can_not_hold_a_run_to_the_loopback_network_and_says_so() {
    let alone = ["grade", "--report", "json", "--sandbox", "landlock"];
    let refused = gavel(&[&alone[..], &WITH_LOOPBACK].concat()).run();
    let refused = refused.ends_with(3).json();
    let submission = &refused["submissions"][0];
    assert_eq!(submission["verdict"], "grader_error");
    assert_eq!(submission["score"]["undecided"], submission["score"]["max"]);
    let why = submission["checks"][0]["rationale"].to_string();
    assert!(why.contains("--allow-weaker network"), "{why}");

    let allowed = ["--allow-weaker", "network"];
    let report = gavel(&[&alone[..], &allowed, &WITH_LOOPBACK].concat())
        .run()
        .ends_with(0)
        .json();
    assert_eq!(report["submissions"][0]["verdict"], "accepted");
    let weaker = report["sandbox"]["weaker"].to_string();
    assert!(weaker.contains("network"), "{weaker}");
}

/// A program that asks for what it mustn't have, and prints what it got: nothing, in every sandbox with walls.
const CURIOUS: &str = r#"package main

import (
	"fmt"
	"os"
)

func main() {
	for _, path := range []string{"/proc/self/mem", "/proc/1/environ", "/etc/passwd", "/root", "/home", "/var"} {
		if file, err := os.Open(path); err == nil {
			fmt.Println(path)
			file.Close()
		}
	}
	if file, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0); err == nil {
		fmt.Println("writing /proc/self/mem")
		file.Close()
	}
}
"#;

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn a_program_without_a_witness_sees_as_little_as_a_test() {
    let folder = folder_of(&[("main.go", CURIOUS)]);
    for tier in ["strict", "landlock"] {
        let ran = gavel(&[
            "grade",
            "--exercise",
            "log-report",
            "--sandbox",
            tier,
            "--report",
            "json",
            text(folder.path()),
        ])
        .run();
        let report = ran.ends_with(1).json();
        let checks = report["submissions"][0]["checks"]
            .as_array()
            .expect("checks");
        let got: Vec<&str> = checks
            .iter()
            .flat_map(|check| check["runs"].as_array().expect("runs"))
            .filter_map(|run| run["comparison"]["got"].as_str())
            .collect();
        assert!(!got.is_empty());
        assert!(got.iter().all(|got| got.is_empty()), "{tier}: {got:?}");
    }
}

/// Runs until it is ended, with a process beside it where that is allowed.
const BUSY: &str = "package threefunctions\n\nfunc First() int {\n\tfor {\n\t}\n}\nfunc Second() int { return 2 }\nfunc Third() int  { return 3 }\n";

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(120), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Kills gavel with SIGKILL, which it can't do anything about, while runs are under way.
fn killed(tier: &str) {
    let folder = folder_of(&[("functions.go", BUSY)]);
    let (mut child, temporary) = gavel(&[
        "grade",
        "--catalog",
        "fixtures/catalogs/small",
        "--exercise",
        "three-functions",
        "--sandbox",
        tier,
        text(folder.path()),
    ])
    .start();
    let pid = child.id();
    let root = temporary.path();
    let is_at_work = || {
        !processes_of(root).is_empty() && processes_of(root).iter().any(|process| is_a_run(process))
    };
    let started = Instant::now();
    while !is_at_work() {
        if child.try_wait().expect("a child").is_some() {
            lacking(&format!("tier {tier} doesn't work here"));
        }
        assert!(
            started.elapsed() < Duration::from_secs(120),
            "no run was seen"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let number = Pid::from_raw(i32::try_from(pid).expect("a pid"));
    kill(number, Signal::SIGKILL).expect("killed");
    child.wait().expect("it is gone");
    wait_until("processes outlive it", || processes_of(root).is_empty());
    wait_until("files outlive it", || left_in(root).is_empty());
    wait_until("control groups outlive it", || groups_of(pid).is_empty());
}

/// Whether a process is what was built, and not a tool.
fn is_a_run(process: &Path) -> bool {
    fs::read_link(process.join("exe"))
        .is_ok_and(|program| program.to_string_lossy().contains("memfd:program"))
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn nothing_outlives_gavel_when_it_is_killed() {
    for tier in ["strict", "landlock", "none"] {
        killed(tier);
    }
}

#[test]
fn doctor_removes_what_was_left_and_nothing_else() {
    let root = tempfile::TempDir::new().expect("a folder");
    let left = root.path().join("gavel-left");
    let others = root.path().join("gavel-is-a-name");
    for folder in [&left, &others] {
        fs::create_dir_all(folder.join("a/b")).expect("folders");
    }
    fs::write(left.join("owner"), "").expect("a file");
    let clean = |root: &Path| -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_gavel"))
            .args(["doctor", "--clean"])
            .env("TMPDIR", root)
            .output()
            .expect("it runs");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    // As long as its gavel lives, it is locked.
    let owner = fs::File::open(left.join("owner")).expect("a file");
    owner.lock().expect("a lock");
    clean(root.path());
    assert!(left.exists());
    drop(owner);
    let said = clean(root.path());
    assert!(said.contains(&format!("removed {}", text(&left))), "{said}");
    let now: Vec<PathBuf> = left_in(root.path());
    assert_eq!(now, [others]);
}
