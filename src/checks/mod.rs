//! The types of check: one file for each, which runs it and gathers evidence; the policy over the source; and the judge,
//! who turns evidence into a verdict.

pub mod bench;
mod go_test;
pub mod http;
pub mod judge;
mod mutants;
mod output;
pub mod policy;
mod predict;
pub mod style;
pub mod vet;

use std::collections::BTreeMap;
use std::path::Path;

use tokio::sync::{OnceCell, Semaphore};

use crate::diagnosis::{self, Ground, explanations};
use crate::golang::{Product, Rig, Vetted, Workshop, Workspace};
use crate::gotest::{dump, race};
use crate::model::{
    Check, CheckKind, CheckReport, Exercise, FileSet, Finding, FindingKind, Outcome, Points,
    RunReport, Verdict,
};
use crate::sandbox::Role;
use crate::text::{Keep, cut, in_a_row};

/// What a check is run with.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The files of the submission that count.
    pub submission: &'a FileSet,
    /// The digest of the submission, from which schedules are drawn.
    pub digest: &'a str,
    /// Where it is built and run.
    pub workshop: &'a Workshop,
    /// The workspace in which it was built.
    pub workspace: &'a Workspace,
    /// What was built.
    pub products: &'a BTreeMap<Target, Product>,
    /// What `go vet` says, by package.
    pub vetted: &'a BTreeMap<String, Vetted>,
    /// Files of the submission that gofmt would write differently, or why that isn't known.
    pub formatting: &'a Result<Vec<String>, String>,
    /// Symbols of the generated `TestMain`s, by package.
    pub test_mains: &'a BTreeMap<String, String>,
    /// Test binaries in which goroutines can be held up, by package. Each is built when a check first asks for it; none,
    /// where that doesn't work out.
    pub perturbed: &'a BTreeMap<String, OnceCell<Option<Product>>>,
    /// What benchmarks compare, by package.
    pub sides: &'a BTreeMap<String, bench::Sides>,
    /// One permit for each process that may run at a time.
    pub slots: &'a Semaphore,
    /// How many permits there are in all: who holds them all has the machine, as far as gavel goes, to itself.
    pub all_slots: u32,
    /// Where workspaces are made.
    pub temporary_root: &'a Path,
    /// Replaces each check's `stress`.
    pub runs: Option<u32>,
}

/// What a check needs of its package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The test binary.
    Tests,
    /// The program.
    Program,
    /// The program, which is talked to while it runs.
    Service,
    /// What `go vet` says, which building tells as well.
    Vet,
}

/// What has to be done with a package.
pub type Target = (String, Need);

/// What has to be done before a check can be run.
pub fn target(check: &Check) -> Target {
    let (package, need) = match &check.kind {
        CheckKind::GoTest(check) => (check.package.as_str(), Need::Tests),
        CheckKind::Output(check) => (check.package.as_str(), Need::Program),
        CheckKind::Predict(check) => (check.package.as_str(), Need::Program),
        CheckKind::Http(check) => (check.package.as_str(), Need::Service),
        CheckKind::Vet(check) => (check.package.as_str(), Need::Vet),
        CheckKind::Mutants(check) => (check.package.as_str(), Need::Tests),
        // Style is asked of code that compiles.
        CheckKind::Style(_) => (style::EVERYTHING, Need::Vet),
        // What is measured is built when it comes to that; by then a test of it has passed.
        CheckKind::Bench(check) => (check.package.as_str(), Need::Tests),
    };
    (package.to_owned(), need)
}

/// Runs a check against what was built for it.
pub async fn run_check(given: &Given<'_>, check: &Check) -> Decided {
    match &check.kind {
        CheckKind::GoTest(kind) => go_test::run(given, check, kind).await,
        CheckKind::Output(kind) => output::run(given, check, kind).await,
        CheckKind::Predict(kind) => predict::run(given, check, kind).await,
        CheckKind::Http(kind) => http::run(given, check, kind).await,
        CheckKind::Vet(kind) => vet::run(given, check, kind),
        CheckKind::Mutants(kind) => mutants::run(given, check, kind).await,
        CheckKind::Style(kind) => style::run(given, check, kind).await,
        CheckKind::Bench(kind) => bench::run(given, check, kind).await,
    }
}

impl<'a> Given<'a> {
    /// What was built for a check.
    fn product(&self, check: &Check) -> Option<&'a Product> {
        self.products.get(&target(check))
    }

    /// What runs of a product are made with.
    fn rig(&self, product: &'a Product) -> Rig<'a> {
        Rig {
            workshop: self.workshop,
            workspace: self.workspace,
            product,
            role: role(self.exercise),
            limits: &self.exercise.limits,
        }
    }
}

/// Who the runs of an exercise are: they may start programs only where the manifest allows what that takes.
pub fn role(exercise: &Exercise) -> Role {
    let starts_programs = ["os/exec", "os.StartProcess"];
    let allowed = &exercise.policy.allow;
    if allowed
        .iter()
        .any(|entry| starts_programs.contains(&entry.as_str()))
    {
        Role::Parent
    } else {
        Role::Guest
    }
}

/// A check that was decided, and what it means for the verdict.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The report on it.
    pub report: CheckReport,
    /// The worst of its runs' causes.
    pub cause: Option<Verdict>,
}

/// One run, judged.
struct Judged {
    report: RunReport,
    rationale: String,
    findings: Vec<Finding>,
}

/// Makes the runs one after another, none after the first that doesn't pass.
async fn until_one_fails(
    check: &Check,
    runs: impl ExactSizeIterator<Item = impl Future<Output = Judged>>,
) -> Decided {
    let planned = runs.len();
    let mut all: Vec<Judged> = Vec::new();
    for run in runs {
        let run = run.await;
        let is_last = run.report.outcome != Outcome::Passed;
        all.push(run);
        if is_last {
            break;
        }
    }
    decide(check, all, planned)
}

/// Adds runs up: all must pass; one failure decides, since missing evidence elsewhere can't mend it.
fn decide(check: &Check, runs: Vec<Judged>, planned: usize) -> Decided {
    let worst = runs
        .iter()
        .filter(|run| run.report.outcome == Outcome::Failed)
        .rev()
        .max_by_key(|run| run.report.cause)
        .or_else(|| {
            runs.iter()
                .find(|run| run.report.outcome == Outcome::Errored)
        });
    let outcome = match worst {
        Some(run) => run.report.outcome,
        None if runs.len() == planned && planned > 0 => Outcome::Passed,
        None => Outcome::Errored,
    };
    let cause = worst
        .and_then(|run| run.report.cause)
        .or((outcome == Outcome::Errored).then_some(Verdict::GraderError));
    let failed = runs
        .iter()
        .filter(|run| run.report.outcome == Outcome::Failed)
        .count();
    let mut rationale = worst.map(|run| run.rationale.clone()).unwrap_or_default();
    if outcome == Outcome::Failed && planned > 1 && failed > 0 && runs.len() > 1 {
        rationale = format!("{rationale} (in {failed} of {} runs)", runs.len());
    }
    let mut findings: Vec<Finding> = Vec::new();
    for run in &runs {
        for finding in &run.findings {
            let is_known = findings.iter().any(|known| {
                known.kind == finding.kind
                    && known.place == finding.place
                    && known.message == finding.message
                    && known.related.iter().eq(&finding.related)
            });
            if !is_known {
                findings.push(finding.clone());
            }
        }
    }
    // What came without a place in one run may have had one in another.
    let placed: Vec<Option<String>> = findings
        .iter()
        .filter(|finding| finding.place.is_some())
        .map(|finding| finding.explanation.clone())
        .collect();
    findings.retain(|finding| finding.place.is_some() || !placed.contains(&finding.explanation));
    let earned = if outcome == Outcome::Passed {
        check.points
    } else {
        0
    };
    Decided {
        cause,
        report: CheckReport {
            points: Points {
                earned,
                max: check.points,
            },
            findings,
            runs: runs.into_iter().map(|run| run.report).collect(),
            ..without_runs(check, outcome, &rationale)
        },
    }
}

/// A check that isn't run, since what it requires has not been shown: each with how it ended. What is undecided of those leaves
/// this one undecided too.
pub fn unmet(check: &Check, unmet: &[(&str, Outcome)]) -> Decided {
    let failed_us: Vec<&str> = unmet
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Errored)
        .map(|(id, _)| *id)
        .collect();
    if !failed_us.is_empty() {
        let why = format!(
            "it requires {}, which gavel couldn't decide",
            in_a_row(&failed_us)
        );
        return undecided(check, &why);
    }
    let ids: Vec<&str> = unmet.iter().map(|(id, _)| *id).collect();
    let has = if ids.len() == 1 { "hasn't" } else { "haven't" };
    let rationale = format!(
        "skipped, because it requires {}, which {has} passed",
        in_a_row(&ids)
    );
    Decided {
        report: without_runs(check, Outcome::Skipped, &rationale),
        cause: None,
    }
}

/// Whether deciding a check takes a run of the candidate's code.
pub fn runs_code(check: &Check) -> bool {
    match check.kind {
        CheckKind::GoTest(_)
        | CheckKind::Output(_)
        | CheckKind::Http(_)
        | CheckKind::Mutants(_)
        | CheckKind::Bench(_) => true,
        CheckKind::Predict(_) | CheckKind::Vet(_) | CheckKind::Style(_) => false,
    }
}

/// A check that isn't run, since this machine lacks something that it needs.
pub fn skipped(check: &Check, why: &str) -> Decided {
    Decided {
        report: without_runs(check, Outcome::Skipped, why),
        cause: None,
    }
}

/// What is wrong when there is neither a product nor a word of the compiler.
const LOST: &str = "gavel lost sight of what was built for it";

/// A check that couldn't be run, which is ours or the machine's doing.
fn undecided(check: &Check, why: &str) -> Decided {
    Decided {
        report: without_runs(check, Outcome::Errored, why),
        cause: Some(Verdict::GraderError),
    }
}

/// A check that was decided without a run.
pub fn without_runs(check: &Check, outcome: Outcome, rationale: &str) -> CheckReport {
    CheckReport {
        id: check.id.clone(),
        kind: check.kind.name().to_owned(),
        about: check.about.clone(),
        visible: check.visible,
        revealed: check.reveal,
        outcome,
        points: Points {
            earned: 0,
            max: check.points,
        },
        rationale: rationale.to_owned(),
        findings: Vec::new(),
        runs: Vec::new(),
        explanation: None,
    }
}

/// How many findings of one run are told.
const MOST_FINDINGS: usize = 10;

/// Turns what a judge wants shown into findings at the candidate's own lines.
fn findings(given: &Given<'_>, exhibits: &[judge::Exhibit]) -> Vec<Finding> {
    let ground = Ground::new(given.workspace.module_path(), given.submission);
    exhibits
        .iter()
        .flat_map(|exhibit| {
            let mut findings = diagnosed(&ground, exhibit);
            if findings.is_empty() {
                findings.push(Finding::new(exhibit.kind, exhibit.message.clone()));
            }
            findings.truncate(MOST_FINDINGS);
            // The evidence is one for all that is read off it.
            let trace = telling(&exhibit.trace, given.workspace.module_path());
            findings[0].detail = Some(cut(&trace, 32 << 10, Keep::Start).into_owned());
            findings
        })
        .collect()
}

/// Of a dump of goroutines those that have to do with the module, without what only debuggers need; other evidence as it is.
fn telling(trace: &str, module: &str) -> String {
    let place = format!("\t{module}/");
    let without_pointers = |line: &str| line.split(" fp=0x").next().unwrap_or(line).to_owned();
    let telling: Vec<&str> = trace
        .split("\n\n")
        .filter(|block| block.starts_with("goroutine ") && block.contains(&place))
        .collect();
    if telling.is_empty() {
        return trace.to_owned();
    }
    let lines: Vec<String> = telling.join("\n\n").lines().map(without_pointers).collect();
    lines.join("\n")
}

fn diagnosed(ground: &Ground<'_>, exhibit: &judge::Exhibit) -> Vec<Finding> {
    let trace = &exhibit.trace;
    match exhibit.kind {
        FindingKind::Race => {
            let mut findings: Vec<Finding> = Vec::new();
            for race in race::read_races(trace) {
                let finding = diagnosis::race(ground, &race);
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            findings
        }
        FindingKind::Leak => {
            let goroutines = dump::read_dump(trace).goroutines;
            let (leaked, running): (Vec<_>, Vec<_>) = goroutines
                .into_iter()
                .partition(|goroutine| goroutine.is_leaked);
            let mut findings = diagnosis::leaks(ground, &leaked);
            findings.extend(diagnosis::still_running(ground, &running));
            findings
        }
        FindingKind::Hang => diagnosis::hang(ground, &dump::read_dump(trace).goroutines)
            .into_iter()
            .collect(),
        FindingKind::Panic => diagnosis::panic(ground, &exhibit.message, trace),
        FindingKind::Compile
        | FindingKind::Policy
        | FindingKind::Vet
        | FindingKind::Format
        | FindingKind::Style
        | FindingKind::Tamper => Vec::new(),
    }
    .into_iter()
    .map(explained)
    .collect()
}

/// Adds how such a thing is usually mended.
fn explained(finding: Finding) -> Finding {
    let explanation = finding
        .explanation
        .as_deref()
        .and_then(explanations::by_name);
    Finding {
        help: explanation.map(|explanation| explanation.mend.clone()),
        ..finding
    }
}

/// A run that could not be made.
fn errored_run(name: &str) -> RunReport {
    RunReport {
        name: name.to_owned(),
        outcome: Outcome::Errored,
        cause: Some(Verdict::GraderError),
        processors: None,
        perturbed: false,
        seconds: 0.0,
        cpu_seconds: 0.0,
        max_memory: 0,
        ended: "not run".to_owned(),
        messages: Vec::new(),
        comparison: None,
        output: None,
    }
}

/// A run that could not be made because an earlier one has broken what all need.
fn broken(name: &str) -> Judged {
    Judged {
        report: RunReport {
            outcome: Outcome::Failed,
            cause: Some(Verdict::Tampered),
            ..errored_run(name)
        },
        rationale: "an earlier run has removed or closed the folders that runs need".to_owned(),
        findings: Vec::new(),
    }
}
