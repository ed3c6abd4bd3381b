//! What a program writes, read as it comes and capped; and what it is given to read.

use std::io;
use std::os::fd::OwnedFd;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::LimitHit;

/// A stream that is read by a task of its own.
pub(super) struct Capped {
    /// Dropped when nothing more will be waited for.
    more: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Vec<u8>>>,
}

impl Capped {
    /// Reads a stream, keeps `limit` bytes, and says `hit` when more come.
    pub(super) fn read(
        stream: Option<OwnedFd>,
        limit: u64,
        hit: LimitHit,
        overflowed: mpsc::Sender<LimitHit>,
    ) -> io::Result<Self> {
        let Some(stream) = stream else {
            return Ok(Self {
                more: None,
                task: None,
            });
        };
        let flags = OFlag::from_bits_retain(fcntl(&stream, FcntlArg::F_GETFL)?);
        fcntl(&stream, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        let stream = readable(stream)?;
        let (more, mut no_more) = oneshot::channel();
        let task = tokio::spawn(async move {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let mut buffer = vec![0; 16 << 10];
            let mut kept = Vec::new();
            loop {
                // Once the program is gone, what it wrote is there, however late we come to read it. A descendant that still
                // holds the stream open is not waited for.
                let mut ready = tokio::select! {
                    biased;
                    _ = &mut no_more => None,
                    ready = stream.readable() => ready.ok(),
                };
                loop {
                    let count = match nix::unistd::read(stream.get_ref(), &mut buffer) {
                        Ok(0) => return kept,
                        Ok(count) => count,
                        Err(Errno::EINTR) => continue,
                        Err(Errno::EAGAIN) => break,
                        Err(_) => return kept,
                    };
                    let room = limit - kept.len();
                    kept.extend_from_slice(&buffer[..count.min(room)]);
                    if count > room {
                        let _ = overflowed.try_send(hit);
                        return kept;
                    }
                }
                match &mut ready {
                    Some(ready) => ready.clear_ready(),
                    None => return kept,
                }
            }
        });
        Ok(Self {
            more: Some(more),
            task: Some(task),
        })
    }

    /// What came until the stream ended, or until there was nothing in it.
    pub(super) async fn finish(self) -> Vec<u8> {
        drop(self.more);
        match self.task {
            Some(task) => task.await.unwrap_or_default(),
            None => Vec::new(),
        }
    }
}

#[expect(unsafe_code, reason = "tokio asks for a promise about the descriptor")]
pub(super) fn readable(stream: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays the same and open until it is dropped, and it is dropped with what is returned.
    unsafe { AsyncFd::register_with_interest(stream, Interest::READABLE) }.map_err(io::Error::from)
}

/// Writes a program's input; one that doesn't read it is left alone.
pub(super) fn feed(stream: Option<OwnedFd>, input: Vec<u8>) -> io::Result<JoinHandle<()>> {
    let stream = stream.map(pipe::Sender::from_owned_fd).transpose()?;
    Ok(tokio::spawn(async move {
        if let Some(mut stream) = stream {
            let _ = stream.write_all(&input).await;
        }
    }))
}
