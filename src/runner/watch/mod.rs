//! Waits until something changes that a pipeline depends on: its file, or any input file.
//!
//! A [`Watcher`] is created before the pipeline's files are read, and kept while they are processed. Every
//! later change ends the next [`Watcher::wait`], so none is missed. It reports only *that* something changed;
//! the plan decides what, and whether it matters.
//!
//! Single folders are watched, not files, because editors save by renaming a new file into place. The
//! creation of a folder ends the wait, and the next `Watcher` watches it. Changes under `artifacts/`, where
//! runs write, are ignored unless the pipeline names files there.

mod poll;
#[cfg(test)]
mod tests;
mod watch_set;

use crate::spec::Pipeline;
use crate::stage_api::CancelToken;
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use poll::{CANCEL_INTERVAL, Poll};
use rustix::io::Errno;
use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use watch_set::WatchSet;

/// A change is complete after this time without another one.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// Maximum wait for a change to be complete.
const MAX_DEBOUNCE: Duration = Duration::from_secs(10);

/// How changes are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchMode {
    /// By events of the operating system.
    Events,
    /// By polling, because the operating system watches no more folders.
    PollNoCapacity,
    /// By polling, because the file system sends no events.
    PollUnsupported,
}

/// Nothing can be watched.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch for changes: {0}")]
pub struct WatchError(#[from] notify::Error);

/// Watches the files that one pipeline depends on.
pub struct Watcher {
    changes: Receiver<()>,
    /// How changes are noticed.
    pub mode: WatchMode,
    /// Number of watched folders.
    pub folders: usize,
    /// The source of changes, until it is dropped.
    _source: Box<dyn Any>,
}

impl Watcher {
    /// Starts to watch a pipeline file, and the input files of the pipeline that it last contained.
    ///
    /// # Errors
    /// Returns an error if nothing can be watched, not even by polling.
    pub fn new(
        file: &Path,
        pipeline: Option<&Pipeline>,
        artifacts: &Path,
    ) -> Result<Self, WatchError> {
        let mut set = WatchSet::new(file, pipeline, artifacts);
        loop {
            let watcher = Self::with_best_mode(set.clone())?;
            // A folder that was created while the others were listed is not watched yet.
            let now = WatchSet::new(file, pipeline, artifacts);
            if now == set {
                return Ok(watcher);
            }
            set = now;
        }
    }

    fn with_best_mode(set: WatchSet) -> Result<Self, WatchError> {
        if set.lacks_events() {
            return Self::with_mode(set, WatchMode::PollUnsupported);
        }
        match Self::with_mode(set.clone(), WatchMode::Events) {
            Err(WatchError(error)) if is_full(&error) => {
                Self::with_mode(set, WatchMode::PollNoCapacity)
            }
            other => other,
        }
    }

    fn with_mode(set: WatchSet, mode: WatchMode) -> Result<Self, WatchError> {
        let (send, changes) = sync_channel(1);
        let folders = set.folders().count();
        let source: Box<dyn Any> = match mode {
            WatchMode::Events => Box::new(listen(set, send)?),
            WatchMode::PollNoCapacity | WatchMode::PollUnsupported => {
                Box::new(Poll::start(set, send).map_err(notify::Error::io)?)
            }
        };
        Ok(Self { changes, mode, folders, _source: source })
    }

    /// Waits until something has changed and the change is complete. Returns false if cancelled.
    pub fn wait(&self, cancel: &CancelToken) -> bool {
        while !self.next(CANCEL_INTERVAL) {
            if cancel.is_cancelled() {
                return false;
            }
        }
        let start = Instant::now();
        while self.next(DEBOUNCE) && start.elapsed() < MAX_DEBOUNCE && !cancel.is_cancelled() {}
        !cancel.is_cancelled()
    }

    /// Returns true if a change comes within a time.
    fn next(&self, within: Duration) -> bool {
        let received = self.changes.recv_timeout(within);
        if received == Err(RecvTimeoutError::Disconnected) {
            // The source's thread died; the user can still cancel.
            std::thread::sleep(within);
        }
        received.is_ok()
    }
}

/// Requests events of changes in each folder.
fn listen(set: WatchSet, send: SyncSender<()>) -> Result<RecommendedWatcher, notify::Error> {
    let folders: Vec<PathBuf> = set.folders().cloned().collect();
    let handler = move |event| forward(&set, &send, event);
    let mut watcher = RecommendedWatcher::new(handler, notify::Config::default())?;
    for folder in &folders {
        match watcher.watch(folder, RecursiveMode::NonRecursive) {
            // A folder that vanished or cannot be read is an error of the snapshot.
            Err(error) if !is_full(&error) => {}
            result => result?,
        }
    }
    Ok(watcher)
}

/// Forwards an event that matters. If the last message is not received yet, it is enough.
fn forward(set: &WatchSet, send: &SyncSender<()>, event: notify::Result<Event>) {
    let matters = match &event {
        Ok(event) if event.need_rescan() => true,
        Ok(Event { kind: EventKind::Access(_), .. }) => false,
        Ok(event) => event.paths.iter().any(|path| set.matters(path)),
        Err(_) => true,
    };
    if matters {
        let _ = send.try_send(());
    }
}

fn is_full(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::MaxFilesWatch => true,
        // No more watchers, or no more open files.
        ErrorKind::Io(error) => {
            let code = error.raw_os_error().map(Errno::from_raw_os_error);
            matches!(code, Some(Errno::MFILE | Errno::NFILE | Errno::NOSPC | Errno::NOSYS))
        }
        _ => false,
    }
}
