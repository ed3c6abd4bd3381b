//! Go: finds the toolchain, assembles a workspace, vets, builds, runs.
//!
//! Takes plain lists of files and tests, never a check. How a build is done stays in here. Nothing on the machine but the
//! toolchain itself changes what comes out: the environment is sealed and the build cache is gavel's own.

mod build;
mod closing;
mod messages;
mod perturbed;
mod probe;
mod run;
mod test_main;
mod toolchain;
mod vet;
mod witness;
mod workshop;
mod workspace;

pub use build::{
    BuildError, Built, Product, build_benchmarks, build_perturbed_tests, build_program,
    build_tests, format_differs, syntax_errors,
};
pub use closing::close_programs;
pub use messages::CompileMessage;
pub use perturbed::perturbed;
pub use probe::{Means, NoSandbox, choose_sandbox};
pub use run::{
    PROCESSORS, Perturbation, Repeat, Rig, RunError, Schedule, TestRun, run_benchmark, run_program,
    run_racing_test, run_test,
};
pub use test_main::add_test_mains;
pub use toolchain::{
    Compiler, GoVersion, Named, OLDEST, Toolchain, ToolchainError, environment, find_toolchain,
    prepare_cache, prepare_cache_for_benchmarks,
};
pub use vet::{Unvetted, VetMessage, Vetted, Vetting, vet, vet_package};
pub use workshop::Workshop;
pub use workspace::{Workspace, WorkspaceError};
