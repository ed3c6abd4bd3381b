//! Goroutine dumps: of SIGQUIT, of a panic or a fatal error, of `runtime.Stack`, of the goroutineleak profile with debug=2.
//!
//! The runtime writes them in many small pieces, others may write in between, and a dump may be cut anywhere. What is read is
//! what is surely so; [`Dump::is_complete`] says whether something is missing.

use super::stack::{Call, Frame, Line, call_with_arguments, lines, place, unescape};

/// The goroutines of a text, as many as are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// In the order in which they were printed.
    pub goroutines: Vec<Goroutine>,
    /// Whether each goroutine was read to the end of its stack, and a dump that SIGQUIT asked for to its own end. If not, the
    /// text was cut, or others wrote into it. That a text was cut between two goroutines can't be told otherwise.
    pub is_complete: bool,
}

/// One goroutine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goroutine {
    /// Its number, which is not the one by which the race detector calls it. 0 is the scheduler's own stack.
    pub id: u64,
    /// What it does or waits for.
    pub activity: Activity,
    /// Whether the garbage collector has proved that nothing will ever wake it.
    pub is_leaked: bool,
    /// For how long it has waited, where that is a minute or more.
    pub minutes: Option<u64>,
    /// The bubble of `testing/synctest` that it is in.
    pub bubble: Option<u64>,
    /// Its stack, innermost call first. Empty where the goroutine ran on another processor when the dump was taken; calls in
    /// the middle of a very deep stack are left out.
    pub frames: Vec<Frame>,
    /// Where it was started; nothing for the main goroutine.
    pub creation: Option<Creation>,
}

/// Where a goroutine was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Creation {
    /// The goroutine that started it.
    pub by: Option<u64>,
    /// The `go` statement; it has no arguments.
    pub frame: Frame,
}

/// What a goroutine does or waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It runs.
    Running,
    /// It could run, and waits for a processor.
    Runnable,
    /// `time.Sleep`
    Sleeping,
    /// A send on a channel.
    ChannelSend,
    /// A receive from a channel, or a `range` over one.
    ChannelReceive,
    /// A send on a channel that is nil.
    NilChannelSend,
    /// A receive from a channel that is nil.
    NilChannelReceive,
    /// A `select`.
    Select,
    /// `select {}`, or one whose cases were all dropped.
    SelectWithoutCases,
    /// `sync.Mutex.Lock`
    Mutex,
    /// `sync.RWMutex.RLock`
    ReadLock,
    /// `sync.RWMutex.Lock`: for readers to leave, or for another writer.
    WriteLock,
    /// `sync.WaitGroup.Wait`
    WaitGroup,
    /// `sync.Cond.Wait`
    Cond,
    /// A network connection, a pipe, or what else the poller watches.
    InputOutput,
    /// A system call.
    SystemCall,
    /// A semaphore of the runtime; the frames say whose.
    Semaphore,
    /// `iter.Pull`: one side of the iterator waits for the other.
    Coroutine,
    /// `synctest.Test`, for the goroutines of its bubble.
    SynctestRun,
    /// `synctest.Wait`
    SynctestWait,
    /// The runtime's own business: the garbage collector, finalizers, the scheduler.
    Runtime,
    /// Something that this version of gavel doesn't know, as the runtime calls it.
    Other(String),
}

const WRITE_LOCK: &str = "sync.(*RWMutex).Lock";

/// Reads all goroutines in a text.
pub fn read_dump(text: &str) -> Dump {
    let mut reader = Reader::default();
    for line in lines(text) {
        reader.read(line);
    }
    reader.close();
    Dump {
        is_complete: !reader.is_damaged && !reader.awaits_registers,
        goroutines: reader.goroutines,
    }
}

#[derive(Default)]
struct Reader {
    goroutines: Vec<Goroutine>,
    /// Whether lines still belong to the last goroutine.
    is_open: bool,
    /// The first of the two lines of a call.
    half: Option<Half>,
    is_damaged: bool,
    /// Whether SIGQUIT asked for the dump, whose end is the processor's registers.
    awaits_registers: bool,
}

enum Half {
    Call(Call),
    Creation { by: Option<u64>, function: String },
}

impl Reader {
    fn read(&mut self, line: Line) {
        if let Some(goroutine) = header(line.text) {
            self.close();
            self.goroutines.push(goroutine);
            self.is_open = true;
        } else if line.text.ends_with("SIGQUIT: quit") {
            self.close();
            self.awaits_registers = true;
        } else if self.is_open {
            self.read_inside(line);
        } else if self.awaits_registers && is_register(line.text) {
            self.awaits_registers = false;
        }
    }

    fn read_inside(&mut self, line: Line) {
        let Some(goroutine) = self.goroutines.last_mut() else {
            return;
        };
        if let Some(text) = line.text.strip_prefix('\t') {
            let place = place(text, line.is_ended);
            match (self.half.take(), place) {
                (Some(Half::Call(call)), Some(place)) => {
                    // A writer waits for other writers at a mutex inside.
                    if goroutine.activity == Activity::Mutex && call.function == WRITE_LOCK {
                        goroutine.activity = Activity::WriteLock;
                    }
                    goroutine.frames.push(call.at(place));
                }
                (Some(Half::Creation { by, function }), Some(place)) => {
                    let call = Call {
                        function,
                        arguments: Vec::new(),
                    };
                    let frame = call.at(place);
                    goroutine.creation = Some(Creation { by, frame });
                    self.is_open = false;
                }
                (half, None) if text.starts_with("goroutine running on other thread") => {
                    self.is_damaged |= half.is_some();
                    self.is_open = goroutine.id != 1;
                }
                (None, Some(_)) => self.is_damaged = true,
                (half, None) => {
                    self.half = half;
                    self.is_damaged = true;
                }
            }
        } else if let Some(text) = line.text.strip_prefix("created by ") {
            self.is_damaged |= self.half.is_some();
            let (function, by) = match text.rsplit_once(" in goroutine ") {
                Some((function, by)) => (function, by.parse().ok()),
                None => (text, None),
            };
            self.half = Some(Half::Creation {
                by,
                function: unescape(function),
            });
        } else if let Some(call) = call_with_arguments(line.text) {
            self.is_damaged |= self.half.is_some();
            self.half = Some(Half::Call(call));
        } else if line.text.is_empty() || line.text.starts_with("[originating from goroutine ") {
            self.close();
        } else if line.text.ends_with(" frames elided...") {
            self.is_damaged |= self.half.is_some();
        } else if is_whole(goroutine) && self.half.is_none() {
            // The main goroutine's stack has an end without a mark; others may write behind it.
            self.is_open = false;
        } else {
            self.is_damaged = true;
        }
    }

    /// Ends the last goroutine.
    fn close(&mut self) {
        if self.is_open {
            self.is_damaged |= self.half.is_some();
            self.is_damaged |= !self.goroutines.last().is_none_or(is_whole);
        }
        self.half = None;
        self.is_open = false;
    }
}

/// Whether a stack was read to its end. All goroutines have a creation but the scheduler's own stack, the goroutine that
/// runs finalizers, and the main one, which initialises packages too.
fn is_whole(goroutine: &Goroutine) -> bool {
    if goroutine.creation.is_some() || goroutine.id == 0 {
        return true;
    }
    let outermost = goroutine.frames.last();
    outermost.is_some_and(|frame| match frame.function.as_str() {
        "main.main" | "runtime.main" | "runtime.goexit" => goroutine.id == 1,
        "runtime.runFinalizers" | "runtime.runCleanups" => true,
        function => goroutine.id == 1 && is_initialiser(function),
    })
}

/// `pool.init`, which sets variables, or `pool.init.0`, which the source calls `init`.
fn is_initialiser(function: &str) -> bool {
    let is_number_or_dot = |c: char| c.is_ascii_digit() || c == '.';
    function
        .trim_end_matches(is_number_or_dot)
        .ends_with(".init")
}

/// `rax    0xca`, as at the end of what SIGQUIT asks for.
fn is_register(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().unwrap_or_default();
    let value = words.next().and_then(super::stack::number);
    words.next().is_none()
        && value.is_some()
        && name.len() <= 8
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// `goroutine 7 [chan receive (leaked), 3 minutes, synctest bubble 4]:`, perhaps behind other words that were not ended. The
/// runtime indents what a panic's value says, so that behind a tab it is a program's own.
fn header(line: &str) -> Option<Goroutine> {
    let start = line.find("goroutine ")?;
    if start > 0 && line.starts_with(char::is_whitespace) {
        return None;
    }
    let line = line[start..]
        .strip_prefix("goroutine ")?
        .strip_suffix(':')?;
    let (id, rest) = line.split_once(' ')?;
    let (pointers, state) = rest.split_once('[')?;
    let has_only_pointers = pointers.split_ascii_whitespace().all(|word| {
        ["gp=", "m=", "mp="]
            .iter()
            .any(|name| word.starts_with(name))
    });
    if !has_only_pointers || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Labels follow, in the brackets up to Go 1.26. They are words of the program's.
    let end = [state.find(" labels:{"), state.find(']')];
    let mut parts = state[..end.into_iter().flatten().min()?].split(", ");
    let mut goroutine = Goroutine {
        id: id.parse().ok()?,
        activity: Activity::Runtime,
        is_leaked: false,
        minutes: None,
        bubble: None,
        frames: Vec::new(),
        creation: None,
    };
    let mut status = parts.next()?;
    while let Some((before, mark)) = status.rsplit_once(' ') {
        match mark {
            "(leaked)" => goroutine.is_leaked = true,
            "(durable)" | "(scan)" => {}
            _ => break,
        }
        status = before;
    }
    goroutine.activity = activity(status);
    for part in parts {
        if let Some(minutes) = part.strip_suffix(" minutes") {
            goroutine.minutes = minutes.parse().ok();
        } else if let Some(bubble) = part.strip_prefix("synctest bubble ") {
            goroutine.bubble = bubble.parse().ok();
        }
    }
    Some(goroutine)
}

fn activity(status: &str) -> Activity {
    match status {
        "running" => Activity::Running,
        "runnable" | "preempted" => Activity::Runnable,
        "sleep" => Activity::Sleeping,
        "chan send" => Activity::ChannelSend,
        "chan receive" => Activity::ChannelReceive,
        "chan send (nil chan)" => Activity::NilChannelSend,
        "chan receive (nil chan)" => Activity::NilChannelReceive,
        "select" => Activity::Select,
        "select (no cases)" => Activity::SelectWithoutCases,
        "sync.Mutex.Lock" => Activity::Mutex,
        "sync.RWMutex.RLock" => Activity::ReadLock,
        "sync.RWMutex.Lock" => Activity::WriteLock,
        "sync.WaitGroup.Wait" => Activity::WaitGroup,
        "sync.Cond.Wait" => Activity::Cond,
        "IO wait" => Activity::InputOutput,
        "syscall" => Activity::SystemCall,
        "semacquire" => Activity::Semaphore,
        "coroutine" => Activity::Coroutine,
        "synctest.Run" => Activity::SynctestRun,
        "synctest.Wait" => Activity::SynctestWait,
        "idle"
        | "copystack"
        | "dead"
        | "waiting for cgo callback"
        | "panicwait"
        | "dumping heap"
        | "finalizer wait"
        | "cleanup wait"
        | "force gc (idle)"
        | "GOMAXPROCS updater (idle)"
        | "trace reader (blocked)"
        | "wait for GC cycle"
        | "debug call"
        | "stopping the world"
        | "flushing proc caches"
        | "trace goroutine status"
        | "trace proc status"
        | "page trace flush"
        | "garbage collection"
        | "garbage collection scan" => Activity::Runtime,
        collector if collector.starts_with("GC ") => Activity::Runtime,
        other => Activity::Other(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_one(text: &str) -> Goroutine {
        let mut dump = read_dump(text);
        assert_eq!(dump.goroutines.len(), 1, "{dump:?}");
        dump.goroutines.remove(0)
    }

    #[test]
    fn a_goroutine_is_read() {
        let goroutine = read_one(
            "goroutine 34 [chan receive (nil chan) (durable), 12 minutes, locked to thread, synctest bubble 5]:\n\
             pool.(*Pool[...]).Run(0xc000012340, {0x4a, 0x2?}, ...)\n\
             \tpool/pool.go:12 +0x1d\n\
             ...50 frames elided...\n\
             gopkg.in/yaml%2ev3.Walk(...)\n\
             \tgopkg.in/yaml.v3/yaml.go:7\n\
             created by pool.New in goroutine 1\n\
             \tpool/pool.go:3 +0x4\n",
        );
        assert_eq!(goroutine.id, 34);
        assert_eq!(goroutine.activity, Activity::NilChannelReceive);
        assert_eq!((goroutine.minutes, goroutine.bubble), (Some(12), Some(5)));
        let [inner, outer] = goroutine.frames.as_slice() else {
            panic!("{goroutine:?}");
        };
        assert_eq!(inner.function, "pool.(*Pool[...]).Run");
        assert_eq!(inner.arguments, [Some(0xc0_0001_2340), Some(0x4a)]);
        assert_eq!((inner.file.as_str(), inner.line), ("pool/pool.go", 12));
        assert_eq!(outer.function, "gopkg.in/yaml.v3.Walk");
        assert_eq!((outer.arguments.as_slice(), outer.line), (&[][..], 7));
        let creation = goroutine.creation.expect("where it was started");
        assert_eq!((creation.by, creation.frame.line), (Some(1), 3));
        assert_eq!(creation.frame.function, "pool.New");
    }

    #[test]
    fn headers_are_told_from_words_like_them() {
        let activity = |text: &str| read_one(text).activity;
        assert_eq!(activity("goroutine 1 [running]:"), Activity::Running);
        assert_eq!(
            activity(
                "goroutine 1 gp=0xc000002380 m=3 mp=0xc000100008 [syscall, locked to thread]:\r\n"
            ),
            Activity::SystemCall
        );
        assert_eq!(
            activity(r#"goroutine 9 [select labels:{"job": "a]: [b"}]:"#),
            Activity::Select
        );
        assert_eq!(
            activity(r#"goroutine 9 [select] {job: "a]: [b"}:"#),
            Activity::Select
        );
        assert_eq!(
            activity("tick goroutine 3 [napping]:"),
            Activity::Other("napping".to_owned())
        );
        for text in [
            "\tgoroutine 7 [running]:",
            "goroutine 7 [running]",
            "goroutine +7 [running]:",
            "goroutine 7 is [running]:",
            "[originating from goroutine 7]:",
            "goroutine 99999999999999999999 [running]:",
        ] {
            assert_eq!(read_dump(text).goroutines, [], "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let whole = "goroutine 6 [running]:\na.b()\n\ta.go:1 +0x1\ncreated by a.c\n\ta.go:2 +0x1\n";
        assert!(read_dump(whole).is_complete);
        let elsewhere =
            "goroutine 1 [running]:\n\tgoroutine running on other thread; stack unavailable\n";
        assert!(read_dump(elsewhere).is_complete);
        for end in 23..whole.len() - 4 {
            assert!(!read_dump(&whole[..end]).is_complete, "{}", &whole[..end]);
        }
        for line in ["noise\n", "\n", "x.y()\n", "\tb.go:7 +0x1\n"] {
            let disturbed = whole.replace("created", &format!("{line}created"));
            assert!(!read_dump(&disturbed).is_complete, "{disturbed}");
        }
        let asked_for = format!("working... SIGQUIT: quit\nPC=0x1 m=0\n\n{whole}\n");
        assert!(!read_dump(&asked_for).is_complete);
        assert!(read_dump(&format!("{asked_for}rax    0xca\n")).is_complete);
    }

    #[test]
    fn a_cut_place_is_no_place() {
        let dump = |end: &str| {
            read_one(&format!(
                "goroutine 1 [running]:\nmain.main()\n\tmain.go:1{end}"
            ))
        };
        assert_eq!(dump("").frames, []);
        assert_eq!(dump("2\n").frames[0].line, 12);
        assert_eq!(dump("2 +0x").frames[0].line, 12);
    }
}
