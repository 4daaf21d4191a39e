//! Digests of secret values: those of environment variables, which may be passwords.

use super::Digest;
use std::io::{self, Read};

/// Bytes of a key.
const SIZE: usize = 32;

/// A key that only one store has. Without it, a value cannot be found by comparing the digests of likely values.
pub struct SecretKey([u8; SIZE]);

impl SecretKey {
    /// Creates a key that cannot be guessed.
    ///
    /// # Errors
    /// Returns an error if the system's random numbers cannot be read.
    pub fn random() -> io::Result<Self> {
        let mut key = [0; SIZE];
        fs_err::File::open("/dev/urandom")?.read_exact(&mut key)?;
        Ok(Self(key))
    }

    /// Returns the key with these bytes; `None` if they are too few or too many.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes, for the store that keeps them.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Computes the digest of a variable's value.
    pub fn digest(&self, name: &str, value: &[u8]) -> Digest {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(value);
        hasher.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_depends_on_key_name_and_value() {
        let key = |byte| SecretKey::from_bytes(&[byte; SIZE]).unwrap();
        let base = key(1).digest("ab", b"c");
        assert_eq!(base, key(1).digest("ab", b"c"));
        for other in
            [key(2).digest("ab", b"c"), key(1).digest("a", b"bc"), key(1).digest("ab", b"")]
        {
            assert_ne!(base, other);
        }
        assert_ne!(base, Digest::compute(b"c"));
        let (a, b) = (SecretKey::random().unwrap(), SecretKey::random().unwrap());
        assert_ne!(a.bytes(), b.bytes());
        assert!(SecretKey::from_bytes(&[1; SIZE - 1]).is_none());
    }
}
