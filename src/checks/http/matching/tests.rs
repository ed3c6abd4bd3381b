use serde_json::json;

use super::*;
use crate::manifest::read_transcript;
use crate::model::{Act, ExpectedBody};

/// The value that a transcript's step expects, written in TOML.
fn expected(toml: &str) -> ExpectedBody {
    let text = format!(
        "[[step]]\nname = \"known\"\nrequest = \"GET /\"\nexpect.json = \"<capture known: any>\"\n\
         [[step]]\nname = \"a\"\nrequest = \"GET /\"\n[step.expect]\n{toml}\n"
    );
    let transcript =
        read_transcript("t.toml", &text).unwrap_or_else(|problems| panic!("{toml}: {problems:?}"));
    match &transcript.steps[1].act {
        Act::Request(request) => request.expect.clone().expect("something is expected").body,
        other => panic!("{other:?}"),
    }
}

/// What is wrong with a value, and what was wanted in its place.
fn faults(toml: &str, got: &Value) -> (Vec<String>, Value, Variables) {
    let known = Variables::from([("known".to_owned(), json!(7))]);
    let mut fitting = Fitting::new(&known);
    let wanted = match expected(toml) {
        ExpectedBody::Json(shape) => fitting.json(&shape, got, Others::Refused),
        ExpectedBody::JsonAtLeast(shape) => fitting.json(&shape, got, Others::Welcome),
        other => panic!("{other:?}"),
    };
    (fitting.faults, wanted, fitting.captured)
}

#[track_caller]
fn fits(toml: &str, got: Value) {
    let (faults, wanted, _) = faults(toml, &got);
    assert_eq!((faults, wanted), (vec![], got), "{toml}");
}

#[track_caller]
fn differs(toml: &str, got: &Value) -> String {
    let (faults, wanted, _) = faults(toml, got);
    assert_ne!(&wanted, got, "{toml}");
    faults.join("; ")
}

#[test]
fn values_are_compared_by_value() {
    fits(
        "json = { id = 1, name = \"Ada\", tags = [], is = true, x = \"<null>\" }",
        json!({"name": "Ada", "id": 1.0, "is": true, "tags": [], "x": null}),
    );
    fits("json = \"${known}\"", json!(7));
    fits("json = \"<text: ${known}>\"", json!("7"));
    fits("json = { a = \"/x/${known}\" }", json!({"a": "/x/7"}));
    let got = json!({"id": "1", "nam": "Ada", "deep": {"list": [1, 2]}});
    assert_eq!(
        differs(
            "json = { id = 1, name = \"Ada\", deep = { list = [1, 3, 4] } }",
            &got
        ),
        "deep.list in the body has 2 items, not 3; deep.list[2] in the body is different; id in the body is of \
         another type; name in the body is missing; nam in the body is a member that wasn't expected"
    );
}

#[test]
fn matchers_accept_what_they_name() {
    let id = "c0ffee00-0000-4000-8000-00000000beef";
    for (matcher, good, bad) in [
        ("any int", json!(1), json!(1.0)),
        ("any number", json!(1.5), json!("1")),
        ("any string", json!(""), json!(null)),
        ("any bool", json!(false), json!(0)),
        ("any list", json!([]), json!({})),
        ("any object", json!({}), json!([])),
        ("uuid", json!(id), json!(id[1..])),
        (
            "rfc3339",
            json!("2026-01-02T03:04:05.678+01:00"),
            json!("2026-01-02 03:04:05"),
        ),
        (
            "http-date",
            json!("Sun, 06 Nov 1994 08:49:37 GMT"),
            json!("Sun, 06 Nov 1994 08:49:37 +0000"),
        ),
        ("regex: a+|b", json!("aaa"), json!("xb")),
    ] {
        let toml = format!("json = {{ v = \"<{matcher}>\" }}");
        fits(&toml, json!({ "v": good }));
        assert_eq!(
            differs(&toml, &json!({ "v": bad })),
            "v in the body is of another form"
        );
    }
    fits("json = \"<any>\"", json!(null));
    fits(
        "json_at_least = { gone = \"<absent>\" }",
        json!({"here": 1}),
    );
    assert_eq!(
        differs(
            "json_at_least = { gone = \"<absent>\" }",
            &json!({"gone": 1})
        ),
        "gone in the body must not be there"
    );
}

#[test]
fn values_are_captured() {
    let (faults, _, captured) = faults(
        "json = { id = \"<capture id: any int>\", at = \"<regex: /x/(?<slug>[a-z]+)>\" }",
        &json!({"id": 3, "at": "/x/ada"}),
    );
    assert_eq!(faults, [""; 0]);
    assert_eq!(captured["id"], json!(3));
    assert_eq!(captured["slug"], json!("ada"));
}

#[test]
fn lists_come_in_any_order_where_the_transcript_says_so() {
    let any = "json = [\"<in any order>\", \"<any int>\", 2, { a = 1 }]";
    // The first that fits isn't taken for good: `<any int>` must leave the 2 to where it is wanted.
    fits(any, json!([2, {"a": 1}, 1]));
    assert_eq!(
        differs(any, &json!([2, {"a": 2}, 1])),
        "[2].a in the body is different"
    );
    assert_eq!(differs(any, &json!([2, 1])), "the body has 2 items, not 3");
    let at_least = "json = [\"<at least>\", 2, \"b\"]";
    fits(at_least, json!(["x", "b", 2]));
    assert_eq!(
        differs(at_least, &json!(["x", "y", 2])),
        "the body lacks an item"
    );
    assert_eq!(
        differs("json = [1, 2]", &json!([2, 1])),
        "[1] in the body is different; [2] in the body is different"
    );
}

#[test]
fn objects_may_have_more_where_the_transcript_says_so() {
    fits(
        "json_at_least = { a = { b = 1 } }",
        json!({"a": {"b": 1, "c": 2}, "d": 3}),
    );
    assert_eq!(
        differs("json_at_least = { a = { b = 1 } }", &json!({"a": {"c": 2}})),
        "a.b in the body is missing"
    );
}
