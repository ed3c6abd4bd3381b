//! Names: how ids are spelled, and which exercise a name means.

use crate::model::ExerciseId;

use super::problem::nearest;

/// Whether `name` is made of lower-case letters and digits in groups joined by single dashes, such as `worker-pool`.
pub fn is_kebab_case(name: &str) -> bool {
    name.len() <= 64
        && name.split('-').all(|group| {
            !group.is_empty()
                && group
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// How an id must be spelled, for messages.
pub(super) const KEBAB_RULE: &str =
    "write lower-case letters and digits joined by single dashes, such as \"worker-pool\"";

/// No single exercise is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownExercise {
    /// Nothing is called so.
    #[error("there is no exercise {name:?}{}", meant(.nearest))]
    NoSuch {
        /// What was asked for.
        name: String,
        /// What may have been meant, nearest first.
        nearest: Vec<ExerciseId>,
    },
    /// The slug alone does not say which area is meant.
    #[error("{name:?} could be {}: write the area too", joined(.all))]
    Ambiguous {
        /// What was asked for.
        name: String,
        /// All exercises of that slug.
        all: Vec<ExerciseId>,
    },
}

fn meant(nearest: &[ExerciseId]) -> String {
    if nearest.is_empty() {
        "; `gavel list` shows what there is".to_owned()
    } else {
        format!("; did you mean {}?", joined(nearest))
    }
}

fn joined(ids: &[ExerciseId]) -> String {
    let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    names.join(" or ")
}

/// The exercise that is called `area/slug`, or `slug` where only one area has such a slug.
///
/// # Errors
///
/// No exercise is meant, or several are; with what may have been meant.
pub fn resolve_exercise(name: &str, ids: &[ExerciseId]) -> Result<ExerciseId, UnknownExercise> {
    let called: Vec<&ExerciseId> = match name.split_once('/') {
        Some((area, slug)) => ids
            .iter()
            .filter(|id| id.area == area && id.slug == slug)
            .collect(),
        None => ids.iter().filter(|id| id.slug == name).collect(),
    };
    match called.as_slice() {
        [id] => Ok((*id).clone()),
        [] => Err(UnknownExercise::NoSuch {
            name: name.to_owned(),
            nearest: nearest_exercises(name, ids),
        }),
        [_, _, ..] => Err(UnknownExercise::Ambiguous {
            name: name.to_owned(),
            all: called.into_iter().cloned().collect(),
        }),
    }
}

/// At most three: same slug in another area first, then what is spelled alike.
fn nearest_exercises(name: &str, ids: &[ExerciseId]) -> Vec<ExerciseId> {
    let slug = name.rsplit('/').next().unwrap_or(name);
    let mut found: Vec<(usize, &ExerciseId)> = ids
        .iter()
        .filter_map(|id| {
            let near = nearest(slug, [id.slug.as_str()]).is_some()
                || (slug.len() >= 3 && id.slug.contains(slug));
            near.then(|| (strsim::damerau_levenshtein(slug, &id.slug), id))
        })
        .collect();
    found.sort();
    found
        .into_iter()
        .take(3)
        .map(|(_, id)| id.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn resolved(name: &str) -> String {
        match resolve_exercise(name, &ids()) {
            Ok(id) => id.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_name_is_an_id_or_a_slug_that_is_unique() {
        assert_eq!(
            resolved("concurrency/worker-pool"),
            "concurrency/worker-pool"
        );
        assert_eq!(resolved("worker-pool"), "concurrency/worker-pool");
        insta::assert_snapshot!(resolved("rate-limiter"), @r#""rate-limiter" could be concurrency/rate-limiter or http/rate-limiter: write the area too"#);
        insta::assert_snapshot!(resolved("wroker-pool"), @r#"there is no exercise "wroker-pool"; did you mean concurrency/worker-pool?"#);
        insta::assert_snapshot!(resolved("http/worker-pool"), @r#"there is no exercise "http/worker-pool"; did you mean concurrency/worker-pool?"#);
        insta::assert_snapshot!(resolved("limiter"), @r#"there is no exercise "limiter"; did you mean concurrency/rate-limiter or http/rate-limiter?"#);
        insta::assert_snapshot!(resolved("tetris"), @r#"there is no exercise "tetris"; `gavel list` shows what there is"#);
    }

    #[test]
    fn ids_are_in_kebab_case() {
        for good in ["a", "worker-pool", "http2-server", "3-sum"] {
            assert!(is_kebab_case(good), "{good:?}");
        }
        for bad in [
            "",
            "-",
            "a-",
            "-a",
            "a--b",
            "Worker",
            "worker_pool",
            "ä",
            "a b",
            "a/b",
            "..",
        ] {
            assert!(!is_kebab_case(bad), "{bad:?}");
        }
    }
}
