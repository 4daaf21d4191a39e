//! The surroundings of each note of a song, by distance from the note, so that a song and its transpositions are the same
//! to a judge.

use super::super::chords::{Chord, chord_at, chords};
use crate::music::roll::RollShape;

/// Lags, in measures, at which the same step is seen.
const LAGS: [usize; 4] = [1, 2, 4, 8];
/// Distances of pitches in the same chord, and elsewhere, in semitones.
const CHORD: i32 = 24;
const ELSEWHERE: i32 = 16;
/// Distances of pitches that are counted through the song.
const SONG: i32 = 12;
/// Classes of counts: 1 to 2, 3 to 5, 6 and more.
const LEVELS: usize = 3;
/// Classes of the time to the attack before and to the next, and of the size of a chord.
const WAITS: usize = 14;
const SIZES: usize = 8;
/// Places of a measure.
const PLACES: usize = 48;

const fn width(reach: i32) -> usize {
    2 * reach as usize + 1
}

/// First rows of the parts of a window.
const NEAR: usize = width(CHORD);
const LAGGED: usize = NEAR + 3 * width(ELSEWHERE);
const LAG: usize = width(ELSEWHERE) + 2;
const AROUND: usize = LAGGED + LAGS.len() * LAG;
const COUNTED: usize = AROUND + 12 * LEVELS;
const PLACE: usize = COUNTED + width(SONG) * LEVELS;
const WAIT: usize = PLACE + PLACES;
const SIZE: usize = WAIT + 2 * WAITS;
/// Number of rows.
pub(super) const ROWS: usize = SIZE + SIZES;

/// The windows around the notes of a song: of each note, the rows that hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    rows: Vec<u16>,
    /// End of each note's rows.
    ends: Vec<u32>,
}

impl Windows {
    /// Looks around each note of a song.
    pub fn new(song: &[Vec<u16>], shape: &RollShape) -> Self {
        let chords = chords(song, shape);
        let context = Context::new(song.len(), &chords);
        let mut windows = Self { rows: Vec::new(), ends: Vec::new() };
        for (index, chord) in chords.iter().enumerate() {
            for &pitch in &chord.pitches {
                windows.add(&context, &chords, index, pitch, shape);
            }
        }
        windows
    }

    /// Number of notes.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the rows that hold for a note.
    pub(super) fn rows(&self, note: usize) -> &[u16] {
        let start = note.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.rows[start..self.ends[note] as usize]
    }

    fn add(
        &mut self,
        context: &Context,
        chords: &[Chord],
        index: usize,
        pitch: u8,
        shape: &RollShape,
    ) {
        let chord = &chords[index];
        self.see(0, CHORD, pitch, &chord.pitches);
        let near = [index.checked_sub(1), index.checked_sub(2), Some(index + 1)];
        for (part, near) in near.into_iter().enumerate() {
            if let Some(near) = near.and_then(|near| chords.get(near)) {
                self.see(NEAR + part * width(ELSEWHERE), ELSEWHERE, pitch, &near.pitches);
            }
        }
        for (part, lag) in LAGS.into_iter().enumerate() {
            let first = LAGGED + part * LAG;
            let measure = chord.measure.checked_sub(lag);
            match measure.map(|measure| chord_at(chords, measure, chord.step)) {
                Some(Some(before)) => self.see(first, ELSEWHERE, pitch, &before.pitches),
                Some(None) => self.push(first + LAG - 2),
                None => self.push(first + LAG - 1),
            }
        }
        context.around(chord.measure, pitch).for_each(|row| self.push(AROUND + row));
        context.through_song(pitch).for_each(|row| self.push(COUNTED + row));
        self.push(PLACE + chord.step * PLACES / shape.steps());
        let wait = |a: Option<usize>, b: Option<usize>| {
            let [a, b] = [a, b].map(|index| Some(chords.get(index?)?.time));
            let steps = a.zip(b).map(|(a, b)| (b - a) * 96 / shape.steps());
            steps
                .map_or(0, |steps| 1 + (usize::BITS - steps.leading_zeros()) as usize)
                .min(WAITS - 1)
        };
        self.push(WAIT + wait(index.checked_sub(1), Some(index)));
        self.push(WAIT + WAITS + wait(Some(index), Some(index + 1)));
        self.push(SIZE + chord.pitches.len().min(SIZES) - 1);
        self.ends.push(self.rows.len() as u32);
    }

    fn push(&mut self, row: usize) {
        self.rows.push(row as u16);
    }

    /// Adds the rows of pitches within `reach` semitones.
    fn see(&mut self, first: usize, reach: i32, pitch: u8, others: &[u8]) {
        let distances = others.iter().map(|&other| i32::from(other) - i32::from(pitch));
        for distance in distances.filter(|distance| distance.abs() <= reach) {
            self.push(first + (distance + reach) as usize);
        }
    }
}

/// Counts of a song's notes.
struct Context {
    /// Of each measure and its neighbours, by pitch class.
    around: Vec<[usize; 12]>,
    /// By pitch.
    song: [usize; 128],
}

impl Context {
    fn new(measures: usize, chords: &[Chord]) -> Self {
        let mut context = Self { around: vec![[0; 12]; measures], song: [0; 128] };
        for chord in chords {
            let end = measures.min(chord.measure + 2);
            for pitch in chord.pitches.iter().map(|&pitch| usize::from(pitch)) {
                context.song[pitch] += 1;
                let around = &mut context.around[chord.measure.saturating_sub(1)..end];
                around.iter_mut().for_each(|counts| counts[pitch % 12] += 1);
            }
        }
        context
    }

    /// Returns the rows of the pitch classes of the other notes around, from that of the note upwards.
    fn around(&self, measure: usize, pitch: u8) -> impl Iterator<Item = usize> {
        let counts = self.around[measure];
        let class = usize::from(pitch % 12);
        let count = move |above: usize| counts[(class + above) % 12] - usize::from(above == 0);
        (0..12).filter_map(move |above| Some(above * LEVELS + level(count(above), 4)?))
    }

    /// Returns the rows of the pitches near that of the note that occur in the song, without the note itself.
    fn through_song(&self, pitch: u8) -> impl Iterator<Item = usize> {
        let count = move |place: usize| {
            let other = usize::from(pitch) + place;
            let count = self.song.get(other.checked_sub(SONG as usize)?).copied()?;
            level(count - usize::from(place == SONG as usize), 8)
        };
        (0..width(SONG)).filter_map(move |place| Some(place * LEVELS + count(place)?))
    }
}

/// Returns the class of a count: below `unit`, below three times that, or more; `None` for none.
fn level(count: usize, unit: usize) -> Option<usize> {
    (count > 0).then(|| usize::from(count >= unit) + usize::from(count >= 3 * unit))
}
