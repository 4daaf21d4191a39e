//! The code of a song, and the probability of each cell under the VAE's own decoder.

use partita_music::roll::RollSize;

/// A song's code and the VAE's probability of each cell given it.
#[derive(Debug, Clone)]
pub struct Guide {
    size: RollSize,
    latent: Vec<f32>,
    /// Probability of an onset, `[measure, step, pitch]`.
    rates: Vec<f32>,
    /// Expected onsets of each step of the song.
    step_sums: Vec<f32>,
    /// Expected onsets of each pitch in each measure, `[measure, pitch]`.
    profiles: Vec<f32>,
    /// Cosine of the rates of two measures, `[measure, measure]`.
    similarity: Vec<f32>,
}

impl Guide {
    /// Creates a guide from a code and the probability of each cell, `[measure, step, pitch]`.
    ///
    /// # Panics
    /// Panics if there is not one rate for each cell.
    pub fn new(size: RollSize, latent: Vec<f32>, rates: Vec<f32>) -> Self {
        assert_eq!(rates.len(), size.cells(), "one rate for each cell");
        let pitches = size.pitches();
        let step_sums = rates.chunks_exact(pitches).map(|step| step.iter().sum()).collect();
        let mut profiles = vec![0.0; size.measures() * pitches];
        for (profile, measure) in
            profiles.chunks_exact_mut(pitches).zip(rates.chunks_exact(size.cells_per_measure()))
        {
            for step in measure.chunks_exact(pitches) {
                profile.iter_mut().zip(step).for_each(|(sum, rate)| *sum += rate);
            }
        }
        let similarity = similarity(size, &rates);
        Self { size, latent, rates, step_sums, profiles, similarity }
    }

    /// Returns the code.
    pub(crate) fn latent(&self) -> &[f32] {
        &self.latent
    }

    /// Returns the probabilities of the pitches at a time.
    pub(crate) fn rates(&self, time: usize) -> &[f32] {
        let pitches = self.size.pitches();
        &self.rates[time * pitches..(time + 1) * pitches]
    }

    /// Returns the expected onsets at a time.
    pub(crate) fn step_sum(&self, time: usize) -> f32 {
        self.step_sums[time]
    }

    /// Returns the expected onsets of each pitch in a measure.
    pub(crate) fn profile(&self, measure: usize) -> &[f32] {
        let pitches = self.size.pitches();
        &self.profiles[measure * pitches..(measure + 1) * pitches]
    }

    /// Returns the cosine of the rates of two measures.
    pub(crate) fn similarity(&self, measure: usize, other: usize) -> f32 {
        self.similarity[measure * self.size.measures() + other]
    }
}

fn similarity(size: RollSize, rates: &[f32]) -> Vec<f32> {
    let measures: Vec<&[f32]> = rates.chunks_exact(size.cells_per_measure()).collect();
    let mut products = vec![0.0; measures.len() * measures.len()];
    for (one, a) in measures.iter().enumerate() {
        for (other, b) in measures.iter().enumerate().take(one + 1) {
            let product = crate::kernels::dot(a, b);
            products[one * measures.len() + other] = product;
            products[other * measures.len() + one] = product;
        }
    }
    let norms: Vec<f32> =
        (0..measures.len()).map(|at| products[at * measures.len() + at].sqrt()).collect();
    for (at, product) in products.iter_mut().enumerate() {
        *product /= (norms[at / measures.len()] * norms[at % measures.len()]).max(1e-12);
    }
    products
}
