//! Starts a program, directly or behind walls, and has a hold on it until it is gone.

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::libc;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::sync::oneshot;

use super::descriptors::{CHANNEL_IN, CHANNEL_OUT, install};
use super::groups::{Group, Groups, Shortage};
use super::order::{self, FIRST_GROUP, IMAGE, LINE, Order, Report};
use super::{Channel, Error, Exit, Limits, Program, Sandbox, Spec, Usage, Walls};

/// A program that was started, with all that belongs to it. Ended when it is dropped.
pub(super) struct Running {
    /// What is written here the program reads; absent if it reads nothing.
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
    /// What the program writes on its channel.
    pub record: Option<OwnedFd>,
    hold: Hold,
}

/// What a program is held by.
enum Hold {
    /// Its number, for as long as that is its own.
    Direct { pid: i32, reaped: Arc<Reaped> },
    /// The line to its sandbox.
    Confined {
        line: UnixStream,
        group: Option<(Arc<Groups>, Group)>,
    },
}

/// How a program came to its end.
pub(super) enum Gone {
    /// It was reaped by gavel itself.
    Reaped(Exit, Usage),
    /// Its sandbox has told.
    Told {
        exit: Exit,
        usage: Usage,
        lacking: Vec<String>,
    },
    /// Its sandbox couldn't be built.
    Failed(String),
    /// It was ended together with its sandbox.
    Untold(Usage),
}

/// Whether a process has been reaped. Whoever signals it holds the lock: its number may belong to another afterwards.
type Reaped = Mutex<bool>;

impl Running {
    /// The process that was started, the program's own or its sandbox's, and a wait for the end of everything.
    pub(super) async fn watch(&self) -> io::Result<(i32, oneshot::Receiver<io::Result<Gone>>)> {
        let (done, waiter) = oneshot::channel();
        match &self.hold {
            Hold::Direct { pid, reaped } => {
                let (pid, reaped) = (*pid, Arc::clone(reaped));
                // On a thread of its own: for the end, then for the rest of the group to be killed, then reaps.
                std::thread::spawn(move || {
                    let gone = wait_and_reap(pid, &reaped);
                    let _ = done.send(gone.map(|(exit, usage)| Gone::Reaped(exit, usage)));
                });
                Ok((pid, waiter))
            }
            Hold::Confined { line, .. } => {
                let line = line.try_clone()?;
                line.set_nonblocking(true)?;
                let mut reports = BufReader::new(tokio::net::UnixStream::from_std(line)?).lines();
                match next(&mut reports).await? {
                    Some(Report::Started(pid)) => {
                        tokio::spawn(async move {
                            let _ = done.send(until_gone(reports).await);
                        });
                        Ok((pid, waiter))
                    }
                    Some(Report::Failed(why)) => {
                        let _ = done.send(Ok(Gone::Failed(why)));
                        Ok((0, waiter))
                    }
                    Some(Report::Ended { .. } | Report::Gone(_)) | None => {
                        Err(io::Error::other("the keeper of sandboxes is gone"))
                    }
                }
            }
        }
    }

    /// Has the program say what it is doing, if it can, and end.
    pub(super) fn ask_for_last_words(&self) {
        match &self.hold {
            Hold::Direct { .. } => self.signal(super::watch::ask_for_a_dump),
            Hold::Confined { line, .. } => {
                let mut line: &UnixStream = line;
                // Its sandbox may be gone already.
                let _ = line.write_all(&[order::Command::Quit as u8]);
            }
        }
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        match &self.hold {
            Hold::Direct { .. } => self.signal(|pid| killpg(pid, Signal::SIGKILL)),
            Hold::Confined { line, .. } => {
                let _ = line.shutdown(Shutdown::Write);
            }
        }
    }

    fn signal(&self, act: impl FnOnce(Pid) -> nix::Result<()>) {
        let Hold::Direct { pid, reaped } = &self.hold else {
            return;
        };
        let is_reaped = lock(reaped);
        if !*is_reaped {
            // What is gone by itself needs no signal.
            let _ = act(Pid::from_raw(*pid));
        }
    }

    /// Gives its control group back for the next run; whether the kernel has ended a process of it for want of memory.
    pub(super) fn give_back(&mut self) -> Shortage {
        let group = match &mut self.hold {
            Hold::Direct { .. } => None,
            Hold::Confined { group, .. } => group.take(),
        };
        group.map_or(Shortage::None, |(groups, group)| {
            let shortage = group.shortage();
            groups.give_back(group);
            shortage
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

type Reports = Lines<BufReader<tokio::net::UnixStream>>;

async fn next(reports: &mut Reports) -> io::Result<Option<Report>> {
    match reports.next_line().await? {
        Some(line) => Ok(Some(serde_json::from_str(&line)?)),
        None => Ok(None),
    }
}

/// Reads reports to their end, which is the end of the last process that could send one.
async fn until_gone(mut reports: Reports) -> io::Result<Gone> {
    let mut told = None;
    let mut all_of_it = Usage::default();
    while let Some(report) = next(&mut reports).await? {
        match report {
            Report::Ended {
                exit,
                usage,
                lacking,
            } => {
                told.get_or_insert(Gone::Told {
                    exit,
                    usage,
                    lacking,
                });
            }
            Report::Failed(why) => {
                told.get_or_insert(Gone::Failed(why));
            }
            Report::Gone(usage) => all_of_it = usage,
            Report::Started(_) => {}
        }
    }
    Ok(told.unwrap_or(Gone::Untold(all_of_it)))
}

fn lock(reaped: &Reaped) -> MutexGuard<'_, bool> {
    reaped.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts a program as its sandbox has it.
pub(super) fn start(sandbox: &Sandbox, spec: &Spec) -> Result<Running, Error> {
    let started = match &sandbox.walls {
        None => start_directly(spec),
        Some(walls) => start_confined(walls, spec),
    };
    started.map_err(|source| Error::Start {
        program: spec.program.to_string(),
        source,
    })
}

fn start_confined(walls: &Walls, spec: &Spec) -> io::Result<Running> {
    let group = match &walls.groups {
        Some(groups) => {
            let group = groups.take(spec.limits.memory, spec.limits.processes)?;
            Some((Arc::clone(groups), group))
        }
        None => None,
    };
    let doors = group
        .as_ref()
        .map(|(_, group)| group.doors())
        .transpose()?
        .unwrap_or_default();
    let (line, their_line) = UnixStream::pair()?;
    let channel = spec.channel.as_ref().map(open_channel).transpose()?;
    let (their_stdin, stdin) = if spec.stdin.is_empty() {
        (OwnedFd::from(std::fs::File::open("/dev/null")?), None)
    } else {
        let (theirs, ours) = io::pipe()?;
        (theirs.into(), Some(OwnedFd::from(ours)))
    };
    let (stdout, their_stdout) = io::pipe()?;
    let (stderr, their_stderr) = io::pipe()?;

    let mut given: Vec<(RawFd, i32)> = vec![
        (their_stdin.as_raw_fd(), 0),
        (their_stdout.as_raw_fd(), 1),
        (their_stderr.as_raw_fd(), 2),
        (their_line.as_raw_fd(), LINE),
    ];
    if let Some(ends) = &channel {
        given.push((ends.child_in.as_raw_fd(), CHANNEL_IN));
        given.push((ends.child_out.as_raw_fd(), CHANNEL_OUT));
    }
    let program: Option<PathBuf> = match &spec.program {
        Program::File(file) => Some(file.clone()),
        Program::Image(image) => {
            given.push((image.descriptor(), IMAGE));
            None
        }
    };
    given.extend(doors.iter().map(AsRawFd::as_raw_fd).zip(FIRST_GROUP..));
    let (descriptors, numbers): (Vec<RawFd>, Vec<i32>) = given.into_iter().unzip();
    let order = Order {
        tier: walls.tier,
        program,
        arguments: spec.arguments.clone(),
        environment: spec.environment.clone(),
        directory: spec.directory.clone(),
        view: spec.view.clone(),
        descriptors: numbers,
        has_channel: channel.is_some(),
        groups: i32::try_from(doors.len()).map_err(io::Error::other)?,
        limits: resource_limits(&spec.limits).to_vec(),
        processes: spec.limits.processes,
        disk: spec.limits.disk,
        files: spec.limits.files,
    };
    walls.keeper.send(&order, &descriptors)?;
    Ok(Running {
        stdin,
        stdout: Some(stdout.into()),
        stderr: Some(stderr.into()),
        record: channel.map(|ends| ends.parent_out),
        hold: Hold::Confined { line, group },
    })
}

/// Starts a program in a session of its own.
fn start_directly(spec: &Spec) -> io::Result<Running> {
    let mut command = match &spec.program {
        Program::File(file) => Command::new(file),
        Program::Image(image) => Command::new(image.path()),
    };
    command
        .args(&spec.arguments)
        .env_clear()
        .envs(spec.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&spec.directory)
        .stdin(if spec.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let channel = spec.channel.as_ref().map(open_channel).transpose()?;
    let mut given = Vec::new();
    if let Some(ends) = &channel {
        given.push((ends.child_in.as_raw_fd(), CHANNEL_IN));
        given.push((ends.child_out.as_raw_fd(), CHANNEL_OUT));
    }
    let limits = resource_limits(&spec.limits);
    let parent = nix::unistd::getpid();
    between_fork_and_exec(&mut command, move || {
        setsid()?;
        // Dies with gavel, even when that is killed; what it has started by then does not.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        if nix::unistd::getppid() != parent {
            return Err(io::ErrorKind::Interrupted.into());
        }
        for (number, soft, hard) in limits {
            set_limit(number, soft, hard)?;
        }
        install(&given)
    });
    let mut child = command.spawn()?;
    Ok(Running {
        stdin: child.stdin.take().map(OwnedFd::from),
        stdout: child.stdout.take().map(OwnedFd::from),
        stderr: child.stderr.take().map(OwnedFd::from),
        record: channel.map(|ends| ends.parent_out),
        hold: Hold::Direct {
            pid: i32::try_from(child.id()).map_err(io::Error::other)?,
            reaped: Arc::default(),
        },
    })
}

#[expect(unsafe_code, reason = "the only way to act between fork and exec")]
fn between_fork_and_exec(
    command: &mut Command,
    act: impl FnMut() -> io::Result<()> + Send + Sync + 'static,
) {
    // SAFETY: `act` makes system calls only; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(act);
    }
}

#[expect(unsafe_code, reason = "setrlimit by number")]
fn set_limit(number: u32, soft: u64, hard: u64) -> io::Result<()> {
    let limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    // SAFETY: a live structure.
    match unsafe { libc::setrlimit(number, &raw const limit) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Each with what the kernel starts to complain at, and what it doesn't let through.
fn resource_limits(limits: &Limits) -> [(u32, u64, u64); 5] {
    // A race-built program maps several times the memory that it touches before `main` begins and for each arena, so
    // this is a backstop far above what `memory` says; the control group, or the watch over resident memory, decides.
    let data = limits.memory.saturating_mul(8).saturating_add(2 << 30);
    let cpu = limits.cpu.as_secs().max(1);
    let (file, open) = (limits.file_size, limits.open_files);
    [
        (libc::RLIMIT_CORE, 0, 0),
        (libc::RLIMIT_CPU, cpu, cpu + 1),
        (libc::RLIMIT_DATA, data, data),
        (libc::RLIMIT_FSIZE, file, file),
        (libc::RLIMIT_NOFILE, open, open),
    ]
}

struct ChannelEnds {
    child_in: OwnedFd,
    child_out: OwnedFd,
    parent_out: OwnedFd,
}

fn open_channel(channel: &Channel) -> io::Result<ChannelEnds> {
    if channel.input.len() > Channel::MAX_INPUT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the channel's input doesn't fit into a pipe",
        ));
    }
    let (child_in, mut write) = io::pipe()?;
    write.write_all(&channel.input)?;
    // Not a pipe: what is a socket nobody can open a second time by way of `/proc/self/fd`.
    let (read, child_out) = UnixStream::pair()?;
    read.shutdown(Shutdown::Write)?;
    Ok(ChannelEnds {
        child_in: child_in.into(),
        child_out: child_out.into(),
        parent_out: read.into(),
    })
}

/// Waits until `pid` has ended, kills what is left of its group while its number can't be given to another, reaps it.
#[expect(
    unsafe_code,
    reason = "wait4 is the call that tells what a process used, and no crate at hand wraps it"
)]
fn wait_and_reap(pid: i32, reaped: &Reaped) -> io::Result<(Exit, Usage)> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let pid_t = Pid::from_raw(pid);
    loop {
        match waitid(Id::Pid(pid_t), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let mut is_reaped = lock(reaped);
    let _ = killpg(pid_t, Signal::SIGKILL);
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live values of the types that the call fills.
    if unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) } != pid {
        return Err(io::Error::last_os_error());
    }
    *is_reaped = true;
    drop(is_reaped);
    // SAFETY: zeroed is a valid rusage, and the call succeeded.
    let usage = unsafe { usage.assume_init() };
    Ok((Exit::of_status(status), Usage::of(&usage)))
}

impl Exit {
    /// From the status that `wait` gives.
    pub(super) fn of_status(status: libc::c_int) -> Self {
        if libc::WIFSIGNALED(status) {
            Exit::Signal(libc::WTERMSIG(status))
        } else {
            Exit::Code(libc::WEXITSTATUS(status))
        }
    }
}

impl Usage {
    /// From what `wait4` gives, which says nothing of the wall.
    pub(super) fn of(usage: &libc::rusage) -> Self {
        let time = |time: libc::timeval| {
            Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
                + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
        };
        Self {
            wall: Duration::ZERO,
            cpu: time(usage.ru_utime) + time(usage.ru_stime),
            max_memory: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        }
    }
}
