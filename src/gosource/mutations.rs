//! Small faults that can be planted in the functions of a file: one operator applied at one place each.
//!
//! The rule that it keeps: every line stays where it is. Types aren't known here, so that a mutation compiles is likely and
//! not promised.

use std::collections::BTreeMap;
use std::ops::Range;

use tree_sitter::Node;

use super::functions::{self, FunctionBody, range_of, text_of};
use super::reader::Reader;
use super::{Fault, shape, tokens};
use crate::model::Operator;

/// One operator, applied at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// Which.
    pub operator: Operator,
    /// `Limiter.Allow/negate-2`: the function, the operator, and how many such there are in it up to this one. Changes
    /// elsewhere in the file don't change it.
    pub name: String,
    /// The line of the first change, from 1.
    pub line: u32,
    /// What is put in the place of which bytes, in the order of the file.
    pub edits: Vec<(Range<usize>, String)>,
}

impl Mutation {
    /// The file with the fault in it.
    pub fn apply(&self, text: &[u8]) -> Vec<u8> {
        let mut target = Vec::with_capacity(text.len());
        let mut done = 0;
        for (range, replacement) in &self.edits {
            target.extend_from_slice(&text[done..range.start]);
            target.extend_from_slice(replacement.as_bytes());
            done = range.end;
        }
        target.extend_from_slice(&text[done..]);
        target
    }
}

/// Finds all mutations of a file, in the order of their first changes.
///
/// # Errors
///
/// The file is not Go, or not Go that this room understands.
pub fn mutations(text: &[u8]) -> Result<Vec<Mutation>, Fault> {
    let scanned = tokens::scan(text)?;
    let shape = shape::parse(text, &scanned.tokens)?;
    let reader = Reader::new(text, &scanned.tokens, &shape);
    let mut found = Vec::new();
    let mut locks: BTreeMap<(usize, String), Vec<Node<'_>>> = BTreeMap::new();
    let mut cursor = shape.tree.walk();
    'walk: loop {
        let node = cursor.node();
        find_at(&reader, node, &mut found);
        if let Some((function, subject)) = locked_by(&reader, node) {
            locks.entry((function, subject)).or_default().push(node);
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
        }
    }
    found.extend(
        locks
            .values()
            .filter_map(|calls| dropped_lock(&reader, calls)),
    );
    let mut found: Vec<Found> = found
        .into_iter()
        .filter(|found| !found.edits.is_empty())
        .collect();
    found.sort_by_key(|found| (found.edits[0].0.start, found.operator));
    Ok(named(&reader, found))
}

/// A mutation without its name.
struct Found {
    operator: Operator,
    edits: Vec<(Range<usize>, String)>,
}

/// Those that lie in the body of a function, with their names.
fn named(reader: &Reader<'_>, found: Vec<Found>) -> Vec<Mutation> {
    let bodies = functions::in_tree(reader);
    let around = |at: usize| -> Option<&FunctionBody> {
        bodies.iter().find(|body| body.inside.contains(&at))
    };
    let mut counts: BTreeMap<(String, Operator), usize> = BTreeMap::new();
    let mut all = Vec::new();
    for Found { operator, edits } in found {
        let start = edits[0].0.start;
        let Some(function) = around(start) else {
            continue;
        };
        let count = counts.entry((function.name.clone(), operator)).or_default();
        *count += 1;
        all.push(Mutation {
            operator,
            name: format!("{}/{}-{count}", function.name, operator.name()),
            line: reader.position_of(start).line,
            edits,
        });
    }
    all
}

/// The mutations whose place is this node.
fn find_at<'a>(reader: &Reader<'a>, node: Node<'a>, found: &mut Vec<Found>) {
    let mut add = |operator: Operator, range: Range<usize>, replacement: String| {
        found.push(Found {
            operator,
            edits: vec![(range.clone(), as_tall(reader, range, replacement))],
        });
    };
    match node.kind() {
        "if_statement" | "for_clause" | "for_statement" => {
            if let Some(condition) = condition_of(node) {
                let text = text_of(reader, condition);
                let range = range_of(reader, condition);
                add(Operator::Negate, range.clone(), format!("!({text})"));
                if is_guard(node) {
                    add(Operator::Remove, range, format!("false && ({text})"));
                }
            }
        }
        "binary_expression" => {
            let Some(sign) = node.child_by_field_name("operator") else {
                return;
            };
            let is_condition = node
                .parent()
                .and_then(condition_of)
                .is_some_and(|condition| condition == node);
            let swapped = match reader.word_of(sign) {
                "<" => (Operator::Boundary, "<="),
                "<=" => (Operator::Boundary, "<"),
                ">" => (Operator::Boundary, ">="),
                ">=" => (Operator::Boundary, ">"),
                "+" => (Operator::Arithmetic, "-"),
                "-" => (Operator::Arithmetic, "+"),
                "*" => (Operator::Arithmetic, "/"),
                "/" | "%" => (Operator::Arithmetic, "*"),
                "<<" => (Operator::Arithmetic, ">>"),
                ">>" => (Operator::Arithmetic, "<<"),
                "&&" => (Operator::Boolean, "||"),
                "||" => (Operator::Boolean, "&&"),
                // A condition as a whole is negated already.
                "==" if !is_condition => (Operator::Negate, "!="),
                "!=" if !is_condition => (Operator::Negate, "=="),
                _ => return,
            };
            add(swapped.0, range_of(reader, sign), swapped.1.to_owned());
        }
        "inc_statement" | "dec_statement" => {
            let range = range_of(reader, node);
            let other = if node.kind() == "inc_statement" {
                "--"
            } else {
                "++"
            };
            add(
                Operator::Arithmetic,
                range.end - 2..range.end,
                other.to_owned(),
            );
        }
        "assignment_statement" => assignment(reader, node, &mut add),
        "send_statement" | "go_statement" if !is_in_a_header(node) => {
            add(Operator::Remove, range_of(reader, node), String::new());
        }
        "expression_statement" | "defer_statement" => call_statement(reader, node, &mut add),
        "return_statement" => {
            if let Some(zeros) = zero_results(reader, node) {
                let range = range_of(reader, node);
                add(
                    Operator::ZeroReturn,
                    range.start + "return".len()..range.end,
                    format!(" {zeros}"),
                );
            }
        }
        "break_statement" if node.named_child_count() == 0 => {
            add(
                Operator::Loop,
                range_of(reader, node),
                "continue".to_owned(),
            );
        }
        "continue_statement" if node.named_child_count() == 0 => {
            add(Operator::Loop, range_of(reader, node), "break".to_owned());
        }
        "int_literal" => {
            let text = text_of(reader, node);
            let next = match text.parse::<u64>() {
                Ok(number) if text == "0" || !text.starts_with('0') => {
                    number.saturating_add(1).to_string()
                }
                Ok(_) | Err(_) => format!("({text} + 1)"),
            };
            add(Operator::Constant, range_of(reader, node), next);
        }
        _ => {}
    }
}

fn assignment<'a>(
    reader: &Reader<'a>,
    node: Node<'a>,
    add: &mut impl FnMut(Operator, Range<usize>, String),
) {
    let (Some(left), Some(sign), Some(right)) = (
        node.child_by_field_name("left"),
        node.child_by_field_name("operator"),
        node.child_by_field_name("right"),
    ) else {
        return;
    };
    let swapped = match reader.word_of(sign) {
        "+=" => Some("-="),
        "-=" => Some("+="),
        "*=" => Some("/="),
        "/=" | "%=" => Some("*="),
        _ => None,
    };
    if let Some(swapped) = swapped {
        add(
            Operator::Arithmetic,
            range_of(reader, sign),
            swapped.to_owned(),
        );
    }
    // What stands on the right is still evaluated: its variables stay in use.
    let right = text_of(reader, right);
    let blanks = vec!["_"; left.named_child_count()].join(", ");
    let removed = match right.as_str() {
        "nil" => String::new(),
        _ => format!("{blanks} = {right}"),
    };
    // `_ = x` does nothing as it is.
    if text_of(reader, left) != blanks {
        add(Operator::Remove, range_of(reader, node), removed);
    }
}

/// A call for what it does, now or at the end of the function.
fn call_statement<'a>(
    reader: &Reader<'a>,
    node: Node<'a>,
    add: &mut impl FnMut(Operator, Range<usize>, String),
) {
    let Some(call) = node.named_child(0) else {
        return;
    };
    if call.kind() != "call_expression" {
        // A receive whose value nobody takes.
        add(Operator::Remove, range_of(reader, node), String::new());
        return;
    }
    let range = range_of(reader, node);
    let called = call
        .child_by_field_name("function")
        .map_or_else(String::new, |function| text_of(reader, function));
    let arguments = call.child_by_field_name("arguments");
    let first = arguments.and_then(|arguments| arguments.named_child(0));
    let last_name = called.rsplit('.').next().unwrap_or_default();
    match (last_name, first) {
        ("Lock" | "Unlock" | "RLock" | "RUnlock", None) => {}
        ("Wait", None) => add(Operator::Wait, range, String::new()),
        ("close", Some(channel)) => {
            let channel = text_of(reader, channel);
            add(Operator::Close, range, format!("_ = {channel}"));
        }
        (name, None) if name.to_lowercase().contains("cancel") => {
            add(Operator::Cancel, range, format!("_ = {called}"));
        }
        _ => add(Operator::Remove, range, String::new()),
    }
}

/// For a call of a lock's method for what it does: the function around it, and which lock.
fn locked_by<'a>(reader: &Reader<'a>, node: Node<'a>) -> Option<(usize, String)> {
    let subject = lock_and_method(reader, node)?.0;
    Some((function_around(node)?.start_byte(), subject))
}

fn lock_and_method<'a>(reader: &Reader<'a>, node: Node<'a>) -> Option<(String, &'a str)> {
    if !matches!(node.kind(), "expression_statement" | "defer_statement") {
        return None;
    }
    let function = node.named_child(0)?.child_by_field_name("function")?;
    let method = reader.word_of(function.child_by_field_name("field")?);
    let subject = text_of(reader, function.child_by_field_name("operand")?);
    matches!(method, "Lock" | "Unlock" | "RLock" | "RUnlock").then_some((subject, method))
}

/// A function that neither takes nor gives back a lock that it took and gave back.
fn dropped_lock<'a>(reader: &Reader<'a>, calls: &[Node<'a>]) -> Option<Found> {
    let methods: Vec<&str> = calls
        .iter()
        .filter_map(|call| Some(lock_and_method(reader, *call)?.1))
        .collect();
    let takes = methods.iter().any(|method| !method.contains("nlock"));
    let gives = methods.iter().any(|method| method.contains("nlock"));
    (takes && gives).then(|| Found {
        operator: Operator::Lock,
        edits: calls
            .iter()
            .map(|call| {
                let range = range_of(reader, *call);
                (range.clone(), as_tall(reader, range, String::new()))
            })
            .collect(),
    })
}

/// Whether a statement is what a case of a `select` waits for.
fn is_in_a_header(node: Node<'_>) -> bool {
    node.parent()
        .is_some_and(|parent| parent.kind() == "communication_case")
}

/// The condition of an `if`, or of a `for`.
fn condition_of(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "if_statement" | "for_clause" => node.child_by_field_name("condition"),
        "for_statement" => node
            .named_child(0)
            .filter(|first| !matches!(first.kind(), "block" | "for_clause" | "range_clause")),
        _ => None,
    }
}

/// Whether an `if` only turns away: it has no `else`, and what it does ends by leaving.
fn is_guard(node: Node<'_>) -> bool {
    let last = || {
        let body = node.child_by_field_name("consequence")?;
        let list = body.named_child(0)?;
        let count = u32::try_from(list.named_child_count()).ok()?;
        list.named_child(count.checked_sub(1)?)
    };
    node.kind() == "if_statement"
        && node.child_by_field_name("alternative").is_none()
        && last().is_some_and(|last| {
            matches!(
                last.kind(),
                "return_statement" | "break_statement" | "continue_statement"
            )
        })
}

/// What a return statement gives back if all of it is the zero value; nothing if it is, or if it can't be told.
fn zero_results<'a>(reader: &Reader<'a>, node: Node<'a>) -> Option<String> {
    let values = node.named_child(0)?;
    let mut cursor = values.walk();
    let given: Vec<String> = values
        .named_children(&mut cursor)
        .map(|value| text_of(reader, value))
        .collect();
    let zeros = zeros_of(
        reader,
        function_around(node)?.child_by_field_name("result")?,
    );
    let is_zero = |value: &String| matches!(value.as_str(), "nil" | "0" | "false" | "\"\"" | "``");
    if zeros.is_empty() || given.iter().all(is_zero) {
        return None;
    }
    Some(zeros.join(", "))
}

fn zeros_of<'a>(reader: &Reader<'a>, result: Node<'a>) -> Vec<String> {
    if result.kind() != "parameter_list" {
        return vec![zero_of(&text_of(reader, result))];
    }
    let mut cursor = result.walk();
    let mut zeros = Vec::new();
    for declaration in result.named_children(&mut cursor) {
        let Some(of_type) = declaration.child_by_field_name("type") else {
            return Vec::new();
        };
        let names = reader.names(declaration, "name").len().max(1);
        zeros.extend(vec![zero_of(&text_of(reader, of_type)); names]);
    }
    zeros
}

fn zero_of(of_type: &str) -> String {
    let is_number = ["int", "uint", "float", "complex"].iter().any(|stem| {
        of_type
            .strip_prefix(stem)
            .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
    });
    let is_nilable = [
        "*",
        "[]",
        "map[",
        "chan ",
        "<-chan ",
        "func(",
        "interface{",
        "interface {",
    ]
    .iter()
    .any(|start| of_type.starts_with(start));
    match of_type {
        "bool" => "false".to_owned(),
        "string" => "\"\"".to_owned(),
        "error" | "any" => "nil".to_owned(),
        "byte" | "rune" | "uintptr" => "0".to_owned(),
        _ if is_number => "0".to_owned(),
        _ if is_nilable => "nil".to_owned(),
        _ => format!("*new({of_type})"),
    }
}

/// The innermost function, method or literal around a node.
fn function_around(node: Node<'_>) -> Option<Node<'_>> {
    let mut around = node.parent()?;
    while !matches!(
        around.kind(),
        "function_declaration" | "method_declaration" | "func_literal"
    ) {
        around = around.parent()?;
    }
    Some(around)
}

/// The replacement with as many lines as what it replaces.
fn as_tall(reader: &Reader<'_>, range: Range<usize>, replacement: String) -> String {
    let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
    let missing = lines(&reader.text[range]).saturating_sub(lines(replacement.as_bytes()));
    replacement + &"\n".repeat(missing)
}

#[cfg(test)]
mod tests;
