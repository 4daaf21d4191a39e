//! Gathers the events of all tracks into one score.

use super::super::meter::TimeSignature;
use super::super::note::{Division, Note, Tick};
use super::super::score::{DEFAULT_TEMPO, LoopPoint, Score, SignatureSource};
use super::drums::DrumMap;
use super::event::{Event, Message};
use super::packed_notes::{PackedNote, PackedNotes};
use super::status::{Fault, Faults};
use super::text::clean_text;

/// Notes of one file. More is no piece of music ("black MIDI"), and this bounds the memory.
const MAX_NOTES: usize = 1 << 20;
/// Bytes of a note, its end and what else belongs to it, in most files; and the most notes for which there is
/// room from the start.
const BYTES_A_NOTE: usize = 8;
const FIRST_NOTES: usize = 1 << 15;
/// Time signatures and tempos of one file, for the same reason.
const MAX_SIGNATURES: usize = 1 << 16;
const MAX_TEMPOS: usize = 1 << 18;
/// Ticks of a second, at 120 quarters a minute, that are an audio clock's and no sequencer's.
const SAMPLE_RATES: [u32; 8] = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
/// The first channel of Windows 3's simpler arrangement ("channel 13" to a person).
const BASIC: u8 = 12;
/// Track names, key signatures and loop markers kept.
const MAX_NAMES: usize = 8;
const MAX_KEYS: usize = 64;
const MAX_LOOPS: usize = 64;

/// Gathers a score, track by track.
pub(super) struct Collector {
    division: Division,
    notes: PackedNotes,
    signatures: Vec<(Tick, TimeSignature)>,
    /// Where a new piece starts (format 2).
    pieces: Vec<Tick>,
    tempos: Vec<(Tick, u32)>,
    names: Vec<String>,
    keys: Vec<(Tick, i8, bool)>,
    loops: Vec<(Tick, LoopPoint)>,
    /// Program of each channel. A track that names none of its own goes on with what an earlier one
    /// said.
    programs: [u8; 16],
    banks: [u8; 16],
    drums: DrumMap,
    dual_arrangement: bool,
    unended: u64,
    /// Sounding notes of the track, by channel and pitch, and how many these are in all.
    open: Box<[u32; 16 * 128]>,
    sounding: u64,
    start: u64,
    now: u64,
    length: u64,
    /// What there is more of than any piece of music has.
    pub(super) overflow: Option<&'static str>,
    pub(super) faults: Faults,
}

impl Collector {
    /// A collector for a file of so many bytes.
    pub(super) fn new(division: Division, bytes: usize) -> Self {
        Self {
            division,
            notes: PackedNotes::with_capacity((bytes / BYTES_A_NOTE).min(FIRST_NOTES)),
            signatures: Vec::new(),
            pieces: Vec::new(),
            tempos: Vec::new(),
            names: Vec::new(),
            keys: Vec::new(),
            loops: Vec::new(),
            programs: [0; 16],
            banks: [0; 16],
            drums: DrumMap::default(),
            dual_arrangement: false,
            unended: 0,
            open: Box::new([0; 16 * 128]),
            sounding: 0,
            start: 0,
            now: 0,
            length: 0,
            overflow: None,
            faults: Faults::default(),
        }
    }

    /// The next events are those of a new track.
    pub(super) fn start_track(&mut self) {
        self.now = self.start;
        self.banks = [0; 16];
    }

    /// What follows is another piece (format 2), which starts where the ones before ended.
    pub(super) fn start_piece(&mut self) {
        self.start = self.length;
        self.programs = [0; 16];
        self.pieces.push(Tick(self.start));
        if self.start > 0 {
            self.tempos.push((Tick(self.start), DEFAULT_TEMPO));
        }
    }

    /// The track is over; notes that still sound never end.
    pub(super) fn end_track(&mut self) {
        self.length = self.length.max(self.now);
        if self.sounding > 0 {
            self.faults.insert(Fault::UnendedNote);
            self.unended += std::mem::take(&mut self.sounding);
            self.open.fill(0);
        }
    }

    /// One channel message, so many ticks after the event before.
    #[inline]
    pub(super) fn message(&mut self, delta: u64, message: Message) {
        self.now = self.now.saturating_add(delta);
        self.play(message);
    }

    // Always: a call for each of millions of events costs as much as what it does.
    #[inline(always)]
    fn play(&mut self, Message { status, first, second }: Message) {
        let channel = status & 15;
        // Notes are nearly everything, so they are asked for first.
        if status & 0xF0 == 0x90 && second > 0 {
            self.note_on(channel, first, second);
        } else if status < 0xA0 {
            let open = &mut self.open[usize::from(channel) << 7 | usize::from(first & 127)];
            if *open > 0 {
                *open -= 1;
                self.sounding -= 1;
            }
        } else if status >> 4 == 0xB {
            self.control(channel, first, second);
        } else if status >> 4 == 0xC {
            self.programs[usize::from(channel)] = first;
            self.drums.bank(Tick(self.now), channel, self.banks[usize::from(channel)]);
        }
    }

    /// One event, so many ticks after the one before.
    pub(super) fn push_event(&mut self, delta: u64, event: Event<'_>) {
        self.now = self.now.saturating_add(delta);
        let now = Tick(self.now);
        match event {
            Event::Channel(message) => self.play(message),
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
            Event::Tempo(_) if self.tempos.len() >= MAX_TEMPOS => {
                self.overflow = Some("more than 262144 tempos");
            }
            Event::Tempo(tempo) => self.tempos.push((now, tempo)),
            Event::Key(sharps, minor) => {
                if !(-7..=7).contains(&sharps) {
                    self.faults.insert(Fault::BadKeySignature);
                }
                if self.keys.len() < MAX_KEYS {
                    self.keys.push((now, sharps, minor));
                }
            }
            Event::Text(kind, text) => self.text(kind, text),
            Event::Sequencer([0x00, 0x00, 0x41, ..]) => self.dual_arrangement = true,
            Event::SysEx(data) => self.drums.sysex(now, data),
            Event::Sequencer(_) | Event::End | Event::Other => {}
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

    fn control(&mut self, channel: u8, controller: u8, value: u8) {
        match controller {
            0 => self.banks[usize::from(channel & 15)] = value,
            111 | 116 => self.mark(LoopPoint::Start),
            117 => self.mark(LoopPoint::End),
            _ => {}
        }
    }

    fn mark(&mut self, point: LoopPoint) {
        if self.loops.len() < MAX_LOOPS {
            self.loops.push((Tick(self.now), point));
        }
    }

    fn text(&mut self, kind: u8, text: &[u8]) {
        match kind {
            3 if self.names.len() < MAX_NAMES => {
                let name = clean_text(text);
                if !name.is_empty() {
                    self.names.push(name);
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

    /// Everything sorted and reconciled.
    pub(super) fn finish(mut self) -> (Score, Faults) {
        let mut notes = self.notes.sorted();
        if self.dual_arrangement && is_dual(&notes) {
            self.faults.insert(Fault::DualArrangement);
            notes.retain(|note| note.channel.get() < BASIC);
        }
        if self.drums.apply(&mut notes) {
            self.faults.insert(Fault::DrumChannels);
        }
        let per_second = 2 * u32::from(self.division.get());
        if SAMPLE_RATES.contains(&per_second)
            && self.tempos.iter().all(|&(_, tempo)| tempo == DEFAULT_TEMPO)
        {
            self.faults.insert(Fault::SampleClock);
        }
        let mut used = [false; 128];
        for note in &notes {
            used[usize::from(note.program & 127)] |= !note.drum;
        }
        let source = match self.signatures.is_empty() {
            true => SignatureSource::Assumed,
            false => SignatureSource::Written,
        };
        let first_note = notes.first().map(|note| note.onset);
        let signatures = reconcile(self.signatures, &self.pieces, first_note, &mut self.faults);
        let score = Score {
            division: self.division,
            notes,
            signatures,
            signature_source: source,
            tempos: last_of_each_tick(self.tempos),
            length: Tick(self.length),
            programs: (0..128).filter(|&program| used[usize::from(program)]).collect(),
            names: self.names,
            keys: self.keys,
            loops: self.loops,
            unended: self.unended,
        };
        (score, self.faults)
    }
}

/// Whether channels 13 to 16 repeat what channels 1 to 10 play, as Windows 3 wanted it for simple
/// synthesizers. The marker alone is no proof: old sequencers wrote it into files that use all
/// channels.
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

/// The union of what all tracks say: sorted, one signature a tick, repetitions left out.
///
/// The first signature holds from the start, however late it comes: a lone late one belongs to the
/// piece, not to its second half. In format 2 each piece starts anew, with 4/4 where it says
/// nothing itself.
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
        let mut now = here.first().map_or(TimeSignature::COMMON, |&(_, signature)| signature);
        signatures.push((start, now));
        for &(tick, signature) in here {
            if signature != now {
                signatures.push((tick, signature));
                now = signature;
            }
        }
    }
    signatures
}

/// Sorted by tick; where several stand at one tick, the last one written.
fn last_of_each_tick<T: Copy>(mut entries: Vec<(Tick, T)>) -> Vec<(Tick, T)> {
    entries.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
    entries.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            *kept = *next;
        }
        same
    });
    entries
}
