//! A program that is talked to while it runs: connections into its network, signals, questions, and a second life.

use std::io;
use std::net::Ipv4Addr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::MsgFlags;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::descriptors::receive;
use super::hold::Hold;
use super::order::{Knock, Opened, SHORT};
use super::process::{Event, Process};
use super::start::{Purpose, start};
use super::streams::readable;
use super::{Ended, Error, Exit, LimitHit, Sandbox, Signal, Spec};

/// A program that is talked to while it runs. Its limits are looked after whether anybody listens or not. When it is dropped,
/// everything of it is killed.
#[derive(Debug)]
pub struct Service {
    program: String,
    hold: Arc<Hold>,
    /// Absent where the program's network is gavel's own.
    door: Option<Mutex<Door>>,
    talk: Option<Mutex<Talk>>,
    stopped: watch::Receiver<Option<Stopped>>,
    wishes: mpsc::UnboundedSender<Wish>,
    tending: JoinHandle<Result<Ended, Error>>,
}

/// Why a service doesn't run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Its program has ended: of itself, or by a signal. It can be started again.
    Exited(Exit),
    /// It went over a limit, so all of it was ended.
    Limit(LimitHit),
    /// It was ended with [`Service::end`], or gavel has lost sight of it, which `end` tells.
    Over,
}

/// What the task that watches over a service is asked for.
enum Wish {
    Restart(oneshot::Sender<Result<(), Error>>),
    End,
}

/// Starts a program and leaves it running.
pub(super) async fn serve(sandbox: &Sandbox, spec: Spec) -> Result<Service, Error> {
    let program = spec.program.to_string();
    let lost = |source| Error::Watch {
        program: program.clone(),
        source,
    };
    let began = Instant::now();
    let mut started = start(sandbox, &spec, Purpose::Service)?;
    let door = started
        .door
        .take()
        .map(Door::new)
        .transpose()
        .map_err(lost)?;
    let most = spec
        .channel
        .as_ref()
        .map_or(0, |channel| channel.output_limit);
    let channel = started.streams.channel.take();
    let talk = channel.map(|channel| Talk::new(channel, most));
    let talk = talk.transpose().map_err(lost)?;
    let process = Process::watch(sandbox, spec, started, began).await?;
    let hold = Arc::clone(&process.hold);
    let (state, stopped) = watch::channel(None);
    let (wishes, granted) = mpsc::unbounded_channel();
    Ok(Service {
        program,
        hold,
        door: door.map(Mutex::new),
        talk: talk.map(Mutex::new),
        stopped,
        wishes,
        tending: tokio::spawn(tend(process, granted, state)),
    })
}

/// Watches over a service until all of it has ended; what was left then.
async fn tend(
    mut process: Process,
    mut wishes: mpsc::UnboundedReceiver<Wish>,
    state: watch::Sender<Option<Stopped>>,
) -> Result<Ended, Error> {
    let mut restart: Option<oneshot::Sender<Result<(), Error>>> = None;
    loop {
        let event = tokio::select! {
            biased;
            event = process.event() => event?,
            wish = wishes.recv() => match wish {
                Some(Wish::Restart(answer)) => {
                    match process.start_again().await {
                        Ok(()) => restart = Some(answer),
                        Err(error) => drop(answer.send(Err(error))),
                    }
                    match process.exit {
                        // Its sandbox will tell.
                        Some(_) => continue,
                        None => Event::Again,
                    }
                }
                Some(Wish::End) | None => {
                    process.end().await?;
                    break;
                }
            },
        };
        match event {
            Event::Ended => match process.limit_held_by_the_kernel() {
                Some(hit) => {
                    process.end_for(hit).await?;
                    break;
                }
                None => drop(state.send(process.exit.map(Stopped::Exited))),
            },
            Event::Again => {
                let _ = state.send(None);
                if let Some(answer) = restart.take() {
                    let _ = answer.send(Ok(()));
                }
            }
            Event::Gone => match &*process.hold {
                Hold::Direct(_) => process.rest(),
                Hold::Confined(_) => break,
            },
            Event::Hit(hit) => {
                process.end_for(hit).await?;
                break;
            }
        }
    }
    let ended = process.finish().await?;
    let _ = state.send(Some(ended.limit.map_or(Stopped::Over, Stopped::Limit)));
    Ok(ended)
}

impl Service {
    /// A connection to a port on the loopback interface as the program sees it.
    ///
    /// # Errors
    ///
    /// What the system says: `ConnectionRefused` as long as the program hasn't opened the port; `NotConnected` when the service is over.
    pub async fn connect(&self, port: u16) -> io::Result<TcpStream> {
        let Some(door) = &self.door else {
            return TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await;
        };
        let connection = door.lock().await.open(port).await?;
        let connection = TcpStream::from_std(connection)?;
        // It may be still connecting.
        connection.writable().await?;
        match connection.take_error()? {
            Some(error) => Err(error),
            None => Ok(connection),
        }
    }

    /// Sends the program a signal: it alone, not what it started. One that has ended gets none.
    pub fn signal(&self, signal: Signal) {
        self.hold.signal(signal);
    }

    /// Why it doesn't run, if it doesn't.
    pub fn has_stopped(&self) -> Option<Stopped> {
        *self.stopped.borrow()
    }

    /// Waits until the program has ended, of itself, by a signal, or by a limit. The walls and the scratch folder stay.
    /// Whether it was the machine's doing [`Service::end`] tells.
    pub async fn stopped(&self) -> Stopped {
        let mut stopped = self.stopped.clone();
        let state = stopped.wait_for(Option::is_some).await;
        state.ok().and_then(|state| *state).unwrap_or(Stopped::Over)
    }

    /// Starts the program once more, within the same walls and with the same scratch folder, after it has ended. Whatever it
    /// had started is gone by then. What both lives write is one stream.
    ///
    /// # Errors
    ///
    /// If it runs, or is over, or can't be started.
    pub async fn restart(&self) -> Result<(), Error> {
        let failed = |why: &str| Error::Watch {
            program: self.program.clone(),
            source: io::Error::other(why.to_owned()),
        };
        match self.has_stopped() {
            Some(Stopped::Exited(_)) => {}
            None => return Err(failed("it runs, so it can't be started again")),
            Some(Stopped::Limit(_) | Stopped::Over) => return Err(failed("it is over")),
        }
        if let Some(talk) = &self.talk {
            talk.lock().await.forget();
        }
        let (answer, answered) = oneshot::channel();
        let _ = self.wishes.send(Wish::Restart(answer));
        answered.await.unwrap_or_else(|_| Err(failed("it is over")))
    }

    /// Asks what gavel has put into the program, over descriptor 4: one byte goes there, the question's number; back come that byte, the
    /// answer's length as four bytes, the lowest first, and the answer. Whoever asks says how long to wait.
    ///
    /// # Errors
    ///
    /// If the program has ended, or has no channel, or answers with more than the channel's limit.
    pub async fn ask(&self) -> io::Result<Vec<u8>> {
        let Some(talk) = &self.talk else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        let asking = async { talk.lock().await.ask().await };
        tokio::select! {
            biased;
            answer = asking => answer,
            _ = self.stopped() => Err(io::ErrorKind::NotConnected.into()),
        }
    }

    /// Ends everything, and tells what was left. The exit is that of the last life, and `SIGKILL` if it still ran.
    ///
    /// # Errors
    ///
    /// If it could not be started or watched; never because of what it does.
    pub async fn end(mut self) -> Result<Ended, Error> {
        let _ = self.wishes.send(Wish::End);
        match (&mut self.tending).await {
            Ok(ended) => ended,
            Err(gone) => Err(Error::Watch {
                program: self.program.clone(),
                source: io::Error::other(gone),
            }),
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.hold.end();
    }
}

/// gavel's side of the door.
#[derive(Debug)]
struct Door {
    socket: AsyncFd<OwnedFd>,
    number: u64,
}

impl Door {
    fn new(socket: OwnedFd) -> io::Result<Self> {
        fcntl(&socket, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Self {
            socket: readable(socket)?,
            number: 0,
        })
    }

    async fn open(&mut self, port: u16) -> io::Result<std::net::TcpStream> {
        self.number += 1;
        let knock = serde_json::to_vec(&Knock {
            number: self.number,
            port,
        })?;
        let gone = || io::Error::from(io::ErrorKind::NotConnected);
        let socket = self.socket.as_raw_fd();
        nix::sys::socket::send(socket, &knock, MsgFlags::MSG_NOSIGNAL).map_err(|_| gone())?;
        loop {
            let receiving = |socket: &OwnedFd| Ok(receive(socket.as_fd(), SHORT)?);
            let received = self.socket.async_io(Interest::READABLE, receiving).await?;
            let (body, descriptors) = received.ok_or_else(gone)?;
            let opened: Opened = serde_json::from_slice(&body)?;
            // The answer to a wish that was given up comes first.
            if opened.number != self.number {
                continue;
            }
            if let Some(error) = opened.error {
                return Err(io::Error::from_raw_os_error(error));
            }
            let connection = descriptors.into_iter().next().ok_or_else(gone)?;
            return Ok(connection.into());
        }
    }
}

/// gavel's side of a service's channel.
#[derive(Debug)]
struct Talk {
    stream: UnixStream,
    /// How long an answer may be.
    most: usize,
    number: u8,
    /// What has come and isn't a whole answer.
    came: Vec<u8>,
}

impl Talk {
    fn new(channel: OwnedFd, most: u64) -> io::Result<Self> {
        let channel = std::os::unix::net::UnixStream::from(channel);
        channel.set_nonblocking(true)?;
        Ok(Self {
            stream: UnixStream::from_std(channel)?,
            most: usize::try_from(most).unwrap_or(usize::MAX),
            number: 0,
            came: Vec::new(),
        })
    }

    /// Forgets what an earlier life has said.
    fn forget(&mut self) {
        self.came.clear();
        while self
            .stream
            .try_read(&mut [0; 4096])
            .is_ok_and(|count| count > 0)
        {}
    }

    async fn ask(&mut self) -> io::Result<Vec<u8>> {
        self.number = self.number.wrapping_add(1);
        self.stream.write_all(&[self.number]).await?;
        loop {
            while let Some((number, answer)) = take_answer(&mut self.came, self.most)? {
                // The answer to a question that was given up comes first.
                if number == self.number {
                    return Ok(answer);
                }
            }
            if self.stream.read_buf(&mut self.came).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// Takes the first whole answer, with its question's number.
fn take_answer(came: &mut Vec<u8>, most: usize) -> io::Result<Option<(u8, Vec<u8>)>> {
    let Some((header, rest)) = came.split_first_chunk::<5>() else {
        return Ok(None);
    };
    let [number, length @ ..] = *header;
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the answer is too long",
        ));
    }
    let Some(answer) = rest.get(..length).map(<[u8]>::to_vec) else {
        return Ok(None);
    };
    came.drain(..header.len() + length);
    Ok(Some((number, answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_whole_and_in_their_order() {
        let mut came = vec![7, 2, 0, 0, 0, b'a', b'b', 8, 0, 0, 0, 0, 9, 1];
        let mut take = |more: &[u8]| {
            came.extend_from_slice(more);
            take_answer(&mut came, 3).expect("none is too long")
        };
        assert_eq!(take(&[]), Some((7, b"ab".to_vec())));
        assert_eq!(take(&[]), Some((8, Vec::new())));
        assert_eq!(take(&[]), None);
        assert_eq!(take(&[0, 0, 0]), None);
        assert_eq!(take(b"c"), Some((9, b"c".to_vec())));
        assert_eq!(take(&[]), None);
    }

    #[test]
    fn an_answer_that_says_it_is_too_long_is_not_waited_for() {
        let mut came = vec![1, 0, 0, 0, 1];
        let error = take_answer(&mut came, 1 << 20).expect_err("16 MiB");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
