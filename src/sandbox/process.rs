//! Tier `none`: start, watch, end.

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::libc;
use nix::sys::resource::{Resource, rlim_t, setrlimit};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, setsid};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at, sleep, sleep_until};

use super::descriptors::install_channel;
use super::watch::{Sample, sample};
use super::{Channel, Ended, Error, Exit, LimitHit, Limits, Spec, Usage};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
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

    let (overflowed, mut overflow) = mpsc::channel::<LimitHit>(3);
    let read = |stream: Option<OwnedFd>, limit, hit| {
        Capped::read(stream, limit, hit, overflowed.clone()).map_err(watch)
    };
    let stdout = group.child.stdout.take().map(OwnedFd::from);
    let stdout = read(stdout, spec.limits.output, LimitHit::Output)?;
    let stderr = group.child.stderr.take().map(OwnedFd::from);
    let stderr = read(stderr, spec.limits.output, LimitHit::Output)?;
    let record_limit = spec
        .channel
        .as_ref()
        .map_or(0, |channel| channel.output_limit);
    let record = read(group.record.take(), record_limit, LimitHit::Record)?;
    let stdin = feed(group.child.stdin.take().map(OwnedFd::from), spec.stdin).map_err(watch)?;

    let mut waiter = group.wait();
    let mut limit = None;
    let mut watched = Watched::new(started, group.pid, &spec.limits);
    let wall = sleep_until((started + spec.limits.wall).into());
    tokio::pin!(wall);
    let mut looks = interval_at((started + LOOK_EVERY).into(), LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let ended = loop {
        // The end comes first: a program that is done has gone over nothing, however late this is noticed.
        let hit = tokio::select! {
            biased;
            ended = &mut waiter => break ended,
            Some(hit) = overflow.recv() => hit,
            () = &mut wall => LimitHit::Wall,
            _ = looks.tick() => match watched.look() {
                Some(hit) => hit,
                None => continue,
            },
        };
        limit = Some(hit);
        let may_speak = matches!(hit, LimitHit::Wall | LimitHit::Idle);
        if let Some(patience) = spec.limits.last_words.filter(|_| may_speak) {
            group.signal(Signal::SIGQUIT);
            let last_words = sleep(patience);
            tokio::pin!(last_words);
            let ended = loop {
                tokio::select! {
                    biased;
                    ended = &mut waiter => break Some(ended),
                    () = &mut last_words => break None,
                    _ = looks.tick() => if watched.is_over_memory() { break None },
                }
            };
            if let Some(ended) = ended {
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

    // The kernel ends a program that is over its processor time in ways that the program can soften.
    let limit = limit.or((usage.cpu >= spec.limits.cpu).then_some(LimitHit::Cpu));
    let (stdout, stderr, record) = tokio::join!(stdout.finish(), stderr.finish(), record.finish());
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

/// A program that was started, and its process group. Killed when it is dropped.
struct Group {
    child: Child,
    pid: i32,
    record: Option<OwnedFd>,
    reaped: Arc<Reaped>,
}

/// Whether a process has been reaped. Whoever signals it holds the lock: its number may belong to another afterwards.
type Reaped = Mutex<bool>;

impl Group {
    fn signal(&self, signal: Signal) {
        self.unless_reaped(|pid| kill(pid, signal));
    }

    fn kill(&self) {
        self.unless_reaped(|pid| killpg(pid, Signal::SIGKILL));
    }

    fn unless_reaped(&self, act: impl FnOnce(Pid) -> nix::Result<()>) {
        let is_reaped = lock(&self.reaped);
        if !*is_reaped {
            // What is gone by itself needs no signal.
            let _ = act(Pid::from_raw(self.pid));
        }
    }

    /// Waits on a thread of its own: for the end, then for the rest of the group to be killed, then reaps.
    fn wait(&self) -> oneshot::Receiver<io::Result<(Exit, Usage)>> {
        let (done, waiter) = oneshot::channel();
        let (pid, reaped) = (self.pid, Arc::clone(&self.reaped));
        std::thread::spawn(move || {
            let _ = done.send(wait_and_reap(pid, &reaped));
        });
        waiter
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

fn lock(reaped: &Reaped) -> MutexGuard<'_, bool> {
    reaped.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Dies with gavel, even when that is killed; what it has started by then does not.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        if nix::unistd::getppid() != parent {
            return Err(io::Error::other("gavel is gone"));
        }
        for (resource, soft, hard) in limits {
            setrlimit(resource, soft, hard)?;
        }
        install_channel(numbers)
    });
    let child = command.spawn()?;
    let pid = i32::try_from(child.id()).map_err(io::Error::other)?;
    Ok(Group {
        child,
        pid,
        record: channel.map(|ends| ends.parent_out),
        reaped: Arc::default(),
    })
}

#[expect(unsafe_code, reason = "the only way to act between fork and exec")]
fn confine(command: &mut Command, act: impl FnMut() -> io::Result<()> + Send + Sync + 'static) {
    // SAFETY: `act` makes system calls only; it neither allocates nor takes a lock.
    unsafe {
        command.pre_exec(act);
    }
}

/// Each with what the kernel starts to complain at, and what it doesn't let through.
fn resource_limits(limits: &Limits) -> [(Resource, rlim_t, rlim_t); 5] {
    // A race-built program maps several times the memory that it touches before `main` begins and for each arena, so
    // this is a backstop far above what `memory` says; the watch over resident memory is what decides.
    let data = limits.memory.map_or(rlim_t::MAX, |memory| {
        memory.saturating_mul(8).saturating_add(2 << 30)
    });
    let cpu = limits.cpu.as_secs().max(1);
    [
        (Resource::RLIMIT_CORE, 0, 0),
        (Resource::RLIMIT_CPU, cpu, cpu + 1),
        (Resource::RLIMIT_DATA, data, data),
        (Resource::RLIMIT_FSIZE, limits.file_size, limits.file_size),
        (
            Resource::RLIMIT_NOFILE,
            limits.open_files,
            limits.open_files,
        ),
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

/// A stream that is read by a task of its own.
struct Capped {
    /// Dropped when nothing more will be waited for.
    more: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Vec<u8>>>,
}

impl Capped {
    /// Reads a stream, keeps `limit` bytes, and says `hit` when more come.
    fn read(
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
        let stream = pipe::Receiver::from_owned_fd(stream)?;
        let (more, mut no_more) = oneshot::channel();
        let task = tokio::spawn(async move {
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            let mut buffer = vec![0; 16 << 10];
            let mut kept = Vec::new();
            loop {
                // Once the program is gone, what it wrote is in the pipe, however late we come to read it. A descendant
                // that still holds the pipe open is not waited for.
                let is_last = tokio::select! {
                    biased;
                    _ = &mut no_more => true,
                    ready = stream.readable() => ready.is_err(),
                };
                loop {
                    // Not by `try_read` when it is the last time: that looks at what the runtime has heard of the pipe,
                    // which may be less than there is in it.
                    let read = if is_last {
                        nix::unistd::read(&stream, &mut buffer).map_err(io::Error::from)
                    } else {
                        stream.try_read(&mut buffer)
                    };
                    let count = match read {
                        Ok(0) => return kept,
                        Ok(count) => count,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                        Err(_) => return kept,
                    };
                    let room = limit - kept.len();
                    kept.extend_from_slice(&buffer[..count.min(room)]);
                    if count > room {
                        let _ = overflowed.try_send(hit);
                        return kept;
                    }
                }
                if is_last {
                    return kept;
                }
            }
        });
        Ok(Self {
            more: Some(more),
            task: Some(task),
        })
    }

    /// What came until the stream ended, or until there was nothing in it.
    async fn finish(self) -> Vec<u8> {
        drop(self.more);
        match self.task {
            Some(task) => task.await.unwrap_or_default(),
            None => Vec::new(),
        }
    }
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
    looked_at: Instant,
}

impl Watched {
    fn new(started: Instant, pid: i32, limits: &Limits) -> Self {
        Self {
            pid,
            idle: limits.idle,
            memory: limits.memory,
            last: Sample::default(),
            busy_at: started,
            looked_at: started,
        }
    }

    fn look(&mut self) -> Option<LimitHit> {
        let now = Instant::now();
        // What wasn't looked at counts neither way: on a machine that is too busy to look, nobody is called idle.
        let since = now - self.looked_at;
        if since > 4 * LOOK_EVERY {
            self.busy_at += since;
        }
        self.looked_at = now;
        let sample = sample(self.pid);
        if self.is_too_much(sample) {
            return Some(LimitHit::Memory);
        }
        if sample.runnable || sample.cpu >= self.last.cpu + NO_CPU {
            self.busy_at = now;
            self.last = sample;
        }
        self.idle
            .filter(|idle| now.saturating_duration_since(self.busy_at) >= *idle)
            .map(|_| LimitHit::Idle)
    }

    fn is_over_memory(&self) -> bool {
        self.is_too_much(sample(self.pid))
    }

    fn is_too_much(&self, sample: Sample) -> bool {
        self.memory.is_some_and(|limit| sample.memory > limit)
    }
}
