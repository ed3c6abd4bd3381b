//! Go: finds the toolchain, assembles a workspace, vets, builds, runs.
//!
//! Takes plain lists of files and tests, never a check. How a build is done stays in here. Nothing on the machine but the
//! toolchain itself changes what comes out: the environment is sealed and the build cache is gavel's own.

mod build;
mod closing;
mod messages;
mod modules;
mod mutated;
mod perturbed;
mod probe;
mod run;
mod serving;
mod staticcheck;
mod test_main;
mod toolchain;
mod vet;
mod warm;
mod witness;
mod workshop;
mod workspace;

pub use build::{
    BuildError, Built, Product, build_benchmarks, build_perturbed_tests, build_program,
    build_tests, format_differs, syntax_errors,
};
pub use closing::{close_programs, let_programs_answer};
pub use messages::CompileMessage;
pub use modules::{Cause, NoModules, download_modules, missing_modules, suits};
pub use mutated::{Counted, MutatedTests, build_mutated_tests};
pub use perturbed::perturbed;
pub use probe::{Means, NoSandbox, choose_sandbox};
pub use run::{
    PROCESSORS, Perturbation, Repeat, Rig, RunError, Schedule, Suite, TestRun, run_benchmark,
    run_program, run_racing_test, run_suite, run_test,
};
pub use serving::{Serving, leaks, serve_program};
pub use staticcheck::staticcheck;
pub use test_main::add_test_mains;
pub use toolchain::{
    Compiler, GoVersion, Named, OLDEST, Toolchain, ToolchainError, environment, find_toolchain,
};
pub use vet::{Unvetted, VetMessage, Vetted, Vetting, vet, vet_package};
pub use warm::{is_warm, mark_warm, prepare_cache, prepare_cache_for_benchmarks};
pub use workshop::{Patience, Workshop};
pub use workspace::{Workspace, WorkspaceError};
