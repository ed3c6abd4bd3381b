//! Rules of style, and what they are asked with.

use serde::Serialize;

/// The rules that the source is held to where a check or `[style]` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StyleRule {
    /// gofmt would write no file differently.
    Gofmt,
    /// `go vet` has nothing to say.
    Vet,
    /// staticcheck has nothing to say, where it is installed.
    Staticcheck,
    /// No reminder is left in a comment.
    Todo,
    /// The text of an error can stand in the middle of a sentence.
    ErrorString,
    /// No error is dropped.
    IgnoredError,
    /// A context comes first, and isn't kept.
    ContextFirst,
    /// No package imports what its layer mustn't know.
    Imports,
    /// Functions are short.
    LongFunction,
    /// Functions have few branches.
    ComplexFunction,
    /// What is exported is described.
    MissingDoc,
    /// What is exported is used.
    UnusedExports,
    /// No variable of a package changes.
    GlobalState,
}

impl StyleRule {
    /// All rules, in the order in which they are told.
    pub const ALL: [StyleRule; 13] = [
        StyleRule::Gofmt,
        StyleRule::Vet,
        StyleRule::Staticcheck,
        StyleRule::Todo,
        StyleRule::ErrorString,
        StyleRule::IgnoredError,
        StyleRule::ContextFirst,
        StyleRule::Imports,
        StyleRule::LongFunction,
        StyleRule::ComplexFunction,
        StyleRule::MissingDoc,
        StyleRule::UnusedExports,
        StyleRule::GlobalState,
    ];

    /// Those that are right nearly always, which are advice where the manifest doesn't say otherwise.
    pub const ADVICE: [StyleRule; 7] = [
        StyleRule::Gofmt,
        StyleRule::Vet,
        StyleRule::Todo,
        StyleRule::ErrorString,
        StyleRule::IgnoredError,
        StyleRule::ContextFirst,
        StyleRule::Imports,
    ];

    /// Its name in manifests and reports.
    pub fn name(self) -> &'static str {
        match self {
            StyleRule::Gofmt => "gofmt",
            StyleRule::Vet => "vet",
            StyleRule::Staticcheck => "staticcheck",
            StyleRule::Todo => "todo",
            StyleRule::ErrorString => "error-string",
            StyleRule::IgnoredError => "ignored-error",
            StyleRule::ContextFirst => "context-first",
            StyleRule::Imports => "imports",
            StyleRule::LongFunction => "long-function",
            StyleRule::ComplexFunction => "complex-function",
            StyleRule::MissingDoc => "missing-doc",
            StyleRule::UnusedExports => "unused-exports",
            StyleRule::GlobalState => "global-state",
        }
    }
}

/// Rules of style with what they go by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Style {
    /// The rules, in the order of [`StyleRule::ALL`].
    pub rules: Vec<StyleRule>,
    /// What they go by.
    pub measures: StyleMeasures,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            rules: StyleRule::ADVICE.into(),
            measures: StyleMeasures::default(),
        }
    }
}

/// What rules of style go by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StyleMeasures {
    /// How many lines of code a function may have.
    pub max_lines: u32,
    /// How many ways may lead through a function.
    pub max_complexity: u32,
    /// Which package mustn't import which.
    pub layers: Vec<Layer>,
}

impl Default for StyleMeasures {
    /// The defaults, documented in `docs/exercise-format.md`.
    fn default() -> Self {
        Self {
            max_lines: 60,
            max_complexity: 12,
            layers: Vec::new(),
        }
    }
}

/// What a package, and those below it, mustn't import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// The package's folder: `internal/handler`, or `.`.
    pub from: String,
    /// Folders of the exercise's packages, or import paths; what lies below them is meant too.
    pub deny: Vec<String>,
}
