use std::fmt::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Rows as text: changed pieces stand in brackets.
fn drawn(diff: &Diff) -> String {
    let mut text = String::new();
    for row in &diff.rows {
        match row {
            DiffRow::Gap(lines) => {
                let _ = writeln!(text, "... {lines}");
            }
            DiffRow::Line(line) => {
                let sign = match line.side {
                    Side::Both => ' ',
                    Side::Want => '-',
                    Side::Got => '+',
                };
                let said: String = line
                    .parts
                    .iter()
                    .map(|part| {
                        if part.is_changed {
                            format!("[{}]", part.text)
                        } else {
                            part.text.clone()
                        }
                    })
                    .collect();
                let _ = writeln!(text, "{:>3} {sign} {said}", line.number);
            }
        }
    }
    if diff.left_out > 0 {
        let _ = writeln!(text, "{} left out", diff.left_out);
    }
    text
}

fn of(want: &str, got: &str) -> String {
    drawn(&diff(want, got, 40, true))
}

#[test]
fn changed_words_are_marked_in_their_context() {
    let want = "1\n2\n3\n4\n5\nGET /users 12 ok\n7\n8\n9\n10\n11\n12\n13\n14\nlast\n";
    let got = want.replace("12 ok", "13 ok").replace("last\n", "");
    insta::assert_snapshot!(of(want, &got), @r"
    ... 2
      3   3
      4   4
      5   5
      6 - GET /users [12] ok
      6 + GET /users [13] ok
      7   7
      8   8
      9   9
    ... 2
     12   12
     13   13
     14   14
     15 - last
    ");
}

#[test]
fn invisible_differences_are_shown() {
    insta::assert_snapshot!(of("a b\n", "a b  \n"), @r"
      1 - a b
      1 + a b[··]
    ");
    insta::assert_snapshot!(of("a\tb c d\n", "a b c d\n"), @r"
      1 - a[→]b c d
      1 + a[·]b c d
    ");
    insta::assert_snapshot!(of("a\nb\n", "a\r\nb\r\n"), @r"
      1 - a
      2 - b
      1 + a[␍]
      2 + b[␍]
    ");
    insta::assert_snapshot!(of("a\nb\n", "a\nb"), @r"
      1   a
      2 - b
      2 + b[ (no newline at the end)]
    ");
    insta::assert_snapshot!(of("one two three\n", "one two\u{a0}three\n"), @r"
      1 - one two[·]three
      1 + one two[<U+00A0>]three
    ");
    insta::assert_snapshot!(of("a green b\n", "a \u{1b}[32mgreen\u{1b}[0m b\n"), @r"
      1 - a [green] b
      1 + a [^[[32mgreen^[[0m] b
    ");
    insta::assert_snapshot!(drawn(&diff("a b\n", "a b\t \n", 9, false)), @r"
      1 - a b
      1 + a b[<tab><sp>]
    ");
}

#[test]
fn equal_texts_have_no_difference() {
    assert_eq!(diff("a\n", "a\n", 40, true), Diff::default());
}

#[test]
fn what_does_not_fit_is_counted() {
    let want = (0..100)
        .map(|n| format!("want {n}\n"))
        .collect::<Vec<_>>()
        .concat();
    let got = (0..100)
        .map(|n| format!("{n} got\n"))
        .collect::<Vec<_>>()
        .concat();
    let diff = diff(&want, &got, 10, true);
    assert_eq!(diff.rows.len(), 10);
    assert_eq!(diff.left_out, 190);
    let of = |wanted: Side| {
        diff.rows
            .iter()
            .filter(|row| matches!(row, DiffRow::Line(line) if line.side == wanted))
            .count()
    };
    assert_eq!((of(Side::Want), of(Side::Got)), (5, 5));
}

#[test]
fn large_texts_take_bounded_time() {
    let want = (0..60_000)
        .map(|n| format!("{}\n", n * 7 % 1009))
        .collect::<Vec<_>>()
        .concat();
    let got = (0..60_000)
        .map(|n| format!("{}\n", n * 11 % 1013))
        .collect::<Vec<_>>()
        .concat();
    let long = "x".repeat(1 << 20);
    let begin = Instant::now();
    let by_lines = diff(&want, &got, 40, true);
    let in_one_line = diff(
        &format!("{long}a{long}"),
        &format!("{long}b{long}"),
        40,
        true,
    );
    assert!(by_lines.left_out > 0);
    assert!(begin.elapsed() < Duration::from_secs(20));
    let DiffRow::Line(line) = &in_one_line.rows[0] else {
        panic!("a gap comes first")
    };
    let fitted: String = fit(&line.parts, 30, "…")
        .iter()
        .map(|part| part.text.clone())
        .collect();
    assert_eq!(fitted, "…xxxxxxxxxxaxxxxxxxxxxxxxxxxx…");
}

#[test]
fn lines_are_fitted_around_their_change() {
    let part = |text: &str, is_changed| Part {
        text: text.to_owned(),
        is_changed,
    };
    let drawn = |parts: &[Part], width| -> String {
        fit(parts, width, "…")
            .iter()
            .map(|part| part.text.clone())
            .collect()
    };
    let parts = [
        part("0123456789abcdefghij", false),
        part("CHANGE", true),
        part("klmnopqrst", false),
    ];
    assert_eq!(drawn(&parts, 36), "0123456789abcdefghijCHANGEklmnopqrst");
    assert_eq!(drawn(&parts, 20), "…efghijCHANGEklmnop…");
    assert_eq!(drawn(&parts[..1], 5), "0123…");
    assert_eq!(drawn(&[part("汉字汉字", false)], 6), "汉字…");
}

proptest! {
    #[test]
    fn any_texts_will_do(want in "[ab \t\r\n\u{1b}é汉]{0,60}", got in "[ab \t\r\n\u{202e}é汉]{0,60}", width in 4usize..30) {
        let diff = diff(&want, &got, 12, true);
        prop_assert_eq!(want == got, diff.rows.is_empty());
        for row in &diff.rows {
            let DiffRow::Line(line) = row else { continue };
            let fitted: String = fit(&line.parts, width, "…").into_iter().map(|part| part.text).collect();
            prop_assert!(crate::text::width(&fitted) <= width + 1, "{:?}", fitted);
            prop_assert!(!fitted.contains(char::is_control));
        }
    }
}
