//! Cut Go source into tokens exactly as the compiler's scanner does, semicolons that it inserts included.
//!
//! The rule that it keeps: for every file that the compiler accepts, the tokens are the compiler's. What the compiler
//! refuses need not be noticed here, since such a file is never built.

use super::{Fault, FaultReason};

/// What sort of token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An identifier, predeclared ones included.
    Name,
    /// One of the twenty-five reserved words.
    Keyword,
    /// A number or a rune.
    Number,
    /// A string, interpreted or raw.
    Text,
    /// An operator or a punctuation mark other than a semicolon.
    Sign,
    /// A semicolon, written or inserted at the end of a line.
    Semicolon,
}

/// One token and the bytes that it takes. An inserted semicolon takes none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All tokens and all comments (their bytes from the opening to before the end of line, or to the closing), in order.
pub(super) struct Tokens {
    pub(super) tokens: Vec<Token>,
    pub(super) comments: Vec<(usize, usize)>,
}

const KEYWORDS: [&[u8]; 25] = [
    b"break",
    b"case",
    b"chan",
    b"const",
    b"continue",
    b"default",
    b"defer",
    b"else",
    b"fallthrough",
    b"for",
    b"func",
    b"go",
    b"goto",
    b"if",
    b"import",
    b"interface",
    b"map",
    b"package",
    b"range",
    b"return",
    b"select",
    b"struct",
    b"switch",
    b"type",
    b"var",
];

/// Keywords after which the end of a line ends the statement.
const ENDING_KEYWORDS: [&[u8]; 4] = [b"break", b"continue", b"fallthrough", b"return"];

/// Operators and punctuation, longer ones before those that they begin with.
const SIGNS: [&[u8]; 47] = [
    b"<<=", b">>=", b"&^=", b"...", b"<<", b">>", b"&^", b"+=", b"-=", b"*=", b"/=", b"%=", b"&=",
    b"|=", b"^=", b"&&", b"||", b"<-", b"++", b"--", b"==", b"!=", b"<=", b">=", b":=", b"+", b"-",
    b"*", b"/", b"%", b"&", b"|", b"^", b"<", b">", b"=", b"!", b"~", b"(", b")", b"[", b"]", b"{",
    b"}", b",", b".", b":",
];

/// Signs after which the end of a line ends the statement.
const ENDING_SIGNS: [&[u8]; 5] = [b")", b"]", b"}", b"++", b"--"];

/// The mark that may stand before the first byte of a file and counts for nothing there.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The tokens and comments of a file.
pub(super) fn scan(text: &[u8]) -> Result<Tokens, Fault> {
    if let Err(error) = std::str::from_utf8(text) {
        return Err(Fault::at(text, error.valid_up_to(), FaultReason::NotUtf8));
    }
    let mut scanner = Scanner {
        text,
        at: 0,
        line_may_end: false,
        found: Tokens {
            tokens: Vec::with_capacity(text.len() / 4),
            comments: Vec::new(),
        },
    };
    if text.starts_with(BYTE_ORDER_MARK) {
        scanner.at = BYTE_ORDER_MARK.len();
    }
    scanner.run()?;
    Ok(scanner.found)
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether the end of a line here is a semicolon.
    line_may_end: bool,
    found: Tokens,
}

impl Scanner<'_> {
    fn run(&mut self) -> Result<(), Fault> {
        while let Some(&byte) = self.text.get(self.at) {
            let rest = &self.text[self.at..];
            match byte {
                b'\n' => {
                    self.end_line(self.at);
                    self.at += 1;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'/' if rest.starts_with(b"//") => {
                    let length = position_of(rest, b"\n").unwrap_or(rest.len());
                    self.comment(length);
                }
                b'/' if rest.starts_with(b"/*") => {
                    let Some(length) = position_of(&rest[2..], b"*/").map(|found| found + 4) else {
                        return Err(self.fault(FaultReason::Unterminated));
                    };
                    // A comment over several lines counts as the end of a line.
                    if rest[..length].contains(&b'\n') {
                        self.end_line(self.at);
                    }
                    self.comment(length);
                }
                b';' => {
                    self.push(TokenKind::Semicolon, 1, false);
                }
                b'"' | b'\'' => {
                    let length = self.quoted(byte)?;
                    let kind = if byte == b'"' {
                        TokenKind::Text
                    } else {
                        TokenKind::Number
                    };
                    self.push(kind, length, true);
                }
                b'`' => {
                    let Some(length) = position_of(&rest[1..], b"`").map(|found| found + 2) else {
                        return Err(self.fault(FaultReason::Unterminated));
                    };
                    self.push(TokenKind::Text, length, true);
                }
                b'0'..=b'9' => self.number(),
                b'.' if rest.get(1).is_some_and(u8::is_ascii_digit) => self.number(),
                _ if is_name_byte(byte) => self.name(),
                _ => {
                    let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(sign)) else {
                        return Err(self.fault(FaultReason::Character));
                    };
                    self.push(TokenKind::Sign, sign.len(), ENDING_SIGNS.contains(sign));
                }
            }
        }
        self.end_line(self.text.len());
        Ok(())
    }

    fn fault(&self, reason: FaultReason) -> Fault {
        Fault::at(self.text, self.at, reason)
    }

    fn push(&mut self, kind: TokenKind, length: usize, line_may_end: bool) {
        let start = self.at;
        self.at += length;
        self.line_may_end = line_may_end;
        self.found.tokens.push(Token {
            kind,
            start,
            end: self.at,
        });
    }

    fn end_line(&mut self, at: usize) {
        if self.line_may_end {
            self.line_may_end = false;
            self.found.tokens.push(Token {
                kind: TokenKind::Semicolon,
                start: at,
                end: at,
            });
        }
    }

    fn comment(&mut self, length: usize) {
        self.found.comments.push((self.at, self.at + length));
        self.at += length;
    }

    /// How many bytes a string in double quotes or a rune takes.
    fn quoted(&self, quote: u8) -> Result<usize, Fault> {
        let mut at = self.at + 1;
        loop {
            match self.text.get(at) {
                None | Some(b'\n') => return Err(self.fault(FaultReason::Unterminated)),
                Some(b'\\') => at += 2,
                Some(&byte) if byte == quote => return Ok(at + 1 - self.at),
                Some(_) => at += 1,
            }
        }
    }

    fn name(&mut self) {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .position(|&byte| !is_name_byte(byte))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        if KEYWORDS.contains(&word) {
            self.push(TokenKind::Keyword, length, ENDING_KEYWORDS.contains(&word));
        } else {
            self.push(TokenKind::Name, length, true);
        }
    }

    fn number(&mut self) {
        let byte = |at: usize| self.text.get(at).copied().unwrap_or(0);
        let digits = |mut at: usize, hexadecimal: bool| {
            while byte(at) == b'_'
                || byte(at).is_ascii_digit()
                || hexadecimal && byte(at).is_ascii_hexdigit()
            {
                at += 1;
            }
            at
        };
        let mut at = self.at;
        let mut hexadecimal = false;
        if byte(at) != b'.' {
            if byte(at) == b'0' {
                hexadecimal = matches!(byte(at + 1), b'x' | b'X');
                if matches!(byte(at + 1), b'x' | b'X' | b'o' | b'O' | b'b' | b'B') {
                    at += 2;
                }
            }
            at = digits(at, hexadecimal);
        }
        if byte(at) == b'.' {
            at = digits(at + 1, hexadecimal);
        }
        if matches!(byte(at), b'e' | b'E' | b'p' | b'P') {
            at += 1;
            if matches!(byte(at), b'+' | b'-') {
                at += 1;
            }
            at = digits(at, false);
        }
        if byte(at) == b'i' {
            at += 1;
        }
        self.push(TokenKind::Number, at - self.at, true);
    }
}

/// Whether a byte is part of a name. Outside of strings and comments the compiler accepts no character beyond ASCII
/// but letters and digits, so that there is no need to know which is which.
fn is_name_byte(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn position_of(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|here| here == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let found = scan(text.as_bytes()).expect("scans");
        let words: Vec<&str> = found
            .tokens
            .iter()
            .map(|token| match token.kind {
                TokenKind::Semicolon if token.start == token.end => "¶",
                _ => &text[token.start..token.end],
            })
            .collect();
        words.join(" ")
    }

    #[test]
    fn lines_end_where_go_ends_them() {
        assert_eq!(words("a\n+b"), "a ¶ + b ¶");
        assert_eq!(words("os.\nExit(\n1)\n\n"), "os . Exit ( 1 ) ¶");
        assert_eq!(words("a /* x\n */ b"), "a ¶ b ¶");
        assert_eq!(words("a /* x */ b // c\n"), "a b ¶");
        assert_eq!(words("return // c\n}"), "return ¶ } ¶");
        assert_eq!(words("x++\ny--\n"), "x ++ ¶ y -- ¶");
        assert_eq!(words("if x {\n}"), "if x { } ¶");
        assert_eq!(words("a;\r\nb\r\n"), "a ; b ¶");
        assert_eq!(words("\u{feff}a"), "a ¶");
    }

    #[test]
    fn literals_end_where_go_ends_them() {
        assert_eq!(
            words(r#"'"' "'" '\'' "\"" "\\" `\`"#),
            r#"'"' "'" '\'' "\"" "\\" `\` ¶"#
        );
        assert_eq!(words("\"//\" `/*\n` x"), "\"//\" `/*\n` x ¶");
        assert_eq!(
            words("0x1p-2 1e+5 0b1_0 08i .5 1. 0xe+1 1..2 a.b 1_000"),
            "0x1p-2 1e+5 0b1_0 08i .5 1. 0xe + 1 1. .2 a . b 1_000 ¶"
        );
        assert_eq!(
            words("x &^= y &^ z <-c ... ~a"),
            "x &^= y &^ z <- c ... ~ a ¶"
        );
        assert_eq!(words("größe := 世界"), "größe := 世界 ¶");
    }

    #[test]
    fn what_no_go_file_holds_is_a_fault() {
        for (text, reason) in [
            (&b"a /* b"[..], FaultReason::Unterminated),
            (b"`a", FaultReason::Unterminated),
            (b"\"a\n\"", FaultReason::Unterminated),
            (b"'a", FaultReason::Unterminated),
            (b"\"\\", FaultReason::Unterminated),
            (b"a # b", FaultReason::Character),
            (b"a\0", FaultReason::Character),
            (b"a\xff", FaultReason::NotUtf8),
        ] {
            assert_eq!(scan(text).err().map(|fault| fault.reason), Some(reason));
        }
    }
}
