//! One submission through all stages: policy, workspace, vet and build, runs, verdict.

pub(super) mod made;
mod source;

use std::collections::BTreeSet;

use futures_util::future::{Either, join_all, ready as ready_now};
use tokio::sync::{OnceCell, Semaphore, mpsc};

use self::made::compile_findings;
pub(super) use self::made::{add_generated, build};
use self::source::{code_of, rules};
use super::beside::{Beside, beside};
use super::{PolicyUse, Settings};
use crate::checks::policy;
use crate::checks::{self, Decided, Given, Target, style, target};
use crate::golang::{self, VetMessage, Workspace};
use crate::model::{
    Check, CheckKind, CheckReport, Event, Exercise, ExerciseStamp, FileSet, Finding, Outcome,
    Score, Style, StyleRule, SubmissionReport, Verdict,
};
use crate::submission::{Collected, workspace_files};

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

/// The rules of style that are advice: those that the manifest names, less those that a check counts.
fn advice(exercise: &Exercise) -> Style {
    let is_counted = |rule: &StyleRule| {
        exercise.checks.iter().any(
            |check| matches!(&check.kind, CheckKind::Style(style) if style.rules.contains(rule)),
        )
    };
    let mut advice = exercise.style.clone();
    advice.rules.retain(|rule| !is_counted(rule));
    advice
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
pub(super) struct Draft {
    /// The rules of style that are advice: what a check counts is none.
    advice: Style,
    pub(super) findings: Vec<Finding>,
    causes: Vec<Verdict>,
    checks: Vec<(Check, Option<CheckReport>)>,
    /// Why checks that run code can't be decided here: a server that isn't installed.
    lacking: Option<String>,
    again: Vec<Outcome>,
}

impl Draft {
    pub(super) fn new(exercise: &Exercise) -> Self {
        Self {
            advice: advice(exercise),
            findings: Vec::new(),
            causes: Vec::new(),
            checks: exercise
                .checks
                .iter()
                .map(|check| (check.clone(), None))
                .collect(),
            lacking: None,
            again: Vec::new(),
        }
    }

    /// Whether what `go vet` says is advice, which it isn't where a check counts it. `package` is what it was asked about.
    fn is_advice(&self, package: &str, said: &VetMessage) -> bool {
        let folder = said.message.place.as_ref().map(|(file, ..)| {
            let folder = file.rsplit_once('/').map(|(folder, _)| folder);
            folder.map_or(".".to_owned(), |folder| format!("./{folder}"))
        });
        let is_about = |other: &str| other == folder.as_deref().unwrap_or(package);
        let is_counted = self.checks.iter().any(|(check, _)| {
            matches!(&check.kind, CheckKind::Vet(vet) if is_about(&vet.package) && vet.analysers.contains(&said.analyser))
        });
        self.is_advised(StyleRule::Vet) && !is_counted
    }

    fn is_advised(&self, rule: StyleRule) -> bool {
        self.advice.rules.contains(&rule)
    }

    /// Adds findings on the submission, each once.
    fn find(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    fn is_open(&self, check: &Check) -> bool {
        self.checks
            .iter()
            .any(|(known, slot)| known.id == check.id && slot.is_none())
    }

    /// Those of the checks that `check` requires that have not passed, each with how it ended.
    fn unmet(&self, check: &Check) -> Vec<(&str, Outcome)> {
        let decided = self.checks.iter().filter_map(|(_, slot)| slot.as_ref());
        decided
            .filter(|report| {
                check.requires.contains(&report.id) && report.outcome != Outcome::Passed
            })
            .map(|report| (report.id.as_str(), report.outcome))
            .collect()
    }

    /// Whether a check was decided by running it.
    fn was_run(&self, check: &Check) -> bool {
        self.checks.iter().any(|(known, slot)| {
            let outcome = slot.as_ref().map(|report| report.outcome);
            known.id == check.id
                && !matches!(outcome, None | Some(Outcome::Skipped | Outcome::NotRun))
        })
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
        let is_lacking = self.lacking.is_some();
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
            // What only another machine can decide is never lost, and never passed over either.
            if check.outcome == Outcome::Errored
                || (is_lacking && check.outcome == Outcome::Skipped)
            {
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
        if let Some(why) = settings.unready.get(&exercise.id) {
            return Err(why.clone());
        }
        let code = &code_of(exercise, submission);
        let Beside { workshop, lacking } = &beside(settings, exercise).await?;
        draft.lacking.clone_from(lacking);
        if lacking.is_none() && !self.has_network() {
            return Err(NO_LOOPBACK.to_owned());
        }
        let review = self.review(code).await?;
        if !review.findings.is_empty() {
            draft.findings = review.findings;
            draft.causes.push(Verdict::Disallowed);
            draft.close(
                Outcome::NotRun,
                "not run, because the source does what this exercise doesn't allow",
            );
            return Ok(());
        }

        let mut files = workspace_files(exercise, code, &self.collected.extent);
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
            code.keys().cloned().collect(),
        );
        let (made, formatting) = tokio::join!(
            build(settings, exercise, &workspace, &targets, code, draft),
            formatting
        );
        drop(slot);
        let made = made.map_err(|error| error.to_string())?;
        if draft.is_advised(StyleRule::Gofmt) {
            // Advice that can't be had is no reason to stop.
            let files = formatting.iter().flatten();
            draft.find(files.map(|file| style::format_finding(file)).collect());
        }
        let _ = self.events.send(Event::Built {
            submission: self.name.to_owned(),
        });

        let perturbed = test_mains
            .keys()
            .map(|package| (package.clone(), OnceCell::new()))
            .collect();
        let sides = test_mains
            .keys()
            .map(|package| (package.clone(), checks::bench::Sides::default()))
            .collect();
        let given = Given {
            workshop,
            exercise,
            submission,
            digest: &self.collected.digest,
            workspace: &workspace,
            products: &made.products,
            vetted: &made.vetted,
            formatting: &formatting,
            test_mains: &test_mains,
            perturbed: &perturbed,
            sides: &sides,
            slots: self.slots,
            all_slots: u32::try_from(settings.jobs.max(1)).unwrap_or(u32::MAX),
            temporary_root: &settings.temporary_root,
            runs: settings.runs,
        };
        // Whoever is told that the code doesn't compile has enough to read.
        if draft.causes.is_empty() {
            draft.find(style::advice(&given, &draft.advice).await);
        }
        self.decide_all(draft, &given).await;
        if let Some(again) = again
            && let Some(check) = exercise.checks.iter().find(|check| check.id == again.check)
            && draft.was_run(check)
        {
            for _ in 0..again.times {
                let decided = checks::run_check(&given, check).await;
                draft.again.push(decided.report.outcome);
            }
        }
        Ok(())
    }

    /// Whether runs can have the network that the exercise asks for, or may have more.
    fn has_network(&self) -> bool {
        let (settings, network) = (self.settings, self.exercise.limits.network);
        settings.may_weaken_network || settings.workshop.can_keep_to(network)
    }

    async fn review(&self, code: &FileSet) -> Result<policy::Review, String> {
        match self.settings.policy {
            PolicyUse::Enforced => {
                let (files, rules) = (code.clone(), rules(self.exercise));
                aside(move || policy::review(&files, &rules)).await
            }
            PolicyUse::Off => Ok(policy::Review::default()),
        }
    }

    async fn workspace(&self, files: FileSet) -> Result<Workspace, String> {
        let root = self.settings.temporary_root.clone();
        let module = self.exercise.module.clone();
        aside(move || Workspace::create(&root, &module, &files))
            .await?
            .map_err(|error| error.to_string())
    }

    /// Runs the checks that are still open, each when all that it requires have been decided.
    async fn decide_all(&self, draft: &mut Draft, given: &Given<'_>) {
        loop {
            let open: Vec<&Check> = self
                .exercise
                .checks
                .iter()
                .filter(|check| draft.is_open(check))
                .collect();
            let is_ready =
                |check: &Check| !open.iter().any(|other| check.requires.contains(&other.id));
            let ready = open.iter().filter(|check| is_ready(check));
            let decided = join_all(ready.map(|check| {
                let without = match (draft.unmet(check).as_slice(), &draft.lacking) {
                    (_, Some(why)) if checks::runs_code(check) => checks::skipped(check, why),
                    ([], _) => return Either::Left(self.decide(given, check)),
                    (unmet, _) => checks::unmet(check, unmet),
                };
                Either::Right(ready_now(self.decided(without)))
            }))
            .await;
            // A check requires those above it only, so the first that is open is always ready.
            if decided.is_empty() {
                return;
            }
            for one in decided {
                draft.put(one);
            }
        }
    }

    async fn decide(&self, given: &Given<'_>, check: &Check) -> Decided {
        self.decided(checks::run_check(given, check).await)
    }

    fn decided(&self, decided: Decided) -> Decided {
        let _ = self.events.send(Event::Checked {
            submission: self.name.to_owned(),
            check: decided.report.id.clone(),
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
            draft.findings = compile_findings(&self.collected.files, &errors);
            draft.causes.push(Verdict::CompileError);
            draft.close(Outcome::NotRun, NOT_COMPILED);
        }
        Ok(())
    }
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
