//! Wrong input: each a clear error with its exit code, nothing lost, nothing left behind.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::TempDir;

use crate::support::{folder_of, gavel, text};

const EXERCISE: [&str; 2] = ["--exercise", "worker-pool"];

/// Grades a submission of the worker pool and expects it to be refused with these words.
#[track_caller]
fn refused(path: &Path, words: &[&str]) {
    let all = [&["grade"], &EXERCISE[..], &[text(path)]].concat();
    let ran = gavel(&all).run().ends_with(2);
    ran.complains_of(words);
}

fn zip_of(path: &Path, entries: &[(&str, &[u8])]) {
    let mut archive = zip::ZipWriter::new(fs::File::create(path).expect("a file"));
    for (name, bytes) in entries {
        archive
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .expect("an entry");
        archive.write_all(bytes).expect("its bytes");
    }
    archive.finish().expect("an archive");
}

#[test]
fn an_unreadable_archive() {
    let folder = TempDir::new().expect("a folder");
    for name in ["broken.zip", "broken.tar.gz"] {
        let path = folder.path().join(name);
        fs::write(&path, b"PK\x03\x04 this is no archive").expect("a file");
        refused(&path, &[name]);
    }
}

#[test]
fn an_archive_that_climbs_out() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("climbs.zip");
    zip_of(
        &path,
        &[
            ("workerpool.go", b"package workerpool\n"),
            ("../../evil.go", b"package evil\n"),
        ],
    );
    refused(&path, &["evil.go"]);
}

#[test]
fn a_link() {
    let folder = folder_of(&[("workerpool.go", "package workerpool\n")]);
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("passwd.go")).expect("a link");
    refused(folder.path(), &["passwd.go", "link"]);
}

#[test]
fn a_fifo_is_not_waited_for() {
    let folder = folder_of(&[("workerpool.go", "package workerpool\n")]);
    nix::unistd::mkfifo(
        &folder.path().join("pipe.go"),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .expect("a FIFO");
    refused(folder.path(), &["pipe.go"]);
}

/// Ten gigabytes of zeros in ten megabytes: members of gzip that follow each other are one stream.
#[test]
fn an_archive_that_unpacks_to_ten_gigabytes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("bomb.tar.gz");
    let mut header = tar::Header::new_gnu();
    header.set_path("workerpool.go").expect("a path");
    header.set_size(10 << 30);
    header.set_mode(0o644);
    header.set_cksum();
    let member = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("bytes");
        encoder.finish().expect("a member")
    };
    let zeros = member(&vec![0; 64 << 20]);
    let mut bomb = member(header.as_bytes());
    for _ in 0..160 {
        bomb.extend_from_slice(&zeros);
    }
    fs::write(&path, bomb).expect("a file");
    let started = std::time::Instant::now();
    refused(&path, &["bomb.tar.gz"]);
    assert!(started.elapsed().as_secs() < 30, "it read on and on");
}

#[test]
fn a_file_of_nul_bytes() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("workerpool.go");
    fs::write(&path, [0_u8; 4096]).expect("a file");
    refused(&path, &["workerpool.go", "NUL"]);
    refused(folder.path(), &["workerpool.go", "NUL"]);
}

#[test]
fn nothing_that_counts() {
    let folder = folder_of(&[("go.mod", "module workerpool\n"), ("notes.txt", "hello\n")]);
    refused(folder.path(), &["no file that counts", "**/*.go"]);
}

#[test]
fn a_path_that_is_not_there() {
    let ran = gavel(&["grade", "no/such/place"]).run().ends_with(2);
    ran.complains_of(&["no/such/place"]);
}

#[test]
fn an_unknown_exercise() {
    let ran = gavel(&[
        "grade",
        "--exercise",
        "worker-pol",
        "fixtures/samples/worker-pool",
    ])
    .run()
    .ends_with(2);
    ran.complains_of(&["worker-pol", "concurrency/worker-pool"]);
}

#[test]
fn two_opinions_on_the_exercise() {
    let ran = gavel(&[
        "grade",
        "--exercise",
        "log-report",
        "fixtures/samples/worker-pool",
    ])
    .run()
    .ends_with(2);
    ran.complains_of(&["programs/log-report", "concurrency/worker-pool"]);
}

#[test]
fn one_bad_submission_does_not_cost_the_others() {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("good")).expect("a folder");
    let reference =
        fs::read("fixtures/catalogs/small/basics/three-functions/reference/functions.go")
            .expect("the reference");
    fs::write(folder.path().join("good/functions.go"), reference).expect("a file");
    fs::write(folder.path().join("bad.zip"), b"no archive").expect("a file");
    let ran = gavel(&[
        "grade",
        "--catalog",
        "fixtures/catalogs/small",
        "--exercise",
        "three-functions",
        "--report",
        "json",
        text(folder.path()),
    ])
    .run()
    .ends_with(2);
    let report = ran.json();
    assert_eq!(report["submissions"][0]["verdict"], "accepted");
    assert_eq!(report["refused"].as_array().map(Vec::len), Some(1));
    ran.complains_of(&["bad.zip"]);
}

#[test]
fn wrong_arguments() {
    for arguments in [
        &["grade"][..],
        &["grade", "--pass-mark", "101", "x"],
        &["grade", "--jobs", "0", "x"],
        &["grade", "--report", "xml", "x"],
        &[
            "grade",
            "--report",
            "json=/no/such/folder/report.json",
            "fixtures/samples/worker-pool",
        ],
        &[
            "grade",
            "--report",
            "json",
            "--report",
            "junit",
            "fixtures/samples/worker-pool",
        ],
        &["frobnicate"],
        &["show", "nothing-like-it"],
        &["list", "--catalog", "/no/such/catalog"],
    ] {
        let ran = gavel(arguments).run().ends_with(2);
        assert!(
            ran.stdout.is_empty(),
            "{arguments:?} prints on standard output: {}",
            ran.stdout
        );
        assert!(!ran.stderr.is_empty(), "{arguments:?} says nothing");
    }
}
