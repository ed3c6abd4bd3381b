//! What a candidate wrote, made harmless to print.
//!
//! Terminal libraries strip sequences too, but let C1 controls pass where they come as UTF-8, swallow everything behind a
//! sequence that never ends, and know nothing of characters that reorder or hide text; so this is done here, in one pass.

use std::borrow::Cow;
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

use unicode_width::UnicodeWidthChar;

use super::layout::boundary;

/// How many marks without a width of their own may follow one another: more of them paint over the neighbouring lines.
const MARKS: usize = 8;

/// What bytes say, as text: invalid UTF-8 becomes `�`, the rest goes through [`sanitise`].
pub fn sanitise_bytes(bytes: &[u8]) -> String {
    sanitise(&String::from_utf8_lossy(bytes))
}

/// Removes escape sequences and makes all that is invisible or acts on a terminal visible.
///
/// Newlines and tabs stay, `\r\n` becomes a newline. Other control characters appear as `^M`, characters that reorder
/// text or take no room as `<U+202E>`. The result has no control character but newline and tab.
pub fn sanitise(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut marks = 0;
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{80}'..='\u{9f}' => skip_c1(c, &mut chars),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\t' => clean.push(c),
            _ => push_visible(&mut clean, c, chars.peek().copied(), &mut marks),
        }
    }
    clean
}

/// The same for what stands within a line, such as a name: newlines and tabs become visible as well.
pub fn sanitise_line(text: &str) -> String {
    let clean = sanitise(text);
    if !clean.contains(['\n', '\t']) {
        return clean;
    }
    clean.replace('\n', "^J").replace('\t', "^I")
}

/// Makes everything visible and removes nothing, escape sequences included: for texts that are compared.
///
/// Newlines and tabs stay.
pub fn reveal(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut marks = 0;
    while let Some(c) = chars.next() {
        match c {
            '\n' | '\t' => clean.push(c),
            _ => push_visible(&mut clean, c, chars.peek().copied(), &mut marks),
        }
    }
    clean
}

fn push_visible(clean: &mut String, c: char, next: Option<char>, marks: &mut usize) {
    let takes_no_room = c.width() == Some(0);
    *marks = if takes_no_room { *marks + 1 } else { 0 };
    if *marks > MARKS {
        if *marks == MARKS + 1 {
            clean.push(char::REPLACEMENT_CHARACTER);
        }
        return;
    }
    match c {
        '\0'..='\u{1f}' => clean.extend(['^', char::from(c as u8 + 0x40)]),
        '\u{7f}' => clean.push_str("^?"),
        // These make one emoji out of several characters; anywhere else they only hide.
        '\u{200d}' if is_pictograph(clean.chars().next_back()) && is_pictograph(next) => {
            clean.push(c);
        }
        '\u{fe0e}' | '\u{fe0f}'
            if clean
                .chars()
                .next_back()
                .is_some_and(|c| !c.is_ascii_alphabetic()) =>
        {
            clean.push(c);
        }
        _ if hides_or_reorders(c) => {
            let _ = write!(clean, "<U+{:04X}>", c as u32);
        }
        _ => clean.push(c),
    }
}

/// Characters that no terminal shows, or that change the order in which it shows others.
fn hides_or_reorders(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'                                         // C1 controls
        | '\u{061c}' | '\u{200e}' | '\u{200f}'                      // marks of direction
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'         // embeddings, overrides, isolates
        | '\u{00ad}' | '\u{034f}' | '\u{180b}'..='\u{180f}'         // soft hyphen, joiners and selectors
        | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{feff}' // no width
        | '\u{2028}' | '\u{2029}'                                   // line ends that aren't newlines
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' // letters that look like blanks
        | '\u{fe00}'..='\u{fe0f}' | '\u{fff0}'..='\u{fffb}'         // variation selectors, annotations
        | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}'         // not characters
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')     // musical formatting, tags
        || (c as u32) & 0xfffe == 0xfffe
}

fn is_pictograph(c: Option<char>) -> bool {
    matches!(
        c,
        Some('\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}' | '\u{fe0f}')
    )
}

/// Skips what follows ESC. Whatever isn't a sequence stays in the text, without its ESC.
fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            chars.next();
            skip_string(chars);
        }
        Some(' '..='/') => {
            while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
            chars.next_if(|c| matches!(c, '0'..='~'));
        }
        Some('0'..='~') => {
            chars.next();
        }
        Some(_) | None => {}
    }
}

/// Skips what follows an 8-bit control character.
fn skip_c1(control: char, chars: &mut Peekable<Chars<'_>>) {
    match control {
        '\u{9b}' => skip_control_sequence(chars),
        '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(chars),
        _ => {}
    }
}

/// Parameters, intermediates and a final character: `31m`.
fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|c| matches!(c, '0'..='?')).is_some() {}
    while chars.next_if(|c| matches!(c, ' '..='/')).is_some() {}
    chars.next_if(|c| matches!(c, '@'..='~'));
}

/// A title, a hyperlink and the like, up to what ends it. One that nothing ends on its line is no string: its text stays,
/// so that it can't hide what comes after.
fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    let mut ahead = chars.clone();
    while let Some(c) = ahead.next() {
        match c {
            '\u{07}' | '\u{9c}' => {
                *chars = ahead;
                return;
            }
            '\u{1b}' if ahead.peek() == Some(&'\\') => {
                ahead.next();
                *chars = ahead;
                return;
            }
            // All of these start or end something else. Looking no further keeps the whole linear.
            '\n' | '\u{18}' | '\u{1a}' | '\u{1b}' | '\u{80}'..='\u{9f}' => return,
            _ => {}
        }
    }
}

/// Which part of a text that is too long stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Its start.
    Start,
    /// Its start and its end.
    Ends,
}

/// Cuts a text that is longer than `limit` bytes and says how much is gone.
///
/// The note comes on top of the limit.
pub fn cut(text: &str, limit: usize, keep: Keep) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let (head, tail) = match keep {
        Keep::Start => (limit, text.len()),
        Keep::Ends => (limit / 2, text.len() - limit / 2),
    };
    let head = boundary(text, head);
    let tail = boundary(text, tail);
    let note = format!("[{} left out]", super::plural(tail - head, "byte"));
    Cow::Owned(match keep {
        Keep::Start => format!("{}\n{note}", &text[..head]),
        Keep::Ends => format!("{}\n{note}\n{}", &text[..head], &text[tail..]),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequences_go_and_text_stays() {
        let table = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[?25l\u{1b}[2Jgone", "gone"),
            ("\u{1b}[1;2 qshape", "shape"),
            ("\u{9b}31mred", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            (
                "\u{1b}]8;;http://x.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\",
                "link",
            ),
            ("\u{9d}0;title\u{9c}text", "text"),
            ("\u{1b}Pq#0\u{1b}\\sixel", "sixel"),
            ("\u{1b}_app\u{9c}text", "text"),
            ("\u{1b}(Bset \u{1b}creset \u{1b}7", "set reset "),
            ("end\u{1b}", "end"),
            ("\u{1b}\u{1b}[31m[0m", "[0m"),
            ("\u{1b}é", "é"),
            ("\u{1b}]never ends\nnext", "never ends\nnext"),
            ("\u{1b}[12\nnext", "\nnext"),
        ];
        for (text, clean) in table {
            assert_eq!(sanitise(text), clean, "{text:?}");
        }
    }

    #[test]
    fn what_hides_is_shown() {
        let table = [
            ("a\r\nb", "a\nb"),
            ("wrong\rright", "wrong^Mright"),
            ("wrong\u{8}\u{8}ok", "wrong^H^Hok"),
            ("nul\0bell\u{7}del\u{7f}", "nul^@bell^Gdel^?"),
            ("a\u{202e}b\u{2069}", "a<U+202E>b<U+2069>"),
            ("pass\u{200b}word\u{feff}", "pass<U+200B>word<U+FEFF>"),
            ("x\u{e0041}\u{fffe}", "x<U+E0041><U+FFFE>"),
            ("tab\tstays", "tab\tstays"),
            ("汉字 é e\u{301} ❤\u{fe0f}", "汉字 é e\u{301} ❤\u{fe0f}"),
            ("👩\u{200d}👩\u{200d}👧", "👩\u{200d}👩\u{200d}👧"),
            ("a\u{200d}b", "a<U+200D>b"),
        ];
        for (text, clean) in table {
            assert_eq!(sanitise(text), clean, "{text:?}");
        }
        assert_eq!(sanitise_line("a\nb\tc"), "a^Jb^Ic");
        assert_eq!(sanitise_bytes(b"a\xffb\x9b31m"), "a\u{fffd}b\u{fffd}31m");
        assert_eq!(reveal("\u{1b}[31mred\r\n"), "^[[31mred^M\n");
    }

    #[test]
    fn piled_up_marks_are_cut() {
        let clean = sanitise(&format!("a{}b", "\u{301}".repeat(1000)));
        assert_eq!(clean.chars().count(), 1 + MARKS + 1 + 1);
    }

    #[test]
    fn long_texts_are_cut_with_a_note() {
        assert_eq!(cut("short", 5, Keep::Start), "short");
        assert_eq!(cut("abcdefgh", 4, Keep::Start), "abcd\n[4 bytes left out]");
        assert_eq!(cut("abcdefgh", 4, Keep::Ends), "ab\n[4 bytes left out]\ngh");
        assert_eq!(cut("ééé", 3, Keep::Start), "é\n[4 bytes left out]");
    }

    #[test]
    fn a_megabyte_of_openings_takes_no_time() {
        let hostile = "\u{1b}]".repeat(500_000) + &"\u{9d}x".repeat(100_000);
        assert_eq!(sanitise(&hostile).len(), 100_000);
    }

    proptest! {
        #[test]
        fn nothing_acts_on_a_terminal(text in "(\\PC|[\\x00-\\x1f\\x7f-\\x9f\\]\\[P;m\u{202e}\u{200b}])*") {
            for clean in [sanitise(&text), reveal(&text)] {
                prop_assert!(
                    clean.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()),
                    "{:?}", clean
                );
            }
            prop_assert!(!sanitise_line(&text).contains(char::is_control));
        }

        #[test]
        fn any_bytes_will_do(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = sanitise_bytes(&bytes);
        }
    }
}
