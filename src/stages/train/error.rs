//! Errors of a training, with hints.

use super::super::DAMAGED_CHECKPOINT;
use crate::stage_api::{StageError, with_causes};
use partita_vae::TrainError;

/// Converts a training's error with its causes and adds a hint.
pub(super) fn explain(error: &TrainError) -> StageError {
    let message = with_causes(error);
    let hint = match error {
        TrainError::Stopped => return StageError::Interrupted,
        TrainError::NoSamples => "see what 'extract' kept: partita stats PIPELINE/STAGE",
        TrainError::Checkpoint(_) => DAMAGED_CHECKPOINT,
        TrainError::Device(_) | TrainError::GradientMismatch => "train on the CPU: --device cpu",
        TrainError::NotFinite { hint, .. } => {
            return StageError::with_hint(message, format!("try to {hint}"));
        }
        _ => return StageError::failed(message),
    };
    StageError::with_hint(message, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loss_that_is_not_finite_is_reported_with_its_step_and_a_hint() {
        let hint = "lower `learning_rate`";
        let error = explain(&TrainError::NotFinite { epoch: 3, step: 17, hint });
        let StageError::Failed { message, hint: Some(hint) } = error else {
            panic!("{error:?}");
        };
        assert_eq!(message, "the loss is no longer finite at step 17 of epoch 3");
        assert_eq!(hint, "try to lower `learning_rate`");
    }
}
