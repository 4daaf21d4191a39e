//! A small network that judges a song by what is around each of its notes: its chord, the attacks before and after, the
//! same step 1, 2, 4 and 8 measures back, and the pitches of the song.
//!
//! It is convolutional in effect: the windows of all notes share their weights at every pitch, and a song's score is a
//! mean over its notes. Plain loops: the first layer is a sum of the rows that hold for a note.

mod network;
mod windows;

use network::{WEIGHTS, add_gradient, new_weights, score};
use partita_numerics::adam_step::Moments;
use partita_numerics::kernels::adam;
use rand::seq::SliceRandom;
use rand::{Rng as _, SeedableRng};
use rand_chacha::ChaCha8Rng;
pub use windows::Windows;

/// Steps of a training, and the smallest and largest number of times that it sees each song.
const STEPS: usize = 480;
const EPOCHS: (usize, usize) = (8, 24);
/// Songs of a step.
const BATCH: usize = 8;
/// Share of the notes of a song that a step sees, and their largest number.
const SEEN: f64 = 0.5;
const MOST: usize = 256;
/// Highest learning rate of Adam; it falls to zero along half a cosine.
const RATE: f64 = 0.003;
const DECAY: f64 = 0.02;
/// The second moment forgets fast: there are few steps.
const MOMENTS: Moments = Moments { beta_1: 0.9, beta_2: 0.99, epsilon: 1e-6 };
const SEED: u64 = 0;

/// A network that separates two sets of songs.
pub(super) struct NoteNetwork(Vec<f32>);

impl NoteNetwork {
    /// Trains a network on songs, each with whether it is in the second set. Depends only on these.
    pub(super) fn fit(songs: &[(&Windows, bool)]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut weights = new_weights(&mut random);
        let [mut first, mut second] = [vec![0.0; WEIGHTS], vec![0.0; WEIGHTS]];
        let mut order: Vec<usize> =
            (0..songs.len()).filter(|&song| songs[song].0.len() > 0).collect();
        let mut gradient = vec![0.0; WEIGHTS];
        let batches = order.len().div_ceil(BATCH).max(1);
        let epochs = (STEPS / batches).clamp(EPOCHS.0, EPOCHS.1);
        let steps = epochs * batches;
        let mut step = 0_u64;
        for _ in 0..epochs {
            order.shuffle(&mut random);
            for batch in order.chunks(BATCH) {
                gradient.fill(0.0);
                for &song in batch {
                    let (windows, is_second) = songs[song];
                    let notes = some_notes(windows.len(), &mut random);
                    let label = f32::from(u8::from(is_second));
                    add_gradient(&weights, windows, &notes, label, &mut gradient);
                }
                let done = step as f64 / steps as f64;
                let rate = RATE * (0.5 + 0.5 * (std::f64::consts::PI * done).cos());
                step += 1;
                let update = MOMENTS.step(rate, step, 1.0 / batch.len() as f64, DECAY);
                adam(update, &mut weights, &gradient, &mut first, &mut second);
            }
        }
        Self(weights)
    }

    /// Returns the log odds that a song is of the second set.
    pub(super) fn score(&self, windows: &Windows) -> f64 {
        let notes: Vec<usize> = (0..windows.len()).collect();
        f64::from(score(&self.0, windows, &notes))
    }
}

/// Returns a random half of the notes.
fn some_notes(count: usize, random: &mut ChaCha8Rng) -> Vec<usize> {
    let mut notes: Vec<usize> = (0..count).filter(|_| random.random_bool(SEEN)).collect();
    if notes.is_empty() {
        notes = (0..count).collect();
    }
    if notes.len() > MOST {
        let (some, _) = notes.partial_shuffle(random, MOST);
        return some.to_vec();
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::testing::song;
    use crate::music::roll::RollShape;

    fn windows(up: usize) -> Windows {
        let notes: Vec<_> = (0..16)
            .flat_map(|measure| [(measure, 0, 50 + up), (measure, 24, 57 + measure % 4 + up)])
            .collect();
        Windows::new(&song(&notes), &RollShape::THESIS)
    }

    #[test]
    fn a_transposed_song_looks_the_same() {
        assert_eq!(windows(0), windows(7));
        assert_eq!(windows(0).len(), 32);
    }

    #[test]
    fn gradient_is_the_slope_of_the_loss() {
        let windows = windows(0);
        let notes: Vec<usize> = (0..windows.len()).collect();
        let weights = new_weights(&mut ChaCha8Rng::seed_from_u64(5));
        let mut gradient = vec![0.0; WEIGHTS];
        add_gradient(&weights, &windows, &notes, 1.0, &mut gradient);
        let loss = |weights: &[f32]| (-f64::from(score(weights, &windows, &notes))).exp().ln_1p();
        let mut checked = 0;
        for at in (0..WEIGHTS).filter(|&at| gradient[at].abs() > 0.002).step_by(7) {
            let moved = |by: f32| {
                let mut weights = weights.clone();
                weights[at] += by;
                loss(&weights)
            };
            let slope = (moved(0.01) - moved(-0.01)) / 0.02;
            assert!((slope - f64::from(gradient[at])).abs() < 0.002, "{at}: {slope}");
            checked += 1;
        }
        assert!(checked > 10, "{checked}");
    }

    #[test]
    fn an_empty_song_has_a_score() {
        let empty = Windows::new(&song(&[]), &RollShape::THESIS);
        let network = NoteNetwork::fit(&[(&empty, false), (&windows(0), true)]);
        assert!(network.score(&empty).is_finite());
    }
}
