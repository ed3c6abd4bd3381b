//! What is in gavel's build cache before a submission is built: the race-built standard library, and what exercises import.
//! Marks remember it, for each Go, and for each version of an exercise.
//!
//! The go command throws out of the cache what wasn't used for five days, so an exercise's mark holds for four.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::toolchain::{Toolchain, run_go_in_the_open};
use crate::model::Version;
use crate::sandbox::Exit;

/// How long the mark of an exercise holds.
const HOLDS: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// What the standard library is built for before the first submission: what exercises import most.
const WARM_UP: &str = "package warmup\n\nimport (\n\t_ \"context\"\n\t_ \"encoding/json\"\n\t_ \"errors\"\n\t_ \"fmt\"\n\t_ \"net/http/httptest\"\n\t_ \"slices\"\n\t_ \"testing\"\n\t_ \"testing/synctest\"\n)\n";

/// Makes sure that the race-built standard library is in gavel's cache: once for each version of Go, about a minute.
/// `announce` is called before it takes long.
///
/// # Errors
///
/// What went wrong, for people.
pub async fn prepare_cache(
    toolchain: &Toolchain,
    scratch: &Path,
    announce: impl FnOnce(),
) -> Result<(), String> {
    prepare(toolchain, scratch, announce, "-race").await
}

/// The same without the race detector, for benchmarks: at the first that there is.
///
/// # Errors
///
/// What went wrong, for people.
pub async fn prepare_cache_for_benchmarks(
    toolchain: &Toolchain,
    scratch: &Path,
) -> Result<(), String> {
    prepare(toolchain, scratch, || {}, "-race=false").await
}

async fn prepare(
    toolchain: &Toolchain,
    scratch: &Path,
    announce: impl FnOnce(),
    race: &str,
) -> Result<(), String> {
    let marker = toolchain.cache.join(format!(
        "ready{}-{}-{}",
        if race == "-race" { "" } else { "-plain" },
        toolchain.version.text,
        toolchain.platform.replace('/', "-")
    ));
    // The marker alone would lie once somebody has cleaned the build cache.
    if marker.is_file() && toolchain.build_cache().is_dir() {
        return Ok(());
    }
    announce();
    let failed = |what: &str, error: &dyn std::fmt::Display| format!("{what}: {error}");
    std::fs::create_dir_all(&toolchain.cache)
        .map_err(|error| failed("can't create gavel's cache", &error))?;
    let module = scratch.join("warmup");
    std::fs::create_dir_all(&module)
        .map_err(|error| failed("can't write to the temporary directory", &error))?;
    std::fs::write(module.join("go.mod"), "module warmup\n\ngo 1.26\n")
        .map_err(|error| failed("can't write", &error))?;
    std::fs::write(module.join("warmup.go"), WARM_UP)
        .map_err(|error| failed("can't write", &error))?;
    let arguments = ["build", race, "-trimpath", "-buildvcs=false", "./..."];
    let arguments = arguments.map(OsString::from).into();
    let ended = run_go_in_the_open(
        toolchain,
        arguments,
        module,
        scratch,
        Duration::from_secs(900),
    )
    .await
    .map_err(|error| failed("can't run the go command", &error))?;
    if let Some(limit) = ended.limit {
        return Err(format!(
            "building the standard library was ended: it went over a limit ({limit:?})"
        ));
    }
    if ended.exit != Exit::Code(0) {
        return Err(format!(
            "Go can't build its own standard library ({}):\n{}",
            ended.exit,
            String::from_utf8_lossy(&ended.stderr).trim()
        ));
    }
    std::fs::write(&marker, "").map_err(|error| failed("can't write to gavel's cache", &error))
}

/// Whether all that this version of an exercise imports is in the build cache.
pub fn is_warm(toolchain: &Toolchain, version: &Version, now: SystemTime) -> bool {
    toolchain.build_cache().is_dir() && holds(&mark(toolchain, version), now)
}

/// Remembers that it is.
///
/// # Errors
///
/// If gavel's cache can't be written.
pub fn mark_warm(toolchain: &Toolchain, version: &Version, now: SystemTime) -> io::Result<()> {
    let folder = folder(toolchain);
    std::fs::create_dir_all(&folder)?;
    // Versions that nobody uses any more would pile up.
    for entry in std::fs::read_dir(&folder)?.flatten() {
        if !holds(&entry.path(), now) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    std::fs::write(mark(toolchain, version), "")
}

fn folder(toolchain: &Toolchain) -> PathBuf {
    toolchain.cache.join("warm")
}

fn mark(toolchain: &Toolchain, version: &Version) -> PathBuf {
    folder(toolchain).join(format!(
        "{}-{}-{}",
        version.0,
        toolchain.version.text,
        toolchain.platform.replace('/', "-")
    ))
}

fn holds(mark: &Path, now: SystemTime) -> bool {
    let made = mark.metadata().and_then(|data| data.modified());
    made.is_ok_and(|made| now.duration_since(made).unwrap_or_default() < HOLDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_holds_for_four_days_whatever_the_clock_was_before() {
        let mark = tempfile::NamedTempFile::new().expect("a file");
        let made = SystemTime::now();
        let day = Duration::from_secs(24 * 60 * 60);
        assert!(holds(mark.path(), made));
        assert!(holds(mark.path(), made - day));
        assert!(holds(mark.path(), made + day * 3));
        assert!(!holds(
            mark.path(),
            made + day * 4 + Duration::from_secs(60)
        ));
        assert!(!holds(&mark.path().with_extension("none"), made));
    }
}
