//! Archives that no honest tool writes.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};

use proptest::prelude::*;
use tar::{EntryType, Header};
use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;

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
fn a_zip_of_a_rare_compression_is_refused() {
    let desk = Desk::new();
    let mut bytes = fs::read(desk.zip(&[("pool.go", GO)])).expect("a zip");
    // 12 is bzip2: the method lies 8 bytes into the local header and 10 into the entry of the directory.
    bytes[8] = 12;
    let entry = bytes
        .windows(4)
        .position(|four| four == b"PK\x01\x02")
        .expect("an entry");
    bytes[entry + 10] = 12;
    insta::assert_snapshot!(refused(&desk.put("alice.zip", bytes)), @r#""pool.go" is compressed in a way that gavel doesn't know; pack it again as an ordinary .zip or .tar.gz"#);
}

/// A stream of 64 MiB of zeros behind one header that claims much more.
fn bomb(name: &str, entry_type: EntryType) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path(name).expect("a name");
    header.set_size(10 << 30);
    header.set_entry_type(entry_type);
    header.set_cksum();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(header.as_bytes()).expect("a header");
    io::copy(&mut io::repeat(0).take(64 << 20), &mut encoder).expect("zeros");
    encoder.finish().expect("a stream")
}

#[test]
fn a_bomb_ends_early() {
    let desk = Desk::new();
    let path = desk.put("a.tar.gz", bomb("zeros.bin", EntryType::Regular));
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "zeros.bin"); hand in the source alone, without anything that was built"#);

    // What is passed over in silence is bounded too, and so is a name that goes on for ever.
    let path = desk.put("b.tar.gz", bomb(".git/zeros", EntryType::Regular));
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "the archive"); hand in the source alone, without anything that was built"#);
    let path = desk.put("b.tar.gz", bomb("x", EntryType::GNULongName));
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "the archive"); hand in the source alone, without anything that was built"#);

    let path = desk.path("c.zip");
    let mut writer = ZipWriter::new(File::create(&path).expect("a file"));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    writer.start_file("zeros.bin", options).expect("an entry");
    io::copy(&mut io::repeat(0).take(64 << 20), &mut writer).expect("zeros");
    writer.finish().expect("an archive");
    insta::assert_snapshot!(refused(&path), @r#"it is larger than 16 MiB when unpacked (reached in "zeros.bin"); hand in the source alone, without anything that was built"#);

    let path = desk.path("d.zip");
    File::create(&path)
        .and_then(|mut file| {
            file.write_all(b"PK\x03\x04")?;
            file.set_len((16 << 20) + 1)
        })
        .expect("a file");
    insta::assert_snapshot!(refused(&path), @"the archive is larger than 16 MiB; hand in the source alone");

    let path = desk.put("e.zip", b"PK\x01\x02".repeat(20_001));
    insta::assert_snapshot!(refused(&path), @"it holds more than 2000 files and folders; hand in the source alone");
}

#[test]
fn what_a_mac_adds_is_passed_over() {
    let desk = Desk::new();
    let regular = |name| (name, EntryType::Regular, b"\0\x05\x16\x07".to_vec());
    let path = desk.tar_gz(vec![
        ("./", EntryType::Directory, Vec::new()),
        regular("./._pool.go"),
        ("./pool.go", EntryType::Regular, GO.to_vec()),
        regular("./.DS_Store"),
        regular("./__MACOSX/pool.go"),
    ]);
    let collected = collected(&path);
    assert_eq!(names(&collected.files), ["pool.go"]);
    assert!(collected.ignored_files.is_empty());
}

#[test]
fn long_names_are_read_however_they_are_written() {
    let desk = Desk::new();
    let long = format!("{}/pool.go", "folder-of-a-long-name".repeat(8));
    let mut builder = tar::Builder::new(Vec::new());
    for name in [long.as_str(), "main.go"] {
        let mut header = Header::new_gnu();
        header.set_size(GO.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, GO)
            .expect("an entry");
    }
    let path = desk.put("a.tar", builder.into_inner().expect("an archive"));
    assert_eq!(names(&collected(&path).files), [long.as_str(), "main.go"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is done to an archive, it is taken or refused; nothing panics.
    #[test]
    fn a_garbled_archive_is_taken_or_refused(
        kind in 0..3_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        length in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let desk = Desk::new();
        let zip = fs::read(desk.zip(&[("a/pool.go", GO), ("a/help.go", b"package help")])).expect("a zip");
        let tar = tar_of(vec![("a/pool.go", EntryType::Regular, GO.to_vec())]);
        let (name, mut bytes) = match kind {
            0 => ("x.zip", zip),
            1 => ("x.tar", tar),
            _ => ("x.tgz", gzip(&tar)),
        };
        for (index, byte) in changes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        if let Ok(collected) = collect(&desk.put(name, bytes), &exercise()) {
            prop_assert!(!collected.files.is_empty());
        }
    }
}
