//! The file that says in which format the store is.
//!
//! Its one line is followed by that line's digest, so that a damaged file is never taken for another
//! format, nor another format for a damaged file. What can be told apart:
//!
//! - this format: go on;
//! - format 1 (a bare `1`): migrated by whoever may write, read as it is by whoever may not;
//! - any other number: refused;
//! - anything else, or nothing where there are records: damage. Every format that this program knows
//!   seals its records in the same way, so the store is read all the same, and the file is written anew.

use super::damage::{Damage, Part};
use super::lock::{self, Mode};
use super::seal::Fault;
use super::{FORMAT, Layout, Store, StoreError, create_all, write_atomic};
use crate::fingerprint::Digest;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use walkdir::WalkDir;

/// What the version file says.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Says {
    /// Nothing: the file is not there.
    Nothing,
    Format(u32),
    Another(String),
    Nonsense(Fault),
}

/// How long a migration may take that somebody else does.
const PATIENCE: Duration = Duration::from_secs(30);

/// Brings the store to this program's format, if that is not the one it has. What was damaged is told.
pub(super) fn settle(store: &Store) -> Result<Option<Damage>, StoreError> {
    let path = store.layout.version();
    if says(&path)? == Says::Format(FORMAT) {
        return Ok(None);
    }
    if says(&path)? == Says::Nothing && !holds_something(&store.layout) {
        write_atomic(&path, line(FORMAT).as_bytes())?;
        return Ok(None);
    }
    // Another process may do the same at this moment: who comes second finds it done.
    let lock = store.layout.store_lock();
    let _held = lock::take(&lock, Mode::Exclusive, "the store", Some(PATIENCE), &|| false)?;
    let damage = match says(&path)? {
        Says::Format(FORMAT) => return Ok(None),
        Says::Format(_) => None,
        Says::Another(found) => return Err(StoreError::Version { path, found }),
        Says::Nothing => {
            Some(Damage::new(Part::Version, &path, Fault { expected: None, found: None }))
        }
        Says::Nonsense(fault) => store.set_aside(Part::Version, &path, fault, &|path| {
            matches!(says(path), Ok(Says::Nonsense(_)))
        })?,
    };
    store.seal_bare_pointers()?;
    write_atomic(&path, line(FORMAT).as_bytes())?;
    Ok(damage)
}

/// Whether a reader may take what it finds, and whether pointers may be bare in it.
pub(super) fn look(layout: &Layout) -> Result<bool, StoreError> {
    let path = layout.version();
    match says(&path) {
        Ok(Says::Format(FORMAT)) => Ok(false),
        Ok(Says::Another(found)) => Err(StoreError::Version { path, found }),
        _ => Ok(true),
    }
}

/// Whether there is anything that a lost version file would have been about.
fn holds_something(layout: &Layout) -> bool {
    let is_file = |entry: walkdir::DirEntry| {
        entry.file_type().is_file() && !entry.file_name().to_string_lossy().starts_with('.')
    };
    [layout.records(), layout.current()]
        .into_iter()
        .any(|folder| WalkDir::new(folder).into_iter().flatten().any(is_file))
}

fn line(format: u32) -> String {
    let line = format!("partita store format {format}\n");
    let check = Digest::of(line.as_bytes());
    format!("{line}{check}\n")
}

fn says(path: &Path) -> Result<Says, StoreError> {
    match fs_err::read(path) {
        Ok(bytes) => Ok(understand(&bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Says::Nothing),
        Err(error) => Err(StoreError::Io(error)),
    }
}

fn understand(bytes: &[u8]) -> Says {
    let text = String::from_utf8_lossy(bytes);
    let number = text.lines().next().and_then(|first| first.rsplit(' ').next()?.parse().ok());
    if let Some(number) = number
        && text == line(number)
    {
        return if number == FORMAT {
            Says::Format(FORMAT)
        } else {
            Says::Another(number.to_string())
        };
    }
    match text.trim().parse::<u32>() {
        Ok(1) => Says::Format(1),
        Ok(other) => Says::Another(other.to_string()),
        Err(_) => Says::Nonsense(Fault {
            expected: Some(Digest::of(line(FORMAT).as_bytes())),
            ..Fault::unknown(bytes)
        }),
    }
}

/// Makes the folders that a store has.
pub(super) fn make_folders(layout: &Layout) -> Result<(), StoreError> {
    for folder in [layout.blobs(), layout.records(), layout.current(), layout.locks()] {
        create_all(&folder)?;
    }
    create_all(&layout.work())?;
    create_all(&layout.runs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_flipped_bit_and_no_cut_says_a_format() {
        let sound = line(FORMAT).into_bytes();
        assert_eq!(understand(&sound), Says::Format(FORMAT));
        for at in 0..sound.len() {
            assert!(matches!(understand(&sound[..at]), Says::Nonsense(_)), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = sound.clone();
                flipped[at] ^= 1 << bit;
                assert!(
                    matches!(understand(&flipped), Says::Nonsense(_)),
                    "bit {bit} of byte {at}"
                );
            }
        }
    }

    #[test]
    fn other_formats_are_known_as_such() {
        assert_eq!(understand(b"1\n"), Says::Format(1));
        assert_eq!(understand(b"99\n"), Says::Another("99".into()));
        assert_eq!(understand(line(7).as_bytes()), Says::Another("7".into()));
    }
}
