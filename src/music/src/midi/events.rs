//! Reads the events of one track.
//!
//! Channel messages, most of the events, are read in place. midly reads the others, and `lenient` reads again what midly
//! rejects or misreads. midly silently ends a track at its first bad event, so the unread bytes before each event are
//! remembered. Three things midly accepts and misreads: a quantity of more than four bytes, a payload longer than the
//! rest of the track, and the end of the bytes inside a quantity. They are checked before its event is used.

use super::event::{Event, Message};
use super::intact::IntactMap;
use super::lenient::{self, short_quantity};
use super::repair::repair;
use super::status::{Fault, Faults};
use super::sysex::is_plausible_payload;
use midly::{EventIter, TrackEventKind};

/// Maximum number of bytes of an event that are searched for another one.
const MAX_INSIDE: usize = 64;

/// The events of one track.
#[derive(Clone)]
pub(super) struct Events<'a> {
    midly: EventIter<'a>,
    /// The last channel status; midly drops it at each meta event.
    last_status: Option<u8>,
    /// Where the rest of a damaged track is intact, and the track's length. Dropped where that is so.
    intact: Option<(&'a IntactMap, usize)>,
    /// Faults so far.
    pub(super) faults: Faults,
    /// Bytes that were skipped.
    pub(super) skipped: u64,
}

impl<'a> Events<'a> {
    /// Creates a reader of a track's payload. It does not stop at End-of-Track.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (midly, faults) = (EventIter::new(bytes), Faults::default());
        Self { midly, last_status: None, intact: None, faults, skipped: 0 }
    }

    /// Creates a reader of a damaged track's payload, with its map. `status` is the running status of the track before:
    /// some writers carry it over.
    pub(super) fn damaged(bytes: &'a [u8], map: &'a IntactMap, status: Option<u8>) -> Self {
        let mut events = Self { intact: Some((map, bytes.len())), ..Self::new(bytes) };
        if !map.is_intact(0, None) && map.is_intact(0, status) {
            events.faults.insert(Fault::RunningStatus);
            events.last_status = status;
            *events.midly.running_status_mut() = status;
        }
        events
    }

    /// The last channel status.
    pub(super) fn last_status(&self) -> Option<u8> {
        self.last_status
    }

    /// The bytes that are not read yet.
    pub(super) fn unread(&self) -> &'a [u8] {
        self.midly.unread()
    }

    /// Reads the next event and its delta time; `None` if the bytes end or cannot be read as an event.
    #[inline]
    pub(super) fn next(&mut self) -> Option<(u64, Event<'a>)> {
        match self.intact {
            None => self.read(),
            Some((map, length)) => self.read_damaged(map, length),
        }
    }

    /// Reads the next event of a damaged track. If an event is invalid, or the rest is intact from inside it on, it is
    /// repaired or skipped, unless the rest after it is intact.
    #[cold]
    fn read_damaged(&mut self, map: &'a IntactMap, length: usize) -> Option<(u64, Event<'a>)> {
        let before = self.midly.unread();
        let at = length - before.len();
        if map.is_intact(at, self.last_status) {
            self.intact = None;
            return self.read();
        }
        let mut ahead = Self { intact: None, faults: Faults::default(), ..self.clone() };
        let event = ahead.read();
        let is_known = !has_unknown_kind(before);
        let is_valid = event.is_some() && ahead.faults.is_empty();
        let end = length - ahead.midly.unread().len();
        // A data byte above 127 moves nothing: if another status follows where it is due, the event is only that.
        let is_clamped = ahead.faults == Faults::from_iter([Fault::DataByte]) && is_known;
        let is_followed = event.is_some()
            && is_known
            && (map.is_intact(end, ahead.last_status)
                || is_clamped && lenient::starts_with_status(ahead.midly.unread()));
        let is_misread = || (at + 1..end.min(at + MAX_INSIDE)).any(|at| map.is_intact(at, None));
        let is_intact = |size, status| map.is_intact(at + size, status);
        if !is_followed
            && (!is_valid || is_misread())
            && let Some(repair) = repair(before, self.last_status, !is_clamped, is_intact)
        {
            self.faults.insert(Fault::StrayData);
            self.skipped += repair.skipped;
            self.midly = EventIter::new(&before[repair.size..]);
            *self.midly.running_status_mut() = repair.status;
            self.last_status = repair.status;
            return Some((repair.delta, repair.event));
        }
        self.faults = self.faults.union(ahead.faults);
        *self = Self { intact: self.intact, faults: self.faults, ..ahead };
        event
    }

    fn read(&mut self) -> Option<(u64, Event<'a>)> {
        let before = self.midly.unread();
        if before.is_empty() {
            return None;
        }
        if !is_long_quantity(before)
            && let Some(Ok(event)) = self.midly.next()
        {
            let delta = u64::from(event.delta.as_int());
            let event = match event.kind {
                TrackEventKind::Midi { channel, message } => {
                    self.last_status = self.midly.running_status();
                    Some(Event::channel(channel.as_int(), message))
                }
                TrackEventKind::Meta(_) => {
                    payload(before, 2).map(|(kind, data)| Event::meta(kind, data, &mut self.faults))
                }
                TrackEventKind::SysEx(data) => payload(before, 1)
                    .filter(|_| is_plausible_payload(data))
                    .map(|_| Event::SysEx(data)),
                TrackEventKind::Escape(data) => payload(before, 1).map(|_| Event::Escape(data)),
            };
            if let Some(event) = event {
                return Some((delta, event));
            }
        }
        self.recover(before)
    }

    /// Reads the valid channel messages that come next, with their delta times of one or two bytes, up to anything
    /// else.
    #[inline]
    pub(super) fn messages(&mut self, mut take: impl FnMut(u64, Message)) {
        if self.intact.is_some() {
            return;
        }
        let mut bytes = self.midly.unread();
        // 0 is not a status: it means none.
        let mut status = self.midly.running_status().unwrap_or(0);
        // Such an event has at most five bytes, and eight are read at once.
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
            self.midly = EventIter::new(bytes);
            *self.midly.running_status_mut() = Some(status);
            self.last_status = Some(status);
        }
    }

    #[cold]
    fn recover(&mut self, before: &'a [u8]) -> Option<(u64, Event<'a>)> {
        let running = lenient::RunningStatus {
            status: self.last_status,
            allowed: self.midly.running_status().is_some(),
        };
        let Some(read) = lenient::read(before, running, &mut self.faults) else {
            // Nothing was read, so all bytes are unread.
            self.midly = EventIter::new(before);
            return None;
        };
        self.skipped += read.skipped;
        self.last_status = read.status;
        self.midly = EventIter::new(read.rest);
        *self.midly.running_status_mut() = read.status.filter(|_| read.keeps_running);
        Some((read.delta, read.event))
    }

    /// Returns the number of bytes after the End-of-Track event, if there is one.
    pub(super) fn left_after_end(mut self) -> Option<usize> {
        loop {
            self.messages(|_, _| {});
            if let (_, Event::End) = self.next()? {
                return Some(self.unread().len());
            }
        }
    }
}

/// Returns true if a meta event starts here whose kind is above 127. Its payload means nothing.
fn has_unknown_kind(bytes: &[u8]) -> bool {
    let status = lenient::quantity(bytes).map_or(bytes.len(), |(_, size)| size);
    matches!(bytes.get(status..), Some([0xFF, 0x80..=0xFF, ..]))
}

/// Returns true if a variable-length quantity has more than the four bytes that the standard allows.
fn is_long_quantity(bytes: &[u8]) -> bool {
    bytes.len() >= 4 && bytes[..4].iter().all(|byte| byte & 0x80 != 0)
}

/// Returns the payload of an event, which starts with its delta time, and the byte before the payload's length; `None`
/// if the payload is not inside `event`. The length is `skip` bytes after the delta time.
fn payload(event: &[u8], skip: usize) -> Option<(u8, &[u8])> {
    let (_, delta) = lenient::quantity(event)?;
    let (head, rest) = event.split_at_checked(delta + skip)?;
    let (length, size) = short_quantity(rest)?;
    Some((*head.last()?, rest[size..].get(..usize::try_from(length).ok()?)?))
}
