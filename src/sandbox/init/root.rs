//! The root of tier `strict`: an empty file system in memory, with what the program may see laid into it.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

use super::super::order::Order;
use super::super::{Network, Role, Tier};
use super::{Refusal, rights};

/// Where the root is put together: one that covers nothing which goes into it.
const PLACES: [&str; 5] = ["/sys", "/mnt", "/media", "/srv", "/opt"];
/// Devices that everybody may use.
pub(super) const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];
const HOSTS: &str = "127.0.0.1 localhost\n::1 localhost\n";

/// Builds the root and moves into it. To be called by process 1 of fresh namespaces.
pub(super) fn build(order: &Order) -> Result<(), Refusal> {
    let view = &order.view;
    nix::unistd::sethostname("gavel").map_err(|error| format!("sethostname: {error}"))?;
    if view.network == Network::Loopback {
        raise_loopback()
            .map_err(|error| format!("can't bring the loopback interface up: {error}"))?;
    }
    mount_one(
        None,
        Path::new("/"),
        None,
        MsFlags::MS_REC | MsFlags::MS_PRIVATE,
        None,
    )?;
    let all = || view.read.iter().chain(&view.write);
    let place = PLACES
        .iter()
        .map(Path::new)
        .find(|place| place.is_dir() && !all().any(|path| path.starts_with(place)))
        .ok_or("there is no folder on which a root can be built")?;
    tmpfs(place, "mode=0755,size=1m")?;
    let inside = |path: &Path| place.join(path.strip_prefix("/").unwrap_or(path));

    let quiet = libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;
    for path in outermost(&view.read) {
        bind(&path, &inside(&path), quiet | libc::MOUNT_ATTR_RDONLY)?;
    }
    for path in &view.write {
        bind(path, &inside(path), quiet)?;
    }
    for device in DEVICES {
        let device = Path::new("/dev").join(device);
        let attributes =
            libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC;
        bind(&device, &inside(&device), attributes)?;
    }
    let hosts = inside(Path::new("/etc/hosts"));
    if !hosts.exists() {
        parents(&hosts)?;
        fs::write(&hosts, HOSTS)
            .and_then(|()| fs::set_permissions(&hosts, Permissions::from_mode(0o644)))
            .map_err(|error| format!("/etc/hosts: {error}"))?;
    }
    let (user, group) = rights::identity(Tier::Strict, view.role);
    if view.role == Role::Companion {
        // Servers ask who they are.
        let file = inside(Path::new("/etc/passwd"));
        let home = view.scratch.display();
        parents(&file)?;
        fs::write(&file, format!("gavel:x:{user}:{group}::{home}:/bin/sh\n"))
            .and_then(|()| fs::set_permissions(&file, Permissions::from_mode(0o644)))
            .map_err(|error| format!("/etc/passwd: {error}"))?;
    }
    let scratch = inside(&view.scratch);
    folder(&scratch)?;
    tmpfs(
        &scratch,
        &format!(
            "mode=0700,uid={user},gid={group},size={},nr_inodes={}",
            order.disk, order.files
        ),
    )?;
    let proc = inside(Path::new("/proc"));
    folder(&proc)?;
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC | MsFlags::MS_RDONLY;
    // Processes alone, and of these its own; kernels before 5.8 show what else there is in it.
    mount_one(
        Some("proc"),
        &proc,
        Some("proc"),
        flags,
        Some("subset=pid,hidepid=2"),
    )
    .or_else(|_| mount_one(Some("proc"), &proc, Some("proc"), flags, Some("hidepid=2")))?;

    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: Errno| format!("{what}: {error}")
    };
    nix::unistd::chdir(place).map_err(failed("chdir"))?;
    // The old root comes to lie under the new one, and is taken away.
    nix::unistd::pivot_root(".", ".").map_err(failed("pivot_root"))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(failed("umount of the old root"))?;
    nix::unistd::chdir("/").map_err(failed("chdir"))?;
    set_attributes(Path::new("/"), quiet | libc::MOUNT_ATTR_RDONLY, false)
}

/// Paths of which none lies in another.
fn outermost(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut sorted: Vec<&PathBuf> = paths.iter().collect();
    sorted.sort();
    let mut kept: Vec<PathBuf> = Vec::new();
    for path in sorted {
        if !kept.iter().any(|outer| path.starts_with(outer)) {
            kept.push(path.clone());
        }
    }
    kept
}

/// Lays a file or a folder of the host into the root; one that isn't there is left out.
fn bind(from: &Path, to: &Path, attributes: u64) -> Result<(), Refusal> {
    let Ok(data) = fs::metadata(from) else {
        return Ok(());
    };
    if data.is_dir() {
        folder(to)?;
    } else {
        parents(to)?;
        File::create(to).map_err(|error| format!("{}: {error}", to.display()))?;
    }
    let from_text = from
        .to_str()
        .ok_or_else(|| format!("{} is no text", from.display()))?;
    mount_one(
        Some(from_text),
        to,
        None,
        MsFlags::MS_BIND | MsFlags::MS_REC,
        None,
    )?;
    set_attributes(to, attributes, true)
}

fn folder(path: &Path) -> Result<(), Refusal> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)
        .map_err(|error| format!("can't make {}: {error}", path.display()))
}

fn parents(path: &Path) -> Result<(), Refusal> {
    path.parent().map_or(Ok(()), folder)
}

fn tmpfs(on: &Path, options: &str) -> Result<(), Refusal> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    // The root itself has executables laid into it; they are mounts of their own.
    mount_one(Some("tmpfs"), on, Some("tmpfs"), flags, Some(options))
}

fn mount_one(
    source: Option<&str>,
    target: &Path,
    kind: Option<&str>,
    flags: MsFlags,
    options: Option<&str>,
) -> Result<(), Refusal> {
    mount(source, target, kind, flags, options).map_err(|error| {
        let what = source.or(kind).unwrap_or("what is there");
        format!("can't mount {what} on {}: {error}", target.display())
    })
}

/// Sets attributes of a mount, and of all mounts below it: a plain remount would leave those as they were.
#[expect(unsafe_code, reason = "no crate at hand wraps mount_setattr")]
fn set_attributes(mount: &Path, attributes: u64, is_recursive: bool) -> Result<(), Refusal> {
    let path = CString::new(mount.as_os_str().as_bytes()).map_err(|error| error.to_string())?;
    let attributes = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    let flags = if is_recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path ends with NUL, and the size is the structure's.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    if result == -1 {
        let error = io::Error::last_os_error();
        return Err(format!(
            "can't protect the mount {}: {error}",
            mount.display()
        ));
    }
    Ok(())
}

/// Switches on the loopback interface of the network namespace, which has no other.
#[expect(unsafe_code, reason = "ioctl on an interface")]
fn raise_loopback() -> io::Result<()> {
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
    use std::os::fd::AsRawFd;
    let socket = socket(
        AddressFamily::Inet,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    // SAFETY: an all-zero request is a valid one; its name ends with NUL, and the union's field is the one that the call reads.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
            *to = from.cast_signed();
        }
        request.ifr_ifru.ifru_flags =
            i16::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap_or_default();
        if libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) == -1 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_a_folder_that_is_seen_needs_no_mount() {
        let paths = ["/usr/local/go", "/usr", "/usrlocal", "/lib/x/libc.so.6"].map(PathBuf::from);
        let kept: Vec<PathBuf> = ["/lib/x/libc.so.6", "/usr", "/usrlocal"]
            .map(PathBuf::from)
            .into();
        assert_eq!(outermost(&paths), kept);
    }
}
