//! What a process and its descendants are doing, as the kernel tells it under `/proc`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A look at a process and its descendants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sample {
    /// Processor time used so far, by them and by the children that they waited for.
    pub cpu: Duration,
    /// Resident memory and page tables together, in bytes.
    pub memory: u64,
    /// Whether a thread of theirs could run, or waits for a disk: then they are not idle, however little they get.
    pub runnable: bool,
    /// How many threads they have together.
    pub threads: u64,
}

/// Looks at `pid` and its descendants, but for the first `own` generations. Processes that end meanwhile count as nothing.
pub(super) fn sample(pid: i32, own: u32) -> Sample {
    let mut total = Sample::default();
    let mut open = vec![(pid, 0)];
    let mut seen = 0;
    while let Some((pid, generation)) = open.pop() {
        let counts = generation >= own;
        // Of all its threads: of one that has ended, be it the first, the kernel tells nothing.
        let (mut memory, mut tables) = (0, 0);
        seen += 1;
        if seen > 4096 {
            break;
        }
        if counts
            && let Some(one) = fs::read_to_string(format!("/proc/{pid}/stat"))
                .ok()
                .as_deref()
                .and_then(parse_stat)
        {
            total.cpu += one.cpu;
        }
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
            continue;
        };
        for thread in threads.flatten() {
            let thread = thread.path();
            if let Ok(children) = fs::read_to_string(thread.join("children")) {
                open.extend(
                    children
                        .split_ascii_whitespace()
                        .filter_map(|word| word.parse::<i32>().ok())
                        .map(|child| (child, generation + 1)),
                );
            }
            if !counts {
                continue;
            }
            total.threads += 1;
            let stat = fs::read_to_string(thread.join("stat")).unwrap_or_default();
            let state = stat
                .rsplit_once(')')
                .and_then(|(_, rest)| rest.trim_start().chars().next());
            total.runnable |= matches!(state, Some('R' | 'D'));
            memory = memory.max(parse_stat(&stat).map_or(0, |one| one.memory));
            if tables == 0 {
                tables = page_tables(&thread);
            }
        }
        total.memory += memory + tables;
    }
    total
}

/// Sends a process SIGQUIT; to the thread of it that works most, if one works: Go's handler shows the stack of the thread
/// that it runs on, and none of other threads that are at work.
#[expect(unsafe_code, reason = "tgkill has no safe form")]
pub(super) fn ask_for_a_dump(pid: Pid) -> nix::Result<()> {
    let working = |thread: fs::DirEntry| {
        let number: i32 = thread.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(thread.path().join("stat")).ok()?;
        let is_running = stat.rsplit_once(')')?.1.trim_start().starts_with('R');
        is_running.then_some((parse_stat(&stat)?.cpu, number))
    };
    let busiest = fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(working)
        .max();
    match busiest {
        Some((_, thread)) => {
            // SAFETY: takes three numbers and touches no memory.
            let done =
                unsafe { libc::syscall(libc::SYS_tgkill, pid.as_raw(), thread, libc::SIGQUIT) };
            Errno::result(done).map(drop)
        }
        None => kill(pid, Signal::SIGQUIT),
    }
}

/// What the page tables of a thread's process take: memory that it can have the kernel use without touching any.
fn page_tables(thread: &Path) -> u64 {
    let status = fs::read_to_string(thread.join("status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmPTE:")?.trim().strip_suffix(" kB"))
        .and_then(|kibibytes| kibibytes.parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes << 10)
}

/// Reads `/proc/PID/stat`, whose fields `proc_pid_stat(5)` numbers.
fn parse_stat(text: &str) -> Option<Sample> {
    // The second field, the name, may hold blanks and parentheses: what follows the last one is regular.
    let (_, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    let number = |field: usize| fields.get(field - 3)?.parse::<i64>().ok();
    let ticks = number(14)? + number(15)? + number(16)? + number(17)?;
    let pages = number(24)?;
    Some(Sample {
        cpu: Duration::from_millis(u64::try_from(ticks).ok()? * 1000 / clock_ticks()),
        memory: u64::try_from(pages).ok()? * page_size(),
        runnable: false,
        threads: 0,
    })
}

fn clock_ticks() -> u64 {
    sysconf(nix::unistd::SysconfVar::CLK_TCK, 100)
}

fn page_size() -> u64 {
    sysconf(nix::unistd::SysconfVar::PAGE_SIZE, 4096)
}

fn sysconf(variable: nix::unistd::SysconfVar, usual: u64) -> u64 {
    nix::unistd::sysconf(variable)
        .ok()
        .flatten()
        .and_then(|value| u64::try_from(value).ok())
        .filter(|value| *value > 0)
        .unwrap_or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_is_read_over() {
        let line = "7 (a) b (c) S 1 7 7 0 -1 4194560 100 0 0 0 30 20 5 5 20 0 1 0 100 1000000 250 18446744073709551615";
        let sample = parse_stat(line).expect("a regular line");
        assert_eq!(sample.cpu, Duration::from_millis(60 * 1000 / clock_ticks()));
        assert_eq!(sample.memory, 250 * page_size());
    }

    #[test]
    fn this_process_is_seen_at_work() {
        let pid = i32::try_from(std::process::id()).expect("a pid");
        let sample = sample(pid, 0);
        assert!(
            sample.runnable,
            "a process that looks at itself runs: {sample:?}"
        );
        assert!(sample.memory > 0);
    }
}
