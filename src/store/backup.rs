//! Keeps what the user edited or added among a stage's outputs when newer outputs replace them.
//!
//! A file is the program's own only if that can be shown: its stamp is that with which it was published, or
//! its content is that of an output of this path. Times alone show nothing, since clocks are moved. Everything
//! else (other files, links, folders of other names) is moved to a backup folder, whatever happened to the
//! store meanwhile.

use super::record::Record;
use super::{Entry, EntryKind, FileIndex, Result, Store};
use crate::fingerprint::Digest;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What is known to be the program's own among the outputs of a stage.
pub(super) struct KnownFiles<'a> {
    /// The files as they were published.
    pub(super) shown: FileIndex,
    digests: HashMap<&'a Path, Vec<Digest>>,
    folders: HashSet<PathBuf>,
}

impl<'a> KnownFiles<'a> {
    /// Returns what `shown` and the outputs of these records say.
    pub(super) fn new(shown: FileIndex, records: impl Iterator<Item = &'a Record>) -> Self {
        let mut digests: HashMap<&Path, Vec<Digest>> = HashMap::new();
        let mut folders = HashSet::new();
        for file in records.flat_map(|record| &record.outputs) {
            let path = Path::new(&file.path);
            match file.is_folder() {
                true => drop(folders.insert(path.to_path_buf())),
                false => digests.entry(path).or_default().push(file.digest),
            }
        }
        let shown_paths = shown.paths();
        let paths = digests.keys().copied().chain(shown_paths.iter().map(PathBuf::as_path));
        let above: HashSet<PathBuf> =
            paths.flat_map(|path| path.ancestors().skip(1)).map(Path::to_path_buf).collect();
        let above_folders: Vec<PathBuf> =
            folders.iter().flat_map(|path| path.ancestors()).map(Path::to_path_buf).collect();
        folders.extend(above.into_iter().chain(above_folders));
        Self { shown, digests, folders }
    }
}

/// Moves the user's files out of a folder of old outputs, into a backup folder that exists once it is needed.
pub(super) struct Backup<'a> {
    store: &'a Store,
    pipeline: &'a str,
    /// Name of the stage's folder.
    folder: &'a str,
    known: &'a KnownFiles<'a>,
    /// The backup folder, once something is in it.
    pub(super) path: Option<PathBuf>,
}

impl<'a> Backup<'a> {
    pub(super) fn new(
        store: &'a Store,
        (pipeline, folder): (&'a str, &'a str),
        known: &'a KnownFiles<'a>,
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
        let known = self.known;
        if known.shown.get(inside, &entry.stat.stamp).is_some() {
            return true;
        }
        let Some(digests) = known.digests.get(inside) else { return false };
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
            // What an interrupted publication left may have this file too.
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
