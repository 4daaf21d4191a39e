//! Expected features of a decoded latent vector, before notes are drawn.

use crate::metrics::entropy::entropy;
use crate::metrics::features::most_in_one_scale;
use crate::music::roll::RollShape;
use serde::Serialize;

/// Expectations over the cells of a song, each an onset with its probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// Expected number of notes: density.
    pub onsets: f64,
    /// Mean MIDI pitch of the expected notes: register. NaN if none is expected.
    pub pitch_mean: f64,
    /// Entropy in bits of the pitch classes of the expected notes, 0 to 3.585: tonality. NaN if none is
    /// expected.
    pub pitch_class_entropy: f64,
    /// Largest share of the expected notes that one major scale holds, 0 to 1. NaN if none is expected.
    pub scale_consistency: f64,
}

impl Expected {
    /// Computes them from the probabilities of a song, one per cell in the order measure, step, pitch.
    pub fn new(probabilities: &[f32], shape: &RollShape) -> Self {
        let mut rows = vec![0.0; shape.pitches()];
        for step in probabilities.chunks(shape.pitches()) {
            rows.iter_mut().zip(step).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        let mut classes = [0.0; 12];
        let (mut onsets, mut weighted) = (0.0, 0.0);
        for (row, sum) in rows.into_iter().enumerate() {
            let pitch = row + usize::from(shape.lowest_pitch());
            classes[pitch % 12] += sum;
            onsets += sum;
            weighted += sum * pitch as f64;
        }
        Self {
            onsets,
            pitch_mean: weighted / onsets,
            pitch_class_entropy: entropy(&classes),
            scale_consistency: most_in_one_scale(&classes) / onsets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{describe, testing::song};

    #[test]
    fn certain_notes_have_the_features_of_the_song() {
        let shape = RollShape::THESIS;
        let song = song(&[(0, 0, 60), (3, 12, 61), (3, 12, 74), (9, 95, 74)]);
        let mut probabilities = vec![0.0; shape.cells()];
        shape.indices(&song).for_each(|cell| probabilities[cell] = 1.0);
        let (found, known) = (Expected::new(&probabilities, &shape), describe(&song, &shape));
        assert_eq!((found.onsets, found.pitch_mean), (known.onsets, known.pitch_mean));
        assert_eq!(found.pitch_class_entropy, known.pitch_class_entropy);
        assert_eq!(found.scale_consistency, known.scale_consistency);
        // Half as sure of each note, half as many are expected, of the same kind.
        probabilities.iter_mut().for_each(|value| *value /= 2.0);
        let half = Expected::new(&probabilities, &shape);
        assert_eq!(half, Expected { onsets: 2.0, ..found });
    }

    #[test]
    fn silence_expects_nothing() {
        let shape = RollShape::THESIS;
        let found = Expected::new(&vec![0.0; shape.cells()], &shape);
        assert!(
            found.onsets == 0.0 && found.pitch_mean.is_nan() && found.scale_consistency.is_nan()
        );
    }
}
