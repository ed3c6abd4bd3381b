//! Calls on a stack, as Go's runtime and its race detector print them: two lines each, the function and the place.

/// One call on a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// As the runtime spells it, without arguments: `workerpool.(*Pool).run.func1`. Escapes (`%2e`) are undone. A goroutine
    /// dump shortens type arguments to `[...]`, the race detector spells them out.
    pub function: String,
    /// For each of its parameters, a receiver first, the first word of what was passed; nothing where the runtime doesn't
    /// vouch for that (`0xc000012345?`) or can't print it. Empty where the call was inlined, and in reports of the race
    /// detector.
    pub arguments: Vec<Option<u64>>,
    /// As printed; with `-trimpath` `workerpool/pool.go`, for the standard library `sync/mutex.go`.
    pub file: String,
    /// The line in the file, from 1; 0 where it isn't known.
    pub line: u32,
}

/// A function's name, and its arguments as [`Frame`] has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) function: String,
    pub(super) arguments: Vec<Option<u64>>,
}

impl Call {
    pub(super) fn at(self, (file, line): (String, u32)) -> Frame {
        Frame {
            function: self.function,
            arguments: self.arguments,
            file,
            line,
        }
    }
}

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// Whether its end was there; without it the text may have been cut in the middle of a number.
    pub(super) is_ended: bool,
}

pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.split_inclusive('\n').map(|line| {
        let ended = line.strip_suffix('\n');
        Line {
            text: ended.unwrap_or(line).trim_end_matches('\r'),
            is_ended: ended.is_some(),
        }
    })
}

/// The call in a line of a goroutine dump: `workerpool.(*Pool).run(0xc000012345, {0x1, 0x2?}, ...)`.
pub(super) fn call_with_arguments(line: &str) -> Option<Call> {
    let (function, arguments) = line.strip_suffix(')')?.rsplit_once('(')?;
    let is_of_words = arguments.is_empty() || arguments.split(", ").all(is_argument);
    if function.is_empty() || function.contains(char::is_whitespace) || !is_of_words {
        return None;
    }
    Some(Call {
        function: unescape(function),
        arguments: first_words(arguments),
    })
}

/// The first word of each value; the words of one with several stand in braces.
fn first_words(arguments: &str) -> Vec<Option<u64>> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    for argument in arguments
        .split(", ")
        .filter(|argument| !matches!(*argument, "" | "..."))
    {
        if depth == 0 {
            words.push(number(
                argument.trim_start_matches('{').trim_end_matches('}'),
            ));
        }
        depth += argument.matches('{').count();
        depth = depth.saturating_sub(argument.matches('}').count());
    }
    words
}

/// Whether the runtime prints arguments so: words, `_` for what can't be printed so, `...` for what is left out, and braces
/// around those of one value.
fn is_argument(argument: &str) -> bool {
    let inner = argument.trim_start_matches('{').trim_end_matches('}');
    matches!(inner, "" | "_" | "...") || word(inner).is_some()
}

/// `0xc000012345`, or `0xc000012345?` where it may be stale.
fn word(argument: &str) -> Option<u64> {
    number(argument.strip_suffix('?').unwrap_or(argument))
}

/// `0xc000012345`
pub(super) fn number(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    // A sign is a number to the standard library.
    if digits.starts_with('+') {
        return None;
    }
    u64::from_str_radix(digits, 16).ok()
}

/// The call in a line of a race report, without its indentation: `workerpool.(*Box[go.shape.int]).Set()`.
pub(super) fn call_without_arguments(line: &str) -> Option<Call> {
    let function = line.strip_suffix("()")?;
    (!function.is_empty()).then(|| Call {
        function: unescape(function),
        arguments: Vec::new(),
    })
}

/// The place of a call, without its indentation: `workerpool/pool.go:12 +0x1d`, where the runtime wants to say more
/// `workerpool/pool.go:12 +0x1d fp=0xc000012345 sp=0xc000012340 pc=0x4a4a4a`, and where the call was inlined
/// `workerpool/pool.go:12`.
pub(super) fn place(line: &str, is_ended: bool) -> Option<(String, u32)> {
    let cut = [" +0x", " fp=0x"]
        .iter()
        .filter_map(|mark| line.find(mark))
        .min();
    if cut.is_none() && !is_ended {
        return None;
    }
    let (file, digits) = line[..cut.unwrap_or(line.len())].rsplit_once(':')?;
    // A number in another spelling isn't the runtime's.
    let number: u32 = digits.parse().ok()?;
    (!file.is_empty() && number.to_string() == digits).then(|| (file.to_owned(), number))
}

/// Undoes the linker's escapes in the last element of a package's path: `gopkg.in/yaml%2ev3.Node`.
pub(super) fn unescape(name: &str) -> String {
    if !name.contains('%') {
        return name.to_owned();
    }
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if let (b'%', Some((byte, after))) = (first, escaped(after)) {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

/// The byte that two hexadecimal digits stand for, and what follows them.
fn escaped(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = bytes.split_at_checked(2)?;
    let value = |digit: u8| char::from(digit).to_digit(16);
    let byte = value(digits[0])? << 4 | value(digits[1])?;
    Some((u8::try_from(byte).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_from_words_like_them() {
        let call =
            |line: &str| call_with_arguments(line).map(|call| (call.function, call.arguments));
        assert_eq!(call("a.b()"), Some(("a.b".to_owned(), vec![])));
        assert_eq!(call("a.b(...)"), Some(("a.b".to_owned(), vec![])));
        assert_eq!(
            call("a.(*B).c(0x1?, 0xff, {{0x2, 0x3}, _}, 0x4)"),
            Some((
                "a.(*B).c".to_owned(),
                vec![None, Some(255), Some(2), Some(4)]
            ))
        );
        for line in [
            "f(x)",
            "done ()",
            "(0x1)",
            "a.b",
            "a.b(0x1",
            "a.b(0x1 0x2)",
            "f(+0x1)",
            "f(0x+1)",
        ] {
            assert_eq!(call(line), None, "{line}");
        }
    }

    #[test]
    fn places_are_told_from_words_like_them() {
        let place_of = |line: &str| place(line, true);
        let at = |file: &str, line| Some((file.to_owned(), line));
        assert_eq!(place_of("pool/pool.go:12 +0x1d"), at("pool/pool.go", 12));
        assert_eq!(place_of("a.go:12 +0x1d fp=0x1 sp=0x2"), at("a.go", 12));
        assert_eq!(place_of("a.go:12 fp=0x1 sp=0x2"), at("a.go", 12));
        assert_eq!(place_of("<autogenerated>:1"), at("<autogenerated>", 1));
        assert_eq!(place_of("-:0"), at("-", 0));
        for line in [
            ":12",
            "a.go",
            "a.go:",
            "a.go:012",
            "a.go:+1",
            "a.go:4294967296",
            "a.go:12 13",
        ] {
            assert_eq!(place_of(line), None, "{line}");
        }
        assert_eq!(place("a.go:12", false), None);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape("gopkg.in/yaml%2ev3.A"), "gopkg.in/yaml.v3.A");
        assert_eq!(unescape("a/%c3%a9.B"), "a/é.B");
        assert_eq!(unescape("a%ff.B%2"), "a%ff.B%2");
        assert_eq!(unescape("100%"), "100%");
    }
}
