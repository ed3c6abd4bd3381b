//! Evidence in, judgement out: pure functions.
//!
//! A run passes only if everything that a pass needs is there; whatever is missing, contradictory or late fails it. Of
//! the causes that apply the worst counts, in the order of [`Verdict`].

pub mod bench;
mod http;
mod output;
mod predict;
mod suite;

pub use http::judge_http;
pub use output::judge_output;
pub use predict::{Question, judge_absence, judge_answer};
pub use suite::{is_anything_tested, judge_suite};

use crate::gotest::crash::{self, Crash, Doing};
use crate::gotest::records::{BenchEnd, Fault, Final, Record, Stuck, TestEnd};
use crate::model::{FindingKind, Leaks, Outcome, Verdict};
use crate::sandbox::{Ended, Exit, LimitHit};
use crate::text::plural;

/// The code with which the race detector ends a program.
const RACE_EXIT: Exit = Exit::Code(66);

/// What an exhibit of races is called.
pub(super) const RACE: &str = "data race";

const RACES: &str = "the race detector found conflicting accesses without synchronisation";

/// What one run amounts to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Passed, failed or errored.
    pub outcome: Outcome,
    /// What a failed run counts as.
    pub cause: Option<Verdict>,
    /// Why, in a sentence; empty when it passed.
    pub rationale: String,
    /// What the run showed, worst first.
    pub exhibits: Vec<Exhibit>,
}

/// Evidence that is worth showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// What it is about.
    pub kind: FindingKind,
    /// One sentence.
    pub message: String,
    /// The stacks or the report.
    pub trace: String,
}

/// Collects what speaks against a run.
#[derive(Default)]
struct Case {
    charges: Vec<(Verdict, String)>,
    exhibits: Vec<Exhibit>,
}

impl Case {
    /// Gives dumps of goroutines the stacks that they lack, as far as the witness has seen them.
    fn complete_dumps(&mut self, busy: &str) {
        for exhibit in &mut self.exhibits {
            if exhibit.kind == FindingKind::Hang {
                exhibit.trace = crash::with_missing_stacks(&exhibit.trace, busy);
            }
        }
    }

    fn charge(&mut self, verdict: Verdict, rationale: impl Into<String>) {
        self.charges.push((verdict, rationale.into()));
    }

    fn show(&mut self, kind: FindingKind, message: impl Into<String>, trace: impl Into<String>) {
        self.exhibits.push(Exhibit {
            kind,
            message: message.into(),
            trace: trace.into(),
        });
    }

    fn judge(self) -> Judgement {
        // The first of the worst: charges are made in the order in which things happened.
        let worst = self
            .charges
            .into_iter()
            .rev()
            .max_by_key(|(verdict, _)| *verdict);
        match worst {
            None => Judgement {
                outcome: Outcome::Passed,
                cause: None,
                rationale: String::new(),
                exhibits: self.exhibits,
            },
            Some((verdict, rationale)) => Judgement {
                outcome: if verdict == Verdict::GraderError {
                    Outcome::Errored
                } else {
                    Outcome::Failed
                },
                cause: Some(verdict),
                rationale,
                exhibits: self.exhibits,
            },
        }
    }
}

/// Judges a run of the top-level test `test` from how the process ended and from the witness's records.
pub fn judge_test(
    test: &str,
    ended: &Ended,
    records: &[Record],
    fault: Option<&Fault>,
    leaks: Leaks,
) -> Judgement {
    let mut case = Case::default();
    charge_limit(&mut case, ended);
    charge_crash(&mut case, ended);
    charge_fault(&mut case, ended, fault);

    let mut begun = 0;
    let mut ends: Vec<&TestEnd> = Vec::new();
    let mut last: Option<&Final> = None;
    let mut busy = "";
    let mut is_over = false;
    for record in records {
        if is_over {
            case.charge(
                Verdict::Tampered,
                "records follow the one that must be the last",
            );
        }
        is_over |= matches!(record, Record::Final(_) | Record::Stuck(_));
        match record {
            Record::Hello | Record::Coverage { .. } => {}
            Record::Begin { name } if name == test => begun += 1,
            Record::Begin { name } => case.charge(
                Verdict::Tampered,
                format!("{name} ran where {test} was asked for"),
            ),
            Record::End(end) if end.name == test => ends.push(end),
            Record::End(TestEnd { name, .. }) | Record::Bench(BenchEnd { name, .. }) => case
                .charge(
                    Verdict::Tampered,
                    format!("{name} ended where {test} was asked for"),
                ),
            Record::Final(record) => last = Some(record),
            Record::Stuck(record) => charge_stuck(&mut case, test, record),
            Record::Busy { stacks } => busy = stacks,
            Record::Refused { reason } => charge_refusal(&mut case, reason),
        }
    }
    case.complete_dumps(busy);
    // What is missing from the record is a charge of its own only where nothing else explains it: a limit, a crash.
    let is_explained = !case.charges.is_empty();
    let missing = |case: &mut Case, what: String| {
        if !is_explained {
            case.charge(Verdict::RuntimeError, format!("{what} ({})", ended.exit));
        }
    };
    match (begun, ends.as_slice(), last) {
        (0, [], Some(record)) if record.code == 0 && record.tampered.is_empty() => {
            // Everything went its regular way and the test isn't there: ours, unless something else is wrong.
            case.charge(
                Verdict::GraderError,
                format!("the test binary has no {test}"),
            );
        }
        (0, ..) => missing(&mut case, format!("the program ended before {test} began")),
        (1, [], _) => missing(
            &mut case,
            format!("the program ended while {test} was running"),
        ),
        (1, [end], last) => {
            charge_end(&mut case, test, end);
            if last.is_none() {
                missing(
                    &mut case,
                    format!(
                        "the program ended by itself after {test} and before the grader was done"
                    ),
                );
            }
        }
        (..) => case.charge(Verdict::Tampered, format!("{test} ran more than once")),
    }
    if let Some(record) = last {
        charge_final(&mut case, test, record, ended, leaks);
    }
    case.judge()
}

fn charge_limit(case: &mut Case, ended: &Ended) {
    let Some(limit) = ended.limit else { return };
    // Who ends well while it is asked what it waits for didn't wait for ever: the machine let it wait.
    if limit == LimitHit::Idle && ended.exit == Exit::Code(0) {
        return;
    }
    let seconds = ended.usage.wall.as_secs_f64();
    let doing_then = match crash::find_dump(&String::from_utf8_lossy(&ended.stderr)) {
        Some(Crash::Dump { trace }) => crash::doing(&trace),
        Some(_) | None => None,
    };
    match limit {
        LimitHit::Wall => {
            let doing = match doing_then {
                Some(Doing::Busy) => "; it was busy",
                Some(Doing::Asleep) => "; it was asleep",
                Some(Doing::Waiting) => "; every goroutine was waiting",
                None => "",
            };
            case.charge(
                Verdict::TimeLimit,
                format!("it was ended after {seconds:.1} s, when its time was up{doing}"),
            );
        }
        LimitHit::Cpu => case.charge(Verdict::TimeLimit, "it used up its processor time"),
        // Whoever sleeps may wake the others.
        LimitHit::Idle if doing_then == Some(Doing::Asleep) => case.charge(
            Verdict::TimeLimit,
            "it was asleep for so long that it was ended",
        ),
        LimitHit::Idle => case.charge(
            Verdict::Deadlock,
            "nothing went on any more: every goroutine was waiting",
        ),
        LimitHit::Memory => case.charge(Verdict::MemoryLimit, "it used more memory than it may"),
        LimitHit::Processes => case.charge(
            Verdict::RuntimeError,
            "it had more processes and threads than it may",
        ),
        LimitHit::Disk => case.charge(
            Verdict::RuntimeError,
            "it wrote more to its temporary files than it may",
        ),
        LimitHit::Output => case.charge(Verdict::OutputLimit, "it printed more than it may"),
        LimitHit::Record => case.charge(Verdict::Tampered, "the grader's own channel was flooded"),
    }
}

/// How a program ended says which of its words to look at: it can print any.
fn charge_crash(case: &mut Case, ended: &Ended) {
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let crash = match ended.exit {
        _ if ended.limit.is_some() => crash::find_dump(&stderr),
        Exit::Code(0) => None,
        RACE_EXIT => crash::find_race(&stderr).or_else(|| crash::find_end(&stderr)),
        Exit::Code(_) | Exit::Signal(_) => crash::find_end(&stderr),
    };
    match crash {
        None => {}
        Some(Crash::Race { report }) => {
            case.charge(Verdict::DataRace, RACES);
            case.show(FindingKind::Race, RACE, report);
        }
        Some(Crash::OutOfMemory { message }) => case.charge(Verdict::MemoryLimit, message),
        Some(Crash::Dump { trace }) => {
            let message = "what the goroutines were doing when it was ended";
            case.show(FindingKind::Hang, message, trace);
        }
        Some(Crash::Panic { message, trace }) => {
            let (verdict, rationale) = name_panic(&message);
            case.charge(verdict, rationale);
            case.show(FindingKind::Panic, message, trace);
        }
        Some(Crash::Fatal { message, trace }) => {
            let (verdict, rationale) = name_fatal_error(&message);
            case.charge(verdict, rationale);
            case.show(FindingKind::Panic, message, trace);
        }
    }
    if let Exit::Signal(signal) = ended.exit
        && ended.limit.is_none()
    {
        case.charge(Verdict::RuntimeError, format!("signal {signal} ended it"));
    }
}

/// The runtime ends a program for some of the very faults that verdicts tell apart.
fn name_fatal_error(message: &str) -> (Verdict, String) {
    let verdict = if message.starts_with("concurrent map ") {
        Verdict::DataRace
    } else if message.starts_with("all goroutines are asleep") {
        Verdict::Deadlock
    } else {
        Verdict::RuntimeError
    };
    (verdict, format!("fatal error: {message}"))
}

/// A bubble of `testing/synctest` panics when nothing in it can go on, in words of its own.
fn name_panic(message: &str) -> (Verdict, String) {
    let words = message
        .trim_end_matches(" [recovered, repanicked]")
        .trim_end_matches(" [recovered]");
    if words.starts_with("deadlock: main bubble goroutine has exited but blocked goroutines remain")
    {
        return (
            Verdict::GoroutineLeak,
            "goroutines were left behind that wait for ever".to_owned(),
        );
    }
    if words.starts_with("deadlock: all goroutines in bubble are blocked") {
        return (
            Verdict::Deadlock,
            "every goroutine waits, and none can go on".to_owned(),
        );
    }
    (Verdict::RuntimeError, format!("panic: {words}"))
}

fn charge_fault(case: &mut Case, ended: &Ended, fault: Option<&Fault>) {
    match fault {
        None => {}
        Some(Fault::Forged { .. }) => case.charge(
            Verdict::Tampered,
            "something else than the grader wrote to the grader's channel",
        ),
        // A process that is killed while it writes leaves half a record; one that ends by itself doesn't.
        Some(Fault::CutShort { .. })
            if ended.limit.is_some() || matches!(ended.exit, Exit::Signal(_)) => {}
        Some(Fault::CutShort { .. }) => {
            case.charge(Verdict::Tampered, "the grader's record breaks off");
        }
        Some(Fault::Unreadable { why }) => case.charge(
            Verdict::GraderError,
            format!("gavel can't read its own record: {why}"),
        ),
    }
}

/// What the witness refuses for because gavel and the toolchain don't fit, whatever the candidate does.
const OUR_REFUSALS: [&str; 11] = [
    "settings longer than",
    "the settings lack",
    "malformed setting",
    "this toolchain has no goroutineleak profile",
    "unknown setting or flag",
    "bad value of flag",
    "testing.M has changed",
    "testing.B has changed",
    "a benchmark with sub-benchmarks",
    "can't ask for the processor time",
    "can't make the process non-dumpable",
];

fn charge_refusal(case: &mut Case, reason: &str) {
    if OUR_REFUSALS.iter().any(|ours| reason.starts_with(ours)) {
        case.charge(
            Verdict::GraderError,
            format!("the grader's witness can't work here: {reason}"),
        );
    } else {
        case.charge(
            Verdict::Tampered,
            format!("the grader's entry was used by something else: {reason}"),
        );
    }
}

fn charge_end(case: &mut Case, test: &str, end: &TestEnd) {
    if end.failed {
        case.charge(Verdict::WrongAnswer, format!("{test} failed"));
    } else if end.skipped {
        case.charge(Verdict::WrongAnswer, format!("{test} was skipped"));
    } else if !end.returned {
        case.charge(
            Verdict::RuntimeError,
            format!("the goroutine of {test} ended without returning (runtime.Goexit)"),
        );
    }
    charge_races(case, end.races);
}

fn charge_final(case: &mut Case, test: &str, record: &Final, ended: &Ended, leaks: Leaks) {
    charge_tampering(case, &record.tampered);
    charge_races(case, record.races);
    if !record.leaks.trim().is_empty() {
        let (counted, were) = count_goroutines(&record.leaks);
        case.charge(
            Verdict::GoroutineLeak,
            format!("{counted} {were} left behind, waiting for what can never come"),
        );
        case.show(
            FindingKind::Leak,
            "goroutines that wait for ever",
            record.leaks.clone(),
        );
    }
    if leaks == Leaks::Strict && !record.stacks.trim().is_empty() {
        let (counted, were) = count_goroutines(&record.stacks);
        case.charge(
            Verdict::GoroutineLeak,
            format!("{counted} {were} not over when the test was"),
        );
        case.show(
            FindingKind::Leak,
            "goroutines that were not over when the test was",
            record.stacks.clone(),
        );
    }
    if record.code != 0 {
        case.charge(Verdict::WrongAnswer, format!("{test} failed"));
    }
    if ended.exit != Exit::Code(i32::try_from(record.code).unwrap_or(i32::MIN)) {
        case.charge(
            Verdict::RuntimeError,
            format!(
                "the process ended with {} after the tests had ended with {}",
                ended.exit, record.code
            ),
        );
    }
}

fn charge_tampering(case: &mut Case, tampered: &[String]) {
    if !tampered.is_empty() {
        let what = format!(
            "it changed what the tests stand on: {}",
            tampered.join(", ")
        );
        case.charge(Verdict::Tampered, what);
    }
}

/// How many goroutines there are in a text of the witness's, and whether they "was" or "were".
fn count_goroutines(stacks: &str) -> (String, &'static str) {
    let count = stacks.trim().split("\n\n").count();
    // Very many are cut short by the witness.
    let counted = match stacks.len() {
        ..60_000 => plural(count, "goroutine"),
        60_000.. => format!("more than {}", plural(count, "goroutine")),
    };
    (counted, if count == 1 { "was" } else { "were" })
}

/// The proof is the witness's, so it doesn't matter what limit would have come next.
fn charge_stuck(case: &mut Case, test: &str, record: &Stuck) {
    case.charge(
        Verdict::Deadlock,
        format!("{test} could never end: it was waiting for what can never come"),
    );
    let stacks = [record.leaks.trim(), record.stacks.trim()];
    case.show(
        FindingKind::Hang,
        "goroutines that wait for ever, and those beside them",
        stacks.join("\n\n").trim(),
    );
}

fn charge_races(case: &mut Case, races: u64) {
    if races > 0 {
        case.charge(Verdict::DataRace, RACES);
    }
}

#[cfg(test)]
mod tests;
