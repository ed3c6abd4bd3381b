//! Watches a program from its start to its end, at every tier.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Interval, MissedTickBehavior, Sleep, interval_at, sleep, sleep_until};

use super::groups::{Group, Groups, Shortage};
use super::hold::{Hold, News};
use super::order::{Command, Report};
use super::start::{Ends, Purpose, Started, start, start_directly};
use super::streams::{Capped, feed};
use super::watch::{LOOK_EVERY, Watched};
use super::{Ended, Error, Exit, LimitHit, Sandbox, Signal, Spec, Usage};

/// A program that runs, with all that is read of it and looked after.
pub(super) struct Process {
    pub spec: Spec,
    pub hold: Arc<Hold>,
    pub ends: Ends,
    /// What it was ended for.
    pub limit: Option<LimitHit>,
    /// How its first process ended; of a service the one that was started last.
    pub exit: Option<Exit>,
    began: Instant,
    was_ended: bool,
    group: Option<(Arc<Groups>, Group)>,
    group_beside: Option<(Arc<Groups>, Group)>,
    news: Option<News>,
    watched: Watched,
    wall: Pin<Box<Sleep>>,
    looks: Interval,
    overflow: mpsc::Receiver<LimitHit>,
    stdin: JoinHandle<()>,
    stdout: Capped,
    stderr: Capped,
    record: Capped,
    /// Why its walls couldn't be built.
    refusal: Option<String>,
    lacking: Vec<String>,
    /// What its first processes have used, one after the other.
    usage: Usage,
    /// What its sandbox has used, with all in it.
    all_of_it: Usage,
}

/// What happens to a program.
pub(super) enum Event {
    /// Its first process has ended.
    Ended,
    /// It was started again.
    Again,
    /// Nothing of it is there any more.
    Gone,
    /// It went over a limit.
    Hit(LimitHit),
}

/// Runs a program and waits for its end, or ends it when it goes over a limit.
pub(super) async fn run(sandbox: &Sandbox, spec: Spec) -> Result<Ended, Error> {
    let began = Instant::now();
    let started = start(sandbox, &spec, Purpose::Run)?;
    let mut process = Process::watch(sandbox, spec, started, began).await?;
    loop {
        match process.event().await? {
            Event::Ended | Event::Again => {}
            Event::Gone => break,
            Event::Hit(hit) => {
                process.end_for(hit).await?;
                break;
            }
        }
    }
    process.finish().await
}

impl Process {
    /// Watches what was started.
    pub(super) async fn watch(
        sandbox: &Sandbox,
        spec: Spec,
        started: Started,
        began: Instant,
    ) -> Result<Self, Error> {
        let lost = |source| lost(&spec, source);
        let limits = &spec.limits;
        let (overflowed, overflow) = mpsc::channel::<LimitHit>(3);
        let read =
            |stream, limit, hit| Capped::read(stream, limit, hit, overflowed.clone()).map_err(lost);
        let streams = started.streams;
        let stdout = read(Some(streams.stdout), limits.output, LimitHit::Output)?;
        let stderr = read(Some(streams.stderr), limits.output, LimitHit::Output)?;
        let channel = spec.channel.as_ref();
        let record_limit = channel.map_or(0, |channel| channel.output_limit);
        let record = read(streams.channel, record_limit, LimitHit::Record)?;
        let stdin = feed(streams.stdin, spec.stdin.clone()).map_err(lost)?;

        let (pid, mut news) = started.hold.hear().await.map_err(lost)?;
        // The program's time begins when what runs beside it is ready; how long that may take its sandbox knows.
        let (began, refusal) = if spec.companions.is_empty() {
            (began, None)
        } else {
            let refusal = wait_for_companions(&mut news).await.map_err(lost)?;
            (Instant::now(), refusal)
        };
        let scratch = spec.view.scratch.clone();
        let mut watched = Watched::new(began, pid, sandbox.tier(), limits, scratch);
        watched.has_companions = !spec.companions.is_empty();
        let mut looks = interval_at((began + LOOK_EVERY).into(), LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            wall: Box::pin(sleep_until((began + limits.wall).into())),
            hold: Arc::new(started.hold),
            ends: started.ends,
            group: started.group,
            group_beside: started.group_beside,
            news: Some(news),
            limit: None,
            exit: None,
            was_ended: false,
            refusal,
            lacking: Vec::new(),
            usage: Usage::default(),
            all_of_it: Usage::default(),
            began,
            watched,
            looks,
            overflow,
            stdin,
            stdout,
            stderr,
            record,
            spec,
        })
    }

    /// What happens next. When the returned future is dropped, nothing is lost.
    pub(super) async fn event(&mut self) -> Result<Event, Error> {
        loop {
            // The end comes first: a program that is done has gone over nothing, however late this is noticed.
            let report = tokio::select! {
                biased;
                report = next(&mut self.news) => report,
                Some(hit) = self.overflow.recv() => return Ok(Event::Hit(hit)),
                () = &mut self.wall => return Ok(Event::Hit(LimitHit::Wall)),
                _ = self.looks.tick(), if self.news.is_some() => match self.watched.look() {
                    Some(hit) => return Ok(Event::Hit(hit)),
                    None => continue,
                },
            };
            match report.map_err(|source| lost(&self.spec, source))? {
                Some(report) => {
                    if let Some(event) = self.note(report) {
                        return Ok(event);
                    }
                }
                None => return Ok(Event::Gone),
            }
        }
    }

    fn note(&mut self, report: Report) -> Option<Event> {
        match report {
            Report::Ended {
                exit,
                usage,
                lacking,
            } => {
                self.exit = Some(exit);
                self.usage.cpu += usage.cpu;
                self.usage.max_memory = self.usage.max_memory.max(usage.max_memory);
                self.lacking = lacking;
                Some(Event::Ended)
            }
            Report::Again => {
                self.has_started_again();
                Some(Event::Again)
            }
            Report::Failed(why) => {
                self.refusal.get_or_insert(why);
                None
            }
            Report::Gone(usage) => {
                self.all_of_it = usage;
                None
            }
            Report::Started(_) | Report::Ready => None,
        }
    }

    /// Ends what is over a limit, after it was given the time to say what it was doing, and waits until it is gone.
    pub(super) async fn end_for(&mut self, hit: LimitHit) -> Result<(), Error> {
        self.limit = Some(hit);
        let may_speak = matches!(hit, LimitHit::Wall | LimitHit::Idle) && self.exit.is_none();
        if let Some(patience) = self.spec.limits.last_words.filter(|_| may_speak) {
            self.hold.signal(Signal::Quit);
            let last_words = sleep(patience);
            tokio::pin!(last_words);
            loop {
                let report = tokio::select! {
                    biased;
                    report = next(&mut self.news) => report,
                    () = &mut last_words => break,
                    _ = self.looks.tick() => {
                        if self.watched.is_over_a_limit() {
                            break;
                        }
                        continue;
                    },
                };
                match report.map_err(|source| lost(&self.spec, source))? {
                    Some(report) => {
                        if let Some(Event::Ended) = self.note(report) {
                            break;
                        }
                    }
                    None => return Ok(()),
                }
            }
        }
        self.end().await
    }

    /// Ends everything, and waits until it is gone.
    pub(super) async fn end(&mut self) -> Result<(), Error> {
        self.was_ended = true;
        self.hold.end();
        while self.news.is_some() {
            let report = next(&mut self.news).await;
            match report.map_err(|source| lost(&self.spec, source))? {
                Some(report) => drop(self.note(report)),
                None => break,
            }
        }
        Ok(())
    }

    /// What was left, once it is gone.
    pub(super) async fn finish(mut self) -> Result<Ended, Error> {
        self.stdin.abort();
        if let Some((groups, group)) = self.group_beside.take() {
            groups.give_back(group);
        }
        let shortage = match self.group.take() {
            Some((groups, group)) => {
                let shortage = group.shortage();
                groups.give_back(group);
                shortage
            }
            None => Shortage::None,
        };
        let program = self.spec.program.to_string();
        let (exit, usage) = match (self.refusal.take(), self.exit) {
            (Some(why), _) => return Err(Error::Confine { program, why }),
            (None, Some(exit)) => (exit, self.usage),
            (None, None) if self.was_ended || self.limit.is_some() => {
                (Exit::Signal(nix::libc::SIGKILL), self.all_of_it)
            }
            (None, None) => {
                let what = "its sandbox ended without a word";
                return Err(lost(&self.spec, io::Error::other(what)));
            }
        };
        // The kernel's count: it may have ended a child alone, or the program may have made little of it.
        let mut limit = self.limit;
        match shortage {
            Shortage::None => {}
            Shortage::Own => limit = Some(LimitHit::Memory),
            // What gavel has ended it for stands.
            Shortage::Elsewhere if limit.is_some() => {}
            Shortage::Elsewhere => {
                let what = "this machine, or the control group that gavel is in, has run out of memory, so the kernel ended it: grade \
                            fewer at a time (--jobs), or give it more";
                return Err(lost(&self.spec, io::Error::other(what)));
            }
        }
        // The kernel ends a program that is over its processor time in ways that the program can soften.
        let is_over = usage.cpu >= self.spec.limits.cpu;
        let limit = limit.or(is_over.then_some(LimitHit::Cpu));
        let (stdout, stderr, record) = tokio::join!(
            self.stdout.finish(),
            self.stderr.finish(),
            self.record.finish()
        );
        // A flood that ended by itself before anybody noticed is a flood all the same.
        let limit = limit.or_else(|| self.overflow.try_recv().ok());
        Ok(Ended {
            exit,
            limit,
            stdout,
            stderr,
            record,
            usage: Usage {
                wall: self.began.elapsed(),
                ..usage
            },
            lacking: self.lacking,
        })
    }

    /// Over which limit it went that the kernel alone has held: of a service that has ended, and may be started again.
    pub(super) fn limit_held_by_the_kernel(&self) -> Option<LimitHit> {
        let group = self.group.as_ref();
        let shortage = group.map_or(Shortage::None, |(_, group)| group.shortage());
        let is_over_its_time = self.usage.cpu >= self.spec.limits.cpu;
        match shortage {
            Shortage::Own => Some(LimitHit::Memory),
            // The machine's doing, which is told at the end.
            Shortage::None | Shortage::Elsewhere => is_over_its_time.then_some(LimitHit::Cpu),
        }
    }

    /// Where no sandbox keeps its place: it is gone, and nothing is heard until it is started again.
    pub(super) fn rest(&mut self) {
        self.news = None;
    }

    /// Has it started again: by its sandbox, which will tell, or at once.
    pub(super) async fn start_again(&mut self) -> Result<(), Error> {
        match &*self.hold {
            Hold::Confined(_) => self.hold.say(Command::Restart),
            Hold::Direct(living) => {
                let failed = |source| Error::Start {
                    program: self.spec.program.to_string(),
                    source,
                };
                start_directly(&self.spec, &self.ends, living).map_err(failed)?;
                let (pid, news) = self.hold.hear().await.map_err(failed)?;
                self.watched.pid = pid;
                self.news = Some(news);
                self.has_started_again();
            }
        }
        Ok(())
    }

    fn has_started_again(&mut self) {
        self.exit = None;
        self.watched.spent = self.usage.cpu;
    }
}

/// Waits until companions are ready; else why they aren't. A sandbox that is gone without a word is told of later.
async fn wait_for_companions(news: &mut News) -> io::Result<Option<String>> {
    loop {
        match news.next().await? {
            Some(Report::Failed(why)) => return Ok(Some(why)),
            Some(Report::Ready) | None => return Ok(None),
            Some(Report::Started(_) | Report::Ended { .. } | Report::Again | Report::Gone(_)) => {}
        }
    }
}

/// The next of the news; where there are none to be had, it waits for ever.
async fn next(news: &mut Option<News>) -> io::Result<Option<Report>> {
    match news {
        Some(news) => news.next().await,
        None => std::future::pending().await,
    }
}

fn lost(spec: &Spec, source: io::Error) -> Error {
    Error::Watch {
        program: spec.program.to_string(),
        source,
    }
}
