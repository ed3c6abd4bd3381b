//! gavel grades hands-on Go exercises.
//!
//! The map of the house; a module imports only modules on lower floors:
//!
//! | floor | rooms |
//! |---|---|
//! | 0 | [`model`]: the words as data |
//! | 1 | [`manifest`]: what people write down, read and found good |
//! | 2 | [`catalog`]: find and load exercises; [`submission`]: collect what a candidate handed in |
//! | 1 | [`text`]: what people read, made safe and readable: diffs, code frames, sanitising
//! | 5 | [`report`]: reports as text, for people and for tools

pub mod golang;
pub mod gotest;
pub mod catalog;
pub mod manifest;
//! | 1 | [`gosource`]: read Go source |
//! | 4 | [`checks`]: what is asked of a submission |

pub mod checks;
pub mod gosource;
pub mod model;
pub mod sandbox;
pub mod submission;
pub mod report;
pub mod text;
