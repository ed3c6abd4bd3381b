//! Reports of the race detector.
//!
//! It writes a report in pieces of about a line, and others may write in between; a report that isn't there to its end is
//! left out. For Go it names no variables, mutexes or blocks of memory, and doesn't say that an access was atomic: the
//! functions of `sync/atomic` on top of the stack do.

use super::stack::{Call, Frame, call_without_arguments, lines, number, place};

/// Two accesses of the same memory that nothing orders, one of them a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Race {
    /// The access at which the race was noticed.
    pub current: Access,
    /// The one before.
    pub previous: Access,
    /// Where the goroutines of both were started; nothing for the main goroutine.
    pub births: Vec<Birth>,
}

/// One access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Whether it writes.
    pub is_write: bool,
    /// Whether it was made by a function of `sync/atomic`.
    pub is_atomic: bool,
    /// Where in memory. The two accesses of a race overlap; they need not begin at the same byte.
    pub address: u64,
    /// Who made it.
    pub by: Who,
    /// Innermost call first; empty where the detector doesn't remember it any more.
    pub stack: Vec<Frame>,
}

/// Who made an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The main goroutine, which initialises packages too.
    Main,
    /// Another, by the number that the race detector gives it. The runtime's own numbers, as in goroutine dumps, differ.
    Goroutine(u64),
}

/// Where a goroutine was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// The race detector's number for it.
    pub goroutine: u64,
    /// Whether it had ended when the race was noticed.
    pub is_finished: bool,
    /// The stack of the goroutine that started it; empty where the detector doesn't remember it any more.
    pub stack: Vec<Frame>,
}

const RACE: &str = "WARNING: DATA RACE";
const RULE: &str = "==================";

/// Reads all complete reports in a text, in order.
pub fn read_races(text: &str) -> Vec<Race> {
    let mut races = Vec::new();
    let mut report: Option<Report> = None;
    for line in lines(text) {
        // What a program writes at the same time may stand before or behind these words on their line.
        if line.text.contains(RACE) {
            report = Some(Report::default());
        } else if line.text.ends_with(RULE) {
            races.extend(report.take().and_then(Report::finish));
        } else if let Some(report) = &mut report {
            report.read(line.text);
        }
    }
    races
}

#[derive(Default)]
struct Report {
    accesses: Vec<Access>,
    births: Vec<Birth>,
    section: Section,
    /// An access whose header isn't read to its end: the detector writes it in two pieces.
    half_access: Option<(bool, u64)>,
    /// The first of the two lines of a call.
    half_call: Option<Call>,
}

/// Whose stack follows.
#[derive(Default)]
enum Section {
    Access,
    Birth,
    /// Something that nobody asks for yet, or nothing.
    #[default]
    Other,
}

impl Report {
    fn read(&mut self, line: &str) {
        if let Some(line) = line.strip_prefix("      ") {
            let stack = match self.section {
                Section::Access => self.accesses.last_mut().map(|access| &mut access.stack),
                Section::Birth => self.births.last_mut().map(|birth| &mut birth.stack),
                Section::Other => None,
            };
            // A report is read when its end is there, so no line of it is cut.
            if let (Some(stack), Some(call), Some(place)) =
                (stack, self.half_call.take(), place(line, true))
            {
                stack.push(call.at(place));
            }
        } else if let Some(call) = line.strip_prefix("  ").and_then(call_without_arguments) {
            self.half_call = Some(call);
        } else if let Some((access, rest)) = access_header(line) {
            self.half_access = Some(access);
            self.section = Section::Other;
            self.read_who(rest);
        } else if let Some(birth) = birth_header(line) {
            self.births.push(birth);
            self.section = Section::Birth;
        } else if line.contains("Heap block of size ") || line.contains("Global var ") {
            self.section = Section::Other;
        } else if self.half_access.is_some() {
            self.read_who(line);
        }
    }

    fn read_who(&mut self, text: &str) {
        if let Some(by) = who(text)
            && let Some((is_write, address)) = self.half_access.take()
        {
            self.accesses.push(Access {
                is_write,
                is_atomic: false,
                address,
                by,
                stack: Vec::new(),
            });
            self.section = Section::Access;
        }
    }

    /// The report, if it tells of two accesses of the same memory. The detector watches memory by eight bytes.
    fn finish(self) -> Option<Race> {
        let [mut current, mut previous] = <[Access; 2]>::try_from(self.accesses).ok()?;
        if current.address / 8 != previous.address / 8 {
            return None;
        }
        for access in [&mut current, &mut previous] {
            access.is_atomic = access
                .stack
                .first()
                .is_some_and(|frame| frame.function.starts_with("sync/atomic."));
        }
        Some(Race {
            current,
            previous,
            births: self.births,
        })
    }
}

/// `Write at 0x00c000012345 by goroutine 7:`, `Previous read at …`: whether it writes, the address, and the words behind.
fn access_header(line: &str) -> Option<((bool, u64), &str)> {
    let (before, rest) = line.split_once(" at 0x")?;
    let kinds = [("rite", true), ("ead", false)];
    let (_, is_write) = kinds.iter().find(|(end, _)| before.ends_with(end))?;
    let (address, rest) = rest.split_once(" by ")?;
    Some(((*is_write, number(&format!("0x{address}"))?), rest))
}

/// `main goroutine:` or `goroutine 7:`, perhaps behind other words.
fn who(text: &str) -> Option<Who> {
    let text = text.strip_suffix(':')?;
    if text.ends_with("main goroutine") {
        return Some(Who::Main);
    }
    let (_, id) = text.rsplit_once("goroutine ")?;
    Some(Who::Goroutine(decimal(id)?))
}

/// `Goroutine 7 (running) created at:`
fn birth_header(line: &str) -> Option<Birth> {
    let (_, rest) = line.split_once("Goroutine ")?;
    let (id, rest) = rest.strip_suffix(") created at:")?.split_once(" (")?;
    let is_finished = match rest {
        "running" => false,
        "finished" => true,
        _ => return None,
    };
    Some(Birth {
        goroutine: decimal(id)?,
        is_finished,
        stack: Vec::new(),
    })
}

fn decimal(digits: &str) -> Option<u64> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
==================
WARNING: DATA RACE
Write at 0x00c000012340 by goroutine 8:
  sync/atomic.AddInt64()
      internal/runtime/atomic/x.s:9 +0xb
  pool.(*Pool[go.shape.int]).Run.func1()
      pool/pool.go:12 +0x1d

Previous read at 0x00c000012344 by main goroutine:
  [failed to restore the stack]

Goroutine 8 (finished) created at:
  pool.Run()
      pool/pool.go:10 +0x2e
==================
";

    #[test]
    fn a_report_is_read() {
        let races = read_races(REPORT);
        let [race] = races.as_slice() else {
            panic!("{races:?}");
        };
        assert!(race.current.is_write && race.current.is_atomic);
        assert_eq!(race.current.by, Who::Goroutine(8));
        assert_eq!(race.current.address, 0xc0_0001_2340);
        let frame = &race.current.stack[1];
        assert_eq!(frame.function, "pool.(*Pool[go.shape.int]).Run.func1");
        assert_eq!((frame.file.as_str(), frame.line), ("pool/pool.go", 12));
        assert!(!race.previous.is_write && !race.previous.is_atomic);
        assert_eq!(race.previous.by, Who::Main);
        assert_eq!(race.previous.stack, []);
        assert_eq!(race.births.len(), 1);
        assert!(race.births[0].is_finished);
        assert_eq!(race.births[0].stack[0].line, 10);
    }

    #[test]
    fn what_others_write_between_the_pieces_of_a_report_does_not_matter() {
        let disturbed = REPORT
            .replace("==================\nW", "tick==================\ntickW")
            .replace("DATA RACE\n", "DATA RACEtick\n\n")
            .replace(" by goroutine 8:\n", " by tick tick\ngoroutine 8:\n")
            .replace("\nPrevious", "\nWrite it at once by noon\nPrevious")
            .replace("\n  pool", "\ntick: 1 at 0x1\n\n  pool")
            .replace('\n', "\r\n");
        assert_eq!(read_races(&disturbed), read_races(REPORT));
    }

    #[test]
    fn a_report_without_its_end_or_its_middle_is_none() {
        let cut = REPORT.rfind("===\n").expect("the end");
        assert_eq!(read_races(&REPORT[..cut]), []);
        let previous = REPORT.find("Previous").expect("the other access");
        let (head, tail) = REPORT.split_at(previous);
        let other = format!("{head}{}", tail.replace("0x00c000012344", "0x00c000012348"));
        assert_eq!(read_races(&other), []);
        assert_eq!(read_races(&format!("{head}{REPORT}")), read_races(REPORT));
    }
}
