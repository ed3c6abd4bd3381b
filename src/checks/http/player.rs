//! Plays a transcript against a service: step by step, writing down what was expected and what came.
//!
//! A difference doesn't end the play, so that all are told at once. What leaves nothing to go on with does: no answer in time,
//! no connection, a service that has ended, a variable that nothing was captured for.

mod requests;

use std::io::ErrorKind;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::compare::{compare, expected_lines, no_answer_words};
use super::exchange::{self, Came, NoAnswer, Sent};
use super::matching::{Fitting, Variables};
use crate::golang::{Serving, leaks};
use crate::model::{Act, Answer, HttpCheck, LeaksOfService, Raw, RawAnswer, Request, Signal, Step};
use crate::sandbox::{self, Exit, Service, Stopped};
use crate::text;

/// How long it takes until a connection is tried once more.
const PAUSE: Duration = Duration::from_millis(5);
/// How far ahead of the next step one in the background is, unless its answer comes sooner.
const HEAD_START: Duration = Duration::from_millis(100);
/// How long a service that has lost a connection may take to be seen to have ended.
const LAST_BREATH: Duration = Duration::from_millis(300);
/// How long a service that nobody waits for may take to end.
const PARTING: Duration = Duration::from_secs(2);
/// How many wrong answers to one step are shown.
const SHOWN: usize = 3;

/// What came of a play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// The transcript as it should have come about, as far as it was played.
    pub want: String,
    /// The transcript as it came about.
    pub got: String,
    /// What went wrong, in order.
    pub faults: Vec<Fault>,
    /// The answers to each step of the transcript.
    pub answers: Vec<Vec<Came>>,
    /// What leaked, as a goroutine dump, each time that this was asked.
    pub leaks: Vec<String>,
    /// Why the service couldn't be asked what leaked.
    pub unasked: Option<String>,
    /// How the service came to its end.
    pub parting: Parting,
}

/// Something that went wrong in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The name of the step; empty before the first.
    pub step: String,
    /// What kind of thing.
    pub kind: FaultKind,
    /// What, in words that need no subject.
    pub what: String,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The answer is another.
    Wrong,
    /// What should have come in time didn't.
    Late,
    /// The connection broke off.
    Broken,
    /// The service had ended, and nobody had asked it to.
    Gone,
    /// It ended as it was asked to, and with another code.
    WrongExit,
}

/// How a service came to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parting {
    /// By itself.
    #[default]
    Itself,
    /// It was asked to end.
    Asked,
    /// It was killed.
    Killed,
    /// It was asked for its goroutine dump, which ends it.
    Dumped,
}

/// Nothing can follow.
struct Stop;

/// A request that is under way.
struct Waiting<'t> {
    step: usize,
    of: &'t Step,
    request: &'t Request,
    sent: Sent,
    task: JoinHandle<Result<Came, NoAnswer>>,
}

struct Player<'t, 's> {
    check: &'t HttpCheck,
    serving: &'s Serving,
    service: &'s Service,
    port: u16,
    variables: Variables,
    want: Vec<String>,
    got: Vec<String>,
    waiting: Vec<Waiting<'t>>,
    /// Connections that stay open until the end.
    held: Vec<TcpStream>,
    is_running: bool,
    played: Played,
}

/// Plays the transcript of a check against a service that was just started, and parts from it.
pub(super) async fn play(check: &HttpCheck, serving: &Serving) -> Played {
    let mut player = Player {
        check,
        serving,
        service: &serving.service,
        port: serving.port,
        variables: Variables::new(),
        want: Vec::new(),
        got: Vec::new(),
        waiting: Vec::new(),
        held: Vec::new(),
        is_running: true,
        played: Played {
            answers: vec![Vec::new(); check.transcript.steps.len()],
            ..Played::default()
        },
    };
    let mut is_over = player.wait_for_port("", check.start).await.is_err();
    for (index, step) in check.transcript.steps.iter().enumerate() {
        is_over = is_over || player.step(index, step).await.is_err();
    }
    let late = |fault: &Fault| fault.kind == FaultKind::Late;
    while !is_over && !player.waiting.is_empty() {
        let waiting = player.waiting.remove(0);
        is_over = player.finish(waiting).await.is_err();
    }
    for waiting in std::mem::take(&mut player.waiting) {
        waiting.task.abort();
    }
    player.held.clear();
    let hangs = player.played.faults.iter().any(late);
    player.part(hangs).await;
    Played {
        want: player.want.join("\n"),
        got: player.got.join("\n"),
        ..player.played
    }
}

impl<'t> Player<'t, '_> {
    fn both(&mut self, line: &str) {
        self.want.push(line.to_owned());
        self.got.push(line.to_owned());
    }

    fn fault(&mut self, step: &str, kind: FaultKind, what: impl Into<String>) {
        self.played.faults.push(Fault {
            step: step.to_owned(),
            kind,
            what: what.into(),
        });
    }

    async fn step(&mut self, index: usize, step: &'t Step) -> Result<(), Stop> {
        if let Some(wait) = step.after {
            sleep(wait).await;
        }
        match &step.act {
            Act::Request(request) => self.request(index, step, request).await,
            Act::Raw(raw) => self.raw(index, step, raw).await,
            Act::Finish { step } => {
                let at = self.waiting.iter().position(|one| one.of.name == *step);
                match at {
                    Some(at) => {
                        let waiting = self.waiting.remove(at);
                        self.finish(waiting).await
                    }
                    None => Ok(()),
                }
            }
            Act::Signal { signal, exit } => self.signal(step, *signal, *exit).await,
            Act::Kill => {
                self.title(step, "");
                self.ask_for_leaks().await;
                self.service.signal(sandbox::Signal::Kill);
                self.ended_within(step.timeout).await;
                self.is_running = false;
                self.played.parting = Parting::Killed;
                self.both("(killed)");
                Ok(())
            }
            Act::Restart => self.restart(step).await,
        }
    }

    fn title(&mut self, step: &Step, more: &str) {
        if !self.want.is_empty() {
            self.both("");
        }
        self.both(&format!("# {}{more}", step.name));
    }

    /// How the service ended, if it does within a time.
    async fn ended_within(&mut self, time: Duration) -> Option<Stopped> {
        timeout(time, self.service.stopped()).await.ok()
    }

    /// Waits until the service accepts connections.
    async fn wait_for_port(&mut self, step: &str, time: Duration) -> Result<(), Stop> {
        let address = address(self.port);
        let patience = async {
            loop {
                if self.service.connect(self.port).await.is_ok() {
                    return None;
                }
                if let Ok(stopped) = timeout(PAUSE, self.service.stopped()).await {
                    return Some(stopped);
                }
            }
        };
        let (kind, what) = match timeout(time, patience).await {
            Ok(None) => return Ok(()),
            Ok(Some(stopped)) => {
                self.is_running = false;
                let what = format!(
                    "it ended ({}) before it accepted connections at its ADDR, {address}",
                    in_words(stopped)
                );
                (FaultKind::Gone, what)
            }
            Err(_) => {
                let what = format!(
                    "nothing accepted connections at its ADDR, {address}, within {}",
                    text::duration(time)
                );
                (FaultKind::Wrong, what)
            }
        };
        self.want
            .push(format!("(it accepts connections at {address})"));
        self.got.push(format!("({what})"));
        self.fault(step, kind, what);
        Err(Stop)
    }

    async fn judge(
        &mut self,
        index: usize,
        step: &Step,
        expect: &Answer,
        came: Result<Came, NoAnswer>,
    ) -> Result<(), Stop> {
        match came {
            Ok(came) => {
                let compared = compare(expect, &came, &self.variables);
                self.want.extend(compared.want);
                self.got.extend(compared.got);
                for what in compared.faults {
                    self.fault(&step.name, FaultKind::Wrong, what);
                }
                self.variables.extend(compared.captured);
                self.played.answers[index].push(came);
                // Later steps would stumble over a variable that has no value.
                let mut names = expect.captures().into_iter();
                if names.all(|name| self.variables.contains_key(name)) {
                    Ok(())
                } else {
                    Err(Stop)
                }
            }
            Err(why) => {
                self.want.extend(expected_lines(expect, &self.variables));
                self.no_answer(step, &why).await
            }
        }
    }

    /// Writes down that there is no answer, and finds out whether there is still somebody to answer.
    async fn no_answer(&mut self, step: &Step, why: &NoAnswer) -> Result<(), Stop> {
        let words = no_answer_words(why, step.timeout);
        self.got.push(format!("({words})"));
        let stopped = match why {
            NoAnswer::Closed | NoAnswer::Unreachable(_) => self.ended_within(LAST_BREATH).await,
            NoAnswer::Garbled(_) | NoAnswer::Silent => None,
        };
        if let Some(stopped) = stopped {
            self.is_running = false;
            let how = in_words(stopped);
            self.got.push(format!("(the service had ended: {how})"));
            let what = format!("the service ended ({how}) before it answered");
            self.fault(&step.name, FaultKind::Gone, what);
            return Err(Stop);
        }
        match why {
            NoAnswer::Silent => self.fault(&step.name, FaultKind::Late, words),
            NoAnswer::Unreachable(_) => self.fault(&step.name, FaultKind::Broken, words),
            NoAnswer::Garbled(_) => {
                self.fault(&step.name, FaultKind::Wrong, words);
                return Ok(());
            }
            NoAnswer::Closed => {
                self.fault(&step.name, FaultKind::Broken, words);
                return Ok(());
            }
        }
        Err(Stop)
    }

    async fn raw(&mut self, index: usize, step: &Step, raw: &Raw) -> Result<(), Stop> {
        let text = Fitting::new(&self.variables).fill(&raw.text);
        self.title(step, "");
        for line in text.lines() {
            self.both(&format!("> {line}"));
        }
        let expect = match &raw.expect {
            Some(RawAnswer::Answer(answer)) => Some(answer),
            Some(RawAnswer::Closed) | None => None,
        };
        let stream = self.service.connect(self.port).await;
        let asking = async {
            let mut stream = stream.map_err(|error| NoAnswer::Unreachable(error.to_string()))?;
            exchange::write_raw(&mut stream, &text).await?;
            let came = match (&raw.expect, expect) {
                (Some(RawAnswer::Closed), _) => {
                    exchange::wait_for_close(&mut stream).await;
                    None
                }
                (_, Some(_)) => Some(exchange::read_raw(&mut stream).await?),
                (_, None) => None,
            };
            Ok((stream, came))
        };
        match (within(step.timeout, asking).await, expect) {
            (Ok((stream, came)), expect) => {
                self.held.push(stream);
                if let (Some(came), Some(expect)) = (came, expect) {
                    return self.judge(index, step, expect, Ok(came)).await;
                }
                if raw.expect.is_some() {
                    self.both("(the connection is closed)");
                }
                Ok(())
            }
            (Err(why), Some(expect)) => self.judge(index, step, expect, Err(why)).await,
            (Err(NoAnswer::Silent), None) => {
                let time = text::duration(step.timeout);
                self.want.push("(the connection is closed)".to_owned());
                self.got
                    .push(format!("(the connection was still open after {time})"));
                let what = format!("the connection was still open after {time}");
                self.fault(&step.name, FaultKind::Late, what);
                Err(Stop)
            }
            (Err(why), None) => self.no_answer(step, &why).await,
        }
    }

    async fn signal(&mut self, step: &Step, signal: Signal, exit: Option<i32>) -> Result<(), Stop> {
        self.title(step, "");
        self.both(&format!("({} is sent)", signal.name()));
        if exit.is_some() {
            self.ask_for_leaks().await;
        }
        self.service.signal(match signal {
            Signal::Terminate => sandbox::Signal::Terminate,
            Signal::Interrupt => sandbox::Signal::Interrupt,
        });
        self.played.parting = Parting::Asked;
        let Some(code) = exit else { return Ok(()) };
        let wanted = Exit::Code(code);
        self.want.push(format!("(it ends: {wanted})"));
        let Some(stopped) = self.ended_within(step.timeout).await else {
            let time = text::duration(step.timeout);
            let what = format!("it was still running {time} after {}", signal.name());
            self.got.push(format!("({what})"));
            self.fault(&step.name, FaultKind::Late, what);
            return Err(Stop);
        };
        self.is_running = false;
        let how = in_words(stopped);
        self.got.push(format!("(it ends: {how})"));
        if stopped != Stopped::Exited(wanted) {
            let what = format!("it ended with {how} instead of {wanted}");
            self.fault(&step.name, FaultKind::WrongExit, what);
        }
        Ok(())
    }

    async fn restart(&mut self, step: &Step) -> Result<(), Stop> {
        self.title(step, "");
        self.both("(started again)");
        self.held.clear();
        if let Err(error) = self.service.restart().await {
            self.played.unasked = Some(format!("the service couldn't be started again: {error}"));
            return Err(Stop);
        }
        self.is_running = true;
        self.played.parting = Parting::Itself;
        self.wait_for_port(&step.name, step.timeout.max(self.check.start))
            .await
    }

    /// Asks a service that is about to end, and has nothing to do any more, what it leaves behind.
    async fn ask_for_leaks(&mut self) {
        match self.check.leaks {
            LeaksOfService::None => return,
            LeaksOfService::Proven if !self.waiting.is_empty() => return,
            LeaksOfService::Proven => {}
        }
        match leaks(self.serving).await {
            Ok(dump) if dump.trim().is_empty() => {}
            Ok(dump) => self.played.leaks.push(dump),
            // Some programs can't be asked.
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            Err(error) => {
                if self.ended_within(LAST_BREATH).await.is_some() {
                    self.is_running = false;
                } else {
                    self.played.unasked = Some(format!(
                        "gavel's question about leaked goroutines wasn't answered: {error}"
                    ));
                }
            }
        }
    }

    /// Ends the service, if it is still there. One that hangs is asked what it is doing.
    async fn part(&mut self, hangs: bool) {
        if !self.is_running || self.ended_within(Duration::ZERO).await.is_some() {
            return;
        }
        if !hangs {
            self.ask_for_leaks().await;
            if !self.is_running {
                return;
            }
        }
        let (signal, parting) = if hangs {
            (sandbox::Signal::Quit, Parting::Dumped)
        } else {
            (sandbox::Signal::Terminate, Parting::Asked)
        };
        self.service.signal(signal);
        self.played.parting = parting;
        if self.ended_within(PARTING).await.is_none() {
            self.played.parting = Parting::Killed;
        }
    }
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn in_words(stopped: Stopped) -> String {
    match stopped {
        Stopped::Exited(exit) => exit.to_string(),
        Stopped::Limit(_) => "by a limit".to_owned(),
        Stopped::Over => "by gavel".to_owned(),
    }
}

async fn within<T>(
    time: Duration,
    asking: impl Future<Output = Result<T, NoAnswer>>,
) -> Result<T, NoAnswer> {
    timeout(time, asking).await.unwrap_or(Err(NoAnswer::Silent))
}
