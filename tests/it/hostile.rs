//! The hostile submissions of `fixtures/hostile`, at every tier that this machine offers, as root and as an ordinary user; and a
//! soak of good and hostile ones together.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::support::hostile::{
    Ground, Host, USER, Who, copy_tree, groups_of, is_root, open, processes_of, threads_of, words,
};
use crate::support::{grade_json, lacking, left_in, repository, text};

const EXERCISES: [&str; 3] = ["closed", "forks", "loopback"];

/// One at a time: what they do to the machine is enough.
static TURN: Mutex<()> = Mutex::new(());

/// What `expect.toml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "reasons are for readers")]
struct Expected {
    about: String,
    /// Exercises beside its own in which it is tried too.
    #[serde(default)]
    also: Vec<String>,
    strict: Option<Vec<String>>,
    strict_why: Option<String>,
    landlock: Option<Vec<String>>,
    landlock_why: Option<String>,
    none: Option<Vec<String>>,
    none_root: Option<Vec<String>>,
    none_user: Option<Vec<String>>,
    none_why: Option<String>,
}

impl Expected {
    fn read(folder: &Path) -> Self {
        let file = folder.join("expect.toml");
        let content = fs::read_to_string(&file).expect("expect.toml");
        toml::from_str(&content).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    fn at(&self, tier: &str, who: Who) -> &[String] {
        let verdicts = match (tier, who) {
            ("strict", _) => &self.strict,
            ("landlock", _) => &self.landlock,
            (_, Who::Root) if self.none_root.is_some() => &self.none_root,
            (_, Who::User) if self.none_user.is_some() => &self.none_user,
            _ => &self.none,
        };
        verdicts.as_deref().unwrap_or_default()
    }
}

/// The submissions to try in an exercise, by name: where each is, and what is expected of it.
fn submissions(exercise: &str) -> BTreeMap<String, (PathBuf, Expected)> {
    let mut found = BTreeMap::new();
    for home in EXERCISES {
        let folder = repository().join("fixtures/hostile/submissions").join(home);
        for entry in fs::read_dir(folder).expect("submissions").flatten() {
            let name = entry.file_name().into_string().expect("a name in UTF-8");
            let expected = Expected::read(&entry.path());
            if home == exercise || expected.also.iter().any(|also| also == exercise) {
                let known = found.insert(name, (entry.path(), expected));
                assert!(known.is_none(), "two of one name in {exercise}: {known:?}");
            }
        }
    }
    found
}

/// Copies a submission, with what the host tells it.
fn hand_in(from: &Path, host_source: &str, to: &Path) {
    copy_tree(from, to);
    fs::remove_file(to.join("expect.toml")).expect("removed");
    if from.join("host.go").exists() {
        fs::write(to.join("host.go"), host_source).expect("host.go");
    }
}

/// What came of a batch.
struct Batch {
    submissions: Vec<Value>,
    stderr: String,
    faults: Vec<String>,
}

/// Grades a folder of submissions and looks for what is left of it.
fn grade(ground: &Ground, host: &Host, arguments: &[&str], folder: &Path) -> Batch {
    let report = ground.path("temporary").join("report.json");
    let mut child = ground
        .gavel()
        .args(["grade", "--catalog", "catalog", "--allow-weaker", "network"])
        .args(arguments)
        .arg("--report")
        .arg(format!("json={}", text(&report)))
        .arg(folder)
        .env(&host.secret, &host.secret)
        .spawn()
        .expect("gavel runs");
    let pid = child.id();
    let mut stderr = String::new();
    let mut pipe = child.stderr.take().expect("piped");
    pipe.read_to_string(&mut stderr).expect("UTF-8");
    let status = child.wait().expect("it ends");
    let written = fs::read_to_string(&report);
    let written = written.unwrap_or_else(|_| lacking(&format!("no report, {status}: {stderr}")));
    fs::remove_file(&report).expect("removed");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    let mut faults = Vec::new();
    let temporary = ground.path("temporary");
    for (what, left) in [
        ("left behind", left_in(&temporary)),
        ("still running", processes_of(&temporary)),
        ("control groups left", groups_of(pid)),
    ] {
        if !left.is_empty() {
            faults.push(format!("{what}: {left:?}"));
        }
    }
    Batch {
        submissions: written["submissions"]
            .as_array()
            .expect("submissions")
            .clone(),
        stderr,
        faults,
    }
}

/// The last part of a submission's name, and its verdict.
fn verdict(submission: &Value) -> (&str, &str) {
    let name = submission["name"].as_str().expect("a name");
    let verdict = submission["verdict"].as_str().expect("a verdict");
    (name.rsplit('/').next().expect("a name"), verdict)
}

/// Grades those of the submissions that `filter` takes, four at a time, and compares.
fn suite(tier: &str, who: Who, filter: impl Fn(&str) -> bool) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    suite_in_turn(tier, who, filter);
}

fn suite_in_turn(tier: &str, who: Who, filter: impl Fn(&str) -> bool) {
    // The cache is made by whoever runs the tests.
    grade_json(&["--sandbox", "none", "fixtures/samples/log-report"], 0);
    let ground = Ground::prepare(who);
    let host = Host::set_up(who);
    let source = host.source(&ground.cache());
    let mounts = fs::read_to_string("/proc/self/mountinfo").expect("mounts");
    let mut faults = Vec::new();
    for exercise in EXERCISES {
        // Landlock can't keep a run to the loopback network: gavel refuses, as `sandboxes.rs` shows.
        if (tier, exercise) == ("landlock", "loopback") {
            continue;
        }
        let to = ground.path("submissions").join(exercise);
        let mut expected = submissions(exercise);
        expected.retain(|name, (_, expected)| filter(name) && !expected.at(tier, who).is_empty());
        for (name, (from, _)) in &expected {
            hand_in(from, &source, &to.join(name));
        }
        if expected.is_empty() {
            continue;
        }
        open(&to, 0o755);
        let arguments = ["--exercise", exercise, "--sandbox", tier, "--jobs", "4"];
        let batch = grade(&ground, &host, &arguments, &to);
        let of_batch = batch
            .faults
            .iter()
            // What leaves its group outlives its run where there is no wall.
            .filter(|fault| tier != "none" || !fault.starts_with("still running"));
        faults.extend(of_batch.map(|fault| format!("{exercise}: {fault}")));
        for submission in &batch.submissions {
            let (name, verdict) = verdict(submission);
            let (_, wanted) = expected.remove(name).expect("one that was handed in");
            let wanted = wanted.at(tier, who);
            if !wanted.iter().any(|one| one == verdict) {
                let words = words(submission);
                faults.push(format!(
                    "{exercise}/{name} is {verdict}, not {wanted:?}:\n{words}"
                ));
            }
        }
        if !expected.is_empty() {
            let names: Vec<_> = expected.keys().collect();
            faults.push(format!("not graded: {names:?}, {}", batch.stderr));
        }
    }
    // At tier none they get there: that shows that the attacks are real.
    if tier != "none" {
        let written = left_in(&host.folder.path().join("open"));
        if !written.is_empty() {
            faults.push(format!("written to the host: {written:?}"));
        }
        let now = fs::read_to_string("/proc/self/mountinfo").expect("mounts");
        assert_eq!(mounts, now);
    }
    assert!(
        faults.is_empty(),
        "{tier} as {who:?}:\n{}",
        faults.join("\n")
    );
}

fn is_for_the_compiler(name: &str) -> bool {
    name.starts_with("compile-")
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
#[cfg_attr(
    not(is_root),
    ignore = "only root, with setpriv, can be root and somebody else"
)]
fn strict_holds_them_as_root() {
    suite("strict", Who::Root, |name| !is_for_the_compiler(name));
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
fn strict_holds_them_as_a_user() {
    suite("strict", Who::User, |name| !is_for_the_compiler(name));
}

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
#[cfg_attr(
    not(is_root),
    ignore = "only root, with setpriv, can be root and somebody else"
)]
fn landlock_holds_them_as_root() {
    suite("landlock", Who::Root, |name| !is_for_the_compiler(name));
}

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn landlock_holds_them_as_a_user() {
    suite("landlock", Who::User, |name| !is_for_the_compiler(name));
}

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
#[cfg_attr(
    not(is_root),
    ignore = "only root, with setpriv, has a user whose threads are all of this test"
)]
fn a_users_thread_bomb_leaves_numbers_for_others() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let is_over = AtomicBool::new(false);
    let most = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = 0;
            while !is_over.load(Ordering::Relaxed) {
                most = most.max(threads_of(USER));
                std::thread::sleep(Duration::from_millis(2));
            }
            most
        });
        suite_in_turn("landlock", Who::User, |name| name == "thread-bomb-raw");
        is_over.store(true, Ordering::Relaxed);
        watcher.join().expect("no panic")
    });
    // 256 are allowed to a run; the bomb was seen, and is far from all numbers of a machine.
    assert!((256..3000).contains(&most), "{most} threads");
}

#[test]
fn without_walls_they_get_there() {
    suite("none", Who::User, |name| !is_for_the_compiler(name));
}

#[test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
fn what_is_too_much_for_the_compiler_is_ended() {
    let who = if is_root() { Who::Root } else { Who::User };
    suite("strict", who, is_for_the_compiler);
}

/// Good ones and hostile ones of each kind, which have one verdict each.
const MIXED: [&str; 15] = [
    "honest",
    "honest",
    "honest",
    "honest",
    "honest",
    "heap-bomb",
    "goroutine-bomb",
    "disk-fill",
    "inode-fill",
    "output-both",
    "kills-everybody",
    "crash-segv",
    "left-deep",
    "host-files",
    "init-exit",
];
/// How many gradings a soak is.
const SOAK: usize = 150;

#[test]
#[cfg_attr(
    not(has_landlock),
    ignore = "this kernel has no Landlock, or it is switched off"
)]
fn many_side_by_side_are_graded_as_one_at_a_time() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let who = if is_root() { Who::Root } else { Who::User };
    let ground = Ground::prepare(who);
    let host = Host::set_up(who);
    let source = host.source(&ground.cache());
    let alone = ground.path("alone");
    let together = ground.path("together");
    let closed = submissions("closed");
    for number in 0..SOAK {
        let name = MIXED[number % MIXED.len()];
        let (from, _) = &closed[name];
        if number < MIXED.len() {
            hand_in(from, &source, &alone.join(name));
        }
        let to = together.join(format!("{number:03}-{name}"));
        hand_in(from, &source, &to);
        // Each is built anew.
        fs::write(
            to.join("number.go"),
            format!("package attack\n\n// {number}\n"),
        )
        .expect("a file");
    }
    let arguments = |jobs| ["--exercise", "closed", "--sandbox", "auto", "--jobs", jobs];
    let one_at_a_time = grade(&ground, &host, &arguments("1"), &alone);
    let expected: BTreeMap<&str, &str> = one_at_a_time.submissions.iter().map(verdict).collect();
    let four_at_a_time = grade(&ground, &host, &arguments("4"), &together);
    assert_eq!(four_at_a_time.submissions.len(), SOAK);
    let mut faults = [one_at_a_time.faults, four_at_a_time.faults].concat();
    for submission in &four_at_a_time.submissions {
        let (name, verdict) = verdict(submission);
        let kind = &name[4..];
        if expected[kind] != verdict {
            let words = words(submission);
            faults.push(format!(
                "{name} is {verdict}, not {}:\n{words}",
                expected[kind]
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
