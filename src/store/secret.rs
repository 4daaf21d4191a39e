//! The store's secret: a random key that only its owner can read, created once. It never leaves the store: no command
//! copies it anywhere. If it is lost, stages with environment variables run once more.

use super::{Result, Store, StoreError, create_all, if_exists};
use crate::fingerprint::SecretKey;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

impl Store {
    /// Returns the store's secret, which is created if there is none.
    ///
    /// # Errors
    /// Returns an error if it cannot be read or created.
    pub fn secret(&self) -> Result<SecretKey> {
        let path = &self.layout.secret;
        let at = |error| StoreError::at(path, error);
        let is_damaged = match if_exists(read(path)).map_err(at)? {
            Some(Some(secret)) => return Ok(secret),
            Some(None) => true,
            None => false,
        };
        let secret = SecretKey::random().map_err(at)?;
        create_all(&self.layout.store)?;
        let mut file = tempfile::Builder::new()
            .prefix(".new")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(&self.layout.store)
            .map_err(at)?;
        file.write_all(secret.bytes()).map_err(at)?;
        file.as_file().sync_all().map_err(at)?;
        if is_damaged {
            file.persist(path).map_err(|error| at(error.error))?;
            return Ok(secret);
        }
        match file.persist_noclobber(path) {
            Ok(_) => Ok(secret),
            // Another process created one meanwhile.
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                read(path).map_err(at)?.ok_or_else(|| at(std::io::ErrorKind::InvalidData.into()))
            }
            Err(error) => Err(at(error.error)),
        }
    }

    /// Returns the store's secret; `None` if there is none that can be read.
    pub fn known_secret(&self) -> Option<SecretKey> {
        read(&self.layout.secret).ok().flatten()
    }
}

/// Reads the secret; `None` if the file holds something else.
fn read(path: &std::path::Path) -> std::io::Result<Option<SecretKey>> {
    Ok(SecretKey::from_bytes(&fs_err::read(path)?))
}

#[cfg(test)]
mod tests {
    use super::*;

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
