//! Descriptors: those that a child gets, with their numbers, and those that come with messages.

use std::fs::File;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};

/// The number under which a program reads its channel.
pub(super) const CHANNEL_IN: RawFd = 3;
/// The number under which it writes.
pub(super) const CHANNEL_OUT: RawFd = 4;

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

/// In the child, between `fork` and `exec`: gives each source a number of its own, and closes everything else from 3 on.
///
/// Calls nothing but system calls, as is required there. At most [`MOST`] sources, to numbers below 32.
pub(super) fn install(sources: &[(RawFd, RawFd)]) -> std::io::Result<()> {
    // Whatever gavel itself was started with must not reach the program.
    close_on_exec_from(CHANNEL_IN);
    let mut moved = [-1; MOST];
    // By way of high numbers, so that no copy overwrites another's source.
    for (slot, (source, _)) in moved.iter_mut().zip(sources) {
        *slot = duplicate_above(*source)?;
    }
    for (source, (_, number)) in moved.iter().zip(sources) {
        duplicate_to(*source, *number)?;
    }
    Ok(())
}

/// Gives this process nothing to read, and a log as its output and error streams.
pub(super) fn install_streams(log: RawFd) -> std::io::Result<()> {
    let nothing = File::open("/dev/null")?;
    for (source, number) in [(nothing.as_raw_fd(), 0), (log, 1), (log, 2)] {
        duplicate_to(source, number)?;
    }
    Ok(())
}

/// How many descriptors a child can be given.
pub(super) const MOST: usize = 16;

#[expect(
    unsafe_code,
    reason = "plain system calls on descriptors of the child alone"
)]
fn duplicate_above(source: RawFd) -> std::io::Result<RawFd> {
    // SAFETY: no memory is touched.
    match unsafe { libc::fcntl(source, libc::F_DUPFD_CLOEXEC, 32) } {
        -1 => Err(std::io::Error::last_os_error()),
        number => Ok(number),
    }
}

#[expect(
    unsafe_code,
    reason = "plain system calls on descriptors of the child alone"
)]
fn duplicate_to(source: RawFd, number: RawFd) -> std::io::Result<()> {
    // SAFETY: no memory is touched, and what had the number was not to be kept.
    match unsafe { libc::dup2(source, number) } {
        -1 => Err(std::io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Closes all descriptors from a number on.
#[expect(
    unsafe_code,
    reason = "plain system calls on descriptors of the child alone"
)]
pub(super) fn close_from(first: RawFd) {
    // SAFETY: no memory is touched; whoever calls this owns nothing behind these numbers any more.
    unsafe {
        libc::close_range(first.unsigned_abs(), libc::c_uint::MAX, 0);
    }
}

/// Closes all descriptors from a number on, when the process becomes another program.
#[expect(
    unsafe_code,
    reason = "plain system calls on descriptors of the child alone"
)]
pub(super) fn close_on_exec_from(first: RawFd) {
    // SAFETY: no memory is touched.
    unsafe {
        let flag = libc::CLOSE_RANGE_CLOEXEC.cast_signed();
        if libc::close_range(first.unsigned_abs(), libc::c_uint::MAX, flag) == -1 {
            // Before Linux 5.11.
            for number in first..4096 {
                libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
            }
        }
    }
}

/// One message with its descriptors; `None` at the end.
pub(super) fn receive(
    from: BorrowedFd<'_>,
    longest: usize,
) -> nix::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut body = vec![0; longest];
    let mut parts = [IoSliceMut::new(&mut body)];
    let mut space = nix::cmsg_space!([RawFd; MOST]);
    let flags = MsgFlags::MSG_CMSG_CLOEXEC;
    let message = loop {
        match recvmsg::<()>(from.as_raw_fd(), &mut parts, Some(&mut space), flags) {
            Err(Errno::EINTR) => {}
            // The other side was ended with something unread: the same as its end.
            Err(Errno::ECONNRESET) => return Ok(None),
            other => break other?,
        }
    };
    let length = message.bytes;
    let mut descriptors = Vec::new();
    // Descriptors that didn't fit are missing.
    for control in message.cmsgs().into_iter().flatten() {
        if let ControlMessageOwned::ScmRights(received) = control {
            descriptors.extend(received.into_iter().map(own));
        }
    }
    body.truncate(length);
    Ok((length > 0).then_some((body, descriptors)))
}

/// Owns a descriptor that this process was given by its number.
#[expect(unsafe_code, reason = "a descriptor is but a number")]
pub(super) fn own(descriptor: RawFd) -> OwnedFd {
    // SAFETY: it has come with a message or was put there for this process, and nothing else owns it.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}
