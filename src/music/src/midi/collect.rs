//! Collects the events of all tracks into one score.

use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::super::score::{DEFAULT_TEMPO, LoopPoint, Score, SignatureSource};
use super::drums::DrumMap;
use super::event::{Event, Message};
use super::packed_notes::{PackedNote, PackedNotes};
use super::status::{Fault, Faults};
use super::text::clean_text;

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
/// First channel of the simpler arrangement for Windows 3, "channel 13" counted from 1.
const BASIC: u8 = 12;
/// Maximum numbers of track names, key signatures and loop markers that are kept.
const MAX_NAMES: usize = 8;
const MAX_KEYS: usize = 64;
const MAX_LOOPS: usize = 64;

/// Collects the events of all tracks into a score.
pub(super) struct Collector {
    /// What is complete: everything but its notes and meter.
    score: Score,
    notes: PackedNotes,
    signatures: Vec<(Tick, TimeSignature)>,
    /// Starts of the pieces (format 2).
    pieces: Vec<Tick>,
    /// Program of each channel. A track without program changes continues with those of earlier tracks.
    programs: [u8; 16],
    banks: [u8; 16],
    drums: DrumMap,
    dual_arrangement: bool,
    /// Sounding notes of the track by channel and pitch, and their number.
    open: Box<[u32; 16 * 128]>,
    sounding: u64,
    start: u64,
    now: u64,
    /// The limit that the file exceeds.
    pub(super) overflow: Option<&'static str>,
    pub(super) faults: Faults,
}

impl Collector {
    /// Creates a collector for a file of `bytes` bytes.
    pub(super) fn new(division: Division, bytes: usize, faults: Faults) -> Self {
        Self {
            score: Score::empty(division),
            notes: PackedNotes::with_capacity((bytes / BYTES_PER_NOTE).min(FIRST_NOTES)),
            signatures: Vec::new(),
            pieces: Vec::new(),
            programs: [0; 16],
            banks: [0; 16],
            drums: DrumMap::default(),
            dual_arrangement: false,
            open: Box::new([0; 16 * 128]),
            sounding: 0,
            start: 0,
            now: 0,
            overflow: None,
            faults,
        }
    }

    /// Starts a track.
    pub(super) fn start_track(&mut self) {
        self.now = self.start;
        self.banks = [0; 16];
    }

    /// Starts a piece (format 2) at the end of those before.
    pub(super) fn start_piece(&mut self) {
        self.start = self.score.length.0;
        self.programs = [0; 16];
        self.pieces.push(Tick(self.start));
        if self.start > 0 {
            self.score.tempos.push((Tick(self.start), DEFAULT_TEMPO));
        }
    }

    /// Ends a track; notes that still sound have no end.
    pub(super) fn end_track(&mut self) {
        self.score.length = self.score.length.max(Tick(self.now));
        if self.sounding > 0 {
            self.faults.insert(Fault::UnendedNote);
            self.score.unended += std::mem::take(&mut self.sounding);
            self.open.fill(0);
        }
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
            let open = &mut self.open[usize::from(channel) << 7 | usize::from(first & 127)];
            if *open > 0 {
                *open -= 1;
                self.sounding -= 1;
            }
        } else if status >> 4 == 0xB {
            match first {
                0 => self.banks[usize::from(channel)] = second,
                111 | 116 => self.mark(LoopPoint::Start),
                117 => self.mark(LoopPoint::End),
                _ => {}
            }
        } else if status >> 4 == 0xC {
            self.programs[usize::from(channel)] = first;
            self.drums.bank(Tick(self.now), channel, self.banks[usize::from(channel)]);
        }
    }

    /// Adds an event, `delta` ticks after the one before.
    pub(super) fn push_event(&mut self, delta: u64, event: Event<'_>) {
        if let Event::Channel(message) = event {
            return self.message(delta, message);
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
                if !(-7..=7).contains(&sharps) {
                    self.faults.insert(Fault::BadKeySignature);
                }
                if self.score.keys.len() < MAX_KEYS {
                    self.score.keys.push((now, sharps, minor));
                }
            }
            Event::Text(kind, text) => self.text(kind, text),
            Event::Sequencer([0x00, 0x00, 0x41, ..]) => self.dual_arrangement = true,
            Event::SysEx(data) => self.drums.sysex(now, data),
            Event::Channel(_) | Event::Sequencer(_) | Event::End | Event::Other => {}
        }
    }

    #[inline(always)]
    fn note_on(&mut self, channel: u8, pitch: u8, velocity: u8) {
        if self.notes.len() == MAX_NOTES {
            self.overflow = Some("more than a million notes");
            return;
        }
        self.open[usize::from(channel & 15) << 7 | usize::from(pitch & 127)] += 1; // below MAX_NOTES
        self.sounding += 1;
        let program = self.programs[usize::from(channel & 15)];
        self.notes.push(Tick(self.now), PackedNote { pitch, channel, velocity, program });
    }

    fn mark(&mut self, point: LoopPoint) {
        if self.score.loops.len() < MAX_LOOPS {
            self.score.loops.push((Tick(self.now), point));
        }
    }

    fn text(&mut self, kind: u8, text: &[u8]) {
        match kind {
            3 if self.score.names.len() < MAX_NAMES => {
                let name = clean_text(text);
                if !name.is_empty() {
                    self.score.names.push(name);
                }
            }
            1 | 6 | 7 if text.len() <= 32 => {
                let letters = text.iter().filter(|byte| byte.is_ascii_alphabetic());
                let word: Vec<u8> = letters.map(u8::to_ascii_lowercase).collect();
                match word.as_slice() {
                    b"loopstart" | b"loop" | b"startloop" => self.mark(LoopPoint::Start),
                    b"loopend" | b"endloop" => self.mark(LoopPoint::End),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Sorts and reconciles what was collected.
    pub(super) fn finish(mut self) -> (Score, Faults) {
        let mut notes = self.notes.sorted();
        if self.dual_arrangement && is_dual(&notes) {
            self.faults.insert(Fault::DualArrangement);
            notes.retain(|note| note.channel.get() < BASIC);
        }
        if self.drums.apply(&mut notes) {
            self.faults.insert(Fault::DrumChannels);
        }
        let per_second = 2 * u32::from(self.score.division.get());
        if SAMPLE_RATES.contains(&per_second)
            && self.score.tempos.iter().all(|&(_, tempo)| tempo == DEFAULT_TEMPO)
        {
            self.faults.insert(Fault::SampleClock);
        }
        let mut used = [false; 128];
        for note in &notes {
            used[usize::from(note.program & 127)] |= !note.drum;
        }
        let first_note = notes.first().map(|note| note.onset);
        self.score.programs = (0..128).filter(|&program| used[usize::from(program)]).collect();
        self.score.tempos = last_of_each_tick(self.score.tempos);
        self.score.notes = notes;
        if !self.signatures.is_empty() {
            self.score.signature_source = SignatureSource::Written;
        }
        self.score.signatures =
            reconcile(self.signatures, &self.pieces, first_note, &mut self.faults);
        (self.score, self.faults)
    }
}

/// Returns true if channels 13 to 16 repeat channels 1 to 10, as Windows 3 required for simple synthesizers. The marker
/// alone does not prove it: old sequencers wrote it into files that use all channels.
fn is_dual(notes: &[Note]) -> bool {
    let is_basic = |note: &&Note| note.channel.get() >= BASIC;
    if notes.iter().any(|note| matches!(note.channel.get(), 10..BASIC)) {
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

/// Merges the time signatures of all tracks: sorted, at most one per tick, without repeats.
///
/// The first signature is used from the start, however late it comes: a single late one belongs to the whole piece. In
/// format 2 each piece starts with its own first signature, or 4/4.
fn reconcile(
    mut written: Vec<(Tick, TimeSignature)>,
    pieces: &[Tick],
    first_note: Option<Tick>,
    faults: &mut Faults,
) -> Vec<(Tick, TimeSignature)> {
    written.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
    if written.windows(2).any(|pair| pair[0].0 == pair[1].0 && pair[0].1 != pair[1].1) {
        faults.insert(Fault::ConflictingTimeSignatures);
    }
    let written = last_of_each_tick(written);
    let starts = if pieces.is_empty() { &[Tick(0)][..] } else { pieces };
    if let (Some(&(first, _)), Some(note)) = (written.first(), first_note)
        && pieces.is_empty()
        && first > note
    {
        faults.insert(Fault::LateTimeSignature);
    }
    let mut signatures: Vec<(Tick, TimeSignature)> = Vec::with_capacity(written.len().max(1));
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(Tick(u64::MAX));
        if end == start {
            continue; // an empty piece
        }
        let at = |tick: Tick| written.partition_point(|&(written, _)| written < tick);
        let here = &written[at(start)..at(end)];
        signatures.push((start, here.first().map_or(TimeSignature::COMMON, |first| first.1)));
        for &change in here {
            if signatures.last().is_some_and(|last| last.1 != change.1) {
                signatures.push(change);
            }
        }
    }
    signatures
}

/// Sorts entries by tick and keeps the last one of each tick.
fn last_of_each_tick<T: Copy>(mut entries: Vec<(Tick, T)>) -> Vec<(Tick, T)> {
    entries.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
    entries.chunk_by(|a, b| a.0 == b.0).filter_map(|run| run.last().copied()).collect()
}
