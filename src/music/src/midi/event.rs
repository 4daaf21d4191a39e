//! The events that a score is built from.

use super::status::{Fault, Faults};
use midly::MidiMessage;

/// An event, reduced to what a score needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A message to a channel.
    Channel(Message),
    /// Numerator, and the exponent of the denominator.
    TimeSignature(u8, u8),
    /// Microseconds per quarter note.
    Tempo(u32),
    /// Sharps or flats, and whether minor.
    Key(i8, bool),
    /// Text; the byte is the meta type, 1..=9.
    Text(u8, &'a [u8]),
    /// A sequencer-specific meta event.
    Sequencer(&'a [u8]),
    /// The port of the following events.
    Port(u8),
    /// A SysEx message, or the first packet of one, without its leading F0.
    SysEx(&'a [u8]),
    /// An F7 event: a further packet of a SysEx message, or bytes to send as they are.
    Escape(&'a [u8]),
    /// End-of-Track.
    End,
    /// Any other event.
    Other,
}

/// A message to a channel: a note, a controller, a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    /// 80..=EF: the kind, and the channel in the low four bits.
    pub status: u8,
    /// At most 127.
    pub first: u8,
    /// At most 127; 0 if the message has only one data byte.
    pub second: u8,
}

impl<'a> Event<'a> {
    /// Reads a meta event from its type and payload.
    pub(super) fn meta(kind: u8, data: &'a [u8], faults: &mut Faults) -> Self {
        if kind > 0x7F {
            faults.insert(Fault::DataByte);
        }
        match (kind, data) {
            (0x01..=0x09, text) => Self::Text(kind, text),
            (0x21, &[port, ..]) => Self::Port(port),
            (0x2F, _) => Self::End,
            (0x51, &[a, b, c, ..]) => Self::Tempo(u32::from_be_bytes([0, a, b, c])),
            (0x58, &[numerator, exponent, ..]) => Self::TimeSignature(numerator, exponent),
            (0x59, &[sharps, minor, ..]) => Self::Key(sharps.cast_signed(), minor != 0),
            (0x7F, data) => Self::Sequencer(data),
            (0x51 | 0x58 | 0x59, _) => {
                faults.insert(match kind {
                    0x51 => Fault::BadTempo,
                    0x58 => Fault::BadTimeSignature,
                    _ => Fault::BadKeySignature,
                });
                Self::Other
            }
            _ => Self::Other,
        }
    }

    /// Converts a channel message of midly.
    pub(super) fn channel(channel: u8, message: MidiMessage) -> Self {
        let (kind, first, second) = match message {
            MidiMessage::NoteOff { key, vel } => (0x80, key.as_int(), vel.as_int()),
            MidiMessage::NoteOn { key, vel } => (0x90, key.as_int(), vel.as_int()),
            MidiMessage::Controller { controller, value } => {
                (0xB0, controller.as_int(), value.as_int())
            }
            MidiMessage::ProgramChange { program } => (0xC0, program.as_int(), 0),
            MidiMessage::Aftertouch { .. }
            | MidiMessage::ChannelAftertouch { .. }
            | MidiMessage::PitchBend { .. } => return Self::Other,
        };
        Self::Channel(Message { status: kind | channel, first, second })
    }
}

/// Number of data bytes of a channel message: one of a program or channel pressure, two of the others.
pub(super) const fn data_bytes(status: u8) -> usize {
    if matches!(status, 0xC0..=0xDF) { 1 } else { 2 }
}
