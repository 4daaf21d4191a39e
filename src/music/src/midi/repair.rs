//! Repairs an invalid event of a damaged track: finds the bytes without which the rest is intact.

use super::event::{Event, Message, data_bytes};
use super::lenient::{quantity, short_quantity};

/// Maximum number of bytes that are skipped to find the next valid event.
const MAX_SKIPPED: usize = 16;

/// An event without its odd byte, or nothing instead of several odd bytes.
pub(super) struct Repair {
    pub(super) delta: u64,
    pub(super) event: Event<'static>,
    /// Bytes up to the next event.
    pub(super) size: usize,
    /// How many of them are skipped.
    pub(super) skipped: u64,
    /// The last channel status after the event.
    pub(super) status: Option<u8>,
}

/// Repairs an invalid event at the start of `bytes`, so that the rest after it is intact. Tried in this order: a status
/// byte in place of a data byte, a byte too much between two events, a byte too much in a channel message, and, if
/// `can_skip`, more bytes.
pub(super) fn repair(
    bytes: &[u8],
    status: Option<u8>,
    can_skip: bool,
    is_intact: impl Fn(usize, Option<u8>) -> bool,
) -> Option<Repair> {
    let nothing = |size: usize, delta: u64| {
        let (event, skipped) = (Event::Other, size as u64);
        is_intact(size, status).then_some(Repair { delta, event, size, skipped, status })
    };
    let delta = quantity(bytes).map_or(0, |(delta, _)| delta);
    // A status byte in place of a data byte is the odd one.
    let odd = odd_byte(bytes, status).and_then(|odd| without(bytes, odd, status, &is_intact));
    let between = || nothing(1, 0);
    let inside = || (1..8).rev().find_map(|odd| without(bytes, odd, status, &is_intact));
    let more = || (2..=MAX_SKIPPED).filter(|_| can_skip).find_map(|size| nothing(size, delta));
    odd.or_else(between).or_else(inside).or_else(more)
}

/// Returns the place of the byte above 127 in a channel message with its status.
fn odd_byte(bytes: &[u8], status: Option<u8>) -> Option<usize> {
    let (_, size) = quantity(bytes)?;
    let data = match bytes.get(size)? {
        // Of two status bytes, the one that repeats the last is right.
        0x80..=0xEF if status.is_some() && bytes.get(size + 1) == status.as_ref() => {
            return Some(size);
        }
        0x80..=0xEF => size + 1,
        0..=0x7F if status.is_some() => return None,
        _ => return Some(size),
    };
    let odd = bytes.get(data..)?.iter().take(2).position(|&byte| byte >= 0x80)?;
    Some(data + odd)
}

/// Reads a channel message without one of its bytes, if the rest after it is intact.
fn without(
    bytes: &[u8],
    odd: usize,
    status: Option<u8>,
    is_intact: impl Fn(usize, Option<u8>) -> bool,
) -> Option<Repair> {
    let mut kept = [0xFF; 8]; // 0xFF where the bytes end: no event has it
    let others = bytes.iter().enumerate().filter(|&(at, _)| at != odd);
    kept.iter_mut().zip(others).for_each(|(kept, (_, &byte))| *kept = byte);
    let (delta, mut size) = short_quantity(&kept)?;
    let mut status = status;
    if let &first @ 0x80..=0xEF = kept.get(size)? {
        status = Some(first);
        size += 1;
    }
    let status = status?;
    let count = data_bytes(status);
    let data = kept.get(size..size + count).filter(|data| data.iter().all(|&byte| byte < 0x80))?;
    size += count + 1;
    if odd >= size || !is_intact(size, Some(status)) {
        return None;
    }
    let second = data.get(1).copied().unwrap_or(0);
    let event = Event::Channel(Message { status, first: data[0], second });
    Some(Repair { delta, event, size, skipped: 1, status: Some(status) })
}
