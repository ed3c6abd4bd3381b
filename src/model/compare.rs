//! How two texts are compared of which one is expected.

use serde::{Serialize, Serializer};

/// How what came is compared with what was expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// To the byte.
    #[default]
    Exact,
    /// Line by line without the blanks at their ends, and without the blank lines at the end.
    Trim,
    /// The same lines, each as often, in any order.
    Unordered,
    /// Numbers up to a tolerance, all other text exactly.
    Numbers(Tolerance),
    /// As JSON, by value: one document or several.
    Json,
    /// Line by line, where what stands in `{{` and `}}` is a regular expression.
    Patterns,
}

impl Compare {
    /// Its name in manifests and reports.
    pub fn name(self) -> &'static str {
        match self {
            Compare::Exact => "exact",
            Compare::Trim => "trim",
            Compare::Unordered => "unordered",
            Compare::Numbers(_) => "numbers",
            Compare::Json => "json",
            Compare::Patterns => "patterns",
        }
    }

    /// Writes the name alone, for reports.
    pub(super) fn serialize_name<S: Serializer>(
        how: &Compare,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(how.name())
    }
}

/// How far a number may be off: from an expected number between -1 and 1 by so much, from any other by so much of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Tolerance(f64);

// It is always a number, and so equals itself.
impl Eq for Tolerance {}

impl Tolerance {
    /// From 0 up to, but not, 1: with more, anything would do.
    pub fn new(tolerance: f64) -> Option<Self> {
        (0.0..1.0).contains(&tolerance).then_some(Self(tolerance))
    }

    /// How far what came may lie from this number.
    pub fn around(self, expected: f64) -> f64 {
        self.0 * expected.abs().max(1.0)
    }
}

impl Default for Tolerance {
    fn default() -> Self {
        Self(1e-6)
    }
}
