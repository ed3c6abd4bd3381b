//! Descriptors 3 and 4 of a child: the numbers that a program's private channel has.

use std::fs::File;
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};

use nix::libc;

/// The number under which a program reads its channel.
const CHANNEL_IN: RawFd = 3;
/// The number under which it writes.
const CHANNEL_OUT: RawFd = 4;

/// Occupies descriptors 3 and 4 of this process for good, and closes its memory to others.
///
/// The standard library reports a failed `exec` through a pipe of its own; were one of these numbers free, that pipe
/// could get it, and be overwritten in the child. To be called once, before anything else is opened.
///
/// # Errors
///
/// If `/dev/null` can't be opened, or the kernel refuses.
pub fn reserve_descriptors() -> std::io::Result<()> {
    // What runs under the same user must not read or write this process's memory: keys and expected outputs are in it.
    nix::sys::prctl::set_dumpable(false)?;
    loop {
        let file = File::open("/dev/null")?;
        let number = file.as_raw_fd();
        if number > CHANNEL_OUT {
            return Ok(());
        }
        let _ = file.into_raw_fd();
    }
}

/// In the child, between `fork` and `exec`: gives it its channel and closes everything else on `exec`.
///
/// Calls nothing but system calls, as is required there.
#[expect(
    unsafe_code,
    reason = "plain system calls on descriptors of the child alone"
)]
pub(super) fn install_channel(channel: Option<(RawFd, RawFd)>) -> std::io::Result<()> {
    let check = |result: libc::c_int| match result {
        -1 => Err(std::io::Error::last_os_error()),
        number => Ok(number),
    };
    // SAFETY: the descriptors belong to the child's own copy of the table; no memory is touched.
    unsafe {
        // Whatever gavel itself was started with must not reach the program.
        let first = libc::c_uint::from(CHANNEL_IN.unsigned_abs());
        let flag = libc::CLOSE_RANGE_CLOEXEC.cast_signed();
        if libc::close_range(first, libc::c_uint::MAX, flag) == -1 {
            // Before Linux 5.11.
            for number in CHANNEL_IN..1024 {
                libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
            }
        }
        if let Some((input, output)) = channel {
            // By way of high numbers, so that neither copy overwrites the other's source.
            let input = check(libc::fcntl(input, libc::F_DUPFD_CLOEXEC, 16))?;
            let output = check(libc::fcntl(output, libc::F_DUPFD_CLOEXEC, 16))?;
            check(libc::dup2(input, CHANNEL_IN))?;
            check(libc::dup2(output, CHANNEL_OUT))?;
        }
    }
    Ok(())
}
