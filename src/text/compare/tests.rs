use proptest::prelude::*;

use super::*;
use crate::text::{DiffRow, Side, diff};

fn numbers() -> Compare {
    Compare::Numbers(Tolerance::new(0.01).expect("a tolerance"))
}

/// The sentence, and what a reader sees; `same` where they agree.
fn said(how: Compare, want: &str, got: &str) -> String {
    match compare(want.as_bytes(), got.as_bytes(), how, "its output") {
        None => "same".to_owned(),
        Some(difference) => difference.rationale,
    }
}

/// What a reader sees.
fn seen(how: Compare, want: &[u8], got: &[u8]) -> String {
    let difference = compare(want, got, how, "its output").expect("they differ");
    let Comparison {
        first_line,
        want,
        got,
        more_want,
        more_got,
        ..
    } = difference.comparison;
    let mut text = format!("{}\nfrom {first_line}\n", difference.rationale);
    for row in diff(&want, &got, 40, true).rows {
        let DiffRow::Line(line) = row else {
            text.push_str("...\n");
            continue;
        };
        let sign = match line.side {
            Side::Both => ' ',
            Side::Want => '-',
            Side::Got => '+',
        };
        let parts = line.parts.iter().map(|part| {
            let [open, close] = if part.is_changed {
                ["[", "]"]
            } else {
                ["", ""]
            };
            format!("{open}{}{close}", part.text)
        });
        let _ = writeln!(text, "{sign} {}", parts.collect::<String>());
    }
    let _ = writeln!(text, "more {more_want} {more_got}");
    text
}

#[test]
fn exact_differences_are_named() {
    let say = |want, got| said(Compare::Exact, want, got);
    assert_eq!(say("a\n", "a\n"), "same");
    assert_eq!(say("a\n", ""), "its output is empty");
    assert_eq!(say("", "a\n"), "its output should be empty");
    assert_eq!(say("a\n", "a"), "its output lacks the newline at the end");
    assert_eq!(
        say("a", "a\n"),
        "its output has a newline at the end that is too much"
    );
    assert_eq!(
        say("a\nb\n", "b\na\n"),
        "the lines of its output are right but in another order, from line 1"
    );
    assert_eq!(
        say("a\nb\nb\n", "b\na\na\n"),
        "line 1 of its output differs"
    );
    assert_eq!(
        say("a\nb\n", "a\nb \n"),
        "line 2 of its output differs in blanks at the end alone"
    );
    assert_eq!(
        say("a\nb\n", "a\r\nb\r\n"),
        "line 1 of its output ends in a carriage return and a newline (\\r\\n), and should end in a newline"
    );
    assert_eq!(say("a\nb\n", "a\n"), "its output ends after line 1 of 2");
    assert_eq!(
        say("a\n", "a\nb\n"),
        "its output goes on after line 1, where it should end"
    );
    assert_eq!(
        say("a\nb\nc\n", "a\nx\nc\n"),
        "line 2 of its output differs"
    );
}

#[test]
fn blanks_at_ends_can_be_passed_over() {
    let say = |want, got| said(Compare::Trim, want, got);
    assert_eq!(say("a\nb\n", "a \t\r\nb\n\n \n"), "same");
    assert_eq!(say("a\nb\n", "a\nb"), "same");
    assert_eq!(say("a\nb\n", " a\nb"), "line 1 of its output differs");
    assert_eq!(say("a\nb\n", "a\n\nb"), "line 2 of its output differs");
    assert_eq!(say("a\n", " \n"), "its output is empty");
    insta::assert_snapshot!(seen(Compare::Trim, b"a\nb\nc\n", b"a  \nx\nc\n\n\n"), @r"
    line 2 of its output differs
    from 1
      a
    - [b]
    + [x]
      c
    more 0 0
    ");
}

#[test]
fn lines_can_come_in_any_order() {
    let say = |want, got| said(Compare::Unordered, want, got);
    assert_eq!(say("a\nb\nb\n", "b\na\nb"), "same");
    assert_eq!(
        say("a\nb\nb\n", "b\na\na\n"),
        "its output lacks 1 line, and 1 is too many"
    );
    assert_eq!(say("a\nb\n", "b\n"), "its output lacks 1 line");
    assert_eq!(say("a\n", "b\na\nc\n"), "its output has 2 lines too many");
    assert_eq!(say("a\n", ""), "its output is empty");
    insta::assert_snapshot!(
        seen(Compare::Unordered, b"a 1\nb 2\nc 3\nd 4\n", b"d 4\nc 3\nb 5\na 1\nz\n"),
        @r"
    its output lacks 1 line, and 2 are too many
    from 1
    - b [2]
    + b [5]
    + [z]
    more 0 0
    "
    );
}

#[test]
fn numbers_can_be_a_little_off() {
    let say = |want, got| said(numbers(), want, got);
    assert_eq!(say("mean 2.5 of 10\n", "mean 2.501 of 10.0\n"), "same");
    assert_eq!(say("x=1e3ms y=-.5\n", "x=1001ms y=-0.5049\n"), "same");
    assert_eq!(say("0.001\n", "0.009\n"), "same");
    assert_eq!(say("1000\n", "1010\n"), "same");
    assert_eq!(
        say("a\n1000\n", "a\n1010.5\n"),
        "a number in line 2 of its output is off by more than the tolerance"
    );
    assert_eq!(say("v1.2.3\n", "v1.2.4\n"), "line 1 of its output differs");
    assert_eq!(say("1.2.3\n", "1.2.4\n"), "line 1 of its output differs");
    assert_eq!(say("id7 is 1.\n", "id7 is 1.001.\n"), "same");
    assert_eq!(say("id7\n", "id8\n"), "line 1 of its output differs");
    assert_eq!(say("NaN +Inf\n", "NaN +Inf\n"), "same");
    assert_eq!(say("1\n", "NaN\n"), "line 1 of its output differs");
    assert_eq!(say("1e999\n", "2e999\n"), "line 1 of its output differs");
    assert_eq!(say("1 2\n", "1  2\n"), "line 1 of its output differs");
    let zero = Compare::Numbers(Tolerance::new(0.0).expect("a tolerance"));
    assert_eq!(said(zero, "1.50\n", "1.5\n"), "same");
    assert_eq!(
        said(zero, "9007199254740993\n", "9007199254740992\n"),
        "a number in line 1 of its output is off by more than the tolerance"
    );
    assert_eq!(Tolerance::new(1.0), None);
    assert_eq!(Tolerance::new(f64::NAN), None);
}

#[test]
fn numbers_within_the_tolerance_do_not_show() {
    let want = b"first 1.00\nnew 5\nmean 2.50 max 9.00\nlast 3.00\n";
    let got = b"first 1.001\nmean 2.501 max 8\nlast 3.001\n";
    insta::assert_snapshot!(seen(numbers(), want, got), @r"
    line 2 of its output differs
    from 1
      first 1.001
    - [new 5]
    - mean 2.501 max [9.00]
    + mean 2.501 max [8]
      last 3.001
    more 0 0
    ");
}

#[test]
fn json_is_compared_by_value() {
    let say = |want, got| said(Compare::Json, want, got);
    assert_eq!(
        say(
            r#"{"a": 1, "b": [true, null, "é"]}"#,
            "{\"b\":[true,null,\"\\u00e9\"],\n\"a\":1.0}\n"
        ),
        "same"
    );
    assert_eq!(
        say("{\"n\":1}\n{\"n\":2}\n", "{\"n\":1e0} {\"n\":2}"),
        "same"
    );
    assert_eq!(
        say(
            r#"{"users":[{"name":"eve"}]}"#,
            r#"{"users":[{"name":"bob"}]}"#
        ),
        "its output differs at .users[0].name"
    );
    assert_eq!(
        say(r#"{"a":{"s3cret":1}}"#, r#"{"a":{}}"#),
        "its output lacks a key at .a"
    );
    assert_eq!(
        say(r#"{"a":1}"#, r#"{"a":1,"b c":2}"#),
        r#"its output has a key that is too much at ["b c"]"#
    );
    assert_eq!(say("[1,2]", "[1]"), "its output lacks an element");
    assert_eq!(
        say("[1]", "[1,2]"),
        "its output has an element that is too much at [1]"
    );
    assert_eq!(
        say("1\n2\n", "1\n3\n"),
        "its output differs at [document 2]"
    );
    assert_eq!(
        say("1\n2\n", "1\n"),
        "its output has 1 JSON document instead of 2"
    );
    assert_eq!(say("1", "\"1\""), "its output differs");
    assert_eq!(say("1", " \n"), "its output is empty");
    assert_eq!(say("0.1", "0.10000000000000001"), "same");
    assert_eq!(say("1e-7", "0.0000001"), "same");
    assert_eq!(
        say("{}", "{\"a\":}"),
        "its output isn't JSON: expected value at line 1 column 6"
    );
    insta::assert_snapshot!(
        seen(Compare::Json, br#"{"b":2,"a":[1.0,{"x":1}]}"#, br#"{"a":[1,{"x":2}],"b":2e0}"#),
        @r#"
    its output differs at .a[1].x
    from 2
        "a": [
          1,
          {
    -       "x": [1]
    +       "x": [2]
          }
        ],
        "b": 2
    more 0 0
    "#
    );
}

#[test]
fn patterns_stand_in_golden_lines() {
    let say = |want, got| said(Compare::Patterns, want, got);
    let want = "start\ntook {{\\d{2}}} ms (a+b)\nid {{[0-9a-f]+}}-{{x|y}}\n";
    assert_eq!(say(want, "start\ntook 12 ms (a+b)\nid 3f-y\n"), "same");
    assert_eq!(
        say(want, "start\ntook 123 ms (a+b)\nid 3f-y\n"),
        "line 2 of its output differs"
    );
    assert_eq!(say("{{\\{\\{}}1 2}}\n", "{{1 2}}\n"), "same");
    assert_eq!(say("{{a|b}}c\n", "a\n"), "line 1 of its output differs");
    assert_eq!(
        say("{{.*}}\n", "any\nmore\n"),
        "its output goes on after line 1, where it should end"
    );
    let got = b"start\nnoise\ntook 12 ms (a-b)\nid 3f-z\n";
    insta::assert_snapshot!(seen(Compare::Patterns, want.as_bytes(), got), @r"
    line 2 of its output differs
    from 1
      start
    - took 12 ms (a[+]b)
    - id 3f-[{{x|y}}]
    + [noise]
    + took 12 ms (a[-]b)
    + id 3f-[z]
    more 0 0
    ");
    insta::assert_snapshot!(seen(Compare::Patterns, b"{{\\w+}} is {{\\d+}} old\nx\n", b"eve is 7 new\nx\n"), @r"
    line 1 of its output differs
    from 1
    - eve is 7 [old]
    + eve is 7 [new]
      x
    more 0 0
    ");
}

#[test]
fn bad_expected_texts_are_told() {
    let fault = |how, text: &[u8]| match fault_of_expected(text, how) {
        None => "good".to_owned(),
        Some((line, why)) => format!("{line}: {why}"),
    };
    assert_eq!(fault(Compare::Exact, b"\xff"), "good");
    assert_eq!(fault(numbers(), b"1\n\xff"), "2: is not UTF-8");
    insta::assert_snapshot!(fault(Compare::Json, b"{}\n{,}"), @"2: is not JSON: key must be a string at line 2 column 2");
    insta::assert_snapshot!(fault(Compare::Json, b"\n"), @"1: holds no JSON document");
    insta::assert_snapshot!(fault(Compare::Patterns, b"a\n{{(}}"), @r#"2: "(" is no regular expression: unclosed group"#);
    insta::assert_snapshot!(fault(Compare::Patterns, b"map{{1 2}"), @r"1: has {{ without }} behind it; an expression stands between them, and {{ itself is written {{\{\{}}");
    insta::assert_snapshot!(fault(Compare::Patterns, b"a {{}} b"), @"1: has {{}} with nothing between them");
    insta::assert_snapshot!(fault(Compare::Patterns, b"{{a)(b}}"), @r#"1: "a)(b" is no regular expression: unopened group"#);
}

#[test]
fn a_change_in_the_middle_of_much_is_shown() {
    let want: String = (1..=100_000).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "line {number}");
        text
    });
    let got = want.replace("line 50000\n", "line fifty\n");
    for how in [Compare::Exact, Compare::Trim, numbers(), Compare::Patterns] {
        let seen = seen(how, want.as_bytes(), got.as_bytes());
        let (_, seen) = seen.split_once('\n').expect("lines");
        let expected = "from 49997\n  line 49997\n  line 49998\n  line 49999\n- line [50000]\n+ line [fifty]\n  \
                        line 50001\n  line 50002\n  line 50003\nmore 0 0\n";
        assert_eq!(seen, expected, "{how:?}");
    }
}

#[test]
fn long_lines_are_cut_around_their_difference() {
    let want = "x".repeat(5 << 20) + "A" + &"y".repeat(5 << 20) + "\n";
    let got = want.replace('A', "B");
    let comparison = compare(want.as_bytes(), got.as_bytes(), Compare::Exact, "it")
        .expect("they differ")
        .comparison;
    assert!(comparison.want.starts_with("[5242680 bytes left out]xxx"));
    assert!(comparison.want.contains("xxAyy") && comparison.got.contains("xxByy"));
    assert!(comparison.want.ends_with(" bytes left out]\n"));
    assert!(comparison.want.len() < 5000);
}

#[test]
fn all_that_differs_is_too_much() {
    let many = |word: &str| format!("{word}\n").repeat(100_000);
    for how in [Compare::Exact, numbers(), Compare::Patterns] {
        let comparison = compare(many("one").as_bytes(), many("two").as_bytes(), how, "it")
            .expect("they differ")
            .comparison;
        assert!(comparison.want.len() <= 64 << 10);
        assert!(comparison.more_want > 80_000);
    }
}

#[test]
fn bytes_that_are_no_text_look_different() {
    insta::assert_snapshot!(seen(Compare::Exact, b"a\xff\0b\n", b"a\xfe\0b\n"), @r"
    line 1 of its output differs
    from 1
    - a<[0xFF]>^@b
    + a<[0xFE]>^@b
    more 0 0
    ");
    assert_eq!(
        compare(b"1\n", b"1\n\xff", numbers(), "its output").map(|difference| difference.rationale),
        Some("line 2 of its output isn't UTF-8 text".to_owned())
    );
}

fn any_comparison() -> impl Strategy<Value = Compare> {
    prop_oneof![
        Just(Compare::Exact),
        Just(Compare::Trim),
        Just(Compare::Unordered),
        Just(numbers()),
        Just(Compare::Json),
        Just(Compare::Patterns),
    ]
}

proptest! {
    #[test]
    fn any_texts_can_be_compared(how in any_comparison(), want in "([ab1.{}\\[\\], é-]|\n){0,40}", got in "([ab1.{}\\[\\], é-]|\n){0,40}") {
        if let Some(difference) = compare(want.as_bytes(), got.as_bytes(), how, "it") {
            prop_assert!(!difference.rationale.is_empty());
            let Comparison { want, got, .. } = difference.comparison;
            prop_assert_ne!(want, got);
        }
    }

    #[test]
    fn any_bytes_can_be_compared(how in any_comparison(), want in prop::collection::vec(any::<u8>(), 0..60), got in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = compare(&want, &got, how, "it");
    }

    #[test]
    fn what_is_the_same_agrees(how in any_comparison(), text in "([ab1. é-]|\n){0,40}") {
        prop_assert_eq!(compare(text.as_bytes(), text.as_bytes(), how, "it"), None);
    }
}
