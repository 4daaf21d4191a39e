//! The factored network's arithmetic, over all cells of several songs at a time.
//!
//! With `T[s, k]`, `Q[q, j]` and `C[m, j, k]` of one song (see `factored`), these are two products per song,
//! without broadcasting:
//!
//! ```text
//! M = Q C    [pitches, measures * rhythms]      C as [profiles, measures * rhythms]
//! P = T M    [steps, measures * pitches]        M as [rhythms, measures * pitches]
//! ```

use super::{GenericBackend, onset_matrix};
use crate::dense::Dense;
use crate::factored::{EPSILON, GELU};
use crate::factored_backend::{BASE_RATE_SHARE, FactoredBackend, Logits, MixtureShape, Normalized};
use crate::host::{to_device, to_host};
use crate::samples::Rows;
use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::backend::Backend;
use std::ops::Range;

/// Songs whose cells are in memory at once: about 40 MB for each tensor at the thesis' sizes.
const SONGS: usize = 64;

/// Below this rate `1 - exp(-rate)` is computed as a series, because the difference would lose digits.
const SMALL_RATE: f32 = 0.01;

/// The distributions of some songs, and their mixture.
struct Mixed<B: Backend> {
    /// `[songs, steps, rhythms]`.
    rhythms: Tensor<B, 3>,
    /// `[songs, pitches, profiles]`.
    profiles: Tensor<B, 3>,
    /// `[songs, profiles, measures * rhythms]`.
    core: Tensor<B, 3>,
    /// `[songs, rhythms, measures * pitches]`.
    by_rhythm: Tensor<B, 3>,
    /// The distribution over cells, `[songs, steps, measures, pitches]`.
    cells: Tensor<B, 4>,
}

impl<B: Backend> Mixed<B> {
    fn of(logits: &Logits<B>, base: &[f32], songs: Range<usize>, shape: MixtureShape) -> Self {
        let MixtureShape { size, rhythms: k, profiles: j } = shape;
        let (measures, steps, pitches) = (size.measures(), size.steps(), size.pitches());
        let count = songs.len();
        let of_songs = |tensor: &Tensor<B, 2>| tensor.clone().slice([songs.clone()]);
        let of_rhythms = of_songs(&logits.rhythms).reshape([count, steps, k]);
        let of_profiles = of_songs(&logits.pitch_profiles).reshape([count, pitches, j]);
        let (rhythms, profiles) = (softmax(of_rhythms, 1), softmax(of_profiles, 1));
        let rows = songs.start * measures..songs.end * measures;
        let by_measure = logits.measure_core.clone().slice([rows]);
        let by_measure = by_measure.reshape([count, measures, j * k]);
        let core = by_measure + of_songs(&logits.core).reshape([count, 1, j * k]);
        let core = softmax(core.reshape([count, measures * j * k]), 1);
        let core = core.reshape([count, measures, j, k]).swap_dims(1, 2);
        let core = core.reshape([count, j, measures * k]);
        let by_pitch = profiles.clone().matmul(core.clone());
        let by_rhythm = by_pitch.reshape([count, pitches, measures, k]).swap_dims(1, 3);
        let by_rhythm = by_rhythm.reshape([count, k, measures * pitches]);
        let cells = rhythms.clone().matmul(by_rhythm.clone());
        let cells = cells.reshape([count, steps, measures, pitches]);
        let base = to_device::<B, 4>(base.to_vec(), [1, steps, 1, pitches], &logits.core.device());
        Mixed { rhythms, profiles, core, by_rhythm, cells: cells * (1.0 - BASE_RATE_SHARE) + base }
    }

    /// Returns the gradients of all logits except the onsets', from those of the cells times
    /// `1 - BASE_RATE_SHARE`.
    fn backward(self, cells: Tensor<B, 4>, shape: MixtureShape) -> [Tensor<B, 2>; 4] {
        let MixtureShape { size, rhythms: k, profiles: j } = shape;
        let (measures, steps, pitches) = (size.measures(), size.steps(), size.pitches());
        let Mixed { rhythms, profiles, core, by_rhythm, .. } = self;
        let [count, ..] = cells.dims();
        let cells = cells.reshape([count, steps, measures * pitches]);
        let of_rhythms = cells.clone().matmul(by_rhythm.transpose());
        let by_rhythm = rhythms.clone().transpose().matmul(cells);
        let by_pitch = by_rhythm.reshape([count, k, measures, pitches]).swap_dims(1, 3);
        let by_pitch = by_pitch.reshape([count, pitches, measures * k]);
        let of_profiles = by_pitch.clone().matmul(core.clone().transpose());
        let of_core = profiles.clone().transpose().matmul(by_pitch);
        let songs = |core: Tensor<B, 3>| {
            let by_measure = core.reshape([count, j, measures, k]).swap_dims(1, 2);
            by_measure.reshape([count, measures * j * k, 1])
        };
        let measure_core = softmax_gradient(songs(core), songs(of_core));
        let measure_core = measure_core.reshape([count, measures, j * k]);
        [
            softmax_gradient(rhythms, of_rhythms).reshape([count, steps * k]),
            softmax_gradient(profiles, of_profiles).reshape([count, pitches * j]),
            measure_core.clone().sum_dim(1).reshape([count, j * k]),
            measure_core.reshape([count * measures, j * k]),
        ]
    }
}

/// Returns the gradient of the inputs of a softmax along axis 1 from that of its results.
fn softmax_gradient<B: Backend>(values: Tensor<B, 3>, gradient: Tensor<B, 3>) -> Tensor<B, 3> {
    let along = (values.clone() * gradient.clone()).sum_dim(1);
    values * (gradient - along)
}

/// Splits songs into chunks of [`SONGS`].
fn song_chunks(songs: usize) -> impl Iterator<Item = Range<usize>> {
    (0..songs).step_by(SONGS).map(move |start| start..(start + SONGS).min(songs))
}

/// Returns the sigmoid by which GELU multiplies its input.
fn gate<B: Backend>(input: Tensor<B, 2>) -> Tensor<B, 2> {
    let square = input.clone() * input.clone();
    sigmoid(input * (square * GELU.1 + 1.0) * GELU.0)
}

impl<B: GenericBackend> FactoredBackend for B {
    fn affine(input: &Tensor<Self, 2>, layer: &Dense<Self>) -> Tensor<Self, 2> {
        input.clone().matmul(layer.weight.clone()) + layer.bias.clone().unsqueeze()
    }

    fn column_sums(values: &Tensor<Self, 2>) -> Tensor<Self, 1> {
        let [_, width] = values.dims();
        values.clone().sum_dim(0).reshape([width])
    }

    fn activate(input: &Tensor<Self, 2>) -> Tensor<Self, 2> {
        gate(input.clone()) * input.clone()
    }

    fn activate_gradient(input: &Tensor<Self, 2>, gradient: Tensor<Self, 2>) -> Tensor<Self, 2> {
        let (input, gate) = (input.clone(), gate(input.clone()));
        let square = input.clone() * input.clone();
        let inner = (square * (3.0 * GELU.1) + 1.0) * GELU.0;
        let slope = gate.clone() * (-gate.clone() + 1.0) * input * inner + gate;
        slope * gradient
    }

    fn normalize(input: Tensor<Self, 2>) -> Normalized<Self> {
        let [rows, _] = input.dims();
        let centred = input.clone() - input.mean_dim(1);
        let variances = (centred.clone() * centred.clone()).mean_dim(1);
        let inverse = (variances + EPSILON).sqrt().recip();
        Normalized { values: centred * inverse.clone(), inverse_stds: inverse.reshape([rows]) }
    }

    fn normalize_gradient(
        Normalized { values, inverse_stds }: &Normalized<Self>,
        gradient: Tensor<Self, 2>,
    ) -> Tensor<Self, 2> {
        let [rows, _] = values.dims();
        let along = (gradient.clone() * values.clone()).mean_dim(1);
        let rest = gradient.clone() - gradient.mean_dim(1) - values.clone() * along;
        rest * inverse_stds.clone().reshape([rows, 1])
    }

    fn mixture(
        logits: Logits<Self>,
        base: &[f32],
        rows: &Rows,
        factors: &[f32],
        shape: MixtureShape,
    ) -> (Vec<f64>, Logits<Self>) {
        let (size, device) = (shape.size, logits.core.device());
        let (measures, steps, pitches) = (size.measures(), size.steps(), size.pitches());
        let (mut losses, mut gradients) = (Vec::new(), [const { Vec::new() }; 4]);
        for songs in song_chunks(factors.len()) {
            let count = songs.len();
            let mixed = Mixed::of(&logits, base, songs.clone(), shape);
            let range = songs.start * measures..songs.end * measures;
            let onsets = onset_matrix(rows, range, steps * pitches, &device);
            let onsets: Tensor<B, 4> = onsets.reshape([count, measures, steps, pitches]);
            let onsets = onsets.swap_dims(1, 2);
            // Without an onset the logarithm is that of 1, and the gradient 0.
            let probabilities = mixed.cells.clone().mask_fill(onsets.clone().equal_elem(0.0), 1.0);
            let logs = probabilities.clone().log().reshape([count * steps, measures * pitches]);
            let logs = to_host(logs.sum_dim(1));
            let logs = logs.chunks_exact(steps);
            losses.extend(logs.map(|logs| -logs.iter().map(|&log| f64::from(log)).sum::<f64>()));
            let factors = factors[songs].iter().map(|factor| -factor * (1.0 - BASE_RATE_SHARE));
            let factors = to_device::<B, 4>(factors.collect(), [count, 1, 1, 1], &device);
            let of_cells = onsets / probabilities * factors;
            let found = mixed.backward(of_cells, shape);
            gradients.iter_mut().zip(found).for_each(|(all, found)| all.push(found));
        }
        let log_rates = to_host(logits.onsets);
        let mut of_onsets = Vec::with_capacity(losses.len());
        for (song, (loss, &log_rate)) in losses.iter_mut().zip(&log_rates).enumerate() {
            let range = song * measures..(song + 1) * measures;
            let count = range.map(|row| rows.row(row).len()).sum::<usize>() as f64;
            let (log_rate, rate) = (f64::from(log_rate), f64::from(log_rate).exp());
            *loss += rate - count * log_rate;
            of_onsets.push(factors[song] * (rate - count) as f32);
        }
        let [rhythms, pitch_profiles, core, measure_core] =
            gradients.map(|chunks| Tensor::cat(chunks, 0));
        let onsets = to_device(of_onsets, [factors.len(), 1], &device);
        (losses, Logits { rhythms, pitch_profiles, core, measure_core, onsets })
    }

    fn mixture_probabilities(logits: Logits<Self>, base: &[f32], shape: MixtureShape) -> Vec<f32> {
        let [songs, _] = logits.onsets.dims();
        let mut probabilities = Vec::new();
        for songs in song_chunks(songs) {
            let count = songs.len();
            let rates = logits.onsets.clone().slice([songs.clone()]).exp();
            let rates = rates.reshape([count, 1, 1, 1]);
            let rates = Mixed::of(&logits, base, songs, shape).cells.swap_dims(1, 2) * rates;
            // 1 - exp(-rate)
            let series = (rates.clone() * (-1.0 / 6.0) + 0.5) * rates.clone();
            let series = (-series + 1.0) * rates.clone();
            let is_small = rates.clone().lower_elem(SMALL_RATE);
            let found = (-(-rates).exp() + 1.0).mask_where(is_small, series);
            probabilities.extend(to_host(found));
        }
        probabilities
    }
}
