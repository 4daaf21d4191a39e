//! The version file: the format of the store.
//!
//! Its line is followed by the digest of that line, which distinguishes a corrupt file from one of another format:
//!
//! - this format: continue;
//! - format 1 (an unsealed `1`): a writer migrates it, a reader reads it as it is;
//! - any other number: refuse;
//! - anything else, or no file although there are records: damage. Every supported format seals records in
//!   the same way, so the store is still read, and the file is rewritten.

use super::damage::{Damage, StorePart};
use super::files::{Files, is_not_plain};
use super::lock::{self, LockWait, Mode};
use super::seal::DigestMismatch;
use super::{Entry, FORMAT, Layout, Result, Store, StoreError, if_exists};
use crate::fingerprint::Digest;
use std::path::Path;
use std::time::Duration;

/// Content of the version file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum VersionFile {
    Missing,
    /// This program's format.
    Current,
    Format1,
    Unsupported(String),
    Corrupt(DigestMismatch),
}

/// Maximum time to wait for a migration by another process.
const MIGRATION_WAIT: Duration = Duration::from_secs(30);

/// Migrates the store to this program's format if necessary. Returns the damage to the version file.
pub(super) fn migrate(store: &Store) -> Result<Option<Damage>> {
    let path = store.layout.version.clone();
    let files = &store.files;
    let write = || files.write_atomic(&path, line(FORMAT).as_bytes()).map_err(StoreError::Io);
    match read(files, &path)? {
        VersionFile::Current => return Ok(None),
        VersionFile::Missing if !has_content(store) => return write().map(|()| None),
        _ => {}
    }
    // Another process may migrate at the same time: the second one finds nothing left to do.
    let lock = &store.layout.store_lock;
    let _lock = lock::acquire(
        files,
        lock,
        Mode::Exclusive,
        "the store",
        LockWait::up_to(Some(MIGRATION_WAIT)),
    )?;
    let damage = match read(files, &path)? {
        VersionFile::Current => return Ok(None),
        VersionFile::Format1 => None,
        VersionFile::Unsupported(found) => return Err(StoreError::Version { path, found }),
        VersionFile::Missing => {
            let mismatch = DigestMismatch { expected: None, found: None };
            Some(Damage::new(StorePart::Version, &path, mismatch))
        }
        VersionFile::Corrupt(mismatch) => {
            let is_corrupt = |path: &Path| matches!(read(files, path), Ok(VersionFile::Corrupt(_)));
            let damage = Damage::new(StorePart::Version, &path, mismatch);
            store.quarantine_if(damage, &is_corrupt)?
        }
    };
    store.seal_pointers()?;
    write().map(|()| damage)
}

/// Returns an error if the format is not supported, otherwise whether pointers may be unsealed.
pub(super) fn check_readable(store: &Store) -> Result<bool> {
    let path = store.layout.version.clone();
    match read(&store.files, &path) {
        Ok(VersionFile::Current) => Ok(false),
        Ok(VersionFile::Unsupported(found)) => Err(StoreError::Version { path, found }),
        _ => Ok(true),
    }
}

/// Returns whether the store has records or pointers.
fn has_content(Store { layout, files, .. }: &Store) -> bool {
    let is_file = |entry: &Entry| entry.is_plain() && !entry.starts_with(".");
    let mut folders = [&layout.records, &layout.pointers].into_iter();
    folders.any(|folder| files.walk(folder).iter().any(is_file))
}

fn line(format: u32) -> String {
    let line = format!("partita store format {format}\n");
    let check = Digest::compute(line.as_bytes());
    format!("{line}{check}\n")
}

fn read(files: &Files, path: &Path) -> Result<VersionFile> {
    match if_exists(files.read(path)) {
        Err(error) if is_not_plain(&error) => Ok(parse(b"")),
        read => Ok(read?.map_or(VersionFile::Missing, |bytes| parse(&bytes))),
    }
}

fn parse(bytes: &[u8]) -> VersionFile {
    let text = String::from_utf8_lossy(bytes);
    let number = text.lines().next().and_then(|first| first.rsplit(' ').next()?.parse().ok());
    match (number.filter(|&number| text == line(number)), text.trim().parse::<u32>()) {
        (Some(FORMAT), _) => VersionFile::Current,
        (Some(other), _) => VersionFile::Unsupported(other.to_string()),
        (None, Ok(1)) => VersionFile::Format1,
        (None, Ok(other)) => VersionFile::Unsupported(other.to_string()),
        (None, Err(_)) => VersionFile::Corrupt(DigestMismatch::new(
            Digest::compute(line(FORMAT).as_bytes()),
            Digest::compute(bytes),
        )),
    }
}

/// Creates the folders of a store.
pub(super) fn create_folders(Store { layout, files, .. }: &Store) -> Result<()> {
    let Layout { blobs, records, pointers, locks, work, runs, .. } = layout;
    let folders = [blobs, records, pointers, locks, work, runs];
    Ok(folders.into_iter().try_for_each(|folder| files.create_all(folder))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flipped_bits_and_truncation_are_corrupt() {
        let intact = line(FORMAT).into_bytes();
        assert_eq!(parse(&intact), VersionFile::Current);
        for at in 0..intact.len() {
            assert!(matches!(parse(&intact[..at]), VersionFile::Corrupt(_)), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = intact.clone();
                flipped[at] ^= 1 << bit;
                assert!(
                    matches!(parse(&flipped), VersionFile::Corrupt(_)),
                    "bit {bit} of byte {at}"
                );
            }
        }
    }

    #[test]
    fn other_formats_are_recognized() {
        assert_eq!(parse(b"1\n"), VersionFile::Format1);
        assert_eq!(parse(b"99\n"), VersionFile::Unsupported("99".into()));
        assert_eq!(parse(line(7).as_bytes()), VersionFile::Unsupported("7".into()));
    }
}
