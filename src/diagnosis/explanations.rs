//! What findings mean and how they are usually mended, by name, by Go's own words, or by the analyser of `go vet`.
//!
//! The words are data: `explanations.toml`, which is embedded and read once.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// One kind of fault, explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    /// What findings call it by.
    pub name: String,
    /// What has happened, in a few words.
    pub title: String,
    /// What Go prints when it happens, with `*` for any text; empty where no words tell it.
    pub patterns: Vec<String>,
    /// The analyser of `go vet` whose messages it explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analyser: Option<String>,
    /// What it means.
    pub meaning: String,
    /// How it is usually mended.
    pub mend: String,
    /// The ids of the curriculum's questions that it belongs to.
    pub curriculum: Vec<String>,
    /// Go declarations that have the fault.
    pub wrong: String,
    /// The same without it.
    pub right: String,
}

static EXPLANATIONS: LazyLock<Vec<Explanation>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        explanation: Vec<Explanation>,
    }
    let file: File =
        toml::from_str(include_str!("explanations.toml")).expect("a test reads the embedded file");
    file.explanation
});

/// All explanations, those that belong together one after the other.
pub fn all() -> &'static [Explanation] {
    &EXPLANATIONS
}

/// The explanation of this name.
pub fn by_name(name: &str) -> Option<&'static Explanation> {
    all().iter().find(|explanation| explanation.name == name)
}

/// The explanation of what the runtime or the testing package printed. Where the words of several are found, those that
/// say most decide.
pub fn for_message(message: &str) -> Option<&'static Explanation> {
    let mut best: Option<(&str, &'static Explanation)> = None;
    for explanation in all() {
        for pattern in &explanation.patterns {
            let says_more = best.is_none_or(|(known, _)| known.len() < pattern.len());
            if says_more && message.lines().any(|line| is_in(pattern, line)) {
                best = Some((pattern, explanation));
            }
        }
    }
    best.map(|(_, explanation)| explanation)
}

/// The explanation of what an analyser of `go vet` reports.
pub fn for_analyser(analyser: &str) -> Option<&'static Explanation> {
    all()
        .iter()
        .find(|explanation| explanation.analyser.as_deref() == Some(analyser))
}

/// Whether the parts of a pattern stand in a line, one after the other.
fn is_in(pattern: &str, line: &str) -> bool {
    let mut rest = line;
    pattern.split('*').all(|part| {
        rest.split_once(part).is_some_and(|(_, after)| {
            rest = after;
            true
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whether every one was seen for the first time.
    fn are_unique<'a>(words: impl IntoIterator<Item = &'a str>) -> bool {
        let mut seen = BTreeSet::new();
        words.into_iter().all(|word| seen.insert(word))
    }

    fn is_kebab_case(name: &str) -> bool {
        name.split('-').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
    }

    /// Sentences end before a blank or at the end.
    fn sentences(text: &str) -> usize {
        text.match_indices(['.', '?', '!'])
            .filter(|(at, _)| text.len() == at + 1 || text[at + 1..].starts_with(' '))
            .count()
    }

    #[test]
    fn names_and_patterns_are_unique() {
        assert!(all().len() >= 50, "only {}", all().len());
        assert!(are_unique(all().iter().map(|one| one.name.as_str())));
        assert!(are_unique(all().iter().map(|one| one.title.as_str())));
        assert!(are_unique(
            all().iter().filter_map(|one| one.analyser.as_deref())
        ));
        assert!(are_unique(
            all()
                .iter()
                .flat_map(|one| &one.patterns)
                .map(String::as_str)
        ));
        for one in all() {
            assert!(is_kebab_case(&one.name), "{}", one.name);
            assert_eq!(by_name(&one.name), Some(one));
        }
    }

    #[test]
    fn words_are_few() {
        for one in all() {
            for text in [&one.meaning, &one.mend] {
                let count = sentences(text);
                assert!((1..=2).contains(&count), "{count} sentences: {text}");
                assert!(text.ends_with('.') && text.trim() == text, "{text}");
            }
            assert!(
                one.title.len() <= 72 && !one.title.ends_with('.'),
                "{}",
                one.title
            );
            for example in [&one.wrong, &one.right] {
                let lines = example.lines().count();
                assert!((3..=19).contains(&lines), "{}: {lines} lines", one.name);
                let widest = example.lines().map(str::len).max();
                assert!(widest <= Some(76), "{}: {widest:?} columns", one.name);
            }
            assert_ne!(one.wrong, one.right);
        }
    }

    #[test]
    fn curriculum_ids_are_a_letter_and_a_number() {
        for one in all() {
            assert!(!one.curriculum.is_empty(), "{}", one.name);
            for id in &one.curriculum {
                let number = id.strip_prefix(|c| "GSMCDK".contains(c));
                assert!(
                    number.is_some_and(|number| number.parse::<u32>().is_ok()),
                    "{}: {id}",
                    one.name
                );
            }
        }
    }

    #[test]
    fn every_pattern_finds_its_own_explanation() {
        for one in all() {
            for pattern in &one.patterns {
                let line = format!("fatal error: {} [recovered]", pattern.replace('*', "p.q()"));
                let message = format!("FAIL\n{line}\nexit status 2\n");
                assert_eq!(for_message(&message), Some(one), "{pattern}");
            }
        }
    }

    #[test]
    fn messages_are_found_by_the_pattern_that_says_most() {
        let name = |message| for_message(message).map(|one| one.name.as_str());
        assert_eq!(
            name("panic: send on closed channel"),
            Some("send-on-closed-channel")
        );
        assert_eq!(
            name("fatal error: small map with no empty slot (concurrent map writes?)"),
            Some("concurrent-map-access")
        );
        assert_eq!(
            name("panic: Log in goroutine after TestX/y has completed: hello"),
            Some("after-test")
        );
        assert_eq!(name("Log in goroutine after TestX\n has completed"), None);
        assert_eq!(name("panic: unreachable code"), None);
        let dump = "panic: mine\n\ngoroutine 1 [select (no cases)]:\n\ngoroutine 2 [chan send (nil chan)]:\n";
        assert_eq!(name(dump), None);
        assert_eq!(name(""), None);
        assert_eq!(
            for_analyser("waitgroup").map(|one| one.name.as_str()),
            Some("waitgroup-add")
        );
        assert_eq!(for_analyser("shadow"), None);
    }
}
