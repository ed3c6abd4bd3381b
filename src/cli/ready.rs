//! Makes exercises ready before they are graded, and says on standard error what takes long.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::settings::Surroundings;
use crate::grading::{self, Settings, Step, Which};
use crate::model::{Exercise, ExerciseId};
use crate::text::plural;

/// Makes the exercises ready that require modules; those that can't be graded here, and why.
pub async fn make_all_ready(
    settings: &Settings,
    surroundings: &Surroundings,
    exercises: impl IntoIterator<Item = Arc<Exercise>>,
) -> BTreeMap<ExerciseId, String> {
    let mut unready = BTreeMap::new();
    for exercise in exercises {
        let ready = make_ready(settings, surroundings, &exercise).await;
        if let Err(why) = ready {
            unready.insert(exercise.id.clone(), why.to_string());
        }
    }
    unready
}

/// Makes an exercise ready if it requires modules.
///
/// # Errors
///
/// If it can't be graded here.
pub async fn make_ready(
    settings: &Settings,
    surroundings: &Surroundings,
    exercise: &Exercise,
) -> Result<(), grading::Unready> {
    let announce = |step| anstream::eprintln!("{}", words(&exercise.id, step));
    let (which, now) = (Which::WithModules, SystemTime::now());
    let variables = &surroundings.variables;
    grading::make_ready(settings, exercise, which, variables, now, announce).await?;
    Ok(())
}

/// What is being done for an exercise.
pub fn words(id: &ExerciseId, step: Step) -> String {
    match step {
        Step::Downloading(modules) => {
            format!("{id}: downloading {}, once", plural(modules, "module"))
        }
        Step::Building => format!("{id}: building what it imports with the race detector, once"),
    }
}
