//! Codes refined through the decoder, for every stage that shows a model real music.

use crate::spec::{Accepts, Constant, Parameter};
use crate::stage_api::StageError;
use partita_vae::{Model, Refinement};
use serde::Deserialize;

/// How many steps.
pub(super) const REFINE: Parameter = Parameter {
    name: "refine",
    about: "Gradient steps that improve the code of each piece of music through the decoder, from the \
            encoder's answer on; 0: the encoder's answer is taken.",
    accepts: Accepts::Integer(0, 100_000),
    default: Constant::Integer(0),
};

/// How long they are.
pub(super) const REFINE_RATE: Parameter = Parameter {
    name: "refine_rate",
    about: "refine: how far the first step goes in each dimension; steps shrink to 0 along half a cosine.",
    accepts: Accepts::Number(1e-6, 10.0),
    default: Constant::Number(0.2),
};

/// Both parameters.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Refining {
    refine: usize,
    refine_rate: f64,
}

impl Refining {
    /// Gradient steps.
    pub(super) fn steps(self) -> usize {
        self.refine
    }

    /// Better codes of songs than `start`; `None` where codes are to be taken as they are.
    pub(super) fn codes(
        self,
        model: &Model,
        songs: &[Vec<u32>],
        start: &[Vec<f32>],
    ) -> Result<Option<Vec<Vec<f32>>>, StageError> {
        if self.refine == 0 {
            return Ok(None);
        }
        let refinement = Refinement { steps: self.refine, rate: self.refine_rate };
        model.refine(songs, start, refinement).map(Some).map_err(StageError::failed)
    }
}
