//! A small network over windows: two layers that all notes share, a mean over the notes, a score of the song.

use super::windows::{ROWS, Windows};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

/// Sizes of the layers.
const FIRST: usize = 32;
const SECOND: usize = 16;
/// First numbers of the parts among all weights.
const FIRST_BIAS: usize = ROWS * FIRST;
const SECOND_ROWS: usize = FIRST_BIAS + FIRST;
const SECOND_BIAS: usize = SECOND_ROWS + FIRST * SECOND;
const SCORE: usize = SECOND_BIAS + SECOND;
/// Number of weights.
pub(super) const WEIGHTS: usize = SCORE + SECOND + 1;

/// Returns random weights.
pub(super) fn new_weights(random: &mut ChaCha8Rng) -> Vec<f32> {
    let scale = |at: usize| match at {
        // About thirty rows hold for a note.
        ..FIRST_BIAS => 0.18,
        SECOND_ROWS..SECOND_BIAS => 0.25,
        SCORE.. if at < WEIGHTS - 1 => 0.25,
        _ => 0.0,
    };
    // Sums of three uniform numbers are normal enough; their standard deviation is 1/2.
    let mut normal = || (0..3).map(|_| random.random_range(-1.0..1.0_f32)).sum::<f32>();
    (0..WEIGHTS).map(|at| scale(at) * normal()).collect()
}

/// The activations of a note.
struct Activations {
    first: [f32; FIRST],
    second: [f32; SECOND],
}

fn activate(weights: &[f32], rows: &[u16]) -> Activations {
    let mut first = [0.0; FIRST];
    first.copy_from_slice(&weights[FIRST_BIAS..SECOND_ROWS]);
    for &row in rows {
        let row = &weights[usize::from(row) * FIRST..][..FIRST];
        first.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
    }
    first.iter_mut().for_each(|sum| *sum = sum.max(0.0));
    let mut second = [0.0; SECOND];
    second.copy_from_slice(&weights[SECOND_BIAS..SCORE]);
    for (value, row) in first.iter().zip(weights[SECOND_ROWS..].chunks_exact(SECOND)) {
        second.iter_mut().zip(row).for_each(|(sum, weight)| *sum += value * weight);
    }
    second.iter_mut().for_each(|sum| *sum = sum.max(0.0));
    Activations { first, second }
}

/// Returns the score of a song, its log odds, from some of its notes.
pub(super) fn score(weights: &[f32], windows: &Windows, notes: &[usize]) -> f32 {
    let mut mean = [0.0; SECOND];
    for &note in notes {
        let second = activate(weights, windows.rows(note)).second;
        mean.iter_mut().zip(second).for_each(|(mean, value)| *mean += value / notes.len() as f32);
    }
    let products = mean.iter().zip(&weights[SCORE..]).map(|(mean, weight)| mean * weight);
    products.sum::<f32>() + weights[WEIGHTS - 1]
}

/// Adds the gradient of the logistic loss of a song to `gradient`.
pub(super) fn add_gradient(
    weights: &[f32],
    windows: &Windows,
    notes: &[usize],
    label: f32,
    gradient: &mut [f32],
) {
    let activations: Vec<Activations> =
        notes.iter().map(|&note| activate(weights, windows.rows(note))).collect();
    let mut score = weights[WEIGHTS - 1];
    let share = 1.0 / notes.len().max(1) as f32;
    for Activations { second, .. } in &activations {
        let products = second.iter().zip(&weights[SCORE..]).map(|(value, weight)| value * weight);
        score += share * products.sum::<f32>();
    }
    let slope = 1.0 / (1.0 + (-score).exp()) - label;
    gradient[WEIGHTS - 1] += slope;
    for (&note, Activations { first, second }) in notes.iter().zip(&activations) {
        let mut down = [0.0; SECOND];
        for at in 0..SECOND {
            gradient[SCORE + at] += slope * share * second[at];
            down[at] = if second[at] > 0.0 { slope * share * weights[SCORE + at] } else { 0.0 };
            gradient[SECOND_BIAS + at] += down[at];
        }
        let mut below = [0.0; FIRST];
        for at in 0..FIRST {
            if first[at] > 0.0 {
                let row = SECOND_ROWS + at * SECOND;
                let weights = &weights[row..row + SECOND];
                below[at] = weights.iter().zip(&down).map(|(weight, down)| weight * down).sum();
                let gradient = &mut gradient[row..row + SECOND];
                gradient.iter_mut().zip(&down).for_each(|(sum, down)| *sum += first[at] * down);
            }
        }
        for row in windows.rows(note).iter().map(|&row| usize::from(row)).chain([ROWS]) {
            let gradient = &mut gradient[row * FIRST..][..FIRST];
            gradient.iter_mut().zip(&below).for_each(|(sum, below)| *sum += below);
        }
    }
}
