//! gavel's temporary directory: gone when gavel is, however it ends.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::settings::GAVEL;
use crate::sandbox::{self, Guard};

/// The beginning of its name.
const NAME: &str = "gavel-";
/// A file in it that is locked for as long as its gavel lives.
const OWNER: &str = "owner";

/// A temporary directory that is gone when it is dropped, also when a command was stopped: what was killed a moment ago may
/// still have written to it. When gavel is killed, its guard removes it.
#[derive(Debug)]
pub struct Scratch {
    // In the order in which they go: what is in the directory, the lock, and last the guard, which then finds nothing.
    folder: PathBuf,
    _owner: File,
    guard: Guard,
}

impl Scratch {
    /// Makes one, with a guard.
    pub(super) fn create(root: &Path) -> io::Result<Self> {
        let mut guard = Guard::start(Path::new(GAVEL))?;
        let folder = tempfile::Builder::new().prefix(NAME).tempdir_in(root)?;
        // Of its folders some are open to the user who runs strangers' programs when gavel runs as root. Its name is secret.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let owner = File::create(folder.path().join(OWNER))?;
        owner.lock()?;
        guard.folder(folder.path())?;
        Ok(Self {
            folder: folder.keep(),
            _owner: owner,
            guard,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Has a control group removed when gavel is killed.
    pub fn guard_group(&mut self, group: &Path) {
        // A guard that is gone is no reason not to grade: `gavel doctor --clean` removes what is left then.
        let _ = self.guard.group(group);
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        for _ in 0..100 {
            if sandbox::remove_tree(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Temporary directories of this user's gavels that are gone.
pub fn left_folders(root: &Path) -> Vec<PathBuf> {
    let user = nix::unistd::geteuid().as_raw();
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(NAME))
        .map(|entry| entry.path())
        .filter(|path| {
            path.symlink_metadata()
                .is_ok_and(|data| data.is_dir() && data.uid() == user)
        })
        .filter(|path| File::open(path.join(OWNER)).is_ok_and(|owner| owner.try_lock().is_ok()))
        .collect()
}
