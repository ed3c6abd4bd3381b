//! The hold that gavel has on a program until it is gone, and what it hears of it.

use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nix::libc;
use nix::sys::signal::{kill, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::sync::mpsc;

use super::order::{Command, Report};
use super::{Exit, Signal, Usage};

/// What a program is held by. Dropped, it ends everything.
#[derive(Debug)]
pub(super) enum Hold {
    /// Its number.
    Direct(Arc<Living>),
    /// The line to its sandbox.
    Confined(UnixStream),
}

/// The number of a process for as long as that is its own: whoever signals it holds the lock, and whoever reaps it takes the
/// number away.
pub(super) type Living = Mutex<Option<i32>>;

impl Hold {
    /// What is heard of the program from now on, and the process that was started: the program's own or its sandbox's. An
    /// error of its sandbox comes with the news.
    pub(super) async fn hear(&self) -> io::Result<(i32, News)> {
        match self {
            Hold::Direct(living) => {
                let Some(pid) = *lock(living) else {
                    return Err(io::Error::other("the program is gone"));
                };
                let (told, news) = mpsc::unbounded_channel();
                let living = Arc::clone(living);
                // On a thread of its own: for the end, then for the rest of the group to be killed, then reaps.
                std::thread::spawn(move || {
                    let _ = told.send(wait_and_reap(pid, &living));
                });
                Ok((pid, News::Thread(news)))
            }
            Hold::Confined(line) => {
                let line = line.try_clone()?;
                line.set_nonblocking(true)?;
                let line = tokio::net::UnixStream::from_std(line)?;
                let mut news = News::Line(BufReader::new(line).lines());
                match news.next().await? {
                    Some(Report::Started(pid)) => Ok((pid, news)),
                    Some(Report::Failed(why)) => Ok((0, News::Failed(Some(why)))),
                    Some(
                        Report::Ended { .. } | Report::Again | Report::Ready | Report::Gone(_),
                    )
                    | None => Err(io::Error::other("the keeper of sandboxes is gone")),
                }
            }
        }
    }

    /// Sends the program a signal, it alone. One that is gone needs none.
    pub(super) fn signal(&self, signal: Signal) {
        match self {
            Hold::Direct(living) => {
                let living = lock(living);
                if let Some(pid) = *living {
                    let _ = signal.send_to(Pid::from_raw(pid));
                }
            }
            Hold::Confined(_) => self.say(Command::Signal(signal)),
        }
    }

    /// Says a word to its sandbox, which may be gone already.
    pub(super) fn say(&self, command: Command) {
        if let Hold::Confined(line) = self {
            let mut line: &UnixStream = line;
            let _ = line.write_all(&[command.byte()]);
        }
    }

    /// Ends everything.
    pub(super) fn end(&self) {
        match self {
            Hold::Direct(living) => {
                let living = lock(living);
                if let Some(pid) = *living {
                    let _ = killpg(Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL);
                }
            }
            Hold::Confined(line) => {
                let _ = line.shutdown(Shutdown::Write);
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.end();
    }
}

impl Signal {
    /// Sends it to a process whose number is its own.
    pub(super) fn send_to(self, pid: Pid) -> nix::Result<()> {
        use nix::sys::signal::Signal as Number;
        match self {
            Signal::Interrupt => kill(pid, Number::SIGINT),
            Signal::Terminate => kill(pid, Number::SIGTERM),
            Signal::Kill => kill(pid, Number::SIGKILL),
            Signal::Quit => super::watch::ask_for_a_dump(pid),
        }
    }
}

/// Where news of a program come from. The last of them is followed by none: everything is gone then.
pub(super) enum News {
    /// Its sandbox.
    Line(Lines<BufReader<tokio::net::UnixStream>>),
    /// The thread that waits for it.
    Thread(mpsc::UnboundedReceiver<io::Result<Report>>),
    /// Nobody: its sandbox could not be built.
    Failed(Option<String>),
}

impl News {
    /// The next, as soon as there are any. When this is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> io::Result<Option<Report>> {
        match self {
            News::Line(lines) => match lines.next_line().await? {
                Some(line) => Ok(Some(serde_json::from_str(&line)?)),
                None => Ok(None),
            },
            News::Thread(reports) => reports.recv().await.transpose(),
            News::Failed(why) => Ok(why.take().map(Report::Failed)),
        }
    }
}

fn lock(living: &Living) -> MutexGuard<'_, Option<i32>> {
    living.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until `pid` has ended, kills what is left of its group while its number can't be given to another, reaps it.
#[expect(
    unsafe_code,
    reason = "wait4 is the call that tells what a process used, and no crate at hand wraps it"
)]
fn wait_and_reap(pid: i32, living: &Living) -> io::Result<Report> {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let pid_t = Pid::from_raw(pid);
    loop {
        match waitid(Id::Pid(pid_t), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => break,
        }
    }
    let mut living = lock(living);
    let _ = killpg(pid_t, nix::sys::signal::Signal::SIGKILL);
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live values of the types that the call fills.
    if unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) } != pid {
        return Err(io::Error::last_os_error());
    }
    *living = None;
    drop(living);
    // SAFETY: zeroed is a valid rusage, and the call succeeded.
    let usage = unsafe { usage.assume_init() };
    Ok(Report::Ended {
        exit: Exit::of_status(status),
        usage: Usage::of(&usage),
        lacking: Vec::new(),
    })
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
