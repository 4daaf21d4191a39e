//! Writes a piece of music as a Standard MIDI File for DAWs, notation programs and game engines.
//!
//! [`write()`] never fails: a file can hold every [`Piece`]. Equal pieces give equal bytes. The file has format 1: a
//! conductor track (title, comment, tempo, time signature, key, markers), then one track per [`Track`]. Overlapping notes
//! of one pitch are cut, so within a track every note-off belongs to one note-on; at one tick, note-offs come first.

mod roll_to_piece;

pub use roll_to_piece::{Lengths, RollError, RollOptions, roll_to_piece};

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Timing, TrackEvent, TrackEventKind};

use crate::key::KeySignature;
use crate::meter::TimeSignature;
use crate::note::{Channel, Division, Pitch, Velocity};

/// A note with onset and duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlacedNote {
    /// Tick of the note-on, from the start of the piece.
    pub(crate) onset: u32,
    /// The key.
    pub(crate) pitch: Pitch,
    /// Ticks from note-on to note-off, at least 1.
    pub(crate) duration: u32,
    /// The velocity, 1..=127.
    pub(crate) velocity: Velocity,
}

impl PlacedNote {
    /// Creates a note of at least one tick. Its velocity is at least 1, because 0 is a note-off in the file.
    pub fn new(onset: u32, duration: u32, pitch: Pitch, velocity: Velocity) -> Self {
        let velocity = Velocity::clamped(velocity.get().max(1));
        Self { onset, pitch, duration: duration.max(1), velocity }
    }

    fn end(self) -> u32 {
        self.onset.saturating_add(self.duration)
    }
}

/// One voice of a piece: an instrument on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Name of the track, which DAWs show.
    pub name: String,
    /// The channel; tracks that sound together need different ones.
    pub channel: Channel,
    /// General MIDI program, 0..=127; the low seven bits are written.
    pub program: u8,
    /// Notes in any order.
    pub notes: Vec<PlacedNote>,
}

/// A named time in a piece, such as the start of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Tick from the start of the piece.
    pub at: u32,
    /// Name, which DAWs show in the ruler.
    pub name: String,
}

/// The content of a file written by [`write()`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Ticks per quarter note.
    pub division: Division,
    /// Tempo, 1..=16777215 (the nearest is written); see [`microseconds_per_quarter`].
    pub microseconds_per_quarter: u32,
    /// Time signature of the whole piece.
    pub signature: TimeSignature,
    /// The key, if known.
    pub key: Option<KeySignature>,
    /// Title of the piece.
    pub title: String,
    /// Origin of the piece: a text event at the start.
    pub comment: Option<String>,
    /// Markers, in any order.
    pub markers: Vec<Marker>,
    /// The tracks; the first 65,534 are written.
    pub tracks: Vec<Track>,
}

/// Converts quarter notes per minute (at least 4, the slowest tempo of MIDI) to the unit of MIDI, rounded.
pub fn microseconds_per_quarter(beats_per_minute: u32) -> u32 {
    let beats = beats_per_minute.max(4);
    (60_000_000 + beats / 2) / beats
}

/// Encodes a piece as a Standard MIDI File of format 1.
pub fn write(piece: &Piece) -> Vec<u8> {
    let division = u15::new(piece.division.get());
    let header = Header::new(Format::Parallel, Timing::Metrical(division));
    let voices = piece.tracks.iter().take(usize::from(u16::MAX) - 1);
    let tracks: Vec<Vec<TrackEvent>> =
        std::iter::once(conductor(piece)).chain(voices.map(voice)).collect();
    let mut bytes = Vec::new();
    midly::write(&header, &tracks, &mut bytes)
        .expect("a track held in memory as events is shorter than 4 GiB as bytes");
    bytes
}

/// Converts events at absolute ticks to the deltas of a track.
struct Events<'a> {
    now: u32,
    events: Vec<TrackEvent<'a>>,
}

impl<'a> Events<'a> {
    fn named(name: &'a str) -> Self {
        let mut track = Self { now: 0, events: Vec::new() };
        track.push(0, TrackEventKind::Meta(MetaMessage::TrackName(name.as_bytes())));
        track
    }

    /// Appends an event. A delta has 28 bits, so empty texts bridge a longer silence.
    fn push(&mut self, at: u32, kind: TrackEventKind<'a>) {
        const LONGEST: u32 = (1 << 28) - 1;
        while at - self.now > LONGEST {
            self.now += LONGEST;
            let kind = TrackEventKind::Meta(MetaMessage::Text(b""));
            self.events.push(TrackEvent { delta: u28::new(LONGEST), kind });
        }
        self.events.push(TrackEvent { delta: u28::new(at - self.now), kind });
        self.now = at;
    }

    fn end(mut self) -> Vec<TrackEvent<'a>> {
        self.push(self.now, TrackEventKind::Meta(MetaMessage::EndOfTrack));
        self.events
    }
}

fn conductor(piece: &Piece) -> Vec<TrackEvent<'_>> {
    let mut track = Events::named(&piece.title);
    let mut meta = |at, message| track.push(at, TrackEventKind::Meta(message));
    if let Some(comment) = &piece.comment {
        meta(0, MetaMessage::Text(comment.as_bytes()));
    }
    let tempo = piece.microseconds_per_quarter.clamp(1, u24::max_value().as_int());
    meta(0, MetaMessage::Tempo(u24::new(tempo)));
    let (numerator, denominator) = (piece.signature.numerator(), piece.signature.denominator());
    // The denominator as its exponent; one metronome click per quarter note (24 MIDI clocks), eight 32nds per quarter.
    meta(0, MetaMessage::TimeSignature(numerator, denominator.trailing_zeros() as u8, 24, 8));
    if let Some(key) = piece.key {
        meta(0, MetaMessage::KeySignature(key.sharps(), key.is_minor()));
    }
    let mut markers: Vec<&Marker> = piece.markers.iter().collect();
    markers.sort_by_key(|marker| marker.at);
    for marker in markers {
        meta(marker.at, MetaMessage::Marker(marker.name.as_bytes()));
    }
    track.end()
}

/// Release velocity: the value that the MIDI specification defines for keyboards that do not measure it.
const RELEASE: Velocity = Velocity::clamped(64);

fn voice(source: &Track) -> Vec<TrackEvent<'_>> {
    use MidiMessage::{NoteOff, NoteOn, ProgramChange};
    let mut track = Events::named(&source.name);
    let channel = u4::new(source.channel.get());
    let midi = |message| TrackEventKind::Midi { channel, message };
    track.push(0, midi(ProgramChange { program: u7::new(source.program) }));

    // (tick, is_on, pitch, velocity): `false` sorts first, so note-offs precede note-ons.
    let mut changes = Vec::new();
    for note in without_overlaps(&source.notes) {
        changes.push((note.onset, true, note.pitch, note.velocity));
        changes.push((note.end(), false, note.pitch, RELEASE));
    }
    changes.sort_unstable();
    for (at, is_on, pitch, velocity) in changes {
        let (key, vel) = (u7::new(pitch.get()), u7::new(velocity.get()));
        track.push(at, midi(if is_on { NoteOn { key, vel } } else { NoteOff { key, vel } }));
    }
    track.end()
}

/// Cuts notes at the start of the next note of the same pitch; of two that start together, the longer is kept.
fn without_overlaps(notes: &[PlacedNote]) -> Vec<PlacedNote> {
    let mut sorted = notes.to_vec();
    sorted.sort_unstable_by_key(|n| (n.pitch, n.onset, n.duration, n.velocity));
    let mut kept: Vec<PlacedNote> = Vec::with_capacity(sorted.len());
    for note in sorted {
        match kept.last_mut() {
            Some(last) if last.pitch == note.pitch && last.onset == note.onset => *last = note,
            Some(last) if last.pitch == note.pitch && last.end() > note.onset => {
                last.duration = note.onset - last.onset;
                kept.push(note);
            }
            _ => kept.push(note),
        }
    }
    kept
}

#[cfg(test)]
mod tests;
