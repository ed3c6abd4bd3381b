//! `gavel doctor --warm`

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::failure::{Ending, Failure};
use super::progress::Steps;
use super::settings::{Surroundings, jobs, tiers};
use super::{arguments, open_catalog, print_data, ready};
use crate::golang::Workshop;
use crate::grading::{self, PolicyUse, Ready, Settings, Which};
use crate::text::{plural, sanitise};

/// Downloads what the exercises of the catalog require, and builds what they import. It may be stopped at any time, and goes
/// on from there when it is called again.
///
/// # Errors
///
/// If it can't begin; what is wrong with exercises is printed and counted.
pub async fn run(
    arguments: &arguments::Doctor,
    surroundings: &Surroundings,
) -> Result<Ending, Failure> {
    let catalog = open_catalog(&arguments.catalog)?;
    let mut scratch = surroundings.scratch()?;
    let toolchain = surroundings
        .ready_toolchain(arguments.go.go.as_deref(), scratch.path())
        .await?;
    let confined = surroundings
        .workshop(
            &toolchain,
            tiers(arguments::SandboxChoice::Auto),
            &mut scratch,
        )
        .await;
    let settings = Settings {
        // What is built here is the catalog's own, so a machine without walls may build it too.
        workshop: confined.unwrap_or_else(|_| Workshop::open(toolchain)),
        may_weaken_network: false,
        temporary_root: scratch.path().to_owned(),
        jobs: jobs(None),
        runs: None,
        policy: PolicyUse::Enforced,
        unready: BTreeMap::new(),
        databases: surroundings.databases(),
    };
    let mut counted = Counted::default();
    let steps = Steps::of("exercises", catalog.ids().len());
    for id in catalog.ids() {
        let exercise = match catalog.load(id) {
            Ok(exercise) => exercise,
            Err(error) => {
                counted.unreadable += 1;
                steps.past(|| say(&error.to_string()))?;
                continue;
            }
        };
        let announce = |step| steps.say(&ready::words(id, step));
        let (variables, now) = (&surroundings.variables, SystemTime::now());
        let made =
            grading::make_ready(&settings, &exercise, Which::All, variables, now, announce).await;
        match made {
            Ok(Ready::Already) => counted.already += 1,
            Ok(Ready::Now) => counted.now += 1,
            Err(why) => {
                counted.unready += 1;
                steps.past(|| say(&format!("{id}: {why}")))?;
                continue;
            }
        }
        steps.past(|| ());
    }
    drop(steps);
    print_data(&counted.words())?;
    Ok(if counted.unready > 0 {
        Ending::GraderFailed
    } else if counted.unreadable > 0 {
        Ending::BadInput
    } else {
        Ending::Good
    })
}

/// What became of the exercises.
#[derive(Default)]
struct Counted {
    already: usize,
    now: usize,
    unready: usize,
    unreadable: usize,
}

impl Counted {
    fn words(&self) -> String {
        let Self {
            already,
            now,
            unready,
            unreadable,
        } = *self;
        let all = plural(already + now + unready + unreadable, "exercise");
        if now + unready + unreadable == 0 {
            return format!("{all}: everything that they need is there\n");
        }
        let parts = [
            (already, "ready before"),
            (now, "made ready"),
            (unready, "can't be graded here"),
            (unreadable, "unreadable"),
        ];
        let parts: Vec<String> = parts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{count} {words}"))
            .collect();
        format!("{all}: {}\n", parts.join(", "))
    }
}

fn say(text: &str) -> Result<(), Failure> {
    let red = anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let text = sanitise(text).replace('\n', "\n    ");
    print_data(&format!("{red}not ready{red:#} {text}\n"))
}
