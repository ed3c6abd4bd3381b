//! What the hostile submissions need around them: a host that is worth an attack, and a place in which gavel is run as root or
//! as an ordinary user.

use std::fs::{self, Permissions};
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::{repository, text};

/// An ordinary user, who needn't have a name.
pub const USER: u32 = 12_345;

/// Who runs gavel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Root,
    User,
}

/// What hostile submissions look for outside.
pub struct Host {
    pub folder: TempDir,
    pub secret: String,
    tcp: TcpListener,
    other: TcpListener,
    udp: UdpSocket,
    _sockets: [UnixListener; 2],
    name: String,
}

impl Host {
    /// Its files belong to whoever will run gavel: no wall but gavel's shall keep a run from them.
    pub fn set_up(who: Who) -> Self {
        let folder = TempDir::new().expect("a folder");
        open(folder.path(), 0o755);
        let name = format!(
            "gavel-hostile-{}-{}",
            std::process::id(),
            text(folder.path())
                .trim_start_matches('/')
                .replace('/', "-")
        );
        let secret = format!("secret-of-{name}");
        fs::write(folder.path().join("secret"), &secret).expect("a file");
        open(&folder.path().join("secret"), 0o644);
        fs::create_dir(folder.path().join("open")).expect("a folder");
        open(&folder.path().join("open"), 0o777);
        let abstract_name = SocketAddr::from_abstract_name(&name).expect("a name");
        let named = folder.path().join("socket");
        let sockets = [
            UnixListener::bind_addr(&abstract_name).expect("an abstract socket"),
            UnixListener::bind(&named).expect("a socket"),
        ];
        open(&named, 0o777);
        if who == Who::User && is_root() {
            for path in ["", "secret", "open", "socket"] {
                std::os::unix::fs::chown(folder.path().join(path), Some(USER), Some(USER))
                    .expect("another owner");
            }
        }
        Self {
            secret,
            tcp: TcpListener::bind("127.0.0.1:0").expect("a listener"),
            other: TcpListener::bind("127.0.0.2:0").expect("a listener"),
            udp: UdpSocket::bind("127.0.0.1:0").expect("a socket"),
            _sockets: sockets,
            name,
            folder,
        }
    }

    /// `host.go` as the submissions get it.
    pub fn source(&self, cache: &Path) -> String {
        let address =
            |listener: &TcpListener| listener.local_addr().expect("an address").to_string();
        let path = |name: &str| text(&self.folder.path().join(name)).to_owned();
        let values = [
            ("HostTCP", address(&self.tcp)),
            (
                "HostUDP",
                self.udp.local_addr().expect("an address").to_string(),
            ),
            ("HostOther", address(&self.other)),
            ("HostUnix", format!("@{}", self.name)),
            ("HostSocket", path("socket")),
            ("HostFile", path("secret")),
            ("HostFolder", path("open")),
            ("HostSecret", self.secret.clone()),
            ("Cache", text(cache).to_owned()),
        ];
        let lines = values.map(|(name, value)| format!("const {name} = {value:?}\n"));
        format!("package attack\n\n{}", lines.concat())
    }
}

pub fn open(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
}

pub fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    open(to, 0o755);
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("a copy");
        }
    }
}

/// A place in which gavel can be run by `who`: the binary, the catalog, a cache, a temporary root.
pub struct Ground {
    folder: TempDir,
    pub who: Who,
}

impl Ground {
    pub fn prepare(who: Who) -> Self {
        let folder = TempDir::new().expect("a folder");
        open(folder.path(), 0o755);
        let path = |name: &str| folder.path().join(name);
        fs::copy(env!("CARGO_BIN_EXE_gavel"), path("gavel")).expect("the binary");
        copy_tree(
            &repository().join("fixtures/hostile/catalog"),
            &path("catalog"),
        );
        for name in ["temporary", "cache"] {
            fs::create_dir(path(name)).expect("a folder");
        }
        if who == Who::User {
            let from = cache();
            // Other tests build meanwhile: a file that goes while it is copied is none that is missed.
            let copied = Command::new("cp")
                .args(["-a", "--reflink=auto"])
                .arg(&from)
                .arg(path("cache"))
                .stderr(Stdio::null())
                .status();
            copied.expect("cp runs");
            assert!(path("cache/gavel/build").is_dir());
            let chowned = Command::new("chown")
                .args(["-R", &USER.to_string()])
                .args([path("cache"), path("temporary")])
                .status();
            assert!(chowned.expect("chown").success());
        }
        Self { folder, who }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn cache(&self) -> PathBuf {
        match self.who {
            Who::Root => cache(),
            Who::User => self.path("cache/gavel"),
        }
    }

    /// gavel, as it is run here.
    pub fn gavel(&self) -> Command {
        let mut command = match self.who {
            Who::User if is_root() => {
                let mut command = Command::new("setpriv");
                command
                    .args([format!("--reuid={USER}"), format!("--regid={USER}")])
                    .arg("--clear-groups")
                    .arg(self.path("gavel"));
                command
            }
            Who::Root | Who::User => Command::new(self.path("gavel")),
        };
        command
            .env("TMPDIR", self.path("temporary"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if self.who == Who::User && is_root() {
            command
                .env("HOME", self.path("cache"))
                .env("XDG_CACHE_HOME", self.path("cache"));
        }
        command
    }
}

pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The cache of whoever runs the tests.
pub fn cache() -> PathBuf {
    let base = etcetera::choose_base_strategy().expect("a home");
    etcetera::BaseStrategy::cache_dir(&base).join("gavel")
}

/// Why each check of a submission is as it is.
pub fn words(submission: &Value) -> String {
    let mut lines = Vec::new();
    for check in submission["checks"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {}: {} {}",
            check["id"], check["outcome"], check["rationale"]
        ));
        for run in check["runs"].as_array().into_iter().flatten() {
            for message in run["messages"].as_array().into_iter().flatten().take(8) {
                lines.push(format!("    {}", message["text"]));
            }
            if let Some(output) = run["output"].as_str() {
                lines.push(format!(
                    "    {}",
                    output.chars().take(400).collect::<String>()
                ));
            }
        }
        for finding in check["findings"].as_array().into_iter().flatten().take(3) {
            lines.push(format!("    {}", finding["message"]));
        }
    }
    for finding in submission["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .take(3)
    {
        lines.push(format!("  {}", finding["message"]));
    }
    lines.join("\n")
}

/// Processes that were started for a run below a folder: its path is in their environment.
pub fn processes_of(folder: &Path) -> Vec<PathBuf> {
    let needle = text(folder);
    let processes = fs::read_dir("/proc").expect("processes");
    processes
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().parse::<u32>().is_ok())
        .filter_map(|entry| {
            let environment = fs::read(entry.path().join("environ")).ok()?;
            let environment = String::from_utf8_lossy(&environment);
            environment.contains(needle).then(|| entry.path())
        })
        .collect()
}

/// How many threads a user has.
pub fn threads_of(user: u32) -> usize {
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    processes
        .filter(|entry| entry.metadata().is_ok_and(|about| about.uid() == user))
        .filter_map(|entry| Some(fs::read_dir(entry.path().join("task")).ok()?.count()))
        .sum()
}

pub fn groups_of(pid: u32) -> Vec<PathBuf> {
    let name = format!("gavel-{pid}");
    walkdir::WalkDir::new("/sys/fs/cgroup")
        .into_iter()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy() == name)
        .map(walkdir::DirEntry::into_path)
        .collect()
}
