//! What functions do that others can wait for, wait on, or collide with: locks, channels, goroutines, variables.
//!
//! This serves explanations, and only them: it goes by the names of methods (`Lock`, `Wait`, `Go`), not by types.

use std::ops::RangeInclusive;

use tree_sitter::Node;

use super::reader::Reader;
use super::{Fault, shape, tokens};

/// The body of a function, a method or a function literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The name that it is declared with; literals have none.
    pub name: Option<String>,
    /// The names of its receiver, if it has one, and of its parameters, in order; `_` for one without a name.
    pub parameters: Vec<String>,
    /// From the line of its first word to that of its closing brace.
    pub lines: RangeInclusive<u32>,
    /// For a literal that is started as a goroutine where it is written: the line on which that is said.
    pub started_on: Option<u32>,
    /// What it does, in the order of the source. What a literal in it does belongs to the literal.
    pub acts: Vec<Act>,
}

/// Something that a body does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What it does.
    pub kind: ActKind,
    /// To what, as the source spells it: `s.mu`. For a select, the channels of its cases.
    pub subject: String,
    /// On which line.
    pub line: u32,
    /// Where on it, counted from 1, in bytes.
    pub column: u32,
    /// Whether it is put off to the end of the function.
    pub is_deferred: bool,
    /// The lines of the innermost block around it.
    pub block: RangeInclusive<u32>,
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it all")]
pub enum ActKind {
    Lock,
    Unlock,
    ReadLock,
    ReadUnlock,
    Send,
    Receive,
    /// A loop over what may be a channel.
    Range,
    Select,
    Close,
    /// A call of a method `Wait`.
    Wait,
    /// A call of a method `Done` for what it does, not for what it gives.
    Done,
    /// A goroutine is started.
    Start,
    /// A variable, a field or an element is assigned to.
    Write,
    /// One is looked at.
    Read,
}

/// How many bytes of a subject are kept.
const LONGEST_SUBJECT: usize = 60;

/// The bodies in a file, each before those that are written in it.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn bodies(text: &[u8]) -> Result<Vec<Body>, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    let mut walk = Walk {
        reader: Reader::new(text, &scanned.tokens, &shape),
        bodies: Vec::new(),
    };
    let mut open = vec![Visit {
        node: shape.tree.root_node(),
        body: None,
        block: 1..=u32::MAX,
        is_deferred: false,
        started_on: None,
        is_written: false,
    }];
    while let Some(visit) = open.pop() {
        let before = open.len();
        walk.visit(&visit, &mut open);
        open[before..].reverse();
    }
    for body in &mut walk.bodies {
        body.acts.sort_by_key(|act| (act.line, act.column));
    }
    Ok(walk.bodies)
}

/// A node that is to be visited, and what is known from above.
#[derive(Clone)]
struct Visit<'a> {
    node: Node<'a>,
    body: Option<usize>,
    block: RangeInclusive<u32>,
    is_deferred: bool,
    /// Set for a literal that is handed to `go`, or to a method that starts what it gets.
    started_on: Option<u32>,
    /// Whether an expression is assigned to.
    is_written: bool,
}

struct Walk<'a> {
    reader: Reader<'a>,
    bodies: Vec<Body>,
}

impl<'a> Walk<'a> {
    #[expect(clippy::too_many_lines, reason = "one arm for each kind of node")]
    fn visit(&mut self, visit: &Visit<'a>, open: &mut Vec<Visit<'a>>) {
        let node = visit.node;
        let plain = Visit {
            is_deferred: false,
            started_on: None,
            is_written: false,
            ..visit.clone()
        };
        match node.kind() {
            "function_declaration" | "method_declaration" | "func_literal" => {
                let inner = self.enter(visit);
                open.extend(node.child_by_field_name("body").map(|body| Visit {
                    node: body,
                    body: Some(inner),
                    ..plain
                }));
            }
            "block" | "communication_case" | "expression_case" | "default_case" | "type_case" => {
                let block = self.lines(node);
                children(node, &Visit { block, ..plain }, open);
            }
            "go_statement" => {
                let line = self.line(node);
                for call in named(node) {
                    if let Some(function) = call.child_by_field_name("function")
                        && function.kind() != "func_literal"
                    {
                        self.act(&plain, ActKind::Start, node, self.subject(function));
                    }
                    open.push(Visit {
                        node: call,
                        started_on: Some(line),
                        ..plain.clone()
                    });
                }
            }
            "defer_statement" => {
                let deferred = Visit {
                    is_deferred: true,
                    ..plain
                };
                children(node, &deferred, open);
            }
            "call_expression" => self.call(visit, &plain, open),
            "send_statement" => {
                if let Some(channel) = node.child_by_field_name("channel") {
                    self.act(&plain, ActKind::Send, node, self.subject(channel));
                }
                children(node, &plain, open);
            }
            "unary_expression" => {
                let operator = node.child_by_field_name("operator").map(|sign| sign.kind());
                let Some(operand) = node.child_by_field_name("operand") else {
                    return;
                };
                if operator == Some("<-") {
                    self.act(&plain, ActKind::Receive, node, self.subject(operand));
                }
                // Who has the address of a variable may do anything to it.
                if operator == Some("&") {
                    self.act(&plain, ActKind::Write, operand, self.subject(operand));
                }
                children(node, &plain, open);
            }
            "range_clause" => {
                if let Some(right) = node.child_by_field_name("right") {
                    self.act(&plain, ActKind::Range, node, self.subject(right));
                }
                assigned(node, &plain, open);
                open.extend(node.child_by_field_name("right").map(|right| Visit {
                    node: right,
                    ..plain
                }));
            }
            "select_statement" => {
                let channels: Vec<String> = named(node)
                    .into_iter()
                    .filter_map(|case| case.child_by_field_name("communication"))
                    .map(|communication| self.channel_of(communication))
                    .collect();
                self.act(&plain, ActKind::Select, node, channels.join(", "));
                children(node, &plain, open);
            }
            "assignment_statement" | "short_var_declaration" | "receive_statement" => {
                assigned(node, &plain, open);
                let is_plain = node
                    .child_by_field_name("operator")
                    .is_none_or(|operator| operator.kind() == "=");
                if !is_plain && let Some(left) = node.child_by_field_name("left") {
                    children(left, &plain, open);
                }
                open.extend(node.child_by_field_name("right").map(|right| Visit {
                    node: right,
                    ..plain
                }));
            }
            "inc_statement" | "dec_statement" => {
                for operand in named(node) {
                    open.push(Visit {
                        node: operand,
                        is_written: true,
                        ..plain.clone()
                    });
                    open.push(Visit {
                        node: operand,
                        ..plain.clone()
                    });
                }
            }
            "selector_expression" | "index_expression" | "identifier" => {
                self.touch(visit, &plain, open);
            }
            _ => children(node, &plain, open),
        }
    }

    fn enter(&mut self, visit: &Visit<'a>) -> usize {
        let node = visit.node;
        let parameters = ["receiver", "parameters"]
            .into_iter()
            .filter_map(|field| node.child_by_field_name(field))
            .flat_map(named)
            .flat_map(|declaration| {
                let mut cursor = declaration.walk();
                let names: Vec<String> = declaration
                    .children_by_field_name("name", &mut cursor)
                    .filter(Node::is_named)
                    .map(|name| self.subject(name))
                    .collect();
                if names.is_empty() {
                    vec!["_".to_owned()]
                } else {
                    names
                }
            })
            .collect();
        self.bodies.push(Body {
            name: node
                .child_by_field_name("name")
                .map(|name| self.reader.word_of(name).to_owned()),
            parameters,
            lines: self.lines(node),
            started_on: visit.started_on,
            acts: Vec::new(),
        });
        self.bodies.len() - 1
    }

    /// A call may be one of the methods that count; what it is called on is looked at.
    fn call(&mut self, visit: &Visit<'a>, plain: &Visit<'a>, open: &mut Vec<Visit<'a>>) {
        let node = visit.node;
        let Some(function) = node.child_by_field_name("function") else {
            return;
        };
        let arguments: Vec<Node<'a>> = node
            .child_by_field_name("arguments")
            .map(named)
            .unwrap_or_default();
        let mut starts = false;
        match function.kind() {
            "selector_expression" => {
                let method = function
                    .child_by_field_name("field")
                    .map_or("", |field| self.reader.word_of(field));
                starts = matches!(method, "Go" | "AfterFunc");
                let kind = match (method, arguments.len()) {
                    ("Lock", 0) => Some(ActKind::Lock),
                    ("Unlock", 0) => Some(ActKind::Unlock),
                    ("RLock", 0) => Some(ActKind::ReadLock),
                    ("RUnlock", 0) => Some(ActKind::ReadUnlock),
                    ("Wait", 0) => Some(ActKind::Wait),
                    ("Done", 0) if is_a_statement(node) => Some(ActKind::Done),
                    _ => None,
                };
                let operand = function.child_by_field_name("operand");
                if let (Some(kind), Some(operand)) = (kind, operand) {
                    self.act(visit, kind, node, self.subject(operand));
                }
                open.extend(operand.map(|operand| Visit {
                    node: operand,
                    ..plain.clone()
                }));
            }
            "identifier" => {
                if self.reader.word_of(function) == "close"
                    && let [channel] = arguments[..]
                {
                    self.act(visit, ActKind::Close, node, self.subject(channel));
                }
            }
            _ => open.push(Visit {
                node: function,
                started_on: visit.started_on,
                ..plain.clone()
            }),
        }
        let line = self.line(node);
        if starts {
            for argument in &arguments {
                if argument.kind() != "func_literal" {
                    self.act(plain, ActKind::Start, node, self.subject(*argument));
                }
            }
        }
        open.extend(arguments.into_iter().map(|argument| Visit {
            node: argument,
            started_on: starts.then_some(line),
            ..plain.clone()
        }));
    }

    /// A variable, a field or an element, and what is needed to get there.
    fn touch(&mut self, visit: &Visit<'a>, plain: &Visit<'a>, open: &mut Vec<Visit<'a>>) {
        let node = visit.node;
        let kind = if visit.is_written {
            ActKind::Write
        } else {
            ActKind::Read
        };
        let subject = self.subject(node);
        if subject != "_" {
            self.act(plain, kind, node, subject);
        }
        let below = match node.kind() {
            "selector_expression" => node
                .child_by_field_name("operand")
                .filter(|operand| operand.kind() != "identifier")
                .into_iter()
                .collect(),
            "index_expression" => named(node),
            _ => Vec::new(),
        };
        open.extend(below.into_iter().map(|node| Visit {
            node,
            ..plain.clone()
        }));
    }

    /// The channel of a case of a select.
    fn channel_of(&self, communication: Node<'a>) -> String {
        let mut open = vec![communication];
        while let Some(node) = open.pop() {
            if node.kind() == "send_statement"
                && let Some(channel) = node.child_by_field_name("channel")
            {
                return self.subject(channel);
            }
            if node.kind() == "unary_expression"
                && let Some(channel) = node.child_by_field_name("operand")
            {
                return self.subject(channel);
            }
            open.extend(named(node));
        }
        "a channel".to_owned()
    }

    fn act(&mut self, visit: &Visit<'a>, kind: ActKind, node: Node<'a>, subject: String) {
        let Some(body) = visit.body else { return };
        let position = self.reader.position(self.reader.token_of(node));
        self.bodies[body].acts.push(Act {
            kind,
            subject,
            line: position.line,
            column: position.column,
            is_deferred: visit.is_deferred,
            block: visit.block.clone(),
        });
    }

    /// The source of an expression on one line, cut where it is long.
    fn subject(&self, node: Node<'a>) -> String {
        let first = self.reader.token_of(node);
        let last = self.last_token(node);
        let mut subject = String::new();
        for token in first..=last {
            if subject.len() > LONGEST_SUBJECT {
                subject.push('…');
                break;
            }
            let word = self.reader.word(token);
            let is_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
            // The source's own blanks, as gofmt puts them, but for operators.
            if subject.ends_with(',')
                || subject.ends_with(is_of_a_word) && word.starts_with(is_of_a_word)
            {
                subject.push(' ');
            }
            subject.push_str(word);
        }
        subject
    }

    fn last_token(&self, node: Node<'a>) -> usize {
        self.reader
            .shape
            .token_at(node.end_byte().saturating_sub(1))
    }

    fn line(&self, node: Node<'a>) -> u32 {
        self.reader.position(self.reader.token_of(node)).line
    }

    fn lines(&self, node: Node<'a>) -> RangeInclusive<u32> {
        self.line(node)..=self.reader.position(self.last_token(node)).line
    }
}

/// Whether a call stands alone.
fn is_a_statement(call: Node<'_>) -> bool {
    call.parent()
        .is_some_and(|parent| matches!(parent.kind(), "expression_statement" | "defer_statement"))
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

fn children<'a>(node: Node<'a>, plain: &Visit<'a>, open: &mut Vec<Visit<'a>>) {
    open.extend(named(node).into_iter().map(|child| Visit {
        node: child,
        ..plain.clone()
    }));
}

/// What stands on the left of an assignment is written.
fn assigned<'a>(node: Node<'a>, plain: &Visit<'a>, open: &mut Vec<Visit<'a>>) {
    let Some(left) = node.child_by_field_name("left") else {
        return;
    };
    let targets = if left.kind() == "expression_list" {
        named(left)
    } else {
        vec![left]
    };
    open.extend(targets.into_iter().map(|target| Visit {
        node: target,
        is_written: true,
        ..plain.clone()
    }));
}

#[cfg(test)]
mod tests;
