//! Postgres. Its data directory is made once for each version that is installed, kept as an archive in gavel's cache, and
//! unpacked for each run.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Lack, on_path, readable};
use crate::model::{Database, Network};
use crate::sandbox::{Companion, Exit, Limits, Program, Role, Sandbox, Spec, View};
use crate::text::{Keep, cut, sanitise};

const PORT: u16 = 5432;
/// The database, and who owns it: not a superuser, who could run programs and read files as the server.
const NAME: &str = "app";

/// Where packages put it that keep several versions side by side, and so none on `PATH`.
const VERSIONED: [(&str, &str); 2] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-")];

pub(super) fn find(path: Option<&OsStr>) -> Option<PathBuf> {
    let versions = || {
        let installed = VERSIONED.iter().flat_map(|(folder, prefix)| {
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            entries.filter_map(move |entry| {
                let name = entry.file_name();
                let version = name.to_str()?.strip_prefix(prefix)?.parse::<u32>().ok()?;
                let file = entry.path().join("bin/postgres");
                file.is_file().then_some((version, file))
            })
        });
        installed.max().map(|(_, file)| file)
    };
    // Where it is itself its other programs are too.
    let found = on_path(path, &["postgres"]).or_else(versions)?;
    found.canonicalize().ok()
}

/// Fresh data for each run, nothing written through to a disk, and no socket but the port.
pub(super) async fn companion(
    sandbox: &Sandbox,
    program: PathBuf,
    cache: &Path,
) -> Result<Companion, Lack> {
    let data = template(sandbox, &program, cache)
        .await
        .map_err(|why| Lack::Unusable(format!("PostgreSQL doesn't work here: {why}")))?;
    let port = format!("port={PORT}");
    let settings = [
        "listen_addresses=127.0.0.1",
        &port,
        "unix_socket_directories=",
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
        "shared_buffers=16MB",
        "max_connections=50",
        "max_wal_size=64MB",
        "huge_pages=off",
        "autovacuum=off",
        "jit=off",
        "log_min_messages=fatal",
    ];
    let folder = format!("{}/data", Companion::FOLDER);
    let settings = settings.iter().flat_map(|setting| ["-c", *setting]);
    let arguments = ["-D", &folder].into_iter().chain(settings);
    Ok(Companion {
        name: Database::Postgres.title().to_owned(),
        arguments: arguments.map(Into::into).collect(),
        read: readable(&program),
        program,
        data: Some(data),
        port: PORT,
        greeting: start_up_message(),
        answer: b'R',
        announced_as: (
            "DATABASE_URL".into(),
            format!("postgres://{NAME}:{NAME}@127.0.0.1:{PORT}/{NAME}?sslmode=disable").into(),
        ),
    })
}

/// What a client says first, in version 3.0 of the protocol. A server that is still starting answers with an error.
fn start_up_message() -> Vec<u8> {
    const VERSION: u32 = 3 << 16;
    let words = format!("user\0{NAME}\0database\0{NAME}\0\0");
    let length = u32::try_from(8 + words.len()).unwrap_or_default();
    let parts = [
        &length.to_be_bytes()[..],
        &VERSION.to_be_bytes(),
        words.as_bytes(),
    ];
    parts.concat()
}

/// The number of the way in which templates are made: a new one for each change of the script.
const TEMPLATES: u32 = 1;

/// Makes a data directory, gives its database to its owner, removes what nobody needs, since each run unpacks it, lets nobody else
/// in, and prints all of it. `$0` is the folder of the programs.
const SCRIPT: &str = r#"set -e
exec 3>&1 >&2
"$0/initdb" --pgdata="$HOME/data" --username=postgres --auth=trust --encoding=UTF8 --no-locale --no-sync --wal-segsize=1
printf '%s\n' 'CREATE ROLE app LOGIN' 'ALTER DATABASE postgres RENAME TO app' 'ALTER DATABASE app OWNER TO app' \
    'ALTER DATABASE template0 IS_TEMPLATE false' 'DROP DATABASE template0' |
    "$0/postgres" --single -D "$HOME/data" -c exit_on_error=on -c fsync=off template1
echo 'host app app 127.0.0.1/32 trust' >"$HOME/data/pg_hba.conf"
tar -C "$HOME" -cf - data >&3
"#;

/// The archive of a fresh data directory for this server; made, unless it is in the cache.
async fn template(sandbox: &Sandbox, program: &Path, cache: &Path) -> Result<PathBuf, String> {
    let failed = |error: std::io::Error| format!("can't write to gavel's cache: {error}");
    let known = fs::metadata(program).map_err(|error| error.to_string())?;
    let folder = cache.join("postgres");
    // A server that was updated in its place is another one.
    let archive = folder.join(format!(
        "{TEMPLATES}-{}-{}-{}.tar",
        known.ino(),
        known.mtime(),
        known.len()
    ));
    if archive.is_file() {
        return Ok(archive);
    }
    let data = make_template(sandbox, program).await?;
    fs::create_dir_all(&folder).map_err(failed)?;
    // Whole or not at all; another gavel may do the same.
    let mut file = tempfile::NamedTempFile::new_in(&folder).map_err(failed)?;
    file.write_all(&data).map_err(failed)?;
    file.persist(&archive)
        .map_err(|error| failed(error.error))?;
    Ok(archive)
}

async fn make_template(sandbox: &Sandbox, program: &Path) -> Result<Vec<u8>, String> {
    let programs = program.parent().unwrap_or(program);
    let environment = [
        ("PATH", "/usr/bin:/bin"),
        ("HOME", Companion::FOLDER),
        ("LANG", "C"),
        ("TZ", "UTC"),
    ];
    let spec = Spec {
        program: Program::File("/bin/sh".into()),
        arguments: vec!["-c".into(), SCRIPT.into(), programs.into()],
        environment: environment
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        directory: Companion::FOLDER.into(),
        stdin: Vec::new(),
        channel: None,
        view: View {
            read: readable(program),
            write: Vec::new(),
            scratch: Companion::FOLDER.into(),
            network: Network::Loopback,
            role: Role::Companion,
        },
        limits: Limits {
            wall: Duration::from_secs(3 * 60),
            ..Companion::limits()
        },
        companions: Vec::new(),
    };
    let ended = sandbox.run(spec).await.map_err(|error| error.to_string())?;
    if ended.exit == Exit::Code(0) && ended.limit.is_none() && !ended.stdout.is_empty() {
        return Ok(ended.stdout);
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    let said = cut(said.trim(), 2 << 10, Keep::Ends);
    Err(format!(
        "making its data directory: {}: {}",
        ended.exit,
        sanitise(&said)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_says_how_long_its_words_are() {
        let message = start_up_message();
        assert_eq!(message[..8], [0, 0, 0, 31, 0, 3, 0, 0]);
        assert_eq!(message.len(), 31);
        assert_eq!(&message[8..], b"user\0app\0database\0app\0\0");
    }
}
