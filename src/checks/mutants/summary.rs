//! What is made of all runs of a check of type `mutants`: points, a sentence, and the changes that nothing notices.

use super::Tried;
use crate::checks::{Decided, Given, Judged, undecided, without_runs};
use crate::model::{
    Check, CheckReport, Comparison, Message, Mutant, Outcome, Points, RunReport, Verdict,
};
use crate::text::plural;

/// How many mutants that nothing notices are shown in full.
const SHOWN: usize = 5;

/// Points by the share of mutants that were noticed.
pub(super) fn sum_up(
    given: &Given<'_>,
    check: &Check,
    controls: Vec<Judged>,
    tried: Vec<Tried>,
    coverage: Option<String>,
) -> Decided {
    if let Some(why) = tried.iter().find_map(|one| one.undecided.as_ref()) {
        return undecided(check, why);
    }
    let noticed = tried
        .iter()
        .filter(|one| one.report.outcome == Outcome::Passed)
        .count();
    let is_all = noticed == tried.len();
    let share = u64::from(check.points) * noticed as u64 / tried.len().max(1) as u64;
    let mut rationale = String::new();
    if !is_all {
        rationale = format!(
            "your tests notice {noticed} of {}",
            plural(tried.len(), "mutant")
        );
        if let Some(coverage) = &coverage {
            rationale = format!("{rationale}; {coverage}");
        }
    }
    let mut runs: Vec<RunReport> = controls.into_iter().map(|run| run.report).collect();
    if let Some(first) = runs.first_mut() {
        first.output = coverage;
    }
    let mut shown = 0;
    for Tried {
        mut report, mutant, ..
    } in tried
    {
        if report.outcome == Outcome::Failed && shown < SHOWN {
            shown += 1;
            show_survivor(given, &mutant, &mut report);
        }
        runs.push(report);
    }
    let outcome = if is_all {
        Outcome::Passed
    } else {
        Outcome::Failed
    };
    let report = without_runs(check, outcome, &rationale);
    Decided {
        cause: (!is_all).then_some(Verdict::WrongAnswer),
        report: CheckReport {
            points: Points {
                earned: u32::try_from(share).unwrap_or(check.points),
                ..report.points
            },
            runs,
            ..report
        },
    }
}

/// Shows what was changed in an implementation that no test takes for a wrong one.
fn show_survivor(given: &Given<'_>, mutant: &Mutant, report: &mut RunReport) {
    let sources = given.workspace.sources();
    let Some((path, mutated)) = mutant.files.iter().next() else {
        return;
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let want = sources
        .get(path)
        .map_or_else(String::new, |file| text(&file.bytes));
    let got = text(&mutated.bytes);
    // A statement that was removed has left its line behind.
    let got: String = if want.lines().count() == got.lines().count() {
        want.lines()
            .zip(got.split_inclusive('\n'))
            .filter(|(want, got)| want.trim().is_empty() || !got.trim().is_empty())
            .map(|(_, got)| got)
            .collect()
    } else {
        got
    };
    let first = want
        .lines()
        .zip(got.lines())
        .take_while(|(want, got)| want == got)
        .count();
    report.messages = vec![Message {
        test: mutant.name.clone(),
        place: Some(format!("{path}:{}", first + 1)),
        text: "your tests don't notice this change".to_owned(),
    }];
    report.comparison = Some(Comparison::of_texts(want, got));
}
