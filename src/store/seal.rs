//! A seal around JSON, so that any flipped bit, cut or swap shows: `{"check":"<BLAKE3 of BODY>","NAME":BODY}`,
//! spelled just so. The check is over the body's bytes themselves, and compared letter by letter.

use crate::fingerprint::Digest;
use std::io::{self, ErrorKind};
use std::path::Path;

const BEFORE_CHECK: &[u8] = b"{\"check\":\"";
const HEX: usize = 64;

/// What reading something sealed comes to.
#[derive(Debug)]
pub enum Lookup<T> {
    /// There is none.
    Absent,
    /// It is there and cannot be read now: nothing is known about its content.
    Unreadable(io::Error),
    /// Its content is not what was written.
    Damaged(Fault),
    /// As it was written.
    Sound(T),
}

impl<T> Lookup<T> {
    /// What was read, if it is sound.
    pub fn sound(self) -> Option<T> {
        if let Self::Sound(value) = self { Some(value) } else { None }
    }
}

/// How a content differs from what was written, in digests where there are any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Digest that the content should have; `None` where even that is lost.
    pub expected: Option<Digest>,
    /// Digest that it has.
    pub found: Option<Digest>,
}

impl Fault {
    pub(super) fn new(expected: Digest, found: Digest) -> Self {
        Self { expected: Some(expected), found: Some(found) }
    }

    /// A content that tells no longer what it should be.
    pub(super) fn unknown(bytes: &[u8]) -> Self {
        Self { expected: None, found: Some(Digest::of(bytes)) }
    }
}

/// Reads, unseals and understands a file; `understand` gets the body.
pub(super) fn look<T>(
    path: &Path,
    name: &str,
    understand: impl FnOnce(&[u8]) -> Result<T, Fault>,
) -> Lookup<T> {
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Lookup::Absent;
        }
        Err(error) => return Lookup::Unreadable(error),
    };
    match unseal(name, &bytes).and_then(understand) {
        Ok(value) => Lookup::Sound(value),
        Err(fault) => Lookup::Damaged(fault),
    }
}

/// The bytes to be written for a body.
pub(super) fn seal(name: &str, body: &[u8]) -> Vec<u8> {
    let check = Digest::of(body).to_string();
    let before_body = format!("\",\"{name}\":");
    [BEFORE_CHECK, check.as_bytes(), before_body.as_bytes(), body, b"}"].concat()
}

/// The body, if every byte is as it was written.
pub(super) fn unseal<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a [u8], Fault> {
    let (check, body) = split(name, bytes).ok_or_else(|| Fault::unknown(bytes))?;
    let found = Digest::of(body);
    if check == found.to_string().as_bytes() {
        return Ok(body);
    }
    let expected = std::str::from_utf8(check).ok().and_then(|check| check.parse().ok());
    Err(Fault { expected, found: Some(found) })
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
    fn any_flipped_bit_and_any_cut_shows() {
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
    fn a_fault_tells_both_digests_where_the_check_survived() {
        let sealed = seal("record", b"[1]");
        let mut flipped = sealed.clone();
        let at = sealed.len() - 3;
        flipped[at] = b'2';
        let fault = unseal("record", &flipped).unwrap_err();
        assert_eq!(fault, Fault::new(Digest::of(b"[1]"), Digest::of(b"[2]")));
        assert_eq!(unseal("record", b"").unwrap_err(), Fault::unknown(b""));
    }
}
