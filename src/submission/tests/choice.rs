//! What is taken, and where it goes.

use std::fs;
use std::os::unix::fs::symlink;

use tar::EntryType;

use super::*;
use crate::model::Kind;

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
    insta::assert_snapshot!(refused(&desk.put("notes.md", "")), @r#""notes.md" is no submission: hand in a folder, a .zip, a .tar.gz, or a single .go or .txt file"#);
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
