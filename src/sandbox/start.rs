//! Starts a program, directly or behind walls.

use std::fs::File;
use std::io::{self, Write};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::sys::signal::Signal;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
use nix::unistd::setsid;

use super::descriptors::{CHANNEL_IN, CHANNEL_OUT, install};
use super::groups::{Group, Groups};
use super::hold::{Hold, Living};
use super::order::{CompanionOrder, DOOR, FIRST_GROUP, IMAGE, LINE, Order};
use super::{
    Channel, Companion, Error, Limits, Network, Program, Role, Sandbox, Spec, Tier, View, Walls,
};

/// What a program is started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To run to its end.
    Run,
    /// To be talked to, ended and started again.
    Service,
}

/// A program that was started, with all that belongs to it.
pub(super) struct Started {
    pub hold: Hold,
    /// The control group that it is in.
    pub group: Option<(Arc<Groups>, Group)>,
    /// The one that its companions are in.
    pub group_beside: Option<(Arc<Groups>, Group)>,
    /// The ends of its streams that are gavel's.
    pub streams: Streams,
    /// The ends that are the program's. Where there is no sandbox to keep them, it is started again with these.
    pub ends: Ends,
    /// Where its sandbox is asked for connections, if it is a service and has one.
    pub door: Option<OwnedFd>,
}

/// gavel's ends of a program's streams.
pub(super) struct Streams {
    /// What is written here the program reads; absent if it reads nothing.
    pub stdin: Option<OwnedFd>,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    /// What the program writes on its channel; for a service, what is written here it reads there.
    pub channel: Option<OwnedFd>,
}

/// The program's ends of its streams, each with its number.
pub(super) struct Ends(Vec<(OwnedFd, RawFd)>);

/// Starts a program as its sandbox has it.
pub(super) fn start(sandbox: &Sandbox, spec: &Spec, purpose: Purpose) -> Result<Started, Error> {
    let started = match &sandbox.walls {
        None => start_outside(spec, purpose),
        Some(walls) => start_confined(walls, spec, purpose),
    };
    started.map_err(|source| Error::Start {
        program: spec.program.to_string(),
        source,
    })
}

fn start_confined(walls: &Walls, spec: &Spec, purpose: Purpose) -> io::Result<Started> {
    if walls.tier != Tier::Strict && !spec.companions.is_empty() {
        return Err(io::Error::other(NO_COMPANIONS));
    }
    let (group, group_doors) = take_group(walls, spec.limits.memory, spec.limits.processes)?;
    let count = u64::try_from(spec.companions.len()).map_err(io::Error::other)?;
    let most = Companion::limits();
    let (group_beside, doors_beside) = match count {
        0 => (None, Vec::new()),
        _ => take_group(walls, most.memory * count, most.processes * count)?,
    };
    let (line, their_line) = UnixStream::pair()?;
    let (streams, ends) = open_streams(spec, purpose)?;
    let (door, their_door) = match purpose {
        Purpose::Run => (None, None),
        Purpose::Service => {
            let flags = SockFlag::SOCK_CLOEXEC;
            let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, flags)?;
            (Some(ours), Some(theirs))
        }
    };

    let mut given: Vec<(RawFd, i32)> = ends.numbered();
    given.push((their_line.as_raw_fd(), LINE));
    if let Some(door) = &their_door {
        given.push((door.as_raw_fd(), DOOR));
    }
    let program: Option<PathBuf> = match &spec.program {
        Program::File(file) => Some(file.clone()),
        Program::Image(image) => {
            given.push((image.descriptor(), IMAGE));
            None
        }
    };
    let all_doors = group_doors.iter().chain(&doors_beside);
    given.extend(all_doors.map(AsRawFd::as_raw_fd).zip(FIRST_GROUP..));
    let numbers = |doors: &[File], first: i32| (first..).take(doors.len()).collect::<Vec<i32>>();
    let groups = numbers(&group_doors, FIRST_GROUP);
    let after = groups.last().map_or(FIRST_GROUP, |last| last + 1);
    let numbers_beside = numbers(&doors_beside, after);
    // Who isn't root has one user for all: then what is beside the program counts with it.
    let processes = spec.limits.processes + count * most.processes;
    let beside = |companion| order_beside(companion, processes, numbers_beside.clone());
    let (descriptors, numbers): (Vec<RawFd>, Vec<i32>) = given.into_iter().unzip();
    let order = Order {
        tier: walls.tier,
        program,
        arguments: spec.arguments.clone(),
        environment: spec.environment.clone(),
        directory: spec.directory.clone(),
        view: spec.view.clone(),
        descriptors: numbers,
        has_channel: spec.channel.is_some(),
        is_service: purpose == Purpose::Service,
        groups,
        limits: resource_limits(&spec.limits).to_vec(),
        processes,
        disk: spec.limits.disk,
        files: spec.limits.files,
        data: None,
        companions: spec.companions.iter().map(beside).collect(),
    };
    walls.keeper.send(&order, &descriptors)?;
    Ok(Started {
        hold: Hold::Confined(line),
        group,
        group_beside,
        streams,
        ends: Ends(Vec::new()),
        door,
    })
}

/// A control group with these limits, and the opened files by which it is joined, where there are groups.
type Taken = (Option<(Arc<Groups>, Group)>, Vec<File>);

fn take_group(walls: &Walls, memory: u64, processes: u64) -> io::Result<Taken> {
    let Some(groups) = &walls.groups else {
        return Ok((None, Vec::new()));
    };
    let group = groups.take(memory, processes)?;
    let doors = group.doors()?;
    Ok((Some((Arc::clone(groups), group)), doors))
}

const NO_COMPANIONS: &str =
    "what runs beside it needs a network of its own, which only the sandbox of tier strict has";

/// The order for a companion of a program.
fn order_beside(companion: &Companion, processes: u64, groups: Vec<i32>) -> CompanionOrder {
    let limits = Companion::limits();
    let folder = PathBuf::from(Companion::FOLDER);
    let environment = [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", Companion::FOLDER),
        ("LANG", "C"),
        ("TZ", "UTC"),
    ];
    let mut read = companion.read.clone();
    read.extend(companion.data.clone());
    CompanionOrder {
        name: companion.name.clone(),
        order: Order {
            tier: Tier::Strict,
            program: Some(companion.program.clone()),
            arguments: companion.arguments.clone(),
            environment: environment
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            directory: folder.clone(),
            view: View {
                read,
                write: Vec::new(),
                scratch: folder,
                network: Network::Loopback,
                role: Role::Companion,
            },
            descriptors: Vec::new(),
            has_channel: false,
            is_service: false,
            groups,
            limits: resource_limits(&limits).to_vec(),
            processes,
            disk: limits.disk,
            files: limits.files,
            data: companion.data.clone(),
            companions: Vec::new(),
        },
        port: companion.port,
        greeting: companion.greeting.clone(),
        answer: companion.answer,
    }
}

fn start_outside(spec: &Spec, purpose: Purpose) -> io::Result<Started> {
    if !spec.companions.is_empty() {
        return Err(io::Error::other(NO_COMPANIONS));
    }
    let (streams, ends) = open_streams(spec, purpose)?;
    let living = Arc::new(Mutex::new(None));
    start_directly(spec, &ends, &living)?;
    Ok(Started {
        hold: Hold::Direct(living),
        group: None,
        group_beside: None,
        streams,
        ends,
        door: None,
    })
}

/// Starts a program in a session of its own.
pub(super) fn start_directly(spec: &Spec, ends: &Ends, living: &Living) -> io::Result<()> {
    let mut command = match &spec.program {
        Program::File(file) => Command::new(file),
        Program::Image(image) => Command::new(image.path()),
    };
    command
        .args(&spec.arguments)
        .env_clear()
        .envs(spec.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(&spec.directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let given = ends.numbered();
    let limits = resource_limits(&spec.limits);
    let parent = nix::unistd::getpid();
    between_fork_and_exec(&mut command, move || {
        setsid()?;
        // Dies with gavel, even when that is killed; what it has started by then does not.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        if nix::unistd::getppid() != parent {
            return Err(io::ErrorKind::Interrupted.into());
        }
        // First, since gavel itself may have more open than the program may.
        install(&given)?;
        for (number, soft, hard) in limits {
            set_limit(number, soft, hard)?;
        }
        Ok(())
    });
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    *living.lock().unwrap_or_else(PoisonError::into_inner) = Some(pid);
    Ok(())
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

impl Ends {
    fn numbered(&self) -> Vec<(RawFd, RawFd)> {
        let ends = self.0.iter();
        ends.map(|(end, number)| (end.as_raw_fd(), *number))
            .collect()
    }
}

fn open_streams(spec: &Spec, purpose: Purpose) -> io::Result<(Streams, Ends)> {
    let (their_stdin, stdin) = if spec.stdin.is_empty() {
        (OwnedFd::from(File::open("/dev/null")?), None)
    } else {
        let (theirs, ours) = io::pipe()?;
        (theirs.into(), Some(OwnedFd::from(ours)))
    };
    let (stdout, their_stdout) = io::pipe()?;
    let (stderr, their_stderr) = io::pipe()?;
    let mut ends = vec![
        (their_stdin, 0),
        (their_stdout.into(), 1),
        (their_stderr.into(), 2),
    ];
    let mut channel = None;
    if let Some(wanted) = &spec.channel {
        let (child_in, child_out, ours) = open_channel(wanted, purpose)?;
        ends.push((child_in, CHANNEL_IN));
        ends.push((child_out, CHANNEL_OUT));
        channel = Some(ours);
    }
    let streams = Streams {
        stdin,
        stdout: stdout.into(),
        stderr: stderr.into(),
        channel,
    };
    Ok((streams, Ends(ends)))
}

/// The program's descriptors 3 and 4, and gavel's end of the latter.
fn open_channel(channel: &Channel, purpose: Purpose) -> io::Result<(OwnedFd, OwnedFd, OwnedFd)> {
    if channel.input.len() > Channel::MAX_INPUT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the channel's input doesn't fit into a pipe",
        ));
    }
    let (child_in, mut write) = io::pipe()?;
    write.write_all(&channel.input)?;
    // Not a pipe: what is a socket nobody can open a second time by way of `/proc/self/fd`.
    let (ours, theirs) = UnixStream::pair()?;
    match purpose {
        Purpose::Run => ours.shutdown(Shutdown::Write)?,
        // Who reads there waits for long, and shall not keep a thread waiting.
        Purpose::Service => {
            fcntl(&theirs, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        }
    }
    Ok((child_in.into(), theirs.into(), ours.into()))
}
