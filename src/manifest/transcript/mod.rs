//! Transcripts of checks of type `http`: files of `[[step]]` tables.
//!
//! What can be known without a service is held here: that steps have names of their own, that variables are captured before
//! they are used, and that nothing is asked of a service that the transcript has ended.

mod answer;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeSet;
use std::time::Duration;

use self::answer::{
    KEYS, Role, Times, Variables, check_header_name, read_answer, read_sent_text, read_shape,
};
use super::keys::{Keys, read_document};
use super::problem::{Problem, suggestion};
use super::quantities::parse_duration;
use crate::model::{
    Act, Body, Often, Piece, Raw, RawAnswer, Request, Signal, Step, Template, Transcript,
};

/// How long an answer may take where a step doesn't say.
const ANSWER: Duration = Duration::from_secs(2);
/// How long ending or starting may take where a step doesn't say.
const LIFE: Duration = Duration::from_secs(5);
/// How many times a request may be sent.
const MOST: u32 = 1000;

/// What a step does, by its key, and the keys that go with it.
const ACTS: [(&str, &[&str]); 6] = [
    (
        "request",
        &[
            "headers",
            "json",
            "body",
            "repeat",
            "parallel",
            "timeout",
            "background",
            "expect",
        ],
    ),
    ("raw", &["timeout", "expect"]),
    ("finish", &[]),
    ("signal", &["timeout", "expect"]),
    ("kill", &[]),
    ("restart", &["timeout"]),
];

/// Reads the text of a transcript. `file` is what problems call it.
///
/// # Errors
///
/// All problems at once, in the order of their lines.
pub fn read_transcript(file: &str, text: &str) -> Result<Transcript, Vec<Problem>> {
    read_document(file, text, |keys| {
        keys.require(
            "step",
            "a [[step]] table with name, request and [step.expect]",
        );
        let tables = keys.tables("step");
        keys.finish(|_| None);
        let mut reader = Reader::default();
        let steps: Vec<Option<Step>> = tables
            .into_iter()
            .map(|mut table| reader.step(&mut table))
            .collect();
        let steps: Option<Vec<Step>> = steps.into_iter().collect();
        Some(Transcript { steps: steps? })
    })
}

/// What is known where a step begins.
struct Reader {
    names: BTreeSet<String>,
    variables: BTreeSet<String>,
    /// Names of steps in the background that nobody has waited for.
    waiting: BTreeSet<String>,
    is_running: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            names: BTreeSet::new(),
            variables: BTreeSet::new(),
            waiting: BTreeSet::new(),
            is_running: true,
        }
    }
}

impl Reader {
    fn step(&mut self, table: &mut Keys<'_>) -> Option<Step> {
        let act = act_of(table)?;
        let name = self.name(table, act);
        let after = duration(table, "after");
        let timeout = duration(table, "timeout");
        let usual = match act {
            "request" | "raw" => ANSWER,
            _ => LIFE,
        };
        if !self.is_running && !matches!(act, "restart" | "finish") {
            let message =
                "comes after the service has been ended; start it again with restart = true";
            table.complain(act, message);
        }
        let done = match act {
            "request" => self.request(table, name.as_deref()),
            "raw" => self.raw(table),
            "finish" => self.finish(table),
            "signal" => self.signal(table),
            "kill" => {
                self.is_running = false;
                must_be_true(table, "kill").map(|()| Act::Kill)
            }
            _ => {
                if self.is_running {
                    let message = "comes while the service is running; end it first with kill = true, or with a signal \
                                   and expect.exit";
                    table.complain("restart", message);
                }
                self.is_running = true;
                must_be_true(table, "restart").map(|()| Act::Restart)
            }
        };
        let of_act = ACTS.iter().find(|(name, _)| *name == act);
        for key in of_act.map_or(&[][..], |(_, keys)| keys) {
            table.pass_over(key);
        }
        table.finish(of_another_act);
        Some(Step {
            name: name?,
            after: after?,
            timeout: timeout?.unwrap_or(usual),
            act: done?,
        })
    }

    /// A step that says what it does in a word needs no other name.
    fn name(&mut self, table: &mut Keys<'_>, act: &str) -> Option<String> {
        if !table.has("name") {
            table.pass_over("name");
            let number = self.names.len() + 1;
            let name = match act {
                "request" | "raw" => {
                    table.require("name", "name = \"create a user\"");
                    return None;
                }
                act => format!("{act} (step {number})"),
            };
            self.names.insert(name.clone());
            return Some(name);
        }
        let name = table.string("name")?;
        if !self.names.insert(name.clone()) {
            table.complain("name", format!("{name:?} is the name of two steps"));
        }
        Some(name)
    }

    fn variables(&self, may_capture: bool, is_numbered: bool) -> Variables {
        let mut known = self.variables.clone();
        if is_numbered {
            known.insert("n".to_owned());
        }
        Variables { known, may_capture }
    }

    /// Takes over what a step has captured.
    fn learn(&mut self, mut variables: Variables) {
        variables.known.remove("n");
        self.variables = variables.known;
    }

    fn request(&mut self, table: &mut Keys<'_>, name: Option<&str>) -> Option<Act> {
        let background = table.boolean("background").unwrap_or(false);
        let often = read_often(table);
        let often = match often {
            Some(Often::Repeat(_) | Often::Parallel(_)) if background => {
                let message = "can't be sent several times; write several steps";
                table.complain("background", message);
                Some(Often::Once)
            }
            often => often,
        };
        let times = match often {
            Some(Often::Repeat(times) | Often::Parallel(times)) => Times::Several(times),
            Some(Often::Once) | None => Times::Once,
        };
        let is_numbered = times != Times::Once;
        let mut variables = self.variables(!is_numbered && !background, is_numbered);
        let line = read_request_line(table, &variables);
        let mut headers = Some(Vec::new());
        for (name, value) in table.pairs("headers") {
            let key = format!("headers.{}", name.value);
            check_header_name(table, &name.value, name.line, &key);
            let value = read_sent_text(table, &key, value, &variables);
            headers = headers.zip(value).map(|(mut headers, value)| {
                headers.push((name.value, value));
                headers
            });
        }
        let body = read_body(table, &mut variables);
        let expect = read_expect(table, &KEYS, |expect| {
            read_answer(expect, times, &mut variables)
        });
        self.learn(variables);
        if background {
            self.waiting.extend(name.map(str::to_owned));
        }
        let (method, target) = line?;
        Some(Act::Request(Request {
            method,
            target,
            headers: headers?,
            body: body?,
            often: often?,
            background,
            expect: expect?,
        }))
    }

    fn raw(&mut self, table: &mut Keys<'_>) -> Option<Act> {
        let mut variables = self.variables(true, false);
        let text = table
            .value("raw")
            .and_then(|value| read_sent_text(table, "raw", value, &variables));
        let keys = [&KEYS[..], &["closed"]].concat();
        let expect = read_expect(table, &keys, |expect| {
            if !expect.has("closed") {
                expect.pass_over("closed");
                return read_answer(expect, Times::Once, &mut variables).map(RawAnswer::Answer);
            }
            for other in KEYS.iter().filter(|key| expect.has(key)) {
                expect.complain(other, "stands beside closed; write one of them");
            }
            must_be_true(expect, "closed").map(|()| RawAnswer::Closed)
        });
        self.learn(variables);
        Some(Act::Raw(Raw {
            text: text?,
            expect: expect?,
        }))
    }

    fn finish(&mut self, table: &mut Keys<'_>) -> Option<Act> {
        let step = table.string("finish")?;
        if !self.waiting.remove(&step) {
            let near = suggestion(&step, self.waiting.iter().map(String::as_str));
            let message = format!(
                "no step above has the name {step:?}, background = true, and no finish{near}"
            );
            table.complain("finish", message);
        }
        Some(Act::Finish { step })
    }

    fn signal(&mut self, table: &mut Keys<'_>) -> Option<Act> {
        let signal = table.choice("signal", &Signal::ALL.map(|signal| (signal.name(), signal)));
        let exit = read_expect(table, &["exit"], |expect| {
            expect.require("exit", "exit = 0");
            expect.integer("exit", 0..=255)
        });
        if table.has("expect") {
            self.is_running = false;
        }
        let exit = exit?.map(|code| i32::try_from(code).unwrap_or(0));
        Some(Act::Signal {
            signal: signal?,
            exit,
        })
    }
}

/// The key that says what a step does.
fn act_of(table: &mut Keys<'_>) -> Option<&'static str> {
    let names = ACTS.map(|(name, _)| name);
    let given: Vec<&str> = names.into_iter().filter(|name| table.has(name)).collect();
    match given.as_slice() {
        [act] => Some(act),
        [] => {
            table.require("request", "request = \"POST /api/v1/users\"");
            None
        }
        [first, second, ..] => {
            table.complain(
                second,
                format!("stands beside {first}; a step does one thing"),
            );
            None
        }
    }
}

fn of_another_act(key: &str) -> Option<String> {
    let acts: Vec<&str> = ACTS
        .iter()
        .filter(|(_, keys)| keys.contains(&key))
        .map(|(act, _)| *act)
        .collect();
    (!acts.is_empty()).then(|| format!("belongs to steps with {}", acts.join(" or ")))
}

/// None where the value is wrong, and nothing in it where there is none.
#[expect(clippy::option_option, reason = "wrong and absent are two things")]
fn duration(table: &mut Keys<'_>, key: &'static str) -> Option<Option<Duration>> {
    if !table.has(key) {
        table.pass_over(key);
        return Some(None);
    }
    table.parsed(key, parse_duration).map(Some)
}

fn must_be_true(table: &mut Keys<'_>, key: &'static str) -> Option<()> {
    let is_true = table.boolean(key)?;
    if !is_true {
        table.complain(key, "is either true or left out");
    }
    is_true.then_some(())
}

/// Reads `[step.expect]` where it is; None where something in it is wrong.
#[expect(clippy::option_option, reason = "wrong and absent are two things")]
fn read_expect<T>(
    table: &mut Keys<'_>,
    keys: &[&'static str],
    read: impl FnOnce(&mut Keys<'_>) -> Option<T>,
) -> Option<Option<T>> {
    if !table.has("expect") {
        table.pass_over("expect");
        return Some(None);
    }
    let mut expect = table.table("expect")?;
    let value = read(&mut expect);
    for key in keys {
        expect.pass_over(key);
    }
    expect.finish(|key| {
        [&KEYS[..], &["exit", "closed"]]
            .concat()
            .contains(&key)
            .then(|| {
                format!(
                    "is nothing that this step can expect; it can expect {}",
                    keys.join(", ")
                )
            })
    });
    value.map(Some)
}

fn read_often(table: &mut Keys<'_>) -> Option<Often> {
    let (has_repeat, has_parallel) = (table.has("repeat"), table.has("parallel"));
    let repeat = table.integer("repeat", 2..=MOST);
    let parallel = table.integer("parallel", 2..=MOST);
    match (has_repeat, has_parallel) {
        (false, false) => Some(Often::Once),
        (true, false) => repeat.map(Often::Repeat),
        (false, true) => parallel.map(Often::Parallel),
        (true, true) => {
            table.complain("parallel", "stands beside repeat; write one of them");
            None
        }
    }
}

fn read_request_line(table: &mut Keys<'_>, variables: &Variables) -> Option<(String, Template)> {
    const WAY_OUT: &str = "write a method and a path, such as \"GET /api/v1/users?limit=10\"";
    let value = table.value("request")?;
    let text = table.text_of("request", value)?;
    let wrong = |message: String| {
        table.complain_at(text.line, "request", message);
        None
    };
    let Some((method, target)) = text.value.split_once(' ') else {
        return wrong(format!("{:?} is no request; {WAY_OUT}", text.value));
    };
    if method.is_empty() || !method.chars().all(|c| c.is_ascii_uppercase()) {
        return wrong(format!("{method:?} is no method; {WAY_OUT}"));
    }
    let is_good = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '#');
    let template = read_sent_text(table, "request", value, variables)?;
    let starts_well = match template.0.get(1) {
        _ if target.starts_with('/') => true,
        Some(Piece::Variable(_)) => target.starts_with("${"),
        Some(Piece::Text(_)) | None => false,
    };
    if !starts_well || !target.chars().all(is_good) {
        return wrong(format!(
            "{target:?} is no path; {WAY_OUT} (blanks are written %20, other characters in UTF-8 with % too)"
        ));
    }
    let mut pieces = template.0;
    if let Some(Piece::Text(first)) = pieces.first_mut() {
        first.replace_range(..=method.len(), "");
    }
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    Some((method.to_owned(), Template(pieces)))
}

fn read_body(table: &mut Keys<'_>, variables: &mut Variables) -> Option<Body> {
    let (json, text) = (table.value("json"), table.value("body"));
    match (json, text) {
        (None, None) => Some(Body::Nothing),
        (Some(value), None) => {
            read_shape(table, "json", value, Role::Sent, variables).map(Body::Json)
        }
        (None, Some(value)) => read_sent_text(table, "body", value, variables).map(Body::Text),
        (Some(_), Some(_)) => {
            table.complain("body", "stands beside json; a request has one body");
            None
        }
    }
}
