//! The store's secret: a random key that only its owner can read, created once. It never leaves the store: no command
//! copies it anywhere. If it is lost, stages with environment variables run once more.

use super::files::is_not_plain;
use super::{Files, Result, Store, if_exists};
use crate::fingerprint::SecretKey;
use std::io;
use std::path::Path;

impl Store {
    /// Returns the store's secret, which is created if there is none.
    ///
    /// # Errors
    /// Returns an error if it cannot be read or created.
    pub fn secret(&self) -> Result<SecretKey> {
        let (path, files) = (&self.layout.secret, &self.files);
        let is_damaged = match if_exists(read(files, path))? {
            Some(Some(secret)) => return Ok(secret),
            Some(None) => true,
            None => false,
        };
        let secret = SecretKey::random()?;
        files.create_all(&self.layout.store)?;
        if files.write_private(path, secret.bytes(), is_damaged)? {
            return Ok(secret);
        }
        // Another process created one meanwhile.
        let created = read(files, path)?;
        Ok(created.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?)
    }

    /// Returns the store's secret; `None` if there is none that can be read.
    pub fn known_secret(&self) -> Option<SecretKey> {
        read(&self.files, &self.layout.secret).ok().flatten()
    }
}

/// Reads the secret; `None` if the file holds something else.
fn read(files: &Files, path: &Path) -> io::Result<Option<SecretKey>> {
    match files.read(path) {
        Err(error) if is_not_plain(&error) => Ok(None),
        bytes => Ok(SecretKey::from_bytes(&bytes?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn secret_is_created_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        assert!(store.known_secret().is_none());
        let secret = store.secret().unwrap();
        let mode = fs_err::metadata(&store.layout.secret).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(store.secret().unwrap().bytes(), secret.bytes());
        assert_eq!(store.known_secret().unwrap().bytes(), secret.bytes());
    }

    #[test]
    fn damaged_secret_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("artifacts")).unwrap();
        fs_err::write(&store.layout.secret, "short").unwrap();
        assert!(store.known_secret().is_none());
        let secret = store.secret().unwrap();
        assert_eq!(store.known_secret().unwrap().bytes(), secret.bytes());
    }
}
