//! The parts of a file: comments, declarations, types, expressions.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::super::literal;
use super::super::reader::Reader;
use super::super::tokens::Tokens;
use super::{
    CallWithText, Comment, Expression, Group, Outlined, OutlinedKind, Signature, TypeOutline,
    Variable, VariableOutline, function,
};

pub(super) fn comments(reader: &Reader<'_>, scanned: &Tokens) -> Vec<Comment> {
    let words = |start: usize, end: usize| String::from_utf8_lossy(&reader.text[start..end]);
    scanned
        .comments
        .iter()
        .map(|&(start, end)| {
            let written = words(start, end);
            let text = match written.strip_prefix("//") {
                Some(rest) => rest,
                None => written.trim_start_matches("/*").trim_end_matches("*/"),
            };
            let position = reader.position_of(start);
            let before = start + 1 - position.column as usize;
            Comment {
                text: text.trim_end().to_owned(),
                position,
                last_line: reader.position_of(end.saturating_sub(1)).line,
                is_alone: reader.text[before..start]
                    .iter()
                    .all(u8::is_ascii_whitespace),
            }
        })
        .collect()
}

/// The comment that ends on the line above, with all that stand directly above it. What is written for tools is none.
pub(super) fn doc_above(comments: &[Comment], line: u32) -> Option<String> {
    let mut wanted = line.checked_sub(1)?;
    let mut lines = Vec::new();
    let before = comments.partition_point(|comment| comment.position.line < line);
    for comment in comments[..before].iter().rev() {
        if comment.last_line != wanted || !comment.is_alone {
            break;
        }
        wanted = comment.position.line.saturating_sub(1);
        if !is_for_tools(&comment.text) {
            lines.push(comment.text.trim());
        }
    }
    lines.reverse();
    let doc = lines.join("\n").trim().to_owned();
    (!doc.is_empty()).then_some(doc)
}

/// `go:generate …`, `nolint:…`: no blank behind the marks, and a colon behind a lower-case word.
fn is_for_tools(text: &str) -> bool {
    text.split_once(':').is_some_and(|(tool, rest)| {
        !tool.is_empty()
            && tool
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && rest.starts_with(|c: char| c.is_ascii_lowercase())
    })
}

pub(super) fn function_of<'a>(
    reader: &Reader<'a>,
    comments: &[Comment],
    node: Node<'a>,
) -> Option<Outlined> {
    let name = reader.token_of(node.child_by_field_name("name")?);
    let body = node.child_by_field_name("body");
    let end = body.map_or(last_token(reader, node) + 1, |body| reader.token_of(body));
    Some(Outlined {
        name: reader.word(name).to_owned(),
        position: reader.position(name),
        doc: doc_above(comments, line(reader, node)),
        group: None,
        mentions: names_between(reader, name + 1, end),
        kind: OutlinedKind::Function(function::read(reader, node)),
    })
}

pub(super) fn specifications<'a>(
    reader: &Reader<'a>,
    comments: &[Comment],
    declaration: Node<'a>,
) -> Vec<Outlined> {
    let first = line(reader, declaration);
    let doc = doc_above(comments, first);
    let is_group = reader.word(reader.token_of(declaration) + 1) == "(";
    let group = is_group.then(|| Group {
        offset: reader.position(reader.token_of(declaration)).offset,
        has_doc: doc.is_some(),
    });
    let mut all = Vec::new();
    for node in named(declaration) {
        if node.kind() == "var_spec_list" {
            all.extend(named(node));
        } else {
            all.push(node);
        }
    }
    let mut found = Vec::new();
    for node in all {
        let values: Vec<Node<'a>> = node
            .child_by_field_name("value")
            .filter(|list| list.kind() == "expression_list")
            .map(named)
            .unwrap_or_default();
        let of = node.child_by_field_name("type");
        let doc = if is_group {
            doc_above(comments, line(reader, node))
        } else {
            doc.clone()
        };
        let last_line = reader.position(last_token(reader, node)).line;
        let behind = || {
            let comment = comments
                .iter()
                .find(|comment| comment.position.line == last_line);
            comment.map(|comment| comment.text.trim().to_owned())
        };
        for (index, name) in reader.names(node, "name").into_iter().enumerate() {
            let is_name = reader.is_name(name);
            if !is_name {
                continue;
            }
            let (kind, doc) = match node.kind() {
                "const_spec" => (OutlinedKind::Constant, doc.clone().or_else(behind)),
                "var_spec" => {
                    let outline = VariableOutline {
                        of: of.map(|of| spelt(reader, of)),
                        value: values
                            .get(index)
                            .map_or(Expression::Other, |value| expression(reader, *value)),
                    };
                    (OutlinedKind::Variable(outline), doc.clone().or_else(behind))
                }
                "type_spec" | "type_alias" => {
                    let outline = of.map(|of| type_of(reader, of)).unwrap_or_default();
                    (OutlinedKind::Type(outline), doc.clone())
                }
                _ => continue,
            };
            found.push(Outlined {
                name: reader.word(name).to_owned(),
                position: reader.position(name),
                doc,
                group,
                mentions: of.map_or_else(BTreeSet::new, |of| names_of(reader, of)),
                kind,
            });
        }
    }
    found
}

fn type_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> TypeOutline {
    let mut outline = TypeOutline::default();
    match node.kind() {
        "struct_type" => {
            for list in named(node) {
                for field in named(list) {
                    outline.fields.extend(variables(reader, field));
                }
            }
        }
        "interface_type" => {
            for method in named(node) {
                if let Some(name) = method.child_by_field_name("name") {
                    let name = reader.word_of(name).to_owned();
                    outline.methods.push((name, signature(reader, method)));
                }
            }
        }
        _ => {}
    }
    outline
}

/// The names of a parameter or field declaration, each with the type.
pub(super) fn variables<'a>(reader: &Reader<'a>, declaration: Node<'a>) -> Vec<Variable> {
    let Some(of) = declaration.child_by_field_name("type") else {
        return Vec::new();
    };
    let is_variadic = declaration.kind() == "variadic_parameter_declaration";
    let variable = |name: Option<String>| Variable {
        name,
        of: if is_variadic {
            format!("...{}", spelt(reader, of))
        } else {
            spelt(reader, of)
        },
        position: reader.position(reader.token_of(of)),
    };
    let names = reader.names(declaration, "name");
    if names.is_empty() {
        return vec![variable(None)];
    }
    names
        .into_iter()
        .map(|name| variable(Some(reader.word(name).to_owned())))
        .collect()
}

pub(super) fn signature<'a>(reader: &Reader<'a>, node: Node<'a>) -> Signature {
    let list = |list: Node<'a>| -> Vec<Variable> {
        named(list)
            .into_iter()
            .flat_map(|one| variables(reader, one))
            .collect()
    };
    let results = node.child_by_field_name("result").map(|result| {
        if result.kind() == "parameter_list" {
            list(result).into_iter().map(|result| result.of).collect()
        } else {
            vec![spelt(reader, result)]
        }
    });
    Signature {
        parameters: node
            .child_by_field_name("parameters")
            .map(list)
            .unwrap_or_default(),
        results: results.unwrap_or_default(),
    }
}

pub(super) fn expression<'a>(reader: &Reader<'a>, node: Node<'a>) -> Expression {
    match node.kind() {
        "identifier" => Expression::Name(reader.word_of(node).to_owned()),
        "selector_expression" => {
            let parts = (
                node.child_by_field_name("operand"),
                node.child_by_field_name("field"),
            );
            match parts {
                (Some(operand), Some(field)) => Expression::Member(
                    Box::new(expression(reader, operand)),
                    reader.word_of(field).to_owned(),
                ),
                (None, _) | (_, None) => Expression::Other,
            }
        }
        "call_expression" => {
            let callee = node.child_by_field_name("function");
            let arguments = node
                .child_by_field_name("arguments")
                .map(named)
                .unwrap_or_default();
            match (callee, arguments.as_slice()) {
                (Some(function), [of, ..])
                    if function.kind() == "identifier"
                        && matches!(reader.word_of(function), "new" | "make") =>
                {
                    Expression::Literal(spelt(reader, *of))
                }
                (Some(callee), _) => Expression::Call(Box::new(expression(reader, callee))),
                (None, _) => Expression::Other,
            }
        }
        "composite_literal" => node
            .child_by_field_name("type")
            .map_or(Expression::Other, |of| {
                Expression::Literal(spelt(reader, of))
            }),
        "unary_expression" if reader.word_of(node) == "&" => node
            .child_by_field_name("operand")
            .map_or(Expression::Other, |operand| expression(reader, operand)),
        "parenthesized_expression" => node
            .named_child(0)
            .map_or(Expression::Other, |inner| expression(reader, inner)),
        _ => Expression::Other,
    }
}

pub(super) fn calls_with_text<'a>(
    reader: &Reader<'a>,
    root: Node<'a>,
    found: &mut Vec<CallWithText>,
) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if node.kind() == "call_expression"
            && let Some(callee) = node.child_by_field_name("function")
            && let Some(arguments) = node.child_by_field_name("arguments")
            && let Some(first) = arguments.named_child(0)
            && matches!(
                first.kind(),
                "interpreted_string_literal" | "raw_string_literal"
            )
            && let Some(text) = literal::unquote(reader.word_of(first))
        {
            found.push(CallWithText {
                callee: expression(reader, callee),
                text,
                position: reader.position(reader.token_of(first)),
            });
        }
        open.extend(named(node));
    }
    found.sort_by_key(|call| call.position);
}

/// The tokens of a node, with a blank only where two words would run into one.
pub(super) fn spelt<'a>(reader: &Reader<'a>, node: Node<'a>) -> String {
    let is_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut spelt = String::new();
    for token in reader.token_of(node)..=last_token(reader, node) {
        let word = reader.word(token);
        if spelt.ends_with(is_of_a_word) && word.starts_with(is_of_a_word) {
            spelt.push(' ');
        }
        spelt.push_str(word);
    }
    spelt
}

fn names_between(reader: &Reader<'_>, first: usize, end: usize) -> BTreeSet<String> {
    (first..end)
        .filter(|&token| reader.is_name(token))
        .map(|token| reader.word(token).to_owned())
        .collect()
}

fn names_of<'a>(reader: &Reader<'a>, node: Node<'a>) -> BTreeSet<String> {
    names_between(reader, reader.token_of(node), last_token(reader, node) + 1)
}

pub(super) fn line<'a>(reader: &Reader<'a>, node: Node<'a>) -> u32 {
    reader.position(reader.token_of(node)).line
}

pub(super) fn last_token<'a>(reader: &Reader<'a>, node: Node<'a>) -> usize {
    reader.shape.token_at(node.end_byte().saturating_sub(1))
}

pub(super) fn named(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}
