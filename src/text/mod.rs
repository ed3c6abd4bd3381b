//! What people read, made safe and readable: pure functions over text.
//!
//! The rule kept here: nothing that a candidate wrote reaches a terminal with a character in it that the terminal would
//! act upon or that a reader wouldn't see.

mod compare;
mod diff;
mod excerpt;
mod frame;
mod layout;
mod numbers;
mod sanitise;

pub use compare::{Difference, compare, fault_of_expected, trimmed};
pub use diff::{Diff, DiffLine, DiffRow, Part, Side, diff, fit};
pub use excerpt::{excerpt, excerpt_of_lines};
pub use frame::{frame, places_without_source};
pub use layout::{clip, clip_middle, expand_tabs, width, wrap};
pub use numbers::{duration, hexadecimal, in_a_row, plural, size};
pub use sanitise::{Keep, cut, reveal, sanitise, sanitise_bytes, sanitise_line};
