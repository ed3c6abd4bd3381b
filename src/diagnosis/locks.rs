//! Who holds a lock, and who waits for whom.
//!
//! The runtime doesn't know who holds a mutex. What is known is where each goroutine stands, what the source locked before
//! that line and hasn't unlocked since, and where in memory the locks lie that somebody waits for.

use super::ground::{Ground, last_name};
use super::waits::{Aim, Waiter};
use crate::gosource::{ActKind, Body};
use crate::gotest::stack::Frame;
use crate::model::Place;

/// A lock that a goroutine has taken and not given back.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) subject: String,
    pub(super) is_for_reading: bool,
    /// Where it was taken.
    pub(super) place: Place,
    address: Option<u64>,
    /// The type of the method, or the function, in which it was taken.
    owner: String,
    /// Whether it belongs to the receiver of that method.
    is_of_receiver: bool,
    /// The function in which it was taken.
    function: String,
}

/// Why a goroutine never gets its lock.
pub(super) enum Tangle {
    /// It holds it itself.
    Double { waiter: usize, held: Held },
    /// Each of these waits for a lock that the next one holds, and the last for one of the first: the waiter, and what it
    /// holds itself.
    Cycle(Vec<(usize, Held)>),
    /// Another holds it, who waits for something else.
    HolderWaits {
        waiter: usize,
        holder: usize,
        held: Held,
    },
}

/// The worst tangle among these goroutines. What addresses prove comes before what names suggest.
pub(super) fn tangle(ground: &Ground<'_>, waiters: &[Waiter<'_>]) -> Option<Tangle> {
    let waiters = &waiters[..waiters.len().min(MOST_WAITERS)];
    let offsets = offsets(ground, waiters);
    let held: Vec<Vec<Held>> = waiters
        .iter()
        .map(|waiter| held_by(ground, waiter, &offsets))
        .collect();
    let seekers: Vec<usize> = (0..waiters.len())
        .filter(|&at| waiters[at].is_for_a_lock() && waiters[at].place.is_some())
        .collect();
    let edges = |by: Likeness| -> Vec<Vec<(usize, Held)>> {
        let of = |seeker| {
            if seekers.contains(&seeker) {
                holders(waiters, &held, seeker, by)
            } else {
                Vec::new()
            }
        };
        (0..waiters.len()).map(of).collect()
    };
    let double = |by: Likeness| {
        seekers.iter().find_map(|&waiter| {
            let held = own_lock(ground, &waiters[waiter], &held[waiter], by)?;
            Some(Tangle::Double { waiter, held })
        })
    };
    let cycle = |edges: &[Vec<(usize, Held)>]| {
        seekers.iter().find_map(|&seeker| {
            let mut path = Vec::new();
            let mut steps = MOST_STEPS;
            find_cycle(edges, seeker, seeker, &mut path, &mut steps).then_some(Tangle::Cycle(path))
        })
    };
    let (sure, likely) = (edges(Likeness::Address), edges(Likeness::Name));
    let holder_waits = |edges: &[Vec<(usize, Held)>]| {
        seekers.iter().find_map(|&waiter| {
            let mut others = edges[waiter].iter();
            let (holder, held) = others.find(|(holder, _)| !waiters[*holder].is_for_a_lock())?;
            Some(Tangle::HolderWaits {
                waiter,
                holder: *holder,
                held: held.clone(),
            })
        })
    };
    double(Likeness::Address)
        .or_else(|| cycle(&sure))
        .or_else(|| double(Likeness::Name))
        .or_else(|| cycle(&likely))
        .or_else(|| holder_waits(&sure))
        .or_else(|| holder_waits(&likely))
}

/// By what a lock that is held and a lock that is waited for are taken for the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Likeness {
    Address,
    Name,
}

/// How many goroutines are looked at: more of them do the same as others.
const MOST_WAITERS: usize = 200;
/// How many steps are taken to find a cycle from one goroutine; people's cycles take a few.
const MOST_STEPS: usize = 2_000;
/// How many goroutines a cycle may have to be found.
const LONGEST_CYCLE: usize = 5;

/// Follows who waits for whom from `at` until `start` is met again. The path then holds each goroutine with what it holds.
fn find_cycle(
    edges: &[Vec<(usize, Held)>],
    start: usize,
    at: usize,
    path: &mut Vec<(usize, Held)>,
    steps: &mut usize,
) -> bool {
    if path.len() == LONGEST_CYCLE {
        return false;
    }
    for (holder, held) in &edges[at] {
        if path.iter().any(|(known, _)| known == holder) {
            continue;
        }
        let Some(left) = steps.checked_sub(1) else {
            return false;
        };
        *steps = left;
        path.push((*holder, held.clone()));
        if *holder == start || find_cycle(edges, start, *holder, path, steps) {
            return true;
        }
        path.pop();
    }
    false
}

/// Those who hold what a goroutine waits for.
fn holders(
    waiters: &[Waiter<'_>],
    held: &[Vec<Held>],
    seeker: usize,
    by: Likeness,
) -> Vec<(usize, Held)> {
    let wanted = &waiters[seeker];
    let is_it = |lock: &Held| match by {
        Likeness::Address => lock.address.is_some() && lock.address == wanted.address,
        Likeness::Name => {
            may_be_one(lock.address, wanted.address)
                && wanted
                    .subject
                    .as_deref()
                    .is_some_and(|name| last_name(name) == last_name(&lock.subject))
        }
    };
    let mut found = Vec::new();
    for (other, locks) in held.iter().enumerate().filter(|(at, _)| *at != seeker) {
        found.extend(
            locks
                .iter()
                .filter(|lock| is_it(lock))
                .map(|lock| (other, lock.clone())),
        );
    }
    found
}

/// Whether two locks may be the same: unless both addresses are known and differ.
fn may_be_one(one: Option<u64>, other: Option<u64>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// The lock that a goroutine waits for, if it holds it itself.
fn own_lock(ground: &Ground<'_>, waiter: &Waiter<'_>, held: &[Held], by: Likeness) -> Option<Held> {
    let frame = &waiter.goroutine.frames[waiter.frame?];
    match by {
        Likeness::Address => {
            let is_it = |lock: &&Held| lock.address.is_some() && lock.address == waiter.address;
            held.iter().find(is_it).cloned()
        }
        Likeness::Name => {
            if let Some(once) = once_around(ground, waiter) {
                return Some(once);
            }
            let subject = waiter.subject.as_deref()?;
            let owner = owner_of(frame);
            let is_of_receiver = || {
                let body = waiter
                    .place
                    .as_ref()
                    .and_then(|place| ground.body_at(place));
                body.is_some_and(|body| is_of_receiver(subject, body, frame))
            };
            // Methods of one type may call their receivers differently.
            let path = |subject: &str| subject.split_once('.').map(|(_, path)| path.to_owned());
            let is_it = |lock: &&Held| {
                if !may_be_one(lock.address, waiter.address) {
                    return false;
                }
                let is_of_one_receiver = lock.owner == owner
                    && lock.function != frame.function
                    && lock.is_of_receiver
                    && is_of_receiver();
                subject == lock.subject
                    && (!subject.contains('.') || lock.function == frame.function)
                    || is_of_one_receiver && path(subject) == path(&lock.subject)
            };
            let found = held.iter().find(is_it).cloned();
            found.or_else(|| lock_of_an_earlier_round(ground, waiter))
        }
    }
}

/// A lock in a loop that only a deferred call gives back is held from the second round on.
fn lock_of_an_earlier_round(ground: &Ground<'_>, waiter: &Waiter<'_>) -> Option<Held> {
    let place = waiter.place.as_ref()?;
    let subject = waiter.subject.as_deref()?;
    let body = ground.body_at(place)?;
    let is_in_a_loop = body.acts.iter().any(|act| {
        matches!(act.kind, ActKind::Unlock | ActKind::ReadUnlock)
            && act.is_deferred
            && act.subject == subject
            && act.block.contains(&place.line)
            && act.block != body.lines
            && act.line >= place.line
    });
    is_in_a_loop.then(|| Held {
        subject: subject.to_owned(),
        is_for_reading: waiter.aim == Aim::ReadLock,
        place: place.clone(),
        address: waiter.address,
        owner: String::new(),
        is_of_receiver: false,
        function: String::new(),
    })
}

/// A call of `Once.Do` that is still under way below another one of the same goroutine.
fn once_around(ground: &Ground<'_>, waiter: &Waiter<'_>) -> Option<Held> {
    const DO: &str = "sync.(*Once).Do";
    let frames = &waiter.goroutine.frames;
    let outer = frames[waiter.frame?..]
        .iter()
        .position(|frame| frame.function == DO)?;
    let is_inner_too = frames[..waiter.frame?]
        .iter()
        .any(|frame| frame.function == DO);
    let caller = &frames[waiter.frame? + outer + 1..];
    let (_, place) = ground.first_place(caller)?;
    is_inner_too.then(|| Held {
        subject: "the Once".to_owned(),
        is_for_reading: false,
        place,
        address: None,
        owner: String::new(),
        is_of_receiver: false,
        function: String::new(),
    })
}

/// What a goroutine has locked on its way to where it waits.
fn held_by(ground: &Ground<'_>, waiter: &Waiter<'_>, offsets: &[(String, u64)]) -> Vec<Held> {
    let mut held: Vec<Held> = Vec::new();
    for frame in &waiter.goroutine.frames {
        let Some(place) = ground.place(frame) else {
            continue;
        };
        let Some(body) = ground.body_at(&place) else {
            continue;
        };
        let mut in_body: Vec<Held> = Vec::new();
        let passed = body.acts.iter().filter(|act| {
            act.line < place.line && act.block.contains(&place.line) && !act.is_deferred
        });
        for act in passed {
            match act.kind {
                ActKind::Lock | ActKind::ReadLock => in_body.push(Held {
                    subject: act.subject.clone(),
                    is_for_reading: act.kind == ActKind::ReadLock,
                    place: Place {
                        line: act.line,
                        ..place.clone()
                    },
                    address: address_of(&act.subject, body, frame, offsets),
                    owner: owner_of(frame),
                    is_of_receiver: is_of_receiver(&act.subject, body, frame),
                    function: frame.function.clone(),
                }),
                ActKind::Unlock | ActKind::ReadUnlock => {
                    in_body.retain(|lock| lock.subject != act.subject);
                }
                ActKind::Send
                | ActKind::Receive
                | ActKind::Range
                | ActKind::Select
                | ActKind::Close
                | ActKind::Wait
                | ActKind::Done
                | ActKind::Start
                | ActKind::Write
                | ActKind::Read => {}
            }
        }
        held.extend(in_body);
    }
    held
}

/// How far behind the pointer to its owner each field lies that somebody waits for: `(.mu, 8)`.
fn offsets(ground: &Ground<'_>, waiters: &[Waiter<'_>]) -> Vec<(String, u64)> {
    const LARGEST_OWNER: u64 = 1 << 16;
    let offset = |waiter: &Waiter<'_>| {
        let frame = &waiter.goroutine.frames[waiter.frame?];
        let body = ground.body_at(waiter.place.as_ref()?)?;
        let (root, path) = waiter.subject.as_deref()?.split_once('.')?;
        let offset = waiter.address?.checked_sub(argument(body, frame, root)?)?;
        (offset < LARGEST_OWNER).then(|| (path.to_owned(), offset))
    };
    waiters.iter().filter_map(offset).collect()
}

fn address_of(subject: &str, body: &Body, frame: &Frame, offsets: &[(String, u64)]) -> Option<u64> {
    let (root, path) = subject.split_once('.')?;
    let (_, offset) = offsets.iter().find(|(known, _)| known == path)?;
    argument(body, frame, root)?.checked_add(*offset)
}

/// The value of a parameter, where the runtime prints it.
fn argument(body: &Body, frame: &Frame, name: &str) -> Option<u64> {
    let at = body.parameters.iter().position(|known| known == name)?;
    *frame.arguments.get(at)?
}

/// Whether something is a field of the receiver of the method that a frame is in. Of a literal in a method it is assumed of what is
/// none of the literal's parameters.
fn is_of_receiver(subject: &str, body: &Body, frame: &Frame) -> bool {
    let Some((root, _)) = subject.split_once('.') else {
        return false;
    };
    owner_of(frame).ends_with(')')
        && match &body.name {
            Some(_) => body.parameters.first().is_some_and(|name| name == root),
            None => body.parameters.iter().all(|name| name != root),
        }
}

/// `bank.(*Account)` of `bank.(*Account).Transfer.func1`, or the function itself.
fn owner_of(frame: &Frame) -> String {
    let function = frame.function.as_str();
    match function.find(").") {
        Some(end) => function[..=end].to_owned(),
        None => function.to_owned(),
    }
}
