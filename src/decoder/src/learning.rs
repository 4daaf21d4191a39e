//! Gradients of candidates.

use partita_numerics::rng::unit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::RngCore;

/// Gradients in progress, and the choice of the candidates that contribute.
pub(crate) struct Learning<'a> {
    pub(crate) gradients: &'a mut [f32],
    /// Factor of all derivatives.
    pub(crate) scale: f32,
    /// See [`SURE`].
    pub(crate) sure: f32,
    pub(crate) random: ChaCha8Rng,
}

/// Derivatives below this are kept with a probability in proportion to their size, and made as large as this: most
/// candidates are improbable pitches whose derivatives are tiny, and all of them together cost most of the time. The
/// expectation of the gradient stays the same.
pub(crate) const SURE: f32 = 0.1;

impl Learning<'_> {
    /// Returns the derivative to use for a candidate; `None` to skip it.
    pub(crate) fn choose(&mut self, derivative: f32) -> Option<f32> {
        let share = derivative.abs() / self.sure;
        if share >= 1.0 || self.sure == 0.0 {
            return Some(derivative * self.scale);
        }
        let kept = unit(self.random.next_u32()) < f64::from(share);
        kept.then(|| derivative.signum() * self.sure * self.scale)
    }
}
