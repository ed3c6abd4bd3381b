//! From facts to findings: what went wrong, where in the candidate's code, and what it means.

pub mod explanations;
