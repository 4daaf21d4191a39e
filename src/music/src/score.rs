//! What a MIDI file says, once its bytes are understood.

use super::meter::{MeterSegment, TimeSignature, segments};
use super::note::{Division, Note, Tick};

/// The tempo that holds where a file says nothing: 120 quarters a minute.
pub const DEFAULT_TEMPO: u32 = 500_000;

/// Whether the meter was written in the file or assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureSource {
    /// The file has at least one valid time signature.
    Written,
    /// It has none: 4/4 is assumed, as MIDI says, though rippers leave it out of waltzes too.
    Assumed,
}

impl SignatureSource {
    /// Its name in a catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "explicit",
            Self::Assumed => "default",
        }
    }
}

/// Which end of a loop a marker names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoopPoint {
    /// Where the music starts again.
    Start,
    /// Where it goes back.
    End,
}

/// The music of one MIDI file: all tracks merged, in ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Ticks per quarter note.
    pub division: Division,
    /// Struck notes, sorted by (onset, pitch, channel).
    pub notes: Vec<Note>,
    /// The meter from each tick on, sorted, one a tick, the first at tick 0. A signature that
    /// repeats what holds already is left out, except where a new piece starts (MIDI format 2).
    pub signatures: Vec<(Tick, TimeSignature)>,
    /// Whether `signatures` was written or assumed.
    pub signature_source: SignatureSource,
    /// Microseconds per quarter note (never 0) from each tick on, sorted, one a tick. Before the
    /// first: [`DEFAULT_TEMPO`].
    pub tempos: Vec<(Tick, u32)>,
    /// The last event's tick.
    pub length: Tick,
    /// Programs, 0..=127, with which notes off the drum channels are struck, ascending.
    pub programs: Vec<u8>,
    /// The first few track names, without control characters, in file order; empty ones left out.
    pub names: Vec<String>,
    /// The first few key signatures as written: sharps (negative: flats), and whether minor.
    /// Unchecked.
    pub keys: Vec<(Tick, i8, bool)>,
    /// The first few loop markers, in file order: CC111 (RPG Maker), CC116/117 (XMI), text such as
    /// `loopStart`.
    pub loops: Vec<(Tick, LoopPoint)>,
    /// Notes that never end, by FIFO pairing in each track; they are kept.
    pub unended: u64,
}

impl Score {
    /// Segments of constant meter, at least one.
    pub fn meter(&self) -> Vec<MeterSegment> {
        segments(&self.signatures, self.division)
    }

    /// The different time signatures, in order of appearance; at least one.
    pub fn distinct_signatures(&self) -> Vec<TimeSignature> {
        let mut distinct: Vec<TimeSignature> = Vec::new();
        for &(_, signature) in &self.signatures {
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

    /// Quarter notes per minute over the whole piece; [`Self::initial_bpm`] for one without length.
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
            division: Division::new(480).unwrap(),
            notes: Vec::new(),
            signatures: vec![(Tick(0), TimeSignature::COMMON)],
            signature_source: SignatureSource::Assumed,
            tempos: tempos.iter().map(|&(tick, tempo)| (Tick(tick), tempo)).collect(),
            length: Tick(length),
            programs: Vec::new(),
            names: Vec::new(),
            keys: Vec::new(),
            loops: Vec::new(),
            unended: 0,
        }
    }

    #[test]
    fn a_piece_without_tempo_runs_at_120() {
        let score = score(&[], 960);
        assert_eq!((score.seconds(), score.initial_bpm(), score.mean_bpm()), (1.0, 120.0, 120.0));
    }

    #[test]
    fn duration_follows_every_tempo_change_up_to_the_end() {
        let score = score(&[(0, 250_000), (480, 1_000_000), (9600, 1)], 960);
        assert_eq!(score.seconds(), 1.25);
        assert_eq!((score.initial_bpm(), score.mean_bpm()), (240.0, 96.0));
    }

    #[test]
    fn a_piece_of_no_length_has_a_tempo_all_the_same() {
        assert_eq!(score(&[(0, 250_000)], 0).mean_bpm(), 240.0);
    }
}
