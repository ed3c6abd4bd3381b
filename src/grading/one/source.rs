//! What of a submission is code, and which rules its source must keep to.

use crate::checks::policy::{Ground, Rules};
use crate::model::{CheckKind, Exercise, FileSet, Kind};

/// What of a submission is built. An answer to a question isn't: whatever it is called, it doesn't come near the program that
/// the question is about.
pub(super) fn code_of(exercise: &Exercise, submission: &FileSet) -> FileSet {
    match exercise.kind {
        Kind::Predict => FileSet::new(),
        Kind::Implement | Kind::Fix | Kind::Test | Kind::Optimise | Kind::Service => {
            submission.clone()
        }
    }
}

/// The rules that its source must keep to.
pub(super) fn rules(exercise: &Exercise) -> Rules {
    let is_judged_from_outside = exercise.checks.iter().all(|check| match check.kind {
        CheckKind::Output(_)
        | CheckKind::Http(_)
        | CheckKind::Predict(_)
        | CheckKind::Vet(_)
        | CheckKind::Style(_) => true,
        CheckKind::GoTest(_) | CheckKind::Mutants(_) | CheckKind::Bench(_) => false,
    });
    let ground = if is_judged_from_outside {
        Ground::Program
    } else {
        Ground::Tests
    };
    // What a module imports in turn is its own business, and no offer to candidates.
    let direct = exercise.requires.iter().filter(|module| module.is_direct);
    let required: Vec<String> = direct.map(|module| module.path.clone()).collect();
    Rules::new(
        &exercise.policy,
        ground,
        exercise.kind,
        &exercise.module,
        &required,
    )
}
