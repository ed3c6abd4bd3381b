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
        close_for_writing(&memory)?;
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

/// Seals memory that nobody has mapped. The seal against *future* writing (Linux 5.1) is all that this takes, and asks
/// nothing of the pages: the one against writing waits for whatever else the kernel has to do with them, and on a busy
/// machine gives up with `EBUSY`.
fn close_for_writing(memory: &File) -> io::Result<()> {
    let all = SealFlag::F_SEAL_SEAL
        | SealFlag::F_SEAL_SHRINK
        | SealFlag::F_SEAL_GROW
        | SealFlag::F_SEAL_FUTURE_WRITE;
    fcntl(memory, FcntlArg::F_ADD_SEALS(all))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt;

    use nix::errno::Errno;
    use nix::fcntl::{SpliceFFlags, splice};
    use nix::sys::mman::{MapFlags, ProtFlags, mmap, mprotect, munmap};

    use super::*;

    const BYTES: usize = 8192;

    #[expect(unsafe_code, reason = "mapping memory is")]
    /// Maps the memory shared, and asks for the right to write at once or later.
    fn map_to_write(memory: &File, at_once: bool) -> Result<(), Errno> {
        let length = BYTES.try_into().expect("not zero");
        let first = if at_once {
            ProtFlags::PROT_READ | ProtFlags::PROT_WRITE
        } else {
            ProtFlags::PROT_READ
        };
        // SAFETY: a new mapping at an address of the kernel's choice, of which nothing is kept.
        unsafe {
            let address = mmap(None, length, first, MapFlags::MAP_SHARED, memory, 0)?;
            let later = mprotect(address, BYTES, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE);
            munmap(address, BYTES).expect("unmapped");
            later
        }
    }

    #[test]
    fn nothing_changes_what_is_sealed() {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        std::fs::write(&program, vec![7; BYTES]).expect("written");
        let image = Image::seal(&program).expect("sealed");
        let again = OpenOptions::new().read(true).write(true).open(image.path());
        for memory in [image.0.as_ref(), &again.expect("opened")] {
            let denied = Some(Errno::EPERM as i32);
            assert_eq!(
                memory.write_at(b"x", 0).expect_err("no").raw_os_error(),
                denied
            );
            assert_eq!(memory.set_len(1).expect_err("no").raw_os_error(), denied);
            assert_eq!(
                memory.set_len(1 << 20).expect_err("no").raw_os_error(),
                denied
            );
            assert_eq!(map_to_write(memory, true), Err(Errno::EPERM));
            assert_eq!(map_to_write(memory, false), Err(Errno::EACCES));
        }
        assert_eq!(std::fs::read(image.path()).expect("read"), vec![7; BYTES]);
    }

    #[test]
    fn memory_is_sealed_whatever_else_refers_to_its_pages() {
        let memory = memfd_create("program", MFdFlags::MFD_ALLOW_SEALING).expect("memory");
        let mut memory = File::from(memory);
        memory.write_all(&vec![7; BYTES]).expect("written");
        // A pipe holds on to the pages themselves, as the kernel's own lists do for a while.
        let (_out, pipe) = nix::unistd::pipe().expect("a pipe");
        let mut from = 0;
        let none = SpliceFFlags::empty();
        splice(&memory, Some(&mut from), &pipe, None, BYTES, none).expect("spliced");
        close_for_writing(&memory).expect("sealed");
    }
}
