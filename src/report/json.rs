//! The report as data.

use crate::model::Report;

/// The report as JSON with one newline at its end.
pub(super) fn render(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report)
        .expect("strings, numbers and lists can always be written as JSON");
    text.push('\n');
    text
}
