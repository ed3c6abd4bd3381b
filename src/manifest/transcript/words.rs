//! Texts of a transcript: `${variables}`, and `<matchers>` that stand for many values.

use crate::manifest::problem::nearest;
use crate::model::{AnyOf, Matcher, Piece, Template};

/// What a text of a transcript means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// Itself, with variables.
    Text(Template),
    /// `<null>`
    Null,
    /// Whatever a matcher accepts.
    Match(Matcher),
}

/// The first item of a list in which order doesn't count.
pub(super) const ANY_ORDER: &str = "<in any order>";
/// The first item of a list that may hold others.
pub(super) const AT_LEAST: &str = "<at least>";

/// How a text that looks like a matcher is told from one.
const LITERAL: &str = "for this very text write";

/// Reads a text. One that begins with `<` and ends with `>` is a matcher; `<text: …>` is a text that only looks like one.
pub(super) fn read_word(text: &str) -> Result<Word, String> {
    let Some(inside) = inside_of(text) else {
        return read_template(text).map(Word::Text);
    };
    if let Some(literal) = inside.strip_prefix("text:") {
        let mut template = read_template(literal.strip_prefix(' ').unwrap_or(literal))?;
        // A variable that stands alone is its value, whatever that is; behind a text it is a text.
        template.0.insert(0, Piece::Text(String::new()));
        return Ok(Word::Text(template));
    }
    if inside == "null" {
        return Ok(Word::Null);
    }
    read_matcher(text, inside).map(Word::Match)
}

fn inside_of(text: &str) -> Option<&str> {
    text.strip_prefix('<')?.strip_suffix('>')
}

fn read_matcher(text: &str, inside: &str) -> Result<Matcher, String> {
    if let Some((_, any)) = AnyOf::WORDS.iter().find(|(word, _)| *word == inside) {
        return Ok(Matcher::Any(*any));
    }
    match inside {
        "uuid" => return Ok(Matcher::Uuid),
        "rfc3339" => return Ok(Matcher::Rfc3339),
        "http-date" => return Ok(Matcher::HttpDate),
        "absent" => return Ok(Matcher::Absent),
        _ => {}
    }
    if let Some(expression) = inside.strip_prefix("regex:") {
        let expression = expression.trim();
        return match regex::Regex::new(expression) {
            Ok(regex) => Ok(Matcher::Regex {
                expression: expression.to_owned(),
                groups: regex.capture_names().flatten().map(str::to_owned).collect(),
            }),
            Err(error) => Err(format!(
                "{expression:?} is no regular expression: {}",
                last_line(&error.to_string())
            )),
        };
    }
    if let Some(rest) = inside.strip_prefix("capture ") {
        return read_capture(text, rest);
    }
    let words = AnyOf::WORDS.iter().map(|(word, _)| *word);
    let others = ["uuid", "rfc3339", "http-date", "absent", "null"];
    let near = nearest(inside, words.chain(others)).map_or_else(
        || {
            "; there are <any>, <any string>, <any int>, <any number>, <any bool>, <any list>, <any object>, <uuid>, \
             <rfc3339>, <http-date>, <regex: …>, <capture NAME: …>, <absent> and <null>"
                .to_owned()
        },
        |near| format!("; did you mean \"<{near}>\"?"),
    );
    Err(format!(
        "{text:?} is no matcher{near} ({LITERAL} \"<text: {text}>\")"
    ))
}

/// `id: any int`, or `id` for any value.
fn read_capture(text: &str, rest: &str) -> Result<Matcher, String> {
    let (name, of) = rest.split_once(':').unwrap_or((rest, "any"));
    let (name, of) = (name.trim(), of.trim());
    if !is_variable(name) {
        return Err(format!(
            "{name:?} is no name of a variable; write letters, digits and _, such as \"<capture id: any int>\""
        ));
    }
    match read_matcher(text, of)? {
        Matcher::Absent => Err("what is absent can't be captured".to_owned()),
        Matcher::Capture { .. } => Err("one value can't be captured twice".to_owned()),
        of @ (Matcher::Any(_)
        | Matcher::Uuid
        | Matcher::Rfc3339
        | Matcher::HttpDate
        | Matcher::Regex { .. }) => Ok(Matcher::Capture {
            name: name.to_owned(),
            of: Box::new(of),
        }),
    }
}

/// Reads a text with `${variables}`; `$${` stands for `${`.
pub(super) fn read_template(text: &str) -> Result<Template, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            plain.push_str(before);
            plain.push_str("${");
            rest = after;
            continue;
        }
        plain.push_str(before);
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| "has a ${ without its }; for this very text write $${".to_owned())?;
        if !is_variable(name) {
            return Err(format!(
                "{name:?} is no name of a variable; write letters, digits and _, such as ${{id}}, or $${{ for this very text"
            ));
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut plain)));
        }
        pieces.push(Piece::Variable(name.to_owned()));
        rest = after;
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(Template(pieces))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An error of a regular expression draws a picture first.
fn last_line(error: &str) -> &str {
    let last = error.lines().last().unwrap_or(error);
    last.strip_prefix("error: ").unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Word {
        read_word(text).unwrap_or_else(|message| panic!("{text}: {message}"))
    }

    fn template(text: &str) -> Vec<Piece> {
        match word(text) {
            Word::Text(Template(pieces)) => pieces,
            other => panic!("{text} is {other:?}"),
        }
    }

    #[test]
    fn texts_have_variables() {
        let text = |text: &str| Piece::Text(text.to_owned());
        let variable = |name: &str| Piece::Variable(name.to_owned());
        assert_eq!(
            template("/users/${id}/x${n}"),
            [text("/users/"), variable("id"), text("/x"), variable("n")]
        );
        assert_eq!(template("$${id} costs $5"), [text("${id} costs $5")]);
        assert_eq!(template(""), []);
        assert!(read_word("${id").is_err() && read_word("${a b}").is_err());
    }

    #[test]
    fn pointed_brackets_are_matchers_and_a_text_can_look_like_one() {
        assert_eq!(word("<any int>"), Word::Match(Matcher::Any(AnyOf::Int)));
        assert_eq!(word("<null>"), Word::Null);
        assert_eq!(
            word("<capture id: any int>"),
            Word::Match(Matcher::Capture {
                name: "id".into(),
                of: Box::new(Matcher::Any(AnyOf::Int)),
            })
        );
        let Word::Match(location) = word("<regex: /notes/(?<id>[0-9]+)>") else {
            panic!("no matcher");
        };
        assert_eq!(location.captures(), ["id"]);
        assert_eq!(
            template("<text: <any int>>"),
            [Piece::Text(String::new()), Piece::Text("<any int>".into())]
        );
        assert_eq!(template("a < b > c"), [Piece::Text("a < b > c".into())]);
    }

    #[test]
    fn what_is_no_matcher_is_told_with_the_way_out() {
        let fault = |text: &str| read_word(text).expect_err("it is wrong");
        insta::assert_snapshot!(fault("<any itn>"), @r#""<any itn>" is no matcher; did you mean "<any int>"? (for this very text write "<text: <any itn>>")"#);
        insta::assert_snapshot!(fault("<b>bold</b>"), @r#""<b>bold</b>" is no matcher; there are <any>, <any string>, <any int>, <any number>, <any bool>, <any list>, <any object>, <uuid>, <rfc3339>, <http-date>, <regex: …>, <capture NAME: …>, <absent> and <null> (for this very text write "<text: <b>bold</b>>")"#);
        insta::assert_snapshot!(fault("<regex: (a>"), @r#""(a" is no regular expression: unclosed group"#);
        insta::assert_snapshot!(fault("<capture my id: any>"), @r#""my id" is no name of a variable; write letters, digits and _, such as "<capture id: any int>""#);
        insta::assert_snapshot!(fault("<capture id: absent>"), @r#"what is absent can't be captured"#);
    }
}
