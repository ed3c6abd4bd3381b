//! How a Go program crashed, from what its runtime wrote on standard error.
//!
//! A candidate can write the same words. They may choose which failure a failed run is called, and nothing else.

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
        /// The report.
        report: String,
    },
    /// A goroutine dump that was asked for by SIGQUIT.
    Dump {
        /// The goroutines' stacks.
        trace: String,
    },
}

const RACE: &str = "WARNING: DATA RACE";

/// The report of the race detector, if there is one.
pub fn find_race(stderr: &str) -> Option<Crash> {
    let (_, rest) = lines_with_rest(stderr).find(|(line, _)| *line == RACE)?;
    Some(Crash::Race {
        report: race_report(rest),
    })
}

/// The goroutine dump that SIGQUIT asks for, if there is one: the last, since a program may have printed another.
pub fn find_dump(stderr: &str) -> Option<Crash> {
    let (_, rest) = lines_with_rest(stderr)
        .filter(|(line, _)| line.starts_with("SIGQUIT: quit"))
        .last()?;
    Some(Crash::Dump {
        trace: rest.to_owned(),
    })
}

/// The panic, the fatal error or the lack of memory that ended a program. The runtime prints the stack of a goroutine
/// behind its words; without one they are the program's own.
pub fn find_end(stderr: &str) -> Option<Crash> {
    lines_with_rest(stderr).find_map(|(line, rest)| {
        if is_out_of_memory(line) {
            return Some(Crash::OutOfMemory {
                message: line.to_owned(),
            });
        }
        let crash = |message: &str, trace: &str| (message.to_owned(), trace.to_owned());
        if !rest.contains("\ngoroutine ") {
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
    let end = rest.find("\n==================").unwrap_or(rest.len());
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

/// Of a dump of goroutines, those that have a line for which `is_telling` holds; the whole dump if there are none. What
/// only debuggers need (the scheduler's own stack, registers, frame pointers) is left out.
pub fn telling_goroutines(dump: &str, is_telling: impl Fn(&str) -> bool) -> String {
    let telling: Vec<&str> = dump
        .split("\n\n")
        .filter(|block| {
            block.trim_start().starts_with("goroutine ") && block.lines().any(&is_telling)
        })
        .collect();
    if telling.is_empty() {
        return dump.to_owned();
    }
    let without_pointers = |line: &str| line.split(" fp=0x").next().unwrap_or(line).to_owned();
    let lines: Vec<String> = telling.join("\n\n").lines().map(without_pointers).collect();
    lines.join("\n")
}

/// The first place of a stack that lies in one of `files`, as `(file, line)`. With `-trimpath` a frame's second line is
/// `\tMODULE/pool.go:12 +0x1d`.
pub fn first_place<'a>(
    trace: &str,
    module: &str,
    files: impl Fn(&str) -> Option<&'a str>,
) -> Option<(&'a str, u32)> {
    trace.lines().find_map(|line| {
        let line = line
            .strip_prefix('\t')
            .or_else(|| line.strip_prefix("      "))?
            .trim_start();
        let (path, rest) = line.split_once(".go:")?;
        let path = path.strip_prefix(module)?.strip_prefix('/')?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse().ok()?;
        Some((files(&format!("{path}.go"))?, number))
    })
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
        assert!(report.ends_with("pool.go:3 +0x1\n"), "{report:?}");
    }

    #[test]
    fn a_place_is_looked_for_in_the_candidates_files_only() {
        let trace = "panic: x\n\ngoroutine 7 [running]:\ntesting.tRunner.func1()\n\ttesting/testing.go:9 +0x1\npool_test.TestA()\n\tpool/a_test.go:4 +0x1\npool.Run()\n\tpool/in/pool.go:12 +0x1d\n";
        let known = |file: &str| (file == "in/pool.go").then_some("in/pool.go");
        assert_eq!(first_place(trace, "pool", known), Some(("in/pool.go", 12)));
    }

    #[test]
    fn a_dump_is_cut_down_to_what_tells() {
        let dump = "SIGQUIT: quit\nPC=0x1\n\ngoroutine 0 [idle]:\nruntime.futex()\n\truntime/sys.s:1\n\ngoroutine 7 [chan receive]:\npool.Run()\n\tpool/pool.go:3 +0x1 fp=0x1 sp=0x2\n\nrax 0x1";
        let telling = telling_goroutines(dump, |line| line.contains("pool/pool.go:"));
        assert_eq!(
            telling,
            "goroutine 7 [chan receive]:\npool.Run()\n\tpool/pool.go:3 +0x1"
        );
        assert_eq!(telling_goroutines(dump, |_| false), dump);
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
    fn words_without_a_stack_are_the_programs_own() {
        assert_eq!(find_end("fatal error: want -top N\n"), None);
        assert_eq!(find_end("panic: so to speak\n"), None);
    }
}
