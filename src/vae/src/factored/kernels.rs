//! The factored network's arithmetic over slices, compiled for the widest vectors of the running CPU.
//!
//! Sums have a fixed order of lanes, so all widths give equal bits.

use crate::factored_backend::{BASE_RATE_SHARE, MixtureShape};
use crate::kernels::{exp_not_positive, sigmoid, vectorized};

/// Added to a variance before its root.
pub(crate) const EPSILON: f32 = 1e-5;
/// Sums computed side by side.
const LANES: usize = 16;

/// Returns the sum of `term(0..count)`: sixteen interleaved sums, then those in order.
#[inline(always)]
fn sum(count: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0f32; LANES];
    let whole = count / LANES * LANES;
    for first in (0..whole).step_by(LANES) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(first + lane);
        }
    }
    for (lane, at) in (whole..count).enumerate() {
        lanes[lane] += term(at);
    }
    lanes.iter().sum()
}

vectorized! {
    /// Normalizes a row to mean 0 and variance 1; returns the inverse of its standard deviation.
    pub(super) fn normalize(row: &mut [f32]) -> f32 {
        let share = 1.0 / row.len() as f32;
        let mean = sum(row.len(), |at| row[at]) * share;
        row.iter_mut().for_each(|value| *value -= mean);
        let variance = sum(row.len(), |at| row[at] * row[at]) * share;
        let inverse = 1.0 / (variance + EPSILON).sqrt();
        row.iter_mut().for_each(|value| *value *= inverse);
        inverse
    }
}

vectorized! {
    /// Converts the gradient of a normalized row into that of the original row.
    pub(super) fn normalize_gradient(gradient: &mut [f32], normalized: &[f32], inverse: f32) {
        let normalized = &normalized[..gradient.len()];
        let share = 1.0 / gradient.len() as f32;
        let mean = sum(gradient.len(), |at| gradient[at]) * share;
        let along = sum(gradient.len(), |at| gradient[at] * normalized[at]) * share;
        for (gradient, &value) in gradient.iter_mut().zip(normalized) {
            *gradient = inverse * (*gradient - mean - value * along);
        }
    }
}

/// `x` times the sigmoid of `2 sqrt(2 / pi) (x + 0.044715 x^3)` is `x (1 + tanh(..)) / 2`.
pub(crate) const GELU: (f32, f32) =
    (2.0 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2, 0.044_715);

vectorized! {
    /// Applies GELU to each value.
    pub(super) fn gelu(values: &mut [f32]) {
        for value in values {
            let x = *value;
            *value = x * sigmoid(GELU.0 * x * (1.0 + GELU.1 * x * x)).0;
        }
    }
}

vectorized! {
    /// Multiplies gradients by the derivatives of GELU at `inputs`.
    pub(super) fn gelu_gradient(gradients: &mut [f32], inputs: &[f32]) {
        for (gradient, &x) in gradients.iter_mut().zip(inputs) {
            let p = sigmoid(GELU.0 * x * (1.0 + GELU.1 * x * x)).0;
            let inner = GELU.0 * (1.0 + 3.0 * GELU.1 * x * x);
            *gradient *= p + x * p * (1.0 - p) * inner;
        }
    }
}

/// Computes `sum += factor * row`, elementwise.
#[inline(always)]
fn add_scaled(sum: &mut [f32], factor: f32, row: &[f32]) {
    for (sum, &value) in sum.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

/// Transposes a matrix with rows of `width` numbers.
#[inline(always)]
fn transpose(matrix: &[f32], width: usize, into: &mut [f32]) {
    let height = matrix.len() / width;
    for (row, values) in matrix.chunks_exact(width).enumerate() {
        for (column, &value) in values.iter().enumerate() {
            into[column * height + row] = value;
        }
    }
}

/// Replaces values by their softmax.
#[inline(always)]
fn softmax(values: &mut [f32]) {
    let mut largest = [f32::NEG_INFINITY; LANES];
    for chunk in values.chunks(LANES) {
        for (largest, &value) in largest.iter_mut().zip(chunk) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let largest = largest.into_iter().fold(f32::NEG_INFINITY, |a, b| if b > a { b } else { a });
    values.iter_mut().for_each(|value| *value = exp_not_positive(*value - largest));
    let inverse = 1.0 / sum(values.len(), |at| values[at]);
    values.iter_mut().for_each(|value| *value *= inverse);
}

/// Replaces each column of a matrix by its softmax; `columns` is scratch space for two rows.
#[inline(always)]
fn softmax_columns(values: &mut [f32], columns: &mut [f32]) {
    let (largest, total) = columns.split_at_mut(columns.len() / 2);
    largest.fill(f32::NEG_INFINITY);
    total.fill(0.0);
    for row in values.chunks_exact(largest.len()) {
        for (largest, &value) in largest.iter_mut().zip(row) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    for row in values.chunks_exact_mut(largest.len()) {
        for ((value, &largest), total) in row.iter_mut().zip(&*largest).zip(&mut *total) {
            *value = exp_not_positive(*value - largest);
            *total += *value;
        }
    }
    total.iter_mut().for_each(|total| *total = 1.0 / *total);
    for row in values.chunks_exact_mut(total.len()) {
        for (value, &inverse) in row.iter_mut().zip(&*total) {
            *value *= inverse;
        }
    }
}

/// Converts the gradients of [`softmax_columns`]' results into those of its inputs, which replace the
/// results.
#[inline(always)]
fn softmax_columns_gradient(values: &mut [f32], gradients: &[f32], along: &mut [f32]) {
    along.fill(0.0);
    let width = along.len();
    for (row, gradients) in values.chunks_exact(width).zip(gradients.chunks_exact(width)) {
        for ((along, &value), &gradient) in along.iter_mut().zip(row).zip(gradients) {
            *along += value * gradient;
        }
    }
    for (row, gradients) in values.chunks_exact_mut(width).zip(gradients.chunks_exact(width)) {
        for ((value, &gradient), &along) in row.iter_mut().zip(gradients).zip(&*along) {
            *value *= gradient - along;
        }
    }
}

/// One song's logits, replaced in place by distributions or gradients.
#[derive(Debug)]
pub(super) struct Song<'a> {
    /// `[steps, rhythms]`.
    pub(super) rhythms: &'a mut [f32],
    /// `[pitches, profiles]`.
    pub(super) profiles: &'a mut [f32],
    /// `[profiles, rhythms]`.
    pub(super) core: &'a mut [f32],
    /// `[measures, profiles, rhythms]`.
    pub(super) measure_core: &'a mut [f32],
    /// Log of the expected number of onsets.
    pub(super) onsets: &'a mut f32,
}

/// Memory that one thread reuses from song to song.
#[derive(Debug)]
pub(super) struct Scratch {
    columns: Vec<f32>,
    rhythms: Vec<f32>,
    profiles: Vec<f32>,
    cores: Vec<f32>,
    transposed: Vec<f32>,
    mixed: Vec<f32>,
    mixed_gradient: Vec<f32>,
    is_used: Vec<bool>,
}

impl Scratch {
    pub(super) fn new(shape: MixtureShape) -> Self {
        let zeros = |count: usize| vec![0.0; count];
        Scratch {
            columns: zeros(2 * shape.rhythms.max(shape.profiles)),
            rhythms: zeros(shape.size.steps() * shape.rhythms),
            profiles: zeros(shape.size.pitches() * shape.profiles),
            cores: zeros(shape.size.measures() * shape.core()),
            transposed: zeros(shape.core()),
            mixed: zeros(shape.size.pitches() * shape.rhythms),
            mixed_gradient: zeros(shape.size.pitches() * shape.rhythms),
            is_used: vec![false; shape.size.pitches()],
        }
    }
}

/// Replaces logits by distributions.
#[inline(always)]
fn distributions(song: &mut Song<'_>, columns: &mut [f32], shape: MixtureShape) {
    for core in song.measure_core.chunks_exact_mut(shape.core()) {
        add_scaled(core, 1.0, song.core);
    }
    softmax(song.measure_core);
    softmax_columns(song.rhythms, &mut columns[..2 * shape.rhythms]);
    softmax_columns(song.profiles, &mut columns[..2 * shape.profiles]);
}

vectorized! {
    /// Returns the loss of a song with these onsets by measure; `base` is the part of each cell's probability
    /// that comes from its base rate. Replaces logits by `factor` times the gradients.
    pub(super) fn mixture(
        song: Song<'_>, onsets: &[&[u32]], base: &[f32], factor: f32, shape: MixtureShape, scratch: &mut Scratch,
    ) -> f64 {
        let mut song = song;
        let MixtureShape { size, rhythms, profiles } = shape;
        let pitches = size.pitches();
        let Scratch { columns, rhythms: of_rhythms, profiles: of_profiles, cores, transposed, mixed, mixed_gradient, is_used } = scratch;
        distributions(&mut song, columns, shape);
        of_rhythms.fill(0.0);
        of_profiles.fill(0.0);
        cores.fill(0.0);
        let mut loss = 0.0;
        let measures = song.measure_core.chunks_exact(shape.core()).zip(cores.chunks_exact_mut(shape.core()));
        for ((core, of_core), cells) in measures.zip(onsets) {
            if cells.is_empty() {
                continue;
            }
            is_used.fill(false);
            for &cell in *cells {
                is_used[cell as usize % pitches] = true;
            }
            // Contribution of each rhythm to a used pitch.
            for pitch in (0..pitches).filter(|&pitch| is_used[pitch]) {
                let mixed = &mut mixed[pitch * rhythms..][..rhythms];
                mixed.fill(0.0);
                mixed_gradient[pitch * rhythms..][..rhythms].fill(0.0);
                let shares = &song.profiles[pitch * profiles..][..profiles];
                for (row, &share) in core.chunks_exact(rhythms).zip(shares) {
                    add_scaled(mixed, share, row);
                }
            }
            for &cell in *cells {
                let (step, pitch) = (cell as usize / pitches, cell as usize % pitches);
                let rhythm = &song.rhythms[step * rhythms..][..rhythms];
                let mixed = &mixed[pitch * rhythms..][..rhythms];
                let share = sum(rhythms, |at| rhythm[at] * mixed[at]);
                let probability = (1.0 - BASE_RATE_SHARE) * share + base[cell as usize];
                loss -= f64::from(probability).ln();
                let gradient = -factor * (1.0 - BASE_RATE_SHARE) / probability;
                add_scaled(&mut of_rhythms[step * rhythms..][..rhythms], gradient, mixed);
                add_scaled(&mut mixed_gradient[pitch * rhythms..][..rhythms], gradient, rhythm);
            }
            // The transposed core, so that no sum is along a vector.
            transpose(core, rhythms, transposed);
            for pitch in (0..pitches).filter(|&pitch| is_used[pitch]) {
                let gradient = &mixed_gradient[pitch * rhythms..][..rhythms];
                let shares = &song.profiles[pitch * profiles..][..profiles];
                for (row, &share) in of_core.chunks_exact_mut(rhythms).zip(shares) {
                    add_scaled(row, share, gradient);
                }
                let of_shares = &mut of_profiles[pitch * profiles..][..profiles];
                for (row, &gradient) in transposed.chunks_exact(profiles).zip(gradient) {
                    add_scaled(of_shares, gradient, row);
                }
            }
        }
        softmax_columns_gradient(song.rhythms, of_rhythms, &mut columns[..rhythms]);
        softmax_columns_gradient(song.profiles, of_profiles, &mut columns[..profiles]);
        let all = &mut *song.measure_core;
        let along = sum(all.len(), |at| all[at] * cores[at]);
        for (value, &gradient) in all.iter_mut().zip(&*cores) {
            *value *= gradient - along;
        }
        song.core.fill(0.0);
        for core in all.chunks_exact(shape.core()) {
            add_scaled(song.core, 1.0, core);
        }
        let count = onsets.iter().map(|cells| cells.len()).sum::<usize>() as f64;
        let log_rate = f64::from(*song.onsets);
        let rate = log_rate.exp();
        *song.onsets = factor * (rate - count) as f32;
        loss + rate - count * log_rate
    }
}

/// Returns `1 - exp(-rate)` for a rate that is not negative, without cancellation.
#[inline(always)]
fn onset_probability(rate: f32) -> f32 {
    let small = rate * (1.0 - rate * (0.5 - rate * (1.0 / 6.0)));
    if rate < 0.01 { small } else { 1.0 - exp_not_positive(-rate) }
}

vectorized! {
    /// Computes the probability of an onset in each cell of a song, measure by measure. Replaces logits by
    /// distributions.
    pub(super) fn probabilities(
        song: Song<'_>, base: &[f32], into: &mut [f32], shape: MixtureShape, scratch: &mut Scratch,
    ) {
        let mut song = song;
        let MixtureShape { size, rhythms, profiles } = shape;
        let pitches = size.pitches();
        distributions(&mut song, &mut scratch.columns, shape);
        let rate = f64::from(*song.onsets).exp() as f32;
        // [profiles, pitches]
        let transposed = &mut scratch.profiles;
        transpose(song.profiles, profiles, transposed);
        let mixed = &mut scratch.mixed;
        let measures = song.measure_core.chunks_exact(shape.core()).zip(into.chunks_exact_mut(size.cells_per_measure()));
        for (core, into) in measures {
            for (rhythm, mixed) in mixed.chunks_exact_mut(pitches).enumerate() {
                mixed.fill(0.0);
                for (profile, row) in transposed.chunks_exact(pitches).enumerate() {
                    add_scaled(mixed, core[profile * rhythms + rhythm], row);
                }
            }
            let rows = into.chunks_exact_mut(pitches).zip(base.chunks_exact(pitches));
            for ((into, base), rhythm) in rows.zip(song.rhythms.chunks_exact(rhythms)) {
                into.fill(0.0);
                for (mixed, &share) in mixed.chunks_exact(pitches).zip(rhythm) {
                    add_scaled(into, share, mixed);
                }
                for (value, &base) in into.iter_mut().zip(base) {
                    *value = onset_probability(rate * ((1.0 - BASE_RATE_SHARE) * *value + base));
                }
            }
        }
    }
}
