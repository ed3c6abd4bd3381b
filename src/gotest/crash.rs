//! How a Go program crashed, from what its runtime wrote on standard error.
//!
//! A candidate can write the same words. They may choose which failure a failed run is called, and nothing else.

use super::dump::{Activity, Goroutine, read_dump};

/// What ended a Go program from inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Crash {
    /// `panic: …`
    Panic {
        /// Its first line.
        message: String,
        /// The stack of the goroutine that panicked, and what else was printed.
        trace: String,
    },
    /// `fatal error: …`, which no `recover` can stop.
    Fatal {
        /// Its first line.
        message: String,
        /// The goroutines' stacks.
        trace: String,
    },
    /// The runtime could not get memory.
    OutOfMemory {
        /// The line that says so.
        message: String,
    },
    /// The race detector found conflicting accesses.
    Race {
        /// The report, with the rule that ends it.
        report: String,
    },
    /// A goroutine dump that was asked for by SIGQUIT.
    Dump {
        /// The goroutines' stacks.
        trace: String,
    },
}

const RACE: &str = "WARNING: DATA RACE";

/// The first report of the race detector, if there is one.
pub fn find_race(stderr: &str) -> Option<Crash> {
    let report = race_reports(stderr).next()?;
    Some(Crash::Race { report })
}

/// All reports of the race detector, each with the rule that ends it. What a program writes at the same time may stand on
/// the first line of one too.
pub fn race_reports(stderr: &str) -> impl Iterator<Item = String> {
    lines_with_rest(stderr)
        .filter(|(line, _)| line.starts_with(RACE) || line.ends_with(RACE))
        .map(|(_, rest)| race_report(rest))
}

/// One text of several reports: each pair of places once, whatever the addresses.
pub fn join_race_reports(reports: impl IntoIterator<Item = String>) -> String {
    let mut known: Vec<Vec<String>> = Vec::new();
    let mut joined: Vec<String> = Vec::new();
    for report in reports {
        let places: Vec<String> = report
            .lines()
            .filter_map(|line| line.trim().split_once(" +0x"))
            .map(|(place, _)| place.to_owned())
            .collect();
        if !known.contains(&places) {
            known.push(places);
            joined.push(report.trim_end().to_owned());
        }
    }
    joined.join("\n")
}

/// The goroutine dump that SIGQUIT asks for, if there is one: the last, since a program may have printed another. It may
/// stand behind words that the program hadn't ended.
pub fn find_dump(stderr: &str) -> Option<Crash> {
    let (_, rest) = lines_with_rest(stderr)
        .filter(|(line, _)| line.ends_with("SIGQUIT: quit"))
        .last()?;
    Some(Crash::Dump {
        trace: rest.to_owned(),
    })
}

/// The panic, the fatal error or the lack of memory that ended a program. The runtime prints the stack of a goroutine
/// behind its words; without one they are the program's own.
pub fn find_end(stderr: &str) -> Option<Crash> {
    // Looked for once: a program may print very many lines that look like an end.
    let last_stack = stderr.rfind("\ngoroutine ");
    lines_with_rest(stderr).find_map(|(line, rest)| {
        if is_out_of_memory(line) {
            return Some(Crash::OutOfMemory {
                message: line.to_owned(),
            });
        }
        let crash = |message: &str, trace: &str| (message.to_owned(), trace.to_owned());
        if last_stack.is_none_or(|stack| stack < stderr.len() - rest.len()) {
            return None;
        }
        if let Some(message) = line.strip_prefix("fatal error: ") {
            let (message, trace) = crash(message, rest);
            return Some(Crash::Fatal { message, trace });
        }
        let (message, trace) = crash(line.strip_prefix("panic: ")?, rest);
        Some(Crash::Panic { message, trace })
    })
}

/// Each line, with the text that it begins.
fn lines_with_rest(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut offset = 0;
    text.split_inclusive('\n').map(move |line| {
        let rest = &text[offset..];
        offset += line.len();
        (line.trim_end(), rest)
    })
}

/// The end of a race report is a line of `=`.
fn race_report(rest: &str) -> String {
    const RULE: &str = "
==================";
    let end = rest.find(RULE).map_or(rest.len(), |at| at + RULE.len());
    rest[..end].to_owned()
}

fn is_out_of_memory(line: &str) -> bool {
    line.starts_with("fatal error: runtime: out of memory")
        || line.starts_with("fatal error: runtime: cannot allocate memory")
        || line.starts_with("runtime: out of memory")
        || line.contains("ThreadSanitizer: failed to allocate")
        || line.contains("ThreadSanitizer failed to allocate")
        || line.contains("ThreadSanitizer: internal allocator is out of memory")
}

/// What a program was doing when it was asked for its goroutine dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// A goroutine was running, or could have been.
    Busy,
    /// None was, and at least one slept.
    Asleep,
    /// All were waiting for others.
    Waiting,
}

/// What a program was doing, by its dump. The runtime's own goroutines don't count, nor does the witness's, and in a bubble
/// of `testing/synctest` a sleep ends only when everything else there has come to rest.
pub fn doing(dump: &str) -> Option<Doing> {
    let is_users = |goroutine: &Goroutine| {
        let creation = goroutine.creation.iter().map(|creation| &creation.frame);
        let mut functions = goroutine
            .frames
            .iter()
            .chain(creation)
            .map(|frame| frame.function.as_str());
        functions
            .clone()
            .any(|function| !function.starts_with("runtime."))
            && functions.all(|function| function != "0gavel.invalid/witness.watchOver")
    };
    let mut goroutines = read_dump(dump).goroutines;
    goroutines.retain(is_users);
    let any = |is_so: fn(&Goroutine) -> bool| goroutines.iter().any(is_so);
    if any(|one| matches!(one.activity, Activity::Running | Activity::Runnable)) {
        Some(Doing::Busy)
    } else if any(|one| one.activity == Activity::Sleeping && one.bubble.is_none()) {
        Some(Doing::Asleep)
    } else {
        (!goroutines.is_empty()).then_some(Doing::Waiting)
    }
}

/// What Go prints in place of the stack of a goroutine on another thread.
const NO_STACK: &str = "\tgoroutine running on other thread; stack unavailable";

/// Whether a goroutine's stack is missing from a dump; of one that is in the race detector Go prints nothing at all.
fn lacks_its_stack(block: &str) -> bool {
    let mut lines = block.lines();
    let is_goroutine = lines
        .next()
        .is_some_and(|header| header.starts_with("goroutine "));
    is_goroutine
        && lines
            .next()
            .is_none_or(|first| first == NO_STACK || first.starts_with("created by "))
}

/// A dump with the stacks that it lacks, as far as they stand in one that was taken earlier.
pub fn with_missing_stacks(dump: &str, earlier: &str) -> String {
    let name = |block: &str| block.split(' ').nth(1).map(str::to_owned);
    let completed = dump.split("\n\n").map(|block| {
        let found = lacks_its_stack(block).then(|| {
            let (header, _) = block.split_once('\n')?;
            let same = earlier
                .split("\n\n")
                .find(|other| other.starts_with("goroutine ") && name(other) == name(block))?;
            let (_, frames) = same.split_once('\n')?;
            Some(format!("{header}\n{frames}"))
        });
        found.flatten().unwrap_or_else(|| block.to_owned())
    });
    completed.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_is_found_among_other_words() {
        let text = "hello\n==================\nWARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n  a.b()\n      pool/pool.go:3 +0x1\n\n==================\npanic: late\n";
        let Some(Crash::Race { report }) = find_race(text) else {
            panic!("no race in {text}");
        };
        assert!(
            report.ends_with("pool.go:3 +0x1\n\n=================="),
            "{report:?}"
        );
    }

    #[test]
    fn reports_are_joined_without_those_that_repeat_others() {
        let report = |line: u32, address: &str| {
            format!(
                "WARNING: DATA RACE\nWrite at {address} by goroutine 7:\n  pool.Run()\n      pool/pool.go:{line} +0x1\n"
            )
        };
        let stderr = [report(3, "0x1"), report(4, "0x2"), report(3, "0x3")]
            .map(|report| format!("==================\n{report}==================\nother words\n"))
            .concat();
        let reports: Vec<String> = race_reports(&stderr).collect();
        assert_eq!(reports.len(), 3);
        let joined = join_race_reports(reports);
        assert_eq!(race_reports(&joined).count(), 2, "{joined}");
        assert!(!joined.contains("other words"), "{joined}");
    }

    #[test]
    fn what_a_program_did_is_in_its_dump() {
        let own = "SIGQUIT: quit\nPC=0x1\n\ngoroutine 0 gp=0x1 m=0 [idle]:\nruntime.futex()\n\truntime/sys.s:1\n\ngoroutine 4 gp=0x4 m=nil [sleep]:\nruntime.bgscavenge()\n\truntime/mgc.go:1\ncreated by runtime.gcenable in goroutine 1\n\truntime/mgc.go:2\n\ngoroutine 9 gp=0x9 m=nil [sleep]:\ntime.Sleep(0x1)\n\truntime/time.go:1\n0gavel.invalid/witness.watchOver({0x1, 0x2})\n\twatchdog.go:3\n";
        let with = |block: &str| doing(&format!("{own}\n{block}\n\nrax 0x1\n"));
        assert_eq!(doing(own), None);
        let waiting = "goroutine 7 gp=0x7 m=nil [chan receive]:\npool.Run()\n\tpool/pool.go:3";
        assert_eq!(with(waiting), Some(Doing::Waiting));
        let asleep = "goroutine 8 gp=0x8 m=nil [sleep, 2 minutes]:\ntime.Sleep(0x1)\n\truntime/time.go:1\npool.nap()\n\tpool/pool.go:9";
        assert_eq!(with(&format!("{waiting}\n\n{asleep}")), Some(Doing::Asleep));
        let bubbled = asleep.replace("sleep,", "sleep (durable), synctest bubble 1,");
        assert_eq!(with(&bubbled), Some(Doing::Waiting));
        let busy = "goroutine 6 gp=0x6 m=5 [running]:\n\tgoroutine running on other thread; stack unavailable\ncreated by pool.Run in goroutine 7\n\tpool/pool.go:2";
        assert_eq!(with(&format!("{asleep}\n\n{busy}")), Some(Doing::Busy));
    }

    #[test]
    fn out_of_memory_is_told_from_other_fatal_errors() {
        let stack = "\ngoroutine 1 [running]:\nmain.main()\n";
        let find = |text: &str| find_end(&format!("{text}\n{stack}"));
        assert!(matches!(
            find("fatal error: runtime: out of memory"),
            Some(Crash::OutOfMemory { .. })
        ));
        assert!(matches!(
            find("fatal error: concurrent map writes"),
            Some(Crash::Fatal { .. })
        ));
        assert!(matches!(find("panic: boom"), Some(Crash::Panic { .. })));
        assert_eq!(find("panics are fine"), None);
    }

    #[test]
    fn many_words_like_an_end_are_read_in_linear_time() {
        let text = "panic: \n".repeat(1 << 18);
        assert_eq!(find_end(&text), None);
    }

    #[test]
    fn others_may_write_on_the_same_line() {
        let find = |text: &str| find_race(text).is_some();
        assert!(find(
            "x\nWARNING: DATA RACEtick\n\nRead at 0x1 by main goroutine:\n"
        ));
        assert!(find("tickWARNING: DATA RACE\n"));
        assert!(!find("no WARNING: DATA RACE today\n"));
        let dump = "working... SIGQUIT: quit\nPC=0x1\n";
        let trace = dump.to_owned();
        assert_eq!(find_dump(dump), Some(Crash::Dump { trace }));
    }

    #[test]
    fn words_without_a_stack_are_the_programs_own() {
        assert_eq!(find_end("fatal error: want -top N\n"), None);
        assert_eq!(find_end("panic: so to speak\n"), None);
    }

    #[test]
    fn a_stack_that_is_missing_is_taken_from_an_earlier_dump() {
        let waiting = "goroutine 7 gp=0x7 m=nil [chan receive]:\npool.Run()\n\tpool/pool.go:3";
        let lost = |number: u32| format!("goroutine {number} gp=0x6 m=5 [running]:\n{NO_STACK}");
        let bare = "goroutine 8 gp=0x6 m=5 [running]:\ncreated by pool.Run in goroutine 7\n\tpool/pool.go:2";
        let dump = format!(
            "SIGQUIT: quit\n\n{waiting}\n\n{}\n\n{}\n\n{bare}",
            lost(6),
            lost(66)
        );
        let earlier = "goroutine 6 [runnable]:\npool.spin()\n\tpool/pool.go:9\n\ngoroutine 7 [runnable]:\nx()\n\ngoroutine 8 [runnable]:\ny()";
        let whole = with_missing_stacks(&dump, earlier);
        let found = "goroutine 6 gp=0x6 m=5 [running]:\npool.spin()\n\tpool/pool.go:9";
        assert_eq!(
            whole,
            format!(
                "SIGQUIT: quit\n\n{waiting}\n\n{found}\n\n{}\n\ngoroutine 8 gp=0x6 m=5 [running]:\ny()",
                lost(66)
            )
        );
        assert_eq!(with_missing_stacks(&dump, ""), dump);
    }
}
