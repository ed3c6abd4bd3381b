//! The binary: arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    gavel::cli::run(std::env::args_os())
}
