//! What commands take from the environment, read once and handed down.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy;

use super::arguments::SandboxChoice;
use super::failure::Failure;
use super::scratch::Scratch;
use crate::databases::Databases;
use crate::golang::{self, Compiler, Means, Named, NoSandbox, Toolchain, Workshop};
use crate::sandbox::{Groups, Tier};

/// The surroundings of a command.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// gavel's folder in the user's cache directory.
    pub cache: PathBuf,
    /// Where temporary directories are made.
    pub temporary_root: PathBuf,
    /// The directory that relative paths start from.
    pub current_directory: PathBuf,
    /// `PATH`
    pub path: Option<OsString>,
    /// `GAVEL_GO`
    pub named_go: Option<OsString>,
    /// The whole environment, in which modules are downloaded.
    pub variables: Vec<(OsString, OsString)>,
}

impl Surroundings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// If there is no cache directory or no current directory.
    pub fn read() -> Result<Self, Failure> {
        let base = etcetera::choose_base_strategy().map_err(|error| {
            Failure::Machine(format!(
                "can't tell the user's cache directory: {error}\n  set HOME or XDG_CACHE_HOME"
            ))
        })?;
        let temporary_root = std::path::absolute(std::env::temp_dir()).map_err(|error| {
            Failure::Machine(format!(
                "can't tell the temporary directory: {error}\n  TMPDIR names one"
            ))
        })?;
        Ok(Self {
            cache: base.cache_dir().join("gavel"),
            temporary_root,
            current_directory: std::env::current_dir().map_err(|error| {
                Failure::Machine(format!("there is no current directory: {error}"))
            })?,
            path: std::env::var_os("PATH"),
            named_go: std::env::var_os("GAVEL_GO"),
            variables: std::env::vars_os().collect(),
        })
    }

    /// A temporary directory for all that a command does.
    ///
    /// # Errors
    ///
    /// If it can't be made.
    pub fn scratch(&self) -> Result<Scratch, Failure> {
        Scratch::create(&self.temporary_root).map_err(|error| {
            Failure::Machine(format!(
                "can't make a temporary directory in {}: {error}\n  TMPDIR names another place",
                self.temporary_root.display()
            ))
        })
    }

    /// The servers of this machine.
    pub fn databases(&self) -> Arc<Databases> {
        Arc::new(Databases::of(self.path.clone(), self.cache.clone()))
    }

    /// Finds Go.
    ///
    /// # Errors
    ///
    /// If there is none to grade with.
    pub async fn toolchain(
        &self,
        argument: Option<&Path>,
        scratch: &Path,
    ) -> Result<Toolchain, Failure> {
        let named = Named {
            argument,
            variable: self.named_go.as_deref(),
            path: self.path.as_deref(),
        };
        Ok(golang::find_toolchain(&named, &self.cache, scratch).await?)
    }

    /// Finds a Go that can build with the race detector and has the standard library ready.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub async fn ready_toolchain(
        &self,
        argument: Option<&Path>,
        scratch: &Path,
    ) -> Result<Toolchain, Failure> {
        let toolchain = self.toolchain(argument, scratch).await?;
        if let Compiler::Missing(name) = &toolchain.compiler {
            return Err(Failure::NoCompiler(name.clone()));
        }
        let announce = || {
            anstream::eprintln!(
                "Building the standard library of {} with the race detector: once, about a minute.",
                toolchain.version.text
            );
        };
        golang::prepare_cache(&toolchain, scratch, announce)
            .await
            .map_err(Failure::Machine)?;
        Ok(toolchain)
    }

    /// Finds the sandbox: the first of these tiers that works.
    ///
    /// # Errors
    ///
    /// If none does.
    pub async fn workshop(
        &self,
        toolchain: &Toolchain,
        tiers: &[Tier],
        scratch: &mut Scratch,
    ) -> Result<Workshop, NoSandbox> {
        let groups = if tiers == [Tier::None] {
            None
        } else {
            Groups::create().map(Arc::new)
        };
        for group in groups.iter().flat_map(|groups| groups.folders()) {
            scratch.guard_group(&group);
        }
        let means = Means {
            gavel: Path::new(GAVEL),
            groups,
            scratch: scratch.path(),
        };
        golang::choose_sandbox(toolchain, tiers, &means).await
    }
}

/// gavel's own file, under the name that is right even when another has taken its place meanwhile.
pub const GAVEL: &str = "/proc/self/exe";

/// The tiers that a choice allows, the strongest first.
pub fn tiers(choice: SandboxChoice) -> &'static [Tier] {
    match choice {
        SandboxChoice::Strict => &[Tier::Strict],
        SandboxChoice::Landlock => &[Tier::Landlock],
        SandboxChoice::None => &[Tier::None],
        SandboxChoice::Auto => &[Tier::Strict, Tier::Landlock],
    }
}

/// One process for each processor, unless told otherwise.
pub fn jobs(argument: Option<u16>) -> usize {
    argument.map_or_else(
        || std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get),
        usize::from,
    )
}
