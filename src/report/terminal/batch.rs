//! Several submissions: a table, then a few lines on each that isn't accepted.

use std::fmt::Write;

use anstyle::Style;

use super::evidence::{self, first_reason};
use super::finding;
use super::page::{PLAIN, Page, QUIET, STRONG, outcome_of, sign_of};
use super::submission::{headline, verdict_words};
use crate::model::{Outcome, Refusal, SubmissionReport, Verdict};
use crate::text::{clip, clip_middle, plural, sanitise_line, width};

/// How many submissions get lines of their own.
const DETAILED: usize = 25;
/// How many checks or findings of each are shown.
const REASONS: usize = 4;
/// What of a name stands in the table.
const NAME: usize = 28;
/// A reason needs so many columns, or it goes beneath.
const WHY: usize = 20;

/// One row of the table.
struct Row {
    sign: &'static str,
    style: Style,
    name: String,
    exercise: String,
    verdict: String,
    points: String,
    why: String,
}

pub(super) fn all(page: &mut Page, submissions: &[SubmissionReport], refused: &[Refusal]) {
    let same = submissions
        .first()
        .map(|first| &first.exercise)
        .filter(|stamp| submissions.iter().all(|one| one.exercise == **stamp));
    summary(
        page,
        submissions,
        refused,
        same.map(|stamp| format!("{}@{}", stamp.id, stamp.version.short())),
    );
    page.gap();
    let mut rows: Vec<Row> = submissions
        .iter()
        .map(|one| row(page, one, same.is_none()))
        .collect();
    rows.extend(refused.iter().map(|refusal| refused_row(page, refusal)));
    table(page, &rows);

    let others: Vec<&SubmissionReport> = submissions
        .iter()
        .filter(|one| one.verdict != Verdict::Accepted)
        .collect();
    for submission in others.iter().take(DETAILED) {
        page.gap();
        headline(page, submission, Some(&sanitise_line(&submission.name)));
        in_short(page, submission);
    }
    if others.len() > DETAILED {
        page.gap();
        page.note_left_out(0, others.len() - DETAILED, "submission");
    }
    for refusal in refused {
        page.gap();
        super::refused(page, refusal);
    }
    if !others.is_empty() {
        page.gap();
        page.words(0, QUIET, "Grade one alone to see all that is known about it; --report json=FILE writes everything.");
    }
}

fn summary(
    page: &mut Page,
    submissions: &[SubmissionReport],
    refused: &[Refusal],
    same: Option<String>,
) {
    let count = |wanted: &dyn Fn(&SubmissionReport) -> bool| {
        submissions.iter().filter(|one| wanted(one)).count()
    };
    let accepted = count(&|one| one.verdict == Verdict::Accepted);
    let undecided = count(&|one| one.is_undecided());
    let others = count(&|one| one.verdict != Verdict::Accepted && !one.is_undecided());
    let mut text = plural(submissions.len() + refused.len(), "submission");
    if let Some(same) = same {
        let _ = write!(text, " of {same}");
    }
    let _ = write!(text, ": {accepted} accepted");
    for (count, word) in [
        (others, "not accepted"),
        (undecided, "undecided"),
        (refused.len(), "refused"),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {word}");
        }
    }
    page.words(0, STRONG, &text);
}

fn row(page: &Page, submission: &SubmissionReport, with_exercise: bool) -> Row {
    let (sign, style) = sign_of(outcome_of(submission.verdict), page.is_unicode());
    Row {
        sign,
        style,
        name: clip_middle(&sanitise_line(&submission.name), NAME, page.ellipsis()),
        exercise: if with_exercise {
            sanitise_line(&submission.exercise.id.to_string())
        } else {
            String::new()
        },
        verdict: verdict_words(submission.verdict),
        points: format!("{}/{}", submission.score.earned, submission.score.max),
        why: one_line(&first_reason(submission)),
    }
}

fn refused_row(page: &Page, refusal: &Refusal) -> Row {
    let (sign, style) = sign_of(Outcome::Failed, page.is_unicode());
    Row {
        sign,
        style,
        name: clip_middle(&sanitise_line(&refusal.name), NAME, page.ellipsis()),
        exercise: String::new(),
        verdict: "refused".to_owned(),
        points: String::new(),
        why: one_line(&refusal.error),
    }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    sanitise_line(&words.join(" "))
}

fn table(page: &mut Page, rows: &[Row]) {
    let widest =
        |cell: &dyn Fn(&Row) -> &str| rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
    let name = widest(&|row| &row.name);
    let exercise = widest(&|row| &row.exercise);
    let verdict = widest(&|row| &row.verdict);
    let points = widest(&|row| &row.points);
    let gap = |columns: usize| if columns > 0 { columns + 2 } else { 0 };
    let taken = 2 + gap(name) + gap(exercise) + gap(verdict) + gap(points);
    let room = page.width().saturating_sub(taken);
    let has_reasons = rows.iter().any(|row| !row.why.is_empty());
    let is_wide = room >= if has_reasons { WHY } else { 0 };
    for row in rows {
        let sign = (row.style, format!("{} ", row.sign));
        if is_wide {
            let mut cells = pad(&row.name, name, false) + &pad(&row.exercise, exercise, false);
            cells += &pad(&row.verdict, verdict, false);
            cells += &pad(&row.points, points, true);
            let why = clip(&row.why, room, page.ellipsis());
            page.pieces(0, &[sign, (PLAIN, cells), (QUIET, why)]);
            continue;
        }
        let score = if row.points.is_empty() {
            row.verdict.clone()
        } else {
            format!("{}, {}", row.verdict, row.points)
        };
        let room = page.width().saturating_sub(4 + width(&score)).max(8);
        let short = clip_middle(&row.name, room, page.ellipsis());
        page.pieces(0, &[sign, (PLAIN, format!("{short}  {score}"))]);
        let beneath = [&row.exercise, &row.why].map(String::as_str);
        let beneath: Vec<&str> = beneath
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        if !beneath.is_empty() {
            page.line(2, QUIET, &beneath.join("  "));
        }
    }
}

/// A cell and the gap behind it, or nothing for a column that nobody uses.
fn pad(cell: &str, columns: usize, is_right: bool) -> String {
    if columns == 0 {
        return String::new();
    }
    let blanks = " ".repeat(columns.saturating_sub(width(cell)));
    if is_right {
        format!("{blanks}{cell}  ")
    } else {
        format!("{cell}{blanks}  ")
    }
}

fn in_short(page: &mut Page, submission: &SubmissionReport) {
    let faults: Vec<_> = submission
        .findings
        .iter()
        .filter(|finding| !finding.kind.is_advice())
        .collect();
    for finding in faults.iter().take(REASONS) {
        finding::in_short(page, finding);
    }
    page.note_left_out(4, faults.len().saturating_sub(REASONS), "error");
    let told: Vec<_> = submission
        .checks
        .iter()
        .filter(|check| matches!(check.outcome, Outcome::Failed | Outcome::Errored))
        .collect();
    for check in told.iter().take(REASONS) {
        evidence::in_short(page, check);
    }
    page.note_left_out(4, told.len().saturating_sub(REASONS), "check");
}
