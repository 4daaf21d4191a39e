//! Metadata of paths.

use super::entry::{EntryKind, FileStat};
use super::errors::error_at;
use super::{Files, STORE};
use rustix::fs::{AtFlags, fstat, statat};
use std::io;
use std::path::{Path, PathBuf};

impl Files {
    /// Returns the metadata of a path; that of a link itself.
    ///
    /// # Errors
    /// Returns an error if the path does not exist or a link is on the way.
    pub fn stat(&self, path: &Path) -> io::Result<FileStat> {
        if path == self.root || self.is_linked(path) {
            let folder = self.folder(path)?;
            return fstat(&folder)
                .map(|stat| FileStat::from(&stat))
                .map_err(|errno| error_at(path, errno));
        }
        let (folder, name) = self.parent(path)?;
        let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW);
        stat.map(|stat| FileStat::from(&stat)).map_err(|errno| error_at(path, errno))
    }

    /// Returns the metadata of each path; `None` where [`Files::stat`] has an error. Paths of one folder that follow
    /// each other open it once.
    pub(in crate::store) fn stat_each(
        &self,
        paths: impl Iterator<Item = PathBuf>,
    ) -> impl Iterator<Item = Option<FileStat>> {
        let mut last = None;
        paths.map(move |path| {
            let folder = path.parent()?;
            let opened = match last.take().filter(|(known, _)| known == folder) {
                Some((_, opened)) => opened,
                None => self.folder(folder).ok(),
            };
            let (_, opened) = last.insert((folder.to_path_buf(), opened));
            let stat = statat(opened.as_ref()?, path.file_name()?, AtFlags::SYMLINK_NOFOLLOW);
            Some(FileStat::from(&stat.ok()?))
        })
    }

    /// Returns whether the path is that of a store that is a link to another disk.
    pub(in crate::store) fn is_linked(&self, path: &Path) -> bool {
        self.linked_store.is_some() && path.parent() == Some(&self.root) && path.ends_with(STORE)
    }

    /// Returns whether the path is a plain file.
    pub fn is_file(&self, path: &Path) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == EntryKind::File)
    }

    /// Returns whether the path is a folder, and no link to one.
    pub fn is_folder(&self, path: &Path) -> bool {
        self.stat(path).is_ok_and(|stat| stat.kind == EntryKind::Folder)
    }

    /// Returns whether anything has this path.
    pub fn exists(&self, path: &Path) -> bool {
        self.stat(path).is_ok()
    }
}
