//! Runs the binary in a temporary root of its own and looks at what it leaves there.

pub mod hostile;
pub mod modules;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The root of the repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A run of the binary that is being prepared.
pub struct Gavel {
    command: Command,
    temporary_root: TempDir,
}

/// What a run of the binary came to.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// Prepares a run with these arguments, in the repository's root, with the user's own cache.
pub fn gavel(arguments: &[&str]) -> Gavel {
    let temporary_root = TempDir::new().expect("a temporary directory");
    let mut command = Command::new(env!("CARGO_BIN_EXE_gavel"));
    command
        .args(arguments)
        .current_dir(repository())
        .env("TMPDIR", temporary_root.path())
        .env_remove("GAVEL_GO")
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null());
    Gavel {
        command,
        temporary_root,
    }
}

impl Gavel {
    pub fn environment(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it, and holds it to leaving nothing behind.
    pub fn run(mut self) -> Ran {
        let output = self.command.output().expect("the binary runs");
        self.nothing_is_left();
        Ran::from(output)
    }

    /// Starts it and leaves it to the caller.
    pub fn start(mut self) -> (std::process::Child, TempDir) {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.command.spawn().expect("the binary runs");
        (child, self.temporary_root)
    }

    fn nothing_is_left(&self) {
        let left = left_in(self.temporary_root.path());
        assert!(
            left.is_empty(),
            "left behind in the temporary directory: {left:?}"
        );
    }
}

/// What is in a folder; nothing if it is gone.
pub fn left_in(folder: &Path) -> Vec<PathBuf> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

impl Ran {
    /// Holds it to an exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in:\n{}", self.stdout))
    }

    #[track_caller]
    pub fn complains_of(&self, words: &[&str]) {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "no {word:?} in:\n{}",
                self.stderr
            );
        }
    }
}

/// Grades with `--report json` and gives the report.
#[track_caller]
pub fn grade_json(arguments: &[&str], code: i32) -> Value {
    let all = [&["grade", "--report", "json"], arguments].concat();
    gavel(&all).run().ends_with(code).json()
}

/// Writes a folder of files and gives it.
pub fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary directory");
    for (path, text) in files {
        let target = folder.path().join(path);
        std::fs::create_dir_all(target.parent().expect("a parent")).expect("a folder");
        std::fs::write(target, text).expect("a file");
    }
    folder
}

/// An executable shell script.
pub fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
        .expect("an executable script");
    path
}

/// Fails a test that can't show what it is to show: what the machine lacked when this was built is ignored, and counted so.
#[track_caller]
pub fn lacking(why: &str) -> ! {
    panic!("this machine lacks what the test needs; build anew where it has changed: {why}")
}

/// The path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}
