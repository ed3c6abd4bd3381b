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

/// Looks for the way in which a program crashed. What comes first counts: the rest follows from it.
pub fn find(stderr: &str) -> Option<Crash> {
    let mut offset = 0;
    for line in stderr.split_inclusive('\n') {
        let rest = &stderr[offset..];
        offset += line.len();
        let line = line.trim_end();
        if line == RACE {
            return Some(Crash::Race {
                report: race_report(rest),
            });
        }
        if is_out_of_memory(line) {
            return Some(Crash::OutOfMemory {
                message: line.to_owned(),
            });
        }
        if let Some(message) = line.strip_prefix("fatal error: ") {
            return Some(Crash::Fatal {
                message: message.to_owned(),
                trace: rest.to_owned(),
            });
        }
        if let Some(message) = line.strip_prefix("panic: ") {
            return Some(Crash::Panic {
                message: message.to_owned(),
                trace: rest.to_owned(),
            });
        }
        if line.starts_with("SIGQUIT: quit") {
            return Some(Crash::Dump {
                trace: rest.to_owned(),
            });
        }
    }
    None
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
    fn the_first_cause_counts() {
        let text = "hello\n==================\nWARNING: DATA RACE\nWrite at 0x1 by goroutine 7:\n  a.b()\n      pool/pool.go:3 +0x1\n\n==================\npanic: late\n";
        let Some(Crash::Race { report }) = find(text) else {
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
        assert!(matches!(
            find("fatal error: runtime: out of memory\n"),
            Some(Crash::OutOfMemory { .. })
        ));
        assert!(matches!(
            find("fatal error: concurrent map writes\n"),
            Some(Crash::Fatal { .. })
        ));
        assert_eq!(find("panics are fine\n"), None);
    }
}
