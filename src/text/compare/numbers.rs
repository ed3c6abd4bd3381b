//! Lines whose numbers may be a little off.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::model::Tolerance;

/// Pieces of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Number(&'a str, f64),
}

/// Whether two lines have the same numbers, up to the tolerance, in the same text.
pub(super) fn agree(want: &str, got: &str, tolerance: Tolerance) -> bool {
    if want == got {
        return true;
    }
    let (want, got) = (pieces(want), pieces(got));
    want.len() == got.len()
        && want
            .iter()
            .zip(&got)
            .all(|(want, got)| is_near(want, got, tolerance))
}

/// Whether two lines have the same text, whatever their numbers.
pub(super) fn is_alike(want: &str, got: &str) -> bool {
    let (want, got) = (pieces(want), pieces(got));
    let same_kind = |(want, got): (&Piece<'_>, &Piece<'_>)| match (want, got) {
        (Piece::Text(want), Piece::Text(got)) => want == got,
        (Piece::Number(..), Piece::Number(..)) => true,
        (Piece::Text(_), Piece::Number(..)) | (Piece::Number(..), Piece::Text(_)) => false,
    };
    want.len() == got.len() && want.iter().zip(&got).all(same_kind)
}

/// The line that is wanted, with numbers spelt as they came where they are near enough.
pub(super) fn ease(want: &str, got: &str, tolerance: Tolerance) -> String {
    let got = pieces(got);
    let eased =
        pieces(want)
            .into_iter()
            .enumerate()
            .map(|(index, want)| match (want, got.get(index)) {
                (Piece::Number(..), Some(Piece::Number(came, _)))
                    if is_near(&want, &got[index], tolerance) =>
                {
                    *came
                }
                (Piece::Number(spelt, _) | Piece::Text(spelt), _) => spelt,
            });
    eased.collect()
}

fn is_near(want: &Piece<'_>, got: &Piece<'_>, tolerance: Tolerance) -> bool {
    match (want, got) {
        (Piece::Text(want), Piece::Text(got)) => want == got,
        (Piece::Number(want, wanted), Piece::Number(got, came)) => {
            distance((want, *wanted), (got, *came)) <= tolerance.around(*wanted)
        }
        (Piece::Text(_), Piece::Number(..)) | (Piece::Number(..), Piece::Text(_)) => false,
    }
}

/// Whole numbers are told apart to the last digit, which a float of 64 bits can't do.
fn distance(want: (&str, f64), got: (&str, f64)) -> f64 {
    if let (Ok(want), Ok(got)) = (want.0.parse::<i128>(), got.0.parse::<i128>())
        && let Some(difference) = want.checked_sub(got)
    {
        #[expect(
            clippy::cast_precision_loss,
            reason = "a difference is 0 or it isn't, and a large one is too large"
        )]
        return difference.abs() as f64;
    }
    (want.1 - got.1).abs()
}

/// Takes a line apart. A number is written in decimal, with or without sign, fraction and exponent; digits that follow a letter,
/// a digit, an underscore or a full stop belong to a name or a version and are text.
fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut text_from = 0;
    let mut at = 0;
    let mut before = None;
    while let Some(c) = line[at..].chars().next() {
        let may_begin = !before.is_some_and(|c: char| c.is_alphanumeric() || c == '_' || c == '.');
        let Some((length, value)) = number_at(&line[at..]).filter(|_| may_begin) else {
            before = Some(c);
            at += c.len_utf8();
            continue;
        };
        if text_from < at {
            pieces.push(Piece::Text(&line[text_from..at]));
        }
        pieces.push(Piece::Number(&line[at..at + length], value));
        at += length;
        text_from = at;
        before = Some('0');
    }
    if text_from < line.len() {
        pieces.push(Piece::Text(&line[text_from..]));
    }
    pieces
}

/// The number that a text begins with: how many bytes it takes, and its value.
fn number_at(text: &str) -> Option<(usize, f64)> {
    let mut chars = text.char_indices().peekable();
    chars.next_if(|(_, c)| matches!(c, '+' | '-'));
    let whole = skip_digits(&mut chars);
    let mut length = end(&mut chars, text);
    if chars.next_if(|(_, c)| *c == '.').is_some() {
        let fraction = skip_digits(&mut chars);
        if whole == 0 && fraction == 0 {
            return None;
        }
        // A full stop behind a number ends a sentence.
        if fraction > 0 {
            length = end(&mut chars, text);
            if chars.peek().is_some_and(|(_, c)| *c == '.')
                && text[length + 1..].starts_with(|c: char| c.is_ascii_digit())
            {
                return None;
            }
        }
    } else if whole == 0 {
        return None;
    }
    let mut exponent = text[length..].char_indices().peekable();
    if exponent.next_if(|(_, c)| matches!(c, 'e' | 'E')).is_some() {
        exponent.next_if(|(_, c)| matches!(c, '+' | '-'));
        if skip_digits(&mut exponent) > 0 {
            length += end(&mut exponent, &text[length..]);
        }
    }
    let value: f64 = text[..length].parse().ok()?;
    value.is_finite().then_some((length, value))
}

fn skip_digits(chars: &mut Peekable<CharIndices<'_>>) -> usize {
    let mut count = 0;
    while chars.next_if(|(_, c)| c.is_ascii_digit()).is_some() {
        count += 1;
    }
    count
}

fn end(chars: &mut Peekable<CharIndices<'_>>, text: &str) -> usize {
    chars.peek().map_or(text.len(), |(at, _)| *at)
}
