//! What is decoded of real output, in `fixtures/gotest/`, whole and damaged.

use std::fmt::{Display, Write as _};
use std::path::Path;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::crash::{self, Crash};
use super::dump::{self, Activity, Dump, Goroutine};
use super::race::{self, Access, Race, Who};
use super::stack::Frame;

/// All recordings, as name and text.
fn recordings() -> &'static [(String, String)] {
    static RECORDINGS: OnceLock<Vec<(String, String)>> = OnceLock::new();
    RECORDINGS.get_or_init(read_recordings)
}

fn read_recordings() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gotest");
    let mut recordings = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the recordings") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if let Some(name) = name.strip_suffix(".txt") {
            let text = std::fs::read_to_string(&path).expect("a recording");
            recordings.push((name.to_owned(), text));
        }
    }
    recordings.sort();
    assert!(recordings.len() > 70, "{} recordings", recordings.len());
    recordings
}

/// Names in the order of their first appearance, so that another recording of the same thing reads the same.
#[derive(Default)]
struct Names(Vec<u64>);

impl Names {
    fn of(&mut self, number: u64) -> usize {
        let known = self.0.iter().position(|known| *known == number);
        known.unwrap_or_else(|| {
            self.0.push(number);
            self.0.len() - 1
        }) + 1
    }
}

/// Writes down what was decoded, as far as it doesn't change from one recording to the next.
#[derive(Default)]
struct Writer {
    text: String,
    goroutines: Names,
    addresses: Names,
    /// Addresses that appear more than once.
    shared: Vec<u64>,
}

impl Writer {
    fn line(&mut self, line: impl Display) {
        // Recursive calls are many.
        let line = line.to_string();
        if self.text.lines().last() != Some(line.as_str()) {
            writeln!(self.text, "{line}").expect("a string");
        }
    }

    fn frames(&mut self, frames: &[Frame], is_shown: impl Fn(&Frame) -> bool) {
        for frame in frames.iter().filter(|frame| is_shown(frame)) {
            let arguments: Vec<String> = frame
                .arguments
                .iter()
                .flatten()
                .filter(|argument| self.shared.contains(argument))
                .map(|argument| format!("&{}", self.addresses.of(*argument)))
                .collect();
            let arguments = arguments.join(", ");
            let Frame {
                function,
                file,
                line,
                ..
            } = frame;
            self.line(format_args!("  {function}({arguments}) {file}:{line}"));
        }
    }

    fn dump(&mut self, dump: &Dump) {
        let all = dump
            .goroutines
            .iter()
            .flat_map(|goroutine| &goroutine.frames);
        let mut words: Vec<u64> = all
            .filter(|frame| is_told(frame))
            .filter_map(|frame| *frame.arguments.first()?)
            .filter(|word| *word > 0xff_ffff)
            .collect();
        words.sort_unstable();
        self.shared = words
            .chunk_by(|one, other| one == other)
            .filter(|chunk| chunk.len() > 1)
            .map(|chunk| chunk[0])
            .collect();
        if !dump.is_complete {
            self.line("incomplete");
        }
        for goroutine in &dump.goroutines {
            if goroutine.activity != Activity::Runtime {
                self.goroutine(goroutine);
            }
        }
    }

    fn goroutine(&mut self, goroutine: &Goroutine) {
        let mut title = format!(
            "g{} {:?}",
            self.goroutines.of(goroutine.id),
            goroutine.activity
        );
        if goroutine.is_leaked {
            title += " leaked";
        }
        if let Some(bubble) = goroutine.bubble {
            write!(title, " bubble {bubble}").expect("a string");
        }
        self.line(title);
        self.frames(&goroutine.frames, is_told);
        if let Some(creation) = &goroutine.creation {
            let by = creation.by.map_or(0, |by| self.goroutines.of(by));
            let Frame {
                function,
                file,
                line,
                ..
            } = &creation.frame;
            self.line(format_args!("  created by g{by} {function} {file}:{line}"));
        }
    }

    fn race(&mut self, race: &Race) {
        self.line("race");
        self.access(&race.current);
        self.access(&race.previous);
        for birth in &race.births {
            let name = self.goroutines.of(birth.goroutine);
            let state = if birth.is_finished {
                "finished"
            } else {
                "running"
            };
            self.line(format_args!(" g{name} {state}, born"));
            self.frames(&birth.stack, is_no_test_runner);
        }
    }

    fn access(&mut self, access: &Access) {
        let atomic = if access.is_atomic { "atomic " } else { "" };
        let kind = if access.is_write { "write" } else { "read" };
        let by = match access.by {
            Who::Main => "main".to_owned(),
            Who::Goroutine(id) => format!("g{}", self.goroutines.of(id)),
        };
        let place = self.addresses.of(access.address / 8);
        let byte = access.address % 8;
        self.line(format_args!(" {atomic}{kind} at &{place}+{byte} by {by}"));
        self.frames(&access.stack, is_no_test_runner);
    }
}

/// Of a dump, the recorded program's calls, and those by which it waits.
fn is_told(frame: &Frame) -> bool {
    frame.file.starts_with("recorded/")
        || frame.function.starts_with("sync.(")
        || frame.function.starts_with("internal/sync.(")
}

fn is_no_test_runner(frame: &Frame) -> bool {
    !frame.file.starts_with("testing/") && frame.file != "_testmain.go"
}

fn decoded(text: &str) -> String {
    let mut writer = Writer::default();
    match crash::find_end(text) {
        Some(Crash::Panic { message, .. }) => writer.line(format_args!("panic: {message}")),
        Some(Crash::Fatal { message, .. }) => writer.line(format_args!("fatal error: {message}")),
        Some(Crash::OutOfMemory { .. }) => writer.line("out of memory"),
        Some(Crash::Race { .. } | Crash::Dump { .. }) | None => {}
    }
    for race in race::read_races(text) {
        writer.race(&race);
    }
    writer.dump(&dump::read_dump(text));
    writer.text
}

fn snapshot(kind: &str) -> String {
    recordings()
        .iter()
        .filter(|(name, _)| name.starts_with(kind))
        .map(|(name, text)| format!("{name}\n\n{}", decoded(text)))
        .collect::<Vec<_>>()
        .join("\n----\n\n")
}

#[test]
fn races_are_decoded() {
    insta::assert_snapshot!(snapshot("race-"));
}

#[test]
fn hangs_are_decoded() {
    insta::assert_snapshot!(snapshot("hang-"));
}

#[test]
fn crashes_are_decoded() {
    insta::assert_snapshot!(snapshot("crash-"));
}

#[test]
fn leaks_are_decoded() {
    insta::assert_snapshot!(snapshot("leaks"));
}

#[test]
fn stacks_of_a_program_are_decoded() {
    insta::assert_snapshot!(snapshot("stack-"));
}

/// Whether what was read of a part of a recording is the beginning of what was read of all of it.
fn assert_a_prefix(whole: &Dump, part: &Dump, context: &str) {
    let Some((last, others)) = part.goroutines.split_last() else {
        return;
    };
    assert_eq!(others, &whole.goroutines[..others.len()], "{context}");
    let same = &whole.goroutines[others.len()];
    assert_eq!((last.id, last.bubble), (same.id, same.bubble), "{context}");
    assert_eq!(last.frames, same.frames[..last.frames.len()], "{context}");
    if last.creation.is_some() {
        assert_eq!(last, same, "{context}");
    }
    // These may be the outermost call or not.
    let may_end = |frame: &Frame| {
        [
            "main.main",
            "runtime.main",
            "runtime.runFinalizers",
            "runtime.runCleanups",
        ]
        .contains(&frame.function.as_str())
    };
    let is_less = last.frames.len() < same.frames.len() || last.creation != same.creation;
    let seems_whole = last.id == 0 || last.frames.last().is_some_and(may_end);
    assert!(
        !is_less || seems_whole || !part.is_complete,
        "taken for complete: {context}"
    );
}

fn assert_cuts_are_prefixes(name: &str, text: &str, ends: impl Iterator<Item = usize>) {
    let dump = dump::read_dump(text);
    let races = race::read_races(text);
    for end in ends {
        let part = &text[..end];
        let context = format!("{name} cut at {end}");
        assert_a_prefix(&dump, &dump::read_dump(part), &context);
        assert!(races.starts_with(&race::read_races(part)), "{context}");
    }
}

#[test]
fn short_recordings_may_be_cut_anywhere() {
    for (name, text) in recordings() {
        if text.len() < 1200 {
            assert_cuts_are_prefixes(name, text, 0..text.len());
        }
    }
}

#[test]
fn a_dump_that_was_asked_for_is_incomplete_without_its_end() {
    for (name, text) in recordings() {
        if name.starts_with("hang-") {
            assert!(dump::read_dump(text).is_complete, "{name}");
            let end = text.find("\nrax ").expect("registers");
            assert!(!dump::read_dump(&text[..end]).is_complete, "{name}");
        }
    }
}

#[test]
fn line_ends_of_windows_change_nothing() {
    for (name, text) in recordings() {
        let other = text.replace('\n', "\r\n");
        assert_eq!(dump::read_dump(&other), dump::read_dump(text), "{name}");
        assert_eq!(race::read_races(&other), race::read_races(text), "{name}");
    }
}

/// What made it quadratic would be noticed.
#[test]
fn a_mebibyte_of_anything_is_read_in_linear_time() {
    for piece in [
        "goroutine 1 [",
        "goroutine 1 [running]:\n",
        "\ngoroutine 1 [running]:\nf(",
        "created by ",
        "f()\n",
        "\tf.go:1 +0x1\n",
        "%2",
        " at 0x1 by ",
        "Write at 0x1 by main goroutine:\n",
        "WARNING: DATA RACE\n==================\n",
        "WARNING: DATA RACE\n  f()\n      f.go:1 +0x1\n",
        "SIGQUIT: quit\n",
        "panic: \n",
        "\0",
        "\n",
    ] {
        read_all(&piece.repeat((1 << 20) / piece.len()));
    }
}

/// Reads a text in every way, and holds that each place that is told stands in it.
fn read_all(text: &str) {
    let dump = dump::read_dump(text);
    let races = race::read_races(text);
    let calls = dump
        .goroutines
        .iter()
        .flat_map(|goroutine| &goroutine.frames);
    let accesses = races
        .iter()
        .flat_map(|race| [&race.current, &race.previous]);
    let frames = calls.chain(accesses.flat_map(|access| &access.stack));
    for frame in frames.take(20) {
        let place = format!("{}:{}", frame.file, frame.line);
        assert!(text.contains(&place), "{place} isn't in {text:?}");
    }
    crash::find_end(text);
    crash::find_race(text);
    crash::find_dump(text);
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn recordings_may_be_cut_anywhere(index in any::<prop::sample::Index>(), at in any::<prop::sample::Index>()) {
        let (name, text) = index.get(recordings());
        if !text.is_empty() {
            let end = text.floor_char_boundary(at.index(text.len()));
            assert_cuts_are_prefixes(name, text, std::iter::once(end));
        }
    }

    #[test]
    fn recordings_may_lose_their_middle(
        index in any::<prop::sample::Index>(), from in 0_usize..20_000, length in 0_usize..5_000,
    ) {
        let bytes = index.get(recordings()).1.as_bytes();
        let from = from.min(bytes.len());
        let to = (from + length).min(bytes.len());
        read_all(&lossy(&[&bytes[..from], &bytes[to..]].concat()));
    }

    #[test]
    fn recordings_may_be_mixed_by_lines(
        pair in any::<[prop::sample::Index; 2]>(), turns in prop::collection::vec(any::<bool>(), 1..40),
    ) {
        let mut sources = pair.map(|index| index.get(recordings()).1.lines());
        let mut mixed = String::new();
        for turn in turns.into_iter().cycle() {
            let Some(line) = sources[usize::from(turn)].next() else {
                break;
            };
            mixed.extend([line, "\n"]);
        }
        for line in sources.into_iter().flatten() {
            mixed.extend([line, "\n"]);
        }
        read_all(&mixed);
    }

    #[test]
    fn recordings_may_be_mixed_by_bytes(
        pair in any::<[prop::sample::Index; 2]>(), lengths in prop::collection::vec(1_usize..400, 1..40),
    ) {
        let mut rests = pair.map(|index| index.get(recordings()).1.as_bytes());
        let mut mixed = Vec::new();
        for (turn, length) in lengths.into_iter().enumerate() {
            let rest = &mut rests[turn % 2];
            let (taken, left) = rest.split_at(length.min(rest.len()));
            mixed.extend(taken);
            *rest = left;
        }
        read_all(&lossy(&mixed));
    }

    #[test]
    fn anything_may_be_read(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        read_all(&lossy(&bytes));
    }

    #[test]
    fn what_is_almost_right_may_be_read(text in "(goroutine |[0-9]{1,21}|\\[|chan receive|\\]|:|\n|\t|created by |f\\(|\\)|0x|\\?|, | in |a\\.go|\\+|%[0-9a-f]|WARNING: DATA RACE|={18}|(Write|read) at 0x1 by | {6}|main goroutine:|Goroutine 3 \\(finished\\) created at:|é|\u{0}){0,40}") {
        read_all(&text);
    }
}
