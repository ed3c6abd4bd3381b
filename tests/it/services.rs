//! Programs that are talked to while they run, at each tier: `sandbox::Service` with a real program in it.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use gavel::sandbox::{
    Channel, Exit, Groups, LimitHit, Limits, Network, Program, Role, Sandbox, Service, Signal,
    Spec, Stopped, Tier, View,
};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};

use crate::support::hostile::{USER, processes_of};
use crate::support::repository;

/// Where gavel and the fixture are, for a test that was started by another.
const GAVEL: &str = "GAVEL_OF_THE_TEST";
const ALONE: &str = "ALONE_IN_THE_TEST";
const TALKER: &str = "TALKER_OF_THE_TEST";

/// The fixture, built once.
fn talker() -> &'static Path {
    static GIVEN: OnceLock<Option<PathBuf>> = OnceLock::new();
    static BUILT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    if let Some(given) = GIVEN.get_or_init(|| std::env::var_os(TALKER).map(PathBuf::from)) {
        return given;
    }
    let (_, program) = BUILT.get_or_init(|| {
        let folder = TempDir::new().expect("a folder");
        open(folder.path());
        let program = folder.path().join("talker");
        let status = Command::new("go")
            .args(["build", "-o"])
            .arg(&program)
            .arg("main.go")
            .current_dir(repository().join("fixtures/services/talker"))
            .env("CGO_ENABLED", "0")
            .status()
            .expect("Go");
        assert!(status.success());
        (folder, program)
    });
    program
}

fn open(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("permissions");
}

/// A folder for a service, and what it is started with.
struct Place {
    folder: TempDir,
    sandbox: Sandbox,
    port: u16,
}

impl Place {
    fn new(sandbox: Sandbox) -> Self {
        gavel::sandbox::reserve_descriptors().expect("descriptors");
        let folder = TempDir::new().expect("a folder");
        open(folder.path());
        for name in ["stage", "scratch"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
            open(&folder.path().join(name));
        }
        Self {
            port: sandbox.port().expect("a port"),
            folder,
            sandbox,
        }
    }

    fn spec(&self) -> Spec {
        let path = |name: &str| self.folder.path().join(name);
        let environment: [(&str, OsString); 3] = [
            ("ADDR", format!("127.0.0.1:{}", self.port).into()),
            ("TMPDIR", path("scratch").into()),
            ("SELF", talker().into()),
        ];
        Spec {
            program: Program::File(talker().to_owned()),
            arguments: Vec::new(),
            environment: environment.map(|(name, value)| (name.into(), value)).into(),
            directory: path("stage"),
            stdin: Vec::new(),
            channel: Some(Channel {
                input: Vec::new(),
                output_limit: 1000,
            }),
            view: View {
                read: vec![talker().to_owned(), path("stage")],
                write: Vec::new(),
                scratch: path("scratch"),
                network: Network::Loopback,
                role: Role::Parent,
            },
            limits: Limits {
                wall: Duration::from_secs(60),
                idle: None,
                cpu: Duration::from_secs(20),
                memory: 256 << 20,
                processes: 64,
                disk: 16 << 20,
                files: 1000,
                output: 1 << 20,
                file_size: 1 << 20,
                open_files: 64,
                last_words: None,
            },
            companions: Vec::new(),
        }
    }

    async fn serve(&self) -> Service {
        self.serve_with(self.spec()).await
    }

    /// Starts it and waits until it accepts.
    async fn serve_with(&self, spec: Spec) -> Service {
        let service = self.sandbox.serve(spec).await.expect("a service");
        self.accepts(&service).await;
        service
    }

    async fn accepts(&self, service: &Service) {
        let started = Instant::now();
        while let Err(error) = service.connect(self.port).await {
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            assert_eq!(service.has_stopped(), None);
            assert!(started.elapsed() < Duration::from_secs(30), "no port");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Says a line on a connection of its own, and what comes back; nothing if it ends.
    async fn say(&self, service: &Service, line: &str) -> String {
        let mut connection = service.connect(self.port).await.expect("a connection");
        let line = format!("{line}\n");
        connection.write_all(line.as_bytes()).await.expect("said");
        let mut answer = String::new();
        // A program that is killed resets its connections.
        let _ = BufReader::new(connection).read_line(&mut answer).await;
        answer.trim_end().to_owned()
    }
}

fn walls(tier: Tier, groups: Option<Arc<Groups>>) -> Sandbox {
    let gavel = std::env::var_os(GAVEL).unwrap_or_else(|| env!("CARGO_BIN_EXE_gavel").into());
    Sandbox::confined(tier, Path::new(&gavel), groups).expect("a sandbox")
}

/// Each tier that this machine has.
fn places() -> Vec<Place> {
    let mut places = vec![Place::new(Sandbox::none())];
    if cfg!(has_landlock) {
        places.push(Place::new(walls(Tier::Landlock, None)));
    }
    if cfg!(has_namespaces) {
        places.push(Place::new(walls(Tier::Strict, None)));
    }
    places
}

#[tokio::test]
async fn a_service_is_reached_by_many_connections_at_once() {
    for place in places() {
        let service = place.serve().await;
        let mut open = Vec::new();
        for _ in 0..8 {
            open.push(service.connect(place.port).await.expect("a connection"));
        }
        let lines = (0..40).map(|number| {
            let line = format!("echo {number}");
            let (place, service) = (&place, &service);
            async move { place.say(service, &line).await }
        });
        let answers = futures_util::future::join_all(lines).await;
        let numbers: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        assert_eq!(answers, numbers);
        // Those that were opened first are still there.
        for (number, mut connection) in open.into_iter().enumerate() {
            let line = format!("echo {number}\n");
            connection.write_all(line.as_bytes()).await.expect("said");
            let mut answer = vec![0; number.to_string().len()];
            connection.read_exact(&mut answer).await.expect("answered");
            assert_eq!(answer, number.to_string().as_bytes());
        }
        let ended = service.end().await.expect("its end");
        assert_eq!(ended.exit, Exit::Signal(9));
        assert_eq!(
            (ended.limit, &ended.stdout[..]),
            (None, &b"life begins\n"[..])
        );
    }
}

#[tokio::test]
async fn a_port_that_nobody_has_opened_is_refused() {
    for place in places() {
        let service = place.serve().await;
        let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
        let port = other.local_addr().expect("an address").port();
        match place.sandbox.tier() {
            // The host's own is not to be reached.
            Tier::Strict => {}
            Tier::Landlock | Tier::None => drop(other),
        }
        let error = service.connect(port).await.expect_err("no connection");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        service.end().await.expect("its end");
    }
}

#[tokio::test]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
async fn at_tier_strict_no_port_is_open_on_the_host() {
    let place = Place::new(walls(Tier::Strict, None));
    let service = place.serve().await;
    let from_outside = tokio::net::TcpStream::connect(("127.0.0.1", place.port)).await;
    assert!(from_outside.is_err());
    // Two services with the same port don't know of each other.
    let other = place.serve().await;
    assert_eq!(place.say(&service, "keep one").await, "kept");
    assert_eq!(place.say(&other, "keep two").await, "kept");
    assert_eq!(place.say(&service, "kept").await, "one");
    assert_eq!(place.say(&other, "kept").await, "two");
}

#[tokio::test]
async fn signals_reach_the_program_which_may_handle_them() {
    for place in places() {
        for (signal, exit, said) in [
            (Signal::Terminate, Exit::Code(3), "got terminated"),
            (Signal::Interrupt, Exit::Code(3), "got interrupt"),
            (Signal::Kill, Exit::Signal(9), ""),
            (Signal::Quit, Exit::Code(2), ""),
        ] {
            let service = place.serve().await;
            assert_eq!(service.has_stopped(), None);
            service.signal(signal);
            assert_eq!(service.stopped().await, Stopped::Exited(exit));
            let error = service.connect(place.port).await.expect_err("it is gone");
            assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
            let error = service.ask().await.expect_err("it is gone");
            assert_eq!(error.kind(), ErrorKind::NotConnected);
            // Nobody is there to get it.
            service.signal(Signal::Terminate);
            let ended = service.end().await.expect("its end");
            assert_eq!((ended.exit, ended.limit), (exit, None));
            assert!(String::from_utf8_lossy(&ended.stdout).contains(said));
            if signal == Signal::Quit {
                assert!(String::from_utf8_lossy(&ended.stderr).contains("SIGQUIT: quit"));
            }
        }
    }
}

#[tokio::test]
async fn a_second_life_has_the_files_of_the_first_and_none_of_its_processes() {
    for place in places() {
        let tier = place.sandbox.tier();
        let service = place.serve().await;
        let refused = service.restart().await.expect_err("it runs");
        assert!(refused.to_string().contains("it runs"), "{refused}");
        assert_eq!(place.say(&service, "keep this").await, "kept");
        // Without walls, one with a session of its own stays.
        let daemon = match tier {
            Tier::Strict | Tier::Landlock => "daemon of its own",
            Tier::None => "daemon",
        };
        assert_eq!(place.say(&service, daemon).await, "started");
        let beats = async || place.say(&service, "beat").await;
        let started = Instant::now();
        while beats().await.parse::<u32>().is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "{tier:?}");
        }
        for life in 2..=4 {
            service.signal(Signal::Kill);
            assert_eq!(service.stopped().await, Stopped::Exited(Exit::Signal(9)));
            service.restart().await.expect("a life more");
            assert_eq!(service.has_stopped(), None);
            place.accepts(&service).await;
            let before = beats().await;
            tokio::time::sleep(Duration::from_millis(30)).await;
            assert_eq!(beats().await, before, "{tier:?}: it beats in life {life}");
            assert_eq!(place.say(&service, "kept").await, "this");
            let question = service.ask().await.expect("an answer");
            assert!(question.iter().all(|byte| *byte == b'x'));
        }
        assert_eq!(place.say(&service, "exit 7").await, "");
        assert_eq!(service.stopped().await, Stopped::Exited(Exit::Code(7)));
        let ended = service.end().await.expect("its end");
        assert_eq!((ended.exit, ended.limit), (Exit::Code(7), None));
        assert_eq!(ended.stdout, "life begins\n".repeat(4).as_bytes());
    }
}

#[tokio::test]
async fn questions_are_answered_one_by_one_and_too_long_answers_are_not_taken() {
    for place in places() {
        let service = place.serve().await;
        for number in 1..=3 {
            assert_eq!(service.ask().await.expect("an answer").len(), number);
        }
        // One that is given up.
        drop(tokio::time::timeout(Duration::ZERO, service.ask()).await);
        let number = service.ask().await.expect("an answer").len();
        assert!((4..=5).contains(&number), "{number}");
        service.end().await.expect("its end");
        let mut spec = place.spec();
        spec.channel = Some(Channel {
            input: Vec::new(),
            output_limit: 2,
        });
        let service = place.serve_with(spec).await;
        for number in 1..=2 {
            assert_eq!(service.ask().await.expect("an answer").len(), number);
        }
        let error = service.ask().await.expect_err("three bytes");
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}

#[tokio::test]
async fn limits_hold_for_services_and_end_them_for_good() {
    for place in places() {
        let tier = place.sandbox.tier();
        for (line, hit) in [
            ("eat", LimitHit::Memory),
            ("flood", LimitHit::Output),
            ("spin", LimitHit::Cpu),
            ("echo", LimitHit::Wall),
        ] {
            let mut spec = place.spec();
            match hit {
                LimitHit::Cpu => spec.limits.cpu = Duration::from_secs(1),
                LimitHit::Wall => spec.limits.wall = Duration::from_secs(1),
                _ => {}
            }
            let service = place.serve_with(spec).await;
            place.say(&service, line).await;
            assert_eq!(service.stopped().await, Stopped::Limit(hit), "{tier:?}");
            let refused = service.restart().await.expect_err("it is over");
            assert!(refused.to_string().contains("it is over"), "{refused}");
            let error = service.connect(place.port).await.expect_err("it is over");
            assert!(
                [ErrorKind::NotConnected, ErrorKind::ConnectionRefused].contains(&error.kind())
            );
            let ended = service.end().await.expect("its end");
            assert_eq!(ended.limit, Some(hit), "{tier:?}");
        }
    }
}

#[tokio::test]
async fn the_time_of_a_service_goes_on_while_its_program_does_not_run() {
    for place in places() {
        let mut spec = place.spec();
        spec.limits.wall = Duration::from_secs(2);
        spec.limits.last_words = Some(Duration::from_secs(20));
        let service = place.serve_with(spec).await;
        service.signal(Signal::Kill);
        let exit = Exit::Signal(9);
        assert_eq!(service.stopped().await, Stopped::Exited(exit));
        let started = Instant::now();
        while service.has_stopped() == Some(Stopped::Exited(exit)) {
            // Nobody is asked for last words.
            assert!(started.elapsed() < Duration::from_secs(15));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let over = Some(Stopped::Limit(LimitHit::Wall));
        assert_eq!(service.has_stopped(), over);
        let ended = service.end().await.expect("its end");
        assert_eq!((ended.exit, ended.limit), (exit, Some(LimitHit::Wall)));
    }
}

/// In a process of its own: there is one set of control groups for each, and other tests may have it.
#[test]
#[cfg_attr(not(has_groups), ignore = "no control group may be made here")]
fn control_groups_hold_the_memory_of_all_lives() {
    if std::env::var_os(ALONE).is_some() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        return runtime.block_on(memory_of_all_lives());
    }
    let name = "services::control_groups_hold_the_memory_of_all_lives";
    let output = Command::new(std::env::current_exe().expect("this"))
        .args(["--exact", name])
        .env(ALONE, "yes")
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

async fn memory_of_all_lives() {
    let groups = Groups::create().map(Arc::new).expect("control groups");
    let mut tiers = Vec::new();
    if cfg!(has_landlock) {
        tiers.push(Tier::Landlock);
    }
    if cfg!(has_namespaces) {
        tiers.push(Tier::Strict);
    }
    for tier in tiers {
        let place = Place::new(walls(tier, Some(Arc::clone(&groups))));
        let service = place.serve().await;
        service.signal(Signal::Kill);
        assert_eq!(service.stopped().await, Stopped::Exited(Exit::Signal(9)));
        service.restart().await.expect("a life more");
        place.accepts(&service).await;
        place.say(&service, "eat").await;
        assert_eq!(service.stopped().await, Stopped::Limit(LimitHit::Memory));
        let ended = service.end().await.expect("its end");
        assert_eq!(ended.limit, Some(LimitHit::Memory), "{tier:?}");
    }
}

#[tokio::test]
async fn processor_time_adds_up_over_lives() {
    for place in places() {
        let mut spec = place.spec();
        spec.limits.cpu = Duration::from_secs(2);
        let service = place.serve_with(spec).await;
        let spin = tokio::time::timeout(Duration::from_millis(1400), place.say(&service, "spin"));
        assert!(spin.await.is_err());
        service.signal(Signal::Kill);
        assert_eq!(service.stopped().await, Stopped::Exited(Exit::Signal(9)));
        service.restart().await.expect("a life more");
        place.accepts(&service).await;
        let began = Instant::now();
        place.say(&service, "spin").await;
        assert_eq!(service.stopped().await, Stopped::Limit(LimitHit::Cpu));
        // What the first life had left; a machine with much to do gives less at a time.
        assert!(began.elapsed() < Duration::from_secs(60));
        let ended = service.end().await.expect("its end");
        assert_eq!(ended.limit, Some(LimitHit::Cpu));
        assert!(
            ended.usage.cpu >= Duration::from_secs(2),
            "{:?}",
            ended.usage
        );
    }
}

#[tokio::test]
async fn a_service_that_is_dropped_is_gone_with_all_that_it_started() {
    for place in places() {
        let tier = place.sandbox.tier();
        let service = place.serve().await;
        assert_eq!(place.say(&service, "daemon").await, "started");
        let folder = place.folder.path().to_owned();
        let left = || processes_of(&folder);
        // The program and its daemon; with walls their environment is read by root alone.
        let may_see = nix::unistd::geteuid().is_root();
        assert!(!left().is_empty() || !may_see, "{tier:?}");
        drop(service);
        let started = Instant::now();
        while !left().is_empty() {
            assert!(started.elapsed() < Duration::from_secs(30), "{tier:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn a_program_that_can_not_be_started_is_told() {
    for place in places() {
        let mut spec = place.spec();
        spec.program = Program::File("/nowhere/nothing".into());
        let told = match place.sandbox.serve(spec).await {
            Err(error) => error,
            Ok(service) => {
                service.stopped().await;
                service.end().await.expect_err("it never ran")
            }
        };
        assert!(told.to_string().contains("/nowhere/nothing"), "{told}");
    }
}

/// The tests above once more by an ordinary user, in a copy of this binary that such a user may start.
#[test]
#[cfg_attr(
    not(is_root),
    ignore = "this is run by an ordinary user, who is tested as it is"
)]
fn an_ordinary_user_can_do_all_of_it() {
    let folder = TempDir::new().expect("a folder");
    open(folder.path());
    let copy = |from: &Path, name: &str| {
        let to = folder.path().join(name);
        fs::copy(from, &to).expect("a copy");
        to
    };
    let tests = copy(&std::env::current_exe().expect("this"), "tests");
    let gavel = copy(Path::new(env!("CARGO_BIN_EXE_gavel")), "gavel");
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).expect("a folder");
    std::os::unix::fs::chown(&temporary, Some(USER), Some(USER)).expect("another owner");
    let output = Command::new("setpriv")
        .args([format!("--reuid={USER}"), format!("--regid={USER}")])
        .arg("--clear-groups")
        .arg(tests)
        .arg("services::")
        .args(["--skip", "an_ordinary_user", "--skip", "control_groups"])
        .env("TMPDIR", &temporary)
        .env(GAVEL, gavel)
        .env(TALKER, talker())
        .output()
        .expect("setpriv");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
