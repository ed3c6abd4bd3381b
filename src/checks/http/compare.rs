//! An answer held against what is expected of it, and both written down so that they can be read side by side: pure
//! functions.

use serde_json::Value;

use super::exchange::{Came, NoAnswer, Sent};
use super::matching::{Fitting, Others, Variables};
use crate::model::{Answer, ExpectedBody, Matcher, Pattern, Shape, Statuses};
use crate::text::{Keep, cut, plural};

/// How much of a text is written down.
const SHOWN: usize = 8 << 10;

/// An answer, compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    /// The lines that were expected: where the answer is right, its own.
    pub(super) want: Vec<String>,
    /// The lines of the answer.
    pub(super) got: Vec<String>,
    /// What is wrong, without the values of bodies.
    pub(super) faults: Vec<String>,
    /// The variables that it sets.
    pub(super) captured: Variables,
}

/// Holds an answer against what is expected of it.
pub(super) fn compare(expect: &Answer, came: &Came, variables: &Variables) -> Compared {
    let mut fitting = Fitting::new(variables);
    let mut compared = Compared::default();
    // What the body captures, headers may use.
    let body = compare_body(&mut fitting, &expect.body, came);
    let body_faults = std::mem::take(&mut fitting.faults);
    compared.got.push(status_line(came.status));
    let status = match &expect.status {
        Statuses::One(status) if *status != came.status => {
            compared.faults.push(format!(
                "its status is {}, not {status}",
                status_words(came.status)
            ));
            *status
        }
        Statuses::One(_) | Statuses::Any | Statuses::Counts(_) => came.status,
    };
    compared.want.push(status_line(status));
    for (name, pattern) in &expect.headers {
        compare_header(&mut compared, &mut fitting, name, pattern, came);
    }
    let (want, got) = match body {
        Some((want, got)) => (want, got),
        // Where the status is wrong, what was said about it helps.
        None if status != came.status => {
            let text = text_of(came);
            (String::new(), text)
        }
        None => (String::new(), String::new()),
    };
    compared.faults.extend(body_faults);
    if came.is_cut && expect.body != ExpectedBody::Any {
        compared
            .faults
            .push("its body is longer than 1 MiB".to_owned());
    }
    compared.want.extend(body_lines(&want));
    compared.got.extend(body_lines(&got));
    compared.captured = fitting.captured;
    compared
}

fn compare_header(
    compared: &mut Compared,
    fitting: &mut Fitting<'_>,
    name: &str,
    pattern: &Pattern,
    came: &Came,
) {
    let line = |value: &str| format!("< {name}: {value}");
    let got = came.header(name);
    if *pattern == Pattern::Match(Matcher::Absent) {
        if let Some(got) = got {
            compared.faults.push(format!("it has a header {name}"));
            compared.got.push(line(&got));
        }
        return;
    }
    let Some(got) = got else {
        compared.faults.push(format!("it has no header {name}"));
        compared.want.push(line(&fitting.text(pattern, "")));
        return;
    };
    let want = fitting.text(pattern, &got);
    if want == got || is_same_media_type(name, &want, &got) {
        compared.want.push(line(&got));
    } else {
        compared
            .faults
            .push(format!("its header {name} is different"));
        compared.want.push(line(&want));
    }
    compared.got.push(line(&got));
}

/// A content type without parameters asks for none: `application/json` may come with a charset.
fn is_same_media_type(name: &str, want: &str, got: &str) -> bool {
    let essence = |value: &str| {
        let end = value.find(';').unwrap_or(value.len());
        value[..end].trim().to_ascii_lowercase()
    };
    name.eq_ignore_ascii_case("content-type")
        && !want.contains(';')
        && essence(want) == essence(got)
}

/// What was wanted and what came, both as texts; nothing where any body will do.
fn compare_body(
    fitting: &mut Fitting<'_>,
    expect: &ExpectedBody,
    came: &Came,
) -> Option<(String, String)> {
    let text = text_of(came);
    match expect {
        ExpectedBody::Any => None,
        ExpectedBody::Text(pattern) => {
            let want = fitting.text(pattern, text.trim_end());
            if want.trim_end() == text.trim_end() {
                return Some((text.clone(), text));
            }
            fitting.faults.push("its body is different".to_owned());
            Some((want, text))
        }
        ExpectedBody::Json(shape) => Some(compare_json(fitting, shape, came, Others::Refused)),
        ExpectedBody::JsonAtLeast(shape) => {
            Some(compare_json(fitting, shape, came, Others::Welcome))
        }
    }
}

fn compare_json(
    fitting: &mut Fitting<'_>,
    shape: &Shape,
    came: &Came,
    others: Others,
) -> (String, String) {
    if let Ok(got) = serde_json::from_slice::<Value>(&came.body) {
        let want = fitting.json(shape, &got, others);
        return (pretty(&want), pretty(&got));
    }
    let what = if came.body.is_empty() {
        "it has no body"
    } else {
        "its body is no JSON"
    };
    fitting.faults.push(what.to_owned());
    (pretty(&fitting.value(shape)), text_of(came))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn text_of(came: &Came) -> String {
    String::from_utf8_lossy(&came.body).into_owned()
}

fn body_lines(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = cut(text, SHOWN, Keep::Ends);
    let lines = text.lines().map(|line| format!("< {line}"));
    std::iter::once("<".to_owned()).chain(lines).collect()
}

fn status_line(status: u16) -> String {
    format!("< {}", status_words(status))
}

/// `201 Created`
pub(super) fn status_words(status: u16) -> String {
    let known = hyper::StatusCode::from_u16(status).ok();
    match known.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

/// What is sent, as lines.
pub(super) fn sent_lines(sent: &Sent) -> Vec<String> {
    let mut lines = vec![format!("> {} {}", sent.method, sent.target)];
    for (name, value) in &sent.headers {
        lines.push(format!("> {name}: {value}"));
    }
    if !sent.body.is_empty() {
        let body = String::from_utf8_lossy(&sent.body);
        let body = cut(&body, SHOWN, Keep::Ends);
        lines.push(">".to_owned());
        lines.extend(body.lines().map(|line| format!("> {line}")));
    }
    lines
}

/// What is expected, as lines, where nothing came that could be put in its place.
pub(super) fn expected_lines(expect: &Answer, variables: &Variables) -> Vec<String> {
    let fitting = Fitting::new(variables);
    let mut lines = Vec::new();
    match &expect.status {
        Statuses::One(status) => lines.push(status_line(*status)),
        Statuses::Any | Statuses::Counts(_) => lines.push("< an answer".to_owned()),
    }
    for (name, pattern) in &expect.headers {
        if *pattern != Pattern::Match(Matcher::Absent) {
            let value = Fitting::new(variables).text(pattern, "");
            lines.push(format!("< {name}: {value}"));
        }
    }
    let body = match &expect.body {
        ExpectedBody::Any => String::new(),
        ExpectedBody::Text(pattern) => Fitting::new(variables).text(pattern, ""),
        ExpectedBody::Json(shape) | ExpectedBody::JsonAtLeast(shape) => {
            pretty(&fitting.value(shape))
        }
    };
    lines.extend(body_lines(&body));
    lines
}

/// Why there is no answer, in words that go on after "there was".
pub(super) fn no_answer_words(why: &NoAnswer, waited: std::time::Duration) -> String {
    match why {
        NoAnswer::Unreachable(why) => format!("no connection could be made: {why}"),
        NoAnswer::Closed => "the connection was closed before an answer was complete".to_owned(),
        NoAnswer::Garbled(why) => format!("what came is no HTTP: {why}"),
        NoAnswer::Silent => format!("no answer came within {}", crate::text::duration(waited)),
    }
}

/// `20 answers: 1 with 201, 19 with 409`
pub(super) fn counts_line(counts: &std::collections::BTreeMap<u16, u32>) -> String {
    let total: u32 = counts.values().sum();
    let each: Vec<String> = counts
        .iter()
        .map(|(status, count)| format!("{count} with {}", status_words(*status)))
        .collect();
    if each.is_empty() {
        return "< no answer".to_owned();
    }
    let total = plural(usize::try_from(total).unwrap_or(usize::MAX), "answer");
    format!("< {total}: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::read_transcript;
    use crate::model::Act;

    fn expected(toml: &str) -> Answer {
        let text = format!("[[step]]\nname = \"a\"\nrequest = \"GET /\"\n[step.expect]\n{toml}\n");
        let transcript = read_transcript("t.toml", &text)
            .unwrap_or_else(|problems| panic!("{toml}: {problems:?}"));
        match &transcript.steps[0].act {
            Act::Request(request) => request.expect.clone().expect("something is expected"),
            other => panic!("{other:?}"),
        }
    }

    fn came(status: u16, headers: &[(&str, &str)], body: &str) -> Came {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Came {
            status,
            headers: headers.iter().map(owned).collect(),
            body: body.as_bytes().to_vec(),
            is_cut: false,
        }
    }

    /// Both texts and the faults.
    fn shown(compared: &Compared) -> String {
        let Compared {
            want, got, faults, ..
        } = compared;
        [want.join("\n"), got.join("\n"), faults.join("\n")].join("\n=====\n")
    }

    #[test]
    fn what_matches_is_shown_as_it_came() {
        let expect = expected(
            "status = 201\nheaders = { Location = \"/notes/${id}\", Content-Type = \"application/json\" }\n\
             json = { id = \"<capture id: any int>\", at = \"<rfc3339>\" }",
        );
        let body = json!({"id": 3, "at": "2026-01-02T03:04:05Z"}).to_string();
        let headers = [
            ("location", "/notes/3"),
            ("content-type", "application/json; charset=utf-8"),
            ("date", "today"),
        ];
        let compared = compare(&expect, &came(201, &headers, &body), &Variables::new());
        assert_eq!(compared.want, compared.got);
        assert_eq!(compared.faults, [""; 0]);
        assert_eq!(compared.captured["id"], json!(3));
        insta::assert_snapshot!(compared.got.join("\n"));
    }

    #[test]
    fn each_difference_is_shown_in_its_place() {
        let expect = expected(
            "status = 201\nheaders = { Location = \"/notes/3\", Server = \"<absent>\", ETag = \"<regex: \\\"[0-9]+\\\">\" }\n\
             json = { id = \"<any int>\", title = \"Shopping\", text = \"\" }",
        );
        let body = json!({"id": "3", "title": "Shopping", "txt": ""}).to_string();
        let headers = [("location", "/notes/4"), ("server", "x")];
        let compared = compare(&expect, &came(200, &headers, &body), &Variables::new());
        insta::assert_snapshot!(shown(&compared));
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_came() {
        let expect = expected("status = 200\njson = { id = \"<any int>\" }");
        let compared = compare(&expect, &came(200, &[], "oops\n"), &Variables::new());
        insta::assert_snapshot!(shown(&compared));
        let compared = compare(&expect, &came(200, &[], ""), &Variables::new());
        assert_eq!(compared.faults, ["it has no body"]);
    }

    #[test]
    fn texts_are_compared_but_for_blanks_at_their_end() {
        let expect = expected("body = \"hello\"");
        let compare = |body: &str| compare(&expect, &came(200, &[], body), &Variables::new());
        assert_eq!(compare("hello\n").faults, [""; 0]);
        assert_eq!(compare(" hello").faults, ["its body is different"]);
        let status = expected("status = 200");
        let failed = super::compare(&status, &came(500, &[], "out of luck"), &Variables::new());
        assert_eq!(
            failed.faults,
            ["its status is 500 Internal Server Error, not 200"]
        );
        assert_eq!(failed.got.last().map(String::as_str), Some("< out of luck"));
    }
}
