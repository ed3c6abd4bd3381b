//! What is asked of a submission: one file for each type of check, and the policy over the source.

pub mod policy;
