//! The file index: what a file's digest was when its size, times and inode were as they are now, so
//! that an unchanged corpus costs a stat per file.

use super::{Store, StoreError, write_atomic};
use crate::fingerprint::Digest;
use std::collections::HashMap;
use std::fmt::Write as _;
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
        let time =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            size: data.len(),
            modified: time(data.mtime(), data.mtime_nsec()),
            changed: time(data.ctime(), data.ctime_nsec()),
            inode: data.ino(),
        }
    }
}

/// A file that changed so shortly before it was hashed might change again within the same tick of
/// the clock, unseen; such an entry is not kept.
const SETTLED: i128 = 50_000_000;

/// Digests by path.
#[derive(Debug, Default)]
pub struct FileIndex {
    entries: HashMap<PathBuf, (Stamp, Digest)>,
    dirty: bool,
}

impl FileIndex {
    /// The digest of a file, if it was hashed with this very stamp.
    #[must_use]
    pub fn get(&self, path: &Path, stamp: &Stamp) -> Option<Digest> {
        self.entries.get(path).filter(|(known, _)| known == stamp).map(|&(_, digest)| digest)
    }

    /// Notes a digest; `stamp` was taken before the file was read, and again after, and was equal.
    pub fn put(&mut self, path: PathBuf, stamp: Stamp, digest: Digest) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
        let now = i128::try_from(now).unwrap_or(i128::MAX);
        if stamp.changed + SETTLED < now && stamp.modified + SETTLED < now {
            self.entries.insert(path, (stamp, digest));
            self.dirty = true;
        }
    }
}

impl Store {
    /// Reads the file index; a damaged one counts as empty, and is made anew.
    #[must_use]
    pub fn file_index(&self) -> FileIndex {
        let entries = fs_err::read_to_string(self.layout.files()).ok().and_then(|t| parse(&t));
        FileIndex { entries: entries.unwrap_or_default(), dirty: false }
    }

    /// Writes the file index if it learned anything.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_file_index(&self, index: &mut FileIndex) -> Result<(), StoreError> {
        if index.dirty {
            write_atomic(&self.layout.files(), render(&index.entries).as_bytes())?;
            index.dirty = false;
        }
        Ok(())
    }
}

fn render(entries: &HashMap<PathBuf, (Stamp, Digest)>) -> String {
    // A path with a line break or that is no UTF-8 is hashed each time instead.
    let mut lines: Vec<(&str, &(Stamp, Digest))> = entries
        .iter()
        .filter_map(|(path, entry)| Some((path.to_str()?, entry)))
        .filter(|(path, _)| !path.contains('\n'))
        .collect();
    lines.sort_unstable_by_key(|&(path, _)| path);
    let mut body = String::new();
    for (path, (stamp, digest)) in lines {
        let Stamp { size, modified, changed, inode } = stamp;
        let _ = writeln!(body, "{digest}\t{size}\t{modified}\t{changed}\t{inode}\t{path}");
    }
    format!("{}\n{body}", Digest::of(body.as_bytes()))
}

fn parse(text: &str) -> Option<HashMap<PathBuf, (Stamp, Digest)>> {
    let (check, body) = text.split_once('\n')?;
    if check.parse() != Ok(Digest::of(body.as_bytes())) {
        return None;
    }
    body.lines().map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<(PathBuf, (Stamp, Digest))> {
    let mut parts = line.splitn(6, '\t');
    let digest = parts.next()?.parse().ok()?;
    let stamp = Stamp {
        size: parts.next()?.parse().ok()?,
        modified: parts.next()?.parse().ok()?,
        changed: parts.next()?.parse().ok()?,
        inode: parts.next()?.parse().ok()?,
    };
    Some((PathBuf::from(parts.next()?), (stamp, digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(changed: i128) -> Stamp {
        Stamp { size: 3, modified: 1, changed, inode: 9 }
    }

    #[test]
    fn what_was_noted_is_found_again_only_with_the_same_stamp() {
        let mut index = FileIndex::default();
        index.put("/a\tb".into(), stamp(2), Digest::of(b"abc"));
        let entries = parse(&render(&index.entries)).unwrap();
        let index = FileIndex { entries, dirty: false };
        assert_eq!(index.get(Path::new("/a\tb"), &stamp(2)), Some(Digest::of(b"abc")));
        assert_eq!(index.get(Path::new("/a\tb"), &stamp(3)), None);
    }

    #[test]
    fn a_flipped_byte_empties_the_index() {
        let mut index = FileIndex::default();
        index.put("/a".into(), stamp(2), Digest::of(b"abc"));
        let text = render(&index.entries).replace("\t3\t", "\t4\t");
        assert!(parse(&text).is_none());
    }

    #[test]
    fn a_file_changed_just_now_is_not_trusted_later() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos();
        let mut index = FileIndex::default();
        index.put("/a".into(), stamp(now.try_into().unwrap()), Digest::of(b"abc"));
        assert!(index.entries.is_empty());
    }
}
