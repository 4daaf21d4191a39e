//! Reads input files for their digests, on all cores, and tells how far it is when that takes long.

use super::snapshot::stamp;
use crate::event::{Event, EventSink};
use crate::fingerprint::{Digest, digest_file_with};
use crate::stage_api::CancelToken;
use crate::store::Stamp;
use rayon::prelude::*;
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Who is told while files are read, and who may end it.
pub struct HashProgress<'a> {
    /// Hears of progress once it takes longer than a second.
    pub sink: &'a dyn EventSink,
    /// Ends the reading early; files that were not read have no content then.
    pub cancel: &'a CancelToken,
}

/// Nobody likes a line that is gone before it can be read.
const QUIET: Duration = Duration::from_secs(1);
/// Progress is told this often at most.
const EVERY: Duration = Duration::from_millis(50);

/// Reads each of these files once; those that cannot be read are left out.
pub(super) fn hash(
    mut paths: Vec<&Path>,
    watch: &HashProgress<'_>,
) -> HashMap<PathBuf, (Stamp, Digest)> {
    paths.sort_unstable();
    paths.dedup();
    let stamps: Vec<Option<Stamp>> = paths.par_iter().map(|path| stamp(path)).collect();
    let size = stamps.iter().flatten().map(|stamp| stamp.size).sum();
    let progress = Progress::new(watch, paths.len() as u64, size);
    let read = |(path, before): (&Path, Option<Stamp>)| {
        let mut step = |bytes| {
            progress.read(bytes);
            if watch.cancel.is_cancelled() {
                Err(io::ErrorKind::Interrupted.into())
            } else {
                Ok(())
            }
        };
        // Asked for empty files too, of which no step comes.
        step(0).ok()?;
        let content = before.and_then(|before| digest_from(before, path, &mut step));
        progress.finish();
        Some((path.to_path_buf(), content?))
    };
    let read = paths.into_par_iter().zip(stamps).filter_map(read).collect();
    progress.close();
    read
}

/// Stamp and digest of a file as it is now; `None` when it cannot be read.
pub(super) fn digest(
    path: &Path,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Option<(Stamp, Digest)> {
    digest_from(stamp(path)?, path, step)
}

/// [`digest`] of a file that had this stamp before.
fn digest_from(
    before: Stamp,
    path: &Path,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Option<(Stamp, Digest)> {
    let (digest, _) = digest_file_with(path, step).ok()?;
    // A file that is being written gives a stamp that will not be met again.
    Some((stamp(path).filter(|after| *after == before).unwrap_or(before), digest))
}

struct Progress<'a> {
    watch: &'a HashProgress<'a>,
    start: Instant,
    /// When it was told last.
    told: Mutex<Option<Instant>>,
    files: (AtomicU64, u64),
    bytes: (AtomicU64, u64),
}

impl<'a> Progress<'a> {
    fn new(watch: &'a HashProgress<'a>, files: u64, bytes: u64) -> Self {
        let count = || AtomicU64::new(0);
        let (files, bytes) = ((count(), files), (count(), bytes));
        Self { watch, start: Instant::now(), told: Mutex::new(None), files, bytes }
    }

    fn read(&self, bytes: u64) {
        self.bytes.0.fetch_add(bytes, Ordering::Relaxed);
        if self.start.elapsed() < QUIET {
            return;
        }
        // Whoever finds it taken knows that somebody else is telling.
        let Ok(mut told) = self.told.try_lock() else { return };
        if told.is_none_or(|last| last.elapsed() >= EVERY) {
            *told = Some(Instant::now());
            self.tell();
        }
    }

    fn finish(&self) {
        self.files.0.fetch_add(1, Ordering::Relaxed);
    }

    /// What was told of is told to its end.
    fn close(&self) {
        if self.told.lock().is_ok_and(|told| told.is_some()) {
            self.files.0.store(self.files.1, Ordering::Relaxed);
            self.bytes.0.store(self.bytes.1, Ordering::Relaxed);
            self.tell();
        }
    }

    fn tell(&self) {
        self.watch.sink.emit(&Event::HashingInputs {
            read: self.files.0.load(Ordering::Relaxed),
            files: self.files.1,
            bytes_read: self.bytes.0.load(Ordering::Relaxed),
            bytes: self.bytes.1,
        });
    }
}
