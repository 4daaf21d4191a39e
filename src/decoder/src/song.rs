//! A song as chords: the pitches struck at each step.

use partita_music::roll::RollSize;
use partita_numerics::rng::{below, unit};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// A set of pitches; bit `p` is row `p` of a pianoroll.
pub(crate) type Pitches = u128;

/// The pitches struck at each step of a song, indexed by `measure * steps + step`; 0 where nothing is struck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Song {
    size: RollSize,
    steps: Vec<Pitches>,
}

impl Song {
    /// Creates a song from onset cells, each as `measure * cells + step * pitches + pitch`, in any order. Cells outside
    /// the song are left out.
    pub fn new(size: RollSize, cells: &[u32]) -> Self {
        let mut song = Self::silent(size);
        for &cell in cells {
            let (time, pitch) = (cell as usize / size.pitches(), cell as usize % size.pitches());
            if let Some(chord) = song.steps.get_mut(time) {
                *chord |= 1 << pitch;
            }
        }
        song
    }

    /// Creates a song without onsets.
    pub(crate) fn silent(size: RollSize) -> Self {
        Self { size, steps: vec![0; size.measures() * size.steps()] }
    }

    /// Returns its measures, steps and pitches.
    pub fn size(&self) -> RollSize {
        self.size
    }

    /// Returns its onset cells, ascending: `(measure * steps + step) * pitches + pitch`.
    pub fn cells(&self) -> Vec<u32> {
        (0..self.size.measures()).flat_map(|measure| self.measure_cells(measure)).collect()
    }

    /// Returns the onset cells of a measure, ascending.
    pub(crate) fn measure_cells(&self, measure: usize) -> Vec<u32> {
        let pitches = self.size.pitches();
        let chords = (measure * self.size.steps()..).zip(self.measure(measure));
        chords
            .flat_map(|(time, &chord)| {
                bits(chord).map(move |pitch| (time * pitches + pitch) as u32)
            })
            .collect()
    }

    /// Returns the number of onsets.
    pub fn onsets(&self) -> usize {
        self.steps.iter().map(|chord| chord.count_ones() as usize).sum()
    }

    /// Returns the number of steps at which something is struck.
    pub fn chords(&self) -> usize {
        self.steps.iter().filter(|&&chord| chord != 0).count()
    }

    /// Returns the pitches struck at a time.
    pub(crate) fn at(&self, time: usize) -> Pitches {
        self.steps[time]
    }

    /// Returns the pitches struck some steps before a time; 0 before the start.
    pub(crate) fn before(&self, time: usize, steps: usize) -> Pitches {
        time.checked_sub(steps).map_or(0, |time| self.steps[time])
    }

    /// Sets the pitches struck at a time.
    pub(crate) fn set(&mut self, time: usize, chord: Pitches) {
        self.steps[time] = chord;
    }

    /// Returns the chords of a measure, one for each step.
    pub(crate) fn measure(&self, measure: usize) -> &[Pitches] {
        let steps = self.size.steps();
        &self.steps[measure * steps..(measure + 1) * steps]
    }

    /// Returns the song with mistakes: each onset is left out or moved by up to an octave, with half of the probability
    /// `share` each.
    pub fn with_mistakes(&self, share: f64, random: &mut ChaCha8Rng) -> Self {
        let mut song = Self::silent(self.size);
        for (time, &chord) in self.steps.iter().enumerate() {
            for pitch in bits(chord) {
                let number = unit(random.next_u32());
                let moved = (pitch + 13).checked_sub(below(random, 25) as usize + 1);
                let pitch = match moved {
                    _ if number >= share => Some(pitch),
                    moved if number >= share / 2.0 => {
                        moved.filter(|&moved| moved < self.size.pitches())
                    }
                    _ => None,
                };
                song.steps[time] |= pitch.map_or(0, |pitch| 1 << pitch);
            }
        }
        song
    }

    /// Returns the F1 of the onsets of two measures; 0 if both are silent.
    pub(crate) fn f1(&self, one: usize, other: usize) -> f32 {
        let pairs = || self.measure(one).iter().zip(self.measure(other));
        let hits: u32 = pairs().map(|(a, b)| (a & b).count_ones()).sum();
        let all: u32 = pairs().map(|(a, b)| a.count_ones() + b.count_ones()).sum();
        if all == 0 { 0.0 } else { 2.0 * hits as f32 / all as f32 }
    }

    /// Copies an earlier measure.
    pub(crate) fn copy_measure(&mut self, from: usize, to: usize) {
        let steps = self.size.steps();
        self.steps.copy_within(from * steps..(from + 1) * steps, to * steps);
    }
}

/// Returns the pitches of a chord, ascending.
pub(crate) fn bits(mut chord: Pitches) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let pitch = chord.trailing_zeros();
        (pitch < 128).then(|| {
            chord &= chord - 1;
            pitch as usize
        })
    })
}

/// Returns the lowest and the highest pitch of a chord that is not empty.
pub(crate) fn ends(chord: Pitches) -> (usize, usize) {
    (chord.trailing_zeros() as usize, 127 - chord.leading_zeros() as usize)
}
