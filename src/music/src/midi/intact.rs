//! Finds where the rest of a track is intact: from where on every event is valid, up to its End-of-Track event. Bytes that
//! were lost, added or changed shift what follows, and the map shows where to continue.

use super::event::data_bytes;
use super::lenient::short_quantity;

/// Maximum number of bytes of a track with a map, which bounds the memory.
const MAX_BYTES: usize = 1 << 19;

/// The data bytes of the running status.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Running {
    None = 1,
    One = 2,
    Two = 4,
}

impl Running {
    fn new(status: Option<u8>) -> Self {
        match status.map(data_bytes) {
            None => Self::None,
            Some(1) => Self::One,
            Some(_) => Self::Two,
        }
    }
}

/// For each byte of a track, whether the rest from there on is intact.
#[derive(Clone)]
pub(super) struct IntactMap(Vec<u8>);

impl IntactMap {
    /// Creates the map of a track; `None` if it is too long.
    pub(super) fn new(track: &[u8]) -> Option<Self> {
        if track.len() > MAX_BYTES {
            return None;
        }
        let mut map = Self(vec![0; track.len()]);
        let payloads = Payloads::new(track);
        for at in (0..track.len()).rev() {
            for running in [Running::None, Running::One, Running::Two] {
                if map.is_event_intact(track, &payloads, at, running) == Some(true) {
                    map.0[at] |= running as u8;
                }
            }
        }
        Some(map)
    }

    /// Returns true if the rest from a byte on is intact, given the running status before it.
    pub(super) fn is_intact(&self, at: usize, status: Option<u8>) -> bool {
        self.has(at, Running::new(status))
    }

    fn has(&self, at: usize, running: Running) -> bool {
        self.0.get(at).is_some_and(|flags| flags & running as u8 != 0)
    }

    /// Returns whether the event at a byte is valid and the rest after it is intact; `None` if the event is cut off.
    fn is_event_intact(
        &self,
        track: &[u8],
        payloads: &Payloads,
        at: usize,
        running: Running,
    ) -> Option<bool> {
        let size = short_quantity(track.get(at..)?)?.1;
        let first = at + size;
        let status = *track.get(first)?;
        let data = |from: usize| track.get(from).is_some_and(|&byte| byte < 0x80);
        Some(match status {
            0..=0x7F => match running {
                Running::None => false,
                Running::One => self.has(first + 1, running),
                Running::Two => data(first + 1) && self.has(first + 2, running),
            },
            0xC0..=0xDF => data(first + 1) && self.has(first + 2, Running::One),
            0x80..=0xEF => data(first + 1) && data(first + 2) && self.has(first + 3, Running::Two),
            0xF0 | 0xF7 => {
                let (length, size) = short_quantity(track.get(first + 1..)?)?;
                let payload = first + 1 + size;
                let next = payload.checked_add(usize::try_from(length).ok()?)?;
                self.has(next, running) && (status == 0xF7 || payloads.is_sysex(payload, next))
            }
            0xFF => {
                let kind = *track.get(first + 1)?;
                let (length, size) = short_quantity(track.get(first + 2..)?)?;
                let payload = first + 2 + size;
                let next = payload.checked_add(usize::try_from(length).ok()?)?;
                let is_end = kind == 0x2F && next == track.len();
                (is_end || self.has(next, running)) && payloads.is_meta(kind, payload, next)
            }
            // System messages do not belong into a file, but mean no damage.
            0xF1 | 0xF3 => data(first + 1) && self.has(first + 2, running),
            0xF2 => data(first + 1) && data(first + 2) && self.has(first + 3, running),
            _ => self.has(first + 1, running),
        })
    }
}

/// Checks payloads of texts and SysEx messages. Reading from a wrong offset soon meets an impossible payload, so the
/// offset is not accepted.
struct Payloads {
    /// For each byte of the track, the next one from it on that no SysEx message has.
    status: Vec<u32>,
    /// The next one that no text has.
    control: Vec<u32>,
}

impl Payloads {
    fn new(track: &[u8]) -> Self {
        let next = |is_wanted: fn(u8) -> bool| {
            let mut next = u32::MAX;
            let mut places: Vec<u32> = (0..track.len())
                .rev()
                .map(|at| {
                    if is_wanted(track[at]) {
                        next = at as u32; // at most MAX_BYTES
                    }
                    next
                })
                .collect();
            places.reverse();
            places
        };
        let is_control = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
        Self { status: next(|byte| byte >= 0x80), control: next(is_control) }
    }

    /// Returns true if none of these places is from `start` on, except the last one before `end`.
    fn is_free(places: &[u32], start: usize, end: usize) -> bool {
        let found = places.get(start).copied().unwrap_or(u32::MAX);
        start >= end || found as usize >= end - 1
    }

    fn is_sysex(&self, start: usize, end: usize) -> bool {
        Self::is_free(&self.status, start, end)
    }

    fn is_meta(&self, kind: u8, start: usize, end: usize) -> bool {
        match (kind, end - start) {
            (0x00, length) => length == 2 || length == 0,
            (0x01..=0x0F, _) => Self::is_free(&self.control, start, end),
            (0x20 | 0x21, length) => length == 1,
            (0x2F, length) => length == 0,
            (0x51, length) => length == 3,
            (0x54, length) => length == 5,
            (0x58, length) => length == 4,
            (0x59, length) => length == 2,
            (kind, _) => kind == 0x7F,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rest_is_intact_from_each_event_after_the_damage() {
        let track = [0, 0x90, 60, 90, 10, 60, 200, 5, 0x90, 62, 90, 5, 62, 0, 0, 0xFF, 0x2F, 0];
        let map = IntactMap::new(&track).unwrap();
        let intact: Vec<usize> = (0..track.len()).filter(|&at| map.is_intact(at, None)).collect();
        // From 6 on the delta time is 200 5; from 8 on it is 0x90 62, and there is no status.
        assert_eq!(intact, [6, 7, 14]);
        let intact = (0..track.len()).filter(|&at| map.is_intact(at, Some(0x90)));
        // At 3 the delta time is 90.
        assert_eq!(intact.collect::<Vec<_>>(), [3, 6, 7, 11, 14]);
        assert!(!map.is_intact(track.len(), None));
    }
}
