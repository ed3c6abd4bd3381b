//! Has cargo build the crate again when a file is added to the embedded catalog: the embedding macro itself is told
//! only of files that it has already seen. And tells the tests what this machine has, so that those which need what it
//! lacks are ignored, and counted as that.

use std::path::Path;
use std::process::{Command, Stdio};

use landlock::{
    AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated, RulesetStatus,
};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Cargo takes a path that isn't there for one that always changes.
    if Path::new("exercises").is_dir() {
        println!("cargo::rerun-if-changed=exercises");
    }
    for (name, has) in [
        ("has_namespaces", has_namespaces()),
        ("has_landlock", has_landlock()),
        ("has_groups", has_groups()),
        ("is_root", is_root()),
        ("has_redis", has_redis()),
        ("has_postgres", has_postgres()),
    ] {
        println!("cargo::rustc-check-cfg=cfg({name})");
        if has {
            println!("cargo::rustc-cfg={name}");
        }
    }
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

fn has_namespaces() -> bool {
    let namespaces = [
        "--user",
        "--map-root-user",
        "--net",
        "--pid",
        "--fork",
        "--mount-proc",
    ];
    succeeds(Command::new("unshare").args(namespaces).arg("true"))
}

fn has_redis() -> bool {
    let found = "command -v redis-server || command -v valkey-server";
    succeeds(Command::new("sh").args(["-c", found]))
}

fn has_postgres() -> bool {
    let found = "command -v postgres || ls /usr/lib/postgresql/*/bin/postgres || ls /usr/pgsql-*/bin/postgres";
    succeeds(Command::new("sh").args(["-c", found]))
}

fn is_root() -> bool {
    succeeds(Command::new("sh").args(["-c", "test \"$(id -u)\" = 0 && setpriv --version"]))
}

/// Whether whoever builds this may make control groups wherever it likes.
fn has_groups() -> bool {
    let trees = "test -w /sys/fs/cgroup/memory/tasks || test -w /sys/fs/cgroup/cgroup.procs";
    succeeds(Command::new("sh").args(["-c", trees]))
}

fn has_landlock() -> bool {
    let confined = std::thread::spawn(|| {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::MakeBlock)
            .and_then(Ruleset::create)
            .and_then(RulesetCreated::restrict_self)
            .is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
    });
    confined.join().unwrap_or(false)
}
