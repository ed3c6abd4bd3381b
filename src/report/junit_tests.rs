use std::collections::HashSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::samples;
use super::*;

/// An element as it was read back: its depth, its name, its attributes.
struct Element {
    depth: usize,
    name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    fn attribute(&self, name: &str) -> &str {
        self.attributes
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    }

    fn number(&self, name: &str) -> usize {
        self.attribute(name).parse().unwrap()
    }
}

fn read(xml: &str) -> Vec<Element> {
    fn element(start: &BytesStart<'_>, depth: usize) -> Element {
        Element {
            depth,
            name: start.name().as_ref().to_owned(),
            attributes: start
                .attributes()
                .map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute
                        .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .unwrap();
                    (attribute.key.as_ref().to_owned(), value.into_owned())
                })
                .collect(),
        }
    }
    let mut reader = Reader::from_str(xml);
    let mut elements = Vec::new();
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                elements.push(element(&start, depth));
                depth += 1;
            }
            Event::Empty(start) => elements.push(element(&start, depth)),
            Event::End(_) => depth -= 1,
            Event::Eof => return elements,
            _ => {}
        }
    }
}

/// Reads a report back and holds what every one of them must keep.
fn checked(report: &Report) -> Vec<Element> {
    let xml = render(report);
    let is_legal = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(
        xml.chars()
            .all(|c| is_legal(c) && !('\u{7f}'..='\u{9f}').contains(&c)),
        "{xml}"
    );
    let elements = read(&xml);
    assert_eq!(elements[0].name, "testsuites");
    let named = |name: &str| {
        elements
            .iter()
            .filter(|element| element.name == name)
            .count()
    };
    assert_eq!(elements[0].number("tests"), named("testcase"));
    assert_eq!(elements[0].number("failures"), named("failure"));
    assert_eq!(elements[0].number("errors"), named("error"));
    assert_eq!(elements[0].number("skipped"), named("skipped"));
    for name in ["testsuite", "testcase"] {
        let of_kind = || elements.iter().filter(|element| element.name == name);
        let unique: HashSet<&str> = of_kind().map(|element| element.attribute("name")).collect();
        assert_eq!(unique.len(), of_kind().count());
    }
    elements
}

#[test]
fn a_batch_is_read_back() {
    let mut report = samples::batch();
    report
        .submissions
        .push(samples::accepted("submissions/alice"));
    let elements = checked(&report);
    let suites: Vec<&Element> = elements
        .iter()
        .filter(|element| element.name == "testsuite")
        .collect();
    let counts: Vec<(&str, usize, usize, usize, usize)> = suites
        .iter()
        .map(|suite| {
            assert_eq!(suite.depth, 1);
            let number = |name| suite.number(name);
            (
                suite.attribute("name"),
                number("tests"),
                number("failures"),
                number("errors"),
                number("skipped"),
            )
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("submissions/alice", 10, 0, 0, 0),
            ("submissions/bob", 10, 3, 0, 1),
            ("submissions/carol", 11, 1, 0, 10),
            ("submissions/dan", 10, 1, 0, 0),
            (
                "submissions/a-name-that-is-far-too-long-for-a-table/erin",
                11,
                1,
                0,
                10
            ),
            ("submissions/frank", 10, 0, 1, 0),
            ("submissions/alice (2)", 10, 0, 0, 0),
            ("submissions/mallory.zip", 1, 0, 1, 0),
        ]
    );
}

#[test]
fn whatever_is_not_accepted_is_red() {
    for verdict in Verdict::ALL {
        let one = samples::submission("x", verdict, Vec::new());
        let elements = checked(&samples::report(vec![one]));
        let red = elements[0].number("failures") + elements[0].number("errors");
        assert_eq!(red == 0, verdict == Verdict::Accepted, "{}", verdict.name());
    }
}

#[test]
fn hostile_text_stays_text() {
    let elements = checked(&samples::hostile());
    assert!(
        elements
            .iter()
            .any(|element| element.attribute("message").contains("TestX failed"))
    );
    let mut report = samples::hostile();
    report.submissions[0].name = "a\u{fffe}\u{ffff}\u{0}]]>&<\"'\n".into();
    report.submissions[0].checks[0].rationale = "</failure>&amp;\u{1}".into();
    let elements = checked(&report);
    assert_eq!(
        elements[1].attribute("name"),
        "a<U+FFFE><U+FFFF>^@]]>&<\"'^J"
    );
    assert!(
        elements
            .iter()
            .any(|element| element.attribute("message") == "</failure>&amp;^A")
    );
}

#[test]
fn one_submission_as_xml() {
    insta::assert_snapshot!(render(&samples::report(vec![samples::output("olga")])));
}

#[test]
fn places_are_told_in_words() {
    let xml = render(&samples::report(vec![samples::leak("lena")]));
    let (_, told) = xml.split_once("fetch.go:13: ").unwrap();
    let (told, _) = told.split_once("goroutine 25").unwrap();
    insta::assert_snapshot!(told, @r"
    a goroutine waits for ever to send
      fetch.go:13: waits here for ever: nobody receives from pages any more
      fetch.go:12: the goroutine was started here
      fetch_test.go:25: Fetch was called here
    Let the send give up too: put it into a select with ctx.Done(). Where exactly one value is ever sent, a buffer of one lets the sender go.
    more: gavel explain blocked-send
    ");
}
