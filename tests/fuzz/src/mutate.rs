//! Mutations: damage that is common in MIDI files, and malicious damage.

use rand::Rng;

/// Bytes with a meaning in MIDI files.
const WORDS: &[&[u8]] = &[
    b"MThd\0\0\0\x06\0\x01\0\x02\x01\xE0",
    b"MTrk\0\0\0\x10",
    b"MTrk\xFF\xFF\xFF\xFF",
    b"RIFF\x40\0\0\0RMIDdata\x30\0\0\0",
    b"\0\xFF\x2F\0",
    b"\0\xFF\x58\x04\x07\x03\x18\x08",
    b"\0\xFF\x58\x04\0\xFF\x18\x08",
    b"\0\xFF\x51\x03\0\0\0",
    b"\0\xFF\x51\x03\x01\0\0",
    b"\0\xFF\x59\x02\x80\x01",
    b"\0\xFF\x03\x85\0name",
    b"\0\xFF\x7F\x03\0\0\x41",
    b"\0\xF0\x08\x43\x10\x4C\x08\x0B\x07\x02\xF7",
    b"\0\xF0\xFF\xFF\xFF\x7F\x7E\xF7",
    b"\0\x90\x3C\x40",
    b"\0\x9F\xFF\xFF",
    b"\x81\0\x80\x3C\0",
    b"\0\xBB\0\x7F\0\xCB\x01",
    b"\xFF\xFF\xFF\x7F\x90\x3C\x40",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F",
    b"\0\xF1\0\0\xF8\0\xF2\0",
];

/// Numbers at limits.
const EDGES: &[u32] = &[
    0,
    1,
    2,
    4,
    6,
    7,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x00FF_FFFF,
    0x7FFF_FFFF,
    u32::MAX,
];

/// Maximum size of a mutated input.
const MAX: usize = 200_000;

/// Makes one to six changes; `other` is a file to copy pieces from.
pub fn mutate(bytes: &mut Vec<u8>, other: &[u8], chance: &mut impl Rng) {
    for _ in 0..chance.random_range(1..=6) {
        one(bytes, other, chance);
        bytes.truncate(MAX);
    }
}

fn one(bytes: &mut Vec<u8>, other: &[u8], chance: &mut impl Rng) {
    let at = |bytes: &[u8], chance: &mut dyn rand::RngCore| {
        if bytes.is_empty() { 0 } else { chance.random_range(0..bytes.len()) }
    };
    match chance.random_range(0..13) {
        0 | 1 if !bytes.is_empty() => {
            for _ in 0..chance.random_range(1..=8) {
                let here = at(bytes, chance);
                bytes[here] ^= 1 << chance.random_range(0..8);
            }
        }
        2 if !bytes.is_empty() => {
            let here = at(bytes, chance);
            bytes[here] = chance.random();
        }
        3 => {
            let (from, to) = range(bytes, chance);
            bytes.drain(from..to);
        }
        4 => {
            let (from, to) = range(bytes, chance);
            let (copy, here) = (bytes[from..to].to_vec(), at(bytes, chance));
            bytes.splice(here..here, copy);
        }
        5 => bytes.truncate(at(bytes, chance)),
        6 | 7 => {
            let word = WORDS[chance.random_range(0..WORDS.len())];
            let here = at(bytes, chance);
            let over = if chance.random() { word.len().min(bytes.len() - here) } else { 0 };
            bytes.splice(here..here + over, word.iter().copied());
        }
        8 | 9 => field(bytes, chance),
        10 => {
            let (from, to) = range(other, chance);
            let (here, there) = range(bytes, chance);
            bytes.splice(here..there, other[from..to].iter().copied());
        }
        11 => {
            // A track of another file.
            let tracks = chunks(other);
            if let Some(&from) = tracks.get(at(&vec![0; tracks.len()], chance)) {
                let to =
                    chunks(&other[from + 4..]).first().map_or(other.len(), |next| from + 4 + next);
                let mine = chunks(bytes);
                let here =
                    mine.get(at(&vec![0; mine.len()], chance)).copied().unwrap_or(bytes.len());
                bytes.splice(here..here, other[from..to].iter().copied());
            }
        }
        _ => {
            let here = at(bytes, chance);
            let noise: Vec<u8> =
                (0..chance.random_range(1..=40)).map(|_| chance.random()).collect();
            bytes.splice(here..here, noise);
        }
    }
}

/// Changes a length field or a number of the header.
fn field(bytes: &mut [u8], chance: &mut impl Rng) {
    let value = match chance.random_range(0..3) {
        0 => EDGES[chance.random_range(0..EDGES.len())],
        1 => chance.random(),
        _ => chance.random_range(0..2 * bytes.len().max(1) as u32),
    };
    let tracks = chunks(bytes);
    if !tracks.is_empty() && chance.random_range(0..3) > 0 {
        let here = tracks[chance.random_range(0..tracks.len())] + 4;
        if let Some(length) = bytes.get_mut(here..here + 4) {
            length.copy_from_slice(&value.to_be_bytes());
        }
    } else if let Some(header) = bytes.get_mut(4..14) {
        match chance.random_range(0..4) {
            0 => header[..4].copy_from_slice(&value.to_be_bytes()),
            field => {
                header[2 + 2 * field..4 + 2 * field].copy_from_slice(&(value as u16).to_be_bytes())
            }
        }
    }
}

/// Returns the starts of tracks.
fn chunks(bytes: &[u8]) -> Vec<usize> {
    let tracks = bytes.windows(4).enumerate().filter(|(_, id)| id == b"MTrk");
    tracks.map(|(at, _)| at).collect()
}

/// Draws a range of up to a few hundred bytes.
fn range(bytes: &[u8], chance: &mut impl Rng) -> (usize, usize) {
    if bytes.is_empty() {
        return (0, 0);
    }
    let from = chance.random_range(0..bytes.len());
    let longest = 1 << chance.random_range(0..12);
    (from, (from + chance.random_range(1..=longest)).min(bytes.len()))
}
