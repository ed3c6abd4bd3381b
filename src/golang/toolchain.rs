//! Finds Go and the C compiler that the race detector needs, and seals what they run in.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::sandbox::{self, Ended, Exit, Limits, Program, Sandbox, Spec, View};

/// The oldest Go that can grade: `major.minor`.
pub const OLDEST: (u32, u32) = (1, 26);

/// Where Go is usually installed, beside `PATH`.
const USUAL_PLACES: [&str; 5] = [
    "/usr/local/go/bin/go",
    "/usr/lib/go/bin/go",
    "/usr/lib/golang/bin/go",
    "/opt/homebrew/bin/go",
    "/snap/bin/go",
];

/// A Go toolchain that can grade.
#[derive(Clone, Debug)]
pub struct Toolchain {
    /// The go command.
    pub go: PathBuf,
    /// `GOROOT`, which the command belongs to.
    pub root: PathBuf,
    /// Its version.
    pub version: GoVersion,
    /// `linux/amd64`
    pub platform: String,
    /// The C compiler, or why there is none.
    pub compiler: Compiler,
    /// gavel's own build cache.
    pub cache: PathBuf,
    /// Directories in which the go command finds its helpers.
    pub(super) path: OsString,
}

/// The C compiler that linking with the race detector needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// Its file.
    Found(PathBuf),
    /// What was looked for.
    Missing(String),
}

/// A version of Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoVersion {
    /// As Go says it: `go1.26.8`.
    pub text: String,
    /// Major and minor number; absent for development versions, which are taken as new.
    pub release: Option<(u32, u32)>,
}

impl Toolchain {
    /// Where builds keep what they have built: the only place outside a workspace that they write.
    pub(super) fn build_cache(&self) -> PathBuf {
        self.cache.join(BUILD)
    }

    /// The time zone data that Go brings along.
    pub(super) fn time_zones(&self) -> PathBuf {
        self.root.join("lib/time/zoneinfo.zip")
    }

    /// Where the modules of others are.
    pub(super) fn module_cache(&self) -> PathBuf {
        self.cache.join(MODULES)
    }

    /// The home of the go command.
    pub(super) fn home(&self) -> PathBuf {
        self.cache.join(HOME)
    }
}

impl GoVersion {
    fn parse(text: &str) -> Self {
        let release = text.strip_prefix("go").and_then(|rest| {
            let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
            Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
        });
        Self {
            text: text.to_owned(),
            release,
        }
    }

    /// Whether it is new enough to grade.
    pub fn can_grade(&self) -> bool {
        self.release.is_none_or(|release| release >= OLDEST)
    }

    /// Whether the goroutine leak profile has to be asked for when building.
    fn needs_leak_experiment(&self) -> bool {
        self.release.is_some_and(|release| release < (1, 27))
    }
}

/// Why there is no toolchain to grade with. Every message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Nowhere to be found.
    #[error(
        "no Go toolchain found: looked in PATH and {places}\n  \
         install Go {}.{} or newer (https://go.dev/dl), or name one with --go FILE or GAVEL_GO",
        OLDEST.0, OLDEST.1
    )]
    Missing {
        /// The places beside `PATH`.
        places: String,
    },
    /// A named one is not there.
    #[error(
        "{named_by} names {path}, which is not there\n  give the path of a go command, such as /usr/local/go/bin/go"
    )]
    NamedMissing {
        /// `--go` or `GAVEL_GO`.
        named_by: &'static str,
        /// What it names.
        path: PathBuf,
    },
    /// It does not answer.
    #[error(
        "{go} doesn't work as a go command: {why}\n  try `{go} version`, or name another with --go FILE or GAVEL_GO"
    )]
    Broken {
        /// The go command.
        go: PathBuf,
        /// What happened.
        why: String,
    },
    /// gavel's cache can't be written.
    #[error("can't write to gavel's cache {}: {source}\n  make it writable, or let XDG_CACHE_HOME name another place", .cache.display())]
    Cache {
        /// The folder.
        cache: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Too old.
    #[error(
        "{go} is {version}, and grading needs Go {}.{} or newer\n  \
         install one (https://go.dev/dl) and name it with --go FILE or GAVEL_GO",
        OLDEST.0, OLDEST.1
    )]
    TooOld {
        /// The go command.
        go: PathBuf,
        /// Its version.
        version: String,
    },
}

/// Where a toolchain may be named.
#[derive(Clone, Debug, Default)]
pub struct Named<'a> {
    /// `--go FILE`
    pub argument: Option<&'a Path>,
    /// `GAVEL_GO`
    pub variable: Option<&'a OsStr>,
    /// `PATH`
    pub path: Option<&'a OsStr>,
}

/// Finds Go by `--go`, `GAVEL_GO`, `PATH`, the usual places, in this order, and asks it for its version.
///
/// # Errors
///
/// If there is none, or it doesn't work, or it is too old.
pub async fn find_toolchain(
    named: &Named<'_>,
    cache: &Path,
    scratch: &Path,
) -> Result<Toolchain, ToolchainError> {
    let go = find_go(named)?;
    let path = search_path(&go, named.path);
    let broken = |why: String| ToolchainError::Broken {
        go: go.clone(),
        why,
    };
    prepare_home(cache).map_err(|source| ToolchainError::Cache {
        cache: cache.to_owned(),
        source,
    })?;
    let asked = [
        "env",
        "-json",
        "GOVERSION",
        "GOROOT",
        "GOOS",
        "GOARCH",
        "CC",
    ];
    let mut environment = sealed(&path, cache, scratch);
    environment.push(("GOEXPERIMENT".into(), OsString::new()));
    let ended = Sandbox::none()
        .run(Spec {
            program: Program::File(go.clone()),
            arguments: asked.iter().map(Into::into).collect(),
            environment,
            directory: scratch.to_owned(),
            stdin: Vec::new(),
            channel: None,
            view: View::default(),
            limits: tool_limits(Duration::from_secs(20)),
            companions: Vec::new(),
        })
        .await
        .map_err(|error| broken(error.to_string()))?;
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(broken(format!(
            "`go env` ended with {}: {}",
            ended.exit,
            said.trim()
        )));
    }
    let values: BTreeMap<String, String> = serde_json::from_slice(&ended.stdout)
        .map_err(|error| broken(format!("`go env -json` printed something else: {error}")))?;
    let value = |name: &str| values.get(name).cloned().unwrap_or_default();
    let version = GoVersion::parse(value("GOVERSION").split(' ').next().unwrap_or_default());
    if version.text.is_empty() {
        return Err(broken("it doesn't say its version".to_owned()));
    }
    if !version.can_grade() {
        return Err(ToolchainError::TooOld {
            go,
            version: version.text,
        });
    }
    let compiler_name = value("CC");
    let compiler_name = compiler_name.split_whitespace().next().unwrap_or("gcc");
    let compiler = match on_path(OsStr::new(compiler_name), &path) {
        Some(file) => Compiler::Found(file),
        None => Compiler::Missing(compiler_name.to_owned()),
    };
    Ok(Toolchain {
        platform: format!("{}/{}", value("GOOS"), value("GOARCH")),
        go,
        root: PathBuf::from(value("GOROOT")),
        version,
        compiler,
        cache: cache.to_owned(),
        path,
    })
}

fn find_go(named: &Named<'_>) -> Result<PathBuf, ToolchainError> {
    let explicit = [
        ("--go", named.argument.map(Path::to_owned)),
        (
            "GAVEL_GO",
            named
                .variable
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
        ),
    ];
    for (named_by, path) in explicit {
        if let Some(path) = path {
            // A directory is taken as the root of an installation.
            let file = if path.is_dir() {
                path.join("bin/go")
            } else {
                path.clone()
            };
            return std::path::absolute(&file)
                .ok()
                .filter(|file| file.is_file())
                .ok_or(ToolchainError::NamedMissing { named_by, path });
        }
    }
    named
        .path
        .and_then(|path| on_path(OsStr::new("go"), path))
        .or_else(|| {
            USUAL_PLACES
                .iter()
                .map(PathBuf::from)
                .find(|file| file.is_file())
        })
        .ok_or_else(|| ToolchainError::Missing {
            places: USUAL_PLACES.join(", "),
        })
}

pub(super) fn on_path(name: &OsStr, path: &OsStr) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    if Path::new(name).is_absolute() {
        return Some(PathBuf::from(name)).filter(|file| file.is_file());
    }
    std::env::split_paths(path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|file| {
            file.metadata()
                .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
        })
}

/// The go command's own directory, then what the user has, for the C compiler.
fn search_path(go: &Path, path: Option<&OsStr>) -> OsString {
    let own = go.parent().map(Path::to_owned);
    let users: Vec<PathBuf> = path
        .map(|path| std::env::split_paths(path).collect())
        .unwrap_or_default();
    let usual = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
    let all = own
        .into_iter()
        .chain(users)
        .chain(usual)
        .filter(|directory| directory.is_absolute());
    std::env::join_paths(all).unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".into())
}

/// The environment in which the go command runs, whole.
///
/// Every variable that the go command reads from a user's settings is given a value here, so that those settings can't
/// change what is built.
pub fn environment(toolchain: &Toolchain, scratch: &Path) -> Vec<(OsString, OsString)> {
    let mut environment = sealed(&toolchain.path, &toolchain.cache, scratch);
    let experiment = if toolchain.version.needs_leak_experiment() {
        "goroutineleakprofile"
    } else {
        ""
    };
    environment.push(("GOEXPERIMENT".into(), experiment.into()));
    environment
}

fn sealed(path: &OsStr, cache: &Path, scratch: &Path) -> Vec<(OsString, OsString)> {
    let fixed = [
        ("GOTOOLCHAIN", "local"),
        ("GOPROXY", "off"),
        ("GOSUMDB", "off"),
        ("GOFLAGS", ""),
        ("GOENV", "off"),
        ("GOWORK", "off"),
        ("GO111MODULE", "on"),
        ("CGO_ENABLED", "1"),
        // How many compilers run at a time in one build, on every machine.
        ("GOMAXPROCS", "4"),
        ("LC_ALL", "C"),
    ];
    let places = [
        ("PATH", path.to_owned()),
        ("HOME", cache.join(HOME).into()),
        ("TMPDIR", scratch.into()),
        ("GOTMPDIR", scratch.into()),
        ("GOCACHE", cache.join(BUILD).into()),
        ("GOPATH", cache.join(PATH).into()),
        ("GOMODCACHE", cache.join(MODULES).into()),
    ];
    fixed
        .into_iter()
        .map(|(name, value)| (name.into(), value.into()))
        .chain(places.into_iter().map(|(name, value)| (name.into(), value)))
        .collect()
}

/// The home of the go command, within gavel's cache. What it finds there is a word that it shall count nothing: its
/// telemetry would otherwise start a process of its own, which outlives it and writes while we clean up.
const HOME: &str = "home";

const BUILD: &str = "build";
/// Go's `GOPATH` and its module cache, within gavel's cache.
pub(super) const PATH: &str = "path";
const MODULES: &str = "modules";

fn prepare_home(cache: &Path) -> std::io::Result<()> {
    let telemetry = cache.join(HOME).join(".config/go/telemetry");
    let mode = telemetry.join("mode");
    if !mode.is_file() {
        std::fs::create_dir_all(&telemetry)?;
        std::fs::write(mode, "off")?;
    }
    Ok(())
}

/// Limits for the go command and what it starts.
pub(super) fn tool_limits(wall: Duration) -> Limits {
    Limits {
        wall,
        idle: None,
        cpu: wall * 8,
        memory: 4 << 30,
        // Compilers run several at a time, with several threads each.
        processes: 1024,
        disk: 2 << 30,
        files: 100_000,
        output: 4 << 20,
        file_size: 1 << 30,
        open_files: 4096,
        last_words: None,
    }
}

/// Runs the go command on gavel's own code, which needs no walls.
pub(super) async fn run_go_in_the_open(
    toolchain: &Toolchain,
    arguments: Vec<OsString>,
    directory: PathBuf,
    scratch: &Path,
    time: Duration,
) -> Result<Ended, sandbox::Error> {
    Sandbox::none()
        .run(Spec {
            program: Program::File(toolchain.go.clone()),
            arguments,
            environment: environment(toolchain, scratch),
            directory,
            stdin: Vec::new(),
            channel: None,
            view: View::default(),
            limits: tool_limits(time),
            companions: Vec::new(),
        })
        .await
}

#[cfg(test)]
mod tests;
