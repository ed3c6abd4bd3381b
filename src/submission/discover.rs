//! Finds the submissions that the arguments of a command line mean: one each, or folders full of them.

use std::collections::BTreeMap;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use super::archive::is_archive_name;
use super::intake::is_invisible;
use super::which::GRADER_SETTINGS;

/// How deep in a batch submissions may lie.
const MAX_BATCH_DEPTH: usize = 4;

/// Something that was handed in, not yet looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed {
    /// What it is called: its path relative to the argument, `/`-separated, or the argument's own name. Unique.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// The folder of submissions that it was found in; absent where it was itself the argument.
    pub batch: Option<PathBuf>,
}

/// Arguments that mean no submissions.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say what the fields hold")]
pub enum DiscoverError {
    /// Nothing is there.
    #[error("there is nothing at {}; pass a folder, an archive, or a .go or .txt file", .path.display())]
    Missing { path: PathBuf },
    /// The operating system refuses.
    #[error("{} can't be read: {source}", .path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// A file that is neither Go nor an archive.
    #[error("{} is no submission: pass a folder, a .zip, a .tar.gz, or a single .go or .txt file", .path.display())]
    UnknownType { path: PathBuf },
    /// A folder with nothing in it.
    #[error(
        "{} holds no submission: neither Go or text files of its own, nor folders or archives that could be submissions",
        .path.display()
    )]
    EmptyBatch { path: PathBuf },
}

/// The submissions that `arguments` mean, in the order of their names.
///
/// An argument is a submission itself when it is a file, or a folder that has Go's marks at its top. Any other folder
/// is a batch, whose children are looked at by the same rule. A folder of a batch in which nothing is found is a
/// submission all the same, so that nobody's work goes missing without a word.
///
/// # Errors
///
/// An argument that is missing, can't be read, or means no submission.
pub fn discover(arguments: &[PathBuf]) -> Result<Vec<Handed>, DiscoverError> {
    let mut found = Vec::new();
    for argument in arguments {
        found.extend(discover_one(argument)?);
    }
    make_names_unique(&mut found);
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn discover_one(argument: &Path) -> Result<Vec<Handed>, DiscoverError> {
    let metadata = fs::symlink_metadata(argument).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => DiscoverError::Missing {
            path: argument.to_owned(),
        },
        _ => unreadable(argument)(source),
    })?;
    if !metadata.is_dir() {
        let name = own_name(argument);
        let is_source = is_source_name(&name);
        // A link goes on to be refused as what it is.
        if !is_source && !is_archive_name(&name) && !metadata.is_symlink() {
            return Err(DiscoverError::UnknownType {
                path: argument.to_owned(),
            });
        }
    }
    if !metadata.is_dir() || is_submission(argument).map_err(unreadable(argument))? {
        return Ok(vec![Handed {
            name: own_name(argument),
            path: argument.to_owned(),
            batch: None,
        }]);
    }
    let mut paths = Vec::new();
    look_into(argument, 1, &mut paths)?;
    if paths.is_empty() && has_text(argument).map_err(unreadable(argument))? {
        return Ok(vec![Handed {
            name: own_name(argument),
            path: argument.to_owned(),
            batch: None,
        }]);
    }
    if paths.is_empty() {
        return Err(DiscoverError::EmptyBatch {
            path: argument.to_owned(),
        });
    }
    let handed = |path: PathBuf| Handed {
        name: joined(path.strip_prefix(argument).unwrap_or(&path)),
        path,
        batch: Some(argument.to_owned()),
    };
    Ok(paths.into_iter().map(handed).collect())
}

/// Whether a file can be a submission by itself: code, or the answer to a question.
pub(super) fn is_source_name(name: &str) -> bool {
    let end = Path::new(name).extension();
    end.is_some_and(|end| end == "go" || end == "txt")
}

/// Whether a folder in which no submission was found holds text: answers, under names that only their exercise knows.
fn has_text(folder: &Path) -> io::Result<bool> {
    let entries = entries(folder)?;
    Ok(entries
        .iter()
        .any(|(name, (_, file_type))| file_type.is_file() && name.ends_with(".txt")))
}

fn unreadable(path: &Path) -> impl Fn(io::Error) -> DiscoverError {
    let path = path.to_owned();
    move |source| DiscoverError::Unreadable {
        path: path.clone(),
        source,
    }
}

/// The name of a file or folder, also where the path ends in dots.
fn own_name(path: &Path) -> String {
    let name = path.file_name().map(ToOwned::to_owned).or_else(|| {
        let whole = fs::canonicalize(path).ok()?;
        whole.file_name().map(ToOwned::to_owned)
    });
    name.map_or_else(
        || "submission".to_owned(),
        |name| shown(&name.to_string_lossy()),
    )
}

fn joined(path: &Path) -> String {
    let parts: Vec<String> = path
        .iter()
        .map(|part| shown(&part.to_string_lossy()))
        .collect();
    parts.join("/")
}

/// A name that may be shown: candidates choose names too.
fn shown(name: &str) -> String {
    name.replace(is_invisible, "\u{fffd}")
}

/// The entries of a folder by name, without following links.
fn entries(folder: &Path) -> io::Result<BTreeMap<String, (PathBuf, FileType)>> {
    let mut entries = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.insert(name, (entry.path(), entry.file_type()?));
    }
    Ok(entries)
}

/// Whether a folder has at its top what the root of a Go program has, or an answer.
fn is_submission(folder: &Path) -> io::Result<bool> {
    let is_mark = |name: &str, file_type: FileType| {
        if file_type.is_dir() {
            matches!(name, "cmd" | "internal" | "pkg")
        } else {
            let is_go = Path::new(name).extension().is_some_and(|end| end == "go");
            is_go || matches!(name, "go.mod" | "gavel-task.toml" | "answer.txt")
        }
    };
    let entries = entries(folder)?;
    Ok(entries
        .iter()
        .any(|(name, (_, file_type))| is_mark(name, *file_type)))
}

/// Gathers the submissions below a folder that is none itself. `depth` is that of its children.
fn look_into(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), DiscoverError> {
    for (name, (path, file_type)) in entries(folder).map_err(unreadable(folder))? {
        if name.starts_with('.') || name == "__MACOSX" || name == GRADER_SETTINGS {
            continue;
        }
        if file_type.is_dir() {
            let before = found.len();
            // A folder that can't be read is refused when its turn comes; the others are graded.
            if depth < MAX_BATCH_DEPTH && is_submission(&path).is_ok_and(|is_one| !is_one) {
                look_into(&path, depth + 1, found)?;
            }
            if found.len() == before {
                found.push(path);
            }
        } else if file_type.is_symlink() || is_archive_name(&name) {
            found.push(path);
        }
    }
    Ok(())
}

/// Names that two arguments share get the argument in front; if that is not enough, a number behind.
fn make_names_unique(found: &mut [Handed]) {
    let shared = |found: &[Handed]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for handed in found {
            *counts.entry(handed.name.clone()).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        counts
    };
    let doubled = shared(found);
    for handed in found.iter_mut().filter(|it| doubled.contains_key(&it.name)) {
        let above = handed.batch.as_deref().or(handed.path.parent());
        if let Some(above) = above {
            handed.name = format!("{}/{}", own_name(above), handed.name);
        }
    }
    let doubled = shared(found);
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for handed in found.iter_mut().filter(|it| doubled.contains_key(&it.name)) {
        let count = seen.entry(handed.name.clone()).or_default();
        *count += 1;
        if *count > 1 {
            handed.name = format!("{} ({count})", handed.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// Makes files; those whose names end in `/` are folders.
    fn desk(files: &[&str]) -> TempDir {
        let desk = TempDir::new().expect("a temporary directory");
        for file in files {
            let path = desk.path().join(file);
            if file.ends_with('/') {
                fs::create_dir_all(path).expect("a folder");
            } else {
                fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
                fs::write(path, "").expect("a file");
            }
        }
        desk
    }

    fn names(desk: &TempDir, arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<PathBuf> = arguments.iter().map(|it| desk.path().join(it)).collect();
        let found = discover(&arguments).expect("there is something");
        found.into_iter().map(|handed| handed.name).collect()
    }

    #[test]
    fn a_folder_with_go_at_its_top_is_a_submission() {
        let desk = desk(&[
            "a/x.go",
            "b/go.mod",
            "c/gavel-task.toml",
            "d/cmd/",
            "e/internal/",
            "f/pkg/",
            "g.zip",
            "h.tar.gz",
            "i.go",
            "j/answer.txt",
            "k.txt",
            "l/first.txt",
        ]);
        for name in [
            "a", "b", "c", "d", "e", "f", "g.zip", "h.tar.gz", "i.go", "j", "k.txt", "l",
        ] {
            assert_eq!(names(&desk, &[name]), [name]);
        }
        assert_eq!(names(&desk, &["a/."]), ["a"]);
    }

    #[test]
    fn another_folder_is_a_batch() {
        let desk = desk(&[
            "batch/gavel.toml",
            "batch/grades.csv",
            "batch/.hidden/x.go",
            "batch/worker-pool/alice/pool.go",
            "batch/worker-pool/bob.zip",
            "batch/worker-pool/carol/src/pool.go",
            "batch/worker-pool/dave/notes.txt",
            "batch/rate-limiter/erin/",
            "batch/1/2/3/4/5/6/deep.go",
        ]);
        assert_eq!(
            names(&desk, &["batch"]),
            [
                "1/2/3/4",
                "rate-limiter/erin",
                "worker-pool/alice",
                "worker-pool/bob.zip",
                "worker-pool/carol/src",
                "worker-pool/dave",
            ]
        );
    }

    #[test]
    fn names_are_unique() {
        let desk = desk(&["one/alice/x.go", "one/bob/x.go", "two/alice/x.go"]);
        assert_eq!(
            names(&desk, &["one", "two"]),
            ["bob", "one/alice", "two/alice"]
        );
        assert_eq!(
            names(&desk, &["one/alice", "two/alice"]),
            ["one/alice", "two/alice"]
        );
        assert_eq!(
            names(&desk, &["one/alice", "one/alice"]),
            ["one/alice", "one/alice (2)"]
        );
    }

    #[test]
    fn links_are_handed_on_to_be_refused() {
        let desk = desk(&["batch/alice/x.go"]);
        std::os::unix::fs::symlink("/etc", desk.path().join("batch/mallory")).expect("a link");
        assert_eq!(names(&desk, &["batch"]), ["alice", "mallory"]);
        assert_eq!(names(&desk, &["batch/mallory"]), ["mallory"]);
    }

    #[test]
    fn names_can_be_shown() {
        let desk = desk(&["batch/\u{1b}[2Jalice\n/x.go"]);
        assert_eq!(names(&desk, &["batch"]), ["\u{fffd}[2Jalice\u{fffd}"]);
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        let desk = desk(&["empty/", "empty/notes.md", "notes.md"]);
        let words = |name: &str| {
            let error = discover(&[desk.path().join(name)]).expect_err("it is an error");
            error
                .to_string()
                .replace(&*desk.path().to_string_lossy(), "DESK")
        };
        insta::assert_snapshot!(words("empty"), @"DESK/empty holds no submission: neither Go or text files of its own, nor folders or archives that could be submissions");
        insta::assert_snapshot!(words("nowhere"), @"there is nothing at DESK/nowhere; pass a folder, an archive, or a .go or .txt file");
        insta::assert_snapshot!(words("notes.md"), @"DESK/notes.md is no submission: pass a folder, a .zip, a .tar.gz, or a single .go or .txt file");
    }
}
