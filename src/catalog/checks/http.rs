//! Reads the transcripts that checks of type `http` name.

use super::Side;
use super::programs::Finder;
use crate::catalog::assemble::Parts;
use crate::manifest::{HttpEntry, Problem, read_transcript};
use crate::model::HttpCheck;

/// A check with its transcript, and the side on which that lies. What is wrong with a transcript is told once, whoever names
/// it.
pub(super) fn check(
    entry: &HttpEntry,
    parts: &Parts,
    problems: &mut Vec<Problem>,
    index: usize,
) -> Option<(Side, HttpCheck)> {
    let mut finder = Finder::new(parts, problems, index);
    let text = finder.file(&entry.transcript, "transcript")?;
    let side = finder.side?;
    let file = &entry.transcript.value;
    let transcript = match std::str::from_utf8(text) {
        Ok(text) => read_transcript(file, text),
        Err(_) => Err(vec![Problem::of_file(file, "is not UTF-8 text")]),
    };
    let transcript = transcript.map_err(|found| {
        for problem in found {
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    });
    let check = HttpCheck {
        package: entry.package.clone(),
        args: entry.args.clone(),
        env: entry.env.clone(),
        start: entry.start,
        leaks: entry.leaks,
        transcript: transcript.ok()?,
    };
    Some((side, check))
}
