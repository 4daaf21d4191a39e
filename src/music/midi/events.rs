//! The events of one track.
//!
//! Channel messages, which most events are, are read in place. midly reads the others, and
//! `lenient` reads again what midly stops at or misreads. midly ends a track silently at its first
//! bad event, so what was unread before each event is remembered. Three things midly takes for good
//! and misreads: a quantity of more than four bytes, a payload longer than the rest of the track,
//! and the end of the bytes inside a quantity. They are looked for before its answer is believed.

use super::event::Event;
use super::lenient;
use super::status::Faults;
use midly::{EventIter, TrackEventKind};

/// The events of one track.
#[derive(Clone)]
pub(super) struct Events<'a> {
    sound: EventIter<'a>,
    /// The last channel status, which midly forgets at each meta event.
    last_status: Option<u8>,
    /// What was odd so far.
    pub(super) faults: Faults,
    /// Bytes that were skipped.
    pub(super) skipped: u64,
}

impl<'a> Events<'a> {
    /// The events in a track's payload. Nothing stops them at the End-of-Track event but who asks.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            sound: EventIter::new(bytes),
            last_status: None,
            faults: Faults::default(),
            skipped: 0,
        }
    }

    /// What is left to read.
    pub(super) fn unread(&self) -> &'a [u8] {
        self.sound.unread()
    }

    /// How long after the one before, and what; `None` where the bytes end or cannot be read on.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(u64, Event<'a>)> {
        let before = self.sound.unread();
        if before.is_empty() {
            return None;
        }
        if let Some(read) = self.channel_message(before) {
            return Some(read);
        }
        if !is_long_quantity(before)
            && let Some(Ok(event)) = self.sound.next()
        {
            let delta = u64::from(event.delta.as_int());
            let sound = match event.kind {
                TrackEventKind::Midi { .. } => {
                    self.last_status = self.sound.running_status();
                    true
                }
                TrackEventKind::Meta(_) => has_sound_payload(before, 2),
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => {
                    has_sound_payload(before, 1)
                }
            };
            if sound {
                return Some((delta, Event::from_midly(event.kind, &mut self.faults)));
            }
        }
        self.recover(before)
    }

    /// A sound channel message after a delta time of one or two bytes, which most events are.
    #[inline]
    fn channel_message(&mut self, bytes: &'a [u8]) -> Option<(u64, Event<'a>)> {
        let (delta, rest) = match *bytes {
            [delta @ ..0x80, ref rest @ ..] => (u64::from(delta), rest),
            [high, low @ ..0x80, ref rest @ ..] => {
                (u64::from(high & 0x7F) << 7 | u64::from(low), rest)
            }
            _ => return None,
        };
        let (status, rest) = match *rest {
            [status @ 0x80..0xF0, ref rest @ ..] => (status, rest),
            [..0x80, ..] => (self.sound.running_status()?, rest),
            _ => return None,
        };
        let (first, second, rest) = match (status >> 4, rest) {
            (0xC | 0xD, &[first @ ..0x80, ref rest @ ..]) => (first, 0, rest),
            (0x8..=0xB | 0xE, &[first @ ..0x80, second @ ..0x80, ref rest @ ..]) => {
                (first, second, rest)
            }
            _ => return None,
        };
        self.sound = EventIter::new(rest);
        *self.sound.running_status_mut() = Some(status);
        self.last_status = Some(status);
        Some((delta, Event::channel(status, first, second)))
    }

    #[cold]
    fn recover(&mut self, before: &'a [u8]) -> Option<(u64, Event<'a>)> {
        let running = lenient::Running {
            status: self.last_status,
            allowed: self.sound.running_status().is_some(),
        };
        let Some(read) = lenient::read(before, running, &mut self.faults) else {
            // Nothing was read, so all of it is unread.
            self.sound = EventIter::new(before);
            return None;
        };
        self.skipped += read.skipped;
        self.last_status = read.status;
        self.sound = EventIter::new(read.rest);
        *self.sound.running_status_mut() = read.status.filter(|_| read.keeps_running);
        Some((read.delta, read.event))
    }

    /// Whether an End-of-Track event comes, and how many bytes are left after it.
    pub(super) fn left_after_end(mut self) -> Option<usize> {
        while let Some((_, event)) = self.next() {
            if event == Event::End {
                return Some(self.unread().len());
            }
        }
        None
    }
}

/// Whether a variable-length quantity has more than the four bytes that the standard allows.
fn is_long_quantity(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes[..4].iter().all(|byte| byte & 0x80 != 0)
}

/// Whether the payload of the event whose delta time is at the start fits, its length standing so
/// many bytes behind the delta time.
fn has_sound_payload(event: &[u8], skip: usize) -> bool {
    let Some((_, delta)) = lenient::quantity(event) else {
        return false;
    };
    let Some(at) = event.get(delta + skip..) else {
        return false;
    };
    match lenient::quantity(at) {
        Some((length, size)) => size <= 4 && length <= (at.len() - size) as u64,
        None => false,
    }
}
