//! The digest of everything about an exercise that decides a verdict.
//!
//! The manifest goes in as it was understood, so comments, the order of keys, and defaults written out change nothing.
//! Every piece is preceded by its length, so that no two exercises give the same stream of bytes.

use sha2::{Digest, Sha256};

use crate::manifest::Manifest;
use crate::model::Version;
use crate::text::hexadecimal;

use super::assemble::Parts;

/// The digest of a manifest and the files that take part in grading.
pub(super) fn digest(manifest: &Manifest, parts: &Parts) -> Version {
    let mut stream = Stream(Sha256::new());
    stream.text("gavel.exercise/1");
    stream.text(&serde_json::to_string(manifest).expect("plain data has a form in JSON"));
    let folders = [
        ("starter", &parts.starter),
        ("hidden", &parts.hidden),
        ("expected", &parts.expected),
    ];
    let folders = folders.map(|(folder, files)| (folder.to_owned(), files));
    let mutants = parts.mutants.iter();
    let mutants = mutants.map(|(name, files)| (format!("mutants/{name}"), files));
    for (folder, files) in folders.into_iter().chain(mutants) {
        stream.text(&folder);
        stream.number(files.len() as u64);
        for (path, file) in files {
            stream.text(path);
            stream.bytes(&file.bytes);
        }
    }
    Version(hexadecimal(&stream.0.finalize()))
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
}
