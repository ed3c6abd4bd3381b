//! The generated file that closes a program's memory to itself, what the witness does in tests; of a program that serves, it
//! answers questions as well.

use super::witness;
use crate::model::{FileSet, ProjectFile};

/// The file that is added to each main package.
const FILE: &str = "gavel_closed.go";

/// Adds it to each of these packages.
pub fn close_programs(files: &mut FileSet, packages: &[&str]) {
    add(files, packages, "closed");
}

/// Adds to each of these packages, whose programs serve, one that answers questions as well.
pub fn let_programs_answer(files: &mut FileSet, packages: &[&str]) {
    add(files, packages, "served");
}

fn add(files: &mut FileSet, packages: &[&str], part: &str) {
    for package in packages {
        let folder = package.trim_start_matches("./").trim_matches('/');
        let path = match folder {
            "" | "." => FILE.to_owned(),
            folder => format!("{folder}/{FILE}"),
        };
        let module = witness::MODULE;
        let source = format!("package main\n\nimport _ \"{module}/{part}\"\n");
        files.insert(path, ProjectFile::new(source));
    }
}
