//! What happens while grading, for whoever wants to watch.

use super::report::{Outcome, Verdict};

/// One step of grading. Progress bars are consumers of these; a verdict never depends on them.
#[derive(Clone, Debug)]
pub enum Event {
    /// This many submissions will be graded.
    Planned {
        /// How many.
        submissions: usize,
    },
    /// Work on a submission began.
    Started {
        /// Its name.
        submission: String,
    },
    /// The submission was built, or failed to.
    Built {
        /// Its name.
        submission: String,
    },
    /// A check of a submission was decided.
    Checked {
        /// The submission's name.
        submission: String,
        /// The check's id.
        check: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// A submission is done.
    Finished {
        /// Its name.
        submission: String,
        /// What it amounts to.
        verdict: Verdict,
    },
}
