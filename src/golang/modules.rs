//! The modules of others that exercises require: whether they are in gavel's module cache, and how they get there.
//!
//! The go command downloads them outside of any sandbox, as the user's own settings say (proxies, private modules,
//! credentials), and holds them to the exercise's `go.sum`. Grading never downloads: builds have no network and GOPROXY=off.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::toolchain::{OLDEST, PATH, Toolchain, tool_limits};
use crate::model::{FileSet, Requirement};
use crate::sandbox::{self, Exit, Program, Sandbox, Spec, View};
use crate::text::{Keep, cut};

/// How long downloading the modules of one exercise may take.
const TIME: Duration = Duration::from_secs(15 * 60);
/// How much of what the go command says is shown.
const SHOWN: usize = 2 << 10;

/// Why the modules of an exercise are not there. Every message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum NoModules {
    /// The temporary directory.
    #[error(
        "can't prepare the download of modules: {0}\n  TMPDIR names another place for temporary files"
    )]
    Temporary(#[from] io::Error),
    /// The go command could not be run.
    #[error("can't run the go command to download modules: {0}")]
    Sandbox(#[from] sandbox::Error),
    /// It failed.
    #[error("the modules that this exercise requires can't be downloaded: {said}\n  {}", .cause.mend())]
    Refused {
        /// What it said.
        said: String,
        /// What that means.
        cause: Cause,
    },
    /// It took too long.
    #[error("the modules that this exercise requires can't be downloaded: it was not done after {} minutes\n  {}", TIME.as_secs() / 60, Cause::Unreachable.mend())]
    Slow,
    /// It says that all is well, and it isn't.
    #[error(
        "the go command says that it has downloaded {0}, and it isn't in gavel's module cache\n  remove the folder `modules` in gavel's cache (`gavel doctor` names it) and try again"
    )]
    Vanished(String),
}

/// Why modules can't be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// What came is not what `go.sum` names.
    Mismatch,
    /// `go.sum` or `go.mod` is not complete.
    Incomplete,
    /// A module needs a newer Go.
    NewerGo,
    /// The user's settings forbid downloads.
    Off,
    /// The proxy doesn't have it.
    Absent,
    /// The proxy doesn't give it.
    Forbidden,
    /// There is no way to the proxy.
    Unreachable,
    /// The disk is full.
    Full,
    /// Something else.
    Other,
}

impl Cause {
    fn of(said: &str) -> Self {
        let signs: [(&[&str], Cause); 8] = [
            (&["checksum mismatch", "SECURITY ERROR"], Cause::Mismatch),
            (
                &["missing go.sum entry", "updates to go.mod needed"],
                Cause::Incomplete,
            ),
            (&[" requires go >= "], Cause::NewerGo),
            (&["disabled by GOPROXY=off"], Cause::Off),
            (
                &["no space left on device", "disk quota exceeded"],
                Cause::Full,
            ),
            (
                &["401 Unauthorized", "403 Forbidden", "407 Proxy"],
                Cause::Forbidden,
            ),
            (
                &[
                    "404 Not Found",
                    "410 Gone",
                    "no such file or directory",
                    "unknown revision",
                ],
                Cause::Absent,
            ),
            (
                &[
                    "dial tcp",
                    "no such host",
                    "connection refused",
                    "connection reset",
                    "i/o timeout",
                    "proxyconnect",
                    "tls: ",
                    "x509: ",
                    "EOF",
                    "502 Bad Gateway",
                    "503 Service Unavailable",
                ],
                Cause::Unreachable,
            ),
        ];
        let found = signs
            .into_iter()
            .find(|(words, _)| words.iter().any(|word| said.contains(word)));
        found.map_or(Cause::Other, |(_, cause)| cause)
    }

    fn mend(self) -> &'static str {
        match self {
            Cause::Mismatch => {
                "what came is not what the exercise's starter/go.sum names: mend go.sum if it is wrong; if it is right, don't \
                 trust where the module came from (`go env GOPROXY`)"
            }
            Cause::Incomplete => {
                "run `go mod tidy` where the exercise's reference and all its tests lie, and copy go.mod and go.sum from there \
                 to starter/"
            }
            Cause::NewerGo => {
                "install a newer Go (https://go.dev/dl) and name it with --go FILE or GAVEL_GO, or require an older version"
            }
            Cause::Off => {
                "your Go settings forbid it (`go env GOPROXY`); let GOPROXY name a module proxy"
            }
            Cause::Absent => {
                "is the version in the exercise's starter/go.mod right? GOPROXY names another module proxy, GOPRIVATE modules \
                 that none has"
            }
            Cause::Forbidden => {
                "the module proxy doesn't give it to you: GOPROXY names another one, ~/.netrc or GOAUTH say who you are"
            }
            Cause::Unreachable => {
                "is there a network? `gavel doctor --warm` downloads all modules while there is; GOPROXY names the module proxy, \
                 HTTPS_PROXY the way to it"
            }
            Cause::Full => {
                "make room on the disk that gavel's cache lies on, or let XDG_CACHE_HOME name another place"
            }
            Cause::Other => {
                "try `go mod download` in the exercise's starter/, and mend what it says"
            }
        }
    }
}

/// Whether this Go can build what a `go.mod` with the version `go` asks for; else why not, and what to do.
///
/// # Errors
///
/// If it can't.
pub fn suits(toolchain: &Toolchain, go: &str) -> Result<(), String> {
    let have = toolchain.version.text.trim_start_matches("go");
    if let (Some(wanted), Some(have)) = (release(go), release(have))
        && wanted > have
    {
        return Err(format!(
            "the exercise asks for Go {go} (starter/go.mod), and this is {}\n  \
             install a newer one (https://go.dev/dl) and name it with --go FILE or GAVEL_GO",
            toolchain.version.text
        ));
    }
    let (major, minor) = OLDEST;
    if release(go).is_some_and(|(wanted, its_minor, _)| (wanted, its_minor) < (major, minor)) {
        return Err(format!(
            "the exercise's starter/go.mod says `go {go}`, and it is built together with code that needs {major}.{minor}\n  \
             write `go {major}.{minor}` there"
        ));
    }
    Ok(())
}

/// `1.26`, `1.26rc1`, `1.26.8` in the order in which Go puts them; nothing for a development version, which is taken as new.
fn release(text: &str) -> Option<(u32, u32, i64)> {
    let (major, rest) = text.split_once('.')?;
    let end = rest.find(|c: char| !c.is_ascii_digit());
    let (minor, rest) = rest.split_at(end.unwrap_or(rest.len()));
    let patch = match rest.strip_prefix('.') {
        Some(patch) => patch.parse().ok()?,
        None if rest.is_empty() => -2,
        None => -1,
    };
    Some((major.parse().ok()?, minor.parse().ok()?, patch))
}

/// Those of the modules that are not in gavel's module cache.
pub fn missing_modules<'a>(
    toolchain: &Toolchain,
    requires: &'a [Requirement],
) -> Vec<&'a Requirement> {
    let cache = toolchain.module_cache();
    let is_missing = |module: &&Requirement| {
        let (path, version) = (escaped(&module.path), escaped(&module.version));
        let unpacked = cache.join(format!("{path}@{version}"));
        // The go command leaves this where it was interrupted while it unpacked.
        let partial = cache.join(format!("cache/download/{path}/@v/{version}.partial"));
        !unpacked.is_dir() || partial.exists()
    };
    requires.iter().filter(is_missing).collect()
}

/// As paths and versions are written in the module cache, where small and capital letters may be the same.
fn escaped(text: &str) -> String {
    let letters = text.chars().flat_map(|c| {
        let mark = c.is_ascii_uppercase().then_some('!');
        mark.into_iter().chain([c.to_ascii_lowercase()])
    });
    letters.collect()
}

/// Downloads what the `go.mod` of a starter requires. `variables` are the user's own.
///
/// The go command locks what it writes, so several gavels may do so at a time, and one that is interrupted leaves nothing
/// that another would take for whole.
///
/// # Errors
///
/// If that fails, with what to do.
pub async fn download_modules(
    toolchain: &Toolchain,
    starter: &FileSet,
    requires: &[Requirement],
    variables: &[(OsString, OsString)],
    temporary_root: &Path,
) -> Result<(), NoModules> {
    let scratch = tempfile::Builder::new()
        .prefix("modules-")
        .tempdir_in(temporary_root)?;
    // The go command takes no module that lies in the temporary directory itself.
    let module = scratch.path().join("module");
    std::fs::create_dir(&module)?;
    for name in ["go.mod", "go.sum"] {
        if let Some(file) = starter.get(name) {
            std::fs::write(module.join(name), &file.bytes)?;
        }
    }
    let ended = Sandbox::none()
        .run(Spec {
            program: Program::File(toolchain.go.clone()),
            arguments: ["mod", "download"].map(OsString::from).into(),
            environment: users_environment(toolchain, variables, scratch.path()),
            directory: module,
            stdin: Vec::new(),
            channel: None,
            view: View::default(),
            limits: tool_limits(TIME),
            companions: Vec::new(),
        })
        .await?;
    if ended.limit.is_some() {
        return Err(NoModules::Slow);
    }
    if ended.exit != Exit::Code(0) {
        let said = String::from_utf8_lossy(&ended.stderr);
        return Err(NoModules::Refused {
            cause: Cause::of(&said),
            said: in_short(&said),
        });
    }
    match missing_modules(toolchain, requires).first() {
        Some(module) => Err(NoModules::Vanished(format!(
            "{} {}",
            module.path, module.version
        ))),
        None => Ok(()),
    }
}

/// The user's environment, but for where modules go and which Go that is.
fn users_environment(
    toolchain: &Toolchain,
    variables: &[(OsString, OsString)],
    scratch: &Path,
) -> Vec<(OsString, OsString)> {
    let fixed: [(&str, OsString); 10] = [
        ("GOROOT", toolchain.root.clone().into()),
        ("GOTOOLCHAIN", "local".into()),
        ("GOWORK", "off".into()),
        ("GO111MODULE", "on".into()),
        // Only what is in the way of removing the cache is changed; the walls keep it from being written.
        ("GOFLAGS", "-modcacherw".into()),
        ("GOEXPERIMENT", OsString::new()),
        ("GOMODCACHE", toolchain.module_cache().into()),
        ("GOPATH", toolchain.cache.join(PATH).into()),
        ("GOCACHE", toolchain.build_cache().into()),
        ("TMPDIR", scratch.into()),
    ];
    let mut all: BTreeMap<OsString, OsString> = variables.iter().cloned().collect();
    for foreign in ["GOOS", "GOARCH", "GODEBUG"] {
        all.remove(OsStr::new(foreign));
    }
    all.extend(fixed.map(|(name, value)| (name.into(), value)));
    all.into_iter().collect()
}

/// What the go command says, without the lines that only say what it is doing.
fn in_short(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .map(|line| line.strip_prefix("go: ").unwrap_or(line).trim_end())
        .filter(|line| !line.starts_with("downloading ") && !line.is_empty())
        .take_while(|line| *line != "SECURITY ERROR")
        .collect();
    cut(&lines.join("\n    "), SHOWN, Keep::Start).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_in_order() {
        let ordered = ["1.26", "1.26rc1", "1.26.0", "1.26.8", "1.27", "2.0.1"];
        assert!(ordered.is_sorted_by_key(|text| release(text).expect("a release")));
        assert_eq!(release("devel"), None);
    }

    #[test]
    fn capital_letters_are_written_small() {
        assert_eq!(
            escaped("github.com/Masterminds/semVer"),
            "github.com/!masterminds/sem!ver"
        );
    }

    /// Words of the go command, recorded.
    #[test]
    fn causes_are_told_apart() {
        for (said, cause) in [
            (
                "verifying example.test/words@v1.2.0: checksum mismatch\n\tdownloaded: h1:BmhseQVC=\n\tgo.sum:     h1:AAAAeQVC=\n\nSECURITY ERROR\nThis download does NOT match",
                Cause::Mismatch,
            ),
            (
                "go: example.test/runes@v0.3.0: module lookup disabled by GOPROXY=off",
                Cause::Off,
            ),
            (
                "go: example.test/runes@v0.3.0: Get \"https://proxy.example/example.test/runes/@v/v0.3.0.mod\": dial tcp: lookup proxy.example: no such host",
                Cause::Unreachable,
            ),
            (
                "go: example.test/runes@v0.3.0: reading https://proxy.example/example.test/runes/@v/v0.3.0.mod: 403 Forbidden",
                Cause::Forbidden,
            ),
            (
                "go: example.test/runes@v0.3.0: reading https://proxy.example/example.test/runes/@v/v0.3.0.mod: 410 Gone",
                Cause::Absent,
            ),
            (
                "go: example.test/newer@v0.1.0: module example.test/newer@v0.1.0 requires go >= 1.99 (running go 1.26.8; GOTOOLCHAIN=local)",
                Cause::NewerGo,
            ),
            ("go: something new", Cause::Other),
        ] {
            assert_eq!(Cause::of(said), cause, "{said}");
        }
        assert_eq!(
            in_short("go: downloading a v1\ngo: a@v1: 410 Gone\n"),
            "a@v1: 410 Gone"
        );
    }
}
