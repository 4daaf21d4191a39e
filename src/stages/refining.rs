//! Codes refined through the decoder, for every stage that shows a model real music.

use crate::params::params;
use crate::stage_api::Result;
use partita_vae::{Model, Refinement};

params! {
    /// Whether and how to refine codes.
    #[derive(Debug, Clone, Copy)]
    pub(super) struct Refining {
        /// Gradient steps that improve the code of each piece of music through the decoder, starting at the encoder's
        /// answer; 0: the encoder's answer.
        refine: usize = 0 in 0..=100_000,
        /// With refine, the length of the first step in each dimension; steps shrink to 0 along half a cosine.
        refine_rate: f64 = 0.2 in 1e-6..=10.0,
    }
}

impl Refining {
    /// Gradient steps.
    pub(super) fn steps(self) -> usize {
        self.refine
    }

    /// Returns better codes of songs than `start`; `None` if codes are not refined.
    pub(super) fn codes(
        self,
        model: &Model,
        songs: &[Vec<u32>],
        start: &[Vec<f32>],
    ) -> Result<Option<Vec<Vec<f32>>>> {
        if self.refine == 0 {
            return Ok(None);
        }
        let refinement = Refinement { steps: self.refine, rate: self.refine_rate };
        Ok(Some(model.refine(songs, start, refinement)?))
    }
}
