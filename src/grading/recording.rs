//! What the reference of an exercise does, for its author to write down: nothing is judged here.

use std::collections::BTreeSet;

use tokio::sync::Semaphore;

use super::Settings;
use super::beside::{Beside, beside};
use super::one::aside;
use super::one::made::{Made, add_generated, build_all};
use crate::checks::http::{self, Came, Played};
use crate::checks::{Target, role, target};
use crate::golang::{Rig, Workshop, Workspace, run_program};
use crate::model::{Check, CheckKind, Exercise};
use crate::submission::{collect_solution, workspace_files};

/// What was recorded for a check.
#[derive(Clone, Debug)]
pub enum Recording {
    /// The answers to each step of a transcript, each time that it was played.
    Answers(Vec<Vec<Vec<Came>>>),
    /// What a program printed.
    Printed(Vec<u8>),
}

/// How often a transcript is played, so that what changes from time to time shows.
const TIMES: usize = 2;

/// Runs the reference for each check that compares with a file, and gives what it did with the index of the check.
///
/// # Errors
///
/// If it can't be built or run, or doesn't get through a transcript.
pub async fn record(
    settings: &Settings,
    slots: &Semaphore,
    exercise: &Exercise,
) -> Result<Vec<(usize, Recording)>, String> {
    let reference = collect_solution(exercise, &exercise.reference);
    let mut files = workspace_files(exercise, &reference.files, &reference.extent);
    let is_recorded =
        |check: &&Check| matches!(check.kind, CheckKind::Http(_) | CheckKind::Output(_));
    let targets: BTreeSet<Target> = exercise
        .checks
        .iter()
        .filter(is_recorded)
        .map(target)
        .collect();
    add_generated(&mut files, exercise, &targets)?;
    let (root, module) = (settings.temporary_root.clone(), exercise.module.clone());
    let workspace = aside(move || Workspace::create(&root, &module, &files))
        .await?
        .map_err(|error| error.to_string())?;
    let _slot = slots.acquire().await.map_err(|error| error.to_string())?;
    let made = build_all(settings, &workspace, &targets).await?;
    let mut recordings = Vec::new();
    let Beside { workshop, lacking } = beside(settings, exercise).await?;
    if let Some(why) = lacking {
        return Err(why);
    }
    for (index, check) in exercise.checks.iter().enumerate() {
        if let Some(recording) = record_one(&workshop, &workspace, &made, exercise, check).await? {
            recordings.push((index, recording));
        }
    }
    Ok(recordings)
}

async fn record_one(
    workshop: &Workshop,
    workspace: &Workspace,
    made: &Made,
    exercise: &Exercise,
    check: &Check,
) -> Result<Option<Recording>, String> {
    let Some(product) = made.products.get(&target(check)) else {
        return Ok(None);
    };
    let rig = Rig {
        workshop,
        workspace,
        product,
        role: role(exercise),
        limits: &exercise.limits,
    };
    match &check.kind {
        CheckKind::Http(kind) => {
            let mut plays = Vec::new();
            for _ in 0..TIMES {
                let (played, _) = http::play(&rig, kind)
                    .await
                    .map_err(|error| error.to_string())?;
                plays.push(answers_of(check, played)?);
            }
            Ok(Some(Recording::Answers(plays)))
        }
        CheckKind::Output(kind) => {
            let ended = run_program(&rig, &kind.start)
                .await
                .map_err(|error| error.to_string())?;
            if ended.limit.is_some() {
                return Err(format!("{}: the reference went over a limit", check.id));
            }
            Ok(Some(Recording::Printed(ended.stdout)))
        }
        CheckKind::GoTest(_)
        | CheckKind::Predict(_)
        | CheckKind::Mutants(_)
        | CheckKind::Bench(_)
        | CheckKind::Vet(_)
        | CheckKind::Style(_) => Ok(None),
    }
}

fn answers_of(check: &Check, played: Played) -> Result<Vec<Vec<Came>>, String> {
    match played.faults.first() {
        None => Ok(played.answers),
        Some(fault) => Err(format!(
            "{}: the reference doesn't get through the transcript: {}: {}",
            check.id, fault.step, fault.what
        )),
    }
}
