//! Answers that say what a program prints, against what it did print.

use super::output::ended_by_itself;
use super::{Case, Judgement};
use crate::model::{Compare, Comparison, Verdict};
use crate::sandbox::{Ended, Exit};
use crate::text::{compare, fault_of_expected, trimmed};

/// What is asked for: the exercise's own part.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The file that holds the answer.
    pub answer: &'a str,
    /// How the program is started by hand.
    pub command: &'a str,
    /// The exit code that it has.
    pub exit: i32,
    /// How the answer is compared.
    pub compare: Compare,
}

/// What is wrong before anything is compared: there is no answer.
pub fn judge_absence(question: Question<'_>, answer: Option<&[u8]>) -> Option<Judgement> {
    let Question {
        answer: file,
        command,
        ..
    } = question;
    let why = match answer {
        None => format!("{file} is missing"),
        Some(bytes) if bytes.trim_ascii().is_empty() => format!("{file} is empty"),
        Some(_) => return None,
    };
    let mut case = Case::default();
    case.charge(
        Verdict::WrongAnswer,
        format!("there is no answer: {why}; write into it what `{command}` prints"),
    );
    Some(case.judge())
}

/// Judges an answer by a run of the program. A program that doesn't do what the exercise says of it proves nothing against
/// the answer.
pub fn judge_answer(
    question: Question<'_>,
    ended: &Ended,
    answer: &[u8],
) -> (Judgement, Option<Comparison>) {
    let mut case = Case::default();
    let difference = if !ended_by_itself(ended) || ended.exit != Exit::Code(question.exit) {
        let how = if ended_by_itself(ended) {
            format!(
                "ended with {} instead of exit {}",
                ended.exit, question.exit
            )
        } else {
            "met a limit".to_owned()
        };
        case.charge(
            Verdict::GraderError,
            format!("the exercise's own program {how}"),
        );
        None
    } else if let Some((line, why)) = fault_of_expected(&ended.stdout, question.compare) {
        let compare = question.compare.name();
        case.charge(
            Verdict::GraderError,
            format!(
                "line {line} of what the exercise's own program prints {why} (compare = {compare:?})"
            ),
        );
        None
    } else {
        let [printed, answer] = match question.compare {
            // Who writes numbers down by hand isn't asked about blanks either.
            Compare::Numbers(_) => [&ended.stdout, answer].map(trimmed),
            Compare::Exact
            | Compare::Trim
            | Compare::Unordered
            | Compare::Json
            | Compare::Patterns => [&ended.stdout, answer].map(<[u8]>::to_vec),
        };
        compare(&printed, &answer, question.compare, question.answer)
    };
    let comparison = difference.map(|difference| {
        case.charge(Verdict::WrongAnswer, difference.rationale);
        difference.comparison
    });
    (case.judge(), comparison)
}
