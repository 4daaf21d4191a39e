//! Hashes input files on all cores, and reports progress if that takes long.

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

/// Receives the progress of hashing, and may cancel it.
pub struct HashProgress<'a> {
    /// Receives events once hashing takes longer than a second.
    pub sink: &'a dyn EventSink,
    /// Stops hashing early; the other files have no content then.
    pub cancel: &'a CancelToken,
}

/// Delay before progress is shown.
const DELAY: Duration = Duration::from_secs(1);
/// Minimum interval between two progress events.
const INTERVAL: Duration = Duration::from_millis(50);

/// Hashes each of these files once; those that cannot be read are omitted.
pub(super) fn hash(
    mut paths: Vec<&Path>,
    progress: &HashProgress<'_>,
) -> HashMap<PathBuf, (Stamp, Digest)> {
    paths.sort_unstable();
    paths.dedup();
    let stamps: Vec<Option<Stamp>> = paths.par_iter().map(|path| stamp(path)).collect();
    let bytes = stamps.iter().flatten().map(|stamp| stamp.size).sum();
    let meter = Meter::new(progress.sink, paths.len() as u64, bytes);
    let read = |(path, before): (&Path, Option<Stamp>)| {
        let mut step = |bytes| {
            meter.add_bytes(bytes);
            let is_cancelled = progress.cancel.is_cancelled();
            if is_cancelled { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
        };
        // Also checks before empty files, which have no step.
        step(0).ok()?;
        let content = before.and_then(|before| digest_from(before, path, &mut step));
        meter.read.fetch_add(1, Ordering::Relaxed);
        Some((path.to_path_buf(), content?))
    };
    let read = paths.into_par_iter().zip(stamps).filter_map(read).collect();
    meter.finish();
    read
}

/// Returns the stamp of a regular file.
pub(super) fn stamp(path: &Path) -> Option<Stamp> {
    fs_err::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|data| Stamp::from(&data))
}

/// Returns the stamp and digest of a file; `None` if it cannot be read.
pub(super) fn digest(path: &Path) -> Option<(Stamp, Digest)> {
    digest_from(stamp(path)?, path, &mut |_| Ok(()))
}

/// [`digest`] of a file whose stamp was taken before.
fn digest_from(
    before: Stamp,
    path: &Path,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> Option<(Stamp, Digest)> {
    let (digest, _) = digest_file_with(path, step).ok()?;
    // A file that is being written keeps a stamp that will never match again.
    Some((stamp(path).filter(|after| *after == before).unwrap_or(before), digest))
}

/// Counts what was read and emits events.
struct Meter<'a> {
    sink: &'a dyn EventSink,
    start: Instant,
    /// The time of the last event.
    last: Mutex<Option<Instant>>,
    read: AtomicU64,
    bytes_read: AtomicU64,
    files: u64,
    bytes: u64,
}

impl<'a> Meter<'a> {
    fn new(sink: &'a dyn EventSink, files: u64, bytes: u64) -> Self {
        let (read, bytes_read) = (AtomicU64::new(0), AtomicU64::new(0));
        let (start, last) = (Instant::now(), Mutex::new(None));
        Self { sink, start, last, read, bytes_read, files, bytes }
    }

    fn add_bytes(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Ordering::Relaxed);
        if self.start.elapsed() < DELAY {
            return;
        }
        // If it is locked, another thread emits an event right now.
        let Ok(mut last) = self.last.try_lock() else { return };
        if last.is_none_or(|last| last.elapsed() >= INTERVAL) {
            *last = Some(Instant::now());
            let (read, bytes_read) = (&self.read, &self.bytes_read);
            self.emit(read.load(Ordering::Relaxed), bytes_read.load(Ordering::Relaxed));
        }
    }

    /// Emits a last event if there was any.
    fn finish(&self) {
        if self.last.lock().is_ok_and(|last| last.is_some()) {
            self.emit(self.files, self.bytes);
        }
    }

    fn emit(&self, read: u64, bytes_read: u64) {
        let (files, bytes) = (self.files, self.bytes);
        self.sink.emit(&Event::HashingInputs { read, files, bytes_read, bytes });
    }
}
