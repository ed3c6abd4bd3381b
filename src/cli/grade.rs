//! `gavel grade`

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::arguments::{self, Audience, Weaker};
use super::failure::{Ending, Failure, no_sandbox};
use super::settings::{Surroundings, jobs, tiers};
use super::stop::Stop;
use super::{open_catalog, print_data, progress, ready, terminal_look};
use crate::catalog::Catalog;
use crate::golang::Workshop;
use crate::grading::{self, Graded, Job, PolicyUse, Settings, Source};
use crate::model::{
    Exercise, ExerciseId, Network, Refusal, Report, SandboxReport, SubmissionReport,
};
use crate::report::{self, Destination, Format, Look};
use crate::sandbox::Tier;
use crate::submission::{self, Handed, Opinions};
use crate::text::sanitise;

/// Grades submissions and writes the reports.
///
/// # Errors
///
/// If it can't begin, or a report can't be written; what is wrong with a submission stands in the report.
pub async fn run(arguments: &arguments::Grade) -> Result<Ending, Failure> {
    let stop = Stop::listen()?;
    let destinations = destinations(&arguments.reports)?;
    let catalog = open_catalog(&arguments.catalog)?;
    let surroundings = Surroundings::read()?;
    let Plan {
        jobs: planned,
        refused,
    } = plan(arguments, &catalog, &surroundings.current_directory)?;

    let (graded, go, sandbox) = if planned.is_empty() {
        (Graded::default(), String::new(), SandboxReport::default())
    } else {
        let mut scratch = surroundings.scratch()?;
        let found = async {
            let toolchain = surroundings
                .ready_toolchain(arguments.go.go.as_deref(), scratch.path())
                .await?;
            surroundings
                .workshop(&toolchain, tiers(arguments.sandbox), &mut scratch)
                .await
                .map_err(|refusal| no_sandbox(&refusal))
        };
        let workshop = tokio::select! {
            found = found => found?,
            () = stop.token.cancelled() => return Ok(stop.ending().unwrap_or(Ending::Interrupted)),
        };
        warn(workshop.sandbox.tier());
        let toolchain = &workshop.toolchain;
        let go = format!("{} {}", toolchain.version.text, toolchain.platform);
        let sandbox = SandboxReport {
            tier: workshop.sandbox.tier().name().to_owned(),
            weaker: weaker(&workshop, arguments),
        };
        let mut settings = Settings {
            may_weaken_network: arguments.allow_weaker.contains(&Weaker::Network),
            workshop,
            temporary_root: scratch.path().to_owned(),
            jobs: jobs(arguments.jobs),
            runs: None,
            policy: PolicyUse::Enforced,
            unready: BTreeMap::new(),
            databases: surroundings.databases(),
        };
        let exercises: BTreeMap<&ExerciseId, &Arc<Exercise>> = planned
            .iter()
            .map(|job| (&job.exercise.id, &job.exercise))
            .collect();
        let exercises = exercises.into_values().cloned();
        settings.unready = tokio::select! {
            unready = ready::make_all_ready(&settings, &surroundings, exercises) => unready,
            () = stop.token.cancelled() => return Ok(stop.ending().unwrap_or(Ending::Interrupted)),
        };
        let settings = Arc::new(settings);
        let (events, received) = mpsc::unbounded_channel();
        let shown = progress::show(received);
        let graded = grading::grade_all(&settings, planned, &events, &stop.token).await;
        drop(events);
        let _ = shown.await;
        (graded, go, sandbox)
    };

    let mut report = Report {
        schema: "gavel.report/1".to_owned(),
        gavel: env!("CARGO_PKG_VERSION").to_owned(),
        go,
        sandbox,
        submissions: graded.submissions,
        refused: refused.into_iter().chain(graded.refused).collect(),
    };
    let ending = ending(&report, arguments.pass_mark);
    if arguments.audience == Audience::Candidate {
        report = report::for_candidate(report);
    }
    // One report that can't be written must not cost the others.
    let mut unwritten = None;
    for destination in &destinations {
        if let Err(failure) = write(&report, destination) {
            unwritten.get_or_insert(failure);
        }
    }
    for refusal in &report.refused {
        anstream::eprintln!("{}", report::refusal(refusal));
    }
    if let Some(failure) = unwritten {
        return Err(failure);
    }
    if let Some(ending) = stop.ending() {
        anstream::eprintln!(
            "interrupted: {} of {} submissions were finished and are in the report",
            report.submissions.len(),
            report.submissions.len() + graded.unfinished
        );
        return Ok(ending);
    }
    Ok(ending)
}

/// What is weaker than it could be: the sandbox's own, and what was given up by name.
fn weaker(workshop: &Workshop, arguments: &arguments::Grade) -> Vec<String> {
    let mut all = workshop.weaknesses();
    let gives_up = arguments.allow_weaker.contains(&Weaker::Network);
    if gives_up && !workshop.can_keep_to(Network::Loopback) {
        all.push("network: runs that need the loopback network reach the machine's".to_owned());
    }
    all
}

fn warn(tier: Tier) {
    match tier {
        Tier::None => {
            let yellow = anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Yellow.into()));
            anstream::eprintln!(
                "{yellow}warning{yellow:#}: no sandbox (tier none): submissions run with your rights"
            );
        }
        Tier::Strict | Tier::Landlock => {}
    }
}

/// Where reports go. Standard output takes one; without any, people get theirs there.
fn destinations(given: &[Destination]) -> Result<Vec<Destination>, Failure> {
    let mut destinations = given.to_vec();
    let to_stdout = destinations
        .iter()
        .filter(|destination| destination.file.is_none())
        .count();
    if to_stdout > 1 {
        return Err(Failure::Input("only one report can go to standard output; give the others a file: --report json=report.json".to_owned()));
    }
    for (number, destination) in destinations.iter().enumerate() {
        let Some(file) = &destination.file else {
            continue;
        };
        if destinations[..number]
            .iter()
            .any(|other| other.file.as_ref() == Some(file))
        {
            return Err(Failure::Input(format!(
                "two reports would go to {}; give each a file of its own",
                file.display()
            )));
        }
        let folder = folder_of(file);
        if !folder.is_dir() {
            return Err(Failure::Input(format!(
                "--report: there is no folder {}; create it first",
                folder.display()
            )));
        }
        if file.is_dir() {
            return Err(Failure::Input(format!(
                "--report: {} is a folder; name a file",
                file.display()
            )));
        }
    }
    if to_stdout == 0 {
        destinations.insert(
            0,
            Destination {
                format: Format::Terminal,
                file: None,
            },
        );
    }
    Ok(destinations)
}

/// What will be graded, and what can't be read.
struct Plan {
    jobs: Vec<Job>,
    refused: Vec<Refusal>,
}

/// Finds the submissions, reads each once to know what it is a submission of, and loads these exercises.
///
/// Files are kept only where there is a single submission: a large batch is read again, one by one.
fn plan(
    arguments: &arguments::Grade,
    catalog: &Catalog,
    current_dir: &Path,
) -> Result<Plan, Failure> {
    let input = |error: &dyn std::fmt::Display| Failure::Input(error.to_string());
    if let Some(name) = &arguments.exercise {
        catalog.find(name).map_err(|error| input(&error))?;
    }
    let handed = submission::discover(&arguments.submissions).map_err(|error| input(&error))?;
    let mut planner = Planner {
        catalog,
        option: arguments.exercise.as_deref(),
        current_dir,
        is_single: handed.len() == 1,
        exercises: HashMap::new(),
    };
    let mut plan = Plan {
        jobs: Vec::new(),
        refused: Vec::new(),
    };
    for one in handed {
        match planner.plan_one(&one) {
            Ok(job) => plan.jobs.push(job),
            Err(error) => plan.refused.push(Refusal {
                name: one.name,
                error,
            }),
        }
    }
    Ok(plan)
}

struct Planner<'a> {
    catalog: &'a Catalog,
    option: Option<&'a str>,
    current_dir: &'a Path,
    is_single: bool,
    exercises: HashMap<ExerciseId, Arc<Exercise>>,
}

impl Planner<'_> {
    fn plan_one(&mut self, handed: &Handed) -> Result<Job, String> {
        let handover = submission::read(&handed.path).map_err(|error| error.to_string())?;
        let opinions = Opinions {
            option: self.option,
            current_dir: self.current_dir,
            handed,
            handover: &handover,
        };
        let identified = submission::which_exercise(opinions, self.catalog.ids())
            .map_err(|error| error.to_string())?;
        let exercise = self.exercise(&identified.id)?;
        let outdated = identified
            .handed_out
            .and_then(|version| submission::version_warning(&version, &exercise));
        for warning in identified.warnings.into_iter().chain(outdated) {
            anstream::eprintln!(
                "warning: {}: {}",
                sanitise(&handed.name),
                sanitise(&warning)
            );
        }
        let collected =
            submission::collect_handover(handover, &exercise).map_err(|error| error.to_string())?;
        Ok(Job {
            name: handed.name.clone(),
            exercise,
            source: if self.is_single {
                Source::Collected(collected)
            } else {
                Source::Path(handed.path.clone())
            },
        })
    }

    fn exercise(&mut self, id: &ExerciseId) -> Result<Arc<Exercise>, String> {
        if let Some(exercise) = self.exercises.get(id) {
            return Ok(Arc::clone(exercise));
        }
        let exercise = Arc::new(self.catalog.load(id).map_err(|error| error.to_string())?);
        self.exercises.insert(id.clone(), Arc::clone(&exercise));
        Ok(exercise)
    }
}

/// The exit code's word for a report: our own failures first, then what can't be read, then what is below the mark.
fn ending(report: &Report, pass_mark: u8) -> Ending {
    let is_below = |report: &&SubmissionReport| {
        u64::from(report.score.earned) * 100 < u64::from(report.score.max) * u64::from(pass_mark)
    };
    if report
        .submissions
        .iter()
        .any(SubmissionReport::is_undecided)
    {
        Ending::GraderFailed
    } else if !report.refused.is_empty() {
        Ending::BadInput
    } else if report.submissions.iter().any(|report| is_below(&report)) {
        Ending::BelowMark
    } else {
        Ending::Good
    }
}

fn write(report: &Report, destination: &Destination) -> Result<(), Failure> {
    let look = match destination.file {
        None => terminal_look(),
        Some(_) => Look::default(),
    };
    let text = report::render(report, destination.format, &look);
    match &destination.file {
        None => print_data(&text),
        Some(file) => {
            let text = anstream::adapter::strip_str(&text).to_string();
            write_whole(file, &text).map_err(|source| Failure::Report {
                path: file.clone(),
                source,
            })
        }
    }
}

/// Whole or not at all: a reader never sees half a report. What is no regular file (a device, a pipe) is written to.
fn write_whole(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;
    if file.exists() && !file.is_file() {
        return std::fs::OpenOptions::new()
            .write(true)
            .open(file)?
            .write_all(text.as_bytes());
    }
    // A link goes on pointing where it points.
    let target = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    // The umask takes from this what the user doesn't give.
    let mut temporary = tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o666))
        .tempfile_in(folder_of(&target))?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

fn folder_of(file: &Path) -> &Path {
    file.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
