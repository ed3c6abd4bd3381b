//! The inside of gavel's sandboxes: gavel started again, once, as a small process that starts all runs.
//!
//! ```text
//! gavel ── keeper ── init (strict: process 1 of its own namespaces) ── the program
//!                                                                   ── a companion, in a process and a mount namespace below
//!                 ── init ── another program
//! ```
//!
//! The keeper takes orders and forks an init for each. The init builds the walls, forks the program, and watches. At tier
//! `strict` the kernel ends everything in a namespace with its process 1. At tier `landlock` orphans come to the init, and it
//! ends them all before it ends. The end of gavel's side of a run's line is the end of the run, so that nothing outlives
//! gavel, however that ended.
//!
//! These processes have one thread and nothing of gavel's memory. The program can't signal them, trace them, or open what
//! they have open.

mod calls;
mod companions;
mod door;
mod program;
mod rights;
mod root;
mod rules;

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::process::ExitCode;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::MsgFlags;
use nix::unistd::Pid;

use super::descriptors::{close_from, install, own, receive};
use super::order::{Command, DOOR, FIRST_GROUP, LINE, LONGEST, Order, Report};
use super::watch::namespaces;
use super::{Exit, Role, Tier, Usage};
use companions::{Beside, Wanted};

/// The argument with which gavel starts itself as an init.
pub const ARGUMENT: &str = "sandbox-init";

/// What can't be done, in words.
type Refusal = String;

/// Takes orders until gavel is gone. To be called first thing in a process that was started for it, with the socket to gavel as
/// its standard input.
pub fn main() -> ExitCode {
    match keep() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // By hand there is nobody at the other end.
            eprintln!("gavel {ARGUMENT}: {error}\n  gavel starts this by itself");
            ExitCode::from(2)
        }
    }
}

fn keep() -> nix::Result<()> {
    // Whatever gavel was started with is nobody's business here.
    close_from(3);
    // Out of the way of a Ctrl-C, which is for gavel to deal with.
    let _ = nix::unistd::setsid();
    let _ = nix::sys::prctl::set_name(c"gavel-keeper");
    let children = sigchld();
    children.thread_block()?;
    let ended = SignalFd::with_flags(&children, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    let orders = std::io::stdin();
    let mut lines: HashMap<Pid, OwnedFd> = HashMap::new();
    let mut is_open = true;
    while is_open || !lines.is_empty() {
        let mut sources = vec![PollFd::new(ended.as_fd(), PollFlags::POLLIN)];
        if is_open {
            sources.push(PollFd::new(orders.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut sources, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error),
        }
        let has_order = sources.get(1).is_some_and(is_ready);
        if is_ready(&sources[0]) {
            while let Ok(Some(_)) = ended.read_signal() {}
            while let Some((pid, _, usage)) = wait_any(libc::WNOHANG) {
                if let Some(line) = lines.remove(&pid) {
                    say(line.as_fd(), &Report::Gone(usage));
                }
            }
        }
        if has_order {
            match receive(orders.as_fd(), LONGEST)? {
                None => is_open = false,
                Some((body, descriptors)) => {
                    if let Some((pid, line)) = start(&body, descriptors) {
                        lines.insert(pid, line);
                    }
                }
            }
        }
    }
    Ok(())
}

fn is_ready(source: &PollFd<'_>) -> bool {
    source.any().unwrap_or(true)
}

fn sigchld() -> SigSet {
    let mut children = SigSet::empty();
    children.add(Signal::SIGCHLD);
    children
}

/// Starts an init for an order. Its line stays open here until it is gone: its end is the end of everything in the run.
fn start(body: &[u8], descriptors: Vec<OwnedFd>) -> Option<(Pid, OwnedFd)> {
    let order: Order = serde_json::from_slice(body).ok()?;
    let at = order
        .descriptors
        .iter()
        .position(|number| *number == LINE)?;
    let line = descriptors.get(at)?.try_clone().ok()?;
    match fork_init(&order, descriptors, line.as_fd()) {
        Ok(pid) => Some((pid, line)),
        Err(why) => {
            say(line.as_fd(), &Report::Failed(why));
            None
        }
    }
}

fn say(line: BorrowedFd<'_>, report: &Report) {
    if let Ok(mut body) = serde_json::to_vec(report) {
        body.push(b'\n');
        // Nobody may be there any more.
        let _ = nix::sys::socket::send(line.as_raw_fd(), &body, MsgFlags::MSG_NOSIGNAL);
    }
}

/// Forks the init of an order, at tier `strict` into its namespaces, to which it gives their users.
///
/// gavel is told before the init goes on: a short run would else be over, and tell so, before it is known to have begun.
fn fork_init(
    order: &Order,
    descriptors: Vec<OwnedFd>,
    line: BorrowedFd<'_>,
) -> Result<Pid, Refusal> {
    let namespaces = match order.tier {
        Tier::Strict => {
            CloneFlags::CLONE_NEWUSER
                | CloneFlags::CLONE_NEWNS
                | CloneFlags::CLONE_NEWPID
                | CloneFlags::CLONE_NEWNET
                | CloneFlags::CLONE_NEWIPC
                | CloneFlags::CLONE_NEWUTS
        }
        Tier::Landlock | Tier::None => CloneFlags::empty(),
    };
    let (mut go_on, mut ready) = io::pipe().map_err(|error| format!("pipe: {error}"))?;
    let forked =
        fork_into(namespaces).map_err(|error| format!("can't make namespaces: {error}"))?;
    let Some(init) = forked else {
        drop(ready);
        if matches!(go_on.read(&mut [0]), Ok(1)) {
            drop(go_on);
            be_init(order, descriptors);
        }
        leave(0)
    };
    let mapped = match order.tier {
        Tier::Strict => {
            let is_one = order.view.role == Role::Companion;
            rights::map_users(init, is_one || !order.companions.is_empty())
        }
        Tier::Landlock | Tier::None => Ok(()),
    };
    mapped?;
    say(line, &Report::Started(init.as_raw()));
    let _ = ready.write_all(b"!");
    Ok(init)
}

/// The init's life.
fn be_init(order: &Order, descriptors: Vec<OwnedFd>) {
    let numbered: Vec<(RawFd, RawFd)> = descriptors
        .iter()
        .map(AsRawFd::as_raw_fd)
        .zip(order.descriptors.iter().copied())
        .collect();
    // They live on under their numbers; the rest of what the keeper has open is closed.
    std::mem::forget(descriptors);
    if install(&numbered).is_err() {
        return;
    }
    let last = order.descriptors.iter().max();
    close_from(last.map_or(FIRST_GROUP, |last| FIRST_GROUP.max(last + 1)));
    let line = own(LINE);
    rights::prefer_as_victim();
    let outcome = match order.tier {
        Tier::Strict => {
            // Dies with the keeper, and everything in its namespace with it.
            let _ = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
            // Its namespace has its users by now; from here on nobody looks into it.
            let _ = nix::sys::prctl::set_dumpable(false);
            // From here each goes its own way to a root of its own.
            companions::start(order).and_then(|beside| {
                root::build(order)?;
                start_and_watch(order, &line, &beside)
            })
        }
        Tier::Landlock => {
            let _ = nix::sys::prctl::set_dumpable(false);
            let outcome = nix::sys::prctl::set_child_subreaper(true)
                .map_err(|error| format!("can't be the parent of orphans: {error}"))
                .and_then(|()| start_and_watch(order, &line, &[]));
            end_all(Tier::Landlock, Whom::Everybody, &line);
            outcome
        }
        Tier::None => Err("tier none needs no init".to_owned()),
    };
    if let Err(why) = outcome {
        say(line.as_fd(), &Report::Failed(why));
    }
}

/// Ends a forked process without its parent's clean-up.
#[expect(unsafe_code, reason = "exit without clean-up")]
fn leave(code: i32) -> ! {
    // SAFETY: ends this process.
    unsafe { libc::_exit(code) }
}

/// Starts the program, once what runs beside it is ready, and waits for its end or for gavel's word. A service stays until
/// gavel has it ended.
fn start_and_watch(order: &Order, line: &OwnedFd, beside: &[Beside]) -> Result<(), Refusal> {
    let ended = SignalFd::with_flags(&sigchld(), SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)
        .map_err(|error| format!("signalfd: {error}"))?;
    let mut door = order.is_service.then(|| own(DOOR));
    let lacking = rules::lacking(order);
    let prepared = program::prepare(order)?;
    if !beside.is_empty() {
        match companions::wait_until_ready(order, beside, line)? {
            Wanted::Still => say(line.as_fd(), &Report::Ready),
            Wanted::NoLonger => return Ok(()),
        }
    }
    let whom = if beside.is_empty() {
        Whom::Everybody
    } else {
        Whom::AllButCompanions
    };
    // Without a number once it is reaped: that may be another's then.
    let mut program = Some(start_program(order, &prepared, line)?);
    loop {
        let mut sources = vec![
            PollFd::new(line.as_fd(), PollFlags::POLLIN),
            PollFd::new(ended.as_fd(), PollFlags::POLLIN),
        ];
        if let Some(opened) = &door {
            sources.push(PollFd::new(opened.as_fd(), PollFlags::POLLIN));
        }
        match poll(&mut sources, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(format!("poll: {error}")),
        }
        let (has_word, has_ended) = (is_ready(&sources[0]), is_ready(&sources[1]));
        let has_knock = sources.get(2).is_some_and(is_ready);
        if has_ended {
            while let Ok(Some(_)) = ended.read_signal() {}
            if let Some((exit, usage)) = reap(program) {
                say_ended(line, exit, usage, &lacking);
                if !order.is_service {
                    return Ok(());
                }
                program = None;
            }
        }
        if has_word {
            let mut word = [0];
            match nix::unistd::read(line, &mut word).map(|count| (count, Command::of(word[0]))) {
                Ok((1, Some(Command::Signal(signal)))) => {
                    if let Some(program) = program {
                        let _ = signal.send_to(program);
                    }
                }
                Ok((1, Some(Command::Restart))) => {
                    end_all(order.tier, whom, line);
                    program = Some(start_program(order, &prepared, line)?);
                    say(line.as_fd(), &Report::Again);
                }
                Err(Errno::EINTR) => {}
                // gavel wants an end, or is gone.
                Ok(_) | Err(_) => {
                    if let Some(program) = program {
                        let _ = kill(program, Signal::SIGKILL);
                        let mut gone = std::iter::from_fn(|| wait_any(0));
                        let ended = gone.find(|(pid, _, _)| *pid == program);
                        if let Some((_, exit, usage)) = ended {
                            say_ended(line, exit, usage, &lacking);
                        }
                    }
                    return Ok(());
                }
            }
        }
        if has_knock
            && let Some(opened) = &door
            && door::answer(opened.as_fd()).is_none()
        {
            door = None;
        }
    }
}

fn say_ended(line: &OwnedFd, exit: Exit, usage: Usage, lacking: &[String]) {
    let ended = Report::Ended {
        exit,
        usage,
        lacking: lacking.to_vec(),
    };
    say(line.as_fd(), &ended);
}

fn start_program(
    order: &Order,
    prepared: &program::Prepared,
    line: &OwnedFd,
) -> Result<Pid, Refusal> {
    let forked = fork_into(CloneFlags::empty()).map_err(|error| format!("can't fork: {error}"))?;
    if let Some(program) = forked {
        return Ok(program);
    }
    let why = program::become_it(order, prepared);
    say(line.as_fd(), &Report::Failed(why));
    leave(127)
}

/// Reaps whatever has ended; says how the program ended, if it did.
fn reap(program: Option<Pid>) -> Option<(Exit, Usage)> {
    let mut found = None;
    while let Some((pid, exit, usage)) = wait_any(libc::WNOHANG) {
        if Some(pid) == program {
            found = Some((exit, usage));
        }
    }
    found
}

/// Who is ended before a program is started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    Everybody,
    AllButCompanions,
}

/// Kills descendants, and waits until there are none; or, where companions are spared, until gavel wants everything to end.
fn end_all(tier: Tier, whom: Whom, line: &OwnedFd) {
    let own = nix::unistd::getpid();
    let mut quiet = 0;
    loop {
        match (tier, whom) {
            // All in its namespace but itself.
            (Tier::Strict, Whom::Everybody) => {
                let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            }
            (Tier::Strict, Whom::AllButCompanions) | (Tier::Landlock | Tier::None, _) => {
                for pid in descendants(own, whom) {
                    let _ = kill(pid, Signal::SIGKILL);
                }
            }
        }
        let mut has_children = false;
        // What was killed leaves its children to this process: they are seen in the next round.
        loop {
            match nix::sys::wait::waitpid(None, Some(nix::sys::wait::WaitPidFlag::WNOHANG)) {
                Ok(nix::sys::wait::WaitStatus::StillAlive) => {
                    has_children = true;
                    break;
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(_) => break,
            }
        }
        if !has_children {
            return;
        }
        match whom {
            Whom::Everybody => {}
            Whom::AllButCompanions => {
                let is_quiet = descendants(own, whom).is_empty();
                quiet = if is_quiet { quiet + 1 } else { 0 };
                // While some end, the kernel's list of the others may have gaps.
                if quiet == 2 || companions::is_over(line) {
                    return;
                }
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn descendants(of: Pid, whom: Whom) -> Vec<Pid> {
    let own = namespaces(of.as_raw());
    let is_spared = |child: Pid| match whom {
        Whom::Everybody => false,
        // By what it is: the number of one that has ended may be another's by now.
        Whom::AllButCompanions => namespaces(child.as_raw()) > own,
    };
    let mut all = Vec::new();
    let mut open = vec![of];
    while let Some(pid) = open.pop() {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task"));
        for thread in threads.into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(thread.path().join("children"));
            for child in children.unwrap_or_default().split_ascii_whitespace() {
                if let Ok(child) = child.parse().map(Pid::from_raw)
                    && !is_spared(child)
                {
                    open.push(child);
                    all.push(child);
                }
            }
        }
        if all.len() > 1 << 16 {
            break;
        }
    }
    all
}

/// Forks, into new namespaces if any are named. `None` is the child.
#[expect(unsafe_code, reason = "fork, with namespaces")]
fn fork_into(namespaces: CloneFlags) -> Result<Option<Pid>, Errno> {
    let flags = libc::c_long::from(namespaces.bits() | libc::SIGCHLD);
    // SAFETY: this process has one thread, and the child goes on with a copy of it: as fork does. The argument order of the
    // remaining, unused, arguments differs between machines; all are zero.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match Errno::result(pid)? {
        0 => Ok(None),
        pid => Ok(Some(Pid::from_raw(i32::try_from(pid).unwrap_or_default()))),
    }
}

/// Reaps one child: which, how it ended, what it used.
#[expect(
    unsafe_code,
    reason = "wait4 tells what a process used, and no crate at hand wraps it"
)]
fn wait_any(flags: libc::c_int) -> Option<(Pid, Exit, Usage)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live values of the types that the call fills.
    let pid = unsafe { libc::wait4(-1, &raw mut status, flags, usage.as_mut_ptr()) };
    if pid <= 0 {
        return None;
    }
    // SAFETY: zeroed is a valid rusage, and the call succeeded.
    let usage = unsafe { usage.assume_init() };
    Some((
        Pid::from_raw(pid),
        Exit::of_status(status),
        Usage::of(&usage),
    ))
}
