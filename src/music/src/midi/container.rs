//! Finds the MIDI file inside other formats.

use super::status::{Fault, Faults};

/// Maximum offset of a header. MacBinary has it at 128; no wrapper is longer than this.
const SEARCH: usize = 64 * 1024;

/// Returns the bytes from `MThd` on, or the name of the format that the file has instead.
pub(super) fn unwrap<'a>(bytes: &'a [u8], faults: &mut Faults) -> Result<&'a [u8], &'static str> {
    if bytes.starts_with(b"MThd") {
        return Ok(bytes);
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"RMID") {
        // If the lengths in the wrapper are wrong, search for the header.
        let inner = riff_midi(bytes).unwrap_or(&bytes[12..]);
        faults.insert(Fault::RiffWrapped);
        return header(inner, faults).ok_or("RIFF RMID without a MIDI header");
    }
    match sniff(bytes) {
        Some(kind) => Err(kind),
        None => header(bytes, faults).ok_or("no MIDI header"),
    }
}

/// Returns the bytes from the first plausible header on.
fn header<'a>(bytes: &'a [u8], faults: &mut Faults) -> Option<&'a [u8]> {
    let at = find(&bytes[..bytes.len().min(SEARCH)], b"MThd")?;
    // Anything may precede a header, so its length is checked too.
    let found = &bytes[at..];
    if at > 0 {
        faults.insert(Fault::HeaderOffset);
        found.get(4..8).filter(|length| *length == [0, 0, 0, 6])?;
    }
    Some(found)
}

/// Returns the payload of the `data` chunk of a RIFF file.
fn riff_midi(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(12..)?;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if head.starts_with(b"data") {
            return Some(&body[..length.min(body.len())]);
        }
        rest = body.get(length.checked_add(length & 1)?..)?;
    }
    None
}

/// Recognizes other formats.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    Some(match bytes {
        [] => "empty file",
        _ if bytes.iter().all(|&byte| byte == 0) => "nothing but zeros",
        _ if text.starts_with(b"<") => "HTML or XML",
        _ if starts(b"\x1F\x8B") => "gzip archive",
        _ if starts(b"PK\x03\x04") => "zip archive",
        _ if starts(b"Rar!") => "RAR archive",
        _ if starts(b"7z\xBC\xAF") => "7z archive",
        _ if starts(b"FORM") && bytes.get(8..12).is_some_and(|t| t == b"XDIR" || t == b"XMID") => {
            "XMI (extended MIDI)"
        }
        _ if starts(b"MUS\x1A") => "MUS (Doom music)",
        _ if starts(b"RIFF") => "RIFF file other than RMID",
        _ if starts(b"ID3") || matches!(bytes, [0xFF, 0xE2..=0xFF, ..]) => "MP3 audio",
        _ if starts(b"OggS") => "Ogg audio",
        _ if starts(b"MTrk") => "a track without a MIDI header",
        _ => return None,
    })
}

/// Returns the first offset of a four-byte id.
pub(super) fn find(bytes: &[u8], id: &[u8; 4]) -> Option<usize> {
    bytes.windows(4).position(|window| window == id)
}
