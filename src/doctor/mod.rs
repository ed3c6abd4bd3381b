//! What this machine has and lacks for grading, with a mend for each thing missing.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use crate::databases;
use crate::golang::{self, Compiler, GoVersion, Toolchain, ToolchainError};
use crate::model::{Database, Exercise, Requirement};
use crate::sandbox::{self, Tier};
use crate::text::plural;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What it is.
    pub name: &'static str,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do, unless it is good.
    pub mend: Option<String>,
}

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Grading works, with less than there could be.
    Weak,
    /// Grading doesn't work.
    Missing,
}

impl Item {
    fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self {
            name,
            state: State::Good,
            found: found.into(),
            mend: None,
        }
    }

    fn lacking(
        name: &'static str,
        state: State,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self {
            name,
            state,
            found: found.into(),
            mend: Some(mend.into()),
        }
    }
}

/// Looks at Go, the C compiler, and whether both together can build with the race detector.
pub async fn examine_go(
    found: &Result<Toolchain, ToolchainError>,
    scratch: &Path,
    announce: impl FnOnce(),
) -> Vec<Item> {
    let toolchain = match found {
        Ok(toolchain) => toolchain,
        Err(error) => {
            let text = error.to_string();
            let (what, mend) = text
                .split_once('\n')
                .unwrap_or((&text, "install Go (https://go.dev/dl)"));
            return vec![Item::lacking("go", State::Missing, what, mend.trim())];
        }
    };
    let GoVersion { text, .. } = &toolchain.version;
    let mut items = vec![Item::good(
        "go",
        format!(
            "{text} {} at {}",
            toolchain.platform,
            toolchain.go.display()
        ),
    )];
    match &toolchain.compiler {
        Compiler::Found(file) => items.push(Item::good("c compiler", file.display().to_string())),
        Compiler::Missing(name) => {
            items.push(Item::lacking(
                "c compiler",
                State::Missing,
                format!("{name} is not in PATH, and Go's race detector needs it"),
                "install gcc (Debian and Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc)",
            ));
            return items;
        }
    }
    items.push(match golang::prepare_cache(toolchain, scratch, announce).await {
        Ok(()) => Item::good("race build", "the standard library is built and cached"),
        Err(why) => Item::lacking(
            "race build",
            State::Missing,
            why,
            "the race detector needs a C compiler with its headers, and amd64, arm64, ppc64le, riscv64 or s390x on Linux",
        ),
    });
    items
}

/// Looks at gavel's cache.
pub fn examine_cache(cache: &Path) -> Item {
    let probe = std::fs::create_dir_all(cache).and_then(|()| tempfile::tempfile_in(cache));
    match probe {
        Ok(_) => Item::good("cache", cache.display().to_string()),
        Err(error) => Item::lacking(
            "cache",
            State::Missing,
            format!("{} can't be written: {error}", cache.display()),
            "make it writable, or let XDG_CACHE_HOME name another place",
        ),
    }
}

/// Looks at the place for temporary directories.
pub fn examine_temporary_root(root: &Path) -> Item {
    match tempfile::tempfile_in(root) {
        Ok(_) => Item::good("temporary files", root.display().to_string()),
        Err(error) => Item::lacking(
            "temporary files",
            State::Missing,
            format!("{} can't be written: {error}", root.display()),
            "let TMPDIR name another place",
        ),
    }
}

/// Says which sandboxes work: each tier with walls, and what keeps it from working or is weaker in it.
pub fn examine_sandboxes(tried: &[(Tier, Result<Vec<String>, String>)]) -> Vec<Item> {
    let works = tried.iter().any(|(_, result)| result.is_ok());
    tried
        .iter()
        .map(|(tier, result)| {
            let name = match tier {
                Tier::Strict => "sandbox strict",
                Tier::Landlock => "sandbox landlock",
                Tier::None => "sandbox none",
            };
            match result {
                Ok(weaker) if weaker.is_empty() => Item::good(name, "works"),
                Ok(weaker) => Item::good(name, format!("works; {}", weaker.join("; "))),
                Err(why) => Item::lacking(
                    name,
                    if works { State::Weak } else { State::Missing },
                    why,
                    sandbox::advice().join("; "),
                ),
            }
        })
        .collect()
}

/// Says which servers are installed that exercises may want beside their code. Those without cost no other exercise anything.
pub fn examine_databases(path: Option<&OsStr>) -> Vec<Item> {
    let examine = |database: Database| {
        let name = match database {
            Database::Postgres => "postgresql",
            Database::Redis => "redis",
        };
        match databases::find(database, path) {
            Some(file) => Item::good(name, file.display().to_string()),
            None => Item::lacking(
                name,
                State::Weak,
                "not installed: exercises that want it are skipped",
                databases::how_to_install(database),
            ),
        }
    };
    Database::ALL.into_iter().map(examine).collect()
}

/// Says what the catalog holds.
pub fn examine_catalog(name: &str, exercises: usize, problems: usize) -> Item {
    let found = format!("{exercises} exercises, {name}");
    if problems > 0 {
        return Item::lacking(
            "catalog",
            State::Missing,
            format!("{found}; {problems} with errors"),
            "`gavel list` names the errors",
        );
    }
    if exercises == 0 {
        return Item::lacking(
            "catalog",
            State::Missing,
            found,
            "a catalog has folders AREA/SLUG with an exercise.toml in each",
        );
    }
    Item::good("catalog", found)
}

/// Says whether the exercises can be built here: the Go that they ask for, the modules that they require.
pub fn examine_modules(
    toolchain: &Toolchain,
    exercises: impl IntoIterator<Item = Exercise>,
) -> Vec<Item> {
    let mut items = Vec::new();
    let (mut required, mut missing) = (BTreeSet::new(), BTreeSet::new());
    for exercise in exercises {
        if let Err(why) = golang::suits(toolchain, &exercise.go) {
            let (what, mend) = why.split_once('\n').unwrap_or((&why, "mend go.mod"));
            let found = format!("{}: {what}", exercise.id);
            items.push(Item::lacking("go.mod", State::Weak, found, mend.trim()));
        }
        let name = |module: &Requirement| format!("{} {}", module.path, module.version);
        required.extend(exercise.requires.iter().map(name));
        let lacking = golang::missing_modules(toolchain, &exercise.requires);
        missing.extend(lacking.into_iter().map(name));
    }
    items.push(match missing.first() {
        None if required.is_empty() => Item::good("modules", "no exercise requires any"),
        None => Item::good(
            "modules",
            format!("{} in gavel's cache", plural(required.len(), "module")),
        ),
        Some(first) => Item::lacking(
            "modules",
            State::Weak,
            format!(
                "{} of {} are not in gavel's cache, such as {first}",
                missing.len(),
                plural(required.len(), "required module")
            ),
            "`gavel doctor --warm` downloads them; grading does so too, at the first need",
        ),
    });
    items
}
