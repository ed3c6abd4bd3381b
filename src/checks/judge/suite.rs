//! Several tests in one process: a candidate's own, on the correct implementation or on a mutant.
//!
//! A goroutine that is left behind counts on neither: a test that cares for it says so itself. A skipped test doesn't fail,
//! as `go test` has it, so it notices no mutant.

use std::collections::BTreeMap;

use super::{
    Case, Judgement, charge_crash, charge_end, charge_fault, charge_final, charge_limit,
    charge_refusal, charge_stuck,
};
use crate::gotest::records::{Fault, Final, Record, TestEnd};
use crate::model::{Leaks, Verdict};
use crate::sandbox::Ended;

/// Judges a run of all of `tests`: it passes if each has passed or was skipped.
pub fn judge_suite(
    tests: &[String],
    ended: &Ended,
    records: &[Record],
    fault: Option<&Fault>,
) -> Judgement {
    let mut case = Case::default();
    charge_limit(&mut case, ended);
    charge_crash(&mut case, ended);
    charge_fault(&mut case, ended, fault);
    let mut running = "a test";
    let mut ends: BTreeMap<&str, &TestEnd> = BTreeMap::new();
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
            Record::Begin { name } => running = name,
            Record::End(end) => {
                if ends.insert(&end.name, end).is_some() || !tests.contains(&end.name) {
                    let what = format!("{} ended where nobody asked for it", end.name);
                    case.charge(Verdict::Tampered, what);
                }
            }
            Record::Bench(end) => {
                let what = format!("{} ended where nobody asked for it", end.name);
                case.charge(Verdict::Tampered, what);
            }
            Record::Final(record) => last = Some(record),
            Record::Stuck(record) => charge_stuck(&mut case, running, record),
            Record::Busy { stacks } => busy = stacks,
            Record::Refused { reason } => charge_refusal(&mut case, reason),
        }
    }
    case.complete_dumps(busy);
    for (name, end) in &ends {
        if !end.skipped || end.failed {
            charge_end(&mut case, name, end);
        }
    }
    if let Some(record) = last {
        let without_leaks = Final {
            leaks: String::new(),
            stacks: String::new(),
            ..record.clone()
        };
        charge_final(&mut case, "a test", &without_leaks, ended, Leaks::Proven);
    }
    // What is missing from the record is a charge of its own only where nothing else explains it.
    if case.charges.is_empty() {
        let missing = tests.iter().find(|test| !ends.contains_key(test.as_str()));
        if last.is_none() {
            let what = format!(
                "the program ended while {running} was running ({})",
                ended.exit
            );
            case.charge(Verdict::RuntimeError, what);
        } else if let Some(test) = missing {
            let what = format!("{test} is not among the tests that Go has built");
            case.charge(Verdict::RuntimeError, what);
        }
    }
    case.judge()
}

/// Whether at least one test did what it does, rather than being skipped.
pub fn is_anything_tested(records: &[Record]) -> bool {
    records
        .iter()
        .any(|record| matches!(record, Record::End(end) if !end.skipped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Outcome;
    use crate::sandbox::{Exit, Usage};

    fn ended(code: i32) -> Ended {
        Ended {
            exit: Exit::Code(code),
            limit: None,
            stdout: Vec::new(),
            stderr: Vec::new(),
            record: Vec::new(),
            lacking: Vec::new(),
            usage: Usage::default(),
        }
    }

    fn begin(name: &str) -> Record {
        Record::Begin { name: name.into() }
    }

    fn end(name: &str, failed: bool, skipped: bool) -> Record {
        Record::End(TestEnd {
            name: name.into(),
            returned: !failed && !skipped,
            failed,
            skipped,
            races: 0,
            nanos: 1,
        })
    }

    fn last(code: i64) -> Record {
        Record::Final(Final {
            code,
            races: 0,
            leaks: "goroutine 9 [select (leaked)]:".into(),
            stacks: String::new(),
            tampered: Vec::new(),
        })
    }

    fn judged(code: i32, records: &[Record]) -> (Outcome, String) {
        let tests = ["TestA".to_owned(), "TestB".to_owned()];
        let judgement = judge_suite(&tests, &ended(code), records, None);
        (judgement.outcome, judgement.rationale)
    }

    #[test]
    fn all_tests_must_have_passed_or_been_skipped_whatever_they_leave_behind() {
        let (a, b) = (end("TestA", false, false), end("TestB", false, true));
        let good = [begin("TestA"), a.clone(), begin("TestB"), b, last(0)];
        assert_eq!(judged(0, &good).0, Outcome::Passed);
        assert!(is_anything_tested(&good));
        assert!(!is_anything_tested(&[end("TestA", false, true)]));
        for missing in 0..good.len() {
            let mut records = good.to_vec();
            if !matches!(records.remove(missing), Record::Begin { .. }) {
                assert_eq!(judged(0, &records).0, Outcome::Failed, "{records:?}");
            }
        }
        assert_eq!(
            judged(0, &[a, last(0)]).1,
            "TestB is not among the tests that Go has built"
        );
    }

    #[test]
    fn one_failed_test_or_another_end_fails_the_run() {
        let (a, b) = (end("TestA", true, false), end("TestB", false, false));
        assert_eq!(judged(1, &[a, b.clone(), last(1)]).1, "TestA failed");
        assert_eq!(
            judged(2, &[begin("TestA")]).1,
            "the program ended while TestA was running (exit 2)"
        );
        let twice = [end("TestA", false, false), b.clone(), b, last(0)];
        assert_eq!(judged(0, &twice).0, Outcome::Failed);
    }
}
