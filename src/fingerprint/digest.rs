//! BLAKE3 digests as values.

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
    /// The digest of some bytes, as it is for a file with that content.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 digits, for people.
    #[must_use]
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

/// The value of each hexadecimal digit, in either case; of any other byte, [`NO_DIGIT`].
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};
const NO_DIGIT: u8 = 0xff;

/// The bytes that digits spell. A run over a large corpus reads a hundred thousand digests, so it is done without a
/// branch a digit.
fn unhex(text: &[u8; 64]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        let [high, low] = [DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]];
        seen |= high | low;
        *byte = high << 4 | low & 0xf;
    }
    (seen < 16).then_some(bytes)
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = text.as_bytes().try_into().ok().and_then(unhex);
        bytes.map(Self).ok_or_else(|| DigestError(text.chars().take(80).collect()))
    }
}

/// The digits as a string. Records name tens of thousands of digests, so none of them is copied on the way.
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

/// Digest and size in bytes of a file's content, read once in pieces.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn digest_file(path: &Path) -> io::Result<(Digest, u64)> {
    digest_file_with(path, &mut |_| Ok(()))
}

/// [`digest_file`] that tells of each piece how many bytes it had, and may be stopped by an error.
///
/// # Errors
/// When the file cannot be opened or read, or `step` says so.
pub fn digest_file_with(
    path: &Path,
    step: &mut dyn FnMut(u64) -> io::Result<()>,
) -> io::Result<(Digest, u64)> {
    let mut file = fs_err::File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    // On the stack, and no larger than most MIDI files: one that is made for each of 30,000 files counts.
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
    fn a_digest_is_read_from_its_digits_and_from_nothing_else() {
        let digest = Digest::of(b"partita");
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
    fn a_file_and_its_bytes_have_one_digest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let bytes = vec![7; 300_000];
        fs_err::write(&path, &bytes).unwrap();
        assert_eq!(digest_file(&path).unwrap(), (Digest::of(&bytes), 300_000));
    }

    #[test]
    fn text_that_is_no_digest_is_refused() {
        assert!("abc".parse::<Digest>().is_err());
        let digest = Digest::of(b"x");
        assert_eq!(digest.to_string().parse(), Ok(digest));
    }
}
