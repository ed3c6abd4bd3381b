//! One function: how long, how branched, what its variables are, which results it drops.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::super::reader::{Reader, defines};
use super::parts::{expression, last_token, named, signature, spelt, variables};
use super::{Binding, BoundTo, Drop, Dropped, Expression, FunctionOutline};

pub(super) fn read<'a>(reader: &Reader<'a>, node: Node<'a>) -> FunctionOutline {
    let receiver = node
        .child_by_field_name("receiver")
        .and_then(|list| list.named_child(0))
        .and_then(|declaration| variables(reader, declaration).pop());
    let mut outline = FunctionOutline {
        receiver,
        signature: signature(reader, node),
        code_lines: 0,
        complexity: 1,
        bindings: Vec::new(),
        dropped: Vec::new(),
    };
    let whole = start_of(reader, node)..end_of(reader, node);
    let parameters = outline.receiver.iter().chain(&outline.signature.parameters);
    outline.bindings = parameters
        .filter_map(|variable| {
            Some(Binding {
                name: variable.name.clone()?,
                to: BoundTo::Type(variable.of.clone()),
                scope: whole.clone(),
            })
        })
        .collect();
    let Some(body) = node.child_by_field_name("body") else {
        return outline;
    };
    outline.code_lines = code_lines(reader, body);
    // Each node with the end of the scope that it stands in.
    let mut open = vec![(body, whole.end)];
    while let Some((node, end)) = open.pop() {
        visit(reader, node, end, &mut outline);
        let end = if opens_a_scope(node) {
            end_of(reader, node)
        } else {
            end
        };
        let before = open.len();
        open.extend(named(node).into_iter().map(|child| (child, end)));
        open[before..].reverse();
    }
    outline
}

fn opens_a_scope(node: Node<'_>) -> bool {
    matches!(
        node.kind(),
        "block"
            | "func_literal"
            | "if_statement"
            | "for_statement"
            | "expression_switch_statement"
            | "type_switch_statement"
            | "expression_case"
            | "type_case"
            | "default_case"
            | "communication_case"
    )
}

fn start_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> usize {
    reader.tokens[reader.token_of(node)].start
}

fn end_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> usize {
    reader.tokens[last_token(reader, node)].end
}

/// Lines between two braces on which a token stands, or a part of one.
fn code_lines<'a>(reader: &Reader<'a>, body: Node<'a>) -> u32 {
    let (first, last) = (reader.token_of(body) + 1, last_token(reader, body));
    let mut lines = BTreeSet::new();
    for token in first..last {
        let token = reader.tokens[token];
        if token.end > token.start {
            let start = reader.position_of(token.start).line;
            lines.extend(start..=reader.position_of(token.end - 1).line);
        }
    }
    u32::try_from(lines.len()).unwrap_or(u32::MAX)
}

/// `end` is where the scope ends that a node stands in.
fn visit<'a>(reader: &Reader<'a>, node: Node<'a>, end: usize, outline: &mut FunctionOutline) {
    match node.kind() {
        "if_statement" | "for_statement" | "expression_case" | "type_case"
        | "communication_case" => outline.complexity += 1,
        "binary_expression" => {
            let operator = node.child_by_field_name("operator").map(|sign| sign.kind());
            outline.complexity += u32::from(matches!(operator, Some("&&" | "||")));
        }
        "parameter_declaration" | "variadic_parameter_declaration" => {
            let scope = start_of(reader, node)..end;
            let bindings = variables(reader, node).into_iter().filter_map(|variable| {
                Some(Binding {
                    name: variable.name?,
                    to: BoundTo::Type(variable.of),
                    scope: scope.clone(),
                })
            });
            outline.bindings.extend(bindings);
        }
        "expression_statement" => {
            if let Some(call) = node.named_child(0) {
                drop_result(reader, call, node, Drop::Statement, outline);
            }
        }
        "assignment_statement" | "short_var_declaration" | "var_spec" => {
            assign(reader, node, end, outline);
        }
        "const_spec" => bind_unknown(reader, node, "name", end, outline),
        "range_clause" | "receive_statement" if defines(node) => {
            bind_unknown(reader, node, "left", end, outline);
        }
        "type_switch_statement" => {
            bind_unknown(reader, node, "alias", end_of(reader, node), outline);
        }
        _ => {}
    }
}

fn bind_unknown<'a>(
    reader: &Reader<'a>,
    node: Node<'a>,
    field: &str,
    end: usize,
    outline: &mut FunctionOutline,
) {
    for name in reader.names(node, field) {
        outline.bindings.push(Binding {
            name: reader.word(name).to_owned(),
            to: BoundTo::Unknown,
            scope: start_of(reader, node)..end,
        });
    }
}

fn assign<'a>(reader: &Reader<'a>, node: Node<'a>, end: usize, outline: &mut FunctionOutline) {
    let declares = node.kind() != "assignment_statement";
    let (left, right) = if node.kind() == "var_spec" {
        ("name", "value")
    } else {
        ("left", "right")
    };
    let right: Vec<Node<'a>> = node
        .child_by_field_name(right)
        .map(named)
        .unwrap_or_default();
    let left: Vec<Node<'a>> = if left == "name" {
        let mut cursor = node.walk();
        node.children_by_field_name("name", &mut cursor)
            .filter(Node::is_named)
            .collect()
    } else {
        node.child_by_field_name(left)
            .map(named)
            .unwrap_or_default()
    };
    let word = |node: &Node<'a>| {
        let is_name = node.kind() == "identifier" || node.kind() == "blank_identifier";
        is_name.then(|| reader.word_of(*node))
    };
    if declares {
        let of = node.child_by_field_name("type");
        for (index, name) in left.iter().enumerate() {
            let to = match (of, right.as_slice()) {
                (Some(of), _) => BoundTo::Type(spelt(reader, of)),
                (None, [call]) if call.kind() == "call_expression" => {
                    match expression(reader, *call) {
                        Expression::Call(callee) => BoundTo::Result(*callee, index),
                        other => BoundTo::Value(other),
                    }
                }
                (None, values) if values.len() == left.len() => {
                    BoundTo::Value(expression(reader, values[index]))
                }
                (None, _) => BoundTo::Unknown,
            };
            // A variable is known from after its declaration on.
            outline.bindings.extend(word(name).map(|name| Binding {
                name: name.to_owned(),
                to,
                scope: end_of(reader, node)..end,
            }));
        }
    }
    if let ([.., last], [call]) = (left.as_slice(), right.as_slice())
        && word(last) == Some("_")
    {
        drop_result(reader, *call, node, Drop::Blank, outline);
    }
}

fn drop_result<'a>(
    reader: &Reader<'a>,
    call: Node<'a>,
    statement: Node<'a>,
    how: Drop,
    outline: &mut FunctionOutline,
) {
    let callee = call.child_by_field_name("function");
    if call.kind() == "call_expression"
        && let Some(callee) = callee
    {
        outline.dropped.push(Dropped {
            callee: expression(reader, callee),
            spelt: spelt(reader, callee),
            argument: call
                .child_by_field_name("arguments")
                .and_then(|arguments| arguments.named_child(0))
                .map(|argument| expression(reader, argument)),
            position: reader.position(reader.token_of(statement)),
            how,
        });
    }
}
