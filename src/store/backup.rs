//! Keeps files that the user edited or added among a stage's outputs when newer outputs replace these.
//!
//! A file is the program's own only if that can be shown: its stamp is that with which it was published, or
//! its content is that of an output of this path. Times alone show nothing, since clocks are moved. Everything
//! else (other files, links, folders of other names) is moved to a backup folder, whatever happened to the
//! store meanwhile.

use super::record::Record;
use super::{Entry, EntryKind, FileIndex, Result, Stamp, Store};
use crate::fingerprint::Digest;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Files and folders among the outputs of a stage that are known to be the program's own.
#[derive(Default)]
pub(super) struct KnownFiles {
    /// The files as they were published, or were about to be.
    indexes: Vec<FileIndex>,
    digests: HashMap<PathBuf, Vec<Digest>>,
    folders: HashSet<PathBuf>,
}

impl KnownFiles {
    /// Returns the files in the index of published files and the outputs of these records.
    pub(super) fn new<'a>(shown: FileIndex, records: impl Iterator<Item = &'a Record>) -> Self {
        let mut known = Self::default();
        known.add_index(shown);
        for file in records.flat_map(|record| &record.outputs) {
            let path = PathBuf::from(&file.path);
            known.add_folders(&path);
            match file.is_folder() {
                true => drop(known.folders.insert(path)),
                false => known.digests.entry(path).or_default().push(file.digest),
            }
        }
        known
    }

    /// Adds an index of files that were published, or were about to be.
    pub(super) fn add_index(&mut self, index: FileIndex) {
        for (path, digest) in index.digests() {
            self.add_folders(&path);
            self.digests.entry(path).or_default().push(digest);
        }
        self.indexes.push(index);
    }

    fn add_folders(&mut self, path: &Path) {
        for folder in path.ancestors().skip(1) {
            if !self.folders.insert(folder.to_path_buf()) {
                break;
            }
        }
    }

    /// Returns the digest of a file that is as it was published.
    pub(super) fn unmodified(&self, inside: &Path, stamp: &Stamp) -> Option<Digest> {
        self.indexes.iter().find_map(|index| index.get(inside, stamp))
    }
}

/// Moves the user's files out of a folder of old outputs, into a backup folder that exists once it is needed.
pub(super) struct Backup<'a> {
    store: &'a Store,
    pipeline: &'a str,
    /// Name of the stage's folder.
    folder: &'a str,
    pub(super) known: KnownFiles,
    /// The backup folder, once something is in it.
    pub(super) path: Option<PathBuf>,
}

impl<'a> Backup<'a> {
    pub(super) fn new(
        store: &'a Store,
        (pipeline, folder): (&'a str, &'a str),
        known: KnownFiles,
    ) -> Self {
        Self { store, pipeline, folder, known, path: None }
    }

    /// Removes old outputs, after moving everything that is not the program's own to the backup folder.
    ///
    /// # Errors
    /// Returns an error if something cannot be moved or removed; then the rest stays.
    pub(super) fn retire(&mut self, old: &Path) -> Result<()> {
        match self.store.files.stat(old) {
            Err(_) => return Ok(()),
            Ok(stat) if stat.kind == EntryKind::Folder => self.keep(old, Path::new(""))?,
            // A link or a file in place of the folder.
            Ok(_) => self.move_to_backup(old, Path::new(self.folder))?,
        }
        match self.store.files.exists(old) {
            true => Ok(self.store.files.remove_all(old)?),
            false => Ok(()),
        }
    }

    fn keep(&mut self, folder: &Path, inside: &Path) -> Result<()> {
        self.store.files.unlock(folder)?;
        for entry in self.store.files.list(folder)? {
            let inside = inside.join(entry.path.file_name().unwrap_or_default());
            match entry.stat.kind {
                EntryKind::Folder if self.known.folders.contains(&inside) => {
                    self.keep(&entry.path, &inside)?;
                }
                EntryKind::File if self.is_own(&entry, &inside) => {}
                _ => self.move_to_backup(&entry.path, &inside)?,
            }
        }
        Ok(())
    }

    fn is_own(&self, entry: &Entry, inside: &Path) -> bool {
        if self.known.unmodified(inside, &entry.stat.stamp).is_some() {
            return true;
        }
        let Some(digests) = self.known.digests.get(inside) else { return false };
        self.store.files.digest(&entry.path).is_ok_and(|(digest, _)| digests.contains(&digest))
    }

    fn move_to_backup(&mut self, path: &Path, inside: &Path) -> Result<()> {
        let files = &self.store.files;
        if files.is_folder(path) {
            // To move a folder elsewhere, its owner must be allowed to write it.
            files.unlock(path)?;
        }
        loop {
            let backup = match self.path.take() {
                Some(backup) => backup,
                None => self.unused_folder(),
            };
            let target = self.path.insert(backup).join(inside);
            files.create_all(target.parent().unwrap_or(&self.store.layout.root))?;
            if files.rename_new(path, &target)? {
                return Ok(());
            }
            // The remains of an interrupted publication may have this file too.
            self.path = None;
        }
    }

    fn unused_folder(&self) -> PathBuf {
        let folder = |number| self.store.layout.backup_dir(self.pipeline, self.folder, number);
        let mut number = 1;
        while self.store.files.exists(&folder(number)) {
            number += 1;
        }
        folder(number)
    }
}
