//! A dump of goroutines becomes a diagnosis: what each waits for, and which of them is at the root of it.

use super::ground::{Ground, Spot, short_name};
use super::locks::{Held, Tangle, tangle};
use super::waits::{Aim, Waiter, aim_of, waiter};
use crate::gotest::dump::{Activity, Goroutine};
use crate::model::{Finding, FindingKind};
use crate::text::plural;

/// How many calls that led to where a goroutine is busy are told of.
const MOST_CALLERS: usize = 3;
/// How many groups of goroutines are told of.
const MOST_GROUPS: usize = 5;

/// Why a program that was ended did not go on. `None` where nothing of the dump is the candidate's.
pub fn hang(ground: &Ground<'_>, goroutines: &[Goroutine]) -> Option<Finding> {
    let concerned: Vec<&Goroutine> = goroutines
        .iter()
        .filter(|goroutine| touches(ground, goroutine))
        .collect();
    if let Some(finding) = busy(ground, &concerned, goroutines) {
        return Some(finding);
    }
    let waiters: Vec<Waiter<'_>> = concerned
        .iter()
        .filter_map(|goroutine| waiter(ground, goroutine))
        .collect();
    if let Some(found) = tangle(ground, &waiters) {
        return Some(tangled(ground, FindingKind::Hang, &waiters, &found));
    }
    if let Some(finding) = asleep(ground, &concerned) {
        return Some(finding);
    }
    let mut groups = groups(&waiters);
    // Who waits for workers is the last to know why; the test itself knows least.
    groups.sort_by_key(|group| (group.rank(), std::cmp::Reverse(group.members.len())));
    let Some((first, rest)) = groups.split_first() else {
        return outside(ground, &concerned);
    };
    let mut finding = Finding {
        explanation: Some(first.lead().explanation().to_owned()),
        ..Finding::new(FindingKind::Hang, first.message())
    };
    let mut spots = first.spots(ground);
    for group in rest.iter().take(MOST_GROUPS) {
        spots.extend(group.spots(ground).into_iter().take(1));
    }
    ground.put(&mut finding, spots);
    Some(finding)
}

/// What goroutines that wait for ever wait for: one finding for each place.
pub fn leaks(ground: &Ground<'_>, goroutines: &[Goroutine]) -> Vec<Finding> {
    let waiters: Vec<Waiter<'_>> = goroutines
        .iter()
        .filter_map(|goroutine| waiter(ground, goroutine))
        .collect();
    let mut findings = Vec::new();
    let mut told = Vec::new();
    if let Some(found) = tangle(ground, &waiters) {
        findings.push(tangled(ground, FindingKind::Leak, &waiters, &found));
        told = found.members();
    }
    let rest: Vec<&Waiter<'_>> = waiters
        .iter()
        .enumerate()
        .filter(|(at, _)| !told.contains(at))
        .map(|(_, waiter)| waiter)
        .collect();
    let mut groups = groups_of(rest);
    groups.sort_by_key(|group| (group.rank(), std::cmp::Reverse(group.members.len())));
    for group in groups.iter().take(MOST_GROUPS) {
        let mut finding = Finding {
            explanation: Some(group.lead().explanation().to_owned()),
            ..Finding::new(FindingKind::Leak, group.message())
        };
        ground.put(&mut finding, group.spots(ground));
        findings.push(finding);
    }
    findings
}

/// Goroutines of the candidate's that still run when everything should have ended.
pub fn still_running(ground: &Ground<'_>, goroutines: &[Goroutine]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for goroutine in goroutines {
        let mut finding = Finding {
            explanation: Some("still-running".to_owned()),
            ..Finding::new(
                FindingKind::Leak,
                "a goroutine still runs after the test is over",
            )
        };
        let doing = match goroutine.activity {
            Activity::Sleeping => "it sleeps here",
            Activity::Running | Activity::Runnable => "it is busy here",
            _ if aim_of(&goroutine.activity).is_some() => "it waits here",
            _ => "it is here",
        };
        let mut spots = Vec::new();
        spots.extend(
            ground
                .first_place(&goroutine.frames)
                .map(|(_, place)| Spot::new(doing, place)),
        );
        spots.extend(
            ground
                .start_of(goroutine)
                .map(|place| Spot::new("it was started here", place)),
        );
        ground.put(&mut finding, spots);
        if !findings.contains(&finding) && findings.len() < MOST_GROUPS {
            findings.push(finding);
        }
    }
    findings
}

/// Whether a goroutine runs code of the module, the candidate's or a test's, or was started there.
fn touches(ground: &Ground<'_>, goroutine: &Goroutine) -> bool {
    let creation = goroutine.creation.iter().map(|creation| &creation.frame);
    goroutine
        .frames
        .iter()
        .chain(creation)
        .any(|frame| ground.place_in_module(frame).is_some())
}

/// A goroutine that works without end is the reason, whatever the others wait for.
fn busy(ground: &Ground<'_>, goroutines: &[&Goroutine], all: &[Goroutine]) -> Option<Finding> {
    let is_at_work = |goroutine: &&&Goroutine| {
        matches!(goroutine.activity, Activity::Running | Activity::Runnable)
    };
    let spots = |goroutine: &&Goroutine| {
        let mut calls = goroutine
            .frames
            .iter()
            .filter_map(|frame| ground.place(frame));
        let place = calls.next();
        // The loop may be in a function that calls the one that was caught.
        let callers = calls.take(MOST_CALLERS);
        let start = ground.start_of(goroutine);
        let mut spots = Vec::new();
        spots.extend(place.map(|place| Spot::new("it was here when it was ended", place)));
        spots.extend(callers.map(|place| Spot::new("called from here", place)));
        // The stack of one that runs on another thread isn't known.
        if !spots.is_empty() || goroutine.frames.is_empty() {
            spots.extend(start.map(|place| Spot::new("it was started here", place)));
        }
        (!spots.is_empty()).then_some(spots)
    };
    let at_work: Vec<&&Goroutine> = goroutines.iter().filter(is_at_work).collect();
    // One whose stack is known says more.
    let known = at_work
        .iter()
        .filter(|goroutine| !goroutine.frames.is_empty());
    let unknown = at_work
        .iter()
        .filter(|goroutine| goroutine.frames.is_empty());
    let is_of_a_test = |goroutine: &Goroutine| {
        let creation = goroutine.creation.as_ref();
        creation.is_some_and(|creation| creation.frame.function.starts_with("testing."))
    };
    let is_the_test_at_work = || {
        all.iter().any(|goroutine| {
            is_at_work(&&goroutine) && goroutine.frames.is_empty() && is_of_a_test(goroutine)
        })
    };
    let spots = known
        .chain(unknown)
        .find_map(|goroutine| spots(goroutine))
        .or_else(|| is_the_test_at_work().then(Vec::new))?;
    let mut finding = Finding {
        explanation: Some("busy-loop".to_owned()),
        ..Finding::new(FindingKind::Hang, "a goroutine was busy when time was up")
    };
    ground.put(&mut finding, spots);
    Some(finding)
}

fn asleep(ground: &Ground<'_>, goroutines: &[&Goroutine]) -> Option<Finding> {
    let place = goroutines
        .iter()
        .filter(|goroutine| goroutine.activity == Activity::Sleeping)
        .find_map(|goroutine| Some(ground.first_place(&goroutine.frames)?.1))?;
    let mut finding = Finding {
        explanation: Some("asleep".to_owned()),
        ..Finding::new(FindingKind::Hang, "it slept when it was ended")
    };
    ground.put(&mut finding, vec![Spot::new("it sleeps here", place)]);
    Some(finding)
}

/// What waits for the world outside, and is no fault in itself.
fn outside(ground: &Ground<'_>, goroutines: &[&Goroutine]) -> Option<Finding> {
    let (function, place) = goroutines.iter().find_map(|goroutine| {
        let (number, place) = ground.first_place(&goroutine.frames)?;
        let callee = &goroutine.frames[number.checked_sub(1)?];
        Some((short_name(&callee.function), place))
    })?;
    let message = format!("it was in {function} when it was ended");
    let mut finding = Finding::new(FindingKind::Hang, message);
    ground.put(
        &mut finding,
        vec![Spot::new(format!("it is in {function} here"), place)],
    );
    Some(finding)
}

/// Goroutines that wait for the same at the same place.
struct Group<'w, 'a> {
    members: Vec<&'w Waiter<'a>>,
}

fn groups<'w, 'a>(waiters: &'w [Waiter<'a>]) -> Vec<Group<'w, 'a>> {
    groups_of(waiters.iter().collect())
}

fn groups_of<'w, 'a>(waiters: Vec<&'w Waiter<'a>>) -> Vec<Group<'w, 'a>> {
    let mut groups: Vec<Group<'w, 'a>> = Vec::new();
    for waiter in waiters {
        let is_alike = |group: &&mut Group<'w, 'a>| {
            let lead = group.lead();
            lead.place == waiter.place && lead.aim == waiter.aim
        };
        match groups.iter_mut().find(is_alike) {
            Some(group) => group.members.push(waiter),
            None => groups.push(Group {
                members: vec![waiter],
            }),
        }
    }
    groups
}

impl<'w, 'a> Group<'w, 'a> {
    fn lead(&self) -> &'w Waiter<'a> {
        self.members[0]
    }

    /// How near the root of the trouble it is: the nearest first.
    fn rank(&self) -> u32 {
        let lead = self.lead();
        let rank = match lead.aim {
            Aim::Send | Aim::NilSend | Aim::NilReceive | Aim::NoCase | Aim::Signal => 0,
            Aim::Receive | Aim::Case => 1,
            Aim::More => 2,
            Aim::Lock | Aim::ReadLock => 3,
            Aim::Workers => 4,
            Aim::Unknown => 5,
        };
        match (&lead.place, &lead.callee) {
            (None, _) => rank + 20,
            (Some(_), Some(_)) => rank + 10,
            // The test's own goroutine waits because others do.
            (Some(_), None) if lead.is_in_a_test => rank + 2,
            (Some(_), None) => rank,
        }
    }

    fn message(&self) -> String {
        let lead = self.lead();
        let words = lead.words();
        if lead.place.is_none() && lead.is_in_a_test {
            return format!("the test waits {words} for ever");
        }
        match self.members.len() {
            1 => format!("a goroutine waits {words} for ever"),
            many => format!("{} wait {words} for ever", plural(many, "goroutine")),
        }
    }

    fn spots(&self, ground: &Ground<'_>) -> Vec<Spot> {
        let lead = self.lead();
        let (verb, were) = if self.members.len() == 1 {
            ("waits", "it was")
        } else {
            ("wait", "they were")
        };
        let mut spots = Vec::new();
        if let Some(place) = &lead.place {
            spots.push(Spot::new(
                format!("{verb} here {}", lead.words()),
                place.clone(),
            ));
        } else if let Some(place) = lead
            .goroutine
            .frames
            .iter()
            .find_map(|frame| ground.place_in_module(frame))
        {
            spots.push(Spot::new("the test waits here", place));
        }
        for member in &self.members {
            spots.extend(
                ground
                    .start_of(member.goroutine)
                    .map(|place| Spot::new(format!("{were} started here"), place)),
            );
        }
        spots
    }
}

impl Tangle {
    /// The goroutines that it tells of.
    fn members(&self) -> Vec<usize> {
        match self {
            Self::Double { waiter, .. } => vec![*waiter],
            Self::Cycle(links) => links.iter().map(|(at, _)| *at).collect(),
            Self::HolderWaits { waiter, holder, .. } => vec![*waiter, *holder],
        }
    }
}

fn tangled(
    ground: &Ground<'_>,
    kind: FindingKind,
    waiters: &[Waiter<'_>],
    tangle: &Tangle,
) -> Finding {
    let (explanation, message, spots) = match tangle {
        Tangle::Double { waiter, held } => double(&waiters[*waiter], held),
        Tangle::Cycle(links) => cycle(waiters, links),
        Tangle::HolderWaits {
            waiter,
            holder,
            held,
        } => holder_waits(&waiters[*waiter], &waiters[*holder], held),
    };
    let mut finding = Finding {
        explanation: Some(explanation.to_owned()),
        ..Finding::new(kind, message)
    };
    ground.put(&mut finding, spots);
    finding
}

type Told = (&'static str, String, Vec<Spot>);

fn here(waiter: &Waiter<'_>, label: String) -> Option<Spot> {
    Some(Spot::new(label, waiter.place.clone()?))
}

fn double(waiter: &Waiter<'_>, held: &Held) -> Told {
    let upgrades = held.is_for_reading && waiter.aim != Aim::ReadLock;
    let mut spots = Vec::new();
    spots.extend(here(waiter, format!("waits here {}", waiter.words())));
    let label = if waiter.place.as_ref() == Some(&held.place) {
        "and has locked it here before, in an earlier round".to_owned()
    } else if held.is_for_reading {
        format!("has locked {} for reading here", held.subject)
    } else {
        format!("has locked {} here", held.subject)
    };
    spots.push(Spot::new(label, held.place.clone()));
    if upgrades {
        (
            "read-lock-upgrade",
            format!(
                "a goroutine wants to lock {} while it holds it for reading",
                held.subject
            ),
            spots,
        )
    } else {
        (
            "double-lock",
            format!(
                "a goroutine waits for {}, which it has locked itself",
                held.subject
            ),
            spots,
        )
    }
}

fn cycle(waiters: &[Waiter<'_>], links: &[(usize, Held)]) -> Told {
    let mut spots = Vec::new();
    let (first, held) = &links[0];
    let is_symmetric = links
        .iter()
        .all(|(at, lock)| lock.place == held.place && waiters[*at].place == waiters[*first].place);
    if is_symmetric {
        spots.extend(here(
            &waiters[*first],
            format!("each waits here {}", waiters[*first].words()),
        ));
        spots.push(Spot::new(
            format!("and holds the {} of another, locked here", held.subject),
            held.place.clone(),
        ));
    } else {
        for ((at, lock), letter) in links.iter().zip('A'..) {
            let waiter = &waiters[*at];
            spots.extend(here(
                waiter,
                format!("goroutine {letter} waits here {}", waiter.words()),
            ));
            spots.push(Spot::new(
                format!("goroutine {letter} has locked {} here", lock.subject),
                lock.place.clone(),
            ));
        }
    }
    let message = if links.len() == 2 {
        "two goroutines wait for each other's lock".to_owned()
    } else {
        format!(
            "{} wait in a circle, each for a lock of the next",
            plural(links.len(), "goroutine")
        )
    };
    ("lock-order", message, spots)
}

fn holder_waits(waiter: &Waiter<'_>, holder: &Waiter<'_>, held: &Held) -> Told {
    let mut spots = Vec::new();
    spots.extend(here(
        holder,
        format!("waits here {} and holds {}", holder.words(), held.subject),
    ));
    spots.push(Spot::new(
        format!("it has locked {} here", held.subject),
        held.place.clone(),
    ));
    spots.extend(here(
        waiter,
        format!("another waits here {}", waiter.words()),
    ));
    (
        "lock-never-released",
        format!(
            "a goroutine holds {} and waits {}, and others wait for the lock",
            held.subject,
            holder.words()
        ),
        spots,
    )
}
