//! The witness: gavel's own Go module that reports, under a seal, how tests ended. Its source is `witness/` beside this
//! file; [`crate::gotest::records`] reads what it writes.

use std::path::Path;

use rust_embed::RustEmbed;

/// Its module path. The digit sorts before every exercise's module path, so its packages are initialised first.
pub(super) const MODULE: &str = "0gavel.invalid/witness";

#[derive(RustEmbed)]
#[folder = "src/golang/witness"]
struct Source;

/// Writes the module's files below `directory`.
///
/// # Errors
///
/// If they can't be written.
pub(super) fn write_to(directory: &Path) -> std::io::Result<()> {
    for path in Source::iter() {
        let Some(file) = Source::get(&path) else {
            continue;
        };
        let target = directory.join(path.as_ref());
        if let Some(parent) = target.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(target, file.data)?;
    }
    Ok(())
}
