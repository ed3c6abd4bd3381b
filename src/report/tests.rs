use insta::assert_snapshot;

use super::samples;
use super::*;
use crate::model::SandboxReport;
use crate::text::width;

const LOOK: Look = Look {
    width: 80,
    unicode: true,
};

/// A terminal report without its styles, which every look must be able to do without.
fn plain(report: &Report, look: Look) -> String {
    let styled = render(report, Format::Terminal, &look);
    let text = anstream::adapter::strip_str(&styled).to_string();
    let widest = text.lines().map(width).max().unwrap_or(0);
    assert!(widest <= look.width.min(100), "{widest} columns:\n{text}");
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "{text:?}"
    );
    assert!(
        !text.contains("\n\n\n") && text.lines().all(|line| line.trim_end() == line),
        "{text}"
    );
    text
}

fn one(submission: SubmissionReport) -> String {
    plain(&samples::report(vec![submission]), LOOK)
}

#[test]
fn accepted() {
    let text = one(samples::accepted("alice"));
    assert!(text.lines().count() <= 15, "{text}");
    assert_snapshot!(text);
}

#[test]
fn partial() {
    assert_snapshot!(one(samples::partial("bob")));
}

#[test]
fn output_that_differs() {
    assert_snapshot!(one(samples::output("olga")));
}

#[test]
fn compile_error() {
    assert_snapshot!(one(samples::compile_error("carol")));
}

#[test]
fn disallowed() {
    assert_snapshot!(one(samples::disallowed("erin")));
}

#[test]
fn data_race() {
    assert_snapshot!(one(samples::data_race("dan")));
}

#[test]
fn grader_error_with_a_weak_sandbox() {
    let mut report = samples::report(vec![samples::grader_error("frank")]);
    report.sandbox = SandboxReport {
        tier: "landlock".into(),
        weaker: vec![
            "a run may reach other local ports".into(),
            "memory is not limited exactly".into(),
        ],
    };
    assert_snapshot!(plain(&report, LOOK));
}

#[test]
fn batch() {
    assert_snapshot!(plain(&samples::batch(), Look { width: 100, ..LOOK }));
}

#[test]
fn batch_of_several_exercises() {
    let report = samples::report(vec![samples::accepted("alice"), samples::output("olga")]);
    assert_snapshot!(plain(&report, LOOK));
}

#[test]
fn candidate_audience() {
    let report = samples::report(vec![samples::partial("bob")]);
    assert_snapshot!(plain(&for_candidate(report), LOOK));
}

#[test]
fn narrow() {
    let look = Look { width: 40, ..LOOK };
    assert_snapshot!(plain(&samples::report(vec![samples::partial("bob")]), look));
}

#[test]
fn narrow_batch() {
    let look = Look { width: 40, ..LOOK };
    assert_snapshot!(plain(&samples::batch(), look));
}

#[test]
fn ascii() {
    let look = Look {
        unicode: false,
        ..LOOK
    };
    let mut report = samples::report(vec![samples::data_race("dan"), samples::output("olga")]);
    report.submissions.truncate(1);
    let text = plain(&report, look);
    assert!(text.is_ascii(), "{text}");
    assert_snapshot!(text);
}

#[test]
fn hostile() {
    assert_snapshot!(plain(&samples::hostile(), LOOK));
    let narrow = plain(&samples::hostile(), Look { width: 40, ..LOOK });
    assert!(narrow.lines().count() < 150);
}

#[test]
fn refused_alone() {
    let mut report = samples::report(Vec::new());
    report.refused = vec![samples::refusal("mallory.zip")];
    report.go = String::new();
    assert_snapshot!(plain(&report, LOOK));
}
