//! Reads the transcripts that checks of type `http` name.

use crate::manifest::{HttpEntry, Problem, read_transcript};
use crate::model::HttpCheck;

/// A check with the transcript whose text is given. What is wrong with the transcript is told once, whoever names it.
pub(super) fn check(
    entry: &HttpEntry,
    text: &[u8],
    problems: &mut Vec<Problem>,
) -> Option<HttpCheck> {
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
    Some(HttpCheck {
        package: entry.package.clone(),
        args: entry.args.clone(),
        env: entry.env.clone().into_iter().collect(),
        start: entry.start,
        leaks: entry.leaks,
        transcript: transcript.ok()?,
    })
}
