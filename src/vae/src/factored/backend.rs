//! What the factored network asks of a backend besides tensors.

use crate::architecture::{Architecture, FactoredSizes};
use crate::backend::to_host;
use crate::network::Dense;
use crate::samples::Rows;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// Share of a cell's probability that is the base rate's: no onset is impossible.
pub(crate) const BASE_RATE_SHARE: f32 = 0.02;

/// The share of each cell's probability that is its base rate's: sums to [`BASE_RATE_SHARE`] over a song.
pub(crate) fn base_rate_shares<B: Backend>(base: &Tensor<B, 1>, measures: usize) -> Vec<f32> {
    let mut base = to_host(base.clone());
    let sum: f64 = base.iter().map(|&rate| f64::from(rate)).sum();
    let factor = f64::from(BASE_RATE_SHARE) / (sum * measures as f64);
    base.iter_mut().for_each(|rate| *rate = (f64::from(*rate) * factor) as f32);
    base
}

/// Rows that were normalized to mean 0 and variance 1.
#[derive(Debug, Clone)]
pub(crate) struct Normalized<B: Backend> {
    pub(crate) values: Tensor<B, 2>,
    /// One number per row: the inverse of the deviation it had.
    pub(crate) inverse_deviations: Tensor<B, 1>,
}

/// The decoder's outputs before any softmax, or the loss' gradients by them.
#[derive(Debug, Clone)]
pub(crate) struct Logits<B: Backend> {
    /// `[songs, steps * rhythms]`.
    pub(crate) rhythms: Tensor<B, 2>,
    /// `[songs, pitches * pitch_profiles]`.
    pub(crate) pitch_profiles: Tensor<B, 2>,
    /// `[songs, pitch_profiles * rhythms]`, of all measures alike.
    pub(crate) core: Tensor<B, 2>,
    /// `[songs * measures, pitch_profiles * rhythms]`.
    pub(crate) measure_core: Tensor<B, 2>,
    /// `[songs, 1]`: the log of the expected number of onsets.
    pub(crate) onsets: Tensor<B, 2>,
}

/// Sizes of a mixture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MixtureShape {
    pub(crate) measures: usize,
    pub(crate) steps: usize,
    pub(crate) pitches: usize,
    pub(crate) rhythms: usize,
    pub(crate) profiles: usize,
}

impl MixtureShape {
    pub(crate) fn new(architecture: &Architecture, sizes: &FactoredSizes) -> Self {
        let geometry = architecture.geometry;
        let (measures, steps, pitches) =
            (geometry.measures(), geometry.steps(), geometry.pitches());
        let FactoredSizes { rhythms, pitch_profiles: profiles, .. } = *sizes;
        MixtureShape { measures, steps, pitches, rhythms, profiles }
    }

    pub(crate) fn core(&self) -> usize {
        self.profiles * self.rhythms
    }
}

/// A backend that can train and apply the factored network.
pub(crate) trait FactoredBackend: Backend {
    /// `x w + b`.
    fn affine(input: &Tensor<Self, 2>, layer: &Dense<Self>) -> Tensor<Self, 2>;

    /// Sums over the rows.
    fn column_sums(values: &Tensor<Self, 2>) -> Tensor<Self, 1>;

    /// GELU in its tanh form (Hendrycks & Gimpel 2016).
    fn activate(input: &Tensor<Self, 2>) -> Tensor<Self, 2>;

    /// The gradient of the input of [`FactoredBackend::activate`] from that of its result.
    fn activate_gradient(input: &Tensor<Self, 2>, gradient: Tensor<Self, 2>) -> Tensor<Self, 2>;

    /// Each row to mean 0 and variance 1 (Ba et al. 2016), without gain and bias.
    fn normalize(input: Tensor<Self, 2>) -> Normalized<Self>;

    /// The gradient of the input of [`FactoredBackend::normalize`] from that of its values.
    fn normalize_gradient(
        normalized: &Normalized<Self>,
        gradient: Tensor<Self, 2>,
    ) -> Tensor<Self, 2>;

    /// The losses of songs with these onsets, and the gradients of the sum of `factors` times them. `base`
    /// holds the rates of a measure's cells.
    fn mixture(
        logits: Logits<Self>,
        base: &Tensor<Self, 1>,
        rows: &Rows,
        factors: &[f32],
        shape: MixtureShape,
    ) -> (Vec<f64>, Logits<Self>);

    /// The probabilities of all cells, row-major `[songs, measures * cells]`.
    fn mixture_probabilities(
        logits: Logits<Self>,
        base: &Tensor<Self, 1>,
        shape: MixtureShape,
    ) -> Vec<f32>;
}
