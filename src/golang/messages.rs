//! What the compiler, the go command and vet say, read into places and words.

use std::collections::HashSet;
use std::path::Path;

use super::toolchain::Toolchain;
use super::workspace::Workspace;
use crate::text::{Keep, cut};

/// How many messages of one call are kept.
const MOST_MESSAGES: usize = 100;
/// How many bytes of one message are kept.
const LONGEST_MESSAGE: usize = 4 << 10;

/// Something that the compiler, the go command or vet said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileMessage {
    /// The file, relative to the module, and line and column from 1; absent for what concerns no place.
    pub place: Option<(String, u32, Option<u32>)>,
    /// Its words.
    pub text: String,
}

/// Words of the go command about code that it can't give a place for. Whatever else it says without a place is not held
/// against the candidate.
const CODE_WITHOUT_A_PLACE: [&str; 12] = [
    "import cycle not allowed",
    "use of internal package ",
    "invalid input file name ",
    "malformed import path ",
    "is a program, not an importable package",
    "found packages ",
    "no Go files",
    "no non-test Go files",
    "is not in std",
    "build constraints exclude all Go files",
    "is not a main package",
    ": directory not found",
];

/// Whether the code is to blame for a failed build, and not the machine.
pub(super) fn is_the_codes_fault(messages: &[CompileMessage]) -> bool {
    // The compiler quotes code: what a message is about is told by its start, or by its having no place at all.
    let is_ours = |message: &CompileMessage| match &message.place {
        Some((file, ..)) => {
            message.text.starts_with("internal compiler error")
                || begins_with_a_module(&message.text)
                || ["../", "/", "$GOROOT"]
                    .iter()
                    .any(|outside| file.starts_with(outside))
        }
        None => {
            message.text.contains("no space left on device")
                || message.text.contains("cannot allocate memory")
        }
    };
    let blames_code = |message: &CompileMessage| {
        message.place.is_some()
            || CODE_WITHOUT_A_PLACE
                .iter()
                .any(|words| message.text.contains(words))
    };
    messages.iter().any(blames_code) && !messages.iter().any(is_ours)
}

/// Replaces the paths of this machine by names that mean something to others.
pub(super) fn tidy(toolchain: &Toolchain, workspace: &Workspace, text: &str) -> String {
    let module = workspace.module().display().to_string();
    let mut text = without_workspaces(text).replace(&module, "the submission");
    text = without_module_cache(&text, &toolchain.module_cache());
    text = text.replace(&toolchain.root.display().to_string(), "$GOROOT");
    text
}

/// Removes the folder of the module from paths, be it this workspace's or another's: the go command keeps what vet said
/// and says it again, with the paths of then, when it meets the same code in another folder.
fn without_workspaces(text: &str) -> String {
    const MODULE: &str = "/module/";
    let mut rest = text;
    let mut tidy = String::new();
    while let Some(at) = rest.find(MODULE) {
        let (before, after) = rest.split_at(at);
        let start = before
            .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '('))
            .map_or(0, |at| at + 1);
        let is_workspace = before[start..]
            .rsplit('/')
            .next()
            .is_some_and(|folder| folder.starts_with("gavel-"));
        if is_workspace {
            tidy.push_str(&before[..start]);
        } else {
            tidy.push_str(before);
            tidy.push_str(MODULE);
        }
        rest = &after[MODULE.len()..];
    }
    tidy.push_str(rest);
    tidy
}

/// Removes the module cache from paths, which the go command may write as seen from the workspace: what is left begins with
/// `path@version`.
fn without_module_cache(text: &str, cache: &Path) -> String {
    let ends: Vec<String> = cache
        .ancestors()
        .filter_map(|outer| cache.strip_prefix(outer).ok())
        .filter(|end| end.components().count() > 1)
        .map(|end| format!("../{}/", end.display()))
        .collect();
    let mut text = text.replace(&format!("{}/", cache.display()), "");
    for end in ends.iter().rev() {
        while let Some(at) = text.find(end) {
            let before = text[..at].trim_end_matches("../").len();
            text.replace_range(before..at + end.len(), "");
        }
    }
    text
}

/// Whether a message is about how to come by a module: `example.com/module@v1.2.3: …`.
fn begins_with_a_module(text: &str) -> bool {
    text.split_once(": ").is_some_and(|(first, _)| {
        first
            .split_once('@')
            .is_some_and(|(path, version)| path.contains('.') && version.starts_with('v'))
            && !first.contains([' ', '"', '`', '\''])
    })
}

/// What the go command says of a package that no module of the exercise has, without the advice to add one: which modules
/// there are is the exercise's business.
fn without_advice(text: &str) -> Option<String> {
    const NONE_HAS: &str = "no required module provides package ";
    let package = text
        .strip_prefix(NONE_HAS)
        .or_else(|| text.strip_prefix("missing go.sum entry for module providing package "))?;
    let (package, _) = package.split_once("; to add")?;
    Some(format!("{NONE_HAS}{package}"))
}

/// Reads the go command's output: `# package` headings, `./file.go:12:3: text`, and continuations that a tab begins.
pub(super) fn parse_messages(text: &str) -> Vec<CompileMessage> {
    let mut messages: Vec<CompileMessage> = Vec::new();
    let mut known = HashSet::new();
    let mut left_out = 0;
    for line in text.lines() {
        if line.starts_with("# ")
            || line.starts_with("FAIL\t")
            || line.trim().is_empty()
            || line.ends_with(": too many errors")
            || line == "too many errors"
        {
            continue;
        }
        if let Some(more) = line.strip_prefix('\t')
            && let Some(last) = messages.last_mut()
        {
            if last.text.len() < LONGEST_MESSAGE {
                last.text.push('\n');
                last.text.push_str(&cut(more, LONGEST_MESSAGE, Keep::Start));
            }
            continue;
        }
        if !known.insert(line) {
            continue;
        }
        if messages.len() == MOST_MESSAGES {
            left_out += 1;
            continue;
        }
        let line = line.strip_prefix("vet: ").unwrap_or(line);
        messages.push(placed(line).unwrap_or_else(|| CompileMessage {
            place: None,
            text: cut(line, LONGEST_MESSAGE, Keep::Start).into_owned(),
        }));
    }
    if left_out > 0 {
        messages.push(CompileMessage {
            place: None,
            text: format!("and {left_out} more messages"),
        });
    }
    for message in &mut messages {
        if let Some(text) = without_advice(&message.text) {
            message.text = text;
        }
    }
    messages
}

pub(super) fn placed(line: &str) -> Option<CompileMessage> {
    let end = line.find(".go:")? + ".go".len();
    let file = line[..end].trim_start_matches("./");
    if file.contains(": ") {
        return None;
    }
    let mut parts = line[end + 1..].splitn(3, ':');
    let number = parts.next()?.parse().ok()?;
    let second = parts.next()?;
    let (column, text) = match second.parse() {
        Ok(column) => (Some(column), parts.next()?.to_owned()),
        Err(_) => (None, [second, parts.next().unwrap_or_default()].join(":")),
    };
    Some(CompileMessage {
        place: Some((file.to_owned(), number, column)),
        text: cut(
            text.trim().trim_end_matches(':'),
            LONGEST_MESSAGE,
            Keep::Start,
        )
        .into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_have_places_and_continuations() {
        let said = "# pool [pool.test]\n./pool.go:3:2: undefined: x\n./in/a.go:4:6: cannot use y\n\thave (int)\n\twant (string)\n./pool.go:9:1: too many errors\n";
        let messages = parse_messages(said);
        assert_eq!(messages.len(), 2);
        assert_eq!(messages[0].place, Some(("pool.go".into(), 3, Some(2))));
        assert_eq!(messages[0].text, "undefined: x");
        assert_eq!(messages[1].text, "cannot use y\nhave (int)\nwant (string)");
        assert!(is_the_codes_fault(&messages));
    }

    #[test]
    fn paths_of_any_workspace_are_cut_to_the_candidates_own() {
        let said = "# x\n/tmp/gavel-VsDK71/gavel-Nelrr8/module/in/a.go:3:1: bad (see /tmp/gavel-a/gavel-b/module/b.go:1)\nx/module/c.go:1: fine\n";
        let tidy = "# x\nin/a.go:3:1: bad (see b.go:1)\nx/module/c.go:1: fine\n";
        assert_eq!(without_workspaces(said), tidy);
    }

    #[test]
    fn places_in_modules_begin_with_the_module() {
        let cache = Path::new("/home/a/.cache/gavel/modules");
        for said in [
            "/home/a/.cache/gavel/modules/example.test/a@v1.0.0/a.go:3:8: bad",
            "../../.cache/gavel/modules/example.test/a@v1.0.0/a.go:3:8: bad",
            "../../../../gavel/modules/example.test/a@v1.0.0/a.go:3:8: bad",
        ] {
            let tidy = without_module_cache(said, cache);
            assert_eq!(tidy, "example.test/a@v1.0.0/a.go:3:8: bad", "{said}");
        }
        let other = "../module/gavel/modules/a.go:1: bad";
        assert_eq!(without_module_cache(other, cache), other);
    }

    /// Words of the go command, recorded.
    #[test]
    fn a_package_that_no_module_has_is_the_codes_fault_and_a_module_that_is_not_there_is_not() {
        for (said, text) in [
            (
                "e.go:3:8: no required module provides package example.test/words/nonesuch; to add it:\n\tgo get example.test/words/nonesuch",
                "no required module provides package example.test/words/nonesuch",
            ),
            (
                "example.test/words@v1.2.0/extra/extra.go:3:8: missing go.sum entry for module providing package example.test/other (imported by example.test/words/extra); to add:\n\tgo get example.test/words/extra@v1.2.0",
                "no required module provides package example.test/other (imported by example.test/words/extra)",
            ),
        ] {
            let messages = parse_messages(said);
            assert_eq!(messages[0].text, text);
            assert!(is_the_codes_fault(&messages), "{said}");
        }
        for said in [
            "m.go:3:8: example.test/words@v1.2.0: missing go.sum entry for go.mod file; to add it:\n\tgo mod download example.test/words",
            "m.go:3:8: example.test/words@v1.2.0: module lookup disabled by GOPROXY=off",
            "go: updates to go.mod needed; to update it:\n\tgo mod tidy",
            "verifying example.test/words@v1.2.0: checksum mismatch",
        ] {
            assert!(!is_the_codes_fault(&parse_messages(said)), "{said}");
        }
    }

    #[test]
    fn a_broken_machine_is_not_the_codes_fault() {
        for said in [
            "cgo: C compiler \"gcc\" not found: exec: \"gcc\": executable file not found in $PATH",
            "go: open /x: no space left on device",
            "../witness/main.go:3:1: syntax error",
            "./pool.go:3:2: internal compiler error: boom",
            "",
        ] {
            assert!(!is_the_codes_fault(&parse_messages(said)), "{said}");
        }
        assert!(is_the_codes_fault(&parse_messages(
            "./pool.go:3:2: cannot use \"no space left on device\" as int value"
        )));
        assert!(is_the_codes_fault(&parse_messages(
            "package a\n\timports b\n\timports a: import cycle not allowed"
        )));
    }
}
