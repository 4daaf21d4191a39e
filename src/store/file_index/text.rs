//! The text of the file index.

use super::super::seal::{DigestMismatch, parse_digest};
use super::Stamp;
use crate::fingerprint::Digest;
use std::ops::Range;

/// A line of the text.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) path: Range<usize>,
    pub(super) line: Range<usize>,
    pub(super) stamp: Stamp,
    pub(super) digest: Digest,
}

/// Length of a digest in hexadecimal digits.
const HEX: usize = 64;

/// Returns the text of these lines.
pub(super) fn format(lines: impl Iterator<Item = impl AsRef<[u8]>>) -> Vec<u8> {
    let mut text = vec![b'0'; HEX];
    text.push(b'\n');
    for line in lines {
        text.extend_from_slice(line.as_ref());
        text.push(b'\n');
    }
    let check = Digest::compute(&text[HEX + 1..]).to_string();
    text[..HEX].copy_from_slice(check.as_bytes());
    text
}

/// Returns the line of a file.
pub(super) fn format_line(path: &[u8], stamp: &Stamp, digest: &Digest) -> Vec<u8> {
    let Stamp { size, modified, changed, inode } = stamp;
    let start = format!("{digest}\t{size}\t{modified}\t{changed}\t{inode}\t");
    [start.as_bytes(), path].concat()
}

/// Parses the text of an index.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Entry>, DigestMismatch> {
    let unknown = || DigestMismatch::unknown(text);
    let (check, body) = text.split_at_checked(HEX + 1).ok_or_else(unknown)?;
    let found = Digest::compute(body);
    if check != format!("{found}\n").as_bytes() {
        return Err(DigestMismatch { expected: parse_digest(&check[..HEX]), found: Some(found) });
    }
    let mut start = HEX + 1;
    let mut entries: Vec<Entry> = Vec::with_capacity(body.len() / 160);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let entry = parse_line(line, start).ok_or_else(unknown)?;
        start += line.len();
        let follows = |last: &Entry| text[last.path.clone()] < text[entry.path.clone()];
        // Another program may have sealed it in another order.
        if !entries.last().is_none_or(follows) {
            return Err(unknown());
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Parses a line that begins at `start` and ends in a line break.
fn parse_line(line: &[u8], start: usize) -> Option<Entry> {
    let line = line.strip_suffix(b"\n")?;
    let (digest, rest) = line.split_at_checked(HEX)?;
    let mut rest = rest.strip_prefix(b"\t")?;
    let mut field = || {
        let end = rest.iter().position(|&byte| byte == b'\t')?;
        let field = std::str::from_utf8(&rest[..end]).ok()?;
        rest = &rest[end + 1..];
        Some(field)
    };
    let stamp = Stamp {
        size: field()?.parse().ok()?,
        modified: nanoseconds(field()?)?,
        changed: nanoseconds(field()?)?,
        inode: field()?.parse().ok()?,
    };
    let end = start + line.len();
    let digest = parse_digest(digest)?;
    Some(Entry { path: end - rest.len()..end, line: start..end, stamp, digest })
}

/// Parses a time. Current times fit into 64 bits, which are parsed much faster.
fn nanoseconds(text: &str) -> Option<i128> {
    text.parse::<i64>().map(i128::from).or_else(|_| text.parse()).ok()
}
