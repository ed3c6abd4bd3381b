//! A module proxy in a folder, and a cache of gavel's without modules.

use std::fs;
use std::io::Write;
use std::path::Path;

use tempfile::TempDir;
use walkdir::WalkDir;

use super::{Gavel, gavel, repository, text};

/// The exercise that requires modules.
pub const CATALOG: &str = "fixtures/modules/catalog";

/// A machine that has never seen the modules: a proxy that has them, and gavel's cache, with the standard library built.
pub struct Machine {
    proxy: TempDir,
    cache: TempDir,
}

impl Machine {
    pub fn new() -> Self {
        let machine = Self {
            proxy: TempDir::new().expect("a folder"),
            cache: TempDir::new().expect("a folder"),
        };
        let sources = repository().join("fixtures/modules/sources/example.test");
        for entry in fs::read_dir(&sources).expect("sources of modules") {
            let folder = entry.expect("an entry").path();
            serve(&folder, machine.proxy.path());
        }
        let users = etcetera::choose_base_strategy().expect("a home");
        let users = etcetera::BaseStrategy::cache_dir(&users).join("gavel");
        fs::create_dir_all(users.join("build")).expect("a build cache");
        let own = machine.gavels_cache();
        fs::create_dir(&own).expect("a cache");
        std::os::unix::fs::symlink(users.join("build"), own.join("build")).expect("a link");
        for entry in fs::read_dir(&users).expect("gavel's cache").flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("ready-") || name.starts_with("probe-") {
                fs::copy(entry.path(), own.join(&*name)).expect("a copy");
            }
        }
        machine
    }

    pub fn gavels_cache(&self) -> std::path::PathBuf {
        self.cache.path().join("gavel")
    }

    /// A run with these arguments that finds the modules.
    pub fn gavel(&self, arguments: &[&str]) -> Gavel {
        self.gavel_with(&self.proxy(), arguments)
    }

    /// The address of the proxy.
    pub fn proxy(&self) -> String {
        format!("file://{}", text(self.proxy.path()))
    }

    /// A run with these arguments and another proxy.
    pub fn gavel_with(&self, proxy: &str, arguments: &[&str]) -> Gavel {
        gavel(arguments)
            .environment("XDG_CACHE_HOME", self.cache.path())
            .environment("GOPROXY", proxy)
            .environment("GONOSUMDB", "example.test/*")
            .environment("GOENV", "off")
    }
}

/// Puts `…/words@v1.2.0` where the go command asks a proxy for it.
fn serve(folder: &Path, proxy: &Path) {
    let name = folder.file_name().expect("a name").to_string_lossy();
    let (module, version) = name.split_once('@').expect("a module and its version");
    let target = proxy.join("example.test").join(module).join("@v");
    fs::create_dir_all(&target).expect("a folder");
    fs::write(target.join("list"), format!("{version}\n")).expect("a file");
    let about = format!("{{\"Version\":\"{version}\"}}");
    fs::write(target.join(format!("{version}.info")), about).expect("a file");
    let go_mod = target.join(format!("{version}.mod"));
    fs::copy(folder.join("go.mod"), go_mod).expect("a copy");
    let archive = target.join(format!("{version}.zip"));
    let mut archive = zip::ZipWriter::new(fs::File::create(archive).expect("a file"));
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.expect("an entry");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(folder).expect("a file of it");
            let path = format!("example.test/{name}/{}", path.display());
            archive
                .start_file(path, zip::write::SimpleFileOptions::default())
                .expect("an entry");
            let bytes = fs::read(entry.path()).expect("a file");
            archive.write_all(&bytes).expect("an entry");
        }
    }
    archive.finish().expect("an archive");
}
