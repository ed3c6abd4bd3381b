use super::*;
use crate::sandbox::Usage;

fn ended(exit: Exit, stderr: &str) -> Ended {
    Ended {
        exit,
        limit: None,
        stdout: Vec::new(),
        stderr: stderr.as_bytes().to_vec(),
        record: Vec::new(),
        lacking: Vec::new(),
        usage: Usage::default(),
    }
}

fn begin() -> Record {
    Record::Begin {
        name: "TestA".into(),
    }
}

fn end(change: impl FnOnce(&mut TestEnd)) -> Record {
    let mut end = TestEnd {
        name: "TestA".into(),
        returned: true,
        failed: false,
        skipped: false,
        races: 0,
        nanos: 1,
    };
    change(&mut end);
    Record::End(end)
}

fn last(change: impl FnOnce(&mut Final)) -> Record {
    let mut record = Final {
        code: 0,
        races: 0,
        leaks: String::new(),
        stacks: String::new(),
        tampered: Vec::new(),
    };
    change(&mut record);
    Record::Final(record)
}

fn cause(ended: &Ended, records: &[Record]) -> Option<Verdict> {
    judge_test("TestA", ended, records, None, Leaks::Proven).cause
}

#[test]
fn only_the_complete_record_of_a_good_run_passes() {
    let good = [Record::Hello, begin(), end(|_| {}), last(|_| {})];
    let zero = ended(Exit::Code(0), "");
    assert_eq!(
        judge_test("TestA", &zero, &good, None, Leaks::Proven).outcome,
        Outcome::Passed
    );
    for missing in 1..good.len() {
        let mut records = good.to_vec();
        records.remove(missing);
        assert_ne!(
            judge_test("TestA", &zero, &records, None, Leaks::Proven).outcome,
            Outcome::Passed,
            "without {missing}"
        );
    }
    assert_eq!(
        cause(&ended(Exit::Code(1), ""), &good),
        Some(Verdict::RuntimeError)
    );
    assert_eq!(
        judge_test(
            "TestA",
            &zero,
            &good,
            Some(&Fault::Forged { after: 4 }),
            Leaks::Proven
        )
        .cause,
        Some(Verdict::Tampered)
    );
    assert_eq!(
        judge_test(
            "TestA",
            &zero,
            &good,
            Some(&Fault::CutShort { after: 4 }),
            Leaks::Proven
        )
        .cause,
        Some(Verdict::Tampered)
    );
}

#[test]
fn each_fault_has_its_cause() {
    let zero = ended(Exit::Code(0), "");
    let with = |ending: Record, last_record: Record| [Record::Hello, begin(), ending, last_record];
    let table = [
        (
            with(end(|end| end.failed = true), last(|record| record.code = 1)),
            Verdict::WrongAnswer,
        ),
        (
            with(end(|end| end.skipped = true), last(|_| {})),
            Verdict::WrongAnswer,
        ),
        (
            with(end(|end| end.returned = false), last(|_| {})),
            Verdict::RuntimeError,
        ),
        (
            with(end(|end| end.races = 1), last(|_| {})),
            Verdict::DataRace,
        ),
        (
            with(end(|_| {}), last(|record| record.races = 1)),
            Verdict::DataRace,
        ),
        (
            with(
                end(|_| {}),
                last(|record| record.leaks = "goroutine 9 [chan receive (leaked)]:".into()),
            ),
            Verdict::GoroutineLeak,
        ),
        (
            with(
                end(|_| {}),
                last(|record| record.tampered = vec!["io".into()]),
            ),
            Verdict::Tampered,
        ),
    ];
    for (records, verdict) in table {
        let exit = records.iter().find_map(|record| match record {
            Record::Final(record) => Some(Exit::Code(i32::try_from(record.code).unwrap())),
            Record::Hello
            | Record::Begin { .. }
            | Record::End(_)
            | Record::Coverage { .. }
            | Record::Stuck(_)
            | Record::Busy { .. }
            | Record::Bench(_)
            | Record::Refused { .. } => None,
        });
        let ended = Ended {
            exit: exit.unwrap(),
            ..zero.clone()
        };
        assert_eq!(cause(&ended, &records), Some(verdict), "{records:?}");
    }
    assert_eq!(cause(&zero, &[]), Some(Verdict::RuntimeError));
    assert_eq!(
        cause(&zero, &[Record::Hello, last(|_| {})]),
        Some(Verdict::GraderError)
    );
    assert_eq!(
        cause(
            &zero,
            &[
                Record::Hello,
                begin(),
                end(|_| {}),
                begin(),
                end(|_| {}),
                last(|_| {})
            ]
        ),
        Some(Verdict::Tampered)
    );
}

#[test]
fn a_test_that_can_never_end_is_a_deadlock_however_it_was_ended() {
    let stuck = Record::Stuck(Stuck {
        leaks: "goroutine 7 [chan receive (leaked)]:\npool.Run()\n\tpool/pool.go:3 +0x1".into(),
        stacks: "goroutine 8 [sleep]:\npool.tick()\n\tpool/pool.go:9 +0x1".into(),
    });
    let records = [Record::Hello, begin(), stuck.clone()];
    let judgement = judge_test(
        "TestA",
        &ended(Exit::Code(98), ""),
        &records,
        None,
        Leaks::Proven,
    );
    assert_eq!(judgement.cause, Some(Verdict::Deadlock));
    assert_eq!(
        judgement.rationale,
        "TestA could never end: it was waiting for what can never come"
    );
    let [exhibit] = judgement.exhibits.as_slice() else {
        panic!("{:?}", judgement.exhibits);
    };
    assert_eq!(exhibit.kind, FindingKind::Hang);
    assert!(exhibit.trace.contains("pool.Run()") && exhibit.trace.contains("pool.tick()"));
    // Its time was up while the proof was made.
    let late = Ended {
        limit: Some(LimitHit::Wall),
        ..ended(Exit::Signal(9), "")
    };
    assert_eq!(cause(&late, &records), Some(Verdict::Deadlock));
    let followed = [Record::Hello, begin(), stuck, end(|_| {})];
    assert_eq!(
        cause(&ended(Exit::Code(98), ""), &followed),
        Some(Verdict::Tampered)
    );
}

#[test]
fn who_must_leave_nothing_must_leave_nothing_that_runs() {
    let stacks = "goroutine 8 [sleep]:\npool.tick()\n\tpool/pool.go:9 +0x1\n\ngoroutine 9 [running]:\npool.spin()";
    let records = [
        Record::Hello,
        begin(),
        end(|_| {}),
        last(|record| record.stacks = stacks.into()),
    ];
    let zero = ended(Exit::Code(0), "");
    let judge = |leaks: Leaks| judge_test("TestA", &zero, &records, None, leaks);
    assert_eq!(judge(Leaks::Proven).outcome, Outcome::Passed);
    let strict = judge(Leaks::Strict);
    assert_eq!(strict.cause, Some(Verdict::GoroutineLeak));
    assert_eq!(
        strict.rationale,
        "2 goroutines were not over when the test was"
    );
    assert_eq!(strict.exhibits[0].trace, stacks);
}

#[test]
fn fatal_errors_have_the_verdicts_of_their_faults() {
    for (message, verdict) in [
        ("concurrent map writes", Verdict::DataRace),
        ("concurrent map iteration and map write", Verdict::DataRace),
        ("all goroutines are asleep - deadlock!", Verdict::Deadlock),
        ("sync: unlock of unlocked mutex", Verdict::RuntimeError),
    ] {
        let stderr = format!("fatal error: {message}\n\ngoroutine 7 [running]:\npool.Run()\n");
        let ended = ended(Exit::Code(2), &stderr);
        assert_eq!(cause(&ended, &[Record::Hello, begin()]), Some(verdict));
    }
}

#[test]
fn who_ends_well_was_not_idle() {
    let ended = |exit| Ended {
        limit: Some(LimitHit::Idle),
        ..ended(exit, "")
    };
    let records = [Record::Hello, begin(), end(|_| {}), last(|_| {})];
    assert_eq!(cause(&ended(Exit::Code(0)), &records), None);
    assert_eq!(
        cause(&ended(Exit::Code(2)), &records),
        Some(Verdict::Deadlock)
    );
}

#[test]
fn a_limit_explains_what_is_missing_from_the_record() {
    for (limit, verdict) in [
        (LimitHit::Output, Verdict::OutputLimit),
        (LimitHit::Wall, Verdict::TimeLimit),
        (LimitHit::Memory, Verdict::MemoryLimit),
        (LimitHit::Idle, Verdict::Deadlock),
    ] {
        for records in [
            &[][..],
            &[Record::Hello, begin()],
            &[Record::Hello, begin(), end(|_| {})],
        ] {
            let ended = Ended {
                limit: Some(limit),
                ..ended(Exit::Signal(9), "")
            };
            assert_eq!(cause(&ended, records), Some(verdict), "{records:?}");
        }
    }
    let records = [Record::Hello, begin()];
    assert_eq!(
        cause(
            &ended(Exit::Code(2), "fatal error: runtime: out of memory\n"),
            &records
        ),
        Some(Verdict::MemoryLimit)
    );
}

#[test]
fn whoever_sleeps_may_wake_the_others() {
    let at = |limit: LimitHit, state: &str| {
        let dump = format!(
            "SIGQUIT: quit\nPC=0x1\n\ngoroutine 7 [{state}]:\npool.Run()\n\tpool/pool.go:3\n"
        );
        let ended = Ended {
            limit: Some(limit),
            ..ended(Exit::Code(2), &dump)
        };
        let judgement = judge_test(
            "TestA",
            &ended,
            &[Record::Hello, begin()],
            None,
            Leaks::Proven,
        );
        (judgement.cause, judgement.rationale)
    };
    assert_eq!(
        at(LimitHit::Idle, "chan receive"),
        (
            Some(Verdict::Deadlock),
            "nothing went on any more: every goroutine was waiting".to_owned()
        )
    );
    assert_eq!(
        at(LimitHit::Idle, "sleep"),
        (
            Some(Verdict::TimeLimit),
            "it was asleep for so long that it was ended".to_owned()
        )
    );
    for (state, words) in [
        ("chan receive", "; every goroutine was waiting"),
        ("sleep", "; it was asleep"),
        ("runnable", "; it was busy"),
    ] {
        let (cause, rationale) = at(LimitHit::Wall, state);
        assert_eq!(cause, Some(Verdict::TimeLimit));
        assert!(rationale.ends_with(words), "{rationale}");
    }
}

#[test]
fn printed_words_do_not_make_a_race_or_a_panic() {
    let good = [Record::Hello, begin(), end(|_| {}), last(|_| {})];
    for words in [
        "WARNING: DATA RACE\n",
        "panic: no\n",
        "fatal error: no\n",
        "SIGQUIT: quit\n",
    ] {
        assert_eq!(
            judge_test(
                "TestA",
                &ended(Exit::Code(0), words),
                &good,
                None,
                Leaks::Proven
            )
            .outcome,
            Outcome::Passed
        );
    }
    let records = [Record::Hello, begin()];
    assert_eq!(
        cause(&ended(Exit::Code(66), "WARNING: DATA RACE\n"), &records),
        Some(Verdict::DataRace)
    );
    assert_eq!(
        cause(
            &ended(
                Exit::Code(66),
                "ThreadSanitizer: failed to allocate 0x8000 bytes\n"
            ),
            &records
        ),
        Some(Verdict::MemoryLimit)
    );
}
