//! What the score is made of, out of one track's events.

use super::status::{Fault, Faults};
use midly::{MetaMessage, MidiMessage, TrackEventKind};

/// An event, as far as the score asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A note is struck; the velocity is not 0.
    NoteOn { channel: u8, pitch: u8, velocity: u8 },
    /// A note ends.
    NoteOff { channel: u8, pitch: u8 },
    /// A controller moves.
    Controller { channel: u8, controller: u8, value: u8 },
    /// A channel gets another instrument.
    Program { channel: u8, program: u8 },
    /// Numerator, and the exponent of the denominator.
    TimeSignature(u8, u8),
    /// Microseconds per quarter note.
    Tempo(u32),
    /// Sharps or flats, and whether minor.
    Key(i8, bool),
    /// Text; the byte is the meta type, 1..=9.
    Text(u8, &'a [u8]),
    /// A meta event that only one sequencer understands.
    Sequencer(&'a [u8]),
    /// A SysEx message without its leading F0.
    SysEx(&'a [u8]),
    /// The track is over.
    End,
    /// Nothing that matters here.
    Other,
}

impl<'a> Event<'a> {
    /// A channel message; both data bytes are at most 127, and the status is 80..=EF.
    pub(super) fn channel(status: u8, first: u8, second: u8) -> Self {
        let channel = status & 15;
        match status >> 4 {
            0x9 if second > 0 => Self::NoteOn { channel, pitch: first, velocity: second },
            0x8 | 0x9 => Self::NoteOff { channel, pitch: first },
            0xB => Self::Controller { channel, controller: first, value: second },
            0xC => Self::Program { channel, program: first },
            _ => Self::Other,
        }
    }

    /// A meta event, by its type and payload.
    pub(super) fn meta(kind: u8, data: &'a [u8], faults: &mut Faults) -> Self {
        match (kind, data) {
            (0x01..=0x09, text) => Self::Text(kind, text),
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

    /// What midly read.
    pub(super) fn from_midly(kind: TrackEventKind<'a>, faults: &mut Faults) -> Self {
        match kind {
            TrackEventKind::Midi { channel, message } => {
                let channel = channel.as_int();
                match message {
                    MidiMessage::NoteOn { key, vel } => {
                        Self::channel(0x90 | channel, key.as_int(), vel.as_int())
                    }
                    MidiMessage::NoteOff { key, .. } => {
                        Self::NoteOff { channel, pitch: key.as_int() }
                    }
                    MidiMessage::Controller { controller, value } => Self::Controller {
                        channel,
                        controller: controller.as_int(),
                        value: value.as_int(),
                    },
                    MidiMessage::ProgramChange { program } => {
                        Self::Program { channel, program: program.as_int() }
                    }
                    MidiMessage::Aftertouch { .. }
                    | MidiMessage::ChannelAftertouch { .. }
                    | MidiMessage::PitchBend { .. } => Self::Other,
                }
            }
            TrackEventKind::SysEx(data) => Self::SysEx(data),
            TrackEventKind::Escape(_) => Self::Other,
            TrackEventKind::Meta(message) => match message {
                MetaMessage::Text(text) => Self::Text(1, text),
                MetaMessage::Copyright(text) => Self::Text(2, text),
                MetaMessage::TrackName(text) => Self::Text(3, text),
                MetaMessage::InstrumentName(text) => Self::Text(4, text),
                MetaMessage::Lyric(text) => Self::Text(5, text),
                MetaMessage::Marker(text) => Self::Text(6, text),
                MetaMessage::CuePoint(text) => Self::Text(7, text),
                MetaMessage::ProgramName(text) => Self::Text(8, text),
                MetaMessage::DeviceName(text) => Self::Text(9, text),
                MetaMessage::EndOfTrack => Self::End,
                MetaMessage::Tempo(tempo) => Self::Tempo(tempo.as_int()),
                MetaMessage::TimeSignature(numerator, exponent, ..) => {
                    Self::TimeSignature(numerator, exponent)
                }
                MetaMessage::KeySignature(sharps, minor) => Self::Key(sharps, minor),
                MetaMessage::SequencerSpecific(data) => Self::Sequencer(data),
                MetaMessage::Unknown(kind, data) => Self::meta(kind, data, faults),
                MetaMessage::TrackNumber(_)
                | MetaMessage::MidiChannel(_)
                | MetaMessage::MidiPort(_)
                | MetaMessage::SmpteOffset(_) => Self::Other,
            },
        }
    }
}
