//! What of the standard library is denied by default, on which ground, and why.

use super::Ground;

/// One entry of the list.
pub(super) struct Denial {
    /// The import path; with `/...` behind it, everything below it too.
    pub(super) path: &'static str,
    /// What of the package is denied.
    pub(super) what: Denied,
    /// Where it holds.
    pub(super) on: On,
    /// Why, as the end of a sentence.
    pub(super) because: &'static str,
    /// What to do instead, as a sentence.
    pub(super) instead: &'static str,
}

/// What of a package is denied. A `*` in a name stands for at least one character.
pub(super) enum Denied {
    /// All of it but these symbols.
    AllBut(&'static [&'static str]),
    /// These symbols.
    Only(&'static [&'static str]),
    /// These symbols, even where the manifest allows the package.
    Always(&'static [&'static str]),
}

/// On which ground an entry holds.
#[derive(Clone, Copy)]
pub(super) enum On {
    /// Everywhere.
    Both,
    /// Only where tests and submission share a process.
    Tests,
    /// Only where a program is judged from outside.
    Program,
}

impl Denial {
    /// Whether the entry is about this package on this ground.
    pub(super) fn concerns(&self, path: &str, ground: Ground) -> bool {
        let holds = match (self.on, ground) {
            (On::Both, Ground::Tests | Ground::Program)
            | (On::Tests, Ground::Tests)
            | (On::Program, Ground::Program) => true,
            (On::Tests, Ground::Program) | (On::Program, Ground::Tests) => false,
        };
        holds && path_matches(self.path, path)
    }
}

/// Whether a path is the one of a pattern, or lies below it where the pattern ends in `/...`.
pub(super) fn path_matches(pattern: &str, path: &str) -> bool {
    match pattern.strip_suffix("/...") {
        Some(root) => is_within(root, path),
        None => pattern == path,
    }
}

/// Whether a path is a root or lies below it.
pub(super) fn is_within(root: &str, path: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a symbol is among names in which `*` stands for at least one character.
pub(super) fn is_among(symbol: &str, names: &[&str]) -> bool {
    names.iter().any(|name| match name.split_once('*') {
        Some((start, end)) => {
            symbol.len() > start.len() + end.len()
                && symbol.starts_with(start)
                && symbol.ends_with(end)
        }
        None => symbol == *name,
    })
}

/// Methods of `reflect.Value` that give out or take raw pointers. A value can be had without importing `reflect`, so they
/// are denied wherever they are named.
pub(super) const POINTER_METHODS: [&str; 3] = ["SetPointer", "UnsafeAddr", "UnsafePointer"];

const PLAIN_GO: &str = "Solve it in ordinary Go.";
const NO_PROCESSES: &str = "Do the work in Go, within this process.";
const EXIT_BY_RETURNING: &str = "Return an error and let the caller decide.";
const NO_TRAPDOORS: &str =
    "it gets at memory past Go's type system, and with that at the record of the tests";

/// The default list.
pub(super) const DENIALS: [Denial; 19] = [
    Denial {
        path: "unsafe",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "it gets at memory past Go's type system and the race detector",
        instead: PLAIN_GO,
    },
    Denial {
        path: "C",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "C code is bound neither by Go's rules nor by this policy",
        instead: PLAIN_GO,
    },
    Denial {
        path: "plugin",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "it loads code that is not in the submission",
        instead: PLAIN_GO,
    },
    Denial {
        path: "embed",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "it reads files of the build, the hidden ones included",
        instead: "Write the data into the source, as a constant or a variable.",
    },
    Denial {
        path: "testing/...",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "a solution has no part in how it is tested",
        instead: "Move what helps your tests into files ending in `_test.go`, which are not handed in.",
    },
    Denial {
        path: "os/exec",
        what: Denied::AllBut(&[]),
        on: On::Both,
        because: "the work must be done by the submission, not by another program",
        instead: NO_PROCESSES,
    },
    Denial {
        path: "os",
        what: Denied::Only(&["StartProcess"]),
        on: On::Both,
        because: "the work must be done by the submission, not by another program",
        instead: NO_PROCESSES,
    },
    Denial {
        path: "os",
        what: Denied::Only(&["Exit"]),
        on: On::Tests,
        because: "it ends the process that the tests run in",
        instead: EXIT_BY_RETURNING,
    },
    Denial {
        path: "os",
        what: Denied::Only(&["NewFile"]),
        on: On::Both,
        because: "it opens descriptors that the submission was not given",
        instead: "Use os.Open, os.Create, os.Pipe or the files that you were handed.",
    },
    Denial {
        path: "syscall",
        what: Denied::AllBut(&[]),
        on: On::Tests,
        because: "raw system calls can read and write anything in the process",
        instead: "Use package os; for signals os.Interrupt and os.Kill.",
    },
    Denial {
        path: "syscall",
        what: Denied::AllBut(&["E*", "SIG*", "Signal"]),
        on: On::Program,
        because: "raw system calls are beyond what the exercise is about; only its signals and error numbers are open",
        instead: "Use package os.",
    },
    Denial {
        path: "reflect",
        what: Denied::AllBut(&[]),
        on: On::Tests,
        because: "it can make pointers out of numbers, as unsafe can",
        instead: "Use interfaces, type switches or type parameters.",
    },
    Denial {
        path: "reflect",
        what: Denied::Always(&["NewAt", "SliceAt"]),
        on: On::Tests,
        because: NO_TRAPDOORS,
        instead: "Use reflect.New or reflect.MakeSlice.",
    },
    Denial {
        path: "sync/atomic",
        what: Denied::Only(&["*Pointer"]),
        on: On::Tests,
        because: NO_TRAPDOORS,
        instead: "Use the type atomic.Pointer[T].",
    },
    Denial {
        path: "runtime",
        what: Denied::Only(&["SetCgoTraceback"]),
        on: On::Tests,
        because: NO_TRAPDOORS,
        instead: PLAIN_GO,
    },
    Denial {
        path: "runtime",
        what: Denied::Only(&["Race*"]),
        on: On::Both,
        because: "it feigns synchronisation to the race detector",
        instead: "Synchronise with channels, package sync or package sync/atomic.",
    },
    Denial {
        path: "runtime",
        what: Denied::Only(&["GOMAXPROCS"]),
        on: On::Tests,
        because: "the tests vary how many processors there are",
        instead: "Read it with runtime.GOMAXPROCS(0), or use runtime.NumCPU.",
    },
    Denial {
        path: "runtime/debug",
        what: Denied::AllBut(&["Stack"]),
        on: On::Tests,
        because: "it changes how the process collects garbage, limits itself and fails",
        instead: "Do without; debug.Stack is open.",
    },
    Denial {
        path: "flag",
        what: Denied::AllBut(&[]),
        on: On::Tests,
        because: "the flags of the process belong to the tests",
        instead: "Take what you need as parameters.",
    },
];

/// What Go declares for every package. `min`, `max` and `clear` are not here: code from before Go 1.21 has functions of
/// these names, and tests of the external package don't see them.
pub(super) const PREDECLARED: [&str; 41] = [
    "any",
    "append",
    "bool",
    "byte",
    "cap",
    "close",
    "comparable",
    "complex",
    "complex128",
    "complex64",
    "copy",
    "delete",
    "error",
    "false",
    "float32",
    "float64",
    "imag",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "iota",
    "len",
    "make",
    "new",
    "nil",
    "panic",
    "print",
    "println",
    "real",
    "recover",
    "rune",
    "string",
    "true",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
];

/// The systems that Go knows from file names.
const SYSTEMS: [&str; 18] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
];

/// The architectures that Go knows from file names, those that it reserved included.
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "armbe",
    "arm64",
    "arm64be",
    "loong64",
    "mips",
    "mipsle",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

/// The part of a file's name that makes Go build it for one system or architecture only.
pub(super) fn constraint_in_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    let stem = stem.strip_suffix("_test").unwrap_or(stem);
    let last = stem.split_once('_')?.1.rsplit('_').next()?;
    (SYSTEMS.contains(&last) || ARCHITECTURES.contains(&last)).then_some(last)
}
