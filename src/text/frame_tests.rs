use proptest::prelude::*;

use super::*;
use crate::model::{FindingKind, Related};

fn place(file: &str, line: u32, column: Option<u32>) -> Place {
    Place {
        file: file.into(),
        line,
        column,
    }
}

fn finding(kind: FindingKind, lines: &[&str], line: u32, column: Option<u32>) -> Finding {
    Finding {
        place: Some(place("pool.go", line, column)),
        excerpt: Some(Excerpt {
            first_line: 9,
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        }),
        ..Finding::new(kind, "undefined: y")
    }
}

fn drawn(finding: &Finding, width: usize, unicode: bool) -> String {
    let drawing = frame(finding, width, unicode).unwrap();
    let text = anstream::adapter::strip_str(&drawing).to_string();
    let widest = text.lines().map(columns).max().unwrap_or(0);
    assert!(widest <= width, "{widest} columns:\n{text}");
    text
}

/// A line of a file, with the lines around it.
fn related(label: &str, file: &str, first_line: u32, lines: [&str; 3]) -> Related {
    Related {
        label: label.into(),
        place: place(file, first_line + 1, None),
        excerpt: Some(Excerpt {
            first_line,
            lines: lines.map(str::to_owned).into(),
        }),
    }
}

/// Places near and far, in two files, twice on one line, and one that can't be shown.
fn many() -> Finding {
    let lines = ["\t\tdefer s.mu.Unlock()", "\t\ts.total++", "\t}"];
    Finding {
        label: Some("written here".into()),
        related: vec![
            related(
                "written here too, by another goroutine",
                "pool.go",
                9,
                lines,
            ),
            related(
                "read here",
                "pool.go",
                40,
                ["func (s *Stats) Total() int {", "\treturn s.total", "}"],
            ),
            related(
                "both goroutines were started here",
                "start.go",
                6,
                [
                    "\tfor range n {",
                    "\t\tgo work(context.WithoutCancel(ctx), s, jobs, results)",
                    "\t}",
                ],
            ),
            Related {
                label: "which was called here".into(),
                place: place("pool_test.go", 44, None),
                excerpt: None,
            },
        ],
        ..finding(FindingKind::Race, &lines, 10, Some(5))
    }
}

#[test]
fn the_word_at_the_column_is_underlined() {
    let lines = ["func f() {", "\tx := yes", "}"];
    let finding = finding(FindingKind::Compile, &lines, 10, Some(7));
    insta::assert_snapshot!(drawn(&finding, 80, true));
    insta::assert_snapshot!(drawn(&finding, 80, false));
}

#[test]
fn without_a_column_the_line_is_underlined() {
    let lines = ["\t\twg.Wait() \u{1b}[31m", "\t}"];
    insta::assert_snapshot!(drawn(
        &finding(FindingKind::Race, &lines, 9, None),
        80,
        true
    ));
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let line = format!("\t{}", "汉字 := call(a, b) ".repeat(20));
    let lines = [line.as_str(), "}"];
    insta::assert_snapshot!(drawn(
        &finding(FindingKind::Vet, &lines, 9, Some(200)),
        40,
        true
    ));
}

#[test]
fn all_places_are_in_one_frame() {
    insta::assert_snapshot!(drawn(&many(), 80, true));
    insta::assert_snapshot!(drawn(&many(), 80, false));
    insta::assert_snapshot!(drawn(&many(), 40, true));
}

#[test]
fn colours_are_those_of_what_they_mark() {
    let mut finding = many();
    finding.related.truncate(1);
    let drawing = frame(&finding, 80, true).unwrap();
    insta::assert_snapshot!(drawing.replace('\u{1b}', "^"));
}

#[test]
fn places_that_a_frame_cannot_show_are_named() {
    let finding = many();
    let named: Vec<_> = places_without_source(&finding).collect();
    assert_eq!(
        named,
        [(&place("pool_test.go", 44, None), "which was called here")]
    );
}

#[test]
fn a_place_outside_the_excerpt_has_no_frame() {
    assert!(frame(&finding(FindingKind::Vet, &["x"], 8, None), 80, true).is_none());
    assert!(frame(&finding(FindingKind::Vet, &["x"], 10, None), 80, true).is_none());
    let mut elsewhere = many();
    elsewhere.excerpt = None;
    elsewhere.related.truncate(1);
    let text = drawn(&elsewhere, 80, true);
    assert!(
        text.lines()
            .next()
            .is_some_and(|line| line.ends_with(" pool.go")),
        "{text}"
    );
    assert_eq!(places_without_source(&elsewhere).count(), 1);
}

proptest! {
    #[test]
    fn any_source_and_any_words_will_do(
        lines in prop::collection::vec("[a\t\u{3000} \u{1b}\u{202e}\u{301}é汉👩\u{200d}\r\u{9b}m]{0,40}", 1..4),
        label in "[a \u{1b}汉\n]{0,60}",
        line in 9u32..12,
        other in 0u32..u32::MAX,
        columns in prop::collection::vec(prop::option::of(0u32..100), 2),
        width in 1usize..60,
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let mut finding = finding(FindingKind::Panic, &lines, line, columns[0]);
        finding.label = Some(label.clone());
        for (file, at, first_line) in [("pool.go", line, 9), ("汉 another file with a long name.go", other, other)] {
            finding.related.push(Related {
                label: label.clone(),
                place: place(file, at, columns[1]),
                excerpt: finding.excerpt.clone().map(|excerpt| Excerpt { first_line, ..excerpt }),
            });
        }
        if let Some(drawing) = frame(&finding, width, width % 2 == 0) {
            let text = anstream::adapter::strip_str(&drawing).to_string();
            prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", text);
            let widest = text.lines().map(super::columns).max().unwrap_or(0);
            prop_assert!(widest <= width.max(26), "{} columns:\n{}", widest, text);
        }
    }
}
