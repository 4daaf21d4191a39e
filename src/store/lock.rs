//! OS advisory locks, held by file descriptor and released when the process dies. The text of a lock file
//! only serves messages.
//!
//! A holder may delete the lock file (a prune does), while another process has the old file open and then
//! locks a file that no other process can see. So after locking, check that the path still names the locked
//! file; if not, retry.

use super::{FileStat, Files, Result, StoreError, if_exists};
use rustix::process::{Pid, test_kill_process};
use std::fs::File;
use std::fs::TryLockError;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// A lock that is released on drop.
#[derive(Debug)]
pub struct LockGuard {
    _file: File,
}

/// Whether several processes may hold a lock at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Shared,
    Exclusive,
}

/// Delay between two attempts to lock.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Maximum number of holders listed in a lock file.
const MAX_HOLDERS: usize = 50;

/// Maximum size of a lock file in bytes that is read.
const MAX_TEXT: u64 = 1 << 16;

/// How long to wait for a lock.
#[derive(Clone, Copy)]
pub struct LockWait<'a> {
    /// Maximum time; `None` waits indefinitely.
    pub limit: Option<Duration>,
    /// Returns whether the user interrupted the program.
    pub cancelled: &'a dyn Fn() -> bool,
}

impl LockWait<'static> {
    /// Waits without regard to interruptions.
    pub fn up_to(limit: Option<Duration>) -> Self {
        Self { limit, cancelled: &|| false }
    }
}

/// Acquires a lock.
///
/// # Errors
/// Returns [`StoreError::Locked`] with the holder after the time limit, [`StoreError::Interrupted`] if the
/// user interrupted the program, or the error of the file system.
pub(super) fn acquire(
    files: &Files,
    path: &Path,
    mode: Mode,
    what: &str,
    wait: LockWait<'_>,
) -> Result<LockGuard> {
    if let Some(folder) = path.parent() {
        files.create_all(folder)?;
    }
    let at = |error| StoreError::at(path, error);
    let start = Instant::now();
    loop {
        let mut file = files.open_to_lock(path, true)?;
        while let Err(error) = try_lock(&file, mode) {
            if let TryLockError::Error(error) = error {
                return Err(at(error));
            }
            if (wait.cancelled)() {
                return Err(StoreError::Interrupted(what.to_owned()));
            }
            if wait.limit.is_some_and(|limit| start.elapsed() >= limit) {
                let (what, holder) = (what.to_owned(), read_holder(&mut file));
                return Err(StoreError::Locked { what, holder });
            }
            let left =
                wait.limit.map_or(POLL_INTERVAL, |limit| limit.saturating_sub(start.elapsed()));
            std::thread::sleep(left.min(POLL_INTERVAL));
        }
        if is_same_file(files, path, &file) {
            write_holder(&mut file, mode).map_err(at)?;
            return Ok(LockGuard { _file: file });
        }
    }
}

/// Removes a lock file unless a process holds it. Returns whether it was removed.
pub(super) fn remove_unheld(files: &Files, path: &Path) -> Result<bool> {
    let Some(file) = if_exists(files.open_to_lock(path, false))? else { return Ok(false) };
    if try_lock(&file, Mode::Exclusive).is_err() || !is_same_file(files, path, &file) {
        return Ok(false);
    }
    files.remove_file(path)?;
    Ok(true)
}

fn try_lock(file: &File, mode: Mode) -> Result<(), TryLockError> {
    match mode {
        Mode::Shared => file.try_lock_shared(),
        Mode::Exclusive => file.try_lock(),
    }
}

fn is_same_file(files: &Files, path: &Path, file: &File) -> bool {
    let named = files.stat(path).map(|stat| stat.identity);
    let locked = FileStat::of(file).map(|stat| stat.identity);
    named.is_ok_and(|named| locked.is_ok_and(|locked| locked == named))
}

/// Writes this process to the lock file, with the other holders of a shared lock. A file with another name
/// may be the user's and stays as it is.
fn write_holder(file: &mut File, mode: Mode) -> io::Result<()> {
    if FileStat::of(file)?.names > 1 {
        return Ok(());
    }
    let mut lines = vec![describe_self()];
    if mode == Mode::Shared {
        lines.extend(holders(file).into_iter().take(MAX_HOLDERS));
    }
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(format!("{}\n", lines.join("\n")).as_bytes())
}

/// Returns the process that holds a lock, as described in the lock file.
fn read_holder(file: &mut File) -> String {
    let first = holders(file).into_iter().next();
    let first = first.unwrap_or_else(|| "another process".to_owned());
    first.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Returns the lines of a lock file whose process is alive or on another machine.
fn holders(file: &mut File) -> Vec<String> {
    let mut text = String::new();
    if file.rewind().and_then(|()| file.take(MAX_TEXT).read_to_string(&mut text)).is_err() {
        return Vec::new();
    }
    text.lines().filter(|line| may_be_alive(line)).map(str::to_owned).collect()
}

fn may_be_alive(line: &str) -> bool {
    let parts = line.strip_prefix("process ").and_then(|rest| rest.split_once(" on "));
    let Some((number, rest)) = parts else { return false };
    if !rest.starts_with(&format!("{}: ", host())) {
        return true;
    }
    let process = number.parse().ok().and_then(Pid::from_raw);
    // Another user's process fails with EPERM and is alive.
    process.is_some_and(|process| test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn describe_self() -> String {
    let command: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().replace(char::is_control, " "))
        .collect();
    format!("process {} on {}: {}", std::process::id(), host(), command.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_WAIT: Option<Duration> = Some(Duration::ZERO);

    fn files(path: &Path) -> Files {
        Files::new(path.parent().unwrap().to_path_buf())
    }

    fn try_acquire(path: &Path, mode: Mode) -> Result<LockGuard> {
        acquire(&files(path), path, mode, "it", LockWait::up_to(NO_WAIT))
    }

    #[test]
    fn shared_locks_coexist_and_exclude_an_exclusive_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (first, second) = (try_acquire(&path, Mode::Shared), try_acquire(&path, Mode::Shared));
        assert!(first.is_ok() && second.is_ok());
        let refused = try_acquire(&path, Mode::Exclusive).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} on ", std::process::id())), "{refused}");
        drop((first, second));
        let alone = try_acquire(&path, Mode::Exclusive);
        assert!(alone.is_ok() && try_acquire(&path, Mode::Shared).is_err());
    }

    #[test]
    fn dead_holder_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let dead = std::process::Command::new("true").spawn().unwrap();
        let number = dead.id();
        dead.wait_with_output().unwrap();
        fs_err::write(&path, format!("process {number} on {}: partita run x\n", host())).unwrap();
        let _held = try_acquire(&path, Mode::Shared).unwrap();
        assert!(!fs_err::read_to_string(&path).unwrap().contains("run x"));
    }

    #[test]
    fn waiter_retries_if_the_lock_file_was_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_acquire(&path, Mode::Exclusive).unwrap();
        assert!(!remove_unheld(&files(&path), &path).unwrap());
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let wait = LockWait::up_to(None);
                acquire(&files(&path), &path, Mode::Exclusive, "it", wait).unwrap()
            });
            // The holder removes it, as a prune does; the other thread may have it open already.
            fs_err::remove_file(&path).unwrap();
            drop(held);
            waiting.join().unwrap()
        });
        assert!(path.exists(), "the lock file exists");
        assert!(try_acquire(&path, Mode::Exclusive).is_err());
        drop(waiting);
        assert!(remove_unheld(&files(&path), &path).unwrap() && !path.exists());
    }
}
