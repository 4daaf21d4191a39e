//! Advisory locks of the operating system, held by file descriptor: they end with their process, so
//! no kill leaves one behind. What a lock file says is for messages alone.
//!
//! A lock file may be removed by whoever holds it (a prune does). Another process may have opened the
//! old file just before and would then lock what nobody else can see: so whoever gets a lock looks
//! whether the path still leads to the file that he locked, and starts over if it does not.

use super::{StoreError, create_all};
use rustix::process::{Pid, test_kill_process};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

/// Whether others may hold a lock at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Others that share it too.
    Shared,
    /// Nobody.
    Exclusive,
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

/// How many holders a lock file names at most.
const NAMED: usize = 50;

/// Takes a lock, waiting for it at most so long; `None` waits without end.
///
/// # Errors
/// [`StoreError::Locked`] with the holder when the time is up, or an error of the file system.
pub(super) fn take(
    path: &Path,
    mode: Mode,
    what: &str,
    wait: Option<Duration>,
    stopped: &dyn Fn() -> bool,
) -> Result<Held, StoreError> {
    if let Some(folder) = path.parent() {
        create_all(folder)?;
    }
    let start = Instant::now();
    loop {
        let mut file = open(path)?;
        loop {
            match attempt(&file, mode) {
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
        if leads_to(path, &file) {
            note(&mut file, mode).map_err(|error| StoreError::at(path, error))?;
            return Ok(Held { _file: file });
        }
    }
}

/// Removes a lock file that nobody holds; whether it did.
pub(super) fn remove_unheld(path: &Path) -> Result<bool, StoreError> {
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::at(path, error)),
    };
    if attempt(&file, Mode::Exclusive).is_err() || !leads_to(path, &file) {
        return Ok(false);
    }
    fs_err::remove_file(path).map_err(StoreError::Io)?;
    Ok(true)
}

fn open(path: &Path) -> Result<File, StoreError> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).map_err(|error| StoreError::at(path, error))
}

fn attempt(file: &File, mode: Mode) -> Result<(), TryLockError> {
    match mode {
        Mode::Shared => file.try_lock_shared(),
        Mode::Exclusive => file.try_lock(),
    }
}

fn leads_to(path: &Path, file: &File) -> bool {
    let identity = |data: std::fs::Metadata| (data.dev(), data.ino());
    match (std::fs::metadata(path), file.metadata()) {
        (Ok(there), Ok(held)) => identity(there) == identity(held),
        _ => false,
    }
}

/// Writes who we are, beside those who share the lock.
fn note(file: &mut File, mode: Mode) -> io::Result<()> {
    let mut lines = vec![who_we_are()];
    if mode == Mode::Shared {
        lines.extend(holders(file).into_iter().take(NAMED));
    }
    file.rewind()?;
    file.set_len(0)?;
    file.write_all(format!("{}\n", lines.join("\n")).as_bytes())
}

fn read_holder(file: &mut File) -> Holder {
    let first = holders(file).into_iter().next().unwrap_or_default();
    Holder(first.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// The lines of a lock file that are about a living process, or one on another machine.
fn holders(file: &mut File) -> Vec<String> {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let text = if read.is_ok() { text } else { String::new() };
    text.lines().filter(|line| may_live(line)).map(str::to_owned).collect()
}

fn may_live(line: &str) -> bool {
    let told = line.strip_prefix("process ").and_then(|rest| rest.split_once(" on "));
    let Some((number, rest)) = told else { return false };
    if !rest.starts_with(&format!("{}: ", host())) {
        return true;
    }
    let process = number.parse().ok().and_then(Pid::from_raw);
    // A process of somebody else lives too.
    process.is_some_and(|process| test_kill_process(process) != Err(rustix::io::Errno::SRCH))
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn who_we_are() -> String {
    let command: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().replace(char::is_control, " "))
        .collect();
    format!("process {} on {}: {}", std::process::id(), host(), command.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Option<Duration> = Some(Duration::ZERO);

    fn at_once(path: &Path, mode: Mode) -> Result<Held, StoreError> {
        take(path, mode, "it", AT_ONCE, &|| false)
    }

    #[test]
    fn many_share_a_lock_and_one_has_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (first, second) = (at_once(&path, Mode::Shared), at_once(&path, Mode::Shared));
        assert!(first.is_ok() && second.is_ok());
        let refused = at_once(&path, Mode::Exclusive).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {} on ", std::process::id())), "{refused}");
        drop((first, second));
        let alone = at_once(&path, Mode::Exclusive);
        assert!(alone.is_ok() && at_once(&path, Mode::Shared).is_err());
    }

    #[test]
    fn a_dead_holder_is_not_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let dead = std::process::Command::new("true").spawn().unwrap();
        let number = dead.id();
        dead.wait_with_output().unwrap();
        fs_err::write(&path, format!("process {number} on {}: partita run x\n", host())).unwrap();
        let _held = at_once(&path, Mode::Shared).unwrap();
        assert!(!fs_err::read_to_string(&path).unwrap().contains("run x"));
    }

    #[test]
    fn who_locks_a_file_that_was_removed_meanwhile_locks_the_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = at_once(&path, Mode::Exclusive).unwrap();
        assert!(!remove_unheld(&path).unwrap());
        let waiting = std::thread::scope(|scope| {
            let waiting =
                scope.spawn(|| take(&path, Mode::Exclusive, "it", None, &|| false).unwrap());
            // Removed by its holder, as a prune does, while the other thread has it open or not yet.
            fs_err::remove_file(&path).unwrap();
            drop(held);
            waiting.join().unwrap()
        });
        assert!(path.exists(), "the lock is at its path");
        assert!(at_once(&path, Mode::Exclusive).is_err());
        drop(waiting);
        assert!(remove_unheld(&path).unwrap() && !path.exists());
    }
}
