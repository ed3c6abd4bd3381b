//! Lines of a golden file in which regular expressions stand: `took {{\d+}} ms`.

use regex::Regex;

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

/// A line with regular expressions in it.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    pieces: Vec<Piece<'a>>,
    /// The whole line.
    regex: Regex,
}

#[derive(Clone, Copy, Debug)]
enum Piece<'a> {
    Text(&'a str),
    Expression(&'a str),
}

impl Piece<'_> {
    fn as_regex(&self) -> String {
        match self {
            Piece::Text(text) => regex::escape(text),
            Piece::Expression(expression) => format!("(?:{expression})"),
        }
    }
}

impl<'a> Pattern<'a> {
    /// Reads a line, or says what is wrong with it; nothing where no expression stands in it.
    pub(super) fn read(line: &'a str) -> Result<Option<Self>, String> {
        if !line.contains(OPEN) {
            return Ok(None);
        }
        let pieces = take_apart(line)?;
        for piece in &pieces {
            if let Piece::Expression(expression) = piece {
                Regex::new(expression).map_err(|error| fault(expression, &error))?;
            }
        }
        let regex = whole(&pieces).map_err(|error| fault(line.trim_end(), &error))?;
        Ok(Some(Self { pieces, regex }))
    }

    /// Whether a line is of this form, to its end.
    pub(super) fn matches(&self, line: &str) -> bool {
        self.regex.is_match(line)
    }

    /// Whether a line begins or ends as it should.
    pub(super) fn is_akin(&self, line: &str) -> bool {
        let text = |piece: Option<&Piece<'a>>| match piece {
            Some(Piece::Text(text)) => *text,
            Some(Piece::Expression(_)) | None => "",
        };
        let (first, last) = (
            text(self.pieces.first()),
            text(self.pieces.last()).trim_end(),
        );
        !first.trim().is_empty() && line.starts_with(first)
            || !last.is_empty() && line.trim_end().ends_with(last)
    }

    /// The line that is wanted, with what came in place of expressions as long as all before or all behind them agrees.
    pub(super) fn ease(&self, line: &str) -> String {
        let pieces = self.pieces.as_slice();
        let starts = |count: usize| found(&format!(r"\A{}", body(&pieces[..count])), line);
        let (head, first) = (0..=pieces.len())
            .rev()
            .find_map(|count| Some((count, starts(count)?)))
            .unwrap_or((0, ""));
        let rest = &line[first.len()..];
        let ends = |from: usize| found(&format!(r"{}\z", body(&pieces[from..])), rest);
        let (tail, last) = (head..=pieces.len())
            .find_map(|from| Some((from, ends(from)?)))
            .unwrap_or((pieces.len(), ""));
        let between = pieces[head..tail].iter().map(|piece| match piece {
            Piece::Text(text) => (*text).to_owned(),
            Piece::Expression(expression) => format!("{OPEN}{expression}{CLOSE}"),
        });
        format!("{first}{}{last}", between.collect::<String>())
    }
}

fn found<'l>(expression: &str, line: &'l str) -> Option<&'l str> {
    let regex = Regex::new(expression).ok()?;
    regex.find(line).map(|found| found.as_str())
}

fn body(pieces: &[Piece<'_>]) -> String {
    pieces.iter().map(Piece::as_regex).collect()
}

fn whole(pieces: &[Piece<'_>]) -> Result<Regex, regex::Error> {
    Regex::new(&format!(r"\A{}\z", body(pieces)))
}

/// What the parser of expressions says last is what is wrong; before that it draws the place.
fn fault(expression: &str, error: &regex::Error) -> String {
    let said = error.to_string();
    let last = said.lines().last().unwrap_or_default();
    let why = last.strip_prefix("error: ").unwrap_or(last);
    format!("{expression:?} is no regular expression: {why}")
}

fn take_apart(line: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some((text, behind)) = rest.split_once(OPEN) {
        let Some(close) = behind.find(CLOSE) else {
            return Err(format!(
                "has {OPEN} without {CLOSE} behind it; an expression stands between them, and {OPEN} itself is written \
                 {OPEN}\\{{\\{{{CLOSE}"
            ));
        };
        // An expression may end in a brace of its own: of more than two, the last two close it.
        let braces = behind[close..].bytes().take_while(|b| *b == b'}').count();
        let end = close + braces - CLOSE.len();
        if end == 0 {
            return Err(format!("has {OPEN}{CLOSE} with nothing between them"));
        }
        pieces.push(Piece::Text(text));
        pieces.push(Piece::Expression(&behind[..end]));
        rest = &behind[end + CLOSE.len()..];
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}
