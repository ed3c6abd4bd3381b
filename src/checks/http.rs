//! Checks of type `http`: a program is started as a service, and a transcript is played against it.

mod compare;
mod exchange;
mod matching;
mod player;

pub use exchange::{Came, NoAnswer, Sent};
pub use matching::form_of;
pub use player::{Fault, FaultKind, Parting, Played};

use super::judge::{self, Judgement};
use super::{Decided, Given, Judged, LOST, errored_run, findings, undecided, until_one_fails};
use crate::golang::{PROCESSORS, Product, Rig, RunError, serve_program};
use crate::model::{Check, Comparison, HttpCheck, Outcome, RunReport};
use crate::sandbox::Ended;
use crate::text::{Keep, cut};

/// What of each transcript a report keeps, in bytes.
const SHOWN: usize = 64 << 10;

/// Plays the transcript `runs` times, each time against a fresh service, until it has failed.
pub(super) async fn run(given: &Given<'_>, check: &Check, kind: &HttpCheck) -> Decided {
    let Some(product) = given.product(check) else {
        return undecided(check, LOST);
    };
    let runs = given.runs.unwrap_or(1).max(1);
    let name = [&["service".to_owned()], &kind.args[..]].concat().join(" ");
    let runs = (0..runs).map(|_| one(given, product, &name, kind));
    until_one_fails(check, runs).await
}

async fn one(given: &Given<'_>, product: &Product, name: &str, kind: &HttpCheck) -> Judged {
    let errored = |why: String| Judged {
        report: errored_run(name),
        rationale: why,
        findings: Vec::new(),
    };
    let Ok(_slot) = given.slots.acquire().await else {
        return errored("gavel is stopping".to_owned());
    };
    match play(&given.rig(product), kind).await {
        Err(_) if !given.workspace.is_intact(&product.stage) => super::broken(name),
        Err(error) => errored(error.to_string()),
        Ok((played, ended)) => {
            let judgement = judge::judge_http(&played, &ended);
            judged(given, name, &played, &ended, judgement)
        }
    }
}

/// Starts the service, plays the transcript, and ends it.
///
/// # Errors
///
/// If it could not be run; never because of what it does.
pub async fn play(rig: &Rig<'_>, kind: &HttpCheck) -> Result<(Played, Ended), RunError> {
    let serving = serve_program(rig, &kind.args, &kind.env).await?;
    let played = player::play(kind, &serving).await;
    let ended = serving.service.end().await?;
    Ok((played, ended))
}

fn judged(
    given: &Given<'_>,
    name: &str,
    played: &Played,
    ended: &Ended,
    judgement: Judgement,
) -> Judged {
    let did_pass = judgement.outcome == Outcome::Passed;
    let text = |text: &str| cut(text, SHOWN, Keep::Ends).into_owned();
    let printed = [&ended.stdout[..], &ended.stderr[..]].concat();
    let printed = String::from_utf8_lossy(&printed);
    Judged {
        findings: findings(given, &judgement.exhibits),
        rationale: judgement.rationale,
        report: RunReport {
            name: name.to_owned(),
            outcome: judgement.outcome,
            cause: judgement.cause,
            processors: Some(PROCESSORS),
            perturbed: false,
            seconds: ended.usage.wall.as_secs_f64(),
            cpu_seconds: ended.usage.cpu.as_secs_f64(),
            max_memory: ended.usage.max_memory,
            ended: ended.exit.to_string(),
            messages: Vec::new(),
            comparison: (!did_pass && played.want != played.got)
                .then(|| Comparison::of_texts(text(&played.want), text(&played.got))),
            output: Some(cut(printed.trim_end(), 8 << 10, Keep::Ends).into_owned())
                .filter(|output| !did_pass && judgement.exhibits.is_empty() && !output.is_empty()),
        },
    }
}
