//! A race report becomes a finding: what collides, where, and where its two goroutines began.

use std::collections::BTreeSet;

use super::ground::{Ground, Spot, last_name};
use crate::gosource::ActKind;
use crate::gotest::race::{Access, Race, Who};
use crate::model::{Finding, FindingKind, Place};

/// Tells of a race in the candidate's terms. The same two places give the same finding, whichever came first.
pub fn race(ground: &Ground<'_>, race: &Race) -> Finding {
    let mut sides = [
        side(ground, race, &race.current),
        side(ground, race, &race.previous),
    ];
    // The write leads, since that is what makes it a race; of two writes the earlier in the source does.
    sides.sort_by_key(|side| (!side.access.is_write, side.place.clone()));
    let [first, second] = &sides;
    let name = name(ground, first, second);
    let mut finding = Finding {
        explanation: Some(explanation(first, second).to_owned()),
        ..Finding::new(FindingKind::Race, message(first, second, name.as_deref()))
    };
    if is_of_a_wait_group(first.access) && first.is_elsewhere && second.is_elsewhere {
        ground.put(&mut finding, the_only_wait(ground));
    }
    ground.put(&mut finding, spots(first, second));
    finding
}

/// One of the two accesses.
struct Side<'a> {
    access: &'a Access,
    /// In the candidate's file, else in a test.
    place: Option<Place>,
    /// Whether the access is the line's own doing, and not that of something that it calls.
    is_direct: bool,
    start: Option<Place>,
    /// Whether no call of it is in the candidate's files.
    is_elsewhere: bool,
}

/// Where the candidate waits for a `WaitGroup`, if that is at one place only.
fn the_only_wait(ground: &Ground<'_>) -> Vec<Spot> {
    match &ground.all_acts(ActKind::Wait)[..] {
        [only] => vec![Spot::new("it is waited for here", only.clone())],
        _ => Vec::new(),
    }
}

fn side<'a>(ground: &Ground<'_>, race: &'a Race, access: &'a Access) -> Side<'a> {
    let found = ground.first_place(&access.stack);
    let is_direct = found.as_ref().is_some_and(|(number, _)| {
        access.stack[..*number]
            .iter()
            .all(|frame| frame.function.starts_with("runtime."))
    });
    let birth = match access.by {
        Who::Main => None,
        Who::Goroutine(number) => race.births.iter().find(|birth| birth.goroutine == number),
    };
    Side {
        access,
        is_direct,
        is_elsewhere: found.is_none(),
        place: found.map(|(_, place)| place).or_else(|| {
            access
                .stack
                .iter()
                .find_map(|frame| ground.place_in_module(frame))
        }),
        start: birth.and_then(|birth| ground.start(&access.stack, &birth.stack)),
    }
}

fn is_map(access: &Access) -> bool {
    access
        .stack
        .first()
        .is_some_and(|frame| frame.function.starts_with("runtime.map"))
}

fn is_in(access: &Access, function: &str) -> bool {
    access
        .stack
        .first()
        .is_some_and(|frame| frame.function == function)
}

/// `WaitGroup` tells the race detector of an `Add` that nothing orders with a `Wait`; nobody else does it so. Of its calls
/// the detector knows none: package sync isn't built for it.
fn is_of_a_wait_group(access: &Access) -> bool {
    is_in(access, "runtime.raceread") || is_in(access, "runtime.racewrite")
}

/// Whether one goroutine closes a channel while the other sends on it.
fn is_send_and_close(first: &Side<'_>, second: &Side<'_>) -> bool {
    let sides = [first.access, second.access];
    sides
        .iter()
        .any(|access| is_in(access, "runtime.closechan"))
        && sides.iter().any(|access| is_in(access, "runtime.chansend"))
}

fn explanation(first: &Side<'_>, second: &Side<'_>) -> &'static str {
    if is_map(first.access) || is_map(second.access) {
        "concurrent-map-access"
    } else if is_send_and_close(first, second) {
        "send-on-closed-channel"
    } else if is_of_a_wait_group(first.access) {
        "waitgroup-reuse"
    } else {
        "data-race"
    }
}

/// What the source calls the memory that both touch, where only one name will do.
fn name(ground: &Ground<'_>, first: &Side<'_>, second: &Side<'_>) -> Option<String> {
    let touched = |side: &Side<'_>| -> Vec<String> {
        let Some(place) = &side.place else {
            return Vec::new();
        };
        let kinds: &[ActKind] = match (side.is_direct && !is_map(side.access), side.access.is_write)
        {
            (true, true) => &[ActKind::Write],
            (true, false) => &[ActKind::Read, ActKind::Range],
            // Elements of a map are written in many ways, and calls do what they like.
            (false, _) => &[ActKind::Write, ActKind::Read, ActKind::Range],
        };
        let mut subjects: Vec<&str> = ground
            .acts_at(place)
            .filter(|act| kinds.contains(&act.kind))
            .map(|act| act.subject.as_str())
            .collect();
        if is_map(side.access) && subjects.iter().any(|subject| subject.contains('[')) {
            subjects.retain(|subject| subject.contains('['));
        }
        subjects.into_iter().map(plain).collect()
    };
    let (one, other) = (touched(first), touched(second));
    let names = |subjects: &[String]| -> BTreeSet<String> {
        subjects
            .iter()
            .map(|subject| last_name(subject).to_owned())
            .collect()
    };
    let (names_of_one, names_of_other) = (names(&one), names(&other));
    let both: Vec<&String> = names_of_one.intersection(&names_of_other).collect();
    let wanted = match (both.as_slice(), names_of_one.len()) {
        ([only], _) => (*only).clone(),
        ([], 1) => names_of_one.first()?.clone(),
        _ => return None,
    };
    one.into_iter().find(|subject| last_name(subject) == wanted)
}

/// `s.m` of `s.m[key]`
fn plain(subject: &str) -> String {
    let plain = subject.split('[').next().unwrap_or(subject);
    plain.trim_start_matches(['*', '&']).to_owned()
}

fn message(first: &Side<'_>, second: &Side<'_>, name: Option<&str>) -> String {
    let what = match (is_map(first.access) || is_map(second.access), name) {
        (true, Some(name)) => format!("the map {name}"),
        (true, None) => "a map".to_owned(),
        (false, Some(name)) => name.to_owned(),
        (false, None) => "the same memory".to_owned(),
    };
    if is_of_a_wait_group(first.access) {
        return "a WaitGroup is added to while another goroutine waits for it, and nothing orders the two"
            .to_owned();
    }
    if is_send_and_close(first, second) {
        let channel = name.unwrap_or("a channel");
        return format!(
            "{channel} is closed by one goroutine while another sends on it, and nothing orders the two"
        );
    }
    if first.access.is_atomic != second.access.is_atomic {
        return format!(
            "{what} is used atomically in one place and plainly in another, and nothing orders the two"
        );
    }
    if second.access.is_write {
        format!("{what} is written by two goroutines, and nothing orders them")
    } else {
        format!(
            "{what} is written by one goroutine and read by another, and nothing orders the two"
        )
    }
}

fn verb(access: &Access) -> &'static str {
    if is_in(access, "runtime.closechan") {
        return "closed";
    }
    if is_in(access, "runtime.chansend") {
        return "sent on";
    }
    match (access.is_write, access.is_atomic) {
        (true, false) => "written",
        (false, false) => "read",
        (true, true) => "written atomically",
        (false, true) => "read atomically",
    }
}

fn spots(first: &Side<'_>, second: &Side<'_>) -> Vec<Spot> {
    let mut spots = Vec::new();
    let (one, other) = (verb(first.access), verb(second.access));
    match (&first.place, &second.place) {
        (Some(place), Some(there)) if place == there => {
            let label = if one == other {
                format!("{one} here by both goroutines")
            } else {
                format!("{one} here by one goroutine, {other} by another")
            };
            spots.push(Spot::new(label, place.clone()));
        }
        (place, there) => {
            let at = |verb: &str, place: &Option<Place>| {
                Some(Spot::new(format!("{verb} here"), place.clone()?))
            };
            spots.extend(at(one, place));
            spots.extend(at(other, there));
        }
    }
    match (&first.start, &second.start) {
        (Some(start), Some(other)) if start == other => {
            spots.push(Spot::new(
                "both goroutines were started here",
                start.clone(),
            ));
        }
        (start, other) => {
            let whose = |side: &Side<'_>, start: &Option<Place>| {
                let doing = match (
                    is_in(side.access, "runtime.closechan"),
                    side.access.is_write,
                ) {
                    (true, _) => "closes",
                    (false, true) => "writes",
                    (false, false) if is_in(side.access, "runtime.chansend") => "sends",
                    (false, false) => "reads",
                };
                let label = if first.access.is_write == second.access.is_write {
                    "one of the goroutines was started here".to_owned()
                } else {
                    format!("the goroutine that {doing} was started here")
                };
                Some(Spot::new(label, start.clone()?))
            };
            spots.extend(whose(first, start));
            spots.extend(whose(second, other));
        }
    }
    spots
}
