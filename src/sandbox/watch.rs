//! What a process and its descendants are doing, as the kernel tells it under `/proc`, and the limits that are held by looking.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::disk::{self, Holding};
use super::{LimitHit, Limits, Tier};

/// How often a running program is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Less use of the processor than this between two looks at the same figure counts as none.
const NO_CPU: Duration = Duration::from_millis(10);
/// Where the kernel holds the number of processes and threads, what is just ending may still be seen.
const SLACK: u64 = 16;
/// The scratch folder is looked at each so many looks.
const LOOKS_FOR_DISK: u32 = 4;

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
    /// Processor time used so far by what runs beside them, which counts for nothing but that they may be waiting for it.
    pub cpu_beside: Duration,
}

impl Sample {
    fn all_cpu(&self) -> Duration {
        self.cpu + self.cpu_beside
    }
}

/// Looks at `pid` and its descendants, but for the first `own` generations. Processes that end meanwhile count as nothing.
pub(super) fn sample(pid: i32, own: u32, has_companions: bool) -> Sample {
    let mut total = Sample::default();
    let mut open = vec![(pid, 0)];
    let namespaces = if has_companions { namespaces(pid) } else { 0 };
    let mut seen = 0;
    while let Some((pid, generation)) = open.pop() {
        let counts = generation >= own;
        // Of all its threads: of one that has ended, be it the first, the kernel tells nothing.
        let (mut memory, mut tables) = (0, 0);
        seen += 1;
        if seen > 4096 {
            break;
        }
        if has_companions && generation == own && self::namespaces(pid) > namespaces {
            let beside = sample(pid, 0, false);
            total.cpu_beside += beside.cpu;
            total.runnable |= beside.runnable;
            continue;
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

/// In how many process namespaces, one in the other, a process has a number. A companion is the first of one of its own, and no
/// program can make any.
pub(super) fn namespaces(pid: i32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.map_or(0, |numbers| numbers.split_ascii_whitespace().count())
}

/// The limits that have to be looked after.
pub(super) struct Watched {
    pub pid: i32,
    /// Processor time of what was there before, of a service that was started again.
    pub spent: Duration,
    /// Whether something runs beside it.
    pub has_companions: bool,
    /// How many generations of processes are the sandbox's own.
    own: u32,
    limits: Limits,
    /// The scratch folder, where nothing else holds it.
    scratch: Option<PathBuf>,
    looks: u32,
    last: Sample,
    busy_at: Instant,
    looked_at: Instant,
}

impl Watched {
    pub(super) fn new(
        started: Instant,
        pid: i32,
        tier: Tier,
        limits: &Limits,
        scratch: PathBuf,
    ) -> Self {
        let (own, holds_disk) = match tier {
            Tier::Strict => (1, true),
            Tier::Landlock => (1, false),
            Tier::None => (0, false),
        };
        Self {
            pid,
            spent: Duration::ZERO,
            has_companions: false,
            own,
            limits: limits.clone(),
            scratch: (!holds_disk && !scratch.as_os_str().is_empty()).then_some(scratch),
            looks: 0,
            last: Sample::default(),
            busy_at: started,
            looked_at: started,
        }
    }

    pub(super) fn look(&mut self) -> Option<LimitHit> {
        let now = Instant::now();
        // What wasn't looked at counts neither way: on a machine that is too busy to look, nobody is called idle.
        let since = now - self.looked_at;
        if since > 4 * LOOK_EVERY {
            self.busy_at += since;
        }
        self.looked_at = now;
        self.looks += 1;
        let sample = sample(self.pid, self.own, self.has_companions);
        if let Some(hit) = self.too_much(sample) {
            return Some(hit);
        }
        if self.looks.is_multiple_of(LOOKS_FOR_DISK) && self.is_disk_full() {
            return Some(LimitHit::Disk);
        }
        if sample.runnable || sample.all_cpu() >= self.last.all_cpu() + NO_CPU {
            self.busy_at = now;
            self.last = sample;
        }
        self.limits
            .idle
            .filter(|idle| now.saturating_duration_since(self.busy_at) >= *idle)
            .map(|_| LimitHit::Idle)
    }

    pub(super) fn is_over_a_limit(&self) -> bool {
        self.too_much(sample(self.pid, self.own, self.has_companions))
            .is_some()
    }

    fn too_much(&self, sample: Sample) -> Option<LimitHit> {
        if sample.memory > self.limits.memory {
            Some(LimitHit::Memory)
        } else if sample.threads > self.limits.processes + SLACK {
            Some(LimitHit::Processes)
        } else if self.spent + sample.cpu >= self.limits.cpu {
            Some(LimitHit::Cpu)
        } else {
            None
        }
    }

    fn is_disk_full(&self) -> bool {
        let most = Holding {
            bytes: self.limits.disk,
            files: self.limits.files,
        };
        self.scratch.as_ref().is_some_and(|scratch| {
            let now = disk::holding(scratch, most);
            now.bytes > most.bytes || now.files > most.files
        })
    }
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
        ..Sample::default()
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
        let sample = sample(pid, 0, false);
        assert!(
            sample.runnable,
            "a process that looks at itself runs: {sample:?}"
        );
        assert!(sample.memory > 0);
    }
}
