//! Polls files where no change events are available. It compares all metadata of an inode, to the
//! nanosecond, so an edit in the second of the last poll, or a file that is replaced by an older one, is
//! noticed too.

use super::watch_set::WatchSet;
use crate::stage_api::CancelToken;
use crate::store::Stamp;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// How often cancellation is checked.
pub(super) const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// How often files are polled where no events are available.
const INTERVAL: Duration = Duration::from_secs(2);

/// A thread that polls until this is dropped.
pub(super) struct Poll(CancelToken);

impl Poll {
    /// Scans the files, and sends from then on whenever a scan differs from the one before.
    pub(super) fn start(set: WatchSet, send: SyncSender<()>) -> std::io::Result<Self> {
        let stop = CancelToken::default();
        let stopped = stop.clone();
        let mut before = scan(&set);
        let poll = move || {
            while sleep(INTERVAL, &stopped) {
                let now = scan(&set);
                if now != before {
                    // If the last message is not received yet, it is enough.
                    let _ = send.try_send(());
                }
                before = now;
            }
        };
        std::thread::Builder::new().name("watch".into()).spawn(poll)?;
        Ok(Self(stop))
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Sleeps; returns false as soon as polling is stopped.
fn sleep(time: Duration, stopped: &CancelToken) -> bool {
    let end = Instant::now() + time;
    while Instant::now() < end && !stopped.is_cancelled() {
        std::thread::sleep(CANCEL_INTERVAL);
    }
    !stopped.is_cancelled()
}

/// Returns the stamps of everything that matters in the folders. What cannot be read counts as absent.
fn scan(set: &WatchSet) -> HashMap<PathBuf, Stamp> {
    let entries = set.folders().filter_map(|folder| fs_err::read_dir(folder).ok()).flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let stamped = paths.filter(|path| set.matters(path)).filter_map(|path| {
        let stamp = Stamp::from(&fs_err::metadata(&path).ok()?);
        Some((path, stamp))
    });
    stamped.collect()
}
