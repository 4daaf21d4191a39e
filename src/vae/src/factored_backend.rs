//! What the factored network needs of a backend besides tensors.

use crate::dense::Dense;
use crate::host::to_host;
use crate::samples::Rows;
use burn::tensor::{Tensor, backend::Backend};
use partita_music::roll::RollSize;

/// Share of a cell's probability that comes from its base rate, so that no onset is impossible.
pub(crate) const BASE_RATE_SHARE: f32 = 0.02;

/// Returns the part of each cell's probability that comes from its base rate; the parts sum to
/// [`BASE_RATE_SHARE`] over a song.
pub(crate) fn base_rate_shares<B: Backend>(base: &Tensor<B, 1>, measures: usize) -> Vec<f32> {
    let mut base = to_host(base.clone());
    let sum: f64 = base.iter().map(|&rate| f64::from(rate)).sum();
    let factor = f64::from(BASE_RATE_SHARE) / (sum * measures as f64);
    base.iter_mut().for_each(|rate| *rate = (f64::from(*rate) * factor) as f32);
    base
}

/// Rows normalized to mean 0 and variance 1.
#[derive(Debug, Clone)]
pub(crate) struct Normalized<B: Backend> {
    pub(crate) values: Tensor<B, 2>,
    /// Inverse of the standard deviation that each row had.
    pub(crate) inverse_stds: Tensor<B, 1>,
}

/// The decoder's outputs before any softmax, or the gradients by them.
#[derive(Debug, Clone)]
pub(crate) struct Logits<B: Backend> {
    /// `[songs, steps * rhythms]`.
    pub(crate) rhythms: Tensor<B, 2>,
    /// `[songs, pitches * pitch_profiles]`.
    pub(crate) pitch_profiles: Tensor<B, 2>,
    /// `[songs, pitch_profiles * rhythms]`, common to all measures.
    pub(crate) core: Tensor<B, 2>,
    /// `[songs * measures, pitch_profiles * rhythms]`.
    pub(crate) measure_core: Tensor<B, 2>,
    /// `[songs, 1]`: log of the expected number of onsets.
    pub(crate) onsets: Tensor<B, 2>,
}

/// Sizes of a mixture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MixtureShape {
    pub(crate) size: RollSize,
    pub(crate) rhythms: usize,
    pub(crate) profiles: usize,
}

impl MixtureShape {
    pub(crate) fn core(&self) -> usize {
        self.profiles * self.rhythms
    }
}

/// A backend that can train and apply the factored network.
pub(crate) trait FactoredBackend: Backend {
    /// Computes `x w + b`.
    fn affine(input: &Tensor<Self, 2>, layer: &Dense<Self>) -> Tensor<Self, 2>;

    /// Sums over the rows.
    fn column_sums(values: &Tensor<Self, 2>) -> Tensor<Self, 1>;

    /// Applies GELU in its tanh form (Hendrycks & Gimpel 2016).
    fn activate(input: &Tensor<Self, 2>) -> Tensor<Self, 2>;

    /// Computes the gradient of the input of [`FactoredBackend::activate`] from that of its result.
    fn activate_gradient(input: &Tensor<Self, 2>, gradient: Tensor<Self, 2>) -> Tensor<Self, 2>;

    /// Normalizes each row to mean 0 and variance 1 (Ba et al. 2016), without gain and bias.
    fn normalize(input: Tensor<Self, 2>) -> Normalized<Self>;

    /// Computes the gradient of the input of [`FactoredBackend::normalize`] from that of its values.
    fn normalize_gradient(
        normalized: &Normalized<Self>,
        gradient: Tensor<Self, 2>,
    ) -> Tensor<Self, 2>;

    /// Computes the losses of songs with these onsets, and the gradients of the sum of `factors` times them.
    /// `base` contains the [`base_rate_shares`] of a measure's cells.
    fn mixture(
        logits: Logits<Self>,
        base: &[f32],
        rows: &Rows,
        factors: &[f32],
        shape: MixtureShape,
    ) -> (Vec<f64>, Logits<Self>);

    /// Computes the probabilities of all cells, row-major `[songs, measures * cells]`.
    fn mixture_probabilities(logits: Logits<Self>, base: &[f32], shape: MixtureShape) -> Vec<f32>;
}
