//! The command line: arguments and surroundings become settings once, commands do their work, failures become exit codes.
//!
//! Standard output is data, standard error is talk.

mod arguments;
mod doctor;
mod explain;
mod failure;
mod grade;
mod list;
mod new;
mod progress;
mod ready;
mod scratch;
mod settings;
mod show;
mod stop;
mod verify;
mod warm;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, CatalogChoice, Command};
use self::failure::{Ending, Failure};
use self::stop::until_stopped;
use crate::catalog::Catalog;
use crate::report::Look;
use crate::sandbox;

/// Runs the command that the arguments name; the first one is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match arguments.get(1).and_then(|word| word.to_str()) {
        Some(sandbox::init::ARGUMENT) => return sandbox::init::main(),
        Some(sandbox::Guard::ARGUMENT) => return sandbox::guard::main(),
        Some(_) | None => {}
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Ending::BadInput.into()
            } else {
                Ending::Good.into()
            };
        }
    };
    let ended = dispatch(&arguments.command);
    match ended {
        Ok(ending) => ending.into(),
        Err(failure) => {
            let red = anstyle::Style::new()
                .bold()
                .fg_color(Some(anstyle::AnsiColor::Red.into()));
            anstream::eprintln!("{red}error{red:#}: {failure}");
            failure.ending().into()
        }
    }
}

fn dispatch(command: &Command) -> Result<Ending, Failure> {
    // Listing needs no threads, and should cost nothing.
    let threaded = || {
        sandbox::reserve_descriptors()
            .and_then(|()| {
                tokio::runtime::Builder::new_multi_thread()
                    .enable_all()
                    .build()
            })
            .map_err(|error| Failure::Machine(format!("can't start: {error}")))
    };
    match command {
        Command::List(arguments) => list::run(arguments),
        Command::Show(arguments) => show::run(arguments),
        Command::New(arguments) => new::run(arguments),
        Command::Explain(arguments) => explain::run(arguments),
        Command::Grade(arguments) => threaded()?.block_on(grade::run(arguments)),
        Command::Verify(arguments) => threaded()?.block_on(until_stopped(verify::run(arguments))),
        Command::Doctor(arguments) => threaded()?.block_on(until_stopped(doctor::run(arguments))),
    }
}

fn open_catalog(choice: &CatalogChoice) -> Result<Catalog, Failure> {
    match &choice.catalog {
        None => Ok(Catalog::embedded()),
        Some(folder) => Catalog::open(folder).map_err(|error| Failure::Input(error.to_string())),
    }
}

/// What suits the terminal that standard output is, or a pipe.
fn terminal_look() -> Look {
    let width = terminal_size::terminal_size()
        .map(|(terminal_size::Width(columns), _)| usize::from(columns));
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| std::env::var(name).unwrap_or_default());
    Look::of(width, locale.iter().map(String::as_str))
}

/// Prints to standard output. A reader that has gone away, as in `gavel list | head -1`, is no failure.
fn print_data(text: &str) -> Result<(), Failure> {
    use std::io::{ErrorKind, Write};
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Machine(format!(
            "can't write to standard output: {error}"
        ))),
        Ok(()) | Err(_) => Ok(()),
    }
}
