//! What is taken and what is refused, with the words that a candidate's grader reads.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use tempfile::TempDir;
use zip::CompressionMethod;
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
fn exercise() -> Exercise {
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
        in_package_tests: false,
        checks: Vec::new(),
        flawed: Vec::new(),
        module: "workerpool".into(),
        statement: String::new(),
        starter: file_set(&[
            ("go.mod", "module workerpool\n"),
            ("pool.go", "stub"),
            ("pool_test.go", "visible test"),
            ("testdata/jobs.txt", "jobs"),
        ]),
        hidden: file_set(&[("rules_test.go", "hidden test")]),
        reference: file_set(&[("pool.go", "model solution")]),
        alternatives: std::collections::BTreeMap::new(),
        flawed_files: std::collections::BTreeMap::new(),
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

const GO: &[u8] = b"package workerpool\n";

#[test]
fn a_folder_a_zip_and_a_tar_give_the_same() {
    let desk = Desk::new();
    let entries: [(&str, &[u8]); 7] = [
        ("pool.go", GO),
        ("inner/help.go", GO),
        ("pool_test.go", GO),
        ("go.mod", b"module evil\n"),
        ("README.md", b"notes"),
        (".git/config", b"litter"),
        (
            "gavel-task.toml",
            b"exercise = \"concurrency/worker-pool\"\n",
        ),
    ];
    for (name, bytes) in entries {
        desk.put(&format!("alice/{name}"), bytes);
    }
    let nested: Vec<(String, &[u8])> = entries
        .iter()
        .map(|(name, bytes)| (format!("alice-worker-pool/{name}"), *bytes))
        .collect();
    let nested: Vec<(&str, &[u8])> = nested
        .iter()
        .map(|(name, bytes)| (&**name, *bytes))
        .collect();
    let regular =
        |(name, bytes): &(&'static str, &[u8])| (*name, EntryType::Regular, bytes.to_vec());
    let tar = desk.tar_gz(entries.iter().map(regular).collect());
    let plain = desk.put("bob.tar", tar_of(entries.iter().map(regular).collect()));
    // A browser that unpacks on the way leaves the name as it was.
    let renamed = desk.put("carol.tar.gz", fs::read(&plain).expect("a tar"));
    let folder = collected(&desk.path("alice"));
    assert_eq!(names(&folder.files), ["inner/help.go", "pool.go"]);
    assert_eq!(
        folder.ignored_files,
        ["README.md", "go.mod", "pool_test.go"]
    );
    assert_eq!(folder.extent, Extent::Complete);
    for archive in [desk.zip(&nested), tar, plain, renamed] {
        let archive = collected(&archive);
        assert_eq!(archive.files, folder.files);
        assert_eq!(archive.ignored_files, folder.ignored_files);
        assert_eq!(archive.digest, folder.digest);
    }
}

#[test]
fn links_and_devices_are_refused_and_never_opened() {
    let desk = Desk::new();
    desk.put("a/pool.go", GO);
    symlink("/etc/passwd", desk.path("a/secret.txt")).expect("a link");
    insta::assert_snapshot!(refused(&desk.path("a")), @r#""secret.txt" is a symbolic link, which a submission may not hold; put a copy in its place"#);

    desk.put("b/pool.go", GO);
    symlink("/etc", desk.path("b/etc")).expect("a link");
    insta::assert_snapshot!(refused(&desk.path("b")), @r#""etc" is a symbolic link, which a submission may not hold; put a copy in its place"#);

    let original = desk.put("c/pool.go", GO);
    fs::hard_link(original, desk.path("elsewhere.go")).expect("a link");
    insta::assert_snapshot!(refused(&desk.path("c")), @r#""pool.go" is a hard link, which a submission may not hold; put a copy in its place"#);
    insta::assert_snapshot!(refused(&desk.path("elsewhere.go")), @r#""elsewhere.go" is a hard link, which a submission may not hold; put a copy in its place"#);

    desk.put("d/pool.go", GO);
    let mode = nix::sys::stat::Mode::S_IRUSR;
    nix::unistd::mkfifo(&desk.path("d/pipe.go"), mode).expect("a FIFO");
    insta::assert_snapshot!(refused(&desk.path("d")), @r#""pipe.go" is a FIFO, but a submission holds only files and folders; remove it"#);
    insta::assert_snapshot!(refused(&desk.path("d/pipe.go")), @r#""pipe.go" is a FIFO, but a submission holds only files and folders; remove it"#);

    symlink(desk.path("a"), desk.path("link")).expect("a link");
    insta::assert_snapshot!(refused(&desk.path("link")), @r#""link" is a symbolic link, which a submission may not hold; put a copy in its place"#);
}

#[test]
fn tar_entries_that_are_no_files_are_refused() {
    let refused_tar = |name: &str, entry_type| {
        let desk = Desk::new();
        refused(&desk.tar_gz(vec![
            ("pool.go", EntryType::Regular, GO.to_vec()),
            (name, entry_type, Vec::new()),
        ]))
    };
    insta::assert_snapshot!(refused_tar("a.go", EntryType::Symlink), @r#""a.go" is a symbolic link, which a submission may not hold; put a copy in its place"#);
    insta::assert_snapshot!(refused_tar("a.go", EntryType::Link), @r#""a.go" is a hard link, which a submission may not hold; put a copy in its place"#);
    insta::assert_snapshot!(refused_tar("a.go", EntryType::Fifo), @r#""a.go" is a FIFO, but a submission holds only files and folders; remove it"#);
    insta::assert_snapshot!(refused_tar("a.go", EntryType::Char), @r#""a.go" is a device, but a submission holds only files and folders; remove it"#);
    insta::assert_snapshot!(refused_tar("../a.go", EntryType::Regular), @r#"the name "../a.go" climbs out of the submission; rename it"#);
    insta::assert_snapshot!(refused_tar("/a.go", EntryType::Regular), @r#"the name "/a.go" is an absolute path; rename it"#);
    insta::assert_snapshot!(refused_tar("pool.go", EntryType::Regular), @r#""pool.go" is in the archive twice; pack it again"#);
    insta::assert_snapshot!(refused_tar("Pool.go", EntryType::Regular), @r#""pool.go" and "Pool.go" are the same name on many file systems; rename one"#);
    insta::assert_snapshot!(refused_tar("pool.go/a.go", EntryType::Regular), @r#""pool.go" is both a file and a folder; pack it again"#);
}

#[test]
fn zip_entries_that_are_no_files_are_refused() {
    let with_mode = |mode: u32| {
        let desk = Desk::new();
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        writer
            .start_file("a.go", SimpleFileOptions::default())
            .expect("an entry");
        writer.write_all(b"/etc/passwd").expect("its bytes");
        let mut bytes = writer.finish().expect("an archive").into_inner();
        // The mode lies 38 bytes into the entry of the directory, in the upper half of the attributes.
        let entry = bytes
            .windows(4)
            .position(|four| four == b"PK\x01\x02")
            .expect("an entry");
        bytes[entry + 38..entry + 42].copy_from_slice(&(mode << 16).to_le_bytes());
        refused(&desk.put("alice.zip", bytes))
    };
    insta::assert_snapshot!(with_mode(0o120_777), @r#""a.go" is a symbolic link, which a submission may not hold; put a copy in its place"#);
    insta::assert_snapshot!(with_mode(0o010_644), @r#""a.go" is a device or the like, but a submission holds only files and folders; remove it"#);
    insta::assert_snapshot!(with_mode(0o140_644), @r#""a.go" is a device or the like, but a submission holds only files and folders; remove it"#);

    let zip = |entries: &[(&str, &[u8])]| refused(&Desk::new().zip(entries));
    insta::assert_snapshot!(zip(&[("../a.go", GO)]), @r#"the name "../a.go" climbs out of the submission; rename it"#);
    insta::assert_snapshot!(zip(&[("a\\b.go", GO)]), @r#"the name "a\\b.go" has a backslash; rename it"#);
    insta::assert_snapshot!(zip(&[("C:/b.go", GO)]), @r#"the name "C:/b.go" begins with a drive letter; rename it"#);
    insta::assert_snapshot!(zip(&[("a.go", GO), ("A.go", GO)]), @r#""a.go" and "A.go" are the same name on many file systems; rename one"#);
    insta::assert_snapshot!(zip(&[("x/a.go", GO), ("X/b.go", GO)]), @r#""x" and "X" are the same name on many file systems; rename one"#);
}

#[test]
fn an_encrypted_zip_is_refused() {
    let desk = Desk::new();
    let path = desk.zip(&[("pool.go", GO)]);
    let mut bytes = fs::read(&path).expect("a zip");
    // Bit 0 of the flags says encrypted, in the local header and in the directory.
    bytes[6] |= 1;
    let entry = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .expect("an entry");
    bytes[entry + 8] |= 1;
    insta::assert_snapshot!(refused(&desk.put("alice.zip", bytes)), @r#""pool.go" is encrypted; pack it again without a password"#);
}

#[test]
fn damaged_archives_are_refused() {
    let desk = Desk::new();
    let big: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    let zip = fs::read(desk.zip(&[("pool.go", GO), ("big.bin", &big)])).expect("a zip");
    let entries = || {
        vec![
            ("pool.go", EntryType::Regular, GO.to_vec()),
            ("big.bin", EntryType::Regular, big.clone()),
        ]
    };
    let tar = tar_of(entries());
    let packed = gzip(&tar);
    let mut wrong_checksum = packed.clone();
    let at = wrong_checksum.len() - 6;
    wrong_checksum[at] ^= 1;
    for (name, bytes) in [
        ("a.zip", &zip[..zip.len() / 2]),
        ("b.zip", b"PK\x03\x04 and then nothing of sense"),
        ("c.zip", b""),
        ("d.tar.gz", &packed[..packed.len() / 2]),
        ("e.tar.gz", &packed[..packed.len() - 4]),
        ("f.tar.gz", &wrong_checksum),
        ("g.tar.gz", b"\x1f\x8b and then nothing of sense"),
        ("h.tar", &tar[..tar.len() / 2]),
        ("i.tar", &tar[..tar.len() - 1024]),
        ("j.tar", &tar[..100]),
        ("k.tar", &[7; 2000]),
    ] {
        let error = collect(&desk.put(name, bytes), &exercise()).expect_err(name);
        assert!(
            matches!(error, SubmissionError::Damaged { .. }),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn a_bomb_ends_fast() {
    let desk = Desk::new();
    let begun = Instant::now();

    let mut header = Header::new_ustar();
    header.set_path("zeros.bin").expect("a name");
    header.set_size(10 << 30);
    header.set_entry_type(EntryType::Regular);
    header.set_cksum();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(header.as_bytes()).expect("a header");
    io::copy(&mut io::repeat(0).take(64 << 20), &mut encoder).expect("zeros");
    let path = desk.put("bomb.tar.gz", encoder.finish().expect("a stream"));
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "zeros.bin"); hand in the source alone, without anything that was built"#);

    // What is passed over in silence is bounded too, and so is a name that goes on for ever.
    for entry_type in [EntryType::Regular, EntryType::GNULongName] {
        let mut header = Header::new_gnu();
        header.set_path(".git/zeros").expect("a name");
        header.set_size(10 << 30);
        header.set_entry_type(entry_type);
        header.set_cksum();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(header.as_bytes()).expect("a header");
        io::copy(&mut io::repeat(0).take(64 << 20), &mut encoder).expect("zeros");
        let path = desk.put("bomb.tar.gz", encoder.finish().expect("a stream"));
        assert!(refused(&path).starts_with("it is larger than 16 MiB when unpacked"));
    }

    let path = desk.path("bomb.zip");
    let mut writer = ZipWriter::new(File::create(&path).expect("a file"));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("zeros.bin", options).expect("an entry");
    io::copy(&mut io::repeat(0).take(64 << 20), &mut writer).expect("zeros");
    writer.finish().expect("an archive");
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "zeros.bin"); hand in the source alone, without anything that was built"#);
    println!("{:?}", begun.elapsed());
}

#[test]
fn there_are_limits_to_files_and_folders() {
    let desk = Desk::new();
    desk.put("large/pool.go", vec![b' '; (1 << 20) + 1]);
    insta::assert_snapshot!(refused(&desk.path("large")), @r#""pool.go" is larger than 1 MiB, the most a file of a submission may be"#);

    desk.put("ignored/pool.go", GO);
    desk.put("ignored/notes.pdf", vec![b' '; (1 << 20) + 1]);
    assert_eq!(
        collected(&desk.path("ignored")).ignored_files,
        ["notes.pdf"]
    );

    desk.put("built/pool.go", GO);
    desk.put("built/server", vec![b' '; (16 << 20) + 1]);
    insta::assert_snapshot!(refused(&desk.path("built")), @r#"it is larger than 16 MiB when unpacked (reached in "server"); hand in the source alone, without anything that was built"#);

    for number in 0..2_001 {
        desk.put(&format!("many/{number}.go"), GO);
    }
    insta::assert_snapshot!(refused(&desk.path("many")), @"it holds more than 2000 files and folders; hand in the source alone");

    let deep = format!("deep/{}pool.go", "a/".repeat(32));
    desk.put(&deep, GO);
    assert!(refused(&desk.path("deep")).ends_with("lies more than 32 folders deep; flatten it"));
}

#[test]
fn go_files_must_be_text() {
    let desk = Desk::new();
    desk.put("a/pool.go", b"package a\0");
    insta::assert_snapshot!(refused(&desk.path("a")), @r#""pool.go" is not a Go source file: it has NUL bytes; save it as UTF-8 text"#);
    desk.put("b/pool.go", b"package a // caf\xe9");
    insta::assert_snapshot!(refused(&desk.path("b")), @r#""pool.go" is not a Go source file: it is not UTF-8; save it as UTF-8 text"#);
}

#[test]
fn something_must_count() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).expect("a folder");
    insta::assert_snapshot!(refused(&desk.path("empty")), @"it has no file that counts; the exercise takes **/*.go");
    desk.put("tests/pool_test.go", GO);
    insta::assert_snapshot!(refused(&desk.path("tests")), @r#"it has no file that counts; the exercise takes **/*.go; ignored was "pool_test.go""#);
    desk.put("more/pool_test.go", GO);
    desk.put("more/go.mod", GO);
    insta::assert_snapshot!(refused(&desk.path("more")), @r#"it has no file that counts; the exercise takes **/*.go; ignored were "go.mod" and 1 more"#);
    insta::assert_snapshot!(refused(&desk.put("notes.txt", "")), @r#""notes.txt" is no submission: hand in a folder, a .zip, a .tar.gz, or a single .go file"#);
    assert!(refused(&desk.path("nowhere")).starts_with("there is nothing at "));
}

#[test]
fn tests_count_where_they_are_the_task() {
    let desk = Desk::new();
    desk.put("a/limiter_test.go", GO);
    let exercise = Exercise {
        kind: Kind::Test,
        ..exercise()
    };
    let collected = collect(&desk.path("a"), &exercise).expect("it is taken");
    assert_eq!(names(&collected.files), ["limiter_test.go"]);
}

#[test]
fn a_complete_submission_leaves_no_stub_behind() {
    let exercise = exercise();
    let files = file_set(&[
        ("main.go", "mine"),
        ("go.mod", "mine"),
        ("pool_test.go", "mine"),
    ]);
    let merged = workspace_files(&exercise, &files, &Extent::Complete);
    assert_eq!(
        names(&merged),
        ["go.mod", "main.go", "pool_test.go", "testdata/jobs.txt"]
    );
    assert_eq!(merged["go.mod"], exercise.starter["go.mod"]);
    assert_eq!(merged["pool_test.go"], exercise.starter["pool_test.go"]);
}

#[test]
fn a_single_file_takes_the_place_of_its_namesake() {
    let desk = Desk::new();
    let mut exercise = exercise();
    exercise.starter.extend(file_set(&[
        ("store/store.go", "stub"),
        ("a/doc.go", "a"),
        ("b/doc.go", "b"),
    ]));
    let single = |name: &str, exercise: &Exercise| collect(&desk.put(name, GO), exercise);

    let store = single("store.go", &exercise).expect("it is taken");
    assert_eq!(names(&store.files), ["store/store.go"]);
    let merged = workspace_files(&exercise, &store.files, &store.extent);
    assert_eq!(merged["store/store.go"].bytes, GO);
    assert_eq!(merged["pool.go"].bytes, b"stub");
    assert_eq!(merged.len(), exercise.starter.len());

    let words = |name| {
        single(name, &exercise)
            .expect_err("it is refused")
            .to_string()
    };
    insta::assert_snapshot!(words("doc.go"), @r#"a single "doc.go" could take the place of a/doc.go or b/doc.go; hand in a folder"#);
    insta::assert_snapshot!(words("mine.go"), @r#"a single "mine.go" takes the place of no file of the exercise (a/doc.go, b/doc.go, pool.go, store/store.go); rename it, or hand in a folder"#);
    insta::assert_snapshot!(words("pool_test.go"), @r#"a single "pool_test.go" takes the place of no file of the exercise (a/doc.go, b/doc.go, pool.go, store/store.go); rename it, or hand in a folder"#);
}

#[test]
fn a_single_file_of_any_name_takes_the_place_of_the_only_stub() {
    let desk = Desk::new();
    let exercise = exercise();
    let alice = collect(&desk.put("alice.go", GO), &exercise).expect("it is taken");
    assert_eq!(
        alice.extent,
        Extent::SingleFile {
            replaces: Some("pool.go".into())
        }
    );
    let merged = workspace_files(&exercise, &alice.files, &alice.extent);
    assert_eq!(
        names(&merged),
        ["alice.go", "go.mod", "pool_test.go", "testdata/jobs.txt"]
    );
    insta::assert_snapshot!(refused(&desk.put("pool_test.go", GO)), @r#"it has no file that counts; the exercise takes **/*.go; ignored was "pool_test.go""#);
}

#[test]
fn no_file_stands_in_the_way_of_the_exercise() {
    let desk = Desk::new();
    let mut exercise = exercise();
    exercise.starter.extend(file_set(&[
        ("data", "a file"),
        ("table.go/rows.txt", "a row"),
    ]));
    desk.put("a/data/pool.go", GO);
    desk.put("a/pool.go", GO);
    let words = |name: &str| {
        collect(&desk.path(name), &exercise)
            .expect_err("it is refused")
            .to_string()
    };
    insta::assert_snapshot!(words("a"), @r#""data/pool.go" stands in the way of one of the exercise's own files; rename it"#);
    desk.put("b/table.go", GO);
    insta::assert_snapshot!(words("b"), @r#""table.go" stands in the way of one of the exercise's own files; rename it"#);
}

#[test]
fn a_folder_that_belongs_to_the_exercise_is_not_entered() {
    let desk = Desk::new();
    desk.put("a/internal/x.go", GO);
    assert_eq!(names(&collected(&desk.path("a")).files), ["internal/x.go"]);
    desk.put("b/one/two/pool.go", GO);
    assert_eq!(names(&collected(&desk.path("b")).files), ["pool.go"]);
    desk.put("c/store/store.go", GO);
    let mut exercise = exercise();
    exercise
        .starter
        .extend(file_set(&[("store/store.go", "stub")]));
    let collected = collect(&desk.path("c"), &exercise).expect("it is taken");
    assert_eq!(names(&collected.files), ["store/store.go"]);
}

#[test]
fn the_marker_lies_at_the_root() {
    let desk = Desk::new();
    let marker = "exercise = \"concurrency/worker-pool\"\nversion = \"3f9c2a1\"\n";
    desk.put("a/pool.go", GO);
    desk.put("a/gavel-task.toml", marker);
    let found = read(&desk.path("a")).expect("it is read").marker;
    assert_eq!(
        found.expect("there is one").expect("it is good").exercise,
        "concurrency/worker-pool"
    );
    desk.put("b/x/pool.go", GO);
    desk.put("b/x/gavel-task.toml", marker);
    assert!(read(&desk.path("b")).expect("it is read").marker.is_some());
    desk.put("c/pool.go", GO);
    desk.put("c/x/gavel-task.toml", marker);
    assert!(read(&desk.path("c")).expect("it is read").marker.is_none());
}
