//! A toolchain, and the sandbox in which it and what it builds are run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::toolchain::{Compiler, Toolchain};
use super::workspace::Workspace;
use crate::model::{self, Network};
use crate::sandbox::{Companion, Role, Sandbox, Tier, View};

/// How long a build may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as a submission needs, with all that it imports in the build cache.
    Submission,
    /// As long as it takes to build what an exercise's own code imports, be it a database.
    Dependencies,
}

impl Patience {
    /// How long one call of the go command may take.
    pub(super) fn time(self) -> Duration {
        match self {
            Patience::Submission => Duration::from_secs(3 * 60),
            Patience::Dependencies => Duration::from_secs(30 * 60),
        }
    }

    /// How much processor time its tools may use together.
    pub(super) fn work(self) -> Duration {
        match self {
            Patience::Submission => Duration::from_secs(60),
            Patience::Dependencies => Duration::from_secs(60 * 60),
        }
    }
}

/// What is needed to build and to run.
#[derive(Clone, Debug)]
pub struct Workshop {
    /// The toolchain.
    pub toolchain: Toolchain,
    /// Where it and its products run.
    pub sandbox: Sandbox,
    /// How long builds may take.
    pub(super) patience: Patience,
    /// What runs beside each run of a product.
    pub(super) companions: Vec<Companion>,
    /// What race-built programs are linked against: the C library and its loader.
    pub(super) libraries: Vec<PathBuf>,
    /// Walls that this kernel doesn't have.
    pub(super) lacking: Vec<String>,
    /// A copy of the toolchain's time zone data, or the system's.
    pub(super) time_zones: PathBuf,
}

impl Workshop {
    /// One without walls.
    pub fn open(toolchain: Toolchain) -> Self {
        Self {
            time_zones: toolchain.time_zones(),
            toolchain,
            sandbox: Sandbox::none(),
            patience: Patience::Submission,
            companions: Vec::new(),
            libraries: Vec::new(),
            lacking: Vec::new(),
        }
    }

    /// The same with time to build what an exercise's own code imports. Not for what a stranger has written.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            patience: Patience::Dependencies,
            ..self.clone()
        }
    }

    /// The same with servers beside each run of a product.
    #[must_use]
    pub fn with_companions(&self, companions: Vec<Companion>) -> Self {
        Self {
            companions,
            ..self.clone()
        }
    }

    /// What is weaker in it than it could be, one phrase each.
    pub fn weaknesses(&self) -> Vec<String> {
        let mut all = self.sandbox.weaknesses();
        all.extend(self.lacking.iter().cloned());
        all
    }

    /// Whether it can keep a run within this network.
    pub fn can_keep_to(&self, network: Network) -> bool {
        match (self.sandbox.tier(), network) {
            // Landlock names ports, not addresses. Tier `none` has been asked for by name.
            (Tier::Landlock, Network::Loopback) => false,
            (Tier::Landlock, Network::None) | (Tier::Strict | Tier::None, _) => true,
        }
    }

    /// What a run of a product sees: what it is linked against, its stage, a scratch folder.
    pub(super) fn view_of_a_run(
        &self,
        stage: &Path,
        scratch: &Path,
        limits: &model::Limits,
        role: Role,
    ) -> View {
        let mut read = self.libraries.clone();
        read.push(self.time_zones.clone());
        read.push(stage.to_owned());
        View {
            read,
            write: Vec::new(),
            scratch: scratch.to_owned(),
            network: limits.network,
            role,
        }
    }

    /// What a tool sees at work in a workspace: the system's programs and libraries, the toolchain, the sources; it writes to
    /// the build cache and to where products go.
    pub(super) fn view_of_a_tool(&self, workspace: &Workspace) -> View {
        let mut view = self.view_of_the_toolchain(&workspace.scratch());
        view.read.extend([
            workspace.module(),
            workspace.witness(),
            workspace.perturbed(),
        ]);
        view.write
            .extend([workspace.bin(), self.toolchain.build_cache()]);
        view
    }

    pub(super) fn view_of_the_toolchain(&self, scratch: &Path) -> View {
        let system = [
            "/usr",
            "/bin",
            "/lib",
            "/lib32",
            "/lib64",
            "/etc/alternatives",
            "/etc/ld.so.cache",
            "/etc/ld.so.conf",
            "/etc/ld.so.conf.d",
            "/nix/store",
        ];
        let mut read: Vec<PathBuf> = system.map(PathBuf::from).into();
        read.push(self.toolchain.root.clone());
        read.push(self.toolchain.home());
        read.push(self.toolchain.module_cache());
        if let Compiler::Found(file) = &self.toolchain.compiler {
            read.push(file.clone());
        }
        View {
            read,
            write: Vec::new(),
            scratch: scratch.to_owned(),
            network: Network::None,
            role: Role::Tool,
        }
    }
}
