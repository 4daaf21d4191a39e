//! File metadata from which the file index recognizes an unchanged file.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Metadata that is available without opening a file. Times are in nanoseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change of the content.
    pub modified: i128,
    /// Time of the last change of content or metadata. Unlike `modified`, it cannot be set.
    pub changed: i128,
    /// Inode.
    pub inode: u64,
}

impl From<&Metadata> for Stamp {
    fn from(data: &Metadata) -> Self {
        let modified = (data.mtime(), data.mtime_nsec());
        Self::new(data.len(), modified, (data.ctime(), data.ctime_nsec()), data.ino())
    }
}

pub(super) const SECOND: i128 = 1_000_000_000;

/// Many ticks of a file system clock that counts milliseconds, as current file systems do.
pub(super) const TICKS: i128 = SECOND / 20;

/// The coarsest tick: FAT counts every other second.
const COARSE_TICK: i128 = 2 * SECOND;

impl Stamp {
    /// Returns a stamp; the times are seconds and nanoseconds.
    pub(in crate::store) fn new(
        size: u64,
        modified: (i64, i64),
        changed: (i64, i64),
        inode: u64,
    ) -> Self {
        let time = |(seconds, nanos): (i64, i64)| i128::from(seconds) * SECOND + i128::from(nanos);
        Self { size, modified: time(modified), changed: time(changed), inode }
    }

    /// Returns whether the file last changed so long before `now` that its next change shows in the stamp.
    pub(super) fn is_settled(&self, now: i128) -> bool {
        let is_whole = |time: i128| time % SECOND == 0;
        let is_coarse = is_whole(self.modified) && is_whole(self.changed);
        let window = if is_coarse { COARSE_TICK } else { TICKS };
        self.changed + window < now && self.modified + window < now
    }
}
