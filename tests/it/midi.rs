//! Builds the bytes of MIDI files, valid and broken ones.

#![allow(dead_code, reason = "each test crate that includes this file uses a part of it")]

/// The events of a track, as bytes.
#[derive(Clone, Default)]
pub struct Track(pub Vec<u8>);

impl Track {
    /// A track without events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes unchanged.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// Appends a delta time, then bytes unchanged.
    pub fn after(self, delta: u64, bytes: &[u8]) -> Self {
        self.raw(&quantity(delta)).raw(bytes)
    }

    /// A note of 10 ticks.
    pub fn note(self, delta: u64, channel: u8, pitch: u8) -> Self {
        self.on(delta, channel, pitch, 100).on(10, channel, pitch, 0)
    }

    /// A note-on.
    pub fn on(self, delta: u64, channel: u8, pitch: u8, velocity: u8) -> Self {
        self.after(delta, &[0x90 | channel, pitch, velocity])
    }

    /// A meta event.
    pub fn meta(self, delta: u64, kind: u8, data: &[u8]) -> Self {
        self.after(delta, &[0xFF, kind]).raw(&quantity(data.len() as u64)).raw(data)
    }

    /// A SysEx event; `data` follows F0.
    pub fn sysex(self, delta: u64, data: &[u8]) -> Self {
        self.after(delta, &[0xF0]).raw(&quantity(data.len() as u64)).raw(data)
    }

    /// A time signature; the denominator is `2^exponent`.
    pub fn meter(self, delta: u64, numerator: u8, exponent: u8) -> Self {
        self.meta(delta, 0x58, &[numerator, exponent, 24, 8])
    }

    /// A tempo in microseconds per quarter note.
    pub fn tempo(self, delta: u64, tempo: u32) -> Self {
        self.meta(delta, 0x51, &tempo.to_be_bytes()[1..])
    }

    /// The End-of-Track event.
    pub fn end(self) -> Self {
        self.meta(0, 0x2F, &[])
    }

    /// The whole chunk, with an honest length.
    pub fn chunk(&self) -> Vec<u8> {
        chunk(b"MTrk", &self.0)
    }
}

/// A variable-length quantity.
pub fn quantity(value: u64) -> Vec<u8> {
    let groups = (1..10).take_while(|&group| value >> (7 * group) > 0).count();
    let byte =
        |group: usize| (value >> (7 * group) & 0x7F) as u8 | if group > 0 { 0x80 } else { 0 };
    (0..=groups).rev().map(byte).collect()
}

/// A chunk with an honest length.
pub fn chunk(id: &[u8; 4], payload: &[u8]) -> Vec<u8> {
    [&id[..], &(payload.len() as u32).to_be_bytes(), payload].concat()
}

/// A header chunk.
pub fn header(format: u16, tracks: u16, division: u16) -> Vec<u8> {
    let numbers = [format, tracks, division].map(u16::to_be_bytes);
    chunk(b"MThd", &numbers.concat())
}

/// A file.
pub fn file(format: u16, division: u16, tracks: &[Track]) -> Vec<u8> {
    let mut bytes = header(format, tracks.len() as u16, division);
    tracks.iter().for_each(|track| bytes.extend(track.chunk()));
    bytes
}

/// A file of format 0 at 480 ticks per quarter.
pub fn one(track: Track) -> Vec<u8> {
    file(0, 480, &[track])
}
