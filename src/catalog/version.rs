//! The digest of everything about an exercise that decides a verdict.
//!
//! The manifest goes in as it was understood, so comments, the order of keys, and defaults written out change nothing.
//! Every piece is preceded by its length, so that no two exercises give the same stream of bytes.

use sha2::{Digest, Sha256};

use crate::manifest::{CheckEntry, CheckEntryKind, FlawedEntry, Located, Manifest};
use crate::model::{FileSet, Leaks, Limits, Network, Policy, Submission, Version};

/// The digest of a manifest and the files that take part in grading.
pub(super) fn digest(
    manifest: &Manifest,
    starter: &FileSet,
    hidden: &FileSet,
    expected: &FileSet,
) -> Version {
    let mut stream = Stream(Sha256::new());
    stream.text("gavel.exercise/1");
    stream.manifest(manifest);
    for (folder, files) in [
        ("starter", starter),
        ("hidden", hidden),
        ("expected", expected),
    ] {
        stream.text(folder);
        stream.number(files.len() as u64);
        for (path, file) in files {
            stream.text(path);
            stream.bytes(&file.bytes);
        }
    }
    Version(hexadecimal(&stream.0.finalize()))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

struct Stream(Sha256);

impl Stream {
    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = &'t String>) {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text);
        }
    }

    /// Everything but title, summary and hints, which are read and don't grade.
    fn manifest(&mut self, manifest: &Manifest) {
        let Manifest {
            title: _,
            summary: _,
            hints: _,
            kind,
            difficulty,
            minutes,
            topics,
            trains,
            submission: Submission { files },
            policy: Policy {
                deny_imports,
                allow,
            },
            limits,
            in_package_tests,
            checks,
            flawed,
        } = manifest;
        self.text(&format!("{kind:?} {difficulty:?}"));
        self.number((*minutes).into());
        self.texts(topics.iter());
        self.texts(trains.iter());
        self.texts(files.iter());
        self.texts(deny_imports.iter());
        self.texts(allow.iter());
        self.limits(limits);
        self.number((*in_package_tests).into());
        self.number(checks.len() as u64);
        for check in checks {
            self.check(check);
        }
        self.number(flawed.len() as u64);
        for FlawedEntry {
            name,
            caught_by,
            // Where gavel looks for a fault decides nothing.
            at: _,
        } in flawed
        {
            self.text(&name.value);
            self.text(caught_by);
        }
    }

    fn limits(&mut self, limits: &Limits) {
        let Limits {
            wall,
            idle,
            cpu,
            memory,
            processes,
            open_files,
            file_size,
            disk,
            files,
            output,
            network,
        } = limits;
        for duration in [wall, idle, &cpu.unwrap_or_default()] {
            self.number(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        }
        for number in [
            memory, processes, open_files, file_size, disk, files, output,
        ] {
            self.number(*number);
        }
        self.text(match network {
            Network::None => "none",
            Network::Loopback => "loopback",
        });
    }

    fn check(&mut self, check: &CheckEntry) {
        let CheckEntry {
            id,
            about,
            points,
            kind,
        } = check;
        self.text(id);
        self.text(about);
        self.number((*points).into());
        match kind {
            CheckEntryKind::GoTest {
                package,
                tests,
                stress,
                leaks,
            } => {
                self.text("go-test");
                self.text(package);
                self.texts(tests.iter().map(|Located { value, .. }| value));
                self.number((*stress).into());
                self.text(match leaks {
                    Leaks::Proven => "proven",
                    Leaks::Strict => "strict",
                });
            }
            CheckEntryKind::Output {
                package,
                args,
                stdin,
                stdout,
                exit,
            } => {
                self.text("output");
                self.text(package);
                self.texts(args.iter());
                self.texts(stdin.iter().map(|Located { value, .. }| value));
                self.text(&stdout.value);
                self.number(u64::from(exit.unsigned_abs()));
            }
            CheckEntryKind::Vet { package, analysers } => {
                self.text("vet");
                self.text(package);
                self.texts(analysers.iter());
            }
        }
    }
}
