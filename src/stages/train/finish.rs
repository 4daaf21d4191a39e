//! Ends an interrupted training at its last checkpoint. What is kept is only read, so that the training can
//! go on from it as if nobody had looked.

use super::super::corpus::PARTIAL;
use super::{Prepared, explain, logger, write_model};
use crate::stage_api::{Completion, StageContext, StageError};
use partita_vae::{Trained, from_checkpoint};

/// Where the checkpoint lies below what is kept.
pub(super) const CHECKPOINT: &str = "checkpoints/checkpoint.safetensors";

pub(super) fn finish(context: &StageContext<'_>) -> Result<Completion, StageError> {
    let Prepared { params, settings, corpus, training, validation } = Prepared::of(context)?;
    let checkpoints = context.resume_dir.join("checkpoints");
    let trained = from_checkpoint(&settings, &training, &validation, &checkpoints);
    let trained = trained.map_err(|error| explain(&error))?.ok_or_else(|| {
        StageError::with_hint(
            "the checkpoint is not of these settings: another version of the program wrote it",
            "run without --finish-early: training then starts over",
        )
    })?;
    logger::export_reached(context, &trained.history)?;
    write_model(context, &trained, &training, &corpus)?;
    let summary = logger::summary(&trained.history, trained.epoch);
    let partial = (!trained.finished).then(|| place(&trained, params.epochs));
    if let Some(place) = &partial {
        fs_err::write(context.out.join("model").join(PARTIAL), place)?;
    }
    Ok(match partial {
        None => Completion { summary, partial },
        Some(place) => Completion { summary: format!("{place}: {summary}"), partial: Some(place) },
    })
}

/// `finished early at epoch 3 of 20`, or `in epoch 4 of 20` when the model has seen some of its steps.
fn place(trained: &Trained, epochs: usize) -> String {
    let finished = trained.history.last().map_or(0, |report| report.epoch);
    match trained.steps_beyond {
        0 => format!("finished early at epoch {finished} of {epochs}"),
        _ => format!("finished early in epoch {} of {epochs}", finished + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::CHECKPOINT;

    #[test]
    fn the_checkpoint_lies_where_the_training_writes_it() {
        assert_eq!(CHECKPOINT, format!("checkpoints/{}", partita_vae::CHECKPOINT));
    }
}
