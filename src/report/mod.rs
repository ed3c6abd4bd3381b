//! Reports as text, for people and for tools.
//!
//! Each format is a function from a [`Report`] to a string. Nothing here grades: what a report doesn't say isn't shown,
//! and whatever came from a submission is made safe by [`crate::text`] before it is printed.

mod audience;
mod json;
mod junit;
mod terminal;
mod told;

use std::path::PathBuf;
use std::str::FromStr;

use crate::model::{Refusal, Report};
use crate::text::sanitise_line;

pub use audience::for_candidate;

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people, with ANSI styles.
    Terminal,
    /// The report as data, as `docs/report.schema.json` describes it.
    Json,
    /// XML as `JUnit` writes it, which CI systems read.
    Junit,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 3] = [Format::Terminal, Format::Json, Format::Junit];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Terminal => "terminal",
            Format::Json => "json",
            Format::Junit => "junit",
        }
    }
}

/// A report that is asked for: `FORMAT` or `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// What it is written as.
    pub format: Format,
    /// Where it goes; standard output where none is named.
    pub file: Option<PathBuf>,
}

/// Words that don't ask for a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// There is no such format.
    #[error("there is no report format {name:?}; {advice}")]
    UnknownFormat {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        advice: String,
    },
    /// `FORMAT=` names no file.
    #[error("{name}= names no file; write {name}=FILE, or {name} alone for standard output")]
    NoFile {
        /// The format.
        name: &'static str,
    },
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(asked: &str) -> Result<Self, Self::Err> {
        let (name, file) = match asked.split_once('=') {
            Some((name, file)) => (name, Some(file)),
            None => (asked, None),
        };
        let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) else {
            return Err(DestinationError::UnknownFormat {
                name: name.to_owned(),
                advice: advice(name),
            });
        };
        if file == Some("") {
            return Err(DestinationError::NoFile {
                name: format.name(),
            });
        }
        Ok(Self {
            format,
            file: file.map(PathBuf::from),
        })
    }
}

fn advice(name: &str) -> String {
    let name = name.to_lowercase();
    let nearest = Format::ALL
        .into_iter()
        .map(|format| (strsim::damerau_levenshtein(&name, format.name()), format))
        .filter(|(distance, format)| *distance <= format.name().len() / 2)
        .min_by_key(|(distance, _)| *distance);
    match nearest {
        Some((_, format)) => format!("did you mean {}?", format.name()),
        None => format!("there are {}", Format::ALL.map(Format::name).join(", ")),
    }
}

/// How a report for people looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The columns of the terminal; more than a hundred aren't used.
    pub width: usize,
    /// Whether signs outside ASCII can be shown.
    pub unicode: bool,
}

impl Default for Look {
    /// What suits a file.
    fn default() -> Self {
        Self {
            width: 100,
            unicode: true,
        }
    }
}

impl Look {
    /// The look for a terminal so many columns wide, where that is known, in the locale that `LC_ALL`, `LC_CTYPE` or
    /// `LANG` names; these three in this order, as far as they are set.
    pub fn of<'a>(width: Option<usize>, locale: impl IntoIterator<Item = &'a str>) -> Self {
        let name = locale.into_iter().find(|name| !name.is_empty());
        let unicode = name.is_some_and(|name| {
            let name = name.to_lowercase();
            name.ends_with("utf-8") || name.ends_with("utf8")
        });
        Self {
            width: width.unwrap_or(Self::default().width),
            unicode,
        }
    }
}

/// Writes a report. Terminal reports carry ANSI styles, which the caller strips where they aren't wanted; no meaning is
/// lost with them.
pub fn render(report: &Report, format: Format, look: &Look) -> String {
    match format {
        Format::Terminal => terminal::render(report, look),
        Format::Json => json::render(report),
        Format::Junit => junit::render(report),
    }
}

/// One line on a submission that was refused.
pub fn refusal(refusal: &Refusal) -> String {
    format!(
        "refused: {}: {}",
        sanitise_line(&refusal.name),
        sanitise_line(refusal.error.trim())
    )
}

#[cfg(test)]
mod compared_samples;
#[cfg(test)]
mod compared_tests;
#[cfg(test)]
mod diagnosed_samples;
#[cfg(test)]
mod sample_parts;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;
