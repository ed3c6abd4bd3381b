//! What authors of exercises need: the beginnings of one, and the proof that it is a good one.

mod blanks;
mod bless;
mod scaffold;
mod tests_and_statement;
mod verify;

pub use bless::{Blessed, bless};
pub use scaffold::{ScaffoldError, scaffold};
pub use verify::{Proof, unknown_questions, verify};
