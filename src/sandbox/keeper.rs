//! gavel's hold on the keeper, the process that starts all confined runs.

use std::io::{self, IoSlice};
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::socket::{
    AddressFamily, ControlMessage, MsgFlags, SockFlag, SockType, sendmsg, socketpair,
};

use super::init;
use super::order::{LONGEST, Order};

/// A keeper at work. It ends with gavel, after its last run.
#[derive(Debug)]
pub(super) struct Keeper {
    orders: Option<OwnedFd>,
    process: Child,
}

impl Keeper {
    /// Starts one. `gavel` is gavel's own file.
    pub(super) fn start(gavel: &Path) -> io::Result<Self> {
        let (orders, theirs) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_CLOEXEC,
        )?;
        let process = Command::new(gavel)
            .arg(init::ARGUMENT)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            orders: Some(orders),
            process,
        })
    }

    /// Sends an order with its descriptors, which are in the order's own order.
    pub(super) fn send(&self, order: &Order, descriptors: &[RawFd]) -> io::Result<()> {
        let Some(orders) = &self.orders else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        let body = serde_json::to_vec(order)?;
        if body.len() > LONGEST {
            return Err(io::Error::other(
                "the program's arguments and environment are too long",
            ));
        }
        let rights = [ControlMessage::ScmRights(descriptors)];
        let parts = [IoSlice::new(&body)];
        sendmsg::<()>(
            orders.as_raw_fd(),
            &parts,
            &rights,
            MsgFlags::MSG_NOSIGNAL,
            None,
        )?;
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Its last runs end with their lines, which are closed by now.
        let _ = self.process.wait();
    }
}
