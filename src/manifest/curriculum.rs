//! `curriculum.toml`: what a catalog's exercises train, as questions with ids.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a catalog's exercises train.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curriculum {
    /// Questions that belong together.
    #[serde(rename = "group")]
    pub groups: Vec<QuestionGroup>,
}

/// Questions that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestionGroup {
    /// What they are about.
    pub name: String,
    /// By id.
    questions: BTreeMap<String, String>,
}

impl Curriculum {
    /// Reads the text of a `curriculum.toml`.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with its line.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// Whether there is a question of this id.
    pub fn has(&self, id: &str) -> bool {
        self.ids().any(|known| known == id)
    }

    /// All ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let groups = self.groups.iter();
        groups.flat_map(|group| group.questions.keys().map(String::as_str))
    }
}

impl QuestionGroup {
    /// Ids and questions, `G2` before `G10`.
    pub fn questions(&self) -> Vec<(&str, &str)> {
        let mut questions: Vec<(&str, &str)> = self
            .questions
            .iter()
            .map(|(id, question)| (id.as_str(), question.as_str()))
            .collect();
        questions.sort_by_key(|(id, _)| (id.len(), *id));
        questions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_in_the_order_of_their_numbers() {
        let text = "[[group]]\nname = \"Language\"\n[group.questions]\nG10 = \"b?\"\nG2 = \"a?\"\n";
        let curriculum = Curriculum::read(text).expect("it is good");
        assert_eq!(
            curriculum.groups[0].questions(),
            [("G2", "a?"), ("G10", "b?")]
        );
        assert!(curriculum.has("G10") && !curriculum.has("G1"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let text = "[[group]]\nname = \"Language\"\nquestion = 1\n";
        let error = Curriculum::read(text).expect_err("an unknown key");
        assert!(
            error.contains("line 3") && error.contains("question"),
            "{error}"
        );
    }
}
