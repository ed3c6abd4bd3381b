//! Code frames: the line that a finding is about, with what stands around it.

use annotate_snippets::renderer::{DecorStyle, Style};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::layout::{boundary, clip, expand_tabs, width as columns};
use super::sanitise::sanitise_line;
use crate::model::Finding;

/// Draws the source around a finding's place, with ANSI styles, or nothing where the finding has no excerpt of it.
///
/// Lines are cut to `width` columns so that the place stays in sight; the drawing is ASCII unless `unicode`.
pub fn frame(finding: &Finding, width: usize, unicode: bool) -> Option<String> {
    let place = finding.place.as_ref()?;
    let excerpt = finding.excerpt.as_ref()?;
    let at = usize::try_from(place.line.checked_sub(excerpt.first_line)?).ok()?;
    let named = excerpt.lines.get(at)?;
    let ellipsis = if unicode { "…" } else { "..." };
    let last_line = excerpt.first_line as usize + excerpt.lines.len();
    // The drawing puts the number, a blank, a bar and a blank before each line.
    let room = width
        .saturating_sub(last_line.to_string().len() + 4)
        .max(12);

    let indent = common_indent(&excerpt.lines);
    let named = named.get(indent..).unwrap_or_default();
    let column = place
        .column
        .and_then(|column| (column as usize).checked_sub(indent));
    let (named, span) = named_line(named, column, room, ellipsis);
    let mut source = String::new();
    let mut start = 0;
    for (number, line) in excerpt.lines.iter().enumerate() {
        if number > 0 {
            source.push('\n');
        }
        if number == at {
            start = source.len();
            source.push_str(&named);
        } else {
            let line = line.get(indent..).unwrap_or_default();
            source.push_str(&clip(&clean(line), room, ellipsis));
        }
    }
    let level = if finding.kind.is_advice() {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let snippet = Snippet::source(source)
        .line_start(excerpt.first_line as usize)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(start + span.start..start + span.end));
    let drawing = Renderer::styled()
        .line_num(Style::new().dimmed())
        .decor_style(if unicode {
            DecorStyle::Unicode
        } else {
            DecorStyle::Ascii
        })
        .term_width(width.max(room + 8))
        .render(&[Group::with_level(level).element(snippet)]);
    // The first and the last line only open and close the drawing; whoever shows it has named the place already.
    let lines: Vec<&str> = drawing.lines().collect();
    let inner = lines.get(1..lines.len().saturating_sub(1))?;
    Some(inner.join("\n"))
}

/// How many tabs all lines start with, but empty ones: deep indentation leaves no room for the code.
fn common_indent(lines: &[String]) -> usize {
    lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.bytes().take_while(|byte| *byte == b'\t').count())
        .min()
        .unwrap_or(0)
}

fn clean(line: &str) -> String {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let tabs_kept: Vec<String> = line.split('\t').map(sanitise_line).collect();
    expand_tabs(&tabs_kept.join("\t"))
}

/// The line that is pointed at, cut to fit, and the bytes of it to underline: the word at the column, or all of it.
fn named_line(
    line: &str,
    column: Option<usize>,
    room: usize,
    ellipsis: &str,
) -> (String, std::ops::Range<usize>) {
    let whole = clean(line);
    let Some(column) = column.filter(|column| (1..=line.len()).contains(column)) else {
        let clipped = clip(&whole, room, ellipsis);
        let start = clipped.len() - clipped.trim_start().len();
        let end = clipped.trim_end().len();
        return (clipped, start..end.max(start));
    };
    let before = boundary(line, column - 1);
    let start = boundary(&whole, clean(&line[..before]).len());
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = &whole[start..];
    let end = match rest.find(|c| !word(c)) {
        Some(0) => start + rest.chars().next().map_or(0, char::len_utf8),
        Some(length) => start + length,
        None => whole.len(),
    };
    let lead = columns(&whole[..start]);
    if columns(&whole) <= room || lead < room * 2 / 3 {
        let clipped = clip(&whole, room, ellipsis);
        let end = end.min(clipped.len());
        return (clipped.clone(), start.min(end)..end);
    }
    // The place lies beyond the edge: what leads up to it gives way.
    let kept = room / 3;
    let mut from = start;
    for (at, _) in whole[..start].char_indices().rev() {
        if columns(&whole[at..start]) > kept {
            break;
        }
        from = at;
    }
    let shifted = clip(&format!("{ellipsis}{}", &whole[from..]), room, ellipsis);
    let moved = |at: usize| (at - from + ellipsis.len()).min(shifted.len());
    let span = moved(start)..moved(end);
    (shifted, span)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::{Excerpt, FindingKind, Place};

    fn finding(kind: FindingKind, lines: &[&str], line: u32, column: Option<u32>) -> Finding {
        Finding {
            place: Some(Place {
                file: "pool.go".into(),
                line,
                column,
            }),
            excerpt: Some(Excerpt {
                first_line: 9,
                lines: lines.iter().map(|line| (*line).to_owned()).collect(),
            }),
            ..Finding::new(kind, "undefined: y")
        }
    }

    fn drawn(finding: &Finding, width: usize, unicode: bool) -> String {
        let drawing = frame(finding, width, unicode).unwrap();
        anstream::adapter::strip_str(&drawing).to_string()
    }

    #[test]
    fn the_word_at_the_column_is_underlined() {
        let lines = ["func f() {", "\tx := yes", "}"];
        let finding = finding(FindingKind::Compile, &lines, 10, Some(7));
        insta::assert_snapshot!(drawn(&finding, 80, true));
        insta::assert_snapshot!(drawn(&finding, 80, false));
    }

    #[test]
    fn without_a_column_the_line_is_underlined() {
        let lines = ["\t\twg.Wait() \u{1b}[31m", "\t}"];
        insta::assert_snapshot!(drawn(
            &finding(FindingKind::Race, &lines, 9, None),
            80,
            true
        ));
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let line = format!("\t{}", "汉字 := call(a, b) ".repeat(20));
        let lines = [line.as_str(), "}"];
        insta::assert_snapshot!(drawn(
            &finding(FindingKind::Vet, &lines, 9, Some(200)),
            40,
            true
        ));
    }

    #[test]
    fn a_place_outside_the_excerpt_has_no_frame() {
        assert!(frame(&finding(FindingKind::Vet, &["x"], 8, None), 80, true).is_none());
        assert!(frame(&finding(FindingKind::Vet, &["x"], 10, None), 80, true).is_none());
    }

    proptest! {
        #[test]
        fn any_source_will_do(
            lines in prop::collection::vec("[a\t\u{3000} \u{1b}\u{202e}\u{301}é汉👩\u{200d}\r\u{9b}m]{0,40}", 1..4),
            line in 9u32..12,
            column in prop::option::of(0u32..100),
            width in 1usize..60,
        ) {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let _ = frame(&finding(FindingKind::Panic, &lines, line, column), width, width % 2 == 0);
        }
    }
}
