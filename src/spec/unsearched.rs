//! Folders that patterns do not search.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, DirEntryExt};

/// Folders that patterns do not search, by any path or link: a stage whose inputs include its
/// own outputs is never fresh.
#[derive(Debug, Clone, Default)]
pub struct Unsearched(Vec<Folder>);

#[derive(Debug, Clone)]
struct Folder {
    /// Without links.
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Unsearched {
    /// The folders among these that exist.
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let folder = |path: PathBuf| {
            let path = fs_err::canonicalize(path).ok()?;
            let data = fs_err::metadata(&path).ok()?;
            Some(Folder { path, device: data.dev(), inode: data.ino() })
        };
        Self(folders.into_iter().filter_map(folder).collect())
    }

    /// Returns whether a path is one of the folders, or below one.
    pub fn is_around(&self, path: &Path) -> bool {
        !self.0.is_empty() && fs_err::canonicalize(path).is_ok_and(|path| self.has_above(&path))
    }

    fn has_above(&self, path: &Path) -> bool {
        self.0.iter().any(|folder| path.starts_with(&folder.path))
    }

    /// Returns whether an entry of a walk is one of the folders, or a link into one.
    pub(super) fn contains(&self, entry: &DirEntry) -> bool {
        if self.0.is_empty() || !entry.file_type().is_dir() {
            return false;
        }
        if entry.path_is_symlink() {
            return self.is_around(entry.path());
        }
        let is_same = |folder: &Folder| {
            let device = || entry.metadata().is_ok_and(|data| data.dev() == folder.device);
            folder.inode == entry.ino() && device()
        };
        self.0.iter().any(is_same)
    }
}
