//! The door of a service: gavel asks here for connections into the network that the program sees.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, SockaddrIn, connect, sendmsg,
    socket,
};

use super::super::descriptors::receive;
use super::super::order::{Knock, Opened, SHORT};

/// Answers one wish. Never waits: a connection that takes its time is waited for by gavel. `None` when nobody is there to wish.
pub(super) fn answer(door: BorrowedFd<'_>) -> Option<()> {
    let (body, _) = receive(door, SHORT).ok()??;
    let knock: Knock = serde_json::from_slice(&body).ok()?;
    let (error, connection) = match open(knock.port) {
        Ok(connection) => (None, Some(connection)),
        Err(error) => (Some(error as i32), None),
    };
    let opened = Opened {
        number: knock.number,
        error,
    };
    let body = serde_json::to_vec(&opened).ok()?;
    let descriptors: Vec<RawFd> = connection.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let rights = if descriptors.is_empty() {
        &[]
    } else {
        &rights[..]
    };
    // gavel may not have read what it asked for.
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    let parts = [io::IoSlice::new(&body)];
    let _ = sendmsg::<()>(door.as_raw_fd(), &parts, rights, flags, None);
    Some(())
}

fn open(port: u16) -> nix::Result<OwnedFd> {
    let connection = socket(
        AddressFamily::Inet,
        SockType::Stream,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )?;
    let address = SockaddrIn::from(std::net::SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
    match connect(connection.as_raw_fd(), &address) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(connection),
        Err(error) => Err(error),
    }
}
