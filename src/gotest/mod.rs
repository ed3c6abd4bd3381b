//! Decodes what a Go test binary leaves behind: the witness's sealed records, what tests said, how it crashed.
//!
//! Bytes in, facts and anomalies out; pure, and never a panic, whatever the bytes are.

pub mod crash;
pub mod dump;
pub mod race;
#[cfg(test)]
mod recordings;
pub mod records;
pub mod said;
pub mod stack;
