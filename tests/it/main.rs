//! gavel from outside: the real binary, real Go, real processes.

mod bad_input;
mod bench;
mod commands;
mod explanations;
mod handed_in;
mod hostile;
mod house;
mod interruption;
mod partial_credit;
mod perturbation;
mod proofs;
mod races;
mod reports;
mod requires;
mod sandboxes;
mod strict_leaks;
mod stuck;
mod support;
mod toolchains;
mod verdicts;
mod vet;
