//! A batch of training samples with augmentation and onset dropout.
//!
//! The random numbers of a sample depend only on the seed, the epoch and the sample's index, so a training
//! resumed inside an epoch, or a batch read in other parts, sees the same.

use crate::rng::{self, Purpose};
use crate::samples::{Rows, SampleError, Samples};
use crate::settings::Settings;
use crate::training_options::TrainingOptions;
use partita_music::roll::RollSize;

/// Inputs of the encoder and targets of the decoder.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// `None` if they equal the targets.
    inputs: Option<Rows>,
    /// The samples' onsets.
    pub(crate) targets: Rows,
}

#[cfg(test)]
impl From<Rows> for Batch {
    fn from(targets: Rows) -> Self {
        Batch { inputs: None, targets }
    }
}

impl Batch {
    /// Reads the samples with these indices for an epoch.
    pub(crate) fn read(
        samples: &dyn Samples,
        indices: &[usize],
        settings: &Settings,
        epoch: usize,
    ) -> Result<Self, SampleError> {
        let (geometry, options) = (settings.architecture.geometry, &settings.options);
        let augment = |index: usize, song: &mut Vec<u32>| {
            Augmentation::sample(options, geometry, settings.seed, epoch, index)
                .apply(geometry, song);
        };
        let targets = Rows::read_with(samples, indices.iter().copied(), geometry, augment)?;
        let inputs = (options.onset_dropout > 0.0).then(|| {
            let streams = indices.iter().map(|&index| {
                let key = [index as u64, epoch as u64];
                rng::stream_at(settings.seed, Purpose::OnsetDropout, key)
            });
            targets.onset_dropped(geometry.measures(), options.onset_dropout, streams)
        });
        Ok(Batch { inputs, targets })
    }

    /// Returns the encoder's inputs.
    pub(crate) fn inputs(&self) -> &Rows {
        self.inputs.as_ref().unwrap_or(&self.targets)
    }
}

/// Transposition and rotation of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Augmentation {
    /// Semitones upwards.
    pub semitones: i64,
    /// The measure that becomes the first.
    pub measures: usize,
}

impl Augmentation {
    fn sample(
        options: &TrainingOptions,
        geometry: RollSize,
        seed: u64,
        epoch: usize,
        index: usize,
    ) -> Self {
        let below = |purpose, bound: usize| {
            let mut random = rng::stream_at(seed, purpose, [index as u64, epoch as u64]);
            rng::below(&mut random, bound as u64)
        };
        let semitones = match options.transpose {
            0 => 0,
            max => below(Purpose::Transposition, 2 * max + 1) as i64 - max as i64,
        };
        let measures = options.rotate.then(|| below(Purpose::Rotation, geometry.measures()));
        Augmentation { semitones, measures: measures.unwrap_or(0) as usize }
    }

    /// Transposes and rotates a song whose cells are inside the geometry. Onsets outside the pitch range are lost.
    pub fn apply(self, geometry: RollSize, song: &mut Vec<u32>) {
        if self == (Augmentation { semitones: 0, measures: 0 }) {
            return;
        }
        let (pitches, limit) = (geometry.pitches() as i64, geometry.cells() as u64);
        let rotated = (self.measures * geometry.cells_per_measure()) as u64;
        song.retain_mut(|cell| {
            let pitch = i64::from(*cell) % pitches + self.semitones;
            let transposed = i64::from(*cell) + self.semitones;
            let is_inside = (0..pitches).contains(&pitch);
            if is_inside {
                *cell = ((transposed as u64 + limit - rotated) % limit) as u32;
            }
            is_inside
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ARCHITECTURE, memory_samples, settings, size};
    use std::collections::BTreeSet;

    const GEOMETRY: RollSize = size(3, 2, 4);

    fn augmented(semitones: i64, measures: usize, song: &[u32]) -> Vec<u32> {
        let mut song = song.to_vec();
        Augmentation { semitones, measures }.apply(GEOMETRY, &mut song);
        song
    }

    #[test]
    fn transposed_song_keeps_steps_and_loses_onsets_outside_the_pitch_range() {
        // Measure 0: pitches 0 and 3 at step 0; measure 2: pitch 2 at step 1.
        assert_eq!(augmented(1, 0, &[0, 3, 22]), [1, 23]);
        assert_eq!(augmented(-1, 0, &[0, 3, 22]), [2, 21]);
        assert_eq!(augmented(-3, 0, &[0, 3, 22]), [0]);
        assert!(augmented(3, 0, &[3, 22]).is_empty());
    }

    #[test]
    fn rotated_song_begins_at_another_measure_and_keeps_its_order() {
        assert_eq!(augmented(0, 1, &[0, 9, 22]), [16, 1, 14]);
        assert_eq!(augmented(0, 2, &augmented(0, 1, &[0, 9, 22])), [0, 9, 22]);
        assert_eq!(augmented(1, 2, &[0, 3, 22]), [9, 7]);
    }

    #[test]
    fn every_augmentation_occurs_and_depends_on_epoch_and_sample() {
        let options = TrainingOptions { transpose: 2, rotate: true, ..TrainingOptions::default() };
        let sample = |epoch, index| Augmentation::sample(&options, GEOMETRY, 7, epoch, index);
        let seen: BTreeSet<(i64, usize)> = (0..400)
            .map(|index| sample(1, index))
            .map(|Augmentation { semitones, measures }| (semitones, measures))
            .collect();
        let all = (-2..=2).flat_map(|semitones| (0..3).map(move |measures| (semitones, measures)));
        assert_eq!(seen, all.collect());
        let epoch = |epoch| (0..50).map(|index| sample(epoch, index)).collect::<Vec<_>>();
        assert_eq!(epoch(1), epoch(1));
        assert_ne!(epoch(1), epoch(2));
        let rotated = TrainingOptions { rotate: true, ..TrainingOptions::default() };
        let alone = Augmentation::sample(&rotated, GEOMETRY, 7, 1, 3);
        assert_eq!((alone.semitones, alone.measures), (0, sample(1, 3).measures));
    }

    #[test]
    fn onset_dropout_hides_the_requested_fraction_from_the_encoder_only() {
        let settings = settings(|raw| raw.options.onset_dropout = 0.25);
        let samples = memory_samples(300, 1);
        let indices: Vec<usize> = (0..300).collect();
        let batch = Batch::read(&samples, &indices, &settings, 1).unwrap();
        let whole = Rows::read(&samples, 0..300, ARCHITECTURE.geometry).unwrap();
        assert_eq!(batch.targets, whole);
        let kept = batch.inputs().cells.len() as f64 / whole.cells.len() as f64;
        assert!((kept - 0.75).abs() < 0.02, "{kept}");
        for row in 0..whole.len() {
            let all = whole.row(row);
            assert!(batch.inputs().row(row).iter().all(|cell| all.contains(cell)));
        }
        let part = Batch::read(&samples, &indices[40..50], &settings, 1).unwrap();
        for row in 0..part.targets.len() {
            let measures = ARCHITECTURE.geometry.measures();
            assert_eq!(part.inputs().row(row), batch.inputs().row(40 * measures + row));
        }
        let other = Batch::read(&samples, &indices, &settings, 2).unwrap();
        assert_ne!(other.inputs(), batch.inputs());
    }
}
