//! The workspace: the temporary directory where starter, submission and hidden files are put together.
//!
//! ```text
//! module/    the exercise's module as it is built
//! witness/   the witness's module
//! perturbed/ sources that stand in for those of the module in a perturbed build
//! bin/       what was built
//! stage/     one folder for each package: where its runs start, with its testdata and nothing else
//! scratch/   HOME and TMPDIR of the tools, and a folder in it for each run
//! ```

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::witness;
use crate::model::FileSet;
use crate::sandbox;

/// A workspace, removed when it is dropped.
#[derive(Debug)]
pub struct Workspace {
    root: TempDir,
    module_path: String,
    speaks_http: bool,
    points_weakly: bool,
    leaves_callbacks: bool,
    sources: FileSet,
}

/// Why a workspace could not be made: the machine's doing, never the candidate's.
#[derive(Debug, thiserror::Error)]
#[error(
    "can't prepare the workspace: {0}\n  is the temporary directory full or not writable? TMPDIR names another"
)]
pub struct WorkspaceError(#[from] io::Error);

impl Workspace {
    /// Makes a workspace below `temporary_root` from the module's files, among them `go.mod`.
    ///
    /// # Errors
    ///
    /// If a file can't be written.
    pub fn create(
        temporary_root: &Path,
        module_path: &str,
        files: &FileSet,
    ) -> Result<Self, WorkspaceError> {
        let root = tempfile::Builder::new()
            .prefix("gavel-")
            .tempdir_in(temporary_root)?;
        let mentions = |words: &[u8]| {
            files
                .iter()
                .any(|(path, file)| path.ends_with(".go") && contains(&file.bytes, words))
        };
        let workspace = Self {
            root,
            module_path: module_path.to_owned(),
            speaks_http: mentions(b"\"net/http"),
            leaves_callbacks: ["AfterFunc", "SetFinalizer", "AddCleanup"]
                .iter()
                .any(|name| mentions(name.as_bytes())),
            points_weakly: mentions(b"\"weak\"") || mentions(b"`weak`"),
            sources: files
                .iter()
                .filter(|(path, _)| path.ends_with(".go") && !path.ends_with("_test.go"))
                .map(|(path, file)| (path.clone(), file.clone()))
                .collect(),
        };
        // Runs may belong to another user, who sees where they start and where they write, and nothing else.
        let open = Permissions::from_mode(0o711);
        std::fs::set_permissions(workspace.root.path(), open.clone())?;
        for (folder, is_open) in [
            ("module", false),
            ("witness", false),
            ("perturbed", false),
            ("bin", false),
            ("stage", true),
            ("scratch", true),
        ] {
            let folder = workspace.root.path().join(folder);
            std::fs::create_dir(&folder)?;
            let mode = if is_open {
                open.clone()
            } else {
                Permissions::from_mode(0o700)
            };
            std::fs::set_permissions(folder, mode)?;
        }
        for (path, file) in files {
            let target = workspace.module().join(path);
            if let Some(parent) = target.parent() {
                std::fs::create_dir_all(parent)?;
            }
            if path == "go.mod" {
                std::fs::write(target, with_witness(&file.bytes))?;
            } else {
                std::fs::write(target, &file.bytes)?;
            }
        }
        witness::write_to(&workspace.witness())?;
        Ok(workspace)
    }

    /// The module as it is built.
    pub fn module(&self) -> PathBuf {
        self.root.path().join("module")
    }

    /// The witness's module.
    pub fn witness(&self) -> PathBuf {
        self.root.path().join("witness")
    }

    /// What stands in for sources of the module in a perturbed build.
    pub fn perturbed(&self) -> PathBuf {
        self.root.path().join("perturbed")
    }

    /// The module's Go files that are no tests.
    pub fn sources(&self) -> &FileSet {
        &self.sources
    }

    /// The module's path, as its `go.mod` declares it.
    pub fn module_path(&self) -> &str {
        &self.module_path
    }

    /// Whether any of its files may import `net/http`, whose defaults the witness then watches. It doesn't otherwise, since
    /// that would double the time that linking takes.
    pub fn speaks_http(&self) -> bool {
        self.speaks_http
    }

    /// Whether any of its files may import `weak`. What only a weak pointer leads to looks like garbage to the leak profile,
    /// so there is no proof then that nobody could come by it.
    pub fn points_weakly(&self) -> bool {
        self.points_weakly
    }

    /// Whether any of its files may have a timer or the garbage collector call a function.
    pub fn leaves_callbacks(&self) -> bool {
        self.leaves_callbacks
    }

    /// Where what is built goes.
    pub fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }

    /// `HOME` and `TMPDIR` of the tools.
    pub fn scratch(&self) -> PathBuf {
        self.root.path().join("scratch")
    }

    /// A fresh `HOME` and `TMPDIR` for one run, removed when it is dropped.
    ///
    /// # Errors
    ///
    /// If it can't be made.
    pub fn scratch_for_a_run(&self) -> Result<RunFolder, WorkspaceError> {
        let folder = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(self.scratch())?;
        Ok(RunFolder(folder))
    }

    /// A folder for one run of a program that starts with files of its own: what lies in the package's stage, and those. The run
    /// can't write there where there are walls.
    ///
    /// # Errors
    ///
    /// If it can't be filled.
    pub fn stage_for_a_run(
        &self,
        stage: &Path,
        files: &FileSet,
    ) -> Result<RunFolder, WorkspaceError> {
        let folder = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(self.root.path().join("stage"))?;
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        let data = stage.join("testdata");
        if data.is_dir() {
            copy_tree(&data, &folder.path().join("testdata"))?;
        }
        for (path, file) in files {
            let mut target = folder.path().to_owned();
            for part in path.split('/') {
                if target != folder.path() && !target.is_dir() {
                    create_open_folder(&target)?;
                }
                target.push(part);
            }
            std::fs::write(&target, &file.bytes)?;
            std::fs::set_permissions(&target, Permissions::from_mode(0o644))?;
        }
        Ok(RunFolder(folder))
    }

    /// Whether the folders that runs need are there and open, as they were made. What runs have done to them otherwise is
    /// not our fault.
    pub fn is_intact(&self, stage: &Path) -> bool {
        let is_open = |folder: &Path| {
            folder
                .symlink_metadata()
                .is_ok_and(|data| data.is_dir() && data.permissions().mode() & 0o700 == 0o700)
        };
        is_open(self.root.path()) && is_open(&self.scratch()) && is_open(stage)
    }

    /// The folder in which runs of a package start: it holds the package's `testdata` and nothing else.
    ///
    /// # Errors
    ///
    /// If it can't be filled.
    pub fn stage(&self, package: &str) -> Result<PathBuf, WorkspaceError> {
        let stage = self.root.path().join("stage").join(flat_name(package));
        if !stage.is_dir() {
            create_open_folder(&stage)?;
            let data = self.module().join(package).join("testdata");
            if data.is_dir() {
                copy_tree(&data, &stage.join("testdata"))?;
            }
        }
        Ok(stage)
    }
}

/// A folder for one run, removed when it is dropped.
#[derive(Debug)]
pub struct RunFolder(TempDir);

impl RunFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for RunFolder {
    /// The run may have made it hard to remove.
    fn drop(&mut self) {
        let _ = sandbox::remove_tree(self.0.path());
    }
}

impl Drop for Workspace {
    /// A run may have made it hard to remove.
    fn drop(&mut self) {
        let _ = sandbox::remove_tree(self.root.path());
    }
}

/// `./internal/service` as one component of a path, another for each package.
pub(super) fn flat_name(package: &str) -> String {
    let folder = package.trim_start_matches("./");
    if folder == "." || folder.is_empty() {
        return "-".to_owned();
    }
    folder.replace('-', "-d").replace('/', "-s")
}

fn with_witness(go_mod: &[u8]) -> Vec<u8> {
    let mut text = go_mod.to_vec();
    let module = witness::MODULE;
    text.extend_from_slice(
        format!("\nrequire {module} v0.0.0\n\nreplace {module} => ../witness\n").as_bytes(),
    );
    text
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn create_open_folder(folder: &Path) -> io::Result<()> {
    std::fs::create_dir(folder)?;
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))
}

/// Copies files so that everybody can read them.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    create_open_folder(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
            std::fs::set_permissions(target, Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_package_has_a_name_of_its_own() {
        let packages = [
            ".", "./root", "./a/b", "./a-b", "./a--b", "./a/-b", "./a-/b", "./a", "./a/b/c",
        ];
        let names: BTreeSet<String> = packages.iter().map(|package| flat_name(package)).collect();
        assert_eq!(names.len(), packages.len(), "{names:?}");
    }
}
