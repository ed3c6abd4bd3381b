//! The generated `TestMain`: hands the test binary's life to the witness.

use std::collections::BTreeMap;

use super::witness;
use crate::gosource;
use crate::model::{FileSet, ProjectFile};

/// The file that is added to each package under test.
const FILE: &str = "gavel_main_test.go";
/// The name that an author's own `TestMain` gets: the witness calls it in turn.
const AUTHORS: &str = "gavelAuthorsTestMain";

/// Adds a `TestMain` to each of the packages and tells, by package, the symbol under which the binary knows it.
///
/// An author's own `TestMain` is renamed and wrapped. Files are the starter's and the hidden ones as much as the
/// candidate's; only `_test.go` files are looked at, and of those a candidate has none in the kinds that use this.
///
/// # Errors
///
/// If an author's package can't be told; that is the exercise's fault, never the candidate's.
pub fn add_test_mains(
    files: &mut FileSet,
    module: &str,
    packages: &[&str],
) -> Result<BTreeMap<String, String>, String> {
    packages
        .iter()
        .map(|package| {
            Ok((
                (*package).to_owned(),
                add_test_main(files, module, package)?,
            ))
        })
        .collect()
}

fn add_test_main(files: &mut FileSet, module: &str, package: &str) -> Result<String, String> {
    let folder = package.trim_start_matches("./").trim_matches('/');
    let folder = if folder == "." { "" } else { folder };
    let in_folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder) == folder;
    let mut name = None;
    let mut authors = None;
    for (path, file) in files
        .iter()
        .filter(|(path, _)| in_folder(path) && path.ends_with("_test.go"))
    {
        let source =
            gosource::parse(path, &file.bytes).map_err(|fault| format!("{path}: {fault}"))?;
        let is_external = source.package.ends_with("_test");
        name.get_or_insert(source.package.trim_end_matches("_test").to_owned());
        if let Some(range) = source.test_main() {
            authors = Some((path.clone(), range, is_external));
        }
    }
    // A candidate who is to write tests may have written none: then there is nothing to run, and that is to be seen.
    let name = name
        .or_else(|| {
            let path = files
                .keys()
                .find(|path| in_folder(path) && path.ends_with(".go"))?;
            Some(gosource::parse(path, &files[path].bytes).ok()?.package)
        })
        .ok_or_else(|| format!("package {package} has no files"))?;
    let is_external = authors
        .as_ref()
        .is_none_or(|(_, _, is_external)| *is_external);
    let wrapped = if authors.is_some() { AUTHORS } else { "nil" };
    if let Some((path, range, _)) = authors
        && let Some(file) = files.get_mut(&path)
    {
        file.bytes.splice(range, AUTHORS.bytes());
    }
    let suffix = if is_external { "_test" } else { "" };
    let witness = witness::MODULE;
    let source = format!(
        "package {name}{suffix}\n\nimport (\n\t\"testing\"\n\n\t\"{witness}\"\n)\n\nfunc TestMain(m *testing.M) {{ witness.Main(m, {wrapped}) }}\n"
    );
    let path = if folder.is_empty() {
        FILE.to_owned()
    } else {
        format!("{folder}/{FILE}")
    };
    files.insert(path, ProjectFile::new(source));
    let import_path = if folder.is_empty() {
        module.to_owned()
    } else {
        format!("{module}/{folder}")
    };
    Ok(format!("{import_path}{suffix}.TestMain"))
}
