//! Grades: one submission through all stages, many submissions side by side.

mod beside;
mod one;
mod ready;
mod recording;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::databases::Databases;
use crate::golang::Workshop;
use crate::model::{Event, Exercise, ExerciseId, Refusal, SubmissionReport};
use crate::submission::Collected;

pub use one::{Again, grade, grade_again};
pub use ready::{Ready, Step, Unready, Which, make_ready};
pub use recording::{Recording, record};

/// What grading needs to know, the same for all submissions.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The toolchain and its sandbox.
    pub workshop: Workshop,
    /// Whether a run that needs the loopback network may have all of it where the sandbox can't tell.
    pub may_weaken_network: bool,
    /// Where workspaces are made.
    pub temporary_root: PathBuf,
    /// How many processes may run at a time.
    pub jobs: usize,
    /// Replaces each check's `stress`.
    pub runs: Option<u32>,
    /// Whether the policy over the source is held.
    pub policy: PolicyUse,
    /// Exercises that can't be graded here, and why; see [`make_ready`].
    pub unready: BTreeMap<ExerciseId, String>,
    /// The servers of this machine.
    pub databases: Arc<Databases>,
}

/// Whether the policy over the source is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyUse {
    /// As it should be.
    Enforced,
    /// Left out, to show in a test what holds without it. No command does this.
    Off,
}

/// A submission to be graded.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name in the report.
    pub name: String,
    /// What it is a submission of.
    pub exercise: Arc<Exercise>,
    /// Where its files come from.
    pub source: Source,
}

/// Where the files of a submission come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// They are read when their turn comes, so that a large batch takes no more memory than a small one.
    Path(PathBuf),
    /// They are at hand.
    Collected(Collected),
}

/// What became of a batch.
#[derive(Clone, Debug, Default)]
pub struct Graded {
    /// Reports, in the order of the jobs; those that an interruption cut off are missing.
    pub submissions: Vec<SubmissionReport>,
    /// Submissions that could not be read.
    pub refused: Vec<Refusal>,
    /// How many were cut off by an interruption.
    pub unfinished: usize,
}

/// Grades submissions side by side. Verdicts don't depend on how many there are, nor on their order.
///
/// When `cancel` is cancelled, what is running is ended and what is finished is returned.
pub async fn grade_all(
    settings: &Arc<Settings>,
    jobs: Vec<Job>,
    events: &mpsc::UnboundedSender<Event>,
    cancel: &CancellationToken,
) -> Graded {
    let slots = Arc::new(Semaphore::new(settings.jobs.max(1)));
    let planned = jobs.len();
    let _ = events.send(Event::Planned {
        submissions: planned,
    });
    let mut waiting = jobs.into_iter().enumerate();
    let mut tasks = JoinSet::new();
    let mut known = HashMap::new();
    let mut done = Vec::new();
    loop {
        // One more submission than processes: while some wait for their runs, the next one can be built.
        while tasks.len() <= settings.jobs.max(1)
            && let Some((number, job)) = waiting.next()
        {
            let (name, exercise) = (job.name.clone(), Arc::clone(&job.exercise));
            let (settings, slots, events) =
                (Arc::clone(settings), Arc::clone(&slots), events.clone());
            let task =
                tasks.spawn(async move { (number, one(&settings, &slots, job, &events).await) });
            known.insert(task.id(), (number, name, exercise));
        }
        let next = tokio::select! {
            next = tasks.join_next() => next,
            () = cancel.cancelled() => break,
        };
        match next {
            None => break,
            Some(Ok(result)) => {
                known.retain(|_, (number, ..)| *number != result.0);
                done.push(result);
            }
            // A bug of ours that one submission brings to light must not take the others along.
            Some(Err(error)) => {
                if let Some((number, name, exercise)) = known.remove(&error.id()) {
                    let why = "gavel itself failed; this is a bug in it";
                    done.push((number, Ok(one::undecided(&name, &exercise, why))));
                }
            }
        }
    }
    tasks.shutdown().await;
    done.sort_by_key(|(number, _)| *number);
    let mut graded = Graded {
        unfinished: planned - done.len(),
        ..Graded::default()
    };
    for (_, result) in done {
        match result {
            Ok(report) => graded.submissions.push(report),
            Err(refusal) => graded.refused.push(refusal),
        }
    }
    graded
}

async fn one(
    settings: &Settings,
    slots: &Semaphore,
    job: Job,
    events: &mpsc::UnboundedSender<Event>,
) -> Result<SubmissionReport, Refusal> {
    let Job {
        name,
        exercise,
        source,
    } = job;
    let _ = events.send(Event::Started {
        submission: name.clone(),
    });
    let collected = match source {
        Source::Collected(collected) => collected,
        Source::Path(path) => {
            let wanted = Arc::clone(&exercise);
            one::aside(move || crate::submission::collect(&path, &wanted))
                .await
                .and_then(|collected| collected.map_err(|error| error.to_string()))
                .map_err(|error| Refusal {
                    name: name.clone(),
                    error,
                })?
        }
    };
    let report = grade(settings, slots, &name, &exercise, &collected, events).await;
    let _ = events.send(Event::Finished {
        submission: name,
        verdict: report.verdict,
    });
    Ok(report)
}
