//! Collects the events of all tracks into one score.

use super::super::key::KeySignature;
use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::super::score::{DEFAULT_TEMPO, LoopPoint, Score};
use super::channels::{ChannelChanges, lane};
use super::event::{Event, Message};
use super::meters::reconcile;
use super::note_ends::NoteEnds;
use super::packed_notes::{PackedNote, PackedNotes};
use super::status::{Fault, Faults};
use super::sysex::SysExPackets;
use super::texts::TextCollector;

/// Maximum number of notes of a file, which bounds the memory. More are "black MIDI", not music.
const MAX_NOTES: usize = 1 << 20;
/// Bytes of a note and its end in most files, and the maximum number of notes to allocate at the start.
const BYTES_PER_NOTE: usize = 8;
const FIRST_NOTES: usize = 1 << 15;
/// Maximum numbers of time signatures and tempos of a file, for the same reason.
const MAX_SIGNATURES: usize = 1 << 16;
const MAX_TEMPOS: usize = 1 << 18;
/// Ticks per second, at 120 quarter notes per minute, of audio clocks instead of sequencers.
const SAMPLE_RATES: [u32; 8] = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
/// First channel of the base level, for simple synthesizers: "channel 13" counted from 1.
const BASE_LEVEL: u8 = 12;
/// Maximum numbers of key signatures and loop markers that are kept.
const MAX_KEYS: usize = 4096;
const MAX_LOOPS: usize = 64;
/// Notes of a chord that are searched for one of a channel.
const CHORD: usize = 32;
/// Longest silence, in quarter notes, between the last note and the last event, and before End-of-Track, that is part of
/// a piece: 256 measures of 4/4.
const MAX_SILENCE: u64 = 1024;

/// Collects the events of all tracks into a score.
pub(super) struct Collector {
    /// The score, still without notes and meter.
    score: Score,
    notes: PackedNotes,
    signatures: Vec<(Tick, TimeSignature)>,
    /// Starts of the pieces (format 2).
    pieces: Vec<Tick>,
    channels: ChannelChanges,
    packets: SysExPackets,
    ends: NoteEnds,
    texts: TextCollector,
    has_base_level_marker: bool,
    /// Port of the track.
    port: u8,
    /// Marks in `notes`: the start of the track, and of the piece.
    track: usize,
    piece: usize,
    /// Whether the track's End-of-Track event came.
    is_ended: bool,
    start: u64,
    now: u64,
    /// Tick of the last event of the piece other than End-of-Track.
    last_event: u64,
    /// The limit that the file exceeds.
    pub(super) overflow: Option<&'static str>,
    pub(super) faults: Faults,
}

impl Collector {
    /// Creates a collector for a file of `bytes` bytes.
    pub(super) fn new(division: Division, bytes: usize, faults: Faults) -> Self {
        let notes = (bytes / BYTES_PER_NOTE).min(FIRST_NOTES);
        Self {
            score: Score::empty(division),
            notes: PackedNotes::with_capacity(notes),
            signatures: Vec::new(),
            pieces: Vec::new(),
            channels: ChannelChanges::default(),
            packets: SysExPackets::default(),
            ends: NoteEnds::with_capacity(notes),
            texts: TextCollector::default(),
            has_base_level_marker: false,
            port: 0,
            track: 0,
            piece: 0,
            is_ended: false,
            start: 0,
            now: 0,
            last_event: 0,
            overflow: None,
            faults,
        }
    }

    /// Starts a track.
    pub(super) fn start_track(&mut self) {
        self.now = self.start;
        self.port = 0;
        self.track = self.notes.mark();
        self.packets.clear();
        self.texts.start_track();
        self.is_ended = false;
    }

    /// Starts a piece (format 2) at the end of those before.
    pub(super) fn start_piece(&mut self) {
        self.end_piece();
        self.start = self.score.length.0;
        self.last_event = self.start;
        self.piece = self.notes.mark();
        self.pieces.push(Tick(self.start));
        if self.start > 0 {
            self.score.tempos.push((Tick(self.start), DEFAULT_TEMPO));
            self.channels.start_piece(Tick(self.start));
        }
    }

    /// Ends a track.
    pub(super) fn end_track(&mut self) {
        if !self.is_ended {
            self.last_event = self.last_event.max(self.now);
        }
        if self.channels.is_full() {
            self.overflow = Some("more than 262144 program changes");
        }
        self.score.length = self.score.length.max(Tick(self.now));
        self.ends.end_track(self.port, Tick(self.now), self.notes.since(self.track));
    }

    /// Ends a piece: its length is that of its events, unless the last one is far beyond the music.
    fn end_piece(&mut self) {
        self.ends.end_piece();
        let silence = MAX_SILENCE * u64::from(self.score.division.get());
        let mut limit = |music: u64, silence: u64| {
            if self.score.length.0 > music.saturating_add(silence) {
                self.faults.insert(Fault::FarEnd);
                self.score.length = Tick(music);
            }
        };
        limit(self.last_event, silence);
        limit(self.notes.last_onset_since(self.piece).0.max(self.start), silence);
    }

    /// Adds a channel message, `delta` ticks after the event before.
    // Always: a call costs as much as its work, for each of millions of events.
    #[inline(always)]
    pub(super) fn message(&mut self, delta: u64, Message { status, first, second }: Message) {
        self.now = self.now.saturating_add(delta);
        let channel = status & 15;
        // Notes are tested first because most messages are notes.
        if status & 0xF0 == 0x90 && second > 0 {
            self.note_on(channel, first, second);
        } else if status < 0xA0 {
            self.ends.end(lane(self.port, channel), first, Tick(self.now));
        } else if matches!(status >> 4, 0xB | 0xC) {
            self.controller(status, first, second);
        }
    }

    /// Adds a controller or a program change.
    fn controller(&mut self, status: u8, first: u8, second: u8) {
        let (now, lane) = (Tick(self.now), lane(self.port, status));
        match (status >> 4, first) {
            (0xB, 0) => self.channels.bank(now, lane, second),
            (0xB, 111 | 116) => self.mark(LoopPoint::Start),
            (0xB, 117) => self.mark(LoopPoint::End),
            // All Sound Off, All Notes Off, and the modes, which end all notes too.
            (0xB, 120 | 123..) => self.ends.silence(lane, now),
            (0xC, program) => {
                let chord = self.notes.since(self.track).take(CHORD);
                let follows_note = chord
                    .take_while(|note| note.0 == now)
                    .any(|(_, channel, _)| channel == lane & 15);
                self.channels.program(now, lane, program, follows_note);
            }
            _ => {}
        }
    }

    /// Adds an event, `delta` ticks after the one before.
    pub(super) fn push_event(&mut self, delta: u64, event: Event<'_>) {
        if let Event::Channel(message) = event {
            return self.message(delta, message);
        }
        if event == Event::End {
            self.last_event = self.last_event.max(self.now);
            self.is_ended = true;
        }
        self.now = self.now.saturating_add(delta);
        let now = Tick(self.now);
        match event {
            Event::TimeSignature(numerator, exponent) => {
                let denominator = 1u8.checked_shl(u32::from(exponent)).unwrap_or(0);
                match TimeSignature::new(numerator, denominator) {
                    Ok(_) if self.signatures.len() == MAX_SIGNATURES => {
                        self.overflow = Some("more than 65536 time signatures");
                    }
                    Ok(signature) => self.signatures.push((now, signature)),
                    Err(_) => self.faults.insert(Fault::BadTimeSignature),
                }
            }
            Event::Tempo(0) => self.faults.insert(Fault::BadTempo),
            Event::Tempo(_) if self.score.tempos.len() >= MAX_TEMPOS => {
                self.overflow = Some("more than 262144 tempos");
            }
            Event::Tempo(tempo) => self.score.tempos.push((now, tempo)),
            Event::Key(sharps, minor) => {
                if KeySignature::new(sharps, minor).is_none() {
                    self.faults.insert(Fault::BadKeySignature);
                }
                if self.score.keys.len() < MAX_KEYS {
                    self.score.keys.push((now, sharps, minor));
                }
            }
            Event::Text(kind, text) => {
                self.texts.push(kind, text);
                self.loop_text(kind, text);
            }
            Event::Sequencer([0x00, 0x00, 0x41, ..]) => self.has_base_level_marker = true,
            Event::Port(port) => self.port = port & 15,
            Event::SysEx(data) => {
                let (channels, port) = (&mut self.channels, self.port);
                self.packets.start(data, |message| channels.sysex(now, port, message));
            }
            Event::Escape(data) => {
                let (channels, port) = (&mut self.channels, self.port);
                self.packets.append(data, |message| channels.sysex(now, port, message));
            }
            Event::Channel(_) | Event::Sequencer(_) | Event::End | Event::Other => {}
        }
    }

    #[inline(always)]
    fn note_on(&mut self, channel: u8, pitch: u8, velocity: u8) {
        if self.notes.len() == MAX_NOTES {
            self.overflow = Some("more than a million notes");
            return;
        }
        self.ends.start(channel, pitch, Tick(self.now));
        self.notes.push(Tick(self.now), PackedNote { pitch, channel, velocity, port: self.port });
    }

    fn mark(&mut self, point: LoopPoint) {
        if self.score.loops.len() < MAX_LOOPS {
            self.score.loops.push((Tick(self.now), point));
        }
    }

    /// Adds a loop marker if the text is one.
    fn loop_text(&mut self, kind: u8, text: &[u8]) {
        if !matches!(kind, 1 | 6 | 7) || text.len() > 32 {
            return;
        }
        let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic());
        let word: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
        match word.as_slice() {
            b"loopstart" | b"loop" | b"startloop" => self.mark(LoopPoint::Start),
            b"loopend" | b"endloop" => self.mark(LoopPoint::End),
            _ => {}
        }
    }

    /// Returns the score and the faults of the file.
    pub(super) fn finish(mut self) -> (Score, Faults) {
        self.end_piece();
        let (mut score, mut faults) = (self.score, self.faults);
        score.unended = self.ends.unended;
        score.ended_elsewhere = self.ends.ended_elsewhere;
        if score.unended > 0 {
            faults.insert(Fault::UnendedNote);
        }
        let ends = self.ends.ticks;
        let mut notes = self.notes.sorted();
        let mut is_base_level = false;
        if self.has_base_level_marker {
            is_base_level = notes.iter().all(|note| note.channel.get() >= BASE_LEVEL);
            if !is_base_level && is_dual(&notes) {
                faults.insert(Fault::DualArrangement);
                notes.retain(|note| note.channel.get() < BASE_LEVEL);
            }
        }
        if self.channels.apply(&mut notes, is_base_level) {
            faults.insert(Fault::DrumChannels);
        }
        let per_second = 2 * u32::from(score.division.get());
        if SAMPLE_RATES.contains(&per_second)
            && score.tempos.iter().all(|&(_, tempo)| tempo == DEFAULT_TEMPO)
        {
            faults.insert(Fault::SampleClock);
        }
        let mut used = [false; 128];
        for note in &notes {
            used[usize::from(note.program & 127)] |= !note.drum;
        }
        score.programs = (0..128).filter(|&program| used[usize::from(program)]).collect();
        score.tempos = last_of_each_tick(score.tempos);
        (score.title, score.names, score.texts) = self.texts.finish();
        score.polyphony = ends.polyphony(&notes);
        score.first_written = self.signatures.iter().map(|&(tick, _)| tick).min();
        score.signatures =
            reconcile(self.signatures, &self.pieces, &notes, score.division, &mut faults);
        score.notes = notes;
        (score, faults)
    }
}

/// Returns true if channels 13 to 16 repeat channels 1 to 10, as Windows 3 required for simple synthesizers. The marker
/// alone does not prove it: old sequencers wrote it into files that use all channels.
fn is_dual(notes: &[Note]) -> bool {
    let is_basic = |note: &&Note| note.channel.get() >= BASE_LEVEL;
    if notes.iter().any(|note| matches!(note.channel.get(), 10..BASE_LEVEL)) {
        return false;
    }
    let (mut basic, mut repeated) = (0, 0);
    for chord in notes.chunk_by(|a, b| (a.onset, a.pitch) == (b.onset, b.pitch)) {
        let here = chord.iter().filter(is_basic).count();
        basic += here;
        repeated += if here < chord.len() { here } else { 0 };
    }
    basic > 0 && 2 * repeated >= basic
}

/// Sorts entries by tick and keeps the last one of each tick.
pub(super) fn last_of_each_tick<T: Copy>(mut entries: Vec<(Tick, T)>) -> Vec<(Tick, T)> {
    entries.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
    entries.chunk_by(|a, b| a.0 == b.0).filter_map(|run| run.last().copied()).collect()
}
