//! The witness's records: sealed frames on descriptor 4.
//!
//! A frame is `u32le length | body | 32-byte MAC`, where the MAC is HMAC-SHA256 over the previous MAC (zeros at first), the
//! frame's number as `u32le` from 0, and the body. A body is fields: `u8 tag | u32le length | bytes`. The Go side is
//! `src/golang/witness/`.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const MAC_LENGTH: usize = 32;
/// The largest body that the witness writes: two texts and their company.
const MAX_BODY: usize = 2 * (64 << 10) + (8 << 10);

/// The tags of fields, as `wire.go` numbers them.
mod tag {
    pub const KIND: u8 = 1;
    pub const NAME: u8 = 2;
    pub const RETURNED: u8 = 3;
    pub const FAILED: u8 = 4;
    pub const SKIPPED: u8 = 5;
    pub const RACES: u8 = 6;
    pub const NANOS: u8 = 7;
    pub const CODE: u8 = 8;
    pub const LEAKS: u8 = 11;
    pub const STACKS: u8 = 12;
    pub const TAMPER: u8 = 14;
    pub const TESTS: u8 = 16;
    pub const REASON: u8 = 17;
    pub const COVERED: u8 = 18;
    pub const CPU: u8 = 19;
    pub const WALL: u8 = 20;
    pub const MALLOCS: u8 = 21;
    pub const BYTES: u8 = 22;
}

/// A record whose seal held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The witness took over, before any test.
    Hello,
    /// A test's body is about to be called.
    Begin {
        /// The test.
        name: String,
    },
    /// A test is over, its subtests included.
    End(TestEnd),
    /// Which statements of the code under test were executed.
    Coverage {
        /// One character for each up to the last: `1` if it was.
        covered: String,
    },
    /// A benchmark's function has been run.
    Bench(BenchEnd),
    /// The process is about to exit by itself.
    Final(Final),
    /// The witness has ended the process, since the test could never end.
    Stuck(Stuck),
    /// The test takes its time, and goroutines of the candidate's are at work.
    Busy {
        /// Their stacks.
        stacks: String,
    },
    /// The witness would not work.
    Refused {
        /// Why.
        reason: String,
    },
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestEnd {
    /// The test.
    pub name: String,
    /// Whether its body came back.
    pub returned: bool,
    /// Whether it was marked as failed.
    pub failed: bool,
    /// Whether it was skipped.
    pub skipped: bool,
    /// Data races reported while it ran.
    pub races: u64,
    /// How long it took, in nanoseconds.
    pub nanos: u64,
}

/// What a benchmark's function took when it was run for so many iterations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchEnd {
    /// The benchmark.
    pub name: String,
    /// Whether its body came back.
    pub returned: bool,
    /// Whether it was marked as failed.
    pub failed: bool,
    /// Whether it was skipped.
    pub skipped: bool,
    /// How many iterations there were.
    pub iterations: u64,
    /// How long its timer ran, in nanoseconds.
    pub nanos: u64,
    /// How long the whole function took, in nanoseconds.
    pub wall_nanos: u64,
    /// The processor time of the whole function, all threads together, in nanoseconds.
    pub cpu_nanos: u64,
    /// Allocations while its timer ran.
    pub allocs: u64,
    /// Bytes allocated while its timer ran.
    pub bytes: u64,
}

/// What the witness saw when everything was over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Final {
    /// The exit code that the testing package decided on.
    pub code: i64,
    /// Data races reported in the whole process.
    pub races: u64,
    /// The goroutine leak profile without the witness's own canary: each goroutine in it waits for ever.
    pub leaks: String,
    /// Stacks of the candidate's goroutines that still run.
    pub stacks: String,
    /// What was found changed, by name.
    pub tampered: Vec<String>,
}

/// What a test that can never end was waiting for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The goroutine leak profile: each goroutine in it waits for ever, and the test needs at least one of them to end.
    pub leaks: String,
    /// Stacks of the candidate's other goroutines.
    pub stacks: String,
}

/// What descriptor 4 gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The records up to the first fault, in order.
    pub records: Vec<Record>,
    /// Where the chain broke, if it did.
    pub fault: Option<Fault>,
}

/// A break in the chain of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A frame's seal is not the witness's.
    Forged {
        /// How many good frames came before it.
        after: usize,
    },
    /// The bytes end inside a frame, as they do when a process is killed while it writes.
    CutShort {
        /// How many good frames came before it.
        after: usize,
    },
    /// A sealed body that makes no sense: the two sides disagree, which is gavel's own fault.
    Unreadable {
        /// What is wrong.
        why: String,
    },
}

/// Decodes the bytes of descriptor 4 with the key that the process was given.
pub fn decode(mut bytes: &[u8], key: &[u8; 32]) -> Chain {
    let mut chain = Chain::default();
    let mut previous = [0; MAC_LENGTH];
    let mut sequence = 0_u32;
    while !bytes.is_empty() {
        let after = chain.records.len();
        let Some((length, rest)) = bytes.split_first_chunk::<4>() else {
            chain.fault = Some(Fault::CutShort { after });
            break;
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > MAX_BODY {
            chain.fault = Some(Fault::Forged { after });
            break;
        }
        let Some((body, rest)) = rest.split_at_checked(length) else {
            chain.fault = Some(Fault::CutShort { after });
            break;
        };
        let Some((seal, rest)) = rest.split_first_chunk::<MAC_LENGTH>() else {
            chain.fault = Some(Fault::CutShort { after });
            break;
        };
        if !is_sealed(key, &previous, sequence, body, seal) {
            chain.fault = Some(Fault::Forged { after });
            break;
        }
        match record(body) {
            Ok(record) => chain.records.push(record),
            Err(why) => {
                chain.fault = Some(Fault::Unreadable { why });
                break;
            }
        }
        previous = *seal;
        sequence = sequence.wrapping_add(1);
        bytes = rest;
    }
    chain
}

fn is_sealed(
    key: &[u8; 32],
    previous: &[u8; MAC_LENGTH],
    sequence: u32,
    body: &[u8],
    seal: &[u8; MAC_LENGTH],
) -> bool {
    sealer(key, previous, sequence, body)
        .verify(seal.into())
        .is_ok()
}

fn sealer(key: &[u8; 32], previous: &[u8; MAC_LENGTH], sequence: u32, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(previous);
    mac.update(&sequence.to_le_bytes());
    mac.update(body);
    mac
}

/// Reads a sealed body.
fn record(body: &[u8]) -> Result<Record, String> {
    let fields = Fields::read(body)?;
    Ok(match fields.text(tag::KIND)?.as_str() {
        "hello" => Record::Hello,
        "begin" => Record::Begin {
            name: fields.text(tag::NAME)?,
        },
        "end" => Record::End(TestEnd {
            name: fields.text(tag::NAME)?,
            returned: fields.flag(tag::RETURNED)?,
            failed: fields.flag(tag::FAILED)?,
            skipped: fields.flag(tag::SKIPPED)?,
            races: fields.number(tag::RACES)?,
            nanos: fields.number(tag::NANOS)?,
        }),
        "coverage" => Record::Coverage {
            covered: fields.text(tag::COVERED)?,
        },
        "final" => Record::Final(Final {
            code: fields.number(tag::CODE)?,
            races: fields.number(tag::RACES)?,
            leaks: fields.text(tag::LEAKS)?,
            stacks: fields.text(tag::STACKS)?,
            tampered: fields
                .text(tag::TAMPER)?
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
        }),
        "stuck" => Record::Stuck(Stuck {
            leaks: fields.text(tag::LEAKS)?,
            stacks: fields.text(tag::STACKS)?,
        }),
        "busy" => Record::Busy {
            stacks: fields.text(tag::STACKS)?,
        },
        "refused" => Record::Refused {
            reason: fields.text(tag::REASON)?,
        },
        "bench" => Record::Bench(BenchEnd {
            name: fields.text(tag::NAME)?,
            returned: fields.flag(tag::RETURNED)?,
            failed: fields.flag(tag::FAILED)?,
            skipped: fields.flag(tag::SKIPPED)?,
            iterations: fields.number(tag::TESTS)?,
            nanos: fields.number(tag::NANOS)?,
            wall_nanos: fields.number(tag::WALL)?,
            cpu_nanos: fields.number(tag::CPU)?,
            allocs: fields.number(tag::MALLOCS)?,
            bytes: fields.number(tag::BYTES)?,
        }),
        other => return Err(format!("a record of kind {other:?}")),
    })
}

struct Fields<'a>(Vec<(u8, &'a [u8])>);

impl<'a> Fields<'a> {
    fn read(mut body: &'a [u8]) -> Result<Self, String> {
        let mut fields = Vec::new();
        while let Some((tag, rest)) = body.split_first() {
            let (length, rest) = rest
                .split_first_chunk::<4>()
                .ok_or("a field without a length")?;
            let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
            let (value, rest) = rest
                .split_at_checked(length)
                .ok_or("a field that is cut short")?;
            fields.push((*tag, value));
            body = rest;
        }
        Ok(Self(fields))
    }

    fn text(&self, tag: u8) -> Result<String, String> {
        self.0
            .iter()
            .find(|(found, _)| *found == tag)
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .ok_or_else(|| format!("a record without field {tag}"))
    }

    fn number<N: std::str::FromStr>(&self, tag: u8) -> Result<N, String> {
        let text = self.text(tag)?;
        text.parse()
            .map_err(|_| format!("field {tag} is {text:?}, not a number"))
    }

    fn flag(&self, tag: u8) -> Result<bool, String> {
        match self.text(tag)?.as_str() {
            "0" => Ok(false),
            "1" => Ok(true),
            other => Err(format!("field {tag} is {other:?}, not a flag")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: [u8; 32] = [7; 32];

    fn field(tag: u8, value: &str) -> Vec<u8> {
        let mut bytes = vec![tag];
        bytes.extend(u32::try_from(value.len()).unwrap().to_le_bytes());
        bytes.extend(value.as_bytes());
        bytes
    }

    fn chain_of(bodies: &[Vec<u8>]) -> Vec<u8> {
        let mut previous = [0; 32];
        let mut bytes = Vec::new();
        for (sequence, body) in bodies.iter().enumerate() {
            let seal = sealer(&KEY, &previous, u32::try_from(sequence).unwrap(), body)
                .finalize()
                .into_bytes();
            bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
            bytes.extend(body);
            bytes.extend(&seal);
            previous = seal.into();
        }
        bytes
    }

    fn begin(name: &str) -> Vec<u8> {
        [field(tag::KIND, "begin"), field(tag::NAME, name)].concat()
    }

    #[test]
    fn a_good_chain_is_read_in_order() {
        let chain = decode(
            &chain_of(&[field(tag::KIND, "hello"), begin("TestA")]),
            &KEY,
        );
        assert_eq!(
            chain.records,
            [
                Record::Hello,
                Record::Begin {
                    name: "TestA".into()
                }
            ]
        );
        assert_eq!(chain.fault, None);
    }

    #[test]
    fn another_key_is_a_forgery() {
        let chain = decode(&chain_of(&[begin("TestA")]), &[8; 32]);
        assert_eq!(chain.fault, Some(Fault::Forged { after: 0 }));
    }

    #[test]
    fn a_repeated_frame_is_a_forgery() {
        let once = chain_of(&[begin("TestA")]);
        let chain = decode(&[once.clone(), once].concat(), &KEY);
        assert_eq!(chain.records.len(), 1);
        assert_eq!(chain.fault, Some(Fault::Forged { after: 1 }));
    }

    #[test]
    fn noise_after_the_last_frame_is_a_fault() {
        let mut bytes = chain_of(&[begin("TestA")]);
        bytes.extend(b"PASS\n");
        assert!(decode(&bytes, &KEY).fault.is_some());
    }

    #[test]
    fn a_sealed_body_that_makes_no_sense_is_our_own_fault() {
        let chain = decode(&chain_of(&[field(tag::KIND, "party")]), &KEY);
        assert!(matches!(chain.fault, Some(Fault::Unreadable { .. })));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_yield_a_record(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(decode(&bytes, &KEY).records.is_empty());
        }

        #[test]
        fn a_cut_chain_yields_a_prefix(cut in 0_usize..200) {
            let whole = chain_of(&[field(tag::KIND, "hello"), begin("TestA"), begin("TestB")]);
            let all = decode(&whole, &KEY).records;
            let cut = cut.min(whole.len());
            let some = decode(&whole[..cut], &KEY).records;
            prop_assert_eq!(&all[..some.len()], &some[..]);
        }
    }
}
