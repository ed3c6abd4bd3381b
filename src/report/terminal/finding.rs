//! A finding: what it is, its places in the source, what to do about it, and its evidence where nothing better is known.

use std::collections::BTreeMap;

use super::page::{BAD, PLAIN, Page, QUIET, STRONG, sign_of};
use crate::model::{Finding, FindingKind, Outcome, Place};
use crate::text::{self, sanitise_line};

/// How many lines of a stack are shown.
const STACK: usize = 14;

/// What a report has shown already.
#[derive(Default)]
pub(super) struct Shown<'a> {
    findings: Vec<(&'a Finding, &'a str)>,
    words: Vec<&'a str>,
}

impl<'a> Shown<'a> {
    /// The check under which a finding of the same kind and places was shown before; none if `check` is the first.
    pub(super) fn first_under(&mut self, finding: &'a Finding, check: &'a str) -> Option<&'a str> {
        finding.place.as_ref()?;
        let known = self
            .findings
            .iter()
            .find(|(known, _)| known.kind == finding.kind && places(known).eq(places(finding)))
            .map(|(_, check)| *check);
        if known.is_none() {
            self.findings.push((finding, check));
        }
        known
    }

    /// Whether help, or the name of an explanation, is given for the first time.
    fn is_new(&mut self, words: &'a str) -> bool {
        let is_new = !self.words.contains(&words);
        if is_new {
            self.words.push(words);
        }
        is_new
    }
}

fn places(finding: &Finding) -> impl Iterator<Item = &Place> {
    let others = finding.related.iter().map(|related| &related.place);
    finding.place.iter().chain(others)
}

/// A finding with its places in the source and what to do about it. What `known` says already isn't said again.
///
/// Its evidence is shown only where nobody has told what it means.
pub(super) fn in_full<'a>(
    page: &mut Page,
    indent: usize,
    finding: &'a Finding,
    known: &str,
    shown: &mut Shown<'a>,
) {
    page.words(indent, STRONG, &title(finding, known));
    let room = page.width().saturating_sub(indent);
    if let Some(frame) = text::frame(finding, room, page.is_unicode()) {
        page.drawing(indent, &frame);
    }
    for (place, label) in text::places_without_source(finding) {
        page.words(indent, PLAIN, &format!("{}: {label}", place_words(place)));
    }
    let blanks = || (PLAIN, " ".repeat(indent));
    if let Some(help) = finding.help.as_ref().map(|help| help.trim())
        && shown.is_new(help)
    {
        page.words_after(&[blanks(), (QUIET, "help: ".to_owned())], PLAIN, help);
    }
    if let Some(name) = &finding.explanation
        && shown.is_new(name)
    {
        let words = format!("gavel explain {}", sanitise_line(name));
        page.words_after(&[blanks(), (QUIET, "more: ".to_owned())], QUIET, &words);
    }
    if finding.label.is_none()
        && let Some(detail) = &finding.detail
    {
        let message = finding.message.trim();
        let is_said = |line: &str| !message.is_empty() && line.trim_end().ends_with(message);
        stack(page, indent, detail, is_said);
    }
}

/// Findings in their order, but what breaks a rule of style for the first time before what breaks it once more: few are shown,
/// and one of each says most.
pub(super) fn first_of_each_rule<'a>(findings: &[&'a Finding]) -> Vec<&'a Finding> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut numbered: Vec<(usize, &Finding)> = findings
        .iter()
        .map(|finding| {
            let rule = finding.explanation.as_deref();
            let rule = rule.filter(|_| finding.kind == FindingKind::Style);
            let times = rule.map_or(0, |rule| {
                let times = seen.entry(rule).or_default();
                *times += 1;
                *times - 1
            });
            (times, *finding)
        })
        .collect();
    numbered.sort_by_key(|(times, _)| *times);
    numbered.into_iter().map(|(_, finding)| finding).collect()
}

/// One line on a finding, for a batch.
pub(super) fn in_short(page: &mut Page, finding: &Finding) {
    let (sign, _) = sign_of(Outcome::Failed, page.is_unicode());
    page.words_after(
        &[(PLAIN, "  ".to_owned()), (BAD, format!("{sign} "))],
        PLAIN,
        &title(finding, ""),
    );
}

/// What a finding is, where, and its message unless `known` says it.
pub(super) fn title(finding: &Finding, known: &str) -> String {
    let message = finding.message.trim();
    let place = finding.place.as_ref().map(place_words);
    let kind = match finding.kind {
        FindingKind::Compile
        | FindingKind::Policy
        | FindingKind::Vet
        | FindingKind::Format
        | FindingKind::Style => {
            return match place {
                Some(place) => format!("{place}: {message}"),
                None => message.to_owned(),
            };
        }
        FindingKind::Race => "Data race",
        FindingKind::Leak => "Leak",
        FindingKind::Panic => "Panic",
        FindingKind::Hang => "Hang",
        FindingKind::Tamper => "Tampering",
    };
    let at = place
        .map(|place| format!(" at {place}"))
        .unwrap_or_default();
    if message.eq_ignore_ascii_case(kind) || known.contains(message) {
        format!("{kind}{at}")
    } else {
        format!("{kind}{at}: {message}")
    }
}

/// `pool.go:12:5`
pub(super) fn place_words(place: &Place) -> String {
    sanitise_line(&place.to_string())
}

/// The start of a stack or a dump, without its first line where that is said already.
fn stack(page: &mut Page, indent: usize, detail: &str, is_said: impl Fn(&str) -> bool) {
    let mut lines: Vec<&str> = detail
        .lines()
        .filter(|line| !line.trim_matches(['=', ' ']).is_empty())
        .collect();
    if lines.first().is_some_and(|first| is_said(first)) {
        lines.remove(0);
    }
    let shown = if lines.len() > STACK + 1 {
        STACK
    } else {
        lines.len()
    };
    for line in &lines[..shown] {
        page.line_of_stack(indent + 2, QUIET, line);
    }
    page.note_left_out(indent + 2, lines.len() - shown, "line");
}
