//! Companions: servers that run beside the program, in its network. Each is process 1 of a namespace of its own, in a root of its
//! own, so that the program finds it at its port and nowhere else.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::CloneFlags;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::super::descriptors::install_streams;
use super::super::order::{CompanionOrder, Order};
use super::{Refusal, fork_into, leave, program, root};

/// A companion that was started.
pub(super) struct Beside {
    /// Its number as the init sees it.
    pub pid: Pid,
    /// What it writes. Nobody reads it unless it doesn't get ready: what doesn't fit is lost to it, and it never waits.
    log: OwnedFd,
}

/// Whether gavel still wants the program to be run.
pub(super) enum Wanted {
    Still,
    NoLonger,
}

/// How long they may take together. Nobody is blamed for it, so there is no hurry.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one may take to answer a greeting.
const ANSWERED_WITHIN: Duration = Duration::from_secs(1);

/// Starts the companions of an order. To be called before the root is built: theirs are other ones.
pub(super) fn start(order: &Order) -> Result<Vec<Beside>, Refusal> {
    let starting = order.companions.iter().map(|companion| {
        start_one(&companion.order).map_err(|error| format!("{}: {error}", companion.name))
    });
    starting.collect()
}

fn start_one(order: &Order) -> io::Result<Beside> {
    let (log, theirs) = io::pipe()?;
    for end in [log.as_fd(), theirs.as_fd()] {
        fcntl(end, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    let forked = fork_into(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID)?;
    if let Some(pid) = forked {
        return Ok(Beside {
            pid,
            log: log.into(),
        });
    }
    drop(log);
    let why = become_it(order, &theirs.into());
    let _ = io::stderr().write_all(why.as_bytes());
    leave(127)
}

/// Becomes the companion; returns only with the reason why it couldn't.
fn become_it(order: &Order, log: &OwnedFd) -> Refusal {
    let prepared = install_streams(log.as_raw_fd())
        .map_err(|error| format!("its streams: {error}"))
        .and_then(|()| root::build(order))
        .and_then(|()| program::prepare(order));
    match prepared {
        Ok(prepared) => program::become_it(order, &prepared),
        Err(why) => why,
    }
}

/// Waits until all of them answer.
pub(super) fn wait_until_ready(
    order: &Order,
    beside: &[Beside],
    line: &OwnedFd,
) -> Result<Wanted, Refusal> {
    let began = Instant::now();
    for (companion, one) in order.companions.iter().zip(beside) {
        let mut pause = Duration::from_millis(1);
        while !answers(companion) {
            if is_over(line) {
                return Ok(Wanted::NoLonger);
            }
            let name = &companion.name;
            if has_ended(one.pid) {
                return Err(format!("{name} doesn't start{}", said(one)));
            }
            if began.elapsed() > PATIENCE {
                let seconds = PATIENCE.as_secs();
                return Err(format!(
                    "{name} isn't ready after {seconds} seconds{}",
                    said(one)
                ));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
    Ok(Wanted::Still)
}

/// Whether it answers a greeting as it does when it is ready.
fn answers(companion: &CompanionOrder) -> bool {
    let ask = || -> io::Result<u8> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, companion.port));
        let mut connection = TcpStream::connect_timeout(&address, ANSWERED_WITHIN)?;
        connection.set_read_timeout(Some(ANSWERED_WITHIN))?;
        connection.write_all(&companion.greeting)?;
        let mut first = [0];
        connection.read_exact(&mut first)?;
        Ok(first[0])
    };
    ask().is_ok_and(|first| first == companion.answer)
}

/// Whether gavel has ended the run. Other words of its concern a program that hasn't started.
pub(super) fn is_over(line: &OwnedFd) -> bool {
    let mut sources = [PollFd::new(line.as_fd(), PollFlags::POLLIN)];
    match poll(&mut sources, PollTimeout::ZERO) {
        Ok(0) | Err(_) => false,
        Ok(_) => !matches!(nix::unistd::read(line, &mut [0]), Ok(1)),
    }
}

fn has_ended(pid: Pid) -> bool {
    !matches!(
        waitpid(pid, Some(WaitPidFlag::WNOHANG)),
        Ok(WaitStatus::StillAlive)
    )
}

/// The end of what it has written.
fn said(one: &Beside) -> String {
    let mut log = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = nix::unistd::read(&one.log, &mut part) {
        log.extend_from_slice(&part[..count]);
    }
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.trim().lines().collect();
    match lines[lines.len().saturating_sub(5)..] {
        [] => String::new(),
        ref last => format!(": {}", last.join("\n")),
    }
}
