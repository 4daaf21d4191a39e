//! A seal around JSON: `{"check":"<BLAKE3 of BODY>","NAME":BODY}`, with exactly these bytes. It reveals
//! every flipped bit, truncation and swapped file. The check covers the bytes of the body and is compared
//! as text.

use super::files::{Files, is_not_plain};
use crate::fingerprint::Digest;
use std::io::{self, ErrorKind};
use std::path::Path;

const BEFORE_CHECK: &[u8] = b"{\"check\":\"";
const HEX: usize = 64;

/// Result of reading a sealed file.
#[derive(Debug)]
pub enum Lookup<T> {
    /// The file does not exist.
    Absent,
    /// The file exists and cannot be read; its content is unknown.
    Unreadable(io::Error),
    /// The content is not what was written.
    Damaged(DigestMismatch),
    /// The content is what was written.
    Intact(T),
}

impl<T> Lookup<T> {
    /// Returns the content if it is intact.
    pub fn intact(self) -> Option<T> {
        if let Self::Intact(value) = self { Some(value) } else { None }
    }
}

/// The expected and the actual digest of a damaged content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestMismatch {
    /// Expected digest; `None` if it is lost too.
    pub expected: Option<Digest>,
    /// Actual digest; `None` if the file is missing.
    pub found: Option<Digest>,
}

impl DigestMismatch {
    pub(super) fn new(expected: Digest, found: Digest) -> Self {
        Self { expected: Some(expected), found: Some(found) }
    }

    /// The mismatch of a content whose expected digest is lost.
    pub(super) fn unknown(bytes: &[u8]) -> Self {
        Self { expected: None, found: Some(Digest::compute(bytes)) }
    }
}

/// Reads and unseals a file, and parses its body.
pub(super) fn read_sealed<T>(
    files: &Files,
    path: &Path,
    name: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, DigestMismatch>,
) -> Lookup<T> {
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Lookup::Absent;
        }
        Err(error) if is_not_plain(&error) => {
            return Lookup::Damaged(DigestMismatch { expected: None, found: None });
        }
        Err(error) => return Lookup::Unreadable(error),
    };
    match unseal(name, &bytes).and_then(parse) {
        Ok(value) => Lookup::Intact(value),
        Err(mismatch) => Lookup::Damaged(mismatch),
    }
}

/// Returns the sealed bytes of a body.
pub(super) fn seal(name: &str, body: &[u8]) -> Vec<u8> {
    let check = Digest::compute(body).to_string();
    let before_body = format!("\",\"{name}\":");
    [BEFORE_CHECK, check.as_bytes(), before_body.as_bytes(), body, b"}"].concat()
}

/// Returns the body if every byte is intact.
pub(super) fn unseal<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a [u8], DigestMismatch> {
    let (check, body) = split(name, bytes).ok_or_else(|| DigestMismatch::unknown(bytes))?;
    let found = Digest::compute(body);
    if check == found.to_string().as_bytes() {
        return Ok(body);
    }
    Err(DigestMismatch { expected: parse_digest(check), found: Some(found) })
}

/// Parses a digest in hexadecimal digits.
pub(super) fn parse_digest(hex: &[u8]) -> Option<Digest> {
    std::str::from_utf8(hex).ok()?.parse().ok()
}

fn split<'a>(name: &str, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (check, rest) = bytes.strip_prefix(BEFORE_CHECK)?.split_at_checked(HEX)?;
    let rest = rest.strip_prefix(b"\",\"")?.strip_prefix(name.as_bytes())?;
    Some((check, rest.strip_prefix(b"\":")?.strip_suffix(b"}")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seal_reveals_every_flipped_bit_and_truncation() {
        let sealed = seal("record", b"{\"a\":1}");
        assert_eq!(unseal("record", &sealed), Ok(&b"{\"a\":1}"[..]));
        assert!(unseal("current", &sealed).is_err());
        for at in 0..sealed.len() {
            assert!(unseal("record", &sealed[..at]).is_err(), "cut at {at}");
            for bit in 0..8 {
                let mut flipped = sealed.clone();
                flipped[at] ^= 1 << bit;
                assert!(unseal("record", &flipped).is_err(), "bit {bit} of byte {at}");
            }
        }
    }

    #[test]
    fn mismatch_has_both_digests_if_the_check_is_intact() {
        let sealed = seal("record", b"[1]");
        let mut flipped = sealed.clone();
        let at = sealed.len() - 3;
        flipped[at] = b'2';
        let mismatch = unseal("record", &flipped).unwrap_err();
        assert_eq!(mismatch, DigestMismatch::new(Digest::compute(b"[1]"), Digest::compute(b"[2]")));
        assert_eq!(unseal("record", b"").unwrap_err(), DigestMismatch::unknown(b""));
    }
}
