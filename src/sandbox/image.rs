//! A program that nobody can change any more: a copy in memory, sealed.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::fcntl::{FcntlArg, SealFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::descriptors::{CHANNEL_OUT, own};

/// A program's file as it was when it was sealed. What it does to the file on disk, or to that of another run, changes
/// nothing about the runs to come.
#[derive(Clone, Debug)]
pub struct Image(Arc<File>);

impl Image {
    /// Copies and seals a program's file.
    ///
    /// # Errors
    ///
    /// If the file can't be read, or the system has no sealed memory.
    pub fn seal(file: &Path) -> io::Result<Self> {
        let memory = memfd_create(
            "program",
            MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING,
        )?;
        let mut memory = File::from(memory);
        let mut buffer = vec![0; 1 << 20];
        let mut file = File::open(file)?;
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                count => memory.write_all(&buffer[..count])?,
            }
        }
        let all = SealFlag::F_SEAL_SEAL
            | SealFlag::F_SEAL_SHRINK
            | SealFlag::F_SEAL_GROW
            | SealFlag::F_SEAL_WRITE;
        fcntl(&memory, FcntlArg::F_ADD_SEALS(all))?;
        // Under a number that no child gets for something else: it is started from there.
        let above = fcntl(&memory, FcntlArg::F_DUPFD_CLOEXEC(CHANNEL_OUT + 1))?;
        Ok(Self(Arc::new(own(above).into())))
    }

    /// Its descriptor in this process.
    pub(super) fn descriptor(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The path under which a child that this process starts can execute it.
    pub(super) fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}
