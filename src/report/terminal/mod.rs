//! The report for people.
//!
//! One submission is shown in full, several as a table with a few lines on each that isn't accepted. The most important
//! thing comes first; colour only underlines what the words say.

mod batch;
mod evidence;
mod finding;
mod page;
mod submission;

use self::page::{BAD, Page, QUIET, UNSURE, sign_of};
use super::Look;
use crate::model::{Outcome, Refusal, Report};
use crate::text::sanitise_line;

/// Writes the report with ANSI styles.
pub(super) fn render(report: &Report, look: &Look) -> String {
    let mut page = Page::new(look);
    match (report.submissions.as_slice(), report.refused.as_slice()) {
        ([], []) => page.words(0, QUIET, "Nothing was graded."),
        ([one], []) => submission::full(&mut page, one),
        ([], [one]) => refused(&mut page, one),
        (submissions, refused) => batch::all(&mut page, submissions, refused),
    }
    footer(&mut page, report);
    page.finish()
}

fn refused(page: &mut Page, refusal: &Refusal) {
    let (sign, _) = sign_of(Outcome::Failed, page.is_unicode());
    page.words_after(
        &[(BAD, format!("{sign} "))],
        page::STRONG,
        &format!("{}, refused and not graded", sanitise_line(&refusal.name)),
    );
    page.words(2, page::PLAIN, refusal.error.trim());
}

/// With what it was graded, and what of the confinement was weaker than it should be.
fn footer(page: &mut Page, report: &Report) {
    page.gap();
    let tier = &report.sandbox.tier;
    let weaker = &report.sandbox.weaker;
    if tier == "none" || !weaker.is_empty() {
        let what = if weaker.is_empty() {
            "submissions ran with your rights".to_owned()
        } else {
            weaker.join("; ")
        };
        let (sign, _) = sign_of(Outcome::Errored, page.is_unicode());
        page.words_after(
            &[(UNSURE, format!("{sign} "))],
            page::PLAIN,
            &format!("Sandbox tier {tier}: {what}"),
        );
    }
    let go = if report.go.is_empty() {
        "no Go"
    } else {
        &report.go
    };
    page.words(
        0,
        QUIET,
        &format!("gavel {}, {go}, sandbox {tier}", report.gavel),
    );
}
