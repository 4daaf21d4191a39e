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
    match archive(bytes) {
        Some(kind) => Err(kind),
        // A tag or a text, such as a script's warning, may precede a MIDI file.
        None => header(bytes, faults).ok_or(sniff(bytes).unwrap_or("no MIDI header")),
    }
}

/// Returns the bytes from the first plausible header on.
fn header<'a>(bytes: &'a [u8], faults: &mut Faults) -> Option<&'a [u8]> {
    let tag = tag_size(bytes);
    // A wrong size of the tag must not hide the header.
    let after_tag =
        || header_from(bytes, tag).or_else(|| header_from(bytes, 0).filter(|_| tag > 0));
    let at = if bytes.starts_with(b"MThd") { 0 } else { after_tag()? };
    if at > 0 {
        faults.insert(Fault::HeaderOffset);
    }
    Some(&bytes[at..])
}

/// Returns the offset of the first header from `start` on.
fn header_from(bytes: &[u8], start: usize) -> Option<usize> {
    let searched = bytes.get(start..)?;
    let searched = &searched[..searched.len().min(SEARCH)];
    // Anything may precede a header, so its length is checked too.
    let at = searched.windows(8).position(|window| window == b"MThd\0\0\0\x06")?;
    Some(start + at)
}

/// Returns the size of an ID3v2 tag, which is long if it has a picture; 0 if there is none.
fn tag_size(bytes: &[u8]) -> usize {
    match *bytes {
        [b'I', b'D', b'3', _, _, _, a, b, c, d, ..] => {
            let digits = [a, b, c, d].map(|byte| usize::from(byte & 127));
            10 + digits.iter().fold(0, |size, digit| size << 7 | digit)
        }
        _ => 0,
    }
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

/// Recognizes formats inside which a MIDI header means nothing.
fn archive(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    Some(match bytes {
        _ if starts(b"\x1F\x8B") => "gzip archive",
        _ if starts(b"PK\x03\x04") => "zip archive",
        _ if starts(b"Rar!") => "RAR archive",
        _ if starts(b"7z\xBC\xAF") => "7z archive",
        _ if starts(b"FORM") && bytes.get(8..12).is_some_and(|t| t == b"XDIR" || t == b"XMID") => {
            "XMI (extended MIDI)"
        }
        _ if starts(b"MUS\x1A") => "MUS (Doom music)",
        _ if starts(b"RIFF") => "RIFF file other than RMID",
        _ => return None,
    })
}

/// Recognizes other formats.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    Some(match bytes {
        [] => "empty file",
        _ if bytes.iter().all(|&byte| byte == 0) => "nothing but zeros",
        _ if text.starts_with(b"<") => "HTML or XML",
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
