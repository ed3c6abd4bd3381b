//! Real submissions, each in the folder of the verdict that it must get.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gavel::catalog::Catalog;
use gavel::golang::{self, Means, Named};
use gavel::grading::{self, Job, PolicyUse, Settings, Source};
use gavel::model::Verdict;
use gavel::sandbox::{Groups, Tier};
use gavel::submission;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::{gavel, lacking, repository, text};

/// Verdicts that no submission reaches: a broken machine's, which `toolchains.rs` shows; and what the policy refuses before it
/// comes to that, which `fixtures/no-policy` shows.
const WITHOUT_A_SUBMISSION: [Verdict; 2] = [Verdict::GraderError, Verdict::Tampered];

/// `<verdict>/<name>` folders below `folder`.
fn fixtures(folder: &Path) -> BTreeMap<String, PathBuf> {
    let subfolders = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder of fixtures");
        entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_dir())
            .collect()
    };
    subfolders(folder)
        .iter()
        .flat_map(|verdict| subfolders(verdict))
        .map(|path| {
            let name = path.strip_prefix(folder).expect("below it");
            (text(name).to_owned(), path.clone())
        })
        .collect()
}

#[test]
fn every_submission_gets_the_verdict_of_its_folder() {
    let folder = repository().join("fixtures/submissions");
    let expected = fixtures(&folder);
    let ran = gavel(&["grade", "--report", "json", text(&folder)]).run();
    let report = ran.json();
    let mut faults = Vec::new();
    let mut graded = BTreeSet::new();
    for submission in report["submissions"].as_array().expect("submissions") {
        let name = submission["name"].as_str().expect("a name");
        let verdict = submission["verdict"].as_str().expect("a verdict");
        graded.insert(name.to_owned());
        let folder = name.split('/').next().expect("a folder");
        let (earned, max) = (&submission["score"]["earned"], &submission["score"]["max"]);
        if verdict != folder {
            faults.push(format!("{name} is {verdict}: {submission:#}"));
        }
        if (verdict == "accepted") != (earned == max) {
            faults.push(format!("{name} is {verdict} with {earned} of {max}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let all: BTreeSet<String> = expected.into_keys().collect();
    assert_eq!(graded, all, "stderr:\n{}", ran.stderr);
    assert_eq!(ran.code, Some(1));
}

#[test]
fn every_verdict_has_a_submission() {
    let names = fixtures(&repository().join("fixtures/submissions"));
    for verdict in Verdict::ALL {
        let folder = format!("{}/", verdict.name());
        let has = names.keys().any(|name| name.starts_with(&folder));
        assert_eq!(has, !WITHOUT_A_SUBMISSION.contains(&verdict), "{folder}");
    }
}

/// The witness alone: what these do, the policy would refuse; without it they must still earn nothing.
#[tokio::test(flavor = "multi_thread")]
async fn forgeries_earn_nothing_without_the_policy_and_without_a_sandbox() {
    forgeries_earn_nothing(Tier::None).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(has_namespaces), ignore = "user namespaces are forbidden here")]
async fn forgeries_earn_nothing_without_the_policy() {
    forgeries_earn_nothing(Tier::Strict).await;
}

async fn forgeries_earn_nothing(tier: Tier) {
    gavel::sandbox::reserve_descriptors().expect("descriptors");
    let scratch = TempDir::new().expect("a folder");
    let path = std::env::var_os("PATH");
    let cache = etcetera::choose_base_strategy().expect("a home");
    let cache = etcetera::BaseStrategy::cache_dir(&cache).join("gavel");
    let named = Named {
        path: path.as_deref(),
        ..Named::default()
    };
    let toolchain = golang::find_toolchain(&named, &cache, scratch.path())
        .await
        .expect("Go");
    golang::prepare_cache(&toolchain, scratch.path(), || ())
        .await
        .expect("a standard library");
    let means = Means {
        gavel: Path::new(env!("CARGO_BIN_EXE_gavel")),
        groups: Groups::create().map(Arc::new),
        scratch: scratch.path(),
    };
    let workshop = golang::choose_sandbox(&toolchain, &[tier], &means).await;
    let workshop = match workshop {
        Ok(workshop) => workshop,
        Err(refusal) => lacking(&format!("{refusal:?}")),
    };
    let settings = Arc::new(Settings {
        workshop,
        may_weaken_network: false,
        temporary_root: scratch.path().to_owned(),
        jobs: 2,
        runs: None,
        policy: PolicyUse::Off,
        unready: BTreeMap::new(),
        databases: Arc::default(),
    });
    let catalog = Catalog::embedded();
    let mut jobs = Vec::new();
    for (name, path) in fixtures(&repository().join("fixtures/no-policy")) {
        let handover = submission::read(&path).expect("a submission");
        let marker = handover
            .marker
            .as_ref()
            .expect("a marker")
            .as_ref()
            .expect("a good marker");
        let id = catalog.find(&marker.exercise).expect("an exercise");
        jobs.push(Job {
            name,
            exercise: Arc::new(catalog.load(&id).expect("a good exercise")),
            source: Source::Path(path),
        });
    }
    assert!(jobs.len() >= 10, "only {} forgeries were found", jobs.len());
    let (events, _) = mpsc::unbounded_channel();
    let graded = grading::grade_all(&settings, jobs, &events, &CancellationToken::new()).await;
    assert!(graded.refused.is_empty(), "{:?}", graded.refused);
    let mut faults = Vec::new();
    for report in graded.submissions {
        let folder = report.name.split('/').next().expect("a folder").to_owned();
        if report.score.earned != 0 || report.verdict.name() != folder {
            faults.push(format!(
                "{} is {} with {:?}: {:#?}",
                report.name,
                report.verdict.name(),
                report.score,
                report.checks
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
