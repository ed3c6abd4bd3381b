//! The candidate's source, looked at when a stack leads there.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::gosource::{Act, ActKind, Body, bodies};
use crate::gotest::dump::Goroutine;
use crate::gotest::stack::Frame;
use crate::model::{FileSet, Finding, Place, Related};
use crate::text::excerpt;

/// Where the places of findings lie: the files of a submission, and the module that they belong to.
pub struct Ground<'a> {
    module: &'a str,
    files: &'a FileSet,
    bodies: BTreeMap<&'a str, OnceCell<Vec<Body>>>,
}

/// A place, and the words for what happens there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) label: String,
    pub(super) place: Place,
}

impl Spot {
    pub(super) fn new(label: impl Into<String>, place: Place) -> Self {
        Self {
            label: label.into(),
            place,
        }
    }
}

impl<'a> Ground<'a> {
    /// The files that were handed in, of the module with this path.
    pub fn new(module: &'a str, files: &'a FileSet) -> Self {
        Self {
            module,
            files,
            bodies: files
                .keys()
                .map(|file| (file.as_str(), OnceCell::new()))
                .collect(),
        }
    }

    /// Where a call stands, if that is in a file that was handed in.
    pub(super) fn place(&self, frame: &Frame) -> Option<Place> {
        let file = self.file_in_module(frame)?;
        self.files.contains_key(file).then(|| Place {
            file: file.to_owned(),
            line: frame.line,
            column: None,
        })
    }

    /// Where a call stands, if that is in the module: in the candidate's code or in a test.
    pub(super) fn place_in_module(&self, frame: &Frame) -> Option<Place> {
        Some(Place {
            file: self.file_in_module(frame)?.to_owned(),
            line: frame.line,
            column: None,
        })
    }

    fn file_in_module<'f>(&self, frame: &'f Frame) -> Option<&'f str> {
        let file = frame.file.strip_prefix(self.module)?.strip_prefix('/')?;
        (!file.ends_with(GENERATED)).then_some(file)
    }

    /// The first place of a stack in a file that was handed in, with the number of its frame.
    pub(super) fn first_place(&self, stack: &[Frame]) -> Option<(usize, Place)> {
        stack
            .iter()
            .enumerate()
            .find_map(|(number, frame)| Some((number, self.place(frame)?)))
    }

    /// The innermost body around a line.
    pub(super) fn body_at(&self, place: &Place) -> Option<&Body> {
        self.bodies_in(&place.file)
            .iter()
            .filter(|body| body.lines.contains(&place.line))
            .min_by_key(|body| body.lines.end() - body.lines.start())
    }

    /// What can't be read has nothing to say; whether it compiles is not asked here.
    fn bodies_in(&self, file: &str) -> &[Body] {
        let Some((cell, file)) = self.bodies.get(file).zip(self.files.get(file)) else {
            return &[];
        };
        cell.get_or_init(|| bodies(&file.bytes).unwrap_or_default())
    }

    /// What is done on a line.
    pub(super) fn acts_at(&self, place: &Place) -> impl Iterator<Item = &Act> {
        let line = place.line;
        self.body_at(place)
            .into_iter()
            .flat_map(|body| &body.acts)
            .filter(move |act| act.line == line)
    }

    /// What the first act of one of these kinds on a line is done to.
    pub(super) fn subject_at(&self, place: &Place, kinds: &[ActKind]) -> Option<&str> {
        self.acts_at(place)
            .find(|act| kinds.contains(&act.kind))
            .map(|act| act.subject.as_str())
    }

    /// Places near another where something of this kind is done to a subject with the same last name: in the same file if
    /// there are any, else in the same folder.
    pub(super) fn acts_near(&self, place: &Place, kind: ActKind, subject: &str) -> Vec<Place> {
        let folder = |file: &str| file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let is_wanted =
            |act: &Act| act.kind == kind && last_name(&act.subject) == last_name(subject);
        let here = self.acts_in([&place.file], is_wanted);
        if here.iter().any(|found| found != place) {
            return here;
        }
        let beside = self
            .files
            .keys()
            .filter(|file| folder(file) == folder(&place.file));
        self.acts_in(beside, is_wanted)
    }

    /// All places in the candidate's files where something of this kind is done.
    pub(super) fn all_acts(&self, kind: ActKind) -> Vec<Place> {
        self.acts_in(self.files.keys(), |act| act.kind == kind)
    }

    fn acts_in<'f>(
        &self,
        files: impl IntoIterator<Item = &'f String>,
        is_wanted: impl Fn(&Act) -> bool,
    ) -> Vec<Place> {
        let mut found = Vec::new();
        for file in files {
            for act in self.bodies_in(file).iter().flat_map(|body| &body.acts) {
                if is_wanted(act) {
                    found.push(Place {
                        file: file.clone(),
                        line: act.line,
                        column: None,
                    });
                }
            }
        }
        found
    }

    /// Where a goroutine was started, given its own stack, innermost call first, and the stack of its creation.
    ///
    /// `WaitGroup.Go` hides who called it, since package sync isn't built for the race detector: the source tells then.
    pub(super) fn start(&self, stack: &[Frame], creation: &[Frame]) -> Option<Place> {
        if let Some(place) = creation.first().and_then(|frame| self.place(frame)) {
            return Some(place);
        }
        let entry = stack.iter().rev().find_map(|frame| self.place(frame));
        if let Some(place) = entry
            && let Some(started_on) = self.body_at(&place).and_then(|body| body.started_on)
        {
            return Some(Place {
                line: started_on,
                ..place
            });
        }
        creation
            .iter()
            .find_map(|frame| self.place(frame))
            .or_else(|| {
                creation
                    .iter()
                    .find_map(|frame| self.place_in_module(frame))
            })
    }

    /// Where a goroutine of a dump was started.
    pub(super) fn start_of(&self, goroutine: &Goroutine) -> Option<Place> {
        let creation = goroutine
            .creation
            .as_ref()
            .map(|creation| std::slice::from_ref(&creation.frame))
            .unwrap_or_default();
        self.start(&goroutine.frames, creation)
    }

    /// Puts the places of a finding into it: the first of them in a file that was handed in leads.
    pub(super) fn put(&self, finding: &mut Finding, spots: Vec<Spot>) {
        for spot in spots {
            let is_candidates = self.files.contains_key(&spot.place.file);
            let is_known = finding.place.as_ref() == Some(&spot.place)
                && finding.label.as_ref() == Some(&spot.label)
                || finding
                    .related
                    .iter()
                    .any(|known| known.place == spot.place && known.label == spot.label);
            if is_known || finding.related.len() == MOST_PLACES {
                continue;
            }
            let excerpt = excerpt(self.files, &spot.place);
            if finding.place.is_none() && is_candidates {
                finding.place = Some(spot.place);
                finding.label = Some(spot.label);
                finding.excerpt = excerpt;
            } else {
                finding.related.push(Related {
                    label: spot.label,
                    place: spot.place,
                    excerpt,
                });
            }
        }
    }
}

/// The file with the `TestMain` that gavel adds: nobody's code.
const GENERATED: &str = "gavel_main_test.go";

/// How many further places a finding has.
const MOST_PLACES: usize = 7;

/// `mu` of `s.pool.mu`, `m` of `s.m[key]`.
pub(super) fn last_name(subject: &str) -> &str {
    let plain = subject.split(['[', '(']).next().unwrap_or(subject);
    let plain = plain.rsplit('.').next().unwrap_or(plain);
    plain.trim_start_matches(['*', '&'])
}

/// The function's own name, for people: `(*Pool).Run` of `example.org/pool.(*Pool).Run[...].func1`.
pub(super) fn short_name(function: &str) -> String {
    let after_path = function.rsplit('/').next().unwrap_or(function);
    let mut name = String::new();
    let mut depth = 0_usize;
    for c in after_path
        .split_once('.')
        .map_or(after_path, |(_, name)| name)
        .chars()
    {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => name.push(c),
            _ => {}
        }
    }
    name.split(".func").next().unwrap_or(&name).to_owned()
}
