//! Go programs that serve, built and run as a submission's are: their address, what becomes of them, and their leaks.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use gavel::golang::{
    self, Built, Means, Named, Product, Rig, Serving, Toolchain, Workshop, Workspace,
};
use gavel::model::{FileSet, Limits, Network, ProjectFile};
use gavel::sandbox::{Ended, Exit, Role, Signal, Stopped, Tier};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::hostile::cache;
use crate::support::repository;

/// What the fixture is run with.
struct Shop {
    workshop: Workshop,
    workspace: Workspace,
    product: Product,
    limits: Limits,
    _scratch: TempDir,
}

async fn toolchain(scratch: &Path) -> Toolchain {
    let path = std::env::var_os("PATH").expect("a path");
    let named = Named {
        argument: None,
        variable: None,
        path: Some(&path),
    };
    let toolchain = golang::find_toolchain(&named, &cache(), scratch).await;
    let toolchain = toolchain.expect("Go");
    let prepared = golang::prepare_cache(&toolchain, scratch, || ()).await;
    prepared.expect("a cache");
    toolchain
}

impl Shop {
    async fn open(tier: Tier) -> Self {
        gavel::sandbox::reserve_descriptors().expect("descriptors");
        let scratch = TempDir::new().expect("a folder");
        // Others run in it when this is run by root.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        std::fs::set_permissions(scratch.path(), open).expect("permissions");
        let toolchain = toolchain(scratch.path()).await;
        let gavel = PathBuf::from(env!("CARGO_BIN_EXE_gavel"));
        let means = Means {
            gavel: &gavel,
            groups: None,
            scratch: scratch.path(),
        };
        let workshop = golang::choose_sandbox(&toolchain, &[tier], &means).await;
        let workshop = workshop.unwrap_or_else(|_| panic!("no sandbox {tier:?}"));
        let mut files = FileSet::new();
        for name in ["go.mod", "main.go"] {
            let text =
                std::fs::read_to_string(repository().join("fixtures/services/notes").join(name));
            files.insert(name.to_owned(), ProjectFile::new(text.expect("a fixture")));
        }
        golang::let_programs_answer(&mut files, &["."]);
        let workspace = Workspace::create(scratch.path(), "example.com/notes", &files);
        let workspace = workspace.expect("a workspace");
        let built = golang::build_program(&workshop, &workspace, ".").await;
        let Built::Done { product, vetted } = built.expect("a build") else {
            panic!("it doesn't compile");
        };
        assert_eq!(vetted.expect("vetted"), []);
        Self {
            workshop,
            workspace,
            product,
            limits: Limits {
                wall: Duration::from_secs(60),
                network: Network::None,
                ..Limits::default()
            },
            _scratch: scratch,
        }
    }

    async fn serve(&self, environment: &[(&str, &str)]) -> Serving {
        let rig = Rig {
            workshop: &self.workshop,
            workspace: &self.workspace,
            product: &self.product,
            role: Role::Guest,
            limits: &self.limits,
        };
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let serving = golang::serve_program(&rig, &[], &environment).await;
        let serving = serving.expect("a service");
        accepts(&serving).await;
        serving
    }
}

async fn accepts(serving: &Serving) {
    let started = Instant::now();
    while serving.service.connect(serving.port).await.is_err() {
        assert_eq!(serving.service.has_stopped(), None);
        assert!(started.elapsed() < Duration::from_secs(30), "no port");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What is answered to a GET, as it comes; nothing if the service has ended.
async fn get(serving: &Serving, path: &str) -> String {
    let service = &serving.service;
    let mut answer = String::new();
    if let Ok(mut connection) = service.connect(serving.port).await {
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        let _ = connection.write_all(request.as_bytes()).await;
        let _ = connection.read_to_string(&mut answer).await;
    }
    answer
}

async fn end(serving: Serving) -> Ended {
    serving.service.end().await.expect("its end")
}

fn tiers() -> Vec<Tier> {
    let mut tiers = vec![Tier::None];
    if cfg!(has_landlock) {
        tiers.push(Tier::Landlock);
    }
    if cfg!(has_namespaces) {
        tiers.push(Tier::Strict);
    }
    tiers
}

#[tokio::test]
async fn a_service_is_told_its_address_and_ends_in_good_order() {
    for tier in tiers() {
        let shop = Shop::open(tier).await;
        let serving = shop.serve(&[("TZ", "Europe/Berlin"), ("PORT", "1")]).await;
        assert!(get(&serving, "/env/TZ").await.ends_with("Europe/Berlin"));
        assert!(get(&serving, "/env/GOTRACEBACK").await.ends_with("all"));
        assert_eq!(golang::leaks(&serving).await.expect("an answer"), "");
        serving.service.signal(Signal::Terminate);
        let exit = Exit::Code(0);
        assert_eq!(serving.service.stopped().await, Stopped::Exited(exit));
        let ended = end(serving).await;
        assert_eq!((ended.exit, ended.limit), (exit, None));
        let stdout = String::from_utf8_lossy(&ended.stdout);
        assert!(stdout.contains("done\n"), "{stdout}");
    }
}

#[tokio::test]
async fn leaks_are_told_in_each_life_and_only_they() {
    for tier in tiers() {
        let shop = Shop::open(tier).await;
        // The main goroutine waits for ever, which is no leak.
        let serving = shop.serve(&[("FOREVER", "yes")]).await;
        get(&serving, "/work").await;
        assert_eq!(golang::leaks(&serving).await.expect("an answer"), "");
        for life in 1..=2 {
            get(&serving, "/leak").await;
            let leaks = golang::leaks(&serving).await.expect("an answer");
            assert_eq!(leaks.matches("(leaked)").count(), 1, "{life}: {leaks}");
            assert!(leaks.contains("\nmain.leak("), "{leaks}");
            get(&serving, "/leak-later").await;
            let leaks = golang::leaks(&serving).await.expect("an answer");
            assert_eq!(leaks.matches("(leaked)").count(), 2, "{life}: {leaks}");
            serving.service.signal(Signal::Kill);
            serving.service.stopped().await;
            let gone = golang::leaks(&serving).await.expect_err("it is gone");
            assert_eq!(gone.kind(), std::io::ErrorKind::NotConnected);
            if life == 1 {
                serving.service.restart().await.expect("a second life");
                accepts(&serving).await;
            }
        }
        end(serving).await;
    }
}

#[tokio::test]
async fn a_race_and_a_panic_end_a_service_and_leave_their_words() {
    for tier in tiers() {
        let shop = Shop::open(tier).await;
        for (path, code, words) in [
            ("/race", 66, "WARNING: DATA RACE"),
            ("/crash", 2, "panic: crashed"),
        ] {
            let serving = shop.serve(&[]).await;
            // That it races is seen in one of a few visits.
            for _ in 0..50 {
                if serving.service.has_stopped().is_none() {
                    let _ = get(&serving, path).await;
                }
            }
            let exit = Exit::Code(code);
            assert_eq!(serving.service.stopped().await, Stopped::Exited(exit));
            let ended = end(serving).await;
            let stderr = String::from_utf8_lossy(&ended.stderr);
            assert!(stderr.contains(words), "{stderr}");
        }
    }
}
