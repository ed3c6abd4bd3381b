//! Postgres and Redis as companions of a candidate's code: finds what is installed, and says how it is started so that each run
//! has a server of its own, empty and gone with the run.
//!
//! Nothing here is downloaded or left running. What isn't installed is told with the way to install it.

mod postgres;
mod redis;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use tokio::sync::OnceCell;

use crate::model::Database;
use crate::sandbox::{Companion, Sandbox, Tier};

/// The servers of this machine. Each is looked for, and made ready to be started, when an exercise first asks for it.
#[derive(Debug, Default)]
pub struct Databases {
    path: Option<OsString>,
    cache: PathBuf,
    known: [OnceCell<Result<Companion, Lack>>; Database::ALL.len()],
}

/// Why code can't have a server beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// It isn't installed. The words say how it would be.
    NotInstalled(String),
    /// It is, and doesn't work here, or this sandbox can't have one.
    Unusable(String),
}

/// The file of a server, if it is installed.
pub fn find(database: Database, path: Option<&OsStr>) -> Option<PathBuf> {
    match database {
        Database::Postgres => postgres::find(path),
        Database::Redis => redis::find(path),
    }
}

/// How a server is installed, in words.
pub fn how_to_install(database: Database) -> String {
    let (debian, brew, fedora) = match database {
        Database::Postgres => ("postgresql", "postgresql", "postgresql-server"),
        Database::Redis => ("redis-server", "redis", "redis"),
    };
    format!(
        "install {}: `apt-get install {debian}`, `dnf install {fedora}` or `brew install {brew}`; it need not be started",
        database.title()
    )
}

impl Databases {
    /// Those on this `PATH`, and where packages put them beside it. What is made of them once is kept in gavel's cache.
    pub fn of(path: Option<OsString>, cache: PathBuf) -> Self {
        Self {
            path,
            cache,
            ..Self::default()
        }
    }

    /// A server as it is started beside runs in this sandbox.
    ///
    /// # Errors
    ///
    /// If runs can't have it beside them here.
    pub async fn companion(
        &self,
        sandbox: &Sandbox,
        database: Database,
    ) -> Result<Companion, Lack> {
        let cell = match database {
            Database::Postgres => &self.known[0],
            Database::Redis => &self.known[1],
        };
        let known = cell.get_or_init(|| companion(sandbox, database, self));
        known.await.clone()
    }
}

async fn companion(
    sandbox: &Sandbox,
    database: Database,
    here: &Databases,
) -> Result<Companion, Lack> {
    let title = database.title();
    let Some(program) = find(database, here.path.as_deref()) else {
        let mend = how_to_install(database);
        return Err(Lack::NotInstalled(format!(
            "{title} isn't installed here: {mend}"
        )));
    };
    match sandbox.tier() {
        Tier::Strict => {}
        Tier::Landlock | Tier::None => {
            return Err(Lack::Unusable(format!(
                "{title} needs a network of its own beside the code, and only the sandbox of tier strict has one; \
                 `gavel doctor` says what keeps that from working"
            )));
        }
    }
    match database {
        Database::Postgres => postgres::companion(sandbox, program, &here.cache).await,
        Database::Redis => Ok(redis::companion(program)),
    }
}

/// What a server may read: the system's programs and libraries, and what it was installed with.
fn readable(program: &Path) -> Vec<PathBuf> {
    let system = [
        "/usr",
        "/bin",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/nix/store",
    ];
    let mut read: Vec<PathBuf> = system.map(PathBuf::from).into();
    // Its libraries and other files are beside its `bin`, wherever links to it may be. Not all that is there: it may be a home.
    let files = [Some(program.to_owned()), program.canonicalize().ok()];
    for file in files.into_iter().flatten() {
        let prefix = file.parent().filter(|folder| folder.ends_with("bin"));
        if let Some(prefix) = prefix.and_then(Path::parent) {
            read.extend(["bin", "lib", "lib64", "share"].map(|name| prefix.join(name)));
        }
        read.push(file);
    }
    read
}

/// The first file of one of these names on `PATH`.
fn on_path(path: Option<&OsStr>, names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(path?).collect();
    let files = names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.into_iter().find(|file| file.is_file())
}
