//! Progress on standard error, for people at a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::model::{Event, Outcome, Verdict};

/// Shows events as they come, until there are no more; nothing where standard error is not a terminal.
pub fn show(mut events: mpsc::UnboundedReceiver<Event>) -> JoinHandle<()> {
    let bar = ProgressBar::with_draw_target(Some(0), target());
    bar.enable_steady_tick(Duration::from_millis(120));
    tokio::spawn(async move {
        let mut accepted = 0_u64;
        let mut total = 0;
        while let Some(event) = events.recv().await {
            match event {
                Event::Planned { submissions } => {
                    total = submissions;
                    bar.set_length(submissions as u64);
                    bar.set_style(style(submissions));
                    if submissions > 1 {
                        bar.set_message("0 accepted");
                    }
                }
                Event::Started { submission } if total == 1 => {
                    bar.set_message(format!("{submission}: building"));
                }
                Event::Built { submission } if total == 1 => {
                    bar.set_message(format!("{submission}: running"));
                }
                Event::Checked { check, outcome, .. } if total == 1 => {
                    let word = match outcome {
                        Outcome::Passed => "passed",
                        Outcome::Failed => "failed",
                        Outcome::Errored => "could not be decided",
                        Outcome::Skipped => "skipped",
                        Outcome::NotRun => "not run",
                    };
                    bar.set_message(format!("{check} {word}"));
                }
                Event::Started { .. } | Event::Built { .. } | Event::Checked { .. } => {}
                Event::Finished { verdict, .. } => {
                    accepted += u64::from(verdict == Verdict::Accepted);
                    bar.inc(1);
                    if total > 1 {
                        bar.set_message(format!("{accepted} accepted"));
                    }
                }
            }
        }
        bar.finish_and_clear();
    })
}

/// Shows that something is going on, until the bar is dropped; nothing where standard error is not a terminal.
pub fn spin(message: String) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, target()).with_style(style(1));
    bar.enable_steady_tick(Duration::from_millis(120));
    bar.with_message(message)
        .with_finish(ProgressFinish::AndClear)
}

/// How far a piece of work is that has parts: a bar, or lines where standard error is not a terminal.
pub struct Steps(Option<ProgressBar>);

impl Steps {
    /// Work of `total` parts.
    pub fn of(parts: &str, total: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = format!("{{bar:20}} {{pos}}/{{len}} {parts} ({{elapsed}}) {{wide_msg}}");
            let style = ProgressStyle::with_template(&template);
            let bar = ProgressBar::new(total as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_finish(ProgressFinish::AndClear);
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self(bar)
    }

    /// What is being done.
    pub fn say(&self, words: &str) {
        match &self.0 {
            Some(bar) => bar.set_message(words.to_owned()),
            None => anstream::eprintln!("{words}"),
        }
    }

    /// A part is done; `print` may print meanwhile.
    pub fn past<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(bar) => {
                bar.inc(1);
                bar.suspend(print)
            }
            None => print(),
        }
    }
}

fn target() -> ProgressDrawTarget {
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    }
}

fn style(submissions: usize) -> ProgressStyle {
    let template = if submissions > 1 {
        "{bar:30} {pos}/{len} submissions, {msg} ({elapsed})"
    } else {
        "{spinner} {msg}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
