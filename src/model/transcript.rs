//! Transcripts: what is asked of a service, and what must come back.

use std::collections::BTreeMap;
use std::time::Duration;

/// A conversation with a service, from a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcript {
    /// Its steps, in order; at least one.
    pub steps: Vec<Step>,
}

/// One thing that is done to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is called in reports, unique within its transcript.
    pub name: String,
    /// How long is waited before it.
    pub after: Option<Duration>,
    /// How long what it waits for may take.
    pub timeout: Duration,
    /// What is done.
    pub act: Act,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Sends a request, once or several times, and waits for the answer.
    Request(Request),
    /// Writes bytes to a connection of its own, which then stays open.
    Raw(Raw),
    /// Waits for the answer of an earlier step that runs in the background.
    Finish {
        /// The name of that step.
        step: String,
    },
    /// Sends the service a signal.
    Signal {
        /// Which.
        signal: Signal,
        /// The code with which the service must end, where it must.
        exit: Option<i32>,
    },
    /// Kills the service, so that it can't put anything in order.
    Kill,
    /// Starts the service once more, with the files that it has left.
    Restart,
}

/// Signals that a transcript can send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGTERM`
    Terminate,
    /// `SIGINT`
    Interrupt,
}

impl Signal {
    /// All of them.
    pub const ALL: [Signal; 2] = [Signal::Terminate, Signal::Interrupt];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Signal::Terminate => "SIGTERM",
            Signal::Interrupt => "SIGINT",
        }
    }
}

/// A request, and what must come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path with its query.
    pub target: Template,
    /// Headers beside those that every request has.
    pub headers: Vec<(String, Template)>,
    /// What is sent with it.
    pub body: Body,
    /// How many times it is sent.
    pub often: Often,
    /// Whether the next step begins before the answer is there.
    pub background: bool,
    /// What must come back; anything will do where nothing is said.
    pub expect: Option<Answer>,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// A text.
    Text(Template),
    /// A value as JSON.
    Json(Shape),
}

/// How many times a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Often {
    /// Once.
    Once,
    /// One after another.
    Repeat(u32),
    /// All at once, each over a connection of its own.
    Parallel(u32),
}

/// Bytes that are written as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// The bytes.
    pub text: Template,
    /// What must come back; nothing is waited for where nothing is said.
    pub expect: Option<RawAnswer>,
}

/// What must come back over a raw connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawAnswer {
    /// An answer in HTTP.
    Answer(Answer),
    /// The service closes the connection, whatever it says before that.
    Closed,
}

/// What an answer must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: Statuses,
    /// Some of its headers.
    pub headers: Vec<(String, Pattern)>,
    /// Its body.
    pub body: ExpectedBody,
}

/// Which status is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Statuses {
    /// Any.
    #[default]
    Any,
    /// This one.
    One(u16),
    /// Of the answers to a request that is sent several times, so many with this status and so many with that.
    Counts(BTreeMap<u16, u32>),
}

/// Which body is expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ExpectedBody {
    /// Any.
    #[default]
    Any,
    /// A text; white space at its end doesn't count.
    Text(Pattern),
    /// A value in JSON.
    Json(Shape),
    /// A value in JSON whose objects may have more members, at any depth.
    JsonAtLeast(Shape),
}

/// A text in which the values of variables are put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// What stands there.
    Text(String),
    /// `${name}`
    Variable(String),
}

/// What a text must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// This text.
    Text(Template),
    /// What a matcher accepts.
    Match(Matcher),
}

/// What a value of JSON must be, or is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text; a variable alone stands for its value, which may be something else than a text.
    Text(Template),
    /// What a matcher accepts.
    Match(Matcher),
    /// A list.
    List {
        /// How its items are compared.
        rule: ListRule,
        /// Its items.
        items: Vec<Shape>,
    },
    /// An object.
    Object(BTreeMap<String, Shape>),
}

/// How the items of a list are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListRule {
    /// One by one.
    InOrder,
    /// Each must be there, in whatever order.
    AnyOrder,
    /// Each must be there, in whatever order, and there may be others.
    AtLeast,
}

/// A word in pointed brackets that stands for many values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// `<any>`, `<any int>`, …
    Any(AnyOf),
    /// `<uuid>`
    Uuid,
    /// `<rfc3339>`
    Rfc3339,
    /// `<http-date>`
    HttpDate,
    /// `<regex: …>`, which matches the whole text.
    Regex {
        /// The regular expression.
        expression: String,
        /// The names of its groups, which become variables.
        groups: Vec<String>,
    },
    /// `<absent>`: a member or header that isn't there.
    Absent,
    /// `<capture NAME: …>`
    Capture {
        /// The variable that gets the value.
        name: String,
        /// What the value must be.
        of: Box<Matcher>,
    },
}

impl Matcher {
    /// The variables that it sets.
    pub fn captures(&self) -> Vec<&str> {
        match self {
            Matcher::Capture { name, of } => std::iter::once(name.as_str())
                .chain(of.captures())
                .collect(),
            Matcher::Regex { groups, .. } => groups.iter().map(String::as_str).collect(),
            Matcher::Any(_)
            | Matcher::Uuid
            | Matcher::Rfc3339
            | Matcher::HttpDate
            | Matcher::Absent => Vec::new(),
        }
    }
}

impl Shape {
    /// The variables that it sets.
    pub fn captures(&self) -> Vec<&str> {
        match self {
            Shape::Match(matcher) => matcher.captures(),
            Shape::List { items, .. } => items.iter().flat_map(Shape::captures).collect(),
            Shape::Object(members) => members.values().flat_map(Shape::captures).collect(),
            Shape::Null | Shape::Bool(_) | Shape::Number(_) | Shape::Text(_) => Vec::new(),
        }
    }
}

impl Answer {
    /// The variables that it sets.
    pub fn captures(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (_, pattern) in &self.headers {
            names.extend(pattern.captures());
        }
        names.extend(match &self.body {
            ExpectedBody::Any => Vec::new(),
            ExpectedBody::Text(pattern) => pattern.captures(),
            ExpectedBody::Json(shape) | ExpectedBody::JsonAtLeast(shape) => shape.captures(),
        });
        names
    }
}

impl Pattern {
    /// The variables that it sets.
    pub fn captures(&self) -> Vec<&str> {
        match self {
            Pattern::Text(_) => Vec::new(),
            Pattern::Match(matcher) => matcher.captures(),
        }
    }
}

/// What `<any …>` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum AnyOf {
    Value,
    String,
    /// Written without a fraction and without an exponent.
    Int,
    Number,
    Bool,
    List,
    Object,
}

impl AnyOf {
    /// Each with the matcher that means it.
    pub const WORDS: [(&'static str, AnyOf); 7] = [
        ("any", AnyOf::Value),
        ("any string", AnyOf::String),
        ("any int", AnyOf::Int),
        ("any number", AnyOf::Number),
        ("any bool", AnyOf::Bool),
        ("any list", AnyOf::List),
        ("any object", AnyOf::Object),
    ];
}
