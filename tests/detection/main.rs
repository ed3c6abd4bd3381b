//! Bug kernels: each fault is found and called by its name within the stress of its check, and no fixed twin is accused.
//!
//! A test binary of its own, so that nothing else runs beside it: how often chance shows a rare schedule depends on the load.

use std::collections::BTreeSet;
use std::fs;

use gavel::model::Verdict;
use serde_json::Value;

#[path = "../it/support/kernels.rs"]
mod kernels;
#[expect(
    dead_code,
    reason = "not all of what the other tests need is needed here"
)]
#[path = "../it/support/mod.rs"]
mod support;

use kernels::{Kernel, buggy, catalog, each, fixed, groups, kernels};
use support::{gavel, grade_json, text};

/// How many of the faults chance may hide: those that need a rare schedule are not all found in every grading.
const HIDDEN_BY_CHANCE: usize = 2;

/// The one submission in the report on a group's folder.
fn grade(group: &str, folder: &std::path::Path, code: i32) -> Value {
    let exercise = format!("kernels/{group}");
    let report = grade_json(
        &[
            text(folder),
            "--catalog",
            text(&catalog()),
            "--exercise",
            &exercise,
        ],
        code,
    );
    report["submissions"][0].clone()
}

fn check<'a>(submission: &'a Value, id: &str) -> &'a Value {
    each(&submission["checks"])
        .find(|check| check["id"] == id)
        .unwrap_or_else(|| panic!("no check {id} in:\n{submission:#}"))
}

#[test]
fn the_list_of_kernels_is_sound() {
    let kernels = kernels();
    let mut names = BTreeSet::new();
    for kernel in &kernels {
        let name = &kernel.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(!kernel.verdict.texts().is_empty(), "{name} has no verdict");
        for verdict in kernel.verdict.texts() {
            let is_one = Verdict::ALL.iter().any(|one| one.name() == verdict);
            assert!(is_one, "{name}: {verdict} is no verdict");
        }
        let twin = fs::read_to_string(fixed(&kernel.group).join(&kernel.file)).expect("a twin");
        assert_ne!(kernel.buggy_source(), twin, "{name} is its own twin");
        assert!(
            kernel.at.texts().is_empty() || !kernel.label.texts().is_empty(),
            "{name} has a place without a label"
        );
        let tests = kernel.file.replace(".go", "_test.go");
        let tests = fixed(&kernel.group).with_file_name("hidden").join(tests);
        let tests = fs::read_to_string(tests).expect("a test");
        let declaration = format!("func {}(t *testing.T) {{", kernel.test);
        assert!(tests.contains(&declaration), "{name} has no {declaration}");
        for entry in kernel.at.texts() {
            let lines = kernel.lines_at(entry);
            assert!(!lines.is_empty(), "{name}: no line is {entry:?}");
            assert!(
                lines.len() == 1 || entry.contains(" > "),
                "{name}: several lines are {entry:?}"
            );
        }
    }
    for group in groups(&kernels) {
        let listed = |pick: fn(&Kernel) -> &String| -> BTreeSet<String> {
            let of_group = kernels.iter().filter(|kernel| kernel.group == group);
            of_group.map(|kernel| pick(kernel).clone()).collect()
        };
        for folder in [buggy(group), fixed(group)] {
            let files: BTreeSet<String> = fs::read_dir(&folder)
                .expect("a folder of kernels")
                .map(|entry| text(entry.expect("an entry").file_name().as_ref()).to_owned())
                .collect();
            assert_eq!(files, listed(|kernel| &kernel.file), "{}", folder.display());
        }
        let exercise = format!("kernels/{group}");
        let arguments = ["show", &exercise, "--format", "json"];
        let shown = gavel(&[&arguments[..], &["--catalog", text(&catalog())]].concat())
            .run()
            .ends_with(0)
            .json();
        let checks: BTreeSet<String> = each(&shown["checks"])
            .filter_map(|check| check["id"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(checks, listed(|kernel| &kernel.check), "{group}");
    }
}

#[test]
fn every_fault_is_found_and_called_by_its_name() {
    let kernels = kernels();
    let mut faults = Vec::new();
    let mut hidden = Vec::new();
    for group in groups(&kernels) {
        let submission = grade(group, &buggy(group), 1);
        for kernel in kernels.iter().filter(|kernel| kernel.group == group) {
            let check = check(&submission, &kernel.check);
            let seen = kernel.seen_in(check);
            if seen.has_right_verdict(kernel) && seen.is_called_by_its_name && seen.is_line_named {
                continue;
            }
            if check["outcome"] == "passed" {
                hidden.push(&kernel.name);
                continue;
            }
            faults.push(format!(
                "{group}/{}: {} of {} runs failed, verdict {:?} of {:?}, labels {:?} of {:?}, line named: {}\n{:#}",
                kernel.name,
                seen.failed,
                seen.runs,
                seen.verdict.map(Verdict::name),
                kernel.verdict.texts(),
                seen.labels,
                kernel.label.texts(),
                seen.is_line_named,
                check["findings"],
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(hidden.len() <= HIDDEN_BY_CHANCE, "not found: {hidden:?}");
}

#[test]
fn no_fixed_twin_is_accused() {
    for group in groups(&kernels()) {
        let submission = grade(group, &fixed(group), 0);
        assert_eq!(submission["verdict"], "accepted", "{submission:#}");
    }
}
