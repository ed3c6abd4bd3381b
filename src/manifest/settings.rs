//! The two small files that say which exercise is meant: the grader's own `gavel.toml` and the marker
//! `gavel-task.toml` that a submission may carry. The marker comes from a candidate: a hint, never policy.

use super::keys::{Keys, read_document};
use super::names::is_kebab_case;
use super::problem::Problem;

/// What a grader's `gavel.toml` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraderSettings {
    /// `area/slug` or `slug`; spelled well, but perhaps not in the catalog.
    pub exercise: Option<String>,
}

/// What a `gavel-task.toml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskMarker {
    /// `area/slug` or `slug`; spelled well, but perhaps not in the catalog.
    pub exercise: String,
    /// The version of the exercise that was handed out, in full or its first digits.
    pub version: Option<String>,
}

/// Reads the text of a `gavel.toml`. `file` is what problems call it.
///
/// # Errors
///
/// All problems at once, in the order of their lines.
pub fn read_grader_settings(file: &str, text: &str) -> Result<GraderSettings, Vec<Problem>> {
    read_document(file, text, |keys| {
        let exercise = read_exercise_name(keys);
        keys.finish(|_| None);
        Some(GraderSettings { exercise })
    })
}

/// Reads the text of a `gavel-task.toml`. `file` is what problems call it.
///
/// # Errors
///
/// All problems at once, in the order of their lines.
pub fn read_task_marker(file: &str, text: &str) -> Result<TaskMarker, Vec<Problem>> {
    read_document(file, text, |keys| {
        keys.require("exercise", "exercise = \"concurrency/worker-pool\"");
        let exercise = read_exercise_name(keys);
        let version = keys.parsed("version", |text| {
            let digits = text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            if digits && (7..=64).contains(&text.len()) {
                Ok(text.to_owned())
            } else {
                Err("must be 7 to 64 hexadecimal digits, such as \"3f9c2a1\"".to_owned())
            }
        });
        keys.finish(|_| None);
        Some(TaskMarker {
            exercise: exercise?,
            version,
        })
    })
}

fn read_exercise_name(keys: &mut Keys<'_>) -> Option<String> {
    keys.parsed("exercise", |text| {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() <= 2 && parts.iter().all(|part| is_kebab_case(part)) {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "{text:?} is no exercise; write area/slug, such as \"concurrency/worker-pool\""
            ))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(problems: &[Problem]) -> String {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn settings_may_be_empty() {
        let settings = |text| read_grader_settings("gavel.toml", text).expect("it is good");
        assert_eq!(settings("").exercise, None);
        let named = settings("exercise = \"worker-pool\" # all of them\n");
        assert_eq!(named.exercise.as_deref(), Some("worker-pool"));
    }

    #[test]
    fn a_marker_names_an_exercise() {
        let marker = |text| read_task_marker("gavel-task.toml", text);
        let good = marker("version = \"3f9c2a1\"\nexercise = \"concurrency/worker-pool\"\n");
        assert_eq!(
            good,
            Ok(TaskMarker {
                exercise: "concurrency/worker-pool".into(),
                version: Some("3f9c2a1".into()),
            })
        );
        let wrong = marker("exercise = \"a/b/c\"\nversion = \"\u{1b}[2J\"\nallow = [\"unsafe\"]\n");
        insta::assert_snapshot!(words(&wrong.expect_err("it is wrong")), @r#"
        gavel-task.toml:1: exercise: "a/b/c" is no exercise; write area/slug, such as "concurrency/worker-pool"
        gavel-task.toml:2: is not valid TOML: invalid basic string, expected non-double-quote visible characters, `\`
        "#);
        insta::assert_snapshot!(words(&marker("exercise = 'a'\nallow = ['unsafe']\n").expect_err("it is wrong")), @"gavel-task.toml:2: allow: is not a key here; the keys are exercise, version");
        insta::assert_snapshot!(words(&marker("exercise = 'a'\n\"\\u001b[2J\" = 1\n").expect_err("it is wrong")), @r#"gavel-task.toml:2: "\u{1b}[2J": is not a key here; the keys are exercise, version"#);
        insta::assert_snapshot!(words(&marker("version = 3").expect_err("it is wrong")), @r#"
        gavel-task.toml: exercise: is missing; for example exercise = "concurrency/worker-pool"
        gavel-task.toml:1: version: must be a string, not a whole number
        "#);
    }
}
