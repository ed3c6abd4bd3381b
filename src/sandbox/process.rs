//! Tier `none`: start, watch, end.

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::resource::{Resource, rlim_t, setrlimit};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, setsid};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{interval_at, sleep_until, timeout};

use super::descriptors::install_channel;
use super::watch::{Sample, sample};
use super::{Channel, Ended, Error, Exit, LimitHit, Limits, Spec, Usage};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long streams may stay open once the program is gone, before they are left to whoever holds them.
const STREAMS_AFTER_END: Duration = Duration::from_millis(200);
/// Less use of the processor than this between two looks at the same figure counts as none.
const NO_CPU: Duration = Duration::from_millis(10);

/// Runs a program and waits for its end, or ends it when it goes over a limit.
///
/// When the returned future is dropped, the program and its process group are killed.
///
/// # Errors
///
/// If it could not be started or watched; never because of what it does.
pub async fn run(spec: Spec) -> Result<Ended, Error> {
    let program = spec.program.clone();
    let watch = |source| Error::Watch {
        program: program.clone(),
        source,
    };
    let started = Instant::now();
    let mut group = start(&spec).map_err(|source| Error::Start {
        program: spec.program.clone(),
        source,
    })?;

    let (overflowed, mut overflow) = tokio::sync::mpsc::channel::<LimitHit>(3);
    let stdout = read_capped(
        group.child.stdout.take().map(OwnedFd::from),
        spec.limits.output,
        LimitHit::Output,
        &overflowed,
    )
    .map_err(watch)?;
    let stderr = read_capped(
        group.child.stderr.take().map(OwnedFd::from),
        spec.limits.output,
        LimitHit::Output,
        &overflowed,
    )
    .map_err(watch)?;
    let record_limit = spec
        .channel
        .as_ref()
        .map_or(0, |channel| channel.output_limit);
    let record = read_capped(
        group.record.take(),
        record_limit,
        LimitHit::Record,
        &overflowed,
    )
    .map_err(watch)?;
    drop(overflowed);
    let stdin = feed(group.child.stdin.take().map(OwnedFd::from), spec.stdin).map_err(watch)?;

    let mut waiter = group.wait();
    let mut limit = None;
    let mut watched = Watched::new(started, group.pid, &spec.limits);
    let wall = sleep_until((started + spec.limits.wall).into());
    tokio::pin!(wall);
    let mut looks = interval_at((started + LOOK_EVERY).into(), LOOK_EVERY);
    let ended = loop {
        let hit = tokio::select! {
            ended = &mut waiter => break ended,
            Some(hit) = overflow.recv() => hit,
            () = &mut wall => LimitHit::Wall,
            _ = looks.tick() => match watched.look() {
                Some(hit) => hit,
                None => continue,
            },
        };
        limit = Some(hit);
        let may_speak = matches!(hit, LimitHit::Wall | LimitHit::Idle | LimitHit::Cpu);
        if let Some(patience) = spec.limits.last_words.filter(|_| may_speak) {
            group.signal(Signal::SIGQUIT);
            if let Ok(ended) = timeout(patience, &mut waiter).await {
                break ended;
            }
        }
        group.kill();
        break waiter.await;
    };
    stdin.abort();
    let (exit, usage) = ended
        .map_err(|_| watch(io::Error::other("the waiting thread is gone")))?
        .map_err(watch)?;
    group.is_reaped = true;

    let limit = limit.or(match exit {
        Exit::Signal(libc::SIGXCPU) => Some(LimitHit::Cpu),
        Exit::Signal(libc::SIGXFSZ) => Some(LimitHit::FileSize),
        Exit::Signal(_) | Exit::Code(_) => None,
    });
    // What was written before the end is in the pipes; a descendant that holds them open is not waited for.
    let until = tokio::time::Instant::now() + STREAMS_AFTER_END;
    let (stdout, stderr, record) = tokio::join!(
        stdout.finish(until),
        stderr.finish(until),
        record.finish(until)
    );
    // A flood that ended by itself before anybody noticed is a flood all the same.
    let limit = limit.or_else(|| overflow.try_recv().ok());
    Ok(Ended {
        exit,
        limit,
        stdout,
        stderr,
        record,
        usage: Usage {
            wall: started.elapsed(),
            ..usage
        },
    })
}

/// A program that was started, and its process group.
struct Group {
    child: Child,
    pid: i32,
    record: Option<OwnedFd>,
    is_reaped: bool,
}

impl Group {
    fn signal(&self, signal: Signal) {
        let _ = kill(Pid::from_raw(self.pid), signal);
    }

    fn kill(&self) {
        let _ = killpg(Pid::from_raw(self.pid), Signal::SIGKILL);
    }

    /// Waits on a thread of its own: for the end, then for the rest of the group to be killed, then reaps.
    fn wait(&self) -> oneshot::Receiver<io::Result<(Exit, Usage)>> {
        let (done, waiter) = oneshot::channel();
        let pid = self.pid;
        tokio::task::spawn_blocking(move || {
            let _ = done.send(wait_and_reap(pid));
        });
        waiter
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.is_reaped {
            self.kill();
        }
    }
}

fn start(spec: &Spec) -> io::Result<Group> {
    let mut command = Command::new(&spec.program);
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
    let numbers = channel
        .as_ref()
        .map(|ends| (ends.child_in.as_raw_fd(), ends.child_out.as_raw_fd()));
    let limits = resource_limits(&spec.limits);
    let parent = nix::unistd::getpid();
    confine(&mut command, move || {
        setsid()?;
        // Dies with gavel, even when that is killed.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        if nix::unistd::getppid() != parent {
            return Err(io::Error::other("gavel is gone"));
        }
        for (resource, limit) in limits {
            setrlimit(resource, limit, limit)?;
        }
        install_channel(numbers)
    });
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(Group {
        child,
        pid,
        record: channel.map(|ends| ends.parent_out),
        is_reaped: false,
    })
}

#[expect(unsafe_code, reason = "the only way to act between fork and exec")]
fn confine(command: &mut Command, act: impl FnMut() -> io::Result<()> + Send + Sync + 'static) {
    // SAFETY: `act` makes system calls only; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(act);
    }
}

fn resource_limits(limits: &Limits) -> [(Resource, rlim_t); 5] {
    // A race-built program maps several times the memory that it touches before `main` begins and for each arena, so
    // this is a backstop far above what `memory` says; the watch over resident memory is what decides.
    let data = limits.memory.map_or(rlim_t::MAX, |memory| {
        memory.saturating_mul(8).saturating_add(2 << 30)
    });
    [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_CPU, limits.cpu.as_secs().max(1)),
        (Resource::RLIMIT_DATA, data),
        (Resource::RLIMIT_FSIZE, limits.file_size),
        (Resource::RLIMIT_NOFILE, limits.open_files),
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
    let (read, child_out) = io::pipe()?;
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
fn wait_and_reap(pid: i32) -> io::Result<(Exit, Usage)> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let pid_t = Pid::from_raw(pid);
    loop {
        match waitid(Id::Pid(pid_t), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let _ = killpg(pid_t, Signal::SIGKILL);
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live values of the types that the call fills.
    let reaped = unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) };
    if reaped != pid {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: zeroed is a valid rusage, and the call succeeded.
    let usage = unsafe { usage.assume_init() };
    let exit = if libc::WIFSIGNALED(status) {
        Exit::Signal(libc::WTERMSIG(status))
    } else {
        Exit::Code(libc::WEXITSTATUS(status))
    };
    let time = |time: libc::timeval| {
        Duration::from_secs(u64::try_from(time.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(time.tv_usec).unwrap_or(0))
    };
    Ok((
        exit,
        Usage {
            wall: Duration::ZERO,
            cpu: time(usage.ru_utime) + time(usage.ru_stime),
            max_memory: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        },
    ))
}

/// What a stream gave, read by a task of its own.
struct Capped {
    bytes: std::sync::Arc<std::sync::Mutex<Vec<u8>>>,
    task: Option<JoinHandle<()>>,
}

impl Capped {
    /// What came until the stream ended, or until `deadline`.
    async fn finish(self, deadline: tokio::time::Instant) -> Vec<u8> {
        if let Some(mut task) = self.task
            && tokio::time::timeout_at(deadline, &mut task).await.is_err()
        {
            task.abort();
        }
        std::mem::take(
            &mut *self
                .bytes
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner),
        )
    }
}

/// Reads a stream, keeps `limit` bytes, and says `hit` when more come.
fn read_capped(
    stream: Option<OwnedFd>,
    limit: u64,
    hit: LimitHit,
    overflowed: &tokio::sync::mpsc::Sender<LimitHit>,
) -> io::Result<Capped> {
    let bytes = std::sync::Arc::default();
    let Some(stream) = stream else {
        return Ok(Capped { bytes, task: None });
    };
    let mut stream = pipe::Receiver::from_owned_fd(stream)?;
    let overflowed = overflowed.clone();
    let kept: std::sync::Arc<std::sync::Mutex<Vec<u8>>> = std::sync::Arc::clone(&bytes);
    let task = tokio::spawn(async move {
        let mut buffer = vec![0; 16 << 10];
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        loop {
            let count = match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let is_over = {
                let mut kept = kept
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                let room = limit - kept.len();
                kept.extend_from_slice(&buffer[..count.min(room)]);
                count > room
            };
            if is_over {
                let _ = overflowed.try_send(hit);
                return;
            }
        }
    });
    Ok(Capped {
        bytes,
        task: Some(task),
    })
}

/// Writes a program's input; one that doesn't read it is left alone.
fn feed(stream: Option<OwnedFd>, input: Vec<u8>) -> io::Result<JoinHandle<()>> {
    let stream = stream.map(pipe::Sender::from_owned_fd).transpose()?;
    Ok(tokio::spawn(async move {
        if let Some(mut stream) = stream {
            let _ = stream.write_all(&input).await;
        }
    }))
}

/// The limits that have to be looked after.
struct Watched {
    pid: i32,
    idle: Option<Duration>,
    memory: Option<u64>,
    last: Sample,
    busy_at: Instant,
}

impl Watched {
    fn new(started: Instant, pid: i32, limits: &Limits) -> Self {
        Self {
            pid,
            idle: limits.idle,
            memory: limits.memory,
            last: Sample::default(),
            busy_at: started,
        }
    }

    fn look(&mut self) -> Option<LimitHit> {
        let now = Instant::now();
        let sample = sample(self.pid);
        if self.memory.is_some_and(|limit| sample.memory > limit) {
            return Some(LimitHit::Memory);
        }
        if sample.runnable || sample.cpu >= self.last.cpu + NO_CPU {
            self.busy_at = now;
            self.last = sample;
        }
        self.idle
            .filter(|idle| now - self.busy_at >= *idle)
            .map(|_| LimitHit::Idle)
    }
}
