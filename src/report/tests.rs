use crate::model::{Finding, SubmissionReport};
use insta::assert_snapshot;
use proptest::prelude::*;

use super::samples;
use super::*;
use crate::model::SandboxReport;
use crate::text::{self, width};

const LOOK: Look = Look {
    width: 80,
    unicode: true,
};

/// Puts any text wherever a finding has one.
fn garble(finding: &mut Finding, text: &str) {
    finding.message = text.to_owned();
    finding.help = Some(text.to_owned());
    finding.label = Some(text.to_owned());
    finding.explanation = Some(text.to_owned());
    for related in &mut finding.related {
        related.label = text.to_owned();
        related.place.file.push_str(text);
    }
}

proptest! {
    #[test]
    fn any_text_at_any_width_will_do(
        text in "[a-z \t\n\r\u{1b}\u{202e}\u{301}é汉👩\u{200d}=,\"\\[\\]]{0,300}",
        width in 0usize..120,
        unicode in any::<bool>(),
    ) {
        let mut report = samples::batch();
        report.submissions[1].checks[2].findings = samples::deadlock("dirk").checks[1].findings.clone();
        for one in &mut report.submissions {
            one.name.clone_from(&text);
            one.ignored_files = vec![text.clone()];
            for finding in &mut one.findings {
                garble(finding, &text);
            }
            for check in &mut one.checks {
                check.id.clone_from(&text);
                check.about.clone_from(&text);
                check.rationale.clone_from(&text);
                for finding in &mut check.findings {
                    garble(finding, &text);
                }
                for run in &mut check.runs {
                    run.name.clone_from(&text);
                    run.output = Some(text.clone());
                    run.messages = vec![samples::message(&text, &text, &format!("{text} = {text}, want x{text}"))];
                }
            }
        }
        report.refused = vec![samples::refusal(&text)];
        let alone = samples::report(vec![report.submissions[1].clone()]);
        for report in [report, alone] {
            let styled = render(&report, Format::Terminal, &Look { width, unicode });
            let plain = anstream::adapter::strip_str(&styled).to_string();
            prop_assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", plain);
            let widest = plain.lines().map(text::width).max().unwrap_or(0);
            prop_assert!(width < 40 || widest <= width.min(100), "{} columns:\n{}", widest, plain);
            let _ = render(&report, Format::Junit, &Look::default());
        }
    }
}

#[test]
fn a_megabyte_of_words_takes_no_time() {
    let mut one = samples::partial("bob");
    let long = "x = 1, want \u{1b}[31m2 ".repeat(50_000);
    one.checks[1].runs[0].messages = vec![samples::message("TestX", "x_test.go:1", &long); 3];
    one.checks[1].runs[0].output = Some(long.clone());
    one.checks[1].findings.push(crate::model::Finding::new(
        crate::model::FindingKind::Hang,
        &long,
    ));
    let begin = std::time::Instant::now();
    let report = samples::report(vec![one]);
    for format in Format::ALL {
        let _ = render(&report, format, &LOOK);
    }
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
}

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

/// At 80 columns and at 40.
fn wide_and_narrow(submission: SubmissionReport) -> String {
    let report = samples::report(vec![submission]);
    let narrow = Look { width: 40, ..LOOK };
    format!("{}\n{}", plain(&report, LOOK), plain(&report, narrow))
}

#[test]
fn race_with_a_reader() {
    assert_snapshot!(wide_and_narrow(samples::race_with_a_reader("dora")));
}

#[test]
fn leak() {
    assert_snapshot!(wide_and_narrow(samples::leak("lena")));
}

#[test]
fn deadlock() {
    assert_snapshot!(wide_and_narrow(samples::deadlock("dirk")));
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

#[test]
fn destinations_are_formats_with_or_without_a_file() {
    let parsed = |asked: &str| asked.parse::<Destination>();
    assert_eq!(
        parsed("json=out/a=b.json"),
        Ok(Destination {
            format: Format::Json,
            file: Some("out/a=b.json".into()),
        })
    );
    assert_eq!(
        parsed("terminal").map(|one| (one.format, one.file)),
        Ok((Format::Terminal, None))
    );
    let said = |asked: &str| parsed(asked).unwrap_err().to_string();
    assert_snapshot!(said("Junti=x"), @r#"there is no report format "Junti"; did you mean junit?"#);
    assert_snapshot!(said("pdf"), @r#"there is no report format "pdf"; there are terminal, json, junit"#);
    assert_snapshot!(said("json="), @"json= names no file; write json=FILE, or json alone for standard output");
}

#[test]
fn the_locale_decides_on_signs() {
    let unicode = |locale: &[&str]| Look::of(None, locale.iter().copied()).unicode;
    assert!(unicode(&["", "", "en_GB.UTF-8"]));
    assert!(unicode(&["C.utf8"]));
    assert!(!unicode(&["C", "", "en_GB.UTF-8"]));
    assert!(!unicode(&[]));
    assert_eq!(Look::of(Some(62), []).width, 62);
}
