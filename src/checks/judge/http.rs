//! Services: judged by how a transcript came about, by how they ended, and by what they left behind.

use super::{Case, Judgement, charge_crash, charge_limit, count_goroutines};
use crate::checks::http::{Fault, FaultKind, Parting, Played};
use crate::gotest::crash::{self, Crash};
use crate::model::{FindingKind, Verdict};
use crate::sandbox::{Ended, Exit};
use crate::text::plural;

/// Judges a service from a play and from how its process ended.
pub fn judge_http(played: &Played, ended: &Ended) -> Judgement {
    let mut case = Case::default();
    charge_limit(&mut case, ended);
    charge_end(&mut case, played, ended);
    let others = played.faults.len().saturating_sub(1);
    for (index, fault) in played.faults.iter().enumerate() {
        let mut rationale = in_words(fault);
        if index == 0 && others > 0 {
            rationale = format!("{rationale} (and {} more)", plural(others, "difference"));
        }
        match fault.kind {
            FaultKind::Wrong => case.charge(Verdict::WrongAnswer, rationale),
            FaultKind::Late => case.charge(Verdict::TimeLimit, rationale),
            FaultKind::Broken => charge_broken(&mut case, ended, rationale),
            // A limit says more.
            FaultKind::Gone if ended.limit.is_some() => {}
            FaultKind::Gone | FaultKind::WrongExit => case.charge(of_exit(ended.exit), rationale),
        }
    }
    for dump in &played.leaks {
        let (counted, were) = count_goroutines(dump);
        case.charge(
            Verdict::GoroutineLeak,
            format!("{counted} {were} left behind, waiting for what can never come"),
        );
        case.show(
            FindingKind::Leak,
            "goroutines that wait for ever",
            dump.clone(),
        );
    }
    // What the candidate's own doing explains is no fault of ours.
    if let Some(why) = &played.unasked
        && case.charges.is_empty()
    {
        case.charge(Verdict::GraderError, why.clone());
    }
    case.judge()
}

/// An exit code that says "all is well" is an answer; any other is a failure to give one.
fn of_exit(exit: Exit) -> Verdict {
    if exit == Exit::Code(0) {
        Verdict::WrongAnswer
    } else {
        Verdict::RuntimeError
    }
}

fn in_words(fault: &Fault) -> String {
    if fault.step.is_empty() {
        fault.what.clone()
    } else {
        format!("{}: {}", fault.step, fault.what)
    }
}

/// How a service ended counts where it wasn't gavel that ended it; what it says then of races and crashes counts always.
fn charge_end(case: &mut Case, played: &Played, ended: &Ended) {
    let stderr = String::from_utf8_lossy(&ended.stderr);
    match played.parting {
        _ if ended.limit.is_some() => charge_crash(case, ended),
        Parting::Itself => charge_crash(case, ended),
        Parting::Asked => match ended.exit {
            Exit::Code(0) | Exit::Signal(_) => {}
            Exit::Code(_) => charge_crash(case, ended),
        },
        Parting::Killed => {}
        Parting::Dumped => match crash::find_dump(&stderr) {
            Some(Crash::Dump { trace }) => {
                let message = "what the goroutines were doing when it was ended";
                case.show(FindingKind::Hang, message, trace);
            }
            Some(_) | None => charge_crash(case, ended),
        },
    }
}

/// A connection that breaks off while the service lives on: mostly a panic that net/http has caught.
fn charge_broken(case: &mut Case, ended: &Ended, rationale: String) {
    let stderr = String::from_utf8_lossy(&ended.stderr);
    match caught_panic(&stderr) {
        Some((message, trace)) => {
            case.charge(Verdict::RuntimeError, format!("panic: {message}"));
            case.show(FindingKind::Panic, message, trace);
        }
        None => case.charge(Verdict::WrongAnswer, rationale),
    }
}

/// The first panic of a handler that net/http has logged: its message and the goroutine's stack.
fn caught_panic(stderr: &str) -> Option<(String, String)> {
    const LOGGED: &str = "http: panic serving ";
    let (_, from) = stderr.split_once(LOGGED)?;
    let (line, stack) = from.split_once('\n')?;
    let (_, message) = line.split_once(": ")?;
    let end = stack.find("\n\n").unwrap_or(stack.len());
    let stack = &stack[..end];
    stack
        .starts_with("goroutine ")
        .then(|| (message.to_owned(), format!("panic: {message}\n\n{stack}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::sandbox::{LimitHit, Usage};

    const PANIC: &str = "panic: boom\n\ngoroutine 7 [running]:\nnotes.crash()\n\tnotes/main.go:3 +0x1\nexit status 2\n";
    const RACE: &str = "==================\nWARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n  main.f()\n      notes/a.go:3 +0x1\n\n==================\n";
    const CAUGHT: &str = "2026/01/02 03:04:05 http: panic serving 127.0.0.1:5: runtime error: index out of range [0] with length 0\n\
                          goroutine 9 [running]:\nnet/http.(*conn).serve.func1()\n\tnet/http/server.go:1 +0x1\n\nmore\n";

    fn ended(exit: Exit, stderr: &str) -> Ended {
        Ended {
            exit,
            limit: None,
            stdout: Vec::new(),
            stderr: stderr.as_bytes().to_vec(),
            record: Vec::new(),
            usage: Usage::default(),
            lacking: Vec::new(),
        }
    }

    fn played(parting: Parting, faults: &[(FaultKind, &str)]) -> Played {
        let fault = |(kind, what): &(FaultKind, &str)| Fault {
            step: "fetch it".into(),
            kind: *kind,
            what: (*what).to_owned(),
        };
        Played {
            faults: faults.iter().map(fault).collect(),
            parting,
            ..Played::default()
        }
    }

    fn judged(played: &Played, ended: &Ended) -> (Outcome, Option<Verdict>, String) {
        let judgement = judge_http(played, ended);
        (judgement.outcome, judgement.cause, judgement.rationale)
    }

    fn failed(verdict: Verdict, why: &str) -> (Outcome, Option<Verdict>, String) {
        (Outcome::Failed, Some(verdict), why.to_owned())
    }

    #[test]
    fn a_play_without_faults_passes_however_the_service_takes_its_leave() {
        for (parting, exit) in [
            (Parting::Asked, Exit::Code(0)),
            (Parting::Asked, Exit::Code(1)),
            (Parting::Asked, Exit::Signal(15)),
            (Parting::Killed, Exit::Signal(9)),
        ] {
            let passed = judged(&played(parting, &[]), &ended(exit, ""));
            assert_eq!(passed, (Outcome::Passed, None, String::new()), "{exit}");
        }
    }

    #[test]
    fn crashes_and_races_count_whenever_they_come() {
        let clean = |parting| played(parting, &[]);
        assert_eq!(
            judged(&clean(Parting::Asked), &ended(Exit::Code(2), PANIC)),
            failed(Verdict::RuntimeError, "panic: boom")
        );
        let (_, cause, _) = judged(&clean(Parting::Asked), &ended(Exit::Code(66), RACE));
        assert_eq!(cause, Some(Verdict::DataRace));
        let gone = [(
            FaultKind::Gone,
            "the service ended (exit 66) before it answered",
        )];
        let (_, cause, _) = judged(
            &played(Parting::Itself, &gone),
            &ended(Exit::Code(66), RACE),
        );
        assert_eq!(cause, Some(Verdict::DataRace));
        let gone = [(
            FaultKind::Gone,
            "the service ended (exit 0) before it answered",
        )];
        let (_, cause, _) = judged(&played(Parting::Itself, &gone), &ended(Exit::Code(0), ""));
        assert_eq!(cause, Some(Verdict::WrongAnswer));
    }

    #[test]
    fn the_worst_fault_names_the_verdict_and_the_first_says_how_many_there_are() {
        let two = [
            (FaultKind::Wrong, "its status is 200 OK, not 201"),
            (FaultKind::Wrong, "it has no header Location"),
        ];
        assert_eq!(
            judged(&played(Parting::Asked, &two), &ended(Exit::Code(0), "")),
            failed(
                Verdict::WrongAnswer,
                "fetch it: its status is 200 OK, not 201 (and 1 difference more)"
            )
        );
        let late = [two[0], (FaultKind::Late, "no answer came within 2.00 s")];
        assert_eq!(
            judged(&played(Parting::Dumped, &late), &ended(Exit::Code(2), "")),
            failed(Verdict::TimeLimit, "fetch it: no answer came within 2.00 s")
        );
    }

    #[test]
    fn a_panic_that_the_library_has_caught_is_found_where_a_connection_broke() {
        let broken = [(
            FaultKind::Broken,
            "the connection was closed before an answer was complete",
        )];
        let play = played(Parting::Asked, &broken);
        let judgement = judge_http(&play, &ended(Exit::Code(0), CAUGHT));
        assert_eq!(judgement.cause, Some(Verdict::RuntimeError));
        assert_eq!(
            judgement.rationale,
            "panic: runtime error: index out of range [0] with length 0"
        );
        assert!(judgement.exhibits[0].trace.contains("goroutine 9"));
        assert!(!judgement.exhibits[0].trace.contains("more"));
        let (_, cause, _) = judged(&play, &ended(Exit::Code(0), ""));
        assert_eq!(cause, Some(Verdict::WrongAnswer));
        // What a service logs on its way is its own affair.
        let (outcome, ..) = judged(&played(Parting::Asked, &[]), &ended(Exit::Code(0), CAUGHT));
        assert_eq!(outcome, Outcome::Passed);
    }

    #[test]
    fn leaks_and_limits_fail_and_an_unanswered_question_leaves_it_open() {
        let mut play = played(Parting::Asked, &[]);
        play.unasked = Some("no answer".to_owned());
        let (outcome, cause, _) = judged(&play, &ended(Exit::Code(0), ""));
        assert_eq!(
            (outcome, cause),
            (Outcome::Errored, Some(Verdict::GraderError))
        );
        play.leaks = vec!["goroutine 7 [chan send (leaked)]:\nmain.f()\n".to_owned()];
        let judgement = judge_http(&play, &ended(Exit::Code(0), ""));
        assert_eq!(judgement.cause, Some(Verdict::GoroutineLeak));
        assert_eq!(judgement.exhibits[0].kind, FindingKind::Leak);
        let mut over = ended(Exit::Signal(9), "");
        over.limit = Some(LimitHit::Memory);
        let gone = [(
            FaultKind::Gone,
            "the service ended (by a limit) before it answered",
        )];
        let (_, cause, _) = judged(&played(Parting::Itself, &gone), &over);
        assert_eq!(cause, Some(Verdict::MemoryLimit));
    }
}
