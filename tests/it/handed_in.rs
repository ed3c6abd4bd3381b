//! What can be handed in, and how it is told which exercise it is for.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{folder_of, gavel, grade_json, text};

const CATALOG: [&str; 2] = ["--catalog", "fixtures/catalogs/small"];

const RIGHT: &str = "package threefunctions\n\nfunc First() int  { return 1 }\nfunc Second() int { return 2 }\nfunc Third() int  { return 3 }\n";

/// Unformatted, and with a thing that vet objects to.
const UNTIDY: &str = "package threefunctions\n\nimport \"fmt\"\n\nfunc First() int { fmt.Printf(\"%d\\n\", \"one\"); return 1 }\nfunc Second() int { return 2 }\nfunc Third() int { return 3 }\n";

fn graded(path: &Path) -> Value {
    let report = grade_json(
        &[&CATALOG[..], &["--exercise", "three-functions", text(path)]].concat(),
        0,
    );
    report["submissions"][0].clone()
}

#[test]
fn folders_files_and_archives_are_graded_alike() {
    let folder = folder_of(&[
        ("handed/functions.go", RIGHT),
        ("handed/notes.md", "notes\n"),
    ]);
    let file = folder.path().join("functions.go");
    fs::write(&file, RIGHT).expect("a file");
    let zip = folder.path().join("functions.zip");
    let mut archive = zip::ZipWriter::new(fs::File::create(&zip).expect("a file"));
    archive
        .start_file(
            "handed/functions.go",
            zip::write::SimpleFileOptions::default(),
        )
        .expect("an entry");
    archive.write_all(RIGHT.as_bytes()).expect("its bytes");
    archive.finish().expect("an archive");
    let tar_gz = folder.path().join("functions.tar.gz");
    let encoder = GzEncoder::new(
        fs::File::create(&tar_gz).expect("a file"),
        Compression::fast(),
    );
    let mut archive = tar::Builder::new(encoder);
    archive
        .append_path_with_name(&file, "functions.go")
        .expect("an entry");
    archive
        .into_inner()
        .expect("an archive")
        .finish()
        .expect("an archive");

    let digest = graded(&file)["digest"].clone();
    for path in [&folder.path().join("handed"), &file, &zip, &tar_gz] {
        let submission = graded(path);
        assert_eq!(submission["verdict"], "accepted", "{}", path.display());
        assert_eq!(submission["digest"], digest, "{}", path.display());
    }
    let ignored = graded(&folder.path().join("handed"))["ignored_files"].clone();
    assert_eq!(ignored, serde_json::json!(["notes.md"]));
}

#[test]
fn a_folder_of_folders_is_a_batch_and_names_say_the_exercise() {
    let folder = folder_of(&[
        ("three-functions/alice/functions.go", RIGHT),
        ("three-functions/bob/functions.go", UNTIDY),
        (
            "own-testmain/answer.go",
            "package owntestmain\n\nfunc Answer() int { return 42 }\n",
        ),
    ]);
    let report = grade_json(&[&CATALOG[..], &[text(folder.path())]].concat(), 0);
    let told: Vec<(&str, &str)> = report["submissions"]
        .as_array()
        .expect("submissions")
        .iter()
        .map(|one| {
            (
                one["name"].as_str().expect("a name"),
                one["exercise"]["id"].as_str().expect("an id"),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("own-testmain", "basics/own-testmain"),
            ("three-functions/alice", "basics/three-functions"),
            ("three-functions/bob", "basics/three-functions"),
        ]
    );
}

#[test]
fn the_graders_own_file_says_the_exercise() {
    let folder = folder_of(&[
        ("gavel.toml", "exercise = \"basics/three-functions\"\n"),
        ("alice/functions.go", RIGHT),
    ]);
    let report = grade_json(&[&CATALOG[..], &[text(folder.path())]].concat(), 0);
    assert_eq!(
        report["submissions"][0]["exercise"]["id"],
        "basics/three-functions"
    );
}

#[test]
fn advice_costs_nothing() {
    let folder = folder_of(&[("functions.go", UNTIDY)]);
    let submission = graded(folder.path());
    let kinds: Vec<&str> = submission["findings"]
        .as_array()
        .expect("findings")
        .iter()
        .filter_map(|finding| finding["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["vet", "format"]);
    assert_eq!(submission["score"]["earned"], 100);
    let shown = gavel(
        &[
            &["grade"],
            &CATALOG[..],
            &["--exercise", "three-functions", text(folder.path())],
        ]
        .concat(),
    )
    .run()
    .ends_with(0)
    .stdout;
    assert!(
        shown.contains("functions.go:5") && shown.contains("gofmt"),
        "{shown}"
    );
}

#[test]
fn a_marker_in_another_version_is_a_warning() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("functions.go"), RIGHT).expect("a file");
    let marker = "exercise = \"basics/three-functions\"\nversion = \"0000000\"\n";
    fs::write(folder.path().join("gavel-task.toml"), marker).expect("a file");
    let ran = gavel(&[&["grade"], &CATALOG[..], &[text(folder.path())]].concat())
        .run()
        .ends_with(0);
    ran.complains_of(&["warning", "0000000"]);
}
