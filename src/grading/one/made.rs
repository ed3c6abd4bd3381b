//! What is made of a submission before its checks are run: test binaries and programs, and what the compiler, vet and gofmt
//! say on the way.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, NOT_COMPILED, Settings};
use crate::checks::{self, Need, Target};
use crate::golang::{
    self, BuildError, Built, CompileMessage, Product, VetMessage, Vetted, Vetting, Workspace,
    add_test_mains, close_programs, let_programs_answer,
};
use crate::model::{Check, Exercise, FileSet, Finding, FindingKind, Kind, Outcome, Place, Verdict};
use crate::text;

/// Adds the files that gavel writes itself; the symbols of the `TestMain`s among them, by package.
pub(in crate::grading) fn add_generated(
    files: &mut FileSet,
    exercise: &Exercise,
    targets: &BTreeSet<Target>,
) -> Result<BTreeMap<String, String>, String> {
    let packages = |need: Need| -> Vec<&str> {
        let of_kind = targets.iter().filter(|(_, other)| *other == need);
        of_kind.map(|(package, _)| package.as_str()).collect()
    };
    close_programs(files, &packages(Need::Program));
    let_programs_answer(files, &packages(Need::Service));
    add_test_mains(files, &exercise.module, &packages(Need::Tests))
}

/// What was made of the packages that checks are about.
#[derive(Default)]
pub(in crate::grading) struct Made {
    pub(in crate::grading) products: BTreeMap<Target, Product>,
    pub(super) vetted: BTreeMap<String, Vetted>,
}

/// Builds what the checks need. Packages that don't compile take their checks along.
pub(in crate::grading) async fn build(
    settings: &Settings,
    exercise: &Exercise,
    workspace: &Workspace,
    targets: &BTreeSet<Target>,
    submission: &FileSet,
    draft: &mut Draft,
) -> Result<Made, BuildError> {
    let workshop = &settings.workshop;
    let mut made = Made::default();
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    for target in targets {
        let (package, need) = target;
        let built = match need {
            Need::Tests => golang::build_tests(workshop, workspace, package).await?,
            Need::Program | Need::Service => {
                golang::build_program(workshop, workspace, package).await?
            }
            // What is built is vetted too, and a target to be vetted comes last of its package.
            Need::Vet if made.vetted.contains_key(package) || broken.contains(package.as_str()) => {
                continue;
            }
            Need::Vet => match golang::vet_package(workshop, workspace, package).await? {
                Vetting::Done(vetted) => {
                    made.vetted.insert(package.clone(), vetted);
                    continue;
                }
                Vetting::Failed { messages } => Built::Failed { messages },
            },
        };
        match built {
            Built::Done { product, vetted } => {
                made.products.insert(target.clone(), product);
                made.vetted.insert(package.clone(), vetted);
            }
            Built::Failed { messages } => {
                broken.insert(package);
                let needs_it = |check: &Check| {
                    let (other, need) = checks::target(check);
                    other == *package && (need == target.1 || need == Need::Vet)
                };
                // Where no code is handed in, it is the exercise's own that doesn't compile.
                if exercise.kind == Kind::Predict {
                    let first = messages.first().map(|message| message.text.as_str());
                    let why = format!(
                        "the exercise's own program doesn't compile: {}",
                        first.unwrap_or_default()
                    );
                    draft.close_some(needs_it, Outcome::Errored, &why);
                    continue;
                }
                draft.causes.push(Verdict::CompileError);
                draft.close_some(needs_it, Outcome::NotRun, NOT_COMPILED);
                draft.find(compile_findings(submission, &messages));
            }
        }
    }
    for (package, vetted) in &made.vetted {
        // Advice that can't be had is no reason to stop, and what a check counts is no advice.
        let messages = vetted.as_deref().unwrap_or_default();
        let advice: Vec<&VetMessage> = messages
            .iter()
            .filter(|message| draft.is_advice(package, message))
            .collect();
        draft.find(checks::vet::findings(submission, &advice));
    }
    Ok(made)
}

/// Builds the programs of a solution that must compile.
pub(in crate::grading) async fn build_all(
    settings: &Settings,
    workspace: &Workspace,
    targets: &BTreeSet<Target>,
) -> Result<Made, String> {
    let mut made = Made::default();
    for target in targets {
        let built = golang::build_program(&settings.workshop, workspace, &target.0).await;
        match built.map_err(|error| error.to_string())? {
            Built::Done { product, .. } => {
                made.products.insert(target.clone(), product);
            }
            Built::Failed { messages } => {
                let words = messages.first().map_or("", |message| message.text.as_str());
                return Err(format!("the reference doesn't compile: {words}"));
            }
        }
    }
    Ok(made)
}

pub(super) fn compile_findings(submission: &FileSet, messages: &[CompileMessage]) -> Vec<Finding> {
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
                ..Finding::new(FindingKind::Compile, message.text.clone())
            }
        })
        .collect()
}
