//! What people see of texts that were compared.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use super::compared_samples::{compared, of_each_kind, predicted};
use super::{Format, Look, render, samples};
use crate::model::{Compare, SubmissionReport};

fn seen(one: SubmissionReport, width: usize) -> String {
    let look = Look {
        width,
        unicode: true,
    };
    let styled = render(&samples::report(vec![one]), Format::Terminal, &look);
    anstream::adapter::strip_str(&styled).to_string()
}

#[test]
fn each_comparison() {
    assert_snapshot!(seen(of_each_kind("olga"), 80));
}

#[test]
fn each_comparison_in_forty_columns() {
    assert_snapshot!(seen(of_each_kind("olga"), 40));
}

#[test]
fn answers_are_explained() {
    assert_snapshot!(seen(predicted("pat"), 80));
    let report = samples::report(vec![predicted("pat")]);
    assert_snapshot!(
        "explained_as_xml",
        render(&report, Format::Junit, &Look::default())
    );
}

#[test]
fn outputs_of_all_sizes() {
    let many: Vec<String> = (1..=100_000).map(|n| format!("line {n}\n")).collect();
    let many = many.concat();
    let changed = many.replace("line 70000\n", "line seventy thousand\n");
    let other = "no\n".repeat(100_000);
    let long = "x".repeat(5 << 20);
    let [left, right] = ["left", "right"].map(|word| format!("{long}{word}{long}\n"));
    let texts: [(&str, &str); 5] = [
        (&many, &changed),
        (&many, &other),
        (&left, &right),
        ("a\n", ""),
        ("", "a\n"),
    ];
    let mut pairs: Vec<(Compare, &[u8], &[u8])> = texts
        .iter()
        .map(|(want, got)| (Compare::Exact, want.as_bytes(), got.as_bytes()))
        .collect();
    pairs.push((
        Compare::Exact,
        b"\x7fELF\x02\x01\0\xff\n",
        b"\x7fELF\x01\x01\0\xfe\n",
    ));
    let begin = Instant::now();
    let seen = seen(compared("olga", &pairs), 80);
    // Far from what it takes; a comparison without bounds takes minutes.
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    assert_snapshot!(seen);
}
