//! Watches a program from its start to its end, at every tier.

use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval_at, sleep, sleep_until};

use super::disk::{self, Holding};
use super::groups::Shortage;
use super::start::{Gone, start};
use super::watch::{Sample, sample};
use super::{Ended, Error, Exit, LimitHit, Limits, Sandbox, Spec, Tier, Usage};

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Less use of the processor than this between two looks at the same figure counts as none.
const NO_CPU: Duration = Duration::from_millis(10);

/// Where the kernel holds the number of processes and threads, what is just ending may still be seen.
const SLACK: u64 = 16;
/// The scratch folder is looked at each so many looks.
const LOOKS_FOR_DISK: u32 = 4;

/// Runs a program and waits for its end, or ends it when it goes over a limit.
#[expect(
    clippy::too_many_lines,
    reason = "one run from its start to its end, in order"
)]
pub(super) async fn run(sandbox: &Sandbox, spec: Spec) -> Result<Ended, Error> {
    let program = spec.program.to_string();
    let watch = |source| Error::Watch {
        program: program.clone(),
        source,
    };
    let started = Instant::now();
    let mut running = start(sandbox, &spec)?;

    let (overflowed, mut overflow) = mpsc::channel::<LimitHit>(3);
    let read = |stream: Option<OwnedFd>, limit, hit| {
        Capped::read(stream, limit, hit, overflowed.clone()).map_err(watch)
    };
    let stdout = read(running.stdout.take(), spec.limits.output, LimitHit::Output)?;
    let stderr = read(running.stderr.take(), spec.limits.output, LimitHit::Output)?;
    let record_limit = spec
        .channel
        .as_ref()
        .map_or(0, |channel| channel.output_limit);
    let record = read(running.record.take(), record_limit, LimitHit::Record)?;
    let stdin = feed(running.stdin.take(), spec.stdin).map_err(watch)?;

    let (pid, mut waiter) = running.watch().await.map_err(watch)?;
    let mut limit = None;
    let mut watched = Watched::new(
        started,
        pid,
        sandbox.tier(),
        &spec.limits,
        spec.view.scratch,
    );
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
            running.ask_for_last_words();
            let last_words = sleep(patience);
            tokio::pin!(last_words);
            let ended = loop {
                tokio::select! {
                    biased;
                    ended = &mut waiter => break Some(ended),
                    () = &mut last_words => break None,
                    _ = looks.tick() => if watched.is_over_a_limit() { break None },
                }
            };
            if let Some(ended) = ended {
                break ended;
            }
        }
        running.end();
        break waiter.await;
    };
    stdin.abort();
    let ended = ended
        .map_err(|_| watch(io::Error::other("the waiting thread is gone")))?
        .map_err(watch)?;
    let (exit, usage, lacking) = match ended {
        Gone::Reaped(exit, usage) => (exit, usage, Vec::new()),
        Gone::Told {
            exit,
            usage,
            lacking,
        } => (exit, usage, lacking),
        Gone::Failed(why) => return Err(Error::Confine { program, why }),
        Gone::Untold(usage) if limit.is_some() => {
            (Exit::Signal(nix::libc::SIGKILL), usage, Vec::new())
        }
        Gone::Untold(_) => {
            let what = "its sandbox ended without a word";
            return Err(watch(io::Error::other(what)));
        }
    };
    // The kernel's count: it may have ended a child alone, or the program may have made little of it.
    match running.give_back() {
        Shortage::None => {}
        Shortage::Own => limit = Some(LimitHit::Memory),
        // What gavel has ended it for stands.
        Shortage::Elsewhere if limit.is_some() => {}
        Shortage::Elsewhere => {
            let what = "this machine, or the control group that gavel is in, has run out of memory, so the kernel ended it: grade \
                        fewer at a time (--jobs), or give it more";
            return Err(watch(io::Error::other(what)));
        }
    }
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
        lacking,
    })
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
        let flags = OFlag::from_bits_retain(fcntl(&stream, FcntlArg::F_GETFL)?);
        fcntl(&stream, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
        let stream = watched(stream)?;
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
    async fn finish(self) -> Vec<u8> {
        drop(self.more);
        match self.task {
            Some(task) => task.await.unwrap_or_default(),
            None => Vec::new(),
        }
    }
}

#[expect(unsafe_code, reason = "tokio asks for a promise about the descriptor")]
fn watched(stream: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor stays the same and open until it is dropped, and it is dropped with what is returned.
    unsafe { AsyncFd::register_with_interest(stream, Interest::READABLE) }.map_err(io::Error::from)
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
    /// How many generations of processes are the sandbox's own.
    own: u32,
    limits: Limits,
    /// The scratch folder, where nothing else holds it.
    scratch: Option<PathBuf>,
    looks: u32,
    last: Sample,
    busy_at: Instant,
    looked_at: Instant,
}

impl Watched {
    fn new(started: Instant, pid: i32, tier: Tier, limits: &Limits, scratch: PathBuf) -> Self {
        let (own, holds_disk) = match tier {
            Tier::Strict => (1, true),
            Tier::Landlock => (1, false),
            Tier::None => (0, false),
        };
        Self {
            pid,
            own,
            limits: limits.clone(),
            scratch: (!holds_disk && !scratch.as_os_str().is_empty()).then_some(scratch),
            looks: 0,
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
        self.looks += 1;
        let sample = sample(self.pid, self.own);
        if let Some(hit) = self.too_much(sample) {
            return Some(hit);
        }
        if self.looks.is_multiple_of(LOOKS_FOR_DISK) && self.is_disk_full() {
            return Some(LimitHit::Disk);
        }
        if sample.runnable || sample.cpu >= self.last.cpu + NO_CPU {
            self.busy_at = now;
            self.last = sample;
        }
        self.limits
            .idle
            .filter(|idle| now.saturating_duration_since(self.busy_at) >= *idle)
            .map(|_| LimitHit::Idle)
    }

    fn is_over_a_limit(&self) -> bool {
        self.too_much(sample(self.pid, self.own)).is_some()
    }

    fn too_much(&self, sample: Sample) -> Option<LimitHit> {
        if sample.memory > self.limits.memory {
            Some(LimitHit::Memory)
        } else if sample.threads > self.limits.processes + SLACK {
            Some(LimitHit::Processes)
        } else if sample.cpu >= self.limits.cpu {
            Some(LimitHit::Cpu)
        } else {
            None
        }
    }

    fn is_disk_full(&self) -> bool {
        let most = Holding {
            bytes: self.limits.disk,
            files: self.limits.files,
        };
        self.scratch.as_ref().is_some_and(|scratch| {
            let now = disk::holding(scratch, most);
            now.bytes > most.bytes || now.files > most.files
        })
    }
}
