//! The system calls that a program may make. Whatever isn't listed is answered as if the kernel had never heard of it.

use std::collections::BTreeMap;

use nix::libc;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch,
};

use super::super::order::Order;
use super::super::{Network, Role, Tier};
use super::Refusal;

/// Calls that every program may make, with any arguments.
const EVERYBODY: &[libc::c_long] = &[
    // Files, as far as the root and Landlock let it.
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_copy_file_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fallocate,
    libc::SYS_fchdir,
    libc::SYS_chdir,
    libc::SYS_fdatasync,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_fsync,
    libc::SYS_ftruncate,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_linkat,
    libc::SYS_lseek,
    libc::SYS_mkdirat,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_read,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_symlinkat,
    libc::SYS_truncate,
    libc::SYS_umask,
    libc::SYS_unlinkat,
    libc::SYS_write,
    libc::SYS_writev,
    // Waiting for what happens to them.
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    // Memory.
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mincore,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_msync,
    libc::SYS_munmap,
    // Threads and their signals.
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_get_robust_list,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_sigaltstack,
    // Time.
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_getitimer,
    libc::SYS_gettimeofday,
    libc::SYS_nanosleep,
    libc::SYS_setitimer,
    libc::SYS_timer_create,
    libc::SYS_timer_delete,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_gettime,
    libc::SYS_timer_settime,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_gettime,
    libc::SYS_timerfd_settime,
    libc::SYS_times,
    // Who and where it is.
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getgroups,
    libc::SYS_getpgid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getrandom,
    libc::SYS_getresgid,
    libc::SYS_getresuid,
    libc::SYS_getrusage,
    libc::SYS_getsid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// Older names of the same, on machines that have them.
#[cfg(target_arch = "x86_64")]
const EVERYBODY_HERE: &[libc::c_long] = &[
    libc::SYS_access,
    libc::SYS_alarm,
    libc::SYS_arch_prctl,
    libc::SYS_creat,
    libc::SYS_dup2,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_getdents,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
    libc::SYS_link,
    libc::SYS_lstat,
    libc::SYS_mkdir,
    libc::SYS_open,
    libc::SYS_pause,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_readlink,
    libc::SYS_rename,
    libc::SYS_rmdir,
    libc::SYS_select,
    libc::SYS_stat,
    libc::SYS_symlink,
    libc::SYS_time,
    libc::SYS_unlink,
];
#[cfg(not(target_arch = "x86_64"))]
const EVERYBODY_HERE: &[libc::c_long] = &[];

/// What starting programs and looking after them takes.
const PARENTS: &[libc::c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_tgkill,
    libc::SYS_tkill,
    libc::SYS_wait4,
    libc::SYS_waitid,
];
#[cfg(target_arch = "x86_64")]
const PARENTS_HERE: &[libc::c_long] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
const PARENTS_HERE: &[libc::c_long] = &[];

/// What changes owners, modes and times of files. Landlock doesn't look at it, so where there is no other wall around files,
/// strangers' programs do without.
const ATTRIBUTES: &[libc::c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
];
#[cfg(target_arch = "x86_64")]
const ATTRIBUTES_HERE: &[libc::c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_futimesat,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
];
#[cfg(not(target_arch = "x86_64"))]
const ATTRIBUTES_HERE: &[libc::c_long] = &[];

/// What of `fcntl` concerns the process alone: no signals for what happens to a descriptor, no leases that others wait for.
const OF_DESCRIPTORS: [libc::c_int; 12] = [
    libc::F_DUPFD,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
    libc::F_DUPFD_CLOEXEC,
];

/// What sockets take beside making one. Not what can pass descriptors on: gavel would get them, and have to close them.
const SOCKETS: &[libc::c_long] = &[
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_getsockname,
    libc::SYS_getsockopt,
    libc::SYS_listen,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendto,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
];

/// Questions about a descriptor that change nothing but the descriptor.
const HARMLESS_REQUESTS: [libc::c_ulong; 5] = [
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
    libc::TCGETS,
];

/// All kinds of new namespace, as bits of `clone`.
const NAMESPACES: libc::c_int = libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS;

/// What compilers and linkers use beyond that.
const TOOLS: &[libc::c_long] = &[
    libc::SYS_capget,
    libc::SYS_getpriority,
    libc::SYS_setpriority,
    libc::SYS_sched_setaffinity,
    libc::SYS_setrlimit,
];

/// What servers use beyond that, to share memory among their processes above all.
const COMPANIONS: &[libc::c_long] = &[
    libc::SYS_mmap,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_shmdt,
    libc::SYS_shmget,
    libc::SYS_signalfd4,
    libc::SYS_sync_file_range,
];

/// The filter for an order. To be made in the process that it is for: some calls may only concern that.
pub(super) fn filter(order: &Order) -> Result<BpfProgram, Refusal> {
    compile(order).map_err(|error| format!("seccomp: {error}"))
}

fn compile(order: &Order) -> Result<BpfProgram, BackendError> {
    let mut rules = Rules {
        list: BTreeMap::new(),
        own: u64::from(nix::unistd::getpid().as_raw().unsigned_abs()),
    };
    rules.any(EVERYBODY);
    rules.any(EVERYBODY_HERE);
    if order.tier == Tier::Strict || order.view.role == Role::Tool {
        rules.any(ATTRIBUTES);
        rules.any(ATTRIBUTES_HERE);
    }
    rules.memory_and_itself(order.view.role)?;
    if order.view.role.may_start_programs() {
        rules.processes(order.tier)?;
    } else {
        rules.threads(order.tier)?;
    }
    match order.view.network {
        Network::None => {}
        Network::Loopback => rules.network(order.tier)?,
    }
    if order.view.role == Role::Tool {
        rules.any(TOOLS);
    }
    if order.view.role == Role::Companion {
        rules.any(COMPANIONS);
    }
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let machine = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules.list, unknown, SeccompAction::Allow, machine)?.try_into()
}

/// What is allowed: call by call, always (no rule) or by its arguments (one rule of those must fit).
struct Rules {
    list: BTreeMap<libc::c_long, Vec<SeccompRule>>,
    /// The process's number.
    own: u64,
}

impl Rules {
    fn any(&mut self, calls: &[libc::c_long]) {
        self.list
            .extend(calls.iter().map(|call| (*call, Vec::new())));
    }

    fn only(
        &mut self,
        call: libc::c_long,
        rules: impl IntoIterator<Item = Vec<Condition>>,
    ) -> Result<(), BackendError> {
        let rules: Result<_, _> = rules.into_iter().map(rule).collect();
        self.list.insert(call, rules?);
        Ok(())
    }

    fn memory_and_itself(&mut self, role: Role) -> Result<(), BackendError> {
        // Memory that is shared and in no file counts for nobody once it isn't touched any more.
        let both = number(libc::MAP_SHARED | libc::MAP_ANONYMOUS);
        let others = [0, libc::MAP_SHARED, libc::MAP_ANONYMOUS];
        let mappings = others.map(|other| vec![masked(3, both, number(other))]);
        self.only(libc::SYS_mmap, mappings)?;
        let commands = OF_DESCRIPTORS.map(|command| vec![equals(1, number(command))]);
        self.only(libc::SYS_fcntl, commands)?;
        let mut options = vec![
            libc::PR_SET_NAME,
            libc::PR_GET_NAME,
            libc::PR_GET_DUMPABLE,
            libc::PR_CAPBSET_READ,
            libc::PR_GET_NO_NEW_PRIVS,
            libc::PR_SET_VMA,
        ];
        if role.may_start_programs() {
            options.push(libc::PR_SET_PDEATHSIG);
        }
        // One way: what has been closed to others stays closed.
        let closing = vec![equals(0, number(libc::PR_SET_DUMPABLE)), equals(1, 0)];
        let options = options
            .iter()
            .map(|option| vec![equals(0, number(*option))]);
        self.only(libc::SYS_prctl, options.chain([closing]))?;
        let own = self.own;
        self.only(
            libc::SYS_prlimit64,
            [vec![equals(0, 0)], vec![equals(0, own)]],
        )?;
        let requests = HARMLESS_REQUESTS.map(|request| vec![equals(1, request)]);
        self.only(libc::SYS_ioctl, requests)
    }

    /// For a program that may start others.
    fn processes(&mut self, tier: Tier) -> Result<(), BackendError> {
        self.any(PARENTS);
        self.any(PARENTS_HERE);
        let no_namespace = masked(0, number(NAMESPACES), 0);
        self.only(libc::SYS_clone, [vec![no_namespace]])?;
        match tier {
            // In a namespace of its own everybody is its own.
            Tier::Strict => self.only(libc::SYS_kill, []),
            Tier::Landlock | Tier::None => {
                self.only(libc::SYS_kill, [vec![differs(0, EVERYBODY_AT_ONCE)]])
            }
        }
    }

    /// For a program that may not.
    fn threads(&mut self, tier: Tier) -> Result<(), BackendError> {
        let thread = number(libc::CLONE_THREAD);
        self.only(libc::SYS_clone, [vec![masked(0, thread, thread)]])?;
        // The first program is started so. It can start itself anew so, and with the loader what it may read: inside the same
        // walls, and without its key.
        let by_descriptor = number(libc::AT_EMPTY_PATH);
        self.only(libc::SYS_execveat, [vec![equals(4, by_descriptor)]])?;
        let signals = [
            libc::SYS_tgkill,
            libc::SYS_rt_sigqueueinfo,
            libc::SYS_rt_tgsigqueueinfo,
        ];
        let own = self.own;
        match tier {
            // In a namespace of its own there is nobody else to signal.
            Tier::Strict => self.any(&[&signals[..], &[libc::SYS_kill]].concat()),
            Tier::Landlock | Tier::None => {
                for call in signals {
                    self.only(call, [vec![equals(0, own)]])?;
                }
                // It leads a session of its own: 0 is its own group.
                self.only(libc::SYS_kill, [vec![equals(0, own)], vec![equals(0, 0)]])?;
            }
        }
        Ok(())
    }

    fn network(&mut self, tier: Tier) -> Result<(), BackendError> {
        self.any(SOCKETS);
        let families: &[libc::c_int] = match tier {
            // Local names are the namespace's own.
            Tier::Strict => &[libc::AF_INET, libc::AF_INET6, libc::AF_UNIX],
            Tier::Landlock | Tier::None => &[libc::AF_INET, libc::AF_INET6],
        };
        let protocols = [0, libc::IPPROTO_TCP, libc::IPPROTO_UDP];
        let sockets = families.iter().flat_map(|family| {
            protocols.map(|protocol| vec![equals(0, number(*family)), equals(2, number(protocol))])
        });
        self.only(libc::SYS_socket, sockets)?;
        // A pair of another type could be connected elsewhere.
        let local = vec![
            equals(0, number(libc::AF_UNIX)),
            masked(1, SOCKET_TYPE, number(libc::SOCK_STREAM)),
        ];
        self.only(libc::SYS_socketpair, [local])
    }
}

/// `-1` for `kill`, as the lower half of its argument.
const EVERYBODY_AT_ONCE: u64 = 0xffff_ffff;

/// The bits of a socket's type that aren't flags.
const SOCKET_TYPE: u64 = 0xf;

#[derive(Clone)]
struct Condition {
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
}

fn equals(argument: u8, value: u64) -> Condition {
    Condition {
        argument,
        operator: SeccompCmpOp::Eq,
        value,
    }
}

fn differs(argument: u8, value: u64) -> Condition {
    Condition {
        argument,
        operator: SeccompCmpOp::Ne,
        value,
    }
}

fn masked(argument: u8, mask: u64, value: u64) -> Condition {
    Condition {
        argument,
        operator: SeccompCmpOp::MaskedEq(mask),
        value,
    }
}

fn rule(conditions: Vec<Condition>) -> Result<SeccompRule, BackendError> {
    // The kernel itself looks at the lower half of these arguments alone.
    let conditions: Result<Vec<SeccompCondition>, _> = conditions
        .into_iter()
        .map(|one| {
            SeccompCondition::new(
                one.argument,
                SeccompCmpArgLen::Dword,
                one.operator,
                one.value,
            )
        })
        .collect();
    SeccompRule::new(conditions?)
}

fn number(number: libc::c_int) -> u64 {
    u64::from(number.unsigned_abs())
}
