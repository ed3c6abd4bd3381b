//! What commands take from the environment, read once and handed down.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;

use super::failure::Failure;
use crate::golang::{self, Compiler, Named, Toolchain};

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
        })
    }

    /// A temporary directory for what belongs to no submission.
    ///
    /// # Errors
    ///
    /// If it can't be made.
    pub fn scratch(&self) -> Result<Scratch, Failure> {
        tempfile::Builder::new()
            .prefix("gavel-")
            .tempdir_in(&self.temporary_root)
            .map(Scratch)
            .map_err(|error| {
                Failure::Machine(format!(
                    "can't make a temporary directory in {}: {error}\n  TMPDIR names another place",
                    self.temporary_root.display()
                ))
            })
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
}

/// A temporary directory that is gone when it is dropped, also when a command was stopped: what was killed a moment ago
/// may still have written to it.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for _ in 0..100 {
            match std::fs::remove_dir_all(self.0.path()) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Ok(()) | Err(_) => return,
            }
        }
    }
}

/// One process for each processor, unless told otherwise.
pub fn jobs(argument: Option<u16>) -> usize {
    argument.map_or_else(
        || std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get),
        usize::from,
    )
}
