//! The events of one track.
//!
//! Channel messages, which most events are, are read in place. midly reads the others, and
//! `lenient` reads again what midly stops at or misreads. midly ends a track silently at its first
//! bad event, so what was unread before each event is remembered. Three things midly takes for good
//! and misreads: a quantity of more than four bytes, a payload longer than the rest of the track,
//! and the end of the bytes inside a quantity. They are looked for before its answer is believed.

use super::event::{Event, Message};
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
        if !is_long_quantity(before)
            && let Some(Ok(event)) = self.sound.next()
        {
            let delta = u64::from(event.delta.as_int());
            let sound = match event.kind {
                TrackEventKind::Midi { .. } => {
                    self.last_status = self.sound.running_status();
                    true
                }
                TrackEventKind::Meta(_) => payload_fits(before, 2),
                TrackEventKind::SysEx(_) | TrackEventKind::Escape(_) => payload_fits(before, 1),
            };
            if sound {
                return Some((delta, Event::from_midly(event.kind, &mut self.faults)));
            }
        }
        self.recover(before)
    }

    /// Hands over the sound channel messages that come next, each with how long after the one before, up
    /// to anything else. Most events are such, after a delta time of one or two bytes.
    #[inline]
    pub(super) fn messages(&mut self, mut take: impl FnMut(u64, Message)) {
        let mut bytes = self.sound.unread();
        // 0, which is no status, stands for none.
        let mut status = self.sound.running_status().unwrap_or(0);
        // An event has five bytes at most, and a number of eight is read at once.
        while let Some(eight) = bytes.first_chunk::<8>() {
            let (mut ahead, mut size) = (u64::from_le_bytes(*eight), 1);
            let mut delta = ahead & 0x7F;
            if ahead & 0x80 != 0 {
                if ahead & 0x8000 != 0 {
                    break;
                }
                delta = delta << 7 | ahead >> 8 & 0x7F;
                ahead >>= 8;
                size = 2;
            }
            ahead >>= 8;
            let mut next = status;
            if ahead & 0x80 != 0 {
                next = ahead as u8;
                ahead >>= 8;
                size += 1;
            }
            // Programs and channel pressure have one data byte, the others two.
            let two = !matches!(next, 0xC0..0xE0);
            let (first, second) = (ahead as u8, if two { (ahead >> 8) as u8 } else { 0 });
            if !matches!(next, 0x80..0xF0) || (first | second) >= 0x80 {
                break;
            }
            size += 1 + usize::from(two);
            status = next;
            bytes = &bytes[size..];
            take(delta, Message { status, first, second });
        }
        if status != 0 {
            self.sound = EventIter::new(bytes);
            *self.sound.running_status_mut() = Some(status);
            self.last_status = Some(status);
        }
    }

    #[cold]
    fn recover(&mut self, before: &'a [u8]) -> Option<(u64, Event<'a>)> {
        let running = lenient::RunningStatus {
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
        loop {
            self.messages(|_, _| {});
            if let (_, Event::End) = self.next()? {
                return Some(self.unread().len());
            }
        }
    }
}

/// Whether a variable-length quantity has more than the four bytes that the standard allows.
fn is_long_quantity(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes[..4].iter().all(|byte| byte & 0x80 != 0)
}

/// Whether the payload of the event whose delta time is at the start fits, its length standing so
/// many bytes behind the delta time.
fn payload_fits(event: &[u8], skip: usize) -> bool {
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
