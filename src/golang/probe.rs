//! Chooses the sandbox by trying: a race-built Go program must run in it, and must not get out. Its source is `probe/` beside
//! this file.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::run::{PROCESSORS, run_environment, run_limits};
use super::toolchain::{Toolchain, environment, run_go_in_the_open, tool_limits};
use super::workshop::{Patience, Workshop};
use crate::model::{self, Network};
use crate::sandbox::{Exit, Groups, Image, Program, Role, Sandbox, Spec, Tier, View};
use crate::text::hexadecimal;

#[derive(RustEmbed)]
#[folder = "src/golang/probe"]
struct Source;

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum NoSandbox {
    /// What tries them can't be made.
    #[error("can't find out which sandbox works: {0}")]
    Probe(String),
    /// None of those that were tried works here.
    #[error("no sandbox works here")]
    Tried(Vec<(Tier, String)>),
}

/// What is at hand to make a sandbox of.
#[derive(Debug)]
pub struct Means<'a> {
    /// gavel's own file.
    pub gavel: &'a Path,
    /// Control groups, where gavel may use them.
    pub groups: Option<Arc<Groups>>,
    /// A folder for temporary files.
    pub scratch: &'a Path,
}

/// The first of these tiers that works, with the toolchain in it.
///
/// # Errors
///
/// If none does, or the probe can't be built.
pub async fn choose_sandbox(
    toolchain: &Toolchain,
    tiers: &[Tier],
    means: &Means<'_>,
) -> Result<Workshop, NoSandbox> {
    if tiers.first() == Some(&Tier::None) {
        return Ok(Workshop::open(toolchain.clone()));
    }
    let probe = Probe::prepare(toolchain, means.scratch)
        .await
        .map_err(NoSandbox::Probe)?;
    let mut tried = Vec::new();
    for tier in tiers {
        let sandbox = Sandbox::confined(*tier, means.gavel, means.groups.clone())
            .map_err(|error| NoSandbox::Probe(format!("can't start gavel again: {error}")))?;
        match try_sandbox(toolchain, sandbox, &probe, means.scratch).await {
            Ok(workshop) => return Ok(workshop),
            Err(why) => tried.push((*tier, why)),
        }
    }
    Err(NoSandbox::Tried(tried))
}

/// The program that tries, and what it is linked against.
struct Probe {
    image: Image,
    libraries: Vec<PathBuf>,
    time_zones: PathBuf,
}

impl Probe {
    async fn prepare(toolchain: &Toolchain, scratch: &Path) -> Result<Self, String> {
        let image = built(toolchain, scratch).await?;
        let libraries = libraries(&image, scratch).await?;
        Ok(Self {
            image,
            libraries,
            time_zones: time_zones(toolchain, scratch),
        })
    }
}

async fn try_sandbox(
    toolchain: &Toolchain,
    sandbox: Sandbox,
    probe: &Probe,
    scratch: &Path,
) -> Result<Workshop, String> {
    let image = &probe.image;
    let mut workshop = Workshop {
        toolchain: toolchain.clone(),
        libraries: probe.libraries.clone(),
        time_zones: probe.time_zones.clone(),
        sandbox,
        patience: Patience::Submission,
        companions: Vec::new(),
        lacking: Vec::new(),
    };
    let folder = scratch.join(format!("probe-{}", workshop.sandbox.tier().name()));
    let prepared = Prepared::in_folder(&folder)
        .map_err(|error| format!("can't write to the temporary directory: {error}"))?;
    let (closed, with_loopback, tool) = tokio::join!(
        run(&workshop, image, &prepared, Network::None),
        run_with_loopback(&workshop, image, &prepared),
        run_tool(&workshop, &prepared),
    );
    let mut lacking = closed?;
    lacking.extend(with_loopback?);
    tool?;
    lacking.sort();
    lacking.dedup();
    workshop.lacking = lacking;
    Ok(workshop)
}

/// Folders for the runs of a probe.
struct Prepared {
    stage: PathBuf,
    secret: PathBuf,
    scratches: [PathBuf; 3],
}

impl Prepared {
    fn in_folder(folder: &Path) -> std::io::Result<Self> {
        let prepared = Self {
            stage: folder.join("stage"),
            secret: folder.join("secret"),
            scratches: ["a", "b", "c"].map(|name| folder.join(name)),
        };
        for one in prepared.scratches.iter().chain([&prepared.stage]) {
            std::fs::create_dir_all(one)?;
        }
        std::fs::write(&prepared.secret, "secret")?;
        set_mode(folder, 0o711)?;
        set_mode(&prepared.stage, 0o755)?;
        // Nothing but the wall shall keep the probe from it.
        set_mode(&prepared.secret, 0o644)?;
        Ok(prepared)
    }
}

async fn run_with_loopback(
    workshop: &Workshop,
    image: &Image,
    prepared: &Prepared,
) -> Result<Vec<String>, String> {
    // A tier that can't keep a run to it isn't asked to.
    if workshop.can_keep_to(Network::Loopback) {
        run(workshop, image, prepared, Network::Loopback).await
    } else {
        Ok(Vec::new())
    }
}

/// Runs the probe; what is lacking in the kernel, if all is well.
async fn run(
    workshop: &Workshop,
    image: &Image,
    prepared: &Prepared,
    network: Network,
) -> Result<Vec<String>, String> {
    let limits = model::Limits {
        network,
        ..model::Limits::default()
    };
    let (word, scratch) = match network {
        Network::None => ("none", &prepared.scratches[0]),
        Network::Loopback => ("loopback", &prepared.scratches[1]),
    };
    let ended = workshop
        .sandbox
        .run(Spec {
            program: Program::Image(image.clone()),
            arguments: vec![word.into(), prepared.secret.clone().into()],
            environment: run_environment(workshop, scratch, "atexit_sleep_ms=0", PROCESSORS),
            directory: prepared.stage.clone(),
            stdin: Vec::new(),
            channel: None,
            view: workshop.view_of_a_run(&prepared.stage, scratch, &limits, Role::Guest),
            limits: run_limits(&limits),
            companions: Vec::new(),
        })
        .await
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&ended.stdout);
    if ended.exit == Exit::Code(0) && said.trim() == "done" {
        return Ok(ended.lacking);
    }
    let stderr = String::from_utf8_lossy(&ended.stderr);
    let words: Vec<&str> = said
        .lines()
        .filter(|line| *line != "done")
        .chain(stderr.lines().take(5))
        .collect();
    Err(format!(
        "a Go program in it ({word}) ends with {} and says: {}",
        ended.exit,
        words.join("; ")
    ))
}

async fn run_tool(workshop: &Workshop, prepared: &Prepared) -> Result<(), String> {
    let scratch = &prepared.scratches[2];
    let ended = workshop
        .sandbox
        .run(Spec {
            program: Program::File(workshop.toolchain.go.clone()),
            arguments: vec!["version".into()],
            environment: environment(&workshop.toolchain, scratch),
            directory: workshop.toolchain.root.clone(),
            stdin: Vec::new(),
            channel: None,
            view: workshop.view_of_the_toolchain(scratch),
            limits: tool_limits(Duration::from_secs(20)),
            companions: Vec::new(),
        })
        .await
        .map_err(|error| error.to_string())?;
    if ended.exit == Exit::Code(0) && ended.stdout.starts_with(b"go version") {
        return Ok(());
    }
    Err(format!(
        "the go command in it ends with {} and says: {}",
        ended.exit,
        String::from_utf8_lossy(&ended.stderr).trim()
    ))
}

/// Time zone data for runs, out of the toolchain's folder, which they don't see; or the system's, where a distribution has
/// taken Go's away.
fn time_zones(toolchain: &Toolchain, scratch: &Path) -> PathBuf {
    let copy = scratch.join("zoneinfo.zip");
    let copied = std::fs::copy(toolchain.time_zones(), &copy).and_then(|_| set_mode(&copy, 0o644));
    match copied {
        Ok(()) => copy,
        Err(_) => "/usr/share/zoneinfo".into(),
    }
}

fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

/// The probe, from the cache or built for it: gavel's own code, so it needs no walls.
async fn built(toolchain: &Toolchain, scratch: &Path) -> Result<Image, String> {
    let failed = |error: std::io::Error| format!("can't keep the probe in gavel's cache: {error}");
    let mut digest = Sha256::new();
    for path in Source::iter() {
        digest.update(Source::get(&path).map(|file| file.data).unwrap_or_default());
    }
    let digest = hexadecimal(&digest.finalize()[..6]);
    let file = toolchain.cache.join(format!(
        "probe-{}-{}-{digest}",
        toolchain.version.text,
        toolchain.platform.replace('/', "-")
    ));
    if !file.is_file() {
        let module = scratch.join("probe");
        std::fs::create_dir_all(&module).map_err(failed)?;
        for path in Source::iter() {
            let data = Source::get(&path).map(|file| file.data).unwrap_or_default();
            std::fs::write(module.join(path.as_ref()), data).map_err(failed)?;
        }
        let product = scratch.join("probe.program");
        let arguments = [
            "build",
            "-race",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags=-s -w",
            "-o",
        ];
        let mut arguments: Vec<OsString> = arguments.map(OsString::from).into();
        arguments.extend([product.clone().into(), ".".into()]);
        let time = Duration::from_secs(600);
        let ended = run_go_in_the_open(toolchain, arguments, module, scratch, time)
            .await
            .map_err(|error| error.to_string())?;
        if ended.exit != Exit::Code(0) {
            return Err(format!(
                "the probe can't be built: {}",
                String::from_utf8_lossy(&ended.stderr).trim()
            ));
        }
        // Copied beside its place and moved there, so that another gavel never sees half of it.
        let beside = tempfile::NamedTempFile::new_in(&toolchain.cache).map_err(failed)?;
        std::fs::copy(&product, beside.path()).map_err(failed)?;
        beside.persist(&file).map_err(|error| failed(error.error))?;
    }
    Image::seal(&file).map_err(failed)
}

/// What the loader would load for a race-built program, and the loader: it says so when it is asked with this variable.
async fn libraries(image: &Image, scratch: &Path) -> Result<Vec<PathBuf>, String> {
    let ended = Sandbox::none()
        .run(Spec {
            program: Program::Image(image.clone()),
            arguments: Vec::new(),
            environment: vec![("LD_TRACE_LOADED_OBJECTS".into(), "1".into())],
            directory: scratch.to_owned(),
            stdin: Vec::new(),
            channel: None,
            view: View::default(),
            limits: tool_limits(Duration::from_secs(20)),
            companions: Vec::new(),
        })
        .await
        .map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&ended.stdout);
    let libraries = loaded(&said);
    if libraries.is_empty() {
        return Err(format!(
            "the loader doesn't say what a Go program needs: {said}"
        ));
    }
    Ok(libraries)
}

/// `name => path (address)` or `path (address)`, a line each.
fn loaded(said: &str) -> Vec<PathBuf> {
    said.lines()
        .filter_map(|line| {
            let (before, _) = line.rsplit_once(" (0x")?;
            let path = before.rsplit_once(" => ").map_or(before, |(_, path)| path);
            let path = PathBuf::from(path.trim());
            path.is_absolute().then_some(path)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_loader_lists_is_read() {
        let said = "\tlinux-vdso.so.1 (0x00007fd858385000)\n\
            \tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fd858192000)\n\
            \t/lib64/ld-linux-x86-64.so.2 (0x00007fd858387000)\n";
        assert_eq!(
            loaded(said),
            [
                "/lib/x86_64-linux-gnu/libc.so.6",
                "/lib64/ld-linux-x86-64.so.2"
            ]
            .map(PathBuf::from)
        );
    }
}
