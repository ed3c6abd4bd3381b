//! What gavel and its sandboxes say to each other.
//!
//! gavel sends an [`Order`] to the keeper, as one message of JSON with the descriptors that belong to it. One of these is the
//! run's own line: over it the keeper and the run's init send [`Report`]s, as JSON, a line each; each byte that gavel sends
//! is a [`Command`], and the end of its side means: end everything. The other side ends when everything has ended.
//!
//! A service has one more socket, the door, over which the init is asked for connections into its network: a [`Knock`] is
//! answered by an [`Opened`], with the connection's descriptor.

use std::ffi::OsString;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{Exit, Signal, Tier, Usage, View};

/// The descriptors of a run, by number: those of every run, in this order, ...
pub(super) const LINE: i32 = 5;
/// ... and those that only some have.
pub(super) const IMAGE: i32 = 6;
pub(super) const DOOR: i32 = 7;
/// The first of the descriptors by which the program and its companions join their control groups.
pub(super) const FIRST_GROUP: i32 = 8;
/// How long an order may be, in bytes.
pub(super) const LONGEST: usize = 128 << 10;
/// How long a message at the door may be, in bytes.
pub(super) const SHORT: usize = 256;

/// What is to be run, and inside which walls.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub tier: Tier,
    /// The program's file; absent if its image is on descriptor [`IMAGE`].
    pub program: Option<PathBuf>,
    pub arguments: Vec<OsString>,
    pub environment: Vec<(OsString, OsString)>,
    pub directory: PathBuf,
    pub view: View,
    /// The numbers that the descriptors get that come with it, in their order.
    pub descriptors: Vec<i32>,
    pub has_channel: bool,
    /// Whether the walls stay when the program has ended, until gavel ends them.
    pub is_service: bool,
    /// The descriptors by which the program joins its control groups.
    pub groups: Vec<i32>,
    /// Resource limits: number, soft, hard.
    pub limits: Vec<(u32, u64, u64)>,
    /// How many processes and threads.
    pub processes: u64,
    /// Bytes and number of files in the scratch folder.
    pub disk: u64,
    pub files: u64,
    /// A tar archive that is unpacked into the scratch folder first.
    pub data: Option<PathBuf>,
    /// What runs beside the program.
    pub companions: Vec<CompanionOrder>,
}

/// What runs beside a program.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct CompanionOrder {
    pub name: String,
    /// The order for it alone.
    pub order: Order,
    pub port: u16,
    pub greeting: Vec<u8>,
    pub answer: u8,
}

/// Bytes that gavel sends while a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// Send the program this signal.
    Signal(Signal),
    /// End what is left of a service, and start its program again.
    Restart,
}

impl Command {
    /// What stands for it on the line.
    pub(super) fn byte(self) -> u8 {
        match self {
            Command::Signal(Signal::Interrupt) => b'I',
            Command::Signal(Signal::Terminate) => b'T',
            Command::Signal(Signal::Kill) => b'K',
            Command::Signal(Signal::Quit) => b'Q',
            Command::Restart => b'R',
        }
    }

    /// What a byte on the line stands for.
    pub(super) fn of(byte: u8) -> Option<Self> {
        match byte {
            b'I' => Some(Command::Signal(Signal::Interrupt)),
            b'T' => Some(Command::Signal(Signal::Terminate)),
            b'K' => Some(Command::Signal(Signal::Kill)),
            b'Q' => Some(Command::Signal(Signal::Quit)),
            b'R' => Some(Command::Restart),
            _ => None,
        }
    }
}

/// A wish for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Knock {
    /// Its number: an answer that nobody waited for isn't taken for another's.
    pub number: u64,
    /// The port on the loopback interface.
    pub port: u16,
}

/// The answer to a [`Knock`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Opened {
    /// The number of the wish.
    pub number: u64,
    /// Why there is none, as the system's own number. Else the socket comes with it, which may be still connecting.
    pub error: Option<i32>,
}

/// What becomes of an order.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Report {
    /// From the keeper: the run's init was started, as this process.
    Started(i32),
    /// From the init: what runs beside the program is ready, and the program is started. Said only where there is something.
    Ready,
    /// From the init: the program ran and ended. The last word of a run; a service may be started again.
    Ended {
        exit: Exit,
        usage: Usage,
        /// Walls that this kernel doesn't have.
        lacking: Vec<String>,
    },
    /// From the init: the program of a service was started once more.
    Again,
    /// From either: the walls could not be built.
    Failed(String),
    /// From the keeper, at last: nothing of it is there any more. What all of it has used.
    Gone(Usage),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_command_is_read_as_it_was_said() {
        let signals = [
            Signal::Interrupt,
            Signal::Terminate,
            Signal::Kill,
            Signal::Quit,
        ];
        for command in signals
            .map(Command::Signal)
            .into_iter()
            .chain([Command::Restart])
        {
            assert_eq!(Command::of(command.byte()), Some(command));
        }
        assert_eq!(Command::of(0), None);
    }
}
