//! BLAKE3 digests.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;

/// 32 bytes of BLAKE3, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// A text that is not a digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is not a digest (64 hexadecimal digits)")]
pub struct DigestError(String);

impl Digest {
    /// Computes the digest of some bytes, or of a file with that content.
    pub fn compute(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Returns the 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the first 12 digits, for display.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl From<blake3::Hash> for Digest {
    fn from(hash: blake3::Hash) -> Self {
        Self(*hash.as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn unhex(text: &[u8; 64]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(bytes)
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes().try_into().ok().and_then(unhex);
        bytes.map(Self).ok_or_else(|| DigestError(text.chars().take(80).collect()))
    }
}

/// Serializes as digits, without a copy: records contain tens of thousands of digests.
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Digest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a digest (64 hexadecimal digits)")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Digest, E> {
        text.parse().map_err(E::custom)
    }
}

/// Returns the digest and the size in bytes of a file's content.
///
/// # Errors
/// Returns an error if the file cannot be opened or read.
pub fn digest_file(path: &Path) -> io::Result<(Digest, u64)> {
    digest_file_with(path, &mut |_| Ok(()))
}

/// [`digest_file`] that calls `step` with the number of bytes of each piece that was read.
///
/// # Errors
/// Returns an error if the file cannot be opened or read, and any error of `step`.
pub fn digest_file_with(
    path: &Path,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<(Digest, u64)> {
    digest_reader(fs_err::File::open(path)?, step)
}

/// Returns the digest and the size in bytes of everything that a reader returns; calls `step` with the number
/// of bytes of each piece.
///
/// # Errors
/// Returns an error if reading fails, and any error of `step`.
pub fn digest_reader(
    mut file: impl Read,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<(Digest, u64)> {
    let mut hasher = blake3::Hasher::new();
    // On the stack, and no larger than most MIDI files: there is one per file, of 30,000 files.
    let mut buffer = [0; 1 << 15];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hasher.finalize().into(), size)),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                size += count as u64;
                step(count as u64)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_parses_from_64_digits_only() {
        let digest = Digest::compute(b"partita");
        let text = digest.to_string();
        assert_eq!(text.parse(), Ok(digest));
        assert_eq!(text.to_uppercase().parse(), Ok(digest));
        for at in 0..64 {
            for byte in 0..=127_u8 {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                let text = String::from_utf8(bytes).unwrap();
                let expected = blake3::Hash::from_hex(&text).ok().map(Digest::from);
                assert_eq!(text.parse::<Digest>().ok(), expected, "{text}");
            }
        }
        for text in ["", &text[1..], &format!("{text}0"), &"\u{e9}".repeat(32)] {
            assert_eq!(text.parse::<Digest>(), Err(DigestError(text.to_owned())));
        }
    }

    #[test]
    fn file_and_its_bytes_have_the_same_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let bytes = vec![7; 300_000];
        fs_err::write(&path, &bytes).unwrap();
        assert_eq!(digest_file(&path).unwrap(), (Digest::compute(&bytes), 300_000));
    }

    #[test]
    fn other_text_is_not_a_digest() {
        assert!("abc".parse::<Digest>().is_err());
        let digest = Digest::compute(b"x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }
}
