//! Folders in which strangers' programs have written: how full they are, and how they are removed.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::libc;

/// What a folder holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    /// Bytes on the disk.
    pub bytes: u64,
    /// Files and folders.
    pub files: u64,
}

/// Adds up what a folder holds, until that is more than `most`. Links aren't followed.
pub(super) fn holding(folder: &Path, most: Holding) -> Holding {
    let mut sum = Holding::default();
    for entry in walkdir::WalkDir::new(folder)
        .min_depth(1)
        .into_iter()
        .flatten()
    {
        sum.files += 1;
        if let Ok(data) = entry.metadata() {
            sum.bytes += data.blocks() * 512;
        }
        if sum.files > most.files || sum.bytes > most.bytes {
            break;
        }
    }
    sum
}

/// Removes a folder with everything in it, however deep, and however closed its folders were made against that. Whatever
/// happens in it meanwhile, nothing outside is touched: each folder is opened once, links aren't followed, and all goes on from
/// there.
///
/// # Errors
///
/// The last thing that couldn't be removed; a folder that isn't there is no error.
pub fn remove_tree(folder: &Path) -> io::Result<()> {
    let top = match open_folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let top_folder = top;
    let top = inside(&top_folder);
    let mut last = Ok(());
    // What is deep is brought up: a folder that isn't empty is moved to the top and emptied there, so that no path grows.
    let mut open: Vec<Option<PathBuf>> = vec![None];
    let mut moved = 0_u64;
    // A name that nobody could have taken.
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let prefix = format!(
        ".removing-{}-{}-",
        std::process::id(),
        clock.map_or(0, |time| time.as_nanos())
    );
    while let Some(next) = open.pop() {
        let opened = match &next {
            None => top_folder.try_clone(),
            Some(next) => open_folder(next),
        };
        let emptied = opened.and_then(|opened| {
            let base = inside(&opened);
            for entry in fs::read_dir(&base)?.flatten() {
                let path = base.join(entry.file_name());
                if next.is_none() && entry.file_name().to_string_lossy().starts_with(&prefix) {
                    // Already at the top, and in the list.
                    continue;
                }
                let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let removed = if is_folder {
                    fs::remove_dir(&path).or_else(|_| {
                        moved += 1;
                        let target = top.join(format!("{prefix}{moved}"));
                        // A closed one can't be moved.
                        let _ = open_folder(&path);
                        fs::rename(&path, &target).map(|()| open.push(Some(target)))
                    })
                } else {
                    fs::remove_file(&path)
                };
                if let Err(error) = removed
                    && error.kind() != io::ErrorKind::NotFound
                {
                    last = Err(error);
                }
            }
            Ok(())
        });
        let gone = emptied.and_then(|()| next.as_ref().map_or(Ok(()), fs::remove_dir));
        if let Err(error) = gone
            && error.kind() != io::ErrorKind::NotFound
        {
            last = Err(error);
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => last.and(Err(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Opens a folder, and not what a link in its place names, after seeing to it that it can be read and written.
fn open_folder(path: &Path) -> io::Result<File> {
    let flags = libc::O_NOFOLLOW | libc::O_DIRECTORY | libc::O_CLOEXEC;
    let found = OpenOptions::new()
        .read(true)
        .custom_flags(flags | libc::O_PATH)
        .open(path)?;
    if found.metadata()?.permissions().mode() & 0o700 != 0o700 {
        let _ = fs::set_permissions(inside(&found), Permissions::from_mode(0o700));
    }
    OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_DIRECTORY | libc::O_CLOEXEC)
        .open(inside(&found))
}

/// The path of an opened folder, which stays the same folder whatever its name comes to mean.
fn inside(folder: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::fcntl::AT_FDCWD;
    use nix::sys::stat::{Mode, mkdirat};
    use nix::unistd::chdir;
    use tempfile::TempDir;

    #[test]
    fn a_tree_that_is_deeper_than_a_path_may_be_long_is_removed() {
        let root = TempDir::new().expect("a folder");
        let tree = root.path().join("tree");
        fs::create_dir(&tree).expect("a folder");
        // In a thread with a directory of its own, which the others don't share.
        let start = tree.clone();
        std::thread::spawn(move || {
            nix::sched::unshare(nix::sched::CloneFlags::CLONE_FS).expect("a directory of its own");
            chdir(&start).expect("enter");
            for _ in 0..3000 {
                mkdirat(AT_FDCWD, "deeper", Mode::from_bits_truncate(0o755)).expect("mkdir");
                fs::write("file", "x").expect("a file");
                chdir("deeper").expect("enter");
            }
        })
        .join()
        .expect("the tree");
        remove_tree(&tree).expect("removed");
        assert!(!tree.exists());
    }

    #[test]
    fn closed_folders_links_and_odd_names_are_removed_and_nothing_behind_a_link() {
        let root = TempDir::new().expect("a folder");
        let kept = root.path().join("kept");
        fs::write(&kept, "kept").expect("a file");
        let tree = root.path().join("tree");
        fs::create_dir_all(tree.join("a/b/c")).expect("folders");
        fs::write(tree.join("a/b/c/odd\n\u{1b}[31mname"), "x").expect("a file");
        std::os::unix::fs::symlink(root.path(), tree.join("a/out")).expect("a link");
        std::os::unix::fs::symlink(&kept, tree.join("kept")).expect("a link");
        fs::set_permissions(tree.join("a/b"), Permissions::from_mode(0o000)).expect("closed");
        assert_eq!(
            remove_tree(&tree).map_err(|error| error.to_string()),
            Ok(())
        );
        assert!(!tree.exists());
        assert_eq!(fs::read_to_string(&kept).expect("it is there"), "kept");
    }

    #[test]
    fn counting_stops_when_it_is_too_much() {
        let root = TempDir::new().expect("a folder");
        for number in 0..50 {
            fs::write(root.path().join(number.to_string()), "x").expect("a file");
        }
        let most = Holding {
            bytes: u64::MAX,
            files: 10,
        };
        assert_eq!(holding(root.path(), most).files, 11);
    }
}
