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

/// Answers one wish. Never waits: a connection that takes its time is waited for by gavel.
pub(super) fn answer(door: BorrowedFd<'_>) {
    // At gavel's end the line ends too, and everything with it.
    let Ok(Some((body, _))) = receive(door, SHORT) else {
        return;
    };
    let Ok(knock) = serde_json::from_slice::<Knock>(&body) else {
        return;
    };
    let (error, connection) = match open(knock.port) {
        Ok(connection) => (None, Some(connection)),
        Err(error) => (Some(error as i32), None),
    };
    let opened = Opened {
        number: knock.number,
        error,
    };
    let Ok(body) = serde_json::to_vec(&opened) else {
        return;
    };
    let descriptors: Vec<RawFd> = connection.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&descriptors)];
    let rights = if descriptors.is_empty() {
        &[]
    } else {
        &rights[..]
    };
    // gavel may have gone, or not read what it asked for.
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    let _ = sendmsg::<()>(
        door.as_raw_fd(),
        &[io::IoSlice::new(&body)],
        rights,
        flags,
        None,
    );
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
