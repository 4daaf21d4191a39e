//! The music of a MIDI file.

use super::key::KeySignature;
use super::meter::{MeterSegment, TimeSignature, segments};
use super::note::{Division, Note, Tick};

/// The tempo of a file that has none: 120 quarter notes per minute, in microseconds per quarter note.
pub const DEFAULT_TEMPO: u32 = 500_000;

/// Whether the meter is in the file or assumed; the names are those of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum SignatureSource {
    /// The file has at least one valid time signature.
    Written,
    /// It has none: 4/4 is assumed, as MIDI defines, though rippers omit it in waltzes too.
    Assumed,
}

/// The end of a loop that a marker names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoopPoint {
    /// Where the repeat starts.
    Start,
    /// Where the repeat ends.
    End,
}

/// The texts of a file, without control characters, each cut after 200 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// Names of instruments in file order, each once.
    pub instruments: Vec<String>,
    /// Copyright notices in file order, each once.
    pub copyright: Vec<String>,
    /// Lines of lyrics, without empty ones.
    pub lyrics: Vec<String>,
}

/// The music of one MIDI file: all tracks merged, in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Ticks per quarter note.
    pub division: Division,
    /// Notes, sorted by (onset, pitch, channel).
    pub notes: Vec<Note>,
    /// The meter from each tick on, sorted, at most one per tick, the first at tick 0. A measure starts at each. One
    /// that repeats the one before is there only if no measure would start there without it.
    pub signatures: Vec<(Tick, TimeSignature)>,
    /// Tick of the first signature in the file; `None` if it has none. Until then 4/4 is assumed.
    pub first_written: Option<Tick>,
    /// Microseconds per quarter note (never 0) from each tick on, sorted, at most one per tick; [`DEFAULT_TEMPO`]
    /// before the first.
    pub tempos: Vec<(Tick, u32)>,
    /// The last event's tick.
    pub length: Tick,
    /// Programs, 0..=127, of the notes that are not drums, ascending.
    pub programs: Vec<u8>,
    /// The title, without control characters; empty if there is none. It is that of a karaoke file's `@T` text, or else
    /// the first track name.
    pub title: String,
    /// Largest number of notes that sound at once, without channels that play only drums.
    pub polyphony: u32,
    /// Names of instruments, copyright notices, lyrics.
    pub texts: Texts,
    /// The first 256 track names, without control characters, in file order; empty ones are left out.
    pub names: Vec<String>,
    /// The first 4096 key signatures as in the file, unchecked: sharps (negative: flats), and whether minor.
    pub keys: Vec<(Tick, i8, bool)>,
    /// The first few loop markers, in file order: CC111 (RPG Maker), CC116/117 (XMI), text such as
    /// `loopStart`.
    pub loops: Vec<(Tick, LoopPoint)>,
    /// Notes without an end, by FIFO pairing; they are kept.
    pub unended: u64,
    /// Notes that end by a note-off of another track or by All Notes Off.
    pub ended_elsewhere: u64,
}

impl Score {
    /// Creates a score without music, whose meter is assumed to be 4/4.
    pub fn empty(division: Division) -> Self {
        Self {
            division,
            notes: Vec::new(),
            signatures: vec![(Tick(0), TimeSignature::COMMON)],
            first_written: None,
            tempos: Vec::new(),
            length: Tick(0),
            programs: Vec::new(),
            title: String::new(),
            polyphony: 0,
            texts: Texts::default(),
            names: Vec::new(),
            keys: Vec::new(),
            loops: Vec::new(),
            unended: 0,
            ended_elsewhere: 0,
        }
    }

    /// Segments of constant meter, at least one.
    pub fn meter(&self) -> Vec<MeterSegment> {
        segments(&self.signatures, self.division)
    }

    /// Whether the meter is in the file or assumed.
    pub fn signature_source(&self) -> SignatureSource {
        match self.first_written {
            Some(_) => SignatureSource::Written,
            None => SignatureSource::Assumed,
        }
    }

    /// Distinct time signatures, in order of appearance; at least one. The assumed 4/4 before the first written one
    /// counts only if a note starts there.
    pub fn distinct_signatures(&self) -> Vec<TimeSignature> {
        let first_note = self.notes.first().map(|note| note.onset);
        let silent = self.first_written.filter(|&written| {
            let is_silent = first_note.is_none_or(|note| note >= written);
            is_silent && self.signatures.iter().any(|&(tick, _)| tick == written)
        });
        let mut distinct: Vec<TimeSignature> = Vec::new();
        for &(tick, signature) in &self.signatures {
            if silent.is_some_and(|written| tick < written) {
                continue;
            }
            if !distinct.contains(&signature) {
                distinct.push(signature);
            }
        }
        distinct
    }

    /// Seconds from tick 0 to `length`, through the tempo map.
    pub fn seconds(&self) -> f64 {
        let per_tick = |tempo: u32| f64::from(tempo) / 1e6 / f64::from(self.division.get());
        let (mut seconds, mut since, mut tempo) = (0.0, 0, DEFAULT_TEMPO);
        for &(Tick(tick), next) in &self.tempos {
            seconds += (tick.min(self.length.0) - since) as f64 * per_tick(tempo);
            (since, tempo) = (tick.min(self.length.0), next);
        }
        seconds + (self.length.0 - since) as f64 * per_tick(tempo)
    }

    /// Quarter notes per minute at tick 0.
    pub fn initial_bpm(&self) -> f64 {
        let tempo = match self.tempos.first() {
            Some(&(Tick(0), tempo)) => tempo,
            _ => DEFAULT_TEMPO,
        };
        6e7 / f64::from(tempo)
    }

    /// Lowest and highest quarter notes per minute from the first onset to the last; `None` without notes.
    pub fn bpm_range(&self) -> Option<(f64, f64)> {
        let (first, last) = (self.notes.first()?.onset, self.notes.last()?.onset);
        let begun = self.tempos.partition_point(|&(tick, _)| tick <= first);
        let at_first = begun.checked_sub(1).map_or(DEFAULT_TEMPO, |index| self.tempos[index].1);
        let later = self.tempos[begun..].iter().take_while(|(tick, _)| *tick <= last);
        let (mut fastest, mut slowest) = (at_first, at_first);
        for &(_, tempo) in later {
            fastest = fastest.min(tempo);
            slowest = slowest.max(tempo);
        }
        Some((6e7 / f64::from(slowest), 6e7 / f64::from(fastest)))
    }

    /// The valid key signatures by time, without repeats; of those at one tick the last.
    pub fn written_keys(&self) -> Vec<KeySignature> {
        let valid = self
            .keys
            .iter()
            .filter_map(|&(tick, sharps, minor)| Some((tick, KeySignature::new(sharps, minor)?)));
        let mut keys: Vec<(Tick, KeySignature)> = valid.collect();
        keys.sort_by_key(|&(tick, _)| tick); // stable: file order within a tick
        let of_ticks = keys.chunk_by(|a, b| a.0 == b.0).filter_map(|same| same.last());
        let mut keys: Vec<KeySignature> = of_ticks.map(|&(_, key)| key).collect();
        keys.dedup();
        keys
    }

    /// Mean quarter notes per minute of the piece; [`Self::initial_bpm`] if its length is 0.
    pub fn mean_bpm(&self) -> f64 {
        let seconds = self.seconds();
        if seconds > 0.0 {
            self.length.0 as f64 / f64::from(self.division.get()) * 60.0 / seconds
        } else {
            self.initial_bpm()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(tempos: &[(u64, u32)], length: u64) -> Score {
        Score {
            tempos: tempos.iter().map(|&(tick, tempo)| (Tick(tick), tempo)).collect(),
            length: Tick(length),
            ..Score::empty(Division::new(480).unwrap())
        }
    }

    #[test]
    fn pieces_without_tempo_have_120_bpm() {
        let score = score(&[], 960);
        assert_eq!((score.seconds(), score.initial_bpm(), score.mean_bpm()), (1.0, 120.0, 120.0));
    }

    #[test]
    fn duration_includes_every_tempo_change_up_to_the_end() {
        let score = score(&[(0, 250_000), (480, 1_000_000), (9600, 1)], 960);
        assert_eq!(score.seconds(), 1.25);
        assert_eq!((score.initial_bpm(), score.mean_bpm()), (240.0, 96.0));
    }

    #[test]
    fn tempo_range_covers_the_notes_only() {
        let mut music = score(&[(0, 250_000), (480, 500_000), (960, 1_000_000), (2000, 1)], 4000);
        assert_eq!(music.bpm_range(), None);
        music.notes = vec![Note::test(500, 60), Note::test(1000, 60)];
        assert_eq!(music.bpm_range(), Some((60.0, 120.0)));
        music.tempos.clear();
        assert_eq!(music.bpm_range(), Some((120.0, 120.0)));
    }

    #[test]
    fn keys_are_by_time_valid_and_without_repeats() {
        let mut music = score(&[], 0);
        let keys = [(960, 1, false), (0, -2, true), (0, 99, false), (0, -2, true), (10, -2, true)];
        music.keys = keys.map(|(tick, sharps, minor)| (Tick(tick), sharps, minor)).to_vec();
        let keys = music.written_keys();
        let names = keys.iter().map(|key| format!("{} {}", key.tonic(), key.mode()));
        assert_eq!(names.collect::<Vec<_>>(), ["G minor", "G major"]);
    }

    #[test]
    fn pieces_of_length_0_have_their_initial_tempo() {
        assert_eq!(score(&[(0, 250_000)], 0).mean_bpm(), 240.0);
    }
}
