//! Landlock: which files and ports the program may open, whatever their owners and modes say.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetStatus, Scope,
};
use nix::libc;

use super::super::order::Order;
use super::super::{Network, Role, Tier};
use super::root::DEVICES;
use super::{Refusal, rights};

/// The newest version that is made use of: what an older kernel lacks is left out, and said.
const NEWEST: ABI = ABI::V6;

/// What a program may read about itself where it sees the host's `/proc`: what it is linked with reads some of it when it starts.
/// Its memory, `mem`, is not among it.
const OF_ITSELF: [&str; 10] = [
    "auxv",
    "cgroup",
    "cmdline",
    "environ",
    "fd",
    "limits",
    "maps",
    "mountinfo",
    "stat",
    "status",
];

/// What this kernel's Landlock can't hold of an order, one phrase each.
pub(super) fn lacking(order: &Order) -> Vec<String> {
    let mut lacking = Vec::new();
    let version = kernel_version();
    if version == 0 {
        // Tier `landlock` refuses to start then.
        lacking.push("Landlock: this kernel has it not, or not switched on".to_owned());
    } else if order.tier == Tier::Landlock {
        if version < 3 {
            lacking.push(
                "files: Landlock of this kernel can't keep a file from being cut off".to_owned(),
            );
        }
        if version < 6 {
            // Guests are kept from it by their system calls.
            lacking.push(
                "signals: a run that may start processes can signal others of its user".to_owned(),
            );
        }
    }
    let (user, _) = rights::identity(order.tier, order.view.role);
    if user == 0 && order.view.role != Role::Tool {
        lacking.push("rights: runs are root's, without its capabilities".to_owned());
    }
    if order.tier == Tier::Landlock && order.view.network == Network::Loopback {
        lacking.push("network: Landlock names ports, not addresses".to_owned());
    }
    lacking
}

#[expect(
    unsafe_code,
    reason = "the question for the version, as landlock(7) gives it"
)]
fn kernel_version() -> i64 {
    // SAFETY: with this flag the call reads nothing.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, 0, 0, 1) };
    version.max(0)
}

/// Confines this process and its descendants.
pub(super) fn restrict(order: &Order) -> Result<(), Refusal> {
    let status = create(order)
        .and_then(RulesetCreated::restrict_self)
        .map_err(|error| format!("Landlock: {error}"))?;
    match (status.ruleset, order.tier) {
        (RulesetStatus::NotEnforced, Tier::Landlock) => {
            Err("this kernel has no Landlock, or it isn't switched on".to_owned())
        }
        _ => Ok(()),
    }
}

fn create(order: &Order) -> Result<RulesetCreated, landlock::RulesetError> {
    let view = &order.view;
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?;
    if view.network == Network::None {
        rules = rules.handle_access(AccessNet::from_all(NEWEST))?;
    }
    let read = AccessFs::ReadFile | AccessFs::ReadDir | AccessFs::Execute;
    let everything = AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let write = match view.role {
        Role::Tool => everything,
        // What it writes it can't start as a program.
        Role::Guest | Role::Parent | Role::Companion => everything & !AccessFs::Execute,
    };
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let mut rules = rules.create()?;
    if order.tier == Tier::Strict {
        rules = allow(rules, Path::new("/"), read)?;
    } else {
        for path in &view.read {
            rules = allow(rules, path, read)?;
        }
        rules = allow(rules, Path::new("/etc/hosts"), AccessFs::ReadFile.into())?;
        for name in OF_ITSELF {
            let file = Path::new("/proc/self").join(name);
            rules = allow(rules, &file, AccessFs::ReadFile | AccessFs::ReadDir)?;
        }
    }
    for path in view.write.iter().chain([&view.scratch]) {
        rules = allow(rules, path, write)?;
    }
    for name in DEVICES {
        let access = match name {
            "null" | "full" => device,
            // Mapped for writing, zero would be shared memory that counts for nobody.
            _ => AccessFs::ReadFile | AccessFs::IoctlDev,
        };
        rules = allow(rules, &Path::new("/dev").join(name), access)?;
    }
    Ok(rules)
}

/// Adds a rule for a path, if there is something at it.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    let Ok(opened) = PathFd::new(path) else {
        return Ok(rules);
    };
    let access = if path.is_dir() {
        access
    } else {
        access & AccessFs::from_file(NEWEST)
    };
    rules.add_rule(PathBeneath::new(opened, access))
}
