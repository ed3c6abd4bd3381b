//! Runs a program that serves, and asks it for the goroutines that it has leaked.

use std::ffi::OsString;
use std::io;
use std::time::{Duration, Instant};

use super::run::{
    HALT_AT_A_RACE_AFTER_EXIT, PROCESSORS, Rig, RunError, run_environment, run_limits,
};
use super::workspace::RunFolder;
use crate::gotest::dump::{Activity, read_dump};
use crate::model::Network;
use crate::sandbox::{Channel, Limits, Service, Spec};

/// A program that serves. When it is dropped, it is ended.
#[derive(Debug)]
pub struct Serving {
    /// What it is talked to by.
    pub service: Service,
    /// The port that it was told to open.
    pub port: u16,
    module: String,
    points_weakly: bool,
    /// Removed after the service has ended.
    _scratch: RunFolder,
}

/// How long one answer may be: a dump, and what it is sent in.
const LONGEST_ANSWER: u64 = (1 << 20) + 64;
/// How long an answer may take. Only a machine that is much too busy, or a program that doesn't want to answer, gets near it.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// How long goroutines are waited for that may be about to end, or to be stuck.
const PATIENCE: Duration = Duration::from_millis(250);

/// Starts a program that serves, with its address in `ADDR` and `PORT`. `environment` replaces what runs are given else, but for
/// these two. To be asked for leaks it must have been built for [`super::let_programs_answer`].
///
/// # Errors
///
/// If it could not be started; never because of what it does.
pub async fn serve_program(
    rig: &Rig<'_>,
    arguments: &[String],
    environment: &[(String, String)],
) -> Result<Serving, RunError> {
    let scratch = rig.workspace.scratch_for_a_run()?;
    let sandbox = &rig.workshop.sandbox;
    let port = sandbox.port().map_err(RunError::Port)?;
    let address = [
        ("ADDR".to_owned(), format!("127.0.0.1:{port}")),
        ("PORT".to_owned(), port.to_string()),
    ];
    let mut own = run_environment(
        rig.workshop,
        scratch.path(),
        HALT_AT_A_RACE_AFTER_EXIT,
        PROCESSORS,
    );
    for (name, value) in environment.iter().chain(&address) {
        own.retain(|(other, _)| other.as_os_str() != name.as_str());
        own.push((name.into(), value.into()));
    }
    let mut spec = Spec {
        arguments: arguments.iter().map(OsString::from).collect(),
        channel: Some(Channel {
            input: Vec::new(),
            output_limit: LONGEST_ANSWER,
        }),
        // One that serves waits.
        limits: Limits {
            idle: None,
            ..run_limits(rig.limits)
        },
        ..rig.spec(scratch.path(), own)
    };
    spec.view.network = Network::Loopback;
    Ok(Serving {
        service: sandbox.serve(spec).await?,
        port,
        module: rig.workspace.module_path().to_owned(),
        points_weakly: rig.workspace.points_weakly(),
        _scratch: scratch,
    })
}

/// The goroutines that a program has leaked, as a dump; empty if there are none. Those that may be about to end, or to be
/// stuck, are waited for a little. The main goroutine is none: it may wait for ever as long as others serve.
///
/// # Errors
///
/// If it doesn't answer: it has ended, or takes too long, or can't be asked.
pub async fn leaks(serving: &Serving) -> io::Result<String> {
    if serving.points_weakly {
        // The runtime takes what only a weak pointer leads to for leaked, and dies when it goes on all the same.
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a program that uses package weak can't be asked for its leaks",
        ));
    }
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let asked = tokio::time::timeout(ANSWERED_WITHIN, serving.service.ask());
        let profile = asked.await.map_err(io::Error::from)??;
        let profile = String::from_utf8_lossy(&profile);
        let look = look(&profile, &serving.module);
        if look.goroutines == 0 {
            return Err(io::Error::other(
                "this toolchain has no goroutineleak profile",
            ));
        }
        let waited = began.elapsed();
        if look.unsure == 0 || waited >= PATIENCE {
            return Ok(look.leaked.join("\n\n"));
        }
        tokio::time::sleep(pause.min(PATIENCE.saturating_sub(waited))).await;
        pause *= 2;
    }
}

/// What a profile tells.
#[derive(Debug, PartialEq, Eq)]
struct Look<'a> {
    /// How many goroutines there are.
    goroutines: usize,
    /// Those that can never run again.
    leaked: Vec<&'a str>,
    /// How many others there are that run code of the module, or were started by it, and may go on by themselves: what waits for
    /// input waits for who asks.
    unsure: usize,
}

fn look<'a>(profile: &'a str, module: &str) -> Look<'a> {
    let place = format!("\t{module}/");
    let mut look = Look {
        goroutines: 0,
        leaked: Vec::new(),
        unsure: 0,
    };
    for text in profile.trim().split("\n\n") {
        let dump = read_dump(text);
        let Some(goroutine) = dump.goroutines.first() else {
            continue;
        };
        look.goroutines += 1;
        if goroutine.id == MAIN {
            continue;
        }
        if goroutine.is_leaked {
            look.leaked.push(text);
        } else if text.contains(&place) && goroutine.activity != Activity::InputOutput {
            look.unsure += 1;
        }
    }
    look
}

/// The number of the main goroutine.
const MAIN: u64 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
goroutine 5 [running]:
runtime/pprof.writeGoroutineStacks({0x1, 0x2})
\truntime/pprof/pprof.go:1
0gavel.invalid/witness/served.answer(0x3)
\t0gavel.invalid/witness@v0.0.0/served/served.go:9
created by 0gavel.invalid/witness/served.init.0 in goroutine 1
\t0gavel.invalid/witness@v0.0.0/served/served.go:8

goroutine 1 [select (no cases) (leaked)]:
main.main()
\texample.com/notes/main.go:9

goroutine 20 [chan receive (leaked)]:
main.wait(...)
\texample.com/notes/main.go:20
created by main.handle in goroutine 19
\texample.com/notes/main.go:19

goroutine 21 [select]:
main.tick(...)
\texample.com/notes/main.go:30
created by main.main in goroutine 1
\texample.com/notes/main.go:5

goroutine 22 [IO wait]:
net/http.(*Server).Serve(...)
\tnet/http/server.go:1
main.main.func1()
\texample.com/notes/main.go:7
created by main.main in goroutine 1
\texample.com/notes/main.go:6
";

    #[test]
    fn of_a_profile_the_leaked_and_the_unsure_count_and_main_is_neither() {
        let seen = look(PROFILE, "example.com/notes");
        assert_eq!((seen.goroutines, seen.unsure), (5, 1));
        assert_eq!(seen.leaked.len(), 1);
        assert!(seen.leaked[0].starts_with("goroutine 20 [chan receive (leaked)]:"));
        assert!(seen.leaked[0].ends_with("main.go:19"));
    }

    #[test]
    fn of_another_modules_goroutines_only_the_leaked_count() {
        let seen = look(PROFILE, "example.com/not");
        assert_eq!((seen.unsure, seen.leaked.len()), (0, 1));
        assert_eq!(look("", "example.com/notes").goroutines, 0);
    }
}
