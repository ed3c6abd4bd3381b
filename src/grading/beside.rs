//! The servers that an exercise wants beside each run of its code.

use super::Settings;
use crate::databases::Lack;
use crate::golang::Workshop;
use crate::model::Exercise;

/// Where an exercise's code is run.
pub(super) struct Beside {
    /// The workshop, with what is there of the servers.
    pub(super) workshop: Workshop,
    /// What isn't installed, with the way to install it. Then no code is run, and what takes no run is decided all the same.
    pub(super) lacking: Option<String>,
}

/// Finds the servers of an exercise. An error if there is one that doesn't work here.
pub(super) async fn beside(settings: &Settings, exercise: &Exercise) -> Result<Beside, String> {
    let workshop = &settings.workshop;
    let mut companions = Vec::new();
    let mut lacking = Vec::new();
    for database in &exercise.databases {
        let found = settings.databases.companion(&workshop.sandbox, *database);
        match found.await {
            Ok(companion) => companions.push(companion),
            Err(Lack::NotInstalled(why)) => lacking.push(why),
            Err(Lack::Unusable(why)) => return Err(why),
        }
    }
    Ok(Beside {
        workshop: workshop.with_companions(companions),
        lacking: (!lacking.is_empty()).then(|| format!("skipped: {}", lacking.join("; "))),
    })
}
