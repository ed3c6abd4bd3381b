//! Users, groups and capabilities: who the program is.

use std::fs;
use std::io;

use nix::errno::Errno;
use nix::libc;
use nix::unistd::{Gid, Pid, Uid, getegid, geteuid, setgroups, setresgid, setresuid};

use super::super::{Role, Tier};
use super::Refusal;

/// The user and group inside a user namespace.
pub(super) const INSIDE: u32 = 1000;
/// Those of a companion, where gavel may give it others than the program's.
const COMPANION: u32 = 1001;
/// Outside, when gavel runs as root: `nobody`, who owns nothing.
pub(super) const NOBODY: u32 = 65534;
/// And of companions, for whom there is no name.
const NOBODY_ELSE: u32 = 65533;

/// Whoever runs out of memory, it shall not be gavel, nor the keeper.
pub(super) fn prefer_as_victim() {
    // Anybody may raise it; where it can't be, nothing is lost.
    let _ = fs::write("/proc/self/oom_score_adj", "500");
}

/// Gives the user namespace of `init` its users: gavel's own as 1000; or, for root, root as 0, nobody as 1000, and one more for
/// companions.
pub(super) fn map_users(init: Pid, has_companions: bool) -> Result<(), Refusal> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let write = |name: &str, text: String| {
        fs::write(format!("/proc/{init}/{name}"), &text)
            .map_err(|error| format!("can't write {name} of the namespace: {error}"))
    };
    let others = if has_companions {
        format!("{INSIDE} {NOBODY} 1\n{COMPANION} {NOBODY_ELSE} 1\n")
    } else {
        format!("{INSIDE} {NOBODY} 1\n")
    };
    if user == 0
        && write("uid_map", format!("0 0 1\n{others}")).is_ok()
        && write("gid_map", format!("0 {group} 1\n{others}")).is_ok()
    {
        return Ok(());
    }
    write("setgroups", "deny".to_owned())?;
    write("uid_map", format!("{INSIDE} {user} 1\n"))?;
    write("gid_map", format!("{INSIDE} {group} 1\n"))
}

/// Who the program will be: its user and group, as this process sees them.
pub(super) fn identity(tier: Tier, role: Role) -> (u32, u32) {
    let own = (geteuid().as_raw(), getegid().as_raw());
    match (tier, role) {
        // Root gives strangers another user.
        (Tier::Strict, Role::Guest | Role::Parent) if own.0 == 0 => (INSIDE, INSIDE),
        // Servers refuse to be root.
        (Tier::Strict, Role::Companion) if own.0 == 0 => (COMPANION, COMPANION),
        (Tier::Landlock, Role::Guest | Role::Parent) if own.0 == 0 && is_mapped(NOBODY) => {
            (NOBODY, NOBODY)
        }
        _ => own,
    }
}

/// Whether there is such a user in this process's user namespace: `user_namespaces(7)` has the lines of its map.
fn is_mapped(user: u32) -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.lines().any(|line| {
        let mut numbers = line
            .split_ascii_whitespace()
            .map_while(|number| number.parse::<u32>().ok());
        match (numbers.next(), numbers.next(), numbers.next()) {
            (Some(first), Some(_), Some(count)) => user >= first && user - first < count,
            _ => false,
        }
    })
}

/// Becomes that user, without any capability and without a way to gain one.
pub(super) fn give_up(identity: (u32, u32)) -> Result<(), Refusal> {
    let failed = |what: &str, error: Errno| format!("{what}: {error}");
    drop_bounding_set();
    if identity.0 != geteuid().as_raw() {
        let (user, group) = (Uid::from_raw(identity.0), Gid::from_raw(identity.1));
        setgroups(&[]).map_err(|error| failed("setgroups", error))?;
        setresgid(group, group, group).map_err(|error| failed("setresgid", error))?;
        setresuid(user, user, user).map_err(|error| failed("setresuid", error))?;
    }
    nix::sys::prctl::set_no_new_privs().map_err(|error| failed("no_new_privs", error))?;
    drop_capabilities().map_err(|error| format!("can't drop capabilities: {error}"))
}

/// Without a capability to do that the set stays; `no_new_privs` then keeps anything in it from being gained.
#[expect(unsafe_code, reason = "prctl by number")]
fn drop_bounding_set() {
    for capability in 0..64 {
        // SAFETY: plain numbers.
        if unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) } == -1 {
            return;
        }
    }
}

#[expect(unsafe_code, reason = "no crate at hand wraps capset")]
fn drop_capabilities() -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    /// `_LINUX_CAPABILITY_VERSION_3` of `linux/capability.h`.
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let none = [0_u32; 6];
    // SAFETY: version 3 reads a header and two sets of three words.
    unsafe {
        libc::prctl(
            libc::PR_CAP_AMBIENT,
            libc::PR_CAP_AMBIENT_CLEAR_ALL,
            0,
            0,
            0,
        );
        if libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
