//! What a goroutine waits for, in the candidate's terms.

use super::ground::{Ground, short_name};
use crate::gosource::ActKind;
use crate::gotest::dump::{Activity, Goroutine};
use crate::gotest::stack::Frame;
use crate::model::Place;

/// A goroutine that waits for others.
pub(super) struct Waiter<'a> {
    pub(super) goroutine: &'a Goroutine,
    pub(super) aim: Aim,
    /// Its innermost call in the candidate's code.
    pub(super) frame: Option<usize>,
    /// Where that is.
    pub(super) place: Option<Place>,
    /// Whether a test is among its calls.
    pub(super) is_in_a_test: bool,
    /// What it waits for, as the source spells it.
    pub(super) subject: Option<String>,
    /// Where in memory that lies; known for what package sync makes.
    pub(super) address: Option<u64>,
    /// The function outside of the candidate's code in which it waits, where that isn't the waiting itself.
    pub(super) callee: Option<String>,
}

/// A goroutine that waits for others; `None` where it does something else.
pub(super) fn waiter<'a>(ground: &Ground<'_>, goroutine: &'a Goroutine) -> Option<Waiter<'a>> {
    let aim = aim_of(&goroutine.activity)?;
    let found = ground.first_place(&goroutine.frames);
    let frame = found.as_ref().map(|(number, _)| *number);
    let place = found.map(|(_, place)| place);
    let above = &goroutine.frames[..frame.unwrap_or(0)];
    let is_the_waiting = |frame: &Frame| {
        ["runtime.", "sync.", "internal/sync.", "internal/synctest."]
            .iter()
            .any(|package| frame.function.starts_with(package))
    };
    let callee = above
        .iter()
        .rfind(|frame| !is_the_waiting(frame))
        .map(|frame| short_name(&frame.function));
    let act = place
        .as_ref()
        .filter(|_| callee.is_none())
        .and_then(|place| {
            let kinds = kinds_of(aim);
            ground.acts_at(place).find(|act| kinds.contains(&act.kind))
        });
    Some(Waiter {
        goroutine,
        aim: match act.map(|act| act.kind) {
            Some(ActKind::Range) => Aim::More,
            _ => aim,
        },
        frame,
        is_in_a_test: goroutine
            .frames
            .iter()
            .any(|frame| frame.file.ends_with("_test.go")),
        subject: act.map(|act| act.subject.clone()),
        // Of the calls in package sync, which all pass it on, the outermost one that the runtime vouches for.
        address: above
            .iter()
            .rev()
            .filter(|frame| is_the_waiting(frame) && !frame.function.starts_with("runtime."))
            .find_map(|frame| *frame.arguments.first()?),
        place,
        callee,
    })
}

/// What only another goroutine can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    Send,
    Receive,
    /// To receive, in a loop over the channel.
    More,
    NilSend,
    NilReceive,
    Case,
    NoCase,
    Lock,
    ReadLock,
    Workers,
    Signal,
    /// Something that is not the candidate's own doing.
    Unknown,
}

/// What a goroutine waits for, if it waits for another.
pub(super) fn aim_of(activity: &Activity) -> Option<Aim> {
    match activity {
        Activity::ChannelSend => Some(Aim::Send),
        Activity::ChannelReceive => Some(Aim::Receive),
        Activity::NilChannelSend => Some(Aim::NilSend),
        Activity::NilChannelReceive => Some(Aim::NilReceive),
        Activity::Select => Some(Aim::Case),
        Activity::SelectWithoutCases => Some(Aim::NoCase),
        Activity::Mutex | Activity::WriteLock => Some(Aim::Lock),
        Activity::ReadLock => Some(Aim::ReadLock),
        Activity::WaitGroup => Some(Aim::Workers),
        Activity::Cond => Some(Aim::Signal),
        Activity::Semaphore | Activity::SynctestRun | Activity::SynctestWait => Some(Aim::Unknown),
        Activity::Running
        | Activity::Runnable
        | Activity::Sleeping
        | Activity::InputOutput
        | Activity::SystemCall
        | Activity::Coroutine
        | Activity::Runtime
        | Activity::Other(_) => None,
    }
}

/// What the source says where a goroutine waits so.
fn kinds_of(aim: Aim) -> &'static [ActKind] {
    match aim {
        Aim::Send | Aim::NilSend => &[ActKind::Send, ActKind::Select],
        Aim::Receive | Aim::More | Aim::NilReceive => {
            &[ActKind::Receive, ActKind::Range, ActKind::Select]
        }
        Aim::Case | Aim::NoCase => &[ActKind::Select],
        Aim::Lock => &[ActKind::Lock],
        Aim::ReadLock => &[ActKind::ReadLock],
        Aim::Workers | Aim::Signal => &[ActKind::Wait],
        Aim::Unknown => &[],
    }
}

impl Waiter<'_> {
    pub(super) fn is_for_a_lock(&self) -> bool {
        matches!(self.aim, Aim::Lock | Aim::ReadLock)
    }

    /// `to send on results`, to be put behind `waits`.
    pub(super) fn words(&self) -> String {
        if let Some(callee) = &self.callee {
            return format!("in {callee}");
        }
        let named = |before: &str, otherwise: &str| match &self.subject {
            Some(subject) => format!("{before} {subject}"),
            None => format!("{before} {otherwise}"),
        };
        let nil = |before: &str| match &self.subject {
            Some(subject) => format!("{before} {subject}, a nil channel,"),
            None => format!("{before} a nil channel"),
        };
        match self.aim {
            Aim::Send => named("to send on", "a channel"),
            Aim::Receive => named("to receive from", "a channel"),
            Aim::More => named("for more from", "a channel"),
            Aim::NilSend => nil("to send on"),
            Aim::NilReceive => nil("to receive from"),
            Aim::Case => named("for one of", "the cases of a select"),
            Aim::NoCase => "in a select without cases".to_owned(),
            Aim::Lock => named("to lock", "a mutex"),
            Aim::ReadLock => named("to lock for reading", "a mutex"),
            Aim::Workers => named("for", "a WaitGroup"),
            Aim::Signal => named("for a signal on", "a condition"),
            Aim::Unknown => "for others".to_owned(),
        }
    }

    /// The explanation of waiting so for ever.
    pub(super) fn explanation(&self) -> &'static str {
        match self.aim {
            Aim::Send => "blocked-send",
            Aim::Receive => "blocked-receive",
            Aim::More => "never-closed",
            Aim::NilSend | Aim::NilReceive => "nil-channel",
            Aim::Case | Aim::Unknown => "blocked-select",
            Aim::NoCase => "empty-select",
            Aim::Lock | Aim::ReadLock => "lock-never-released",
            Aim::Workers => "waitgroup-stuck",
            Aim::Signal => "lost-signal",
        }
    }
}
