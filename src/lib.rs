//! gavel grades hands-on Go exercises: it builds a candidate's solution with the race detector, runs each test confined in a
//! process of its own, and says check by check what it earned and why.
//!
//! The map of the house. A module imports only modules on lower floors; rooms on one floor don't import each other
//! (`tests/it/house.rs` holds this).
//!
//! | floor | rooms |
//! |---|---|
//! | 0 | [`model`]: the words as data |
//! | 1 | [`text`]: what people read, made safe and readable; [`manifest`]: what authors and graders write down, read and found good; [`gotest`]: what a test binary leaves behind, decoded; [`gosource`]: Go source into facts |
//! | 2 | [`sandbox`]: run a program confined; [`catalog`]: find and load exercises; [`submission`]: collect what a candidate handed in; [`diagnosis`]: what went wrong, and what it means |
//! | 3 | [`golang`]: the toolchain, the workspace, vet, build, run; the witness; [`databases`]: the servers that run beside a candidate's code |
//! | 4 | [`checks`]: one file for each type of check, the policy, the judge |
//! | 5 | [`grading`]: one submission, many submissions; [`report`]: reports as text |
//! | 6 | [`authoring`]: prove exercises; [`doctor`]: what the machine has and lacks |
//! | 7 | [`cli`]: arguments in, exit code out |
//!
//! A submission's way: [`submission::read`] → [`checks::policy::review`] → [`golang::Workspace`] → [`golang::build_tests`] →
//! [`golang::run_test`] → [`checks::judge`] → [`report::render`]; [`grading`] leads it.

pub mod authoring;
pub mod catalog;
pub mod checks;
pub mod cli;
pub mod databases;
pub mod diagnosis;
pub mod doctor;
pub mod golang;
pub mod gosource;
pub mod gotest;
pub mod grading;
pub mod manifest;
pub mod model;
pub mod report;
pub mod sandbox;
pub mod submission;
pub mod text;
