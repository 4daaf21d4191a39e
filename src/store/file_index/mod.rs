//! The file index: the digest of each file with its size, times and inode, so that an unchanged corpus costs
//! one `stat` per file.
//!
//! On disk: a line with the digest of everything that follows, then one line per file, sorted by the bytes
//! of the path: digest, size, two times, inode, path, separated by tabs. In memory the text stays as it was
//! read and updates are kept beside it; saving copies unchanged lines.
//!
//! # Racy files
//! A file changed within one clock tick keeps its stamp, so an entry made in that tick would hide the change
//! (git calls such an entry "racy"). A digest is kept only if the file's last change clearly precedes the
//! *opening of this index*, which precedes the reading of the file.

mod stamp;
mod text;

pub use stamp::Stamp;

use super::damage::{Damage, StorePart};
use super::files::is_not_plain;
use super::seal::DigestMismatch;
use super::{Result, Store};
use crate::fingerprint::Digest;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use text::Entry;

/// Digests by path.
#[derive(Debug, Default)]
pub struct FileIndex {
    text: Vec<u8>,
    /// Sorted by path.
    entries: Vec<Entry>,
    /// Updates since the text was read; `None` invalidates an entry.
    updates: BTreeMap<Vec<u8>, Option<(Stamp, Digest)>>,
    /// Time at which the index was opened; an index that never was keeps no digests.
    opened: i128,
    damage: Option<DigestMismatch>,
}

impl FileIndex {
    /// Returns the digest of a file if it was computed for this very stamp.
    pub fn get(&self, path: &Path, stamp: &Stamp) -> Option<Digest> {
        let bytes = path.as_os_str().as_bytes();
        let known = match self.updates.get(bytes) {
            Some(update) => *update,
            None => self.find(bytes).map(|entry| (entry.stamp, entry.digest)),
        };
        known.filter(|(known, _)| known == stamp).map(|(_, digest)| digest)
    }

    fn find(&self, path: &[u8]) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| self.text[entry.path.clone()].cmp(path));
        at.ok().and_then(|at| self.entries.get(at))
    }

    /// Inserts a digest. `stamp` was equal before and after the file was read. If the file changed just now,
    /// only invalidates its entry.
    pub fn insert(&mut self, path: PathBuf, stamp: Stamp, digest: Digest) {
        let bytes = path.into_os_string().into_encoded_bytes();
        // A path with a line break is not indexed.
        if stamp.is_settled(self.opened) && !bytes.contains(&b'\n') {
            self.updates.insert(bytes, Some((stamp, digest)));
        } else if self.updates.contains_key(&bytes) || self.find(&bytes).is_some() {
            self.updates.insert(bytes, None);
        }
    }

    /// Returns whether the file was damaged; then the index is empty.
    pub fn is_damaged(&self) -> bool {
        self.damage.is_some()
    }

    /// Returns the digests in the index as it was read, by path.
    pub(super) fn digests(&self) -> impl Iterator<Item = (PathBuf, Digest)> + '_ {
        let path = |entry: &Entry| OsStr::from_bytes(&self.text[entry.path.clone()]);
        self.entries.iter().map(move |entry| (path(entry).into(), entry.digest))
    }

    /// Returns the number of files in the index.
    pub fn files(&self) -> usize {
        self.lines().len()
    }

    /// Returns the text of the index, reduced to the paths for which `keep` returns true.
    pub(super) fn render(&self, keep: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let lines = self.lines().into_iter().filter(|(path, _)| keep(path));
        text::format(lines.map(|(_, line)| line))
    }

    /// Returns the current line of each path.
    fn lines(&self) -> BTreeMap<&[u8], Cow<'_, [u8]>> {
        let slice = |range: &std::ops::Range<usize>| &self.text[range.clone()];
        let entries = self.entries.iter();
        let mut lines: BTreeMap<_, _> =
            entries.map(|entry| (slice(&entry.path), Cow::from(slice(&entry.line)))).collect();
        for (path, update) in &self.updates {
            match update {
                Some((stamp, digest)) => {
                    lines.insert(path, text::format_line(path, stamp, digest).into())
                }
                None => lines.remove(path.as_slice()),
            };
        }
        lines
    }

    /// Returns an index of files that this program wrote itself, so that their stamps are known to be exact.
    pub(super) fn of_written(files: impl Iterator<Item = (PathBuf, Stamp, Digest)>) -> Self {
        let mut index = Self { opened: i128::MAX, ..Self::default() };
        files.for_each(|(path, stamp, digest)| index.insert(path, stamp, digest));
        index
    }

    /// Parses the text of an index; damaged text results in an empty index.
    pub(super) fn parse(text: Vec<u8>, opened: i128) -> Self {
        match text::parse(&text) {
            Ok(entries) => Self { text, entries, opened, ..Self::default() },
            Err(mismatch) => Self { opened, damage: Some(mismatch), ..Self::default() },
        }
    }
}

impl Store {
    /// Reads the file index. A damaged index counts as empty, and a run recomputes it.
    pub fn file_index(&self) -> FileIndex {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let opened = i128::try_from(now).unwrap_or(i128::MAX);
        match self.files.read(&self.layout.files) {
            Ok(text) => FileIndex::parse(text, opened),
            Err(error) if is_not_plain(&error) => FileIndex::parse(Vec::new(), opened),
            // A missing or unreadable index only makes the run read all files.
            Err(_) => FileIndex { opened, ..FileIndex::default() },
        }
    }

    /// Writes the file index if it has updates.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save_file_index(&self, index: &mut FileIndex) -> Result<()> {
        if index.updates.is_empty() {
            return Ok(());
        }
        let text = index.render(|_| true);
        self.files.write_atomic(&self.layout.files, &text)?;
        *index = FileIndex::parse(text, index.opened);
        Ok(())
    }

    /// Quarantines the file index if it is damaged.
    ///
    /// # Errors
    /// Returns an error if the file cannot be moved.
    pub fn quarantine_file_index(&self, index: &FileIndex) -> Result<Option<Damage>> {
        let Some(mismatch) = index.damage.clone() else { return Ok(None) };
        let is_damaged =
            |moved: &Path| self.files.read(moved).map_or(true, |text| text::parse(&text).is_err());
        let damage = Damage::new(StorePart::FileIndex, &self.layout.files, mismatch);
        self.quarantine_if(damage, &is_damaged)
    }
}

#[cfg(test)]
mod tests;
