//! Proves an exercise: what is correct gets every point, what is flawed loses by the check that is about its flaw.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use tokio::sync::{Semaphore, mpsc};

use super::{blanks, tests_and_statement};
use crate::golang::{self, Workspace, add_test_mains};
use crate::grading::{self, Again, Settings};
use crate::manifest::{Curriculum, nearest};
use crate::model::{
    CheckReport, Exercise, FileSet, Finding, FindingKind, Flawed, Kind, Outcome, Place,
    SubmissionReport, Verdict,
};
use crate::submission::{Collected, collect_solution, workspace_files};

/// How long all hidden tests of an exercise may take together, one run of each.
const HIDDEN_SUITE: Duration = Duration::from_secs(2);

/// What proving an exercise brought to light.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Faults of the exercise, one sentence or more each.
    pub problems: Vec<String>,
    /// What kept gavel from deciding: not the exercise's fault.
    pub undecided: Vec<String>,
    /// How many solutions were graded.
    pub solutions: usize,
}

impl Proof {
    fn add(&mut self, other: Proof) {
        for problem in other.problems {
            // Several runs of one test tell the same.
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
        self.undecided.extend(other.undecided);
        self.solutions += other.solutions;
    }
}

/// The ids that an exercise says to train and that its catalog doesn't know.
pub fn unknown_questions(exercise: &Exercise, curriculum: &Curriculum) -> Vec<String> {
    let unknown = exercise.trains.iter().filter(|id| !curriculum.has(id));
    unknown
        .map(|id| {
            let near = nearest(id, curriculum.ids());
            let near = near.map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            format!("exercise.toml: trains: curriculum.toml has no question {id:?}{near}")
        })
        .collect()
}

/// Proves an exercise. `settings.runs` replaces each check's `stress`, and is how often each flawed solution's check must
/// catch it.
pub async fn verify(settings: &Settings, slots: &Semaphore, exercise: &Exercise) -> Proof {
    let bench = Bench {
        settings,
        slots,
        exercise,
    };
    let mut proof = Proof {
        problems: [
            blanks::problems(exercise),
            tests_and_statement::problems(exercise),
        ]
        .concat(),
        ..Proof::default()
    };
    proof.add(bench.starter_fails().await);
    let correct = std::iter::once(("reference".to_owned(), &exercise.reference)).chain(
        exercise
            .alternatives
            .iter()
            .map(|(name, files)| (format!("alternatives/{name}"), files)),
    );
    for (name, files) in correct {
        proof.add(bench.correct_passes(&name, files).await);
    }
    let flawed = exercise
        .flawed
        .iter()
        .map(|flawed| bench.flawed_is_caught(flawed));
    let mut results = stream::iter(flawed).buffered(settings.jobs + 1);
    while let Some(result) = results.next().await {
        proof.add(result);
    }
    proof
}

struct Bench<'a> {
    settings: &'a Settings,
    slots: &'a Semaphore,
    exercise: &'a Exercise,
}

impl Bench<'_> {
    /// A solution as if a candidate had handed in a folder of it.
    fn handed_in(&self, files: &FileSet) -> Collected {
        collect_solution(self.exercise, files)
    }

    async fn grade(&self, name: &str, files: &FileSet) -> (SubmissionReport, Proof) {
        let (events, _) = mpsc::unbounded_channel();
        let report = grading::grade(
            self.settings,
            self.slots,
            name,
            self.exercise,
            &self.handed_in(files),
            &events,
        )
        .await;
        let proof = Proof {
            undecided: undecided(name, &report).into_iter().collect(),
            solutions: 1,
            ..Proof::default()
        };
        (report, proof)
    }

    async fn starter_fails(&self) -> Proof {
        let (report, mut proof) = self.grade("starter", &self.exercise.starter).await;
        match report.verdict {
            Verdict::CompileError | Verdict::Disallowed | Verdict::Tampered => {
                let why = first_words(&report);
                proof.problems.push(format!(
                    "starter: {} as handed out, and it must build: {why}",
                    report.verdict.name()
                ));
                return proof;
            }
            Verdict::Accepted => proof
                .problems
                .push("starter: gets every point as handed out".to_owned()),
            Verdict::GraderError
            | Verdict::WrongAnswer
            | Verdict::OutputLimit
            | Verdict::TimeLimit
            | Verdict::MemoryLimit
            | Verdict::RuntimeError
            | Verdict::GoroutineLeak
            | Verdict::Deadlock
            | Verdict::DataRace => {}
        }
        let visible: Vec<&CheckReport> =
            report.checks.iter().filter(|check| check.visible).collect();
        if visible.is_empty() {
            proof.problems.push(
                "starter: there is no visible check, so a candidate has nothing to try against"
                    .to_owned(),
            );
        } else if visible.iter().all(|check| check.outcome == Outcome::Passed) {
            proof.problems.push(
                "starter: passes every visible check as handed out; at least one must fail"
                    .to_owned(),
            );
        }
        // What is handed out to be made faster or leaner is right, and fails by what it costs. The symptom of a planted defect
        // may be a race, a leak, a deadlock or a panic.
        let is_test =
            |check: &&CheckReport| check.kind != "bench" && self.exercise.kind != Kind::Fix;
        for check in visible.into_iter().filter(is_test) {
            for run in check.runs.iter().filter(|run| {
                run.outcome == Outcome::Failed && run.cause != Some(Verdict::WrongAnswer)
            }) {
                let cause = run.cause.map_or("no cause", Verdict::name);
                proof.problems.push(format!(
                    "starter: visible {} fails by {cause}, not by a message of the test: {}",
                    run.name, check.rationale
                ));
            }
        }
        proof
    }

    async fn correct_passes(&self, name: &str, files: &FileSet) -> Proof {
        let (report, mut proof) = self.grade(name, files).await;
        let is_undecided = !proof.undecided.is_empty();
        for check in report.checks.iter().filter(|check| match check.outcome {
            Outcome::Failed | Outcome::NotRun => true,
            Outcome::Skipped => !is_undecided,
            Outcome::Passed | Outcome::Errored => false,
        }) {
            let said = if check.kind == "mutants" && check.findings.is_empty() {
                survivors(check)
            } else {
                check
                    .runs
                    .iter()
                    .flat_map(|run| &run.messages)
                    .next()
                    .map(|message| format!(": {}", message.text))
                    .unwrap_or_default()
            };
            proof.problems.push(format!(
                "{name}: loses {} ({} points): {}{said}",
                check.id, check.points.max, check.rationale
            ));
        }
        if matches!(report.verdict, Verdict::CompileError | Verdict::Disallowed) {
            proof
                .problems
                .push(format!("{name}: {}", first_words(&report)));
        }
        if report.verdict == Verdict::Accepted {
            let slow = self.slow_hidden_suite(files, &report).await;
            proof
                .problems
                .extend(slow.map(|words| format!("{name}: {words}")));
        }
        match self.lint(files).await {
            Ok(words) => proof
                .problems
                .extend(words.into_iter().map(|words| format!("{name}: {words}"))),
            Err(why) => proof.undecided.push(format!("{name}: {why}")),
        }
        proof
    }

    /// Says so if the hidden tests take too long. Before that they are run once more, with nothing of gavel's beside them.
    async fn slow_hidden_suite(
        &self,
        files: &FileSet,
        report: &SubmissionReport,
    ) -> Option<String> {
        let limit = HIDDEN_SUITE.as_secs_f64();
        let mut fastest = fastest_runs(report);
        if fastest.values().sum::<f64>() > limit {
            let alone = Settings {
                jobs: 1,
                runs: Some(1),
                ..self.settings.clone()
            };
            let bench = Bench {
                settings: &alone,
                slots: &Semaphore::new(1),
                exercise: self.exercise,
            };
            let (report, _) = bench.grade("alone", files).await;
            for (name, seconds) in fastest_runs(&report) {
                let known = fastest.entry(name).or_insert(f64::INFINITY);
                *known = seconds.min(*known);
            }
        }
        let total: f64 = fastest.values().sum();
        (total > limit).then(|| {
            format!("the hidden checks take {total:.1} s together, and may take {limit} s")
        })
    }

    /// gofmt and `go vet` over everything that is built with a solution: starter, tests, the solution.
    async fn lint(&self, files: &FileSet) -> Result<Vec<String>, String> {
        let Self {
            settings, exercise, ..
        } = self;
        let mut all = {
            let solution = self.handed_in(files);
            workspace_files(exercise, &solution.files, &solution.extent)
        };
        all.extend(exercise.hidden.clone());
        let sources: Vec<String> = all
            .keys()
            .filter(|path| path.ends_with(".go"))
            .cloned()
            .collect();
        add_test_mains(&mut all, &exercise.module, &[])?;
        let workspace = Workspace::create(&settings.temporary_root, &exercise.module, &all)
            .map_err(|error| error.to_string())?;
        let mut words: Vec<String> =
            golang::format_differs(&settings.workshop, &workspace, sources)
                .await?
                .into_iter()
                .map(|file| format!("{file} isn't formatted as gofmt does it"))
                .collect();
        // What is worth predicting is often what vet warns of.
        if exercise.kind == Kind::Predict {
            return Ok(words);
        }
        // Other analysers than gavel's own are asked, so what they know of imported packages may not be in the cache.
        let vet = golang::vet(&settings.workshop.patient(), &workspace)
            .await
            .map_err(|error| error.to_string())?;
        words.extend(vet.into_iter().map(|message| {
            let place = message
                .place
                .map(|(file, line, _)| format!("{file}:{line}: "))
                .unwrap_or_default();
            format!("go vet: {place}{}", message.text)
        }));
        Ok(words)
    }

    async fn flawed_is_caught(&self, flawed: &Flawed) -> Proof {
        let Self {
            settings, exercise, ..
        } = self;
        let caught_by = &flawed.caught_by;
        let name = format!("flawed/{}", flawed.name);
        let mut proof = Proof::default();
        let differing = exercise
            .flawed_files
            .get(&flawed.name)
            .cloned()
            .unwrap_or_default();
        if differing
            .iter()
            .all(|(path, file)| exercise.reference.get(path) == Some(file))
        {
            proof
                .problems
                .push(format!("{name}: doesn't differ from the reference"));
            return proof;
        }
        let mut files = exercise.reference.clone();
        files.extend(differing);
        let again = Again {
            check: caught_by.clone(),
            times: settings.runs.unwrap_or(1) - 1,
        };
        // With the stress that its check has, since that is how it will be caught.
        let as_graded = Settings {
            runs: None,
            ..(*settings).clone()
        };
        let (report, outcomes) = grading::grade_again(
            &as_graded,
            self.slots,
            &name,
            &only(exercise, caught_by),
            &self.handed_in(&files),
            &again,
        )
        .await;
        proof.solutions = 1;
        if let Some(why) = undecided(&name, &report) {
            proof.undecided.push(why);
            return proof;
        }
        if matches!(report.verdict, Verdict::CompileError | Verdict::Disallowed) {
            proof.problems.push(format!(
                "{name}: must build, and is {}: {}",
                report.verdict.name(),
                first_words(&report)
            ));
            return proof;
        }
        let check = report.checks.iter().find(|check| check.id == *caught_by);
        let first = check.map(|check| check.outcome);
        if first == Some(Outcome::Failed) && !flawed.at.is_empty() {
            let named: Vec<&str> = check.map_or_else(Vec::new, |check| named_lines(check, &files));
            if !flawed.at.iter().any(|line| named.contains(&line.trim())) {
                proof.problems.push(format!(
                    "{name}: no finding of {caught_by} names {}; named are {named:?}",
                    flawed.at.join(" or ")
                ));
            }
        }
        let all: Vec<Outcome> = first.into_iter().chain(outcomes).collect();
        let caught = all
            .iter()
            .filter(|outcome| **outcome == Outcome::Failed)
            .count();
        if caught < all.len() || all.is_empty() {
            let (in_full, _) = self.grade(&name, &files).await;
            let lost: Vec<&str> = in_full
                .checks
                .iter()
                .filter(|check| check.outcome == Outcome::Failed)
                .map(|check| check.id.as_str())
                .collect();
            let others = if lost.is_empty() {
                "it loses nothing".to_owned()
            } else {
                format!("it loses {}", lost.join(", "))
            };
            proof.problems.push(format!(
                "{name}: {caught_by} caught it {caught} times of {}; {others}",
                all.len()
            ));
        }
        proof
    }
}

/// An exercise with one of its checks, and with those that this one requires.
fn only(exercise: &Exercise, check: &str) -> Exercise {
    let mut needed = BTreeSet::from([check]);
    // A check requires those above it only.
    for check in exercise.checks.iter().rev() {
        if needed.contains(check.id.as_str()) {
            needed.extend(check.requires.iter().map(String::as_str));
        }
    }
    let mut narrowed = exercise.clone();
    narrowed
        .checks
        .retain(|check| needed.contains(check.id.as_str()));
    narrowed
}

/// The names of the mutants that a solution's tests don't notice, as `equivalent` takes them.
fn survivors(check: &CheckReport) -> String {
    let names: Vec<String> = check
        .runs
        .iter()
        .filter(|run| run.outcome == Outcome::Failed)
        .map(|run| format!("\n    {:?}", run.name))
        .collect();
    names.concat()
}

/// The lines of a solution, without indentation, that the findings of a check name.
fn named_lines<'a>(check: &CheckReport, files: &'a FileSet) -> Vec<&'a str> {
    let related = |finding: &'_ Finding| -> Vec<Place> {
        let places = finding.related.iter().map(|related| related.place.clone());
        finding.place.clone().into_iter().chain(places).collect()
    };
    let line = |place: Place| {
        let text = std::str::from_utf8(&files.get(&place.file)?.bytes).ok()?;
        let before = (place.line as usize).checked_sub(1)?;
        text.lines().nth(before).map(str::trim)
    };
    check
        .findings
        .iter()
        .flat_map(related)
        .filter_map(line)
        .collect()
}

/// The fastest run of each hidden test, in seconds: the others waited for a processor.
fn fastest_runs(report: &SubmissionReport) -> BTreeMap<String, f64> {
    let mut fastest = BTreeMap::new();
    for run in report
        .checks
        .iter()
        // How long mutants take is the business of those who hang.
        .filter(|check| !check.visible && check.kind != "mutants")
        .flat_map(|check| &check.runs)
    {
        let seconds = fastest.entry(run.name.clone()).or_insert(f64::INFINITY);
        *seconds = run.seconds.min(*seconds);
    }
    fastest
}

fn undecided(name: &str, report: &SubmissionReport) -> Option<String> {
    // What is skipped for want of a server is undecided too.
    let of = |outcome: Outcome| {
        let mut checks = report.checks.iter();
        checks.find(|check| check.outcome == outcome)
    };
    let wants = report.verdict == Verdict::GraderError;
    let check = of(Outcome::Errored).or_else(|| of(Outcome::Skipped).filter(|_| wants))?;
    Some(format!(
        "{name}: {} could not be decided: {}",
        check.id, check.rationale
    ))
}

fn first_words(report: &SubmissionReport) -> String {
    report
        .findings
        .iter()
        .find(|finding| matches!(finding.kind, FindingKind::Compile | FindingKind::Policy))
        .map(|finding| {
            let place = finding
                .place
                .as_ref()
                .map(|place| format!("{}:{}: ", place.file, place.line))
                .unwrap_or_default();
            format!("{place}{}", finding.message)
        })
        .or_else(|| {
            report
                .checks
                .iter()
                .map(|check| check.rationale.clone())
                .find(|words| !words.is_empty())
        })
        .unwrap_or_default()
}
