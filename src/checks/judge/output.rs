//! Programs that are judged from outside: by what they print and how they exit.

use std::collections::BTreeSet;

use super::{Case, Judgement, charge_crash, charge_limit};
use crate::model::{ExpectedOutput, Verdict};
use crate::sandbox::{Ended, Exit};

/// Judges a run of a program by its output and its exit code.
pub fn judge_output(ended: &Ended, expected: &ExpectedOutput) -> Judgement {
    let mut case = Case::default();
    charge_limit(&mut case, ended);
    // What a program that ended as it should says on its way is its own affair.
    if ended.limit.is_some() || ended.exit != Exit::Code(expected.exit) {
        charge_crash(&mut case, ended);
    }
    if ended.limit.is_none() && ended.exit != Exit::Code(expected.exit) {
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
    if ended.limit.is_none() && ended.stdout != expected.stdout {
        case.charge(
            Verdict::WrongAnswer,
            first_difference(&expected.stdout, &ended.stdout),
        );
    }
    case.judge()
}

/// Says in a sentence where two outputs part.
pub(super) fn first_difference(want: &[u8], got: &[u8]) -> String {
    if got.is_empty() {
        return "it printed nothing".to_owned();
    }
    if want.strip_suffix(b"\n") == Some(got) {
        return "its output lacks the newline at the end".to_owned();
    }
    let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (want_lines, got_lines) = (lines(want), lines(got));
    let same = want_lines
        .iter()
        .zip(&got_lines)
        .take_while(|(want, got)| want == got)
        .count();
    let trimmed = |lines: &[Vec<u8>]| -> Vec<Vec<u8>> {
        lines
            .iter()
            .map(|line| line.trim_ascii_end().to_vec())
            .collect()
    };
    if trimmed(&want_lines) == trimmed(&got_lines) {
        return format!(
            "line {} of its output differs in blanks at the end alone",
            same + 1
        );
    }
    let set = |lines: &[Vec<u8>]| lines.iter().cloned().collect::<BTreeSet<_>>();
    if want_lines.len() == got_lines.len() && set(&want_lines) == set(&got_lines) {
        return format!(
            "its lines are right but in another order, from line {}",
            same + 1
        );
    }
    if same == got_lines.len() {
        return format!("its output ends after line {same} of {}", want_lines.len());
    }
    if want.is_empty() {
        return "it printed something, and nothing was expected".to_owned();
    }
    if same == want_lines.len() {
        return format!("its output goes on after line {same}, where it should end");
    }
    format!("line {} of its output differs", same + 1)
}
