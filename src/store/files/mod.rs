//! The file index: what a file's digest was when its size, times and inode were as they are now, so
//! that an unchanged corpus costs a stat per file.
//!
//! On disk: a line with the digest of all that follows, then a line per file in the order of their
//! paths' bytes: digest, size, two times, inode, path, with tabs between them. In memory the text stays
//! as it was read, lines that did not change are copied when it is written, and what was learned lies
//! beside it.
//!
//! # When an entry is trusted
//! A file that changes within one tick of the file system's clock keeps its stamp; an entry made in
//! that tick would hide the change (git calls such an entry racy). So a digest is kept only if the file
//! had changed long enough *before this index was opened*, which is before the file was read.

use super::damage::{Damage, Part};
use super::seal::Fault;
use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What the operating system tells about a file without opening it. Times in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// When its content was changed last.
    pub modified: i128,
    /// When its content or its metadata was changed last: this one cannot be set back.
    pub changed: i128,
    /// Inode.
    pub inode: u64,
}

impl From<&std::fs::Metadata> for Stamp {
    fn from(data: &std::fs::Metadata) -> Self {
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * SECOND + i128::from(nanos);
        Self {
            size: data.len(),
            modified: time(data.mtime(), data.mtime_nsec()),
            changed: time(data.ctime(), data.ctime_nsec()),
            inode: data.ino(),
        }
    }
}

const SECOND: i128 = 1_000_000_000;

/// Many ticks of a clock that counts in milliseconds, as those of today's file systems do.
const TICKS: i128 = SECOND / 20;

/// The coarsest tick there is: FAT counts every other second.
const COARSE_TICK: i128 = 2 * SECOND;

impl Stamp {
    /// Whether the file had not changed for so long at that time that the next change shows.
    fn settled(&self, now: i128) -> bool {
        let whole = |time: i128| time % SECOND == 0;
        let window = if whole(self.modified) && whole(self.changed) { COARSE_TICK } else { TICKS };
        self.changed + window < now && self.modified + window < now
    }
}

/// A line of the text that was read.
#[derive(Debug)]
struct Entry {
    path: Range<usize>,
    line: Range<usize>,
    stamp: Stamp,
    digest: Digest,
}

/// Digests by path.
#[derive(Debug, Default)]
pub struct FileIndex {
    text: Vec<u8>,
    /// In the order of paths.
    read: Vec<Entry>,
    /// Since it was read; `None`: what was read turned out to be wrong, and nothing is known for certain.
    learned: BTreeMap<Vec<u8>, Option<(Stamp, Digest)>>,
    /// When it was opened; an index that never was trusts nothing that it is told.
    opened: i128,
    fault: Option<Fault>,
}

impl FileIndex {
    /// The digest of a file, if it was hashed with this very stamp.
    #[must_use]
    pub fn get(&self, path: &Path, stamp: &Stamp) -> Option<Digest> {
        let bytes = path.as_os_str().as_bytes();
        let known = match self.learned.get(bytes) {
            Some(learned) => *learned,
            None => self.find(bytes).map(|entry| (entry.stamp, entry.digest)),
        };
        known.filter(|(known, _)| known == stamp).map(|(_, digest)| digest)
    }

    fn find(&self, path: &[u8]) -> Option<&Entry> {
        let at = self.read.binary_search_by(|entry| self.text[entry.path.clone()].cmp(path));
        at.ok().and_then(|at| self.read.get(at))
    }

    /// Notes a digest; `stamp` was taken before the file was read, and again after, and was equal. Of a file
    /// that changed just now what was known is forgotten, and nothing is learned.
    pub fn put(&mut self, path: PathBuf, stamp: Stamp, digest: Digest) {
        let bytes = path.into_os_string().into_encoded_bytes();
        // A path with a line break is hashed each time instead.
        if stamp.settled(self.opened) && !bytes.contains(&b'\n') {
            self.learned.insert(bytes, Some((stamp, digest)));
        } else if self.learned.contains_key(&bytes) || self.find(&bytes).is_some() {
            self.learned.insert(bytes, None);
        }
    }

    /// Whether what was read was damaged: it counts as empty then.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.fault.is_some()
    }

    /// How many files it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.merged().count()
    }

    /// Whether it knows no file.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.read.is_empty() && self.learned.is_empty()
    }

    /// What would be on disk if it held only the files whose paths pass.
    pub(super) fn render(&self, keep: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut text = vec![b'0'; CHECK];
        text.push(b'\n');
        for line in self.merged() {
            match line {
                Line::Read(entry) if keep(&self.text[entry.path.clone()]) => {
                    text.extend_from_slice(&self.text[entry.line.clone()]);
                    text.push(b'\n');
                }
                Line::Learned(path, Some((stamp, digest))) if keep(path) => {
                    let Stamp { size, modified, changed, inode } = stamp;
                    // Writing to memory cannot fail.
                    let _ = write!(text, "{digest}\t{size}\t{modified}\t{changed}\t{inode}\t");
                    text.extend_from_slice(path);
                    text.push(b'\n');
                }
                Line::Read(_) | Line::Learned(..) => {}
            }
        }
        let check = Digest::of(&text[CHECK + 1..]).to_string();
        text[..CHECK].copy_from_slice(check.as_bytes());
        text
    }

    /// What was read and what was learned since, in the order of paths.
    fn merged(&self) -> impl Iterator<Item = Line<'_>> {
        let mut read = self.read.iter().peekable();
        let mut learned = self.learned.iter().peekable();
        std::iter::from_fn(move || {
            let next = learned.peek().map(|(path, _)| path.as_slice());
            let read_path = |entry: &Entry| &self.text[entry.path.clone()];
            // A file that was learned anew takes the place of what was read of it.
            let comes_first = |entry: &&Entry| next.is_none_or(|next| read_path(entry) < next);
            if let Some(entry) = read.next_if(comes_first) {
                return Some(Line::Read(entry));
            }
            read.next_if(|entry| next.is_some_and(|next| read_path(entry) == next));
            learned.next().map(|(path, known)| Line::Learned(path, known.as_ref()))
        })
        .filter(|line| !matches!(line, Line::Learned(_, None)))
    }

    /// Understands what was read; damaged text gives an empty index that says so.
    fn understand(text: Vec<u8>, opened: i128) -> Self {
        match parse(&text) {
            Ok(read) => Self { text, read, opened, ..Self::default() },
            Err(fault) => Self { opened, fault: Some(fault), ..Self::default() },
        }
    }
}

enum Line<'a> {
    Read(&'a Entry),
    Learned(&'a [u8], Option<&'a (Stamp, Digest)>),
}

/// Letters of the digest in the first line.
const CHECK: usize = 64;

impl Store {
    /// Reads the file index; a damaged one counts as empty, and is made anew by a run.
    #[must_use]
    pub fn file_index(&self) -> FileIndex {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let opened = i128::try_from(now).unwrap_or(i128::MAX);
        match fs_err::read(self.layout.files()) {
            Ok(text) => FileIndex::understand(text, opened),
            // One that is not there, or that may not be read, only costs the reading of the files.
            Err(_) => FileIndex { opened, ..FileIndex::default() },
        }
    }

    /// Writes the file index if it learned anything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_file_index(&self, index: &mut FileIndex) -> Result<(), StoreError> {
        if index.learned.is_empty() {
            return Ok(());
        }
        let text = index.render(|_| true);
        write_atomic(&self.layout.files(), &text)?;
        *index = FileIndex::understand(text, index.opened);
        Ok(())
    }

    /// Sets a damaged file index aside.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn set_index_aside(&self, index: &FileIndex) -> Result<Option<Damage>, StoreError> {
        let Some(fault) = index.fault.clone() else { return Ok(None) };
        let still = |moved: &Path| fs_err::read(moved).map_or(true, |text| parse(&text).is_err());
        self.set_aside(Part::FileIndex, &self.layout.files(), fault, &still)
    }
}

fn parse(text: &[u8]) -> Result<Vec<Entry>, Fault> {
    let unknown = || Fault::unknown(text);
    let (check, body) = text.split_at_checked(CHECK + 1).ok_or_else(unknown)?;
    let found = Digest::of(body);
    if check != format!("{found}\n").as_bytes() {
        let expected = std::str::from_utf8(&check[..CHECK]).ok().and_then(|c| c.parse().ok());
        return Err(Fault { expected, found: Some(found) });
    }
    let mut start = CHECK + 1;
    let mut entries: Vec<Entry> = Vec::with_capacity(body.len() / 160);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let entry = parse_line(line, start).ok_or_else(unknown)?;
        start += line.len();
        let follows = |last: &Entry| text[last.path.clone()] < text[entry.path.clone()];
        // Another program may have sealed it in another order.
        if !entries.last().is_none_or(follows) {
            return Err(unknown());
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// One line, which begins at `start` and ends in a line break.
fn parse_line(line: &[u8], start: usize) -> Option<Entry> {
    let line = line.strip_suffix(b"\n")?;
    let (digest, rest) = line.split_at_checked(CHECK)?;
    let mut rest = rest.strip_prefix(b"\t")?;
    let mut number = || {
        let end = rest.iter().position(|&byte| byte == b'\t')?;
        let field = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        Some(field)
    };
    let stamp = Stamp {
        size: number()?.parse().ok()?,
        modified: nanoseconds(number()?)?,
        changed: nanoseconds(number()?)?,
        inode: number()?.parse().ok()?,
    };
    let path = start + line.len() - rest.len()..start + line.len();
    let digest = std::str::from_utf8(digest).ok()?.parse().ok()?;
    Some(Entry { path, line: start..start + line.len(), stamp, digest })
}

/// Times of our age fit into 64 bits, which are read much faster.
fn nanoseconds(text: &str) -> Option<i128> {
    text.parse::<i64>().map(i128::from).or_else(|_| text.parse()).ok()
}

#[cfg(test)]
mod tests;
