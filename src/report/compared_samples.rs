//! Reports for tests on texts that were compared.

use super::samples::{check, run, submission};
use crate::model::{Compare, Outcome, SubmissionReport, Tolerance, Verdict};
use crate::text::compare;

/// One failed check for each pair of texts, as they are compared in earnest.
pub(super) fn compared(name: &str, pairs: &[(Compare, &[u8], &[u8])]) -> SubmissionReport {
    let checks = pairs.iter().enumerate().map(|(index, (how, want, got))| {
        let difference = compare(want, got, *how, "its output").expect("they differ");
        let mut wrong = check(
            &format!("{}-{index}", how.name()),
            10,
            Outcome::Failed,
            "It prints what it should.",
        );
        wrong.kind = "output".into();
        wrong.rationale = difference.rationale;
        let mut failed = run("program", Some(Verdict::WrongAnswer));
        failed.comparison = Some(difference.comparison);
        wrong.runs.push(failed);
        wrong
    });
    submission(name, Verdict::WrongAnswer, checks.collect())
}

/// Each comparison once.
pub(super) fn of_each_kind(name: &str) -> SubmissionReport {
    let numbers = Compare::Numbers(Tolerance::new(0.001).expect("a tolerance"));
    compared(
        name,
        &[
            (
                Compare::Exact,
                b"name\tcount\nalpha 1\n",
                b"name count\nalpha\xc2\xa01\r\n",
            ),
            (Compare::Trim, b"a\nb\nc\n", b"a  \nB\nc\n\n"),
            (
                Compare::Unordered,
                b"GET /a 200\nGET /b 404\nGET /c 200\n",
                b"GET /c 200\nGET /b 200\nGET /a 200\n",
            ),
            (
                numbers,
                b"count 3\nmean 2.3333 max 4.0000\n",
                b"count 3.0\nmean 2.33331 max 4.5\n",
            ),
            (
                Compare::Json,
                br#"{"name":"eve","tags":["a","b"],"age":30.0}"#,
                br#"{"age":30,"tags":["a","c"],"name":"eve"}"#,
            ),
            (
                Compare::Patterns,
                b"took {{\\d+}} ms\nuser {{[a-z]+}} is gone\n",
                b"took 17 ms\nuser eve is here\n",
            ),
        ],
    )
}

/// Right and wrong answers to questions that are explained.
pub(super) fn predicted(name: &str) -> SubmissionReport {
    let why = "Deferred calls run last in, first out:\n\n    defer fmt.Println(i)\n\nSo the last one is printed first.";
    let mut predicted = compared(
        name,
        &[(Compare::Trim, b"done\n2\n1\n0\n", b"done\n0\n1\n2\n")],
    );
    predicted.checks[0].kind = "predict".into();
    predicted.checks[0].rationale = "line 2 of answer.txt differs".into();
    predicted.checks[0].explanation = Some(why.into());
    let mut right = check("sum", 5, Outcome::Passed, "The answer is what it prints.");
    right.kind = "predict".into();
    right.explanation = Some("3 / 2 is 1: both are whole numbers.".into());
    predicted.checks.push(right);
    predicted
}
