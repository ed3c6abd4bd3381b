use super::*;
use crate::model::{AnyOf, ExpectedBody, Matcher, Pattern, Shape, Statuses};

fn read(text: &str) -> Transcript {
    read_transcript("expected/t.toml", text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// Everything that is wrong with a text, a line each.
fn faults(text: &str) -> String {
    let problems = read_transcript("t.toml", text).expect_err("it is wrong");
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn a_transcript_is_read_whole() {
    let transcript = read(
        r#"
[[step]]
name = "create a user"
request = "POST /api/v1/users?x=1"
headers = { X-Trace = "t1" }
json = { name = "Ada", tags = ["a", "<null>"] }
[step.expect]
status = 201
headers = { Location = "/api/v1/users/${id}", X-Powered-By = "<absent>" }
json = { id = "<capture id: any int>", name = "Ada" }

[[step]]
name = "everybody wants the name"
request = "PUT /api/v1/users/${id}?n=${n}"
parallel = 20
timeout = "500ms"
after = "10ms"
expect.counts = { 200 = 1, 409 = 19 }

[[step]]
name = "slow"
request = "GET ${path}"
background = true

[[step]]
signal = "SIGTERM"
expect.exit = 0

[[step]]
finish = "slow"

[[step]]
restart = true

[[step]]
name = "half a request"
raw = "GET / HTTP/1.1\r\n"
expect.closed = true

[[step]]
kill = true
"#
        .replace("${path}", "/${id}")
        .as_str(),
    );
    let names: Vec<&str> = transcript
        .steps
        .iter()
        .map(|step| step.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "create a user",
            "everybody wants the name",
            "slow",
            "signal (step 4)",
            "finish (step 5)",
            "restart (step 6)",
            "half a request",
            "kill (step 8)"
        ]
    );
    let Act::Request(create) = &transcript.steps[0].act else {
        panic!("{:?}", transcript.steps[0]);
    };
    assert_eq!(create.method, "POST");
    let text = |text: &str| Template(vec![Piece::Text(text.to_owned())]);
    assert_eq!(create.target, text("/api/v1/users?x=1"));
    let expect = create.expect.as_ref().expect("something is expected");
    assert_eq!(expect.status, Statuses::One(201));
    assert_eq!(
        expect.headers[1],
        ("X-Powered-By".into(), Pattern::Match(Matcher::Absent))
    );
    let ExpectedBody::Json(Shape::Object(members)) = &expect.body else {
        panic!("{expect:?}");
    };
    assert_eq!(
        members["id"],
        Shape::Match(Matcher::Capture {
            name: "id".into(),
            of: Box::new(Matcher::Any(AnyOf::Int)),
        })
    );
    let second = &transcript.steps[1];
    assert_eq!(second.timeout, Duration::from_millis(500));
    assert_eq!(second.after, Some(Duration::from_millis(10)));
    let Act::Request(put) = &second.act else {
        panic!("{second:?}");
    };
    assert_eq!(put.often, Often::Parallel(20));
    assert_eq!(transcript.steps[0].timeout, ANSWER);
    assert_eq!(transcript.steps[3].timeout, LIFE);
}

#[test]
fn all_faults_are_told_with_line_and_key() {
    insta::assert_snapshot!(faults(
        r#"
[[step]]
name = "one"
request = "get /x"
heders = { A = "b" }
json = { at = 2026-01-02, id = "<any int>", big = 99999999999999999999 }
[step.expect]
status = 99
headers = { "a b" = "c", ETag = "<etag>" }
json = { id = "<any integer>", list = [1, "<in any order>"] }

[[step]]
name = "one"
request = "GET users/${id}"
repeat = 3
expect = { counts = { 200 = 2, OK = 1 }, json = "<capture x: any>" }

[[step]]
name = "two"
request = "GET /${n} x"
raw = "x"

[[step]]
name = "three"
request = "GET /x"
body = "a"
json = 1
signal_ = true
timeout = "2"
expect = { exit = 0, body = "<h1>hello</h1>" }

[[step]]
request = "GET /${n}"
parallel = 1
background = true

[[step]]
finish = "onne"

[[step]]
restart = true

[[step]]
kill = false

[[step]]
name = "late"
request = "GET /"

[[step]]
signal = "SIGUSR1"
exit = 0
repeat = 2
"#
    ));
    insta::assert_snapshot!(faults("title = \"x\"\n"));
    insta::assert_snapshot!(faults("[[step]]\nname = \"x\nrequest = \"GET /\"\n"));
}
