//! Reads one event that midly cannot, as players do with such bytes, not as the standard requires.

use super::event::{Event, Message, data_bytes};
use super::status::{Fault, Faults};
use super::sysex::is_plausible_payload;

/// The running status before an event.
#[derive(Clone, Copy)]
pub(super) struct RunningStatus {
    /// The last channel status of the track.
    pub status: Option<u8>,
    /// Whether the standard allows omitting it here.
    pub allowed: bool,
}

/// One event and the bytes after it.
pub(super) struct LenientEvent<'a> {
    pub delta: u64,
    pub event: Event<'a>,
    pub rest: &'a [u8],
    /// The last channel status after the event.
    pub status: Option<u8>,
    /// Whether the standard allows omitting it after the event.
    pub keeps_running: bool,
    /// Bytes that were skipped.
    pub skipped: u64,
}

/// Reads one event; `None` if the bytes end inside it.
pub(super) fn read<'a>(
    bytes: &'a [u8],
    running: RunningStatus,
    faults: &mut Faults,
) -> Option<LenientEvent<'a>> {
    let (delta, bytes) = any_quantity(bytes, faults)?;
    let (&first, rest) = bytes.split_first()?;
    let (status, after) = match (first, running.status) {
        (0x80.., _) => (first, rest),
        (_, Some(status)) => {
            if !running.allowed {
                faults.insert(Fault::RunningStatus);
            }
            (status, bytes)
        }
        (_, None) => {
            faults.insert(Fault::StrayData);
            let (event, status, keeps_running) = (Event::Other, None, false);
            return Some(LenientEvent { delta, event, rest, status, keeps_running, skipped: 1 });
        }
    };
    let (event, rest) = match status {
        0x80..=0xEF => channel(status, after, faults)?,
        0xFF => {
            let (&kind, after) = after.split_first()?;
            let (data, rest) = payload(after, false, faults)?;
            (Event::meta(kind, data, faults), rest)
        }
        0xF0 => {
            let (data, rest) = sysex(after, faults)?;
            (Event::SysEx(data), rest)
        }
        0xF7 => {
            let (data, rest) = payload(after, true, faults)?;
            (Event::Escape(data), rest)
        }
        _ => {
            faults.insert(Fault::SystemMessage);
            let data = match status {
                0xF1 | 0xF3 => 1,
                0xF2 => 2,
                _ => 0,
            };
            (Event::Other, after.get(data..)?)
        }
    };
    let is_channel = status < 0xF0;
    let is_realtime = (0xF8..0xFF).contains(&status);
    let status = if is_channel { Some(status) } else { running.status };
    let keeps_running = is_channel || (is_realtime && running.allowed);
    Some(LenientEvent { delta, event, rest, status, keeps_running, skipped: 0 })
}

/// Reads a channel message; data bytes are clamped to 127.
fn channel<'a>(status: u8, bytes: &'a [u8], faults: &mut Faults) -> Option<(Event<'a>, &'a [u8])> {
    let (data, rest) = bytes.split_at_checked(data_bytes(status))?;
    let clamped = [data[0], *data.get(1).unwrap_or(&0)].map(|byte| byte.min(127));
    if data.iter().any(|&byte| byte > 127) {
        faults.insert(Fault::DataByte);
    }
    let [first, second] = clamped;
    Some((Event::Channel(Message { status, first, second }), rest))
}

/// Reads the payload of a meta or SysEx event. A SysEx payload that is longer than the track ends at its F7.
fn payload<'a>(bytes: &'a [u8], sysex: bool, faults: &mut Faults) -> Option<(&'a [u8], &'a [u8])> {
    let (length, bytes) = any_quantity(bytes, faults)?;
    let fits = usize::try_from(length).ok().and_then(|length| bytes.split_at_checked(length));
    if fits.is_some() {
        return fits;
    }
    faults.insert(Fault::LongPayload);
    let end = bytes.iter().position(|&byte| sysex && byte == 0xF7)?;
    Some(bytes.split_at(end + 1))
}

/// First bytes of the messages that matter here: the manufacturer, or the kind of a universal message.
const MANUFACTURERS: [u8; 4] = [0x41, 0x43, 0x7E, 0x7F];

/// Reads the payload of an F0 event. If the payload includes bytes that no message has, or is longer than the track, its
/// length is wrong, or missing as in messages over a cable, and the message ends at its F7.
fn sysex<'a>(bytes: &'a [u8], faults: &mut Faults) -> Option<(&'a [u8], &'a [u8])> {
    let (length, body) = any_quantity(bytes, faults)?;
    let fits = usize::try_from(length).ok().and_then(|length| body.split_at_checked(length));
    if let Some((data, _)) = fits
        && is_plausible_payload(data)
    {
        return fits;
    }
    let is_known = |data: &[u8]| data.first().is_some_and(|byte| MANUFACTURERS.contains(byte));
    let end = body.iter().position(|&byte| byte >= 0x80).filter(|&end| body[end] == 0xF7);
    let by_end = end.map(|end| body.split_at(end + 1)).filter(|(_, rest)| starts_event(rest));
    let Some((data, rest)) = by_end else {
        if fits.is_none() {
            return payload(bytes, true, faults);
        }
        faults.insert(Fault::SysexLength);
        return fits;
    };
    faults.insert(Fault::SysexLength);
    let without_length = &bytes[..bytes.len() - rest.len()];
    let has_length = is_known(data) && !is_known(without_length);
    Some((if has_length { data } else { without_length }, rest))
}

/// Returns true if the bytes start with a delta time and the status of a channel or meta event.
pub(super) fn starts_with_status(bytes: &[u8]) -> bool {
    let Some((_, size)) = short_quantity(bytes) else { return false };
    matches!(bytes.get(size), Some(0x80..=0xEF | 0xFF))
}

/// Returns true if the bytes start with a delta time and a complete event that has its status.
fn starts_event(bytes: &[u8]) -> bool {
    let Some((_, size)) = short_quantity(bytes) else { return false };
    match bytes[size..] {
        [0xC0..=0xDF, first, ..] => first < 0x80,
        [0x80..=0xEF, first, second, ..] => first < 0x80 && second < 0x80,
        [0xFF, kind, ..] => kind < 0x80,
        [0xF0 | 0xF7, ..] => true,
        _ => false,
    }
}

/// Reads a quantity, too long or not, and returns it with the bytes after it.
fn any_quantity<'a>(bytes: &'a [u8], faults: &mut Faults) -> Option<(u64, &'a [u8])> {
    let (value, size) = quantity(bytes)?;
    if size > 4 {
        faults.insert(Fault::LongQuantity);
    }
    Some((value, &bytes[size..]))
}

/// Reads a variable-length quantity of up to four bytes, which the standard allows; returns it and its size in bytes.
pub(super) fn short_quantity(bytes: &[u8]) -> Option<(u64, usize)> {
    quantity(&bytes[..bytes.len().min(4)])
}

/// Reads a variable-length quantity of up to nine bytes, which fit `u64`; returns it and its size in bytes.
pub(super) fn quantity(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        value = value << 7 | u64::from(byte & 0x7F);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}
