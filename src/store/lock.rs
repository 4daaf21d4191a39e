//! Advisory locks of the operating system, held by file descriptor: they end with their process, so
//! no kill leaves one behind. What a lock file says is for messages alone.

use super::{StoreError, create_all};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

/// Who holds a lock, as the lock file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder(String);

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "another process" } else { &self.0 })
    }
}

/// How often a waiting process looks again.
const LOOK: Duration = Duration::from_millis(100);

/// Takes a lock, waiting for it at most so long; `None` waits without end.
///
/// # Errors
/// [`StoreError::Locked`] with the holder when the time is up, or an error of the file system.
pub(super) fn take(
    path: &Path,
    what: &str,
    wait: Option<Duration>,
    stopped: &dyn Fn() -> bool,
) -> Result<Held, StoreError> {
    if let Some(folder) = path.parent() {
        create_all(folder)?;
    }
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| StoreError::at(path, error))?;
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(StoreError::at(path, error)),
            Err(TryLockError::WouldBlock) => {
                if stopped() {
                    return Err(StoreError::Interrupted { what: what.to_owned() });
                }
                if wait.is_some_and(|most| start.elapsed() >= most) {
                    let holder = read_holder(&mut file);
                    return Err(StoreError::Locked { what: what.to_owned(), holder });
                }
                let left = wait.map_or(LOOK, |most| most.saturating_sub(start.elapsed()));
                std::thread::sleep(left.min(LOOK));
            }
        }
    }
    let note = file.set_len(0).and_then(|()| file.write_all(who_we_are().as_bytes()));
    note.map_err(|error| StoreError::at(path, error))?;
    Ok(Held { _file: file })
}

fn read_holder(file: &mut File) -> Holder {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let line = if read.is_ok() { text.lines().next().unwrap_or("") } else { "" };
    Holder(line.chars().filter(|c| !c.is_control()).take(200).collect())
}

fn who_we_are() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let command: Vec<String> = std::env::args().collect();
    format!("process {} on {host}: {}\n", std::process::id(), command.join(" "))
}
