//! Programs that are judged from outside: by what they print and how they exit.

use super::{Case, Judgement, charge_crash, charge_limit};
use crate::model::{Comparison, ExpectedOutput, Verdict};
use crate::sandbox::{Ended, Exit, LimitHit};
use crate::text::compare;

/// Judges a run of a program by its output and its exit code, and tells what to show of an output that is wrong.
pub fn judge_output(ended: &Ended, expected: &ExpectedOutput) -> (Judgement, Option<Comparison>) {
    let mut case = Case::default();
    let is_over = ended_by_itself(ended);
    charge_limit(&mut case, ended);
    // What a program that ended as it should says on its way is its own affair.
    if !is_over || ended.exit != Exit::Code(expected.exit) {
        charge_crash(&mut case, ended);
    }
    if !is_over {
        return (case.judge(), None);
    }
    if ended.exit != Exit::Code(expected.exit) {
        // An exit code that says "all is well" is an answer; any other is a failure to give one.
        let verdict = if ended.exit == Exit::Code(0) {
            Verdict::WrongAnswer
        } else {
            Verdict::RuntimeError
        };
        case.charge(
            verdict,
            format!(
                "it ended with {} instead of exit {}",
                ended.exit, expected.exit
            ),
        );
    }
    let how = expected.compare;
    let difference = compare(&expected.stdout, &ended.stdout, how, "its output").or_else(|| {
        let stderr = expected.stderr.as_ref()?;
        compare(stderr, &ended.stderr, how, "its standard error")
    });
    let mut comparison = None;
    if let Some(difference) = difference {
        case.charge(Verdict::WrongAnswer, difference.rationale);
        comparison = Some(difference.comparison);
    }
    let judgement = case.judge();
    // What a program that crashed has printed by then says nothing more.
    let comparison = comparison.filter(|_| judgement.cause == Some(Verdict::WrongAnswer));
    (judgement, comparison)
}

/// Whether a program came to its own end. One that waited and ended well when it was asked what for did: the machine let it
/// wait; what it printed counts like any other's.
pub(super) fn ended_by_itself(ended: &Ended) -> bool {
    match ended.limit {
        None => true,
        Some(LimitHit::Idle) => ended.exit == Exit::Code(0),
        Some(
            LimitHit::Wall
            | LimitHit::Cpu
            | LimitHit::Memory
            | LimitHit::Processes
            | LimitHit::Disk
            | LimitHit::Output
            | LimitHit::Record,
        ) => false,
    }
}
