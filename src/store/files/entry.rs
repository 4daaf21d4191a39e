//! Metadata of an entry of a folder.

use super::super::file_index::Stamp;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Stat, fstat, statat};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::path::PathBuf;

/// What an entry is; a link is never followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// Metadata of an entry.
#[derive(Debug, Clone, Copy)]
pub struct FileStat {
    /// What it is.
    pub kind: EntryKind,
    /// Number of hard links.
    pub names: u64,
    /// Device and inode.
    pub identity: (u64, u64),
    /// Permissions.
    pub mode: u32,
    /// Size, times and inode.
    pub stamp: Stamp,
}

impl FileStat {
    /// Returns the metadata of an open file.
    pub(in crate::store) fn of(file: &File) -> io::Result<Self> {
        Ok(Self::from(&fstat(file)?))
    }

    /// Returns the size in bytes.
    pub fn bytes(&self) -> u64 {
        self.stamp.size
    }

    /// Returns whether its owner may execute it.
    pub fn is_executable(&self) -> bool {
        self.mode & 0o100 != 0
    }
}

#[allow(clippy::unnecessary_cast, reason = "the types of these fields differ between machines")]
impl From<&Stat> for FileStat {
    fn from(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => EntryKind::File,
            FileType::Directory => EntryKind::Folder,
            FileType::Symlink => EntryKind::Link,
            _ => EntryKind::Special,
        };
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        let modified = (stat.st_mtime as i64, stat.st_mtime_nsec as i64);
        let changed = (stat.st_ctime as i64, stat.st_ctime_nsec as i64);
        Self {
            kind,
            names: stat.st_nlink as u64,
            identity: (stat.st_dev as u64, stat.st_ino as u64),
            mode: stat.st_mode as u32 & 0o7777,
            stamp: Stamp::new(size, modified, changed, stat.st_ino as u64),
        }
    }
}

/// An entry of a folder.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its path.
    pub path: PathBuf,
    /// Its metadata.
    pub stat: FileStat,
}

impl Entry {
    /// Returns whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.stat.kind == EntryKind::Folder
    }

    /// Returns whether it is a plain file.
    pub fn is_plain(&self) -> bool {
        self.stat.kind == EntryKind::File
    }

    /// Returns whether its name begins so.
    pub fn starts_with(&self, prefix: &str) -> bool {
        self.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix))
    }
}

/// Returns what an entry of a folder is.
pub(super) fn kind_at(folder: &OwnedFd, name: &OsStr) -> Option<EntryKind> {
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(FileStat::from(&stat).kind)
}
