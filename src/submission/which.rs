//! Decides which exercise a submission is for. Several people may have an opinion: the grader on the command line, the
//! grader's `gavel.toml`, whoever named the folders, and the marker in the submission. Those who have one must agree.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::archive::archive_stem;
use super::discover::Handed;
use super::folder::open_regular;
use super::{Handover, SubmissionError};
use crate::manifest::{Problem, UnknownExercise, read_grader_settings, resolve_exercise};
use crate::model::{Exercise, ExerciseId};

/// The grader's own file, in a folder of submissions or where gavel was started.
pub(super) const GRADER_SETTINGS: &str = "gavel.toml";

/// The most that the grader's file may hold, in bytes.
const MAX_SETTINGS: u64 = 64 << 10;

/// Who has an opinion on which exercise is meant.
#[derive(Clone, Copy, Debug)]
pub struct Opinions<'o> {
    /// What `--exercise` says.
    pub option: Option<&'o str>,
    /// Where gavel was started; its `gavel.toml` is asked unless it belongs to the submission.
    pub current_dir: &'o Path,
    /// The submission, for its names and for the `gavel.toml` of its batch.
    pub handed: &'o Handed,
    /// What was read of it, for the marker.
    pub handover: &'o Handover,
}

/// The exercise that a submission is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// Its name.
    pub id: ExerciseId,
    /// The version that the marker names: what was handed out.
    pub handed_out: Option<String>,
    /// What is odd about it and no reason to stop.
    pub warnings: Vec<String>,
}

/// No single exercise is meant.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields hold")]
pub enum WhichError {
    /// `--exercise` means none.
    #[error("--exercise: {0}")]
    Option(UnknownExercise),
    /// A `gavel.toml` means none.
    #[error("{}: exercise: {source}", .file.display())]
    Settings {
        file: PathBuf,
        source: UnknownExercise,
    },
    /// A `gavel.toml` has faults.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    BrokenSettings(Vec<Problem>),
    /// A `gavel.toml` can't be read.
    #[error("{}: {source}", .file.display())]
    UnreadableSettings {
        file: PathBuf,
        source: Box<SubmissionError>,
    },
    /// Two opinions differ.
    #[error("it is unclear which exercise {name:?} is for: {}; correct the one that is wrong", told(.opinions))]
    Disagreement {
        name: String,
        opinions: Vec<(String, ExerciseId)>,
    },
    /// Nobody has an opinion.
    #[error(
        "nothing says which exercise {name:?} is for{}; pass --exercise area/slug, or write exercise = \"area/slug\" \
         into {GRADER_SETTINGS} beside the submissions",
        noted(.notes)
    )]
    NoOpinion { name: String, notes: Vec<String> },
}

fn told(opinions: &[(String, ExerciseId)]) -> String {
    let told: Vec<String> = opinions
        .iter()
        .map(|(who, id)| format!("{who} says {id}"))
        .collect();
    told.join(", ")
}

fn noted(notes: &[String]) -> String {
    notes.iter().fold(String::new(), |mut text, note| {
        let _ = write!(text, " ({note})");
        text
    })
}

/// The exercise, of those that a catalog has, that a submission is for.
///
/// # Errors
///
/// Nobody has an opinion, two opinions differ, or the grader's own words mean no exercise.
pub fn which_exercise(
    opinions: Opinions<'_>,
    ids: &[ExerciseId],
) -> Result<Identified, WhichError> {
    let mut told: Vec<(String, ExerciseId)> = Vec::new();
    let mut warnings = Vec::new();
    if let Some(option) = opinions.option {
        let id = resolve_exercise(option, ids).map_err(WhichError::Option)?;
        told.push(("--exercise".to_owned(), id));
    }
    for folder in folders_of_grader(&opinions) {
        let file = folder.join(GRADER_SETTINGS);
        if let Some(name) = exercise_in_settings(&file)? {
            let id = resolve_exercise(&name, ids).map_err(|source| WhichError::Settings {
                file: file.clone(),
                source,
            })?;
            told.push((file.display().to_string(), id));
        }
    }
    for (name, id) in ids_in_names(&names_of(opinions.handed), ids) {
        told.push((format!("the name {name:?}"), id));
    }
    let mut handed_out = None;
    match &opinions.handover.marker {
        None => {}
        Some(Ok(marker)) => match resolve_exercise(&marker.exercise, ids) {
            Ok(id) => {
                told.push(("its marker".to_owned(), id));
                handed_out.clone_from(&marker.version);
            }
            Err(error) => warnings.push(format!("its marker is passed over: {error}")),
        },
        Some(Err(problems)) => {
            let problem = problems.first().map(ToString::to_string);
            let problem = problem.unwrap_or_default();
            warnings.push(format!("its marker is passed over: {problem}"));
        }
    }

    let name = opinions.handed.name.clone();
    let Some((_, id)) = told.first() else {
        return Err(WhichError::NoOpinion {
            name,
            notes: warnings,
        });
    };
    if told.iter().any(|(_, other)| other != id) {
        return Err(WhichError::Disagreement {
            name,
            opinions: told,
        });
    }
    Ok(Identified {
        id: id.clone(),
        handed_out,
        warnings,
    })
}

/// What to tell of a submission that was handed out in another version than it is graded in.
pub fn version_warning(handed_out: &str, exercise: &Exercise) -> Option<String> {
    let short: String = handed_out.chars().take(7).collect();
    (!exercise.version.0.starts_with(handed_out)).then(|| {
        format!(
            "it was handed out as {}@{short}, and is graded as {}@{}: what is asked may have changed",
            exercise.id,
            exercise.id,
            exercise.version.short()
        )
    })
}

/// The folders whose `gavel.toml` is the grader's. One that lies in the submission itself is the candidate's.
fn folders_of_grader<'o>(opinions: &Opinions<'o>) -> Vec<&'o Path> {
    let whole = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let current = whole(opinions.current_dir);
    let batch = opinions.handed.batch.as_deref();
    let mut folders: Vec<&Path> = batch.into_iter().collect();
    let is_batch = batch.is_some_and(|batch| whole(batch) == current);
    let is_of_candidate = current.starts_with(whole(&opinions.handed.path));
    if !is_batch && !is_of_candidate {
        folders.push(opinions.current_dir);
    }
    folders
}

fn exercise_in_settings(file: &Path) -> Result<Option<String>, WhichError> {
    let unreadable = |source: SubmissionError| WhichError::UnreadableSettings {
        file: file.to_owned(),
        source: Box::new(source),
    };
    let opened = match open_regular(file, GRADER_SETTINGS) {
        Ok(opened) => opened,
        Err(SubmissionError::Unreadable { source, .. })
            if source.kind() == io::ErrorKind::NotFound =>
        {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = String::new();
    opened
        .take(MAX_SETTINGS)
        .read_to_string(&mut text)
        .map_err(|source| unreadable(SubmissionError::unreadable(GRADER_SETTINGS, source)))?;
    read_grader_settings(&file.display().to_string(), &text)
        .map(|settings| settings.exercise)
        .map_err(WhichError::BrokenSettings)
}

/// The names that may say something, the submission's own first, then those of the folders above it: up to its batch,
/// or one where it was itself the argument.
fn names_of(handed: &Handed) -> Vec<String> {
    let whole = fs::canonicalize(&handed.path).unwrap_or_else(|_| handed.path.clone());
    let count = match &handed.batch {
        Some(batch) => {
            let below = handed.path.strip_prefix(batch).unwrap_or(&handed.path);
            below.iter().count() + 1
        }
        None => 2,
    };
    let mut names: Vec<String> = whole
        .iter()
        .rev()
        .take(count)
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if let Some(own) = names.first_mut() {
        let stem = archive_stem(own).or_else(|| own.strip_suffix(".go"));
        if let Some(stem) = stem.map(str::to_owned) {
            *own = stem;
        }
    }
    names
}

/// What the names say, each for itself. A slug that several areas have says something with its area above it.
fn ids_in_names(names: &[String], ids: &[ExerciseId]) -> Vec<(String, ExerciseId)> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let above = names.get(index + 1);
        let called: Vec<&ExerciseId> = ids.iter().filter(|id| id.slug == *name).collect();
        let meant = match called.as_slice() {
            [id] => Some(*id),
            several => several
                .iter()
                .copied()
                .find(|id| above.is_some_and(|above| *above == id.area)),
        };
        if let Some(id) = meant {
            found.push((name.clone(), id.clone()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submission::{discover, read};
    use tempfile::TempDir;

    fn ids() -> Vec<ExerciseId> {
        [
            ("concurrency", "worker-pool"),
            ("concurrency", "rate-limiter"),
            ("http", "rate-limiter"),
            ("http", "users-crud"),
        ]
        .map(|(area, slug)| ExerciseId {
            area: area.into(),
            slug: slug.into(),
        })
        .to_vec()
    }

    /// A desk on which files lie; gavel is started in its folder `here`.
    struct Desk(TempDir);

    impl Desk {
        fn new() -> Self {
            let desk = Self(TempDir::new().expect("a temporary directory"));
            fs::create_dir(desk.0.path().join("here")).expect("a folder");
            desk
        }

        fn put(self, name: &str, text: &str) -> Self {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            fs::write(path, text).expect("a file");
            self
        }

        /// What is said of the first submission that `argument` means.
        fn ask(&self, argument: &str, option: Option<&str>) -> String {
            self.ask_from("here", argument, option)
        }

        fn ask_from(&self, current_dir: &str, argument: &str, option: Option<&str>) -> String {
            let found = discover(&[self.0.path().join(argument)]).expect("there is something");
            let handover = read(&found[0].path).expect("it is read");
            let opinions = Opinions {
                option,
                current_dir: &self.0.path().join(current_dir),
                handed: &found[0],
                handover: &handover,
            };
            let text = match which_exercise(opinions, &ids()) {
                Ok(identified) => {
                    let mut text = identified.id.to_string();
                    for warning in identified.warnings {
                        text = format!("{text}, but {warning}");
                    }
                    text
                }
                Err(error) => error.to_string(),
            };
            text.replace(&*self.0.path().to_string_lossy(), "DESK")
        }
    }

    #[test]
    fn anyone_may_say_it() {
        let desk = Desk::new()
            .put("alice/pool.go", "")
            .put("worker-pool/bob/pool.go", "")
            .put("batch/users-crud/carol/x/main.go", "")
            .put("http/rate-limiter/limiter.go", "")
            .put("worker-pool.go", "")
            .put("dave/gavel-task.toml", "exercise = \"http/users-crud\"");
        assert_eq!(
            desk.ask("alice", Some("worker-pool")),
            "concurrency/worker-pool"
        );
        assert_eq!(desk.ask("worker-pool/bob", None), "concurrency/worker-pool");
        assert_eq!(desk.ask("worker-pool", None), "concurrency/worker-pool");
        assert_eq!(desk.ask("worker-pool.go", None), "concurrency/worker-pool");
        assert_eq!(desk.ask("batch", None), "http/users-crud");
        assert_eq!(desk.ask("http/rate-limiter", None), "http/rate-limiter");
        assert_eq!(desk.ask("dave", None), "http/users-crud");

        let desk = desk.put("here/gavel.toml", "exercise = \"users-crud\"");
        assert_eq!(desk.ask("alice", None), "http/users-crud");
    }

    #[test]
    fn a_batch_has_a_file_of_the_grader() {
        let desk = Desk::new()
            .put(
                "batch/gavel.toml",
                "exercise = \"concurrency/rate-limiter\"",
            )
            .put("batch/alice/x.go", "");
        assert_eq!(desk.ask("batch", None), "concurrency/rate-limiter");
        assert_eq!(
            desk.ask_from("batch", "batch", None),
            "concurrency/rate-limiter"
        );
        assert_eq!(
            desk.ask_from("batch", "batch/alice", None),
            "concurrency/rate-limiter"
        );
    }

    #[test]
    fn a_candidates_file_is_not_the_graders() {
        let desk = Desk::new()
            .put("alice/x.go", "")
            .put("alice/gavel.toml", "exercise = \"worker-pool\"");
        insta::assert_snapshot!(desk.ask_from("alice", "alice", None), @r#"nothing says which exercise "alice" is for; pass --exercise area/slug, or write exercise = "area/slug" into gavel.toml beside the submissions"#);
    }

    #[test]
    fn two_that_disagree_are_an_error() {
        let desk = Desk::new()
            .put("worker-pool/pool.go", "")
            .put("users-crud/gavel-task.toml", "exercise = \"worker-pool\"");
        insta::assert_snapshot!(desk.ask("worker-pool", Some("users-crud")), @r#"it is unclear which exercise "worker-pool" is for: --exercise says http/users-crud, the name "worker-pool" says concurrency/worker-pool; correct the one that is wrong"#);
        insta::assert_snapshot!(desk.ask("users-crud", None), @r#"it is unclear which exercise "users-crud" is for: the name "users-crud" says http/users-crud, its marker says concurrency/worker-pool; correct the one that is wrong"#);
        let desk = desk.put("here/gavel.toml", "exercise = \"users-crud\"");
        insta::assert_snapshot!(desk.ask("worker-pool", None), @r#"it is unclear which exercise "worker-pool" is for: DESK/here/gavel.toml says http/users-crud, the name "worker-pool" says concurrency/worker-pool; correct the one that is wrong"#);
    }

    #[test]
    fn a_grader_is_told_of_mistakes() {
        let desk = Desk::new().put("alice/pool.go", "");
        insta::assert_snapshot!(desk.ask("alice", Some("worker-pol")), @r#"--exercise: there is no exercise "worker-pol"; did you mean concurrency/worker-pool?"#);
        insta::assert_snapshot!(desk.ask("alice", Some("rate-limiter")), @r#"--exercise: "rate-limiter" could be concurrency/rate-limiter or http/rate-limiter: write the area too"#);
        let desk = desk.put("here/gavel.toml", "exercise = \"users-curd\"\n");
        insta::assert_snapshot!(desk.ask("alice", None), @r#"DESK/here/gavel.toml: exercise: there is no exercise "users-curd"; did you mean http/users-crud?"#);
        let desk = desk.put("here/gavel.toml", "exercises = 1\n\nexercise = \"../x\"\n");
        insta::assert_snapshot!(desk.ask("alice", None), @r#"
        DESK/here/gavel.toml:1: exercises: is not a key here; did you mean "exercise"?
        DESK/here/gavel.toml:3: exercise: "../x" is no exercise; write area/slug, such as "concurrency/worker-pool"
        "#);
    }

    #[test]
    fn another_version_is_a_warning() {
        let exercise = crate::submission::tests::exercise();
        assert_eq!(version_warning("3f9c2a1", &exercise), None);
        assert_eq!(version_warning(&exercise.version.0, &exercise), None);
        insta::assert_snapshot!(version_warning("0a1b2c3d4e", &exercise).expect("a warning"), @"it was handed out as concurrency/worker-pool@0a1b2c3, and is graded as concurrency/worker-pool@3f9c2a1: what is asked may have changed");
    }

    #[test]
    fn a_candidates_marker_is_a_hint() {
        let desk = Desk::new()
            .put("alice/gavel-task.toml", "exercise = \"worker-pol\"")
            .put("bob/gavel-task.toml", "exercise = ");
        insta::assert_snapshot!(desk.ask("alice", Some("worker-pool")), @r#"concurrency/worker-pool, but its marker is passed over: there is no exercise "worker-pol"; did you mean concurrency/worker-pool?"#);
        insta::assert_snapshot!(desk.ask("bob", Some("worker-pool")), @"concurrency/worker-pool, but its marker is passed over: gavel-task.toml:1: is not valid TOML: string values must be quoted, expected literal string");
        insta::assert_snapshot!(desk.ask("alice", None), @r#"nothing says which exercise "alice" is for (its marker is passed over: there is no exercise "worker-pol"; did you mean concurrency/worker-pool?); pass --exercise area/slug, or write exercise = "area/slug" into gavel.toml beside the submissions"#);
    }
}
