//! The guard: a process beside gavel that removes what gavel leaves when it is killed.
//!
//! gavel tells it what there is to remove, path by path over a pipe, and removes it itself when it ends in good order.
//! When the pipe ends, the guard removes whatever of it is still there, and ends too.

use std::io::{self, BufRead, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use super::{remove_left_group, remove_tree};

/// A guard at work.
#[derive(Debug)]
pub struct Guard {
    process: Child,
    words: Option<ChildStdin>,
}

/// What is to be removed, as the first byte of its line says.
const FOLDER: u8 = b'f';
const GROUP: u8 = b'g';

impl Guard {
    /// The argument with which gavel starts itself as a guard.
    pub const ARGUMENT: &str = "sandbox-guard";

    /// Starts one. `gavel` is gavel's own file.
    ///
    /// # Errors
    ///
    /// If that can't be started.
    pub fn start(gavel: &Path) -> io::Result<Self> {
        let mut command = Command::new(gavel);
        command
            .arg(Self::ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut process = command.spawn()?;
        let words = process.stdin.take();
        Ok(Self { process, words })
    }

    /// Tells it of a folder.
    ///
    /// # Errors
    ///
    /// If it is gone.
    pub fn folder(&mut self, folder: &Path) -> io::Result<()> {
        self.tell(FOLDER, folder)
    }

    /// Tells it of a control group.
    ///
    /// # Errors
    ///
    /// If it is gone.
    pub fn group(&mut self, group: &Path) -> io::Result<()> {
        self.tell(GROUP, group)
    }

    fn tell(&mut self, kind: u8, path: &Path) -> io::Result<()> {
        let Some(words) = &mut self.words else {
            return Ok(());
        };
        words.write_all(&[&[kind], path.as_os_str().as_bytes(), b"\0"].concat())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.words.take());
        let _ = self.process.wait();
    }
}

/// Waits for the end of the pipe, then removes what is left. To be called first thing in a process that was started for it.
pub fn main() -> ExitCode {
    // It has to outlive whatever ends gavel, a Ctrl-C for all of gavel's group among it.
    let _ = nix::unistd::setsid();
    for signal in [
        nix::libc::SIGINT,
        nix::libc::SIGTERM,
        nix::libc::SIGHUP,
        nix::libc::SIGQUIT,
    ] {
        ignore(signal);
    }
    let mut left: Vec<(u8, PathBuf)> = Vec::new();
    for word in io::stdin().lock().split(0) {
        let Ok(word) = word else { break };
        if let Some((kind, path)) = word.split_first() {
            let path = PathBuf::from(std::ffi::OsString::from_vec(path.to_vec()));
            left.push((*kind, path));
        }
    }
    // The sandboxes notice gavel's end by themselves; until they are gone something may be written anew.
    let started = Instant::now();
    loop {
        left.retain(|(kind, path)| {
            let removed = match *kind {
                GROUP => remove_left_group(path),
                _ => remove_tree(path),
            };
            removed.is_err()
        });
        if left.is_empty() || started.elapsed() > Duration::from_secs(20) {
            return ExitCode::SUCCESS;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[expect(unsafe_code, reason = "signal has no safe form")]
fn ignore(signal: i32) {
    // SAFETY: no handler of ours is installed.
    unsafe {
        nix::libc::signal(signal, nix::libc::SIG_IGN);
    }
}
