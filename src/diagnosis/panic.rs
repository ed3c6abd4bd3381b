//! A panic or a fatal error becomes a finding: where it came from, and what in the source had a part in it.

use super::explanations;
use super::ground::{Ground, Spot};
use super::hang::{hang, leaks};
use crate::gosource::ActKind;
use crate::gotest::dump::{Goroutine, read_dump};
use crate::gotest::stack::Frame;
use crate::model::{Finding, FindingKind, Place};

/// How many other places are shown that close the same channel.
const MOST_CLOSES: usize = 3;

/// Tells of a panic or a fatal error with this message; `trace` holds the stacks of the goroutines, the one to blame first.
pub fn panic(ground: &Ground<'_>, message: &str, trace: &str) -> Vec<Finding> {
    let explanation = explanations::for_message(message);
    let dump = read_dump(trace);
    // A bubble of testing/synctest that can't go on ends in a panic of its own: what its goroutines wait for tells why.
    let bubble = || -> Vec<Goroutine> {
        let mut goroutines = dump.goroutines.clone();
        goroutines.retain(|goroutine| goroutine.bubble.is_some());
        goroutines
    };
    let found = match explanation.map(|explanation| explanation.name.as_str()) {
        Some("synctest-leak") => leaks(ground, &bubble()),
        Some("synctest-deadlock") => hang(ground, &bubble()).into_iter().collect(),
        _ => Vec::new(),
    };
    if !found.is_empty() {
        return found;
    }
    let message = message
        .trim_end_matches(" [recovered, repanicked]")
        .trim_end_matches(" [recovered]");
    let mut finding = Finding {
        explanation: explanation.map(|explanation| explanation.name.clone()),
        ..Finding::new(FindingKind::Panic, message)
    };
    let blamed = dump.goroutines.first();
    let place = blamed.and_then(|goroutine| Some(ground.first_place(&goroutine.frames)?.1));
    let mut spots = Vec::new();
    if let Some(place) = &place {
        spots.push(Spot::new("it happened here", place.clone()));
        spots.extend(others(ground, message, place, &dump.goroutines));
    }
    spots.extend(
        blamed
            .and_then(|goroutine| ground.start_of(goroutine))
            .map(|place| Spot::new("the goroutine was started here", place)),
    );
    ground.put(&mut finding, spots);
    vec![finding]
}

/// The other side of what went wrong, where the source or the dump shows it.
fn others(
    ground: &Ground<'_>,
    message: &str,
    place: &Place,
    goroutines: &[Goroutine],
) -> Vec<Spot> {
    let closes = |kinds: &[ActKind], label: &str| -> Vec<Spot> {
        let Some(channel) = ground.subject_at(place, kinds) else {
            return Vec::new();
        };
        ground
            .acts_near(place, ActKind::Close, channel)
            .into_iter()
            .filter(|close| close != place)
            .take(MOST_CLOSES)
            .map(|close| Spot::new(format!("{channel} {label}"), close))
            .collect()
    };
    if message.contains("send on closed channel") {
        return closes(&[ActKind::Send, ActKind::Select], "is closed here");
    }
    if message.contains("close of closed channel") {
        let mut spots = done_in_function(ground, place, &[ActKind::Close], "closed");
        let known: Vec<Place> = spots.iter().map(|spot| spot.place.clone()).collect();
        let others = closes(&[ActKind::Close], "is closed here too").into_iter();
        spots.extend(others.filter(|spot| !known.contains(&spot.place)));
        return spots;
    }
    if message.to_lowercase().contains("unlock of unlocked") {
        return done_in_function(
            ground,
            place,
            &[ActKind::Unlock, ActKind::ReadUnlock],
            "unlocked",
        );
    }
    if message.contains("negative WaitGroup counter") {
        return done_in_function(ground, place, &[ActKind::Done], "told of an end");
    }
    if message.starts_with("concurrent map") {
        return goroutines
            .iter()
            .skip(1)
            .filter(|goroutine| {
                let is_at_a_map = |frame: &Frame| {
                    ["runtime.map", "internal/runtime/maps."]
                        .iter()
                        .any(|package| frame.function.starts_with(package))
                };
                goroutine.frames.iter().any(is_at_a_map)
            })
            .filter_map(|goroutine| ground.first_place(&goroutine.frames))
            .map(|(_, place)| Spot::new("another goroutine uses the map here", place))
            .take(1)
            .collect();
    }
    Vec::new()
}

/// Where a function does such a thing: what is put off happens where it returns.
fn done_in_function(
    ground: &Ground<'_>,
    place: &Place,
    kinds: &[ActKind],
    verb: &str,
) -> Vec<Spot> {
    let acts = ground.body_at(place).map(|body| &body.acts[..]);
    acts.unwrap_or_default()
        .iter()
        .filter(|act| kinds.contains(&act.kind))
        .filter(|act| act.line != place.line)
        .map(|act| {
            let when = if act.is_deferred {
                " when the function returns"
            } else {
                ""
            };
            let there = Place {
                line: act.line,
                ..place.clone()
            };
            Spot::new(format!("{} is {verb} here{when}", act.subject), there)
        })
        .collect()
}
