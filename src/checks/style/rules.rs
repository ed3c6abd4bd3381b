//! Rules that need to see no more than one declaration, one call or one comment at a time.

use std::collections::BTreeSet;

use super::ground::{Ground, Remark, Source, is_exported};
use crate::gosource::{OutlinedKind, Position, Variable};
use crate::model::{Layer, StyleMeasures, StyleRule};
use crate::text::plural;

/// Reminders, which stand at the beginning of a line of a comment, or have a colon or a name in parentheses behind them.
pub(super) fn todo(ground: &Ground<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in &ground.own {
        for comment in &source.outline.comments {
            for (number, line) in comment.text.lines().enumerate() {
                let Some(word) = reminder(line) else { continue };
                let mut position = comment.position;
                if number > 0 {
                    position.line += u32::try_from(number).unwrap_or(0);
                    position.column = 1;
                }
                let message = format!("a {word} is left in a comment");
                remarks.push(source.remark(StyleRule::Todo, position, message));
            }
        }
    }
    remarks
}

fn reminder(line: &str) -> Option<&'static str> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '-'));
    ["TODO", "FIXME", "XXX"].into_iter().find(|word| {
        let begins = line.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'))
        });
        begins || line.contains(&format!(" {word}:")) || line.contains(&format!(" {word}("))
    })
}

/// Texts of errors: they are put into the middle of sentences, so they begin with a small letter and end without a mark.
pub(super) fn error_string(ground: &Ground<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        let functions: BTreeSet<&str> = ground
            .all_code()
            .flat_map(|source| &source.outline.declarations)
            .filter(|declared| matches!(declared.kind, OutlinedKind::Function(_)))
            .map(|declared| declared.name.as_str())
            .collect();
        for call in &source.outline.calls_with_text {
            let symbol = source.symbol(&call.callee);
            if !matches!(symbol, Some(("errors", "New") | ("fmt", "Errorf"))) {
                continue;
            }
            let fault = if begins_a_sentence(&call.text, &functions) {
                "begins with a capital letter"
            } else if ends_a_sentence(&call.text) {
                "ends with a punctuation mark or a line break"
            } else {
                continue;
            };
            let message = format!("the text of an error {fault}");
            remarks.push(source.remark(StyleRule::ErrorString, call.position, message));
        }
    }
    remarks
}

/// A word with one capital letter, its first. What has more of them is an abbreviation or a name, as is what is followed
/// by anything but a blank, and a function can name itself.
fn begins_a_sentence(text: &str, functions: &BTreeSet<&str>) -> bool {
    let word = text.split(' ').next().unwrap_or(text);
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() > 1
        && letters.all(char::is_lowercase)
        && !functions.contains(word)
}

fn ends_a_sentence(text: &str) -> bool {
    text.ends_with(['.', '!', '\n']) && !text.ends_with("..")
}

/// A context that comes behind another parameter, or that an exported struct keeps.
pub(super) fn context_first(ground: &Ground<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        let mut remark = |position: Position, message: String| {
            remarks.push(source.remark(StyleRule::ContextFirst, position, message));
        };
        for declared in &source.outline.declarations {
            match &declared.kind {
                OutlinedKind::Function(function) => {
                    if let Some(late) = late_context(source, &function.signature.parameters) {
                        let message = format!(
                            "the context is not the first parameter of {}",
                            declared.name
                        );
                        remark(late, message);
                    }
                }
                OutlinedKind::Type(outline) => {
                    for (name, signature) in &outline.methods {
                        if let Some(late) = late_context(source, &signature.parameters) {
                            remark(
                                late,
                                format!("the context is not the first parameter of {name}"),
                            );
                        }
                    }
                    // What a package keeps for itself may live as long as one call, and what embeds a context is one.
                    let kept = outline.fields.iter().filter(|field| {
                        is_exported(&declared.name)
                            && field.name.is_some()
                            && is_context(source, field)
                    });
                    for field in kept {
                        remark(field.position, format!("{} keeps a context", declared.name));
                    }
                }
                OutlinedKind::Variable(_) | OutlinedKind::Constant => {}
            }
        }
    }
    remarks
}

fn is_context(source: &Source, variable: &Variable) -> bool {
    variable
        .of
        .strip_suffix(".Context")
        .is_some_and(|package| source.import_called(package) == Some("context"))
}

/// What a test is, or what handles the context itself, may stand before it.
fn late_context(source: &Source, parameters: &[Variable]) -> Option<Position> {
    let at = parameters
        .iter()
        .position(|parameter| is_context(source, parameter))?;
    let is_test = |parameter: &Variable| {
        let of = parameter.of.trim_start_matches('*');
        of.split_once('.')
            .is_some_and(|(package, _)| source.import_called(package) == Some("testing"))
    };
    (at > 0 && !parameters[..at].iter().all(is_test)).then(|| parameters[at].position)
}

/// Imports that a layer mustn't have.
pub(super) fn imports(ground: &Ground<'_>, layers: &[Layer]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        let denied: Vec<&String> = layers
            .iter()
            .filter(|layer| is_at_or_below(&source.folder, &layer.from))
            .flat_map(|layer| &layer.deny)
            .collect();
        for import in &source.outline.facts.imports {
            let folder = ground.folder_at(&import.path);
            let is_denied = |denied: &&&String| {
                is_at_or_below(&import.path, denied)
                    || folder.is_some_and(|folder| is_at_or_below(folder, denied))
            };
            if denied.iter().any(|one| is_denied(&one)) {
                let message = format!(
                    "{} mustn't import {}",
                    if source.folder == "." {
                        source.package()
                    } else {
                        &source.folder
                    },
                    folder.unwrap_or(&import.path)
                );
                remarks.push(source.remark(StyleRule::Imports, import.position, message));
            }
        }
    }
    remarks
}

/// The module's own package, `.`, has none below it: those have folders of their own.
fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(super) fn long_function(ground: &Ground<'_>, measures: &StyleMeasures) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        for declared in &source.outline.declarations {
            let OutlinedKind::Function(function) = &declared.kind else {
                continue;
            };
            if function.code_lines > measures.max_lines {
                let lines = plural(function.code_lines as usize, "line");
                let message = format!(
                    "{} has {lines} of code, more than {}",
                    declared.name, measures.max_lines
                );
                remarks.push(source.remark(StyleRule::LongFunction, declared.position, message));
            }
        }
    }
    remarks
}

pub(super) fn complex_function(ground: &Ground<'_>, measures: &StyleMeasures) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for source in ground.code() {
        for declared in &source.outline.declarations {
            let OutlinedKind::Function(function) = &declared.kind else {
                continue;
            };
            if function.complexity > measures.max_complexity {
                let message = format!(
                    "{} branches too often: its complexity is {}, more than {}",
                    declared.name, function.complexity, measures.max_complexity
                );
                remarks.push(source.remark(StyleRule::ComplexFunction, declared.position, message));
            }
        }
    }
    remarks
}
