//! What authors of exercises need: the proof that an exercise is a good one.

mod tests_and_statement;
mod verify;

pub use verify::{Proof, unknown_questions, verify};
