//! The lines around a place in a file of the submission.

use crate::model::{Excerpt, FileSet, Place};

/// The longest source line, in bytes, that an excerpt shows.
const LONGEST_LINE: usize = 1_000;

/// The lines around a place; nothing where it isn't in these files.
pub fn excerpt(files: &FileSet, place: &Place) -> Option<Excerpt> {
    let lines: Vec<&[u8]> = files
        .get(&place.file)?
        .bytes
        .split(|&byte| byte == b'\n')
        .collect();
    excerpt_of_lines(&lines, place.line)
}

/// A line with the ones before and behind it; nothing where one of them is too long to be shown.
pub fn excerpt_of_lines(lines: &[&[u8]], line: u32) -> Option<Excerpt> {
    let first_line = line.saturating_sub(1).max(1);
    let first = usize::try_from(first_line - 1).ok()?;
    let after_last = usize::try_from(line).ok()?.checked_add(1)?;
    // The line after the last end of line is none.
    let count = lines.len() - usize::from(lines.len() > 1 && lines.last() == Some(&&b""[..]));
    let shown = lines.get(first..after_last.min(count))?;
    shown
        .iter()
        .all(|line| line.len() <= LONGEST_LINE)
        .then(|| Excerpt {
            first_line,
            lines: shown
                .iter()
                .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect(),
        })
}
