//! Control groups: the kernel's own hold on memory and on the number of processes, version 1 and version 2.
//!
//! gavel makes one group of its own beside or below the one that it runs in, and one in that for each run at a time; they are
//! used again. Where it may not, there are none, and these limits are held by resource limits and by looking.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The groups of one gavel.
#[derive(Debug)]
pub struct Groups {
    home: Home,
    /// Its folders, locked for as long as this gavel lives: its number says nothing to who sees other processes.
    _owned: Vec<File>,
    free: Mutex<Vec<Group>>,
    made: Mutex<u32>,
}

/// Where gavel's groups are.
#[derive(Clone, Debug)]
enum Home {
    /// One folder for everything.
    Unified(PathBuf),
    /// One for each kind of limit.
    Separate { memory: PathBuf, processes: PathBuf },
}

/// A group for one run at a time.
#[derive(Debug)]
pub(super) struct Group {
    home: Home,
    before: Counts,
}

/// What the kernel has counted in a group so far.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Processes that it has ended because memory had run out, wherever that was.
    kills: u64,
    /// How often the group had nothing left of its own; version 1 doesn't count it.
    full: Option<u64>,
}

/// For want of which memory something in a group was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shortage {
    /// Nothing was.
    None,
    /// What the group may use.
    Own,
    /// The machine's, or that of a group above: the group itself was within its limit.
    Elsewhere,
}

/// The beginning of the names of gavel's own groups; its process number follows.
const NAME: &str = "gavel-";

impl Groups {
    /// Makes gavel's own group, and tries whether limits can be set in it. `None` if this isn't for gavel to do here.
    pub fn create() -> Option<Self> {
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let name = format!("{NAME}{}", std::process::id());
        let home = separate(&mounts, &own, &name).or_else(|| unified(&mounts, &own, &name))?;
        // Another may have the same number in another namespace: then it is that one's.
        let owned = home.folders().map(claim).collect::<io::Result<_>>().ok()?;
        hand_down(&home)?;
        let groups = Self {
            home,
            _owned: owned,
            free: Mutex::default(),
            made: Mutex::new(0),
        };
        let group = groups.take(64 << 20, 16).ok()?;
        groups.give_back(group);
        Some(groups)
    }

    /// Its folders: what a guard has to remove.
    pub fn folders(&self) -> Vec<PathBuf> {
        self.home.folders().map(Path::to_owned).collect()
    }

    /// A group with these limits.
    pub(super) fn take(&self, memory: u64, processes: u64) -> io::Result<Group> {
        let free = lock(&self.free).pop();
        let mut group = if let Some(group) = free {
            group
        } else {
            let mut made = lock(&self.made);
            *made += 1;
            let home = self.home.below(&made.to_string());
            for folder in home.folders() {
                make(folder)?;
            }
            Group {
                home,
                before: Counts::default(),
            }
        };
        group.limit(memory, processes)?;
        group.before = group.counts();
        Ok(group)
    }

    /// Takes a group back, once nothing is in it any more.
    pub(super) fn give_back(&self, group: Group) {
        if group.is_empty() {
            lock(&self.free).push(group);
        } else {
            remove(&group.home);
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        for group in lock(&self.free).drain(..) {
            remove(&group.home);
        }
        remove(&self.home);
    }
}

impl Group {
    /// Opened files by which a process of one thread joins, when it writes `0`.
    pub(super) fn doors(&self) -> io::Result<Vec<File>> {
        let door = match &self.home {
            Home::Unified(_) => "cgroup.procs",
            // For a whole process the kernel would first wait for all processors.
            Home::Separate { .. } => "tasks",
        };
        self.home
            .folders()
            .map(|folder| OpenOptions::new().write(true).open(folder.join(door)))
            .collect()
    }

    /// Whether the kernel has ended something in it for want of memory, since it was taken.
    pub(super) fn shortage(&self) -> Shortage {
        self.before.shortage_until(self.counts())
    }

    fn limit(&self, memory: u64, processes: u64) -> io::Result<()> {
        match &self.home {
            Home::Unified(folder) => {
                fs::write(folder.join("memory.max"), memory.to_string())?;
                // Without swap there is no such file.
                let _ = fs::write(folder.join("memory.swap.max"), "0");
                let _ = fs::write(folder.join("memory.oom.group"), "1");
                fs::write(folder.join("pids.max"), processes.to_string())
            }
            Home::Separate {
                memory: folder,
                processes: other,
            } => {
                let together = folder.join("memory.memsw.limit_in_bytes");
                // What an earlier run has left in the cache counts too, until it is needed; most leave next to nothing.
                let left = fs::read_to_string(folder.join("memory.usage_in_bytes"));
                let left = left.ok().and_then(|text| text.trim().parse::<u64>().ok());
                if left.is_none_or(|left| left > memory / 8) {
                    let _ = fs::write(folder.join("memory.force_empty"), "0");
                }
                // The limit of both together may never be below the one of memory.
                let _ = fs::write(&together, "-1");
                fs::write(folder.join("memory.limit_in_bytes"), memory.to_string())?;
                let _ = fs::write(&together, memory.to_string());
                fs::write(other.join("pids.max"), processes.to_string())
            }
        }
    }

    fn counts(&self) -> Counts {
        match &self.home {
            Home::Unified(folder) => {
                let text = fs::read_to_string(folder.join("memory.events")).unwrap_or_default();
                Counts {
                    kills: counter(&text, "oom_kill").unwrap_or(0),
                    full: counter(&text, "oom"),
                }
            }
            Home::Separate { memory, .. } => {
                let text = fs::read_to_string(memory.join("memory.oom_control"));
                Counts {
                    kills: counter(&text.unwrap_or_default(), "oom_kill").unwrap_or(0),
                    full: None,
                }
            }
        }
    }

    /// Whether nothing is in it. What was killed a moment ago may still be.
    fn is_empty(&self) -> bool {
        let started = Instant::now();
        while !self.home.folders().all(holds_nothing) {
            if started.elapsed() > Duration::from_secs(1) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }
}

impl Counts {
    fn shortage_until(self, now: Self) -> Shortage {
        if now.kills <= self.kills {
            Shortage::None
        } else if now.full.is_some() && now.full <= self.full {
            Shortage::Elsewhere
        } else {
            Shortage::Own
        }
    }
}

impl Home {
    fn folders(&self) -> impl Iterator<Item = &Path> {
        let (first, second) = match self {
            Home::Unified(folder) => (folder, None),
            Home::Separate { memory, processes } => (memory, Some(processes)),
        };
        std::iter::once(first).chain(second).map(PathBuf::as_path)
    }

    fn below(&self, name: &str) -> Self {
        match self {
            Home::Unified(folder) => Home::Unified(folder.join(name)),
            Home::Separate { memory, processes } => Home::Separate {
                memory: memory.join(name),
                processes: processes.join(name),
            },
        }
    }
}

/// Version 1: a tree for each kind of limit.
fn separate(mounts: &str, own: &str, name: &str) -> Option<Home> {
    let folder = |kind: &str| -> Option<PathBuf> {
        let (root, mounted_at) = mounted(mounts, "cgroup", Some(kind))?;
        let group = own.lines().find_map(|line| {
            let mut fields = line.splitn(3, ':').skip(1);
            let is_it = fields.next()?.split(',').any(|one| one == kind);
            is_it.then(|| fields.next()).flatten()
        })?;
        Some(place(&root, &mounted_at, group)?.join(name))
    };
    let (memory, processes) = (folder("memory")?, folder("pids")?);
    make(&memory).ok()?;
    let home = Home::Separate {
        memory,
        processes: processes.clone(),
    };
    if make(&processes).is_err() {
        remove(&home);
        return None;
    }
    Some(home)
}

/// Version 2: one tree, in which a group either holds processes or hands limits down.
fn unified(mounts: &str, own: &str, name: &str) -> Option<Home> {
    let (root, mounted_at) = mounted(mounts, "cgroup2", None)?;
    let group = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let current = place(&root, &mounted_at, group)?;
    // Beside the group that gavel is in, if limits are handed down there; at the root of the tree, below it.
    let parent = current
        .ancestors()
        .skip(usize::from(current != mounted_at))
        .take_while(|folder| folder.starts_with(&mounted_at))
        .find(|folder| hands_down(folder, &["memory", "pids"]))?;
    let home = parent.join(name);
    make(&home).ok()?;
    Some(Home::Unified(home))
}

/// Has gavel's own group hand limits down to those in it; version 1 always does.
fn hand_down(home: &Home) -> Option<()> {
    let Home::Unified(folder) = home else {
        return Some(());
    };
    let handed_down = fs::write(folder.join("cgroup.subtree_control"), "+memory +pids");
    if handed_down.is_err() {
        remove(home);
    }
    handed_down.ok()
}

/// Locks a group's folder; an error if another has it.
fn claim(folder: &Path) -> io::Result<File> {
    let opened = File::open(folder)?;
    opened.try_lock()?;
    Ok(opened)
}

fn hands_down(folder: &Path, kinds: &[&str]) -> bool {
    let text = fs::read_to_string(folder.join("cgroup.subtree_control")).unwrap_or_default();
    kinds
        .iter()
        .all(|kind| text.split_whitespace().any(|one| one == *kind))
}

/// Where a group of this name is, seen through the mount of its tree.
fn place(root: &str, mounted_at: &Path, group: &str) -> Option<PathBuf> {
    let below = Path::new(group).strip_prefix(root).ok()?;
    Some(mounted_at.join(below))
}

/// The root and the mount point of a tree, from `proc_pid_mountinfo(5)`.
fn mounted(mounts: &str, kind: &str, option: Option<&str>) -> Option<(String, PathBuf)> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut before = before.split(' ').skip(3);
        let (root, mounted_at) = (before.next()?, before.next()?);
        let mut after = after.split(' ');
        if after.next()? != kind {
            return None;
        }
        let has_option = option.is_none_or(|option| {
            after
                .nth(1)
                .is_some_and(|options| options.split(',').any(|one| one == option))
        });
        has_option.then(|| (root.to_owned(), PathBuf::from(mounted_at)))
    })
}

fn counter(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| {
        let (word, value) = line.split_once(' ')?;
        (word == name).then(|| value.trim().parse().ok())?
    })
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        // Of an earlier process with this number.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn holds_nothing(folder: &Path) -> bool {
    fs::read_to_string(folder.join("cgroup.procs")).is_ok_and(|text| text.trim().is_empty())
}

fn remove(home: &Home) {
    for folder in home.folders() {
        let _ = remove_left_group(folder);
    }
}

/// Removes a group with all below it. What is still in it is ended first.
///
/// # Errors
///
/// If it is still there.
pub fn remove_left_group(folder: &Path) -> io::Result<()> {
    let started = Instant::now();
    loop {
        let below = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in below.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            end_all_in(&entry.path());
            let _ = fs::remove_dir(entry.path());
        }
        end_all_in(folder);
        match fs::remove_dir(folder) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if started.elapsed() > Duration::from_secs(2) => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

fn end_all_in(folder: &Path) {
    // Version 2 has a word for it.
    if fs::write(folder.join("cgroup.kill"), "1").is_ok() {
        return;
    }
    let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for pid in text.lines().filter_map(|line| line.parse::<i32>().ok()) {
        // Another namespace's processes read as 0, which would mean this process's own group.
        if pid > 1 {
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(pid),
                nix::sys::signal::Signal::SIGKILL,
            );
        }
    }
}

/// Groups of gavels that are gone.
pub fn left_groups() -> Vec<PathBuf> {
    let Ok(mounts) = fs::read_to_string("/proc/self/mountinfo") else {
        return Vec::new();
    };
    let trees = [
        mounted(&mounts, "cgroup", Some("memory")),
        mounted(&mounts, "cgroup", Some("pids")),
        mounted(&mounts, "cgroup2", None),
    ];
    let mut left = Vec::new();
    for (_, tree) in trees.into_iter().flatten() {
        let folders = walkdir::WalkDir::new(tree).max_depth(8).into_iter();
        for entry in folders
            .filter_entry(|entry| entry.file_type().is_dir())
            .flatten()
        {
            let name = entry.file_name().to_string_lossy();
            let is_gavels = name
                .strip_prefix(NAME)
                .is_some_and(|rest| rest.parse::<u32>().is_ok());
            if is_gavels && claim(entry.path()).is_ok() {
                left.push(entry.into_path());
            }
        }
    }
    left
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
        25 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
        31 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n\
        32 25 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

    #[test]
    fn mounts_are_found_by_type_and_option() {
        assert_eq!(
            mounted(MOUNTS, "cgroup2", None),
            Some(("/".to_owned(), PathBuf::from("/sys/fs/cgroup")))
        );
        assert_eq!(
            mounted(MOUNTS, "cgroup", Some("memory")),
            Some((
                "/docker/abc".to_owned(),
                PathBuf::from("/sys/fs/cgroup/memory")
            ))
        );
        assert_eq!(mounted(MOUNTS, "cgroup", Some("pids")), None);
    }

    #[test]
    fn a_group_is_seen_through_its_mount() {
        let at = Path::new("/sys/fs/cgroup/memory");
        assert_eq!(
            place("/docker/abc", at, "/docker/abc/x"),
            Some(at.join("x"))
        );
        assert_eq!(place("/docker/abc", at, "/elsewhere"), None);
    }

    #[test]
    fn counters_are_read_by_their_whole_name() {
        let text = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n";
        assert_eq!(counter(text, "oom_kill"), Some(3));
        assert_eq!(counter(text, "oom"), None);
    }

    #[test]
    fn a_group_within_its_limit_is_not_to_blame() {
        let counts = |kills, full| Counts { kills, full };
        let before = counts(2, Some(5));
        for (now, shortage) in [
            (counts(2, Some(9)), Shortage::None),
            (counts(3, Some(6)), Shortage::Own),
            (counts(3, Some(5)), Shortage::Elsewhere),
            (counts(3, None), Shortage::Own),
        ] {
            assert_eq!(before.shortage_until(now), shortage, "{now:?}");
        }
    }

    #[test]
    #[cfg_attr(not(has_groups), ignore = "no control group may be made here")]
    fn the_groups_of_one_that_lives_are_not_left() {
        let groups = Groups::create().expect("control groups");
        let folders = groups.folders();
        // Another with this number may not have them.
        assert!(Groups::create().is_none());
        assert!(!left_groups().iter().any(|left| folders.contains(left)));
        drop(groups);
        assert!(!folders.iter().any(|folder| folder.exists()));
    }
}
