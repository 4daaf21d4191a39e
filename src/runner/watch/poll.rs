//! Looks at files again and again, where nothing tells of changes. It compares all that a file's inode
//! tells, to the nanosecond: so an edit in the second of the last look, or a file that is replaced by an
//! older one, is seen too.

use super::watch_set::WatchSet;
use crate::stage_api::CancelToken;
use crate::store::Stamp;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// A thread that looks until this is dropped.
pub(super) struct Poll(CancelToken);

impl Poll {
    /// Takes a first look, and tells from now on of whatever differs from the look before.
    pub(super) fn start(
        ground: WatchSet,
        every: Duration,
        send: SyncSender<()>,
    ) -> std::io::Result<Self> {
        let stop = CancelToken::default();
        let stopped = stop.clone();
        let mut before = scan(&ground);
        let keep_looking = move || {
            while sleep(every, &stopped) {
                let now = scan(&ground);
                if now != before {
                    // One that is not taken yet is enough.
                    let _ = send.try_send(());
                }
                before = now;
            }
        };
        std::thread::Builder::new().name("watch".into()).spawn(keep_looking)?;
        Ok(Self(stop))
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Sleeps so long; `false` as soon as nobody listens any more.
fn sleep(time: Duration, stopped: &CancelToken) -> bool {
    let end = Instant::now() + time;
    while Instant::now() < end && !stopped.is_cancelled() {
        std::thread::sleep(super::LOOK);
    }
    !stopped.is_cancelled()
}

/// Everything in the folders that matters. What cannot be read is as good as absent.
fn scan(ground: &WatchSet) -> HashMap<PathBuf, Stamp> {
    let entries = ground.folders().filter_map(|folder| fs_err::read_dir(folder).ok()).flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let stamped = paths.filter(|path| ground.matters(path)).filter_map(|path| {
        let stamp = Stamp::from(&fs_err::metadata(&path).ok()?);
        Some((path, stamp))
    });
    stamped.collect()
}
