//! `gavel new`: what it makes is good as soon as its blanks are filled in.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use walkdir::WalkDir;

use crate::support::{gavel, text};

const KINDS: [&str; 6] = ["implement", "fix", "predict", "test", "optimise", "service"];

fn begin(catalog: &Path, name: &str, kind: &str) -> String {
    let new = ["new", name, "--kind", kind, "--catalog", text(catalog)];
    gavel(&new).run().ends_with(0).stdout
}

/// Writes something in each place where there is a blank; says how many there were.
fn fill_in(folder: &Path) -> usize {
    let mut count = 0;
    for entry in WalkDir::new(folder) {
        let entry = entry.expect("an entry");
        if !entry.file_type().is_file() {
            continue;
        }
        let text = fs::read_to_string(entry.path()).expect("a file");
        let blanks = text.matches("BLANK: ").count();
        if blanks > 0 {
            fs::write(entry.path(), text.replace("BLANK: ", "")).expect("written");
        }
        count += blanks;
    }
    count
}

#[test]
fn what_is_begun_is_proven_once_its_blanks_are_filled() {
    let catalog = TempDir::new().expect("a folder");
    for kind in KINDS {
        begin(catalog.path(), &format!("interview/of-{kind}"), kind);
    }
    let verify = ["verify", "--catalog", text(catalog.path())];
    let predict = [&verify[..], &["interview/of-predict"]].concat();
    let said = gavel(&predict).run().ends_with(1).stdout;
    for blank in [
        "exercise.toml: summary: still a blank: one sentence on what is built.",
        "README.md:3: still a blank: what this is about",
        "expected/explanation.md:1: still a blank: why it prints that",
        "1 exercise: 4 solutions graded, 6 problems",
    ] {
        assert!(said.contains(blank), "no {blank:?} in:\n{said}");
    }
    assert!(fill_in(catalog.path()) >= 5 * KINDS.len());
    let said = gavel(&verify).run().ends_with(0).stdout;
    assert!(said.contains("6 exercises"), "{said}");
}

#[test]
fn the_next_steps_are_said_as_a_shell_takes_them() {
    let above = TempDir::new().expect("a folder");
    let catalog = above.path().join("our exercises");
    let said = begin(&catalog, "interview/select", "implement");
    let verify = format!(
        "gavel verify --catalog '{}' interview/select",
        text(&catalog)
    );
    assert!(said.contains(&verify), "{said}");
    let module = catalog.join("interview/select/starter/go.mod");
    let module = fs::read_to_string(module).expect("go.mod");
    assert!(module.starts_with("module theselect\n"), "{module}");
}

#[test]
fn nothing_is_written_over_and_bad_names_are_explained() {
    let catalog = TempDir::new().expect("a folder");
    begin(catalog.path(), "interview/pool", "fix");
    let statement = catalog.path().join("interview/pool/README.md");
    fs::write(&statement, "mine").expect("written");
    let new = |name| {
        let ran = gavel(&["new", name, "--catalog", text(catalog.path())]).run();
        ran.ends_with(2).stderr
    };
    let said = new("interview/pool");
    assert!(said.contains("interview/pool is there already"), "{said}");
    assert_eq!(fs::read_to_string(&statement).expect("a file"), "mine");
    for name in [
        "pool",
        "interview/Pool",
        "../pool",
        "interview/a/b",
        "/pool",
    ] {
        let said = new(name);
        assert!(said.contains("write area/slug"), "{name}: {said}");
    }
    let areas = fs::read_dir(catalog.path()).expect("a folder").count();
    let exercises = fs::read_dir(catalog.path().join("interview"))
        .expect("a folder")
        .count();
    assert_eq!((areas, exercises), (1, 1));
}
