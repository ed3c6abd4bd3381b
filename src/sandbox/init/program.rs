//! The last steps of the program's own process, up to its first instruction.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;

use nix::libc;
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::signal::{SigSet, SigmaskHow, Signal, sigprocmask};
use seccompiler::BpfProgram;

use super::super::Tier;
use super::super::descriptors::{CHANNEL_IN, close_on_exec_from};
use super::super::order::{IMAGE, LINE, Order};
use super::{Refusal, calls, rights, rules};

/// What is worked out before the fork.
pub(super) struct Prepared {
    file: Option<CString>,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    is_own_count: bool,
}

/// Works out what can be, while an error is still easy to tell.
pub(super) fn prepare(order: &Order) -> Result<Prepared, Refusal> {
    let text = |text: &OsStr| {
        CString::new(text.as_bytes()).map_err(|_| format!("{} holds a NUL", text.display()))
    };
    let name = order
        .program
        .as_ref()
        .map_or(OsStr::new("program"), |file| file.as_os_str());
    let mut arguments = vec![text(name)?];
    for argument in &order.arguments {
        arguments.push(text(argument)?);
    }
    let mut environment = Vec::new();
    for (name, value) in &order.environment {
        environment.push(text(
            &[name.as_os_str(), OsStr::new("="), value]
                .into_iter()
                .collect::<std::ffi::OsString>(),
        )?);
    }
    Ok(Prepared {
        file: order
            .program
            .as_ref()
            .map(|file| text(file.as_os_str()))
            .transpose()?,
        arguments,
        environment,
        is_own_count: counts_processes_by_namespace(),
    })
}

/// Becomes the program; returns only with the reason why it couldn't.
pub(super) fn become_it(order: &Order, prepared: &Prepared) -> Refusal {
    match confine(order, prepared) {
        Ok(()) => execute(prepared),
        Err(why) => why,
    }
}

fn confine(order: &Order, prepared: &Prepared) -> Result<(), Refusal> {
    let identity = rights::identity(order.tier, order.view.role);
    nix::unistd::setsid().map_err(|error| format!("setsid: {error}"))?;
    for group in &order.groups {
        join_group(*group).map_err(|error| format!("can't join a control group: {error}"))?;
    }
    if order.tier == Tier::Strict {
        // Hides where in the host's tree of groups it is; older kernels can't.
        let _ = unshare(CloneFlags::CLONE_NEWCGROUP);
    }
    set_limits(order, prepared)?;
    if order.tier == Tier::Landlock {
        let scratch = &order.view.scratch;
        std::os::unix::fs::chown(scratch, Some(identity.0), Some(identity.1))
            .map_err(|error| format!("can't give {} to the program: {error}", scratch.display()))?;
    }
    // Who is to be it may not come by it.
    let data = order.data.as_ref().map(std::fs::File::open).transpose();
    let data = data.map_err(|error| format!("can't open its data: {error}"))?;
    rights::give_up(identity)?;
    if order.tier == Tier::Landlock && order.groups.is_empty() {
        limit_user(order.processes.saturating_mul(PROCESSES_ABOVE))?;
    }
    nix::unistd::chdir(&order.directory)
        .map_err(|error| format!("can't enter {}: {error}", order.directory.display()))?;
    if let Some(data) = data {
        let mut archive = tar::Archive::new(data);
        archive.set_preserve_mtime(false);
        archive
            .unpack(&order.view.scratch)
            .map_err(|error| format!("can't unpack its data: {error}"))?;
    }
    if order.tier == Tier::Landlock {
        // Dies with its keeper; giving up rights has cleared what was set before.
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
            .map_err(|error| format!("prctl: {error}"))?;
    }
    rules::restrict(order)?;
    // The keeper has blocked some.
    sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
        .map_err(|error| format!("sigprocmask: {error}"))?;
    close_on_exec_from(if order.has_channel { LINE } else { CHANNEL_IN });
    let filter: BpfProgram = calls::filter(order)?;
    seccompiler::apply_filter(&filter).map_err(|error| format!("seccomp: {error}"))
}

/// The descriptor was opened by gavel, whose rights count; `0` means whoever writes.
fn join_group(descriptor: i32) -> nix::Result<()> {
    #[expect(unsafe_code, reason = "a descriptor that was inherited by its number")]
    // SAFETY: gavel has put it there, and it stays open until exec.
    let group = unsafe { std::os::fd::BorrowedFd::borrow_raw(descriptor) };
    nix::unistd::write(group, b"0").map(|_| ())
}

fn set_limits(order: &Order, prepared: &Prepared) -> Result<(), Refusal> {
    for (number, soft, hard) in &order.limits {
        set_limit(*number, *soft, *hard).map_err(|()| failed(*number))?;
    }
    set_limit(libc::RLIMIT_MSGQUEUE, 0, 0).map_err(|()| failed(libc::RLIMIT_MSGQUEUE))?;
    if order.tier == Tier::Strict && prepared.is_own_count {
        // The init may count as one of them.
        let processes = order.processes.saturating_add(1);
        set_limit(libc::RLIMIT_NPROC, processes, processes)
            .map_err(|()| failed(libc::RLIMIT_NPROC))?;
    }
    Ok(())
}

/// Of the limit on a run's processes, how many times as many its user may come to have more than there were before. The run
/// itself is ended long before, and others beside it have room then.
const PROCESSES_ABOVE: u64 = 8;

/// Where only all processes of a user can be held: allows `more` than the user has now. The kernel doesn't say how many these
/// are, and `/proc` may not show all: the limit is doubled until one more can be started.
fn limit_user(more: u64) -> Result<(), Refusal> {
    let most = getrlimit(Resource::RLIMIT_NPROC)
        .map_err(|error| format!("getrlimit: {error}"))?
        .1;
    let enough = std::iter::successors(Some(256_u64), |limit| limit.checked_mul(2))
        .take_while(|limit| *limit < most)
        .find(|limit| set_limit(libc::RLIMIT_NPROC, *limit, most).is_ok() && can_fork());
    let limit = enough.map_or(most, |limit| limit.saturating_add(more));
    set_limit(libc::RLIMIT_NPROC, limit, limit).map_err(|()| failed(libc::RLIMIT_NPROC))
}

fn can_fork() -> bool {
    match super::fork_into(CloneFlags::empty()) {
        Ok(None) => super::leave(0),
        Ok(Some(pid)) => {
            let _ = nix::sys::wait::waitpid(pid, None);
            true
        }
        Err(_) => false,
    }
}

fn failed(number: u32) -> Refusal {
    format!("setrlimit {number}: {}", io::Error::last_os_error())
}

#[expect(unsafe_code, reason = "setrlimit by number")]
fn set_limit(number: u32, soft: u64, hard: u64) -> Result<(), ()> {
    let mut now = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: plain numbers, and a live structure.
    unsafe {
        libc::getrlimit(number, &raw mut now);
        // What the user's own limit doesn't allow can't be given.
        let hard = hard.min(now.rlim_max);
        let limit = libc::rlimit {
            rlim_cur: soft.min(hard),
            rlim_max: hard,
        };
        if libc::setrlimit(number, &raw const limit) == -1 {
            return Err(());
        }
    }
    Ok(())
}

/// Since Linux 5.14 a user's processes are counted for each user namespace; before, the count would be of all that the user
/// runs on this machine.
fn counts_processes_by_namespace() -> bool {
    let Ok(kernel) = nix::sys::utsname::uname() else {
        return false;
    };
    let mut numbers = kernel
        .release()
        .to_str()
        .unwrap_or_default()
        .split(|c: char| !c.is_ascii_digit())
        .map_while(|number| number.parse::<u32>().ok());
    (numbers.next(), numbers.next()) >= (Some(5), Some(14))
}

#[expect(unsafe_code, reason = "exec of an inherited descriptor")]
fn execute(prepared: &Prepared) -> Refusal {
    let pointers = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts
            .iter()
            .map(|text| text.as_ptr())
            .chain([std::ptr::null()])
            .collect()
    };
    let (arguments, environment) = (
        pointers(&prepared.arguments),
        pointers(&prepared.environment),
    );
    let (descriptor, file, flags) = match &prepared.file {
        Some(file) => (libc::AT_FDCWD, file.as_ptr(), 0),
        None => (IMAGE, c"".as_ptr(), libc::AT_EMPTY_PATH),
    };
    // SAFETY: all texts end with NUL, both lists with a null pointer, and they live until the call.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            descriptor,
            file,
            arguments.as_ptr(),
            environment.as_ptr(),
            flags,
        );
    }
    format!("exec: {}", io::Error::last_os_error())
}
