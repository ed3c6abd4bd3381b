//! What authors of exercises need: the proof that an exercise is a good one.

mod bless;
mod tests_and_statement;
mod verify;

pub use bless::{Blessed, bless};
pub use verify::{Proof, unknown_questions, verify};
