//! What a Go string literal stands for.

/// The value of a string literal by Go's rules, or nothing where the literal is not a good one. Bytes that are no UTF-8
/// become the replacement character.
pub(super) fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return Some(raw.replace('\r', ""));
    }
    let mut rest = literal
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))?
        .chars();
    let mut value = Vec::new();
    while let Some(character) = rest.next() {
        if character != '\\' {
            push(&mut value, character);
            continue;
        }
        match rest.next()? {
            'a' => value.push(0x07),
            'b' => value.push(0x08),
            'f' => value.push(0x0c),
            'n' => value.push(b'\n'),
            'r' => value.push(b'\r'),
            't' => value.push(b'\t'),
            'v' => value.push(0x0b),
            '\\' => value.push(b'\\'),
            '"' => value.push(b'"'),
            'x' => value.push(u8::try_from(digits(&mut rest, 2, 16, 0)?).ok()?),
            'u' => push(&mut value, char::from_u32(digits(&mut rest, 4, 16, 0)?)?),
            'U' => push(&mut value, char::from_u32(digits(&mut rest, 8, 16, 0)?)?),
            first => {
                let first = first.to_digit(8)?;
                value.push(u8::try_from(digits(&mut rest, 2, 8, first)?).ok()?);
            }
        }
    }
    Some(String::from_utf8_lossy(&value).into_owned())
}

fn push(value: &mut Vec<u8>, character: char) {
    value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

fn digits(rest: &mut std::str::Chars<'_>, count: u32, base: u32, first: u32) -> Option<u32> {
    (0..count).try_fold(first, |value, _| {
        value
            .checked_mul(base)?
            .checked_add(rest.next()?.to_digit(base)?)
    })
}

#[cfg(test)]
mod tests {
    use super::unquote;

    #[test]
    fn every_spelling_of_a_path_is_read() {
        for literal in [
            r#""os/exec""#,
            "`os/exec`",
            "`os/\rexec`",
            r#""o\x73/exec""#,
            r#""\157s/exec""#,
            r#""\u006fs/\U00000065xec""#,
        ] {
            assert_eq!(unquote(literal).as_deref(), Some("os/exec"), "{literal}");
        }
        assert_eq!(
            unquote(r#""\a\b\f\n\r\t\v\\\"""#).as_deref(),
            Some("\x07\x08\x0c\n\r\t\x0b\\\"")
        );
    }

    #[test]
    fn bad_literals_have_no_value() {
        for literal in [
            r#""\q""#,
            r#""\x7""#,
            r#""\ud800""#,
            r#""\400""#,
            r#""\18""#,
            "\"",
            "os",
        ] {
            assert_eq!(unquote(literal), None, "{literal}");
        }
    }
}
