//! Facts become findings: what collides, who waits for whom, what the runtime's words mean, each at the candidate's own lines.
//!
//! The rule kept here: what a finding says is read off evidence and source, and where it is a guess the words say no more
//! than is known. Whether a check passes never depends on it.

pub mod explanations;
mod ground;
mod hang;
mod locks;
mod panic;
mod race;
mod waits;

pub use ground::Ground;
pub use hang::{hang, leaks, still_running};
pub use panic::panic;
pub use race::race;

#[cfg(test)]
mod tests;
