//! One submission through all stages: policy, workspace, vet and build, runs, verdict.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use tokio::sync::{Semaphore, mpsc};

use super::{PolicyUse, Settings};
use crate::checks::policy::{self, Ground, Rules};
use crate::checks::{self, Bench, Decided};
use crate::golang::{
    self, BuildError, Built, CompileMessage, Product, Workspace, add_test_mains, close_programs,
};
use crate::model::{
    Check, CheckKind, CheckReport, Event, Exercise, ExerciseStamp, FileSet, Finding, FindingKind,
    Outcome, Place, Score, SubmissionReport, Verdict,
};
use crate::submission::{Collected, workspace_files};
use crate::text;

/// What can be built from a package.
type Target = (String, bool);

/// Grades a submission. Whatever goes wrong on our side becomes `errored` checks in its report.
pub async fn grade(
    settings: &Settings,
    slots: &Semaphore,
    name: &str,
    exercise: &Exercise,
    collected: &Collected,
    events: &mpsc::UnboundedSender<Event>,
) -> SubmissionReport {
    let stage = Stage {
        settings,
        slots,
        name,
        exercise,
        collected,
        events,
    };
    stage.grade(None).await.0
}

/// A check to be decided again, without building anew.
#[derive(Clone, Debug)]
pub struct Again {
    /// Its id.
    pub check: String,
    /// How many more times.
    pub times: u32,
}

/// Grades a submission, then decides one check again and again; returns these outcomes too.
pub async fn grade_again(
    settings: &Settings,
    slots: &Semaphore,
    name: &str,
    exercise: &Exercise,
    collected: &Collected,
    again: &Again,
) -> (SubmissionReport, Vec<Outcome>) {
    let (events, _) = mpsc::unbounded_channel();
    let stage = Stage {
        settings,
        slots,
        name,
        exercise,
        collected,
        events: &events,
    };
    stage.grade(Some(again)).await
}

/// The report on a submission that could not be graded because of us.
pub(super) fn undecided(name: &str, exercise: &Exercise, why: &str) -> SubmissionReport {
    let mut draft = Draft::new(exercise);
    draft.close(Outcome::Errored, why);
    draft.report(name, exercise, None)
}

/// A report that is being filled in.
struct Draft {
    findings: Vec<Finding>,
    causes: Vec<Verdict>,
    checks: Vec<(Check, Option<CheckReport>)>,
    again: Vec<Outcome>,
}

impl Draft {
    fn new(exercise: &Exercise) -> Self {
        Self {
            findings: Vec::new(),
            causes: Vec::new(),
            checks: exercise
                .checks
                .iter()
                .map(|check| (check.clone(), None))
                .collect(),
            again: Vec::new(),
        }
    }

    fn put(&mut self, decided: Decided) {
        self.causes.extend(decided.cause);
        if let Some((_, slot)) = self
            .checks
            .iter_mut()
            .find(|(check, _)| check.id == decided.report.id)
        {
            *slot = Some(decided.report);
        }
    }

    /// Decides all checks that are still open.
    fn close(&mut self, outcome: Outcome, rationale: &str) {
        self.close_some(|_| true, outcome, rationale);
    }

    fn close_some(&mut self, concerns: impl Fn(&Check) -> bool, outcome: Outcome, rationale: &str) {
        for (check, slot) in &mut self.checks {
            if slot.is_none() && concerns(check) {
                *slot = Some(checks::without_runs(check, outcome, rationale));
            }
        }
    }

    fn report(
        self,
        name: &str,
        exercise: &Exercise,
        collected: Option<&Collected>,
    ) -> SubmissionReport {
        let mut score = Score::default();
        let mut verdict = self.causes.into_iter().max().unwrap_or(Verdict::Accepted);
        let checks: Vec<CheckReport> = self
            .checks
            .into_iter()
            .map(|(check, report)| {
                report.unwrap_or_else(|| {
                    checks::without_runs(&check, Outcome::Errored, "gavel lost sight of this check")
                })
            })
            .collect();
        for check in &checks {
            score.max += check.points.max;
            score.earned += check.points.earned;
            if check.outcome == Outcome::Errored {
                score.undecided += check.points.max;
                verdict = Verdict::GraderError;
            }
        }
        SubmissionReport {
            name: name.to_owned(),
            exercise: ExerciseStamp {
                id: exercise.id.clone(),
                version: exercise.version.clone(),
            },
            digest: collected
                .map(|collected| collected.digest.clone())
                .unwrap_or_default(),
            verdict,
            score,
            ignored_files: collected
                .map(|collected| collected.ignored_files.clone())
                .unwrap_or_default(),
            findings: self.findings,
            checks,
        }
    }
}

/// What the stages after collecting work with.
struct Stage<'a> {
    settings: &'a Settings,
    slots: &'a Semaphore,
    name: &'a str,
    exercise: &'a Exercise,
    collected: &'a Collected,
    events: &'a mpsc::UnboundedSender<Event>,
}

impl Stage<'_> {
    async fn grade(&self, again: Option<&Again>) -> (SubmissionReport, Vec<Outcome>) {
        let mut draft = Draft::new(self.exercise);
        if let Err(why) = self.run(&mut draft, again).await {
            draft.close(Outcome::Errored, &why);
        }
        let outcomes = std::mem::take(&mut draft.again);
        let report = draft.report(self.name, self.exercise, Some(self.collected));
        (report, outcomes)
    }

    /// Policy, workspace, build, runs. An error is ours or the machine's.
    async fn run(&self, draft: &mut Draft, again: Option<&Again>) -> Result<(), String> {
        let Self {
            settings, exercise, ..
        } = self;
        let submission = &self.collected.files;
        if !settings.may_weaken_network && !settings.workshop.can_keep_to(exercise.limits.network) {
            return Err(NO_LOOPBACK.to_owned());
        }
        let review = match settings.policy {
            PolicyUse::Enforced => {
                let (files, rules) = (submission.clone(), rules(exercise));
                aside(move || policy::review(&files, &rules)).await?
            }
            PolicyUse::Off => policy::Review::default(),
        };
        if !review.findings.is_empty() {
            draft.findings = review.findings;
            draft.causes.push(Verdict::Disallowed);
            draft.close(
                Outcome::NotRun,
                "not run, because the source does what this exercise doesn't allow",
            );
            return Ok(());
        }

        let mut files = workspace_files(exercise, submission, &self.collected.extent);
        files.extend(exercise.hidden.clone());
        if !review.unreadable.is_empty() {
            let workspace = self.workspace(files).await?;
            return self
                .refuse_unreadable(draft, &workspace, review.unreadable)
                .await;
        }
        let targets: BTreeSet<Target> = exercise.checks.iter().map(target).collect();
        let test_mains = add_generated(&mut files, exercise, &targets)?;
        let workspace = self.workspace(files).await?;

        let slot = self
            .slots
            .acquire()
            .await
            .map_err(|_| "gavel is stopping".to_owned())?;
        let formatting = golang::format_differs(
            &settings.workshop,
            &workspace,
            submission.keys().cloned().collect(),
        );
        let (products, formatting) = tokio::join!(
            build(settings, &workspace, &targets, submission, draft),
            formatting
        );
        drop(slot);
        let products = products.map_err(|error| error.to_string())?;
        // Advice that can't be had is no reason to stop.
        let formatting = formatting.unwrap_or_default();
        draft
            .findings
            .extend(formatting.iter().map(|file| format_finding(file)));
        let _ = self.events.send(Event::Built {
            submission: self.name.to_owned(),
        });

        let bench = Bench {
            workshop: &settings.workshop,
            exercise,
            submission,
            workspace: &workspace,
            test_mains: &test_mains,
            slots: self.slots,
            runs: settings.runs,
        };
        let open: Vec<(&Check, &Product)> = exercise
            .checks
            .iter()
            .filter_map(|check| Some((check, products.get(&target(check))?)))
            .collect();
        let decided = join_all(
            open.iter()
                .map(|(check, product)| self.decide(&bench, check, product)),
        )
        .await;
        if let Some(again) = again
            && let Some((check, product)) = open.iter().find(|(check, _)| check.id == again.check)
        {
            for _ in 0..again.times {
                draft.again.push(
                    checks::run_check(&bench, check, product)
                        .await
                        .report
                        .outcome,
                );
            }
        }
        for one in decided {
            draft.put(one);
        }
        Ok(())
    }

    async fn workspace(&self, files: FileSet) -> Result<Workspace, String> {
        let root = self.settings.temporary_root.clone();
        let module = self.exercise.module.clone();
        aside(move || Workspace::create(&root, &module, &files))
            .await?
            .map_err(|error| error.to_string())
    }

    async fn decide(&self, bench: &Bench<'_>, check: &Check, product: &Product) -> Decided {
        let decided = checks::run_check(bench, check, product).await;
        let _ = self.events.send(Event::Checked {
            submission: self.name.to_owned(),
            check: check.id.clone(),
            outcome: decided.report.outcome,
        });
        decided
    }

    /// What gavel can't read, it can't police. If the compiler can't read it either, that is the better thing to say.
    async fn refuse_unreadable(
        &self,
        draft: &mut Draft,
        workspace: &Workspace,
        unreadable: Vec<Finding>,
    ) -> Result<(), String> {
        let paths = unreadable
            .iter()
            .filter_map(|finding| finding.place.as_ref())
            .map(|place| place.file.clone())
            .collect();
        let errors = golang::syntax_errors(&self.settings.workshop, workspace, paths).await?;
        if errors.is_empty() {
            draft.findings = unreadable;
            draft.causes.push(Verdict::Disallowed);
            draft.close(
                Outcome::NotRun,
                "not run, because gavel can't read the source completely",
            );
        } else {
            draft.findings = compile_findings(&self.collected.files, &errors, FindingKind::Compile);
            draft.causes.push(Verdict::CompileError);
            draft.close(Outcome::NotRun, NOT_COMPILED);
        }
        Ok(())
    }
}

/// Adds the files that gavel writes itself; the symbols of the `TestMain`s among them, by package.
fn add_generated(
    files: &mut FileSet,
    exercise: &Exercise,
    targets: &BTreeSet<Target>,
) -> Result<BTreeMap<String, String>, String> {
    let packages = |is_test: bool| -> Vec<&str> {
        let of_kind = targets.iter().filter(|(_, other)| *other == is_test);
        of_kind.map(|(package, _)| package.as_str()).collect()
    };
    close_programs(files, &packages(false));
    add_test_mains(files, &exercise.module, &packages(true))
}

/// Does work that takes long and waits for nothing on a thread of its own, so that runs are watched meanwhile.
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| format!("gavel itself failed; this is a bug in it: {error}"))
}

const NO_LOOPBACK: &str = "this exercise needs a loopback network of its own, and this sandbox can't give it one: Landlock names ports, not \
     addresses; --allow-weaker network lets its runs reach the machine's network";
const NOT_COMPILED: &str = "not run, because the code doesn't compile";

/// Builds what the checks need. Packages that don't compile take their checks along.
async fn build(
    settings: &Settings,
    workspace: &Workspace,
    targets: &BTreeSet<Target>,
    submission: &FileSet,
    draft: &mut Draft,
) -> Result<BTreeMap<Target, Product>, BuildError> {
    let mut products = BTreeMap::new();
    for (package, is_test) in targets {
        let built = if *is_test {
            golang::build_tests(&settings.workshop, workspace, package).await?
        } else {
            golang::build_program(&settings.workshop, workspace, package).await?
        };
        let (messages, kind) = match built {
            Built::Done { product, vet } => {
                products.insert((package.clone(), *is_test), product);
                // What vet says about the exercise's own tests is nobody's advice.
                let of_submission = |message: &CompileMessage| matches!(&message.place, Some((file, ..)) if submission.contains_key(file));
                (
                    vet.into_iter().filter(of_submission).collect(),
                    FindingKind::Vet,
                )
            }
            Built::Failed { messages } => {
                draft.causes.push(Verdict::CompileError);
                let concerns = |check: &Check| target(check) == (package.clone(), *is_test);
                draft.close_some(concerns, Outcome::NotRun, NOT_COMPILED);
                (messages, FindingKind::Compile)
            }
        };
        for finding in compile_findings(submission, &messages, kind) {
            if !draft.findings.contains(&finding) {
                draft.findings.push(finding);
            }
        }
    }
    Ok(products)
}

fn target(check: &Check) -> Target {
    (
        check.kind.package().to_owned(),
        matches!(check.kind, CheckKind::GoTest { .. }),
    )
}

fn rules(exercise: &Exercise) -> Rules {
    let is_judged_from_outside = exercise
        .checks
        .iter()
        .all(|check| matches!(check.kind, CheckKind::Output { .. }));
    let ground = if is_judged_from_outside {
        Ground::Program
    } else {
        Ground::Tests
    };
    // No exercise requires another module yet: builds have no module cache to take one from.
    Rules::new(
        &exercise.policy,
        ground,
        exercise.kind,
        &exercise.module,
        &[],
    )
}

fn compile_findings(
    submission: &FileSet,
    messages: &[CompileMessage],
    kind: FindingKind,
) -> Vec<Finding> {
    messages
        .iter()
        .map(|message| {
            let place = message.place.as_ref().map(|(file, line, column)| Place {
                file: file.clone(),
                line: *line,
                column: *column,
            });
            Finding {
                excerpt: place
                    .as_ref()
                    .and_then(|place| text::excerpt(submission, place)),
                place,
                ..Finding::new(kind, message.text.clone())
            }
        })
        .collect()
}

fn format_finding(file: &str) -> Finding {
    Finding {
        help: Some(format!("gofmt -w {file}")),
        ..Finding::new(
            FindingKind::Format,
            format!("{file} isn't formatted as gofmt does it"),
        )
    }
}
