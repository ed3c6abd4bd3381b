//! What is taken and what is refused, with the words that a candidate's grader reads.

mod archives;
mod choice;

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::model::{
    Difficulty, ExerciseId, FileSet, Kind, Limits, Policy, ProjectFile, Submission, Version,
};

fn file_set(files: &[(&str, &str)]) -> FileSet {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), ProjectFile::new(*text)))
        .collect()
}

/// An exercise with one stub, a visible test, a golden file and a hidden test.
pub(in crate::submission) fn exercise() -> Exercise {
    Exercise {
        id: ExerciseId {
            area: "concurrency".into(),
            slug: "worker-pool".into(),
        },
        version: Version("3f9c2a1".repeat(9)),
        title: "Worker pool".into(),
        summary: "Run jobs.".into(),
        kind: Kind::Implement,
        difficulty: Difficulty::Medium,
        minutes: 45,
        topics: Vec::new(),
        trains: Vec::new(),
        hints: Vec::new(),
        submission: Submission {
            files: vec!["**/*.go".into()],
        },
        policy: Policy::default(),
        limits: Limits::default(),
        databases: Vec::new(),
        in_package_tests: false,
        style: crate::model::Style::default(),
        checks: Vec::new(),
        flawed: Vec::new(),
        module: "workerpool".into(),
        go: "1.26".into(),
        requires: Vec::new(),
        statement: String::new(),
        starter: file_set(&[
            ("go.mod", "module workerpool\n"),
            ("pool.go", "stub"),
            ("pool_test.go", "visible test"),
            ("testdata/jobs.txt", "jobs"),
        ]),
        hidden: file_set(&[("rules_test.go", "hidden test")]),
        reference: file_set(&[("pool.go", "model solution")]),
        alternatives: BTreeMap::new(),
        flawed_files: BTreeMap::new(),
        expected: FileSet::new(),
    }
}

/// A temporary directory and what a test puts there.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(TempDir::new().expect("a temporary directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies on the desk")).expect("a folder");
        fs::write(&path, bytes).expect("a file");
        path
    }

    fn zip(&self, entries: &[(&str, &[u8])]) -> PathBuf {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            if name.ends_with('/') {
                writer.add_directory(*name, SimpleFileOptions::default())
            } else {
                writer.start_file(*name, SimpleFileOptions::default())
            }
            .expect("an entry");
            writer.write_all(bytes).expect("its bytes");
        }
        let bytes = writer.finish().expect("an archive").into_inner();
        self.put("alice.zip", bytes)
    }

    fn tar_gz(&self, entries: Vec<(&str, EntryType, Vec<u8>)>) -> PathBuf {
        self.put("alice.tar.gz", gzip(&tar_of(entries)))
    }
}

/// A tar whose names are written raw, since no well-meant writer would write some of them.
fn tar_of(entries: Vec<(&str, EntryType, Vec<u8>)>) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, entry_type, bytes) in entries {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(entry_type);
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        if matches!(entry_type, EntryType::Symlink | EntryType::Link) {
            header.set_link_name("/etc/passwd").expect("a link");
        }
        header.set_cksum();
        builder.append(&header, &*bytes).expect("an entry");
    }
    builder.into_inner().expect("an archive")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("bytes");
    encoder.finish().expect("a stream")
}

fn collected(path: &Path) -> Collected {
    collect(path, &exercise()).expect("it is taken")
}

fn refused(path: &Path) -> String {
    collect(path, &exercise())
        .expect_err("it is refused")
        .to_string()
}

fn names(files: &FileSet) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

/// A Go file that counts.
const GO: &[u8] = b"package workerpool\n";
