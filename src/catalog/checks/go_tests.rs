//! Where the top-level tests and benchmarks of an exercise stand.

use std::collections::BTreeMap;

use super::Side;
use crate::catalog::go_text;
use crate::manifest::{Located, nearest};
use crate::model::FileSet;

/// Where a test stands.
struct Declaration<'f> {
    side: Side,
    /// Relative to the exercise's folder.
    path: String,
    /// The folder of its package within the module; empty for the module's root.
    folder: &'f str,
}

/// All tests and benchmarks of an exercise by name.
pub(super) struct TestIndex<'f>(BTreeMap<String, Vec<Declaration<'f>>>);

impl<'f> TestIndex<'f> {
    pub(super) fn new(starter: &'f FileSet, hidden: &'f FileSet) -> Self {
        let mut tests: BTreeMap<String, Vec<Declaration<'f>>> = BTreeMap::new();
        for (side, root, files) in [
            (Side::Visible, "starter", starter),
            (Side::Hidden, "hidden", hidden),
        ] {
            for (path, file) in files.iter().filter(|(path, _)| path.ends_with("_test.go")) {
                // A hidden file is laid over its namesake, whose tests are then no more.
                if side == Side::Visible && hidden.contains_key(path) {
                    continue;
                }
                let text = String::from_utf8_lossy(&file.bytes);
                for name in go_text::test_names(&text) {
                    tests.entry(name.to_owned()).or_default().push(Declaration {
                        side,
                        path: format!("{root}/{path}"),
                        folder: path.rsplit_once('/').map_or("", |(folder, _)| folder),
                    });
                }
            }
        }
        Self(tests)
    }

    /// The side on which all tests of a check lie, which its manifest names under `key`.
    pub(super) fn side_of(
        &self,
        package: &str,
        key: &str,
        names: &[Located<String>],
        complain: &mut impl FnMut(u32, &str, String),
    ) -> Option<Side> {
        let mut sides: Vec<(&Located<String>, Side)> = Vec::new();
        let mut all_found = true;
        for name in names {
            match self.find(package, &name.value) {
                Ok(side) => sides.push((name, side)),
                Err(message) => {
                    all_found = false;
                    complain(name.line, key, message);
                }
            }
        }
        let (first, side) = *sides.first()?;
        if let Some((other, _)) = sides.iter().find(|(_, other)| *other != side) {
            let (visible, hidden) = match side {
                Side::Visible => (first, *other),
                Side::Hidden => (*other, first),
            };
            let message = format!(
                "{} lies in starter/ and {} in hidden/, but a check is either visible or hidden; split it in two",
                visible.value, hidden.value
            );
            complain(other.line, key, message);
            return None;
        }
        all_found.then_some(side)
    }

    fn find(&self, package: &str, name: &str) -> Result<Side, String> {
        let folder = package.trim_start_matches('.').trim_start_matches('/');
        let everywhere = self.0.get(name).map_or(&[][..], Vec::as_slice);
        let here: Vec<&Declaration<'_>> = everywhere
            .iter()
            .filter(|declaration| declaration.folder == folder)
            .collect();
        match (here.as_slice(), everywhere) {
            ([only], _) => Ok(only.side),
            ([], [elsewhere, ..]) => Err(format!(
                "{name} stands in {}, which is not of package {package:?}",
                elsewhere.path
            )),
            ([], []) => {
                let near = nearest(name, self.0.keys().map(String::as_str))
                    .map_or_else(String::new, |near| format!("; did you mean {near}?"));
                Err(format!(
                    "no `func {name}(` stands in the _test.go files of starter/ and hidden/{near}"
                ))
            }
            ([first, second, ..], _) => Err(format!(
                "{name} stands in both {} and {}",
                first.path, second.path
            )),
        }
    }
}
