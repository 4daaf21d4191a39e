//! Finishes an interrupted training early, at its last checkpoint. The checkpoint is only read, so that a later run can
//! resume from it.

use super::super::corpus::PARTIAL;
use super::setup::TrainingSetup;
use super::{error, export, log, write_model};
use crate::stage_api::{Completion, Result, StageContext, StageError};
use partita_vae::{Trained, from_checkpoint};

/// Path of the checkpoint in the resume folder.
pub(super) const CHECKPOINT: &str = "checkpoints/checkpoint.safetensors";

pub(super) fn finish(context: &StageContext<'_>) -> Result<Completion> {
    let TrainingSetup { settings, corpus, training, validation, .. } = TrainingSetup::new(context)?;
    let checkpoints = context.resume_dir.join("checkpoints");
    let trained = from_checkpoint(&settings, &training, &validation, &checkpoints);
    let trained = trained.map_err(|error| error::explain(&error))?.ok_or_else(|| {
        StageError::with_hint(
            "the checkpoint is not of these settings: another version of the program wrote it",
            "run without --finish-early: training then starts over",
        )
    })?;
    export::export_reached(context, &trained.history)?;
    write_model(context, &trained, &training, &corpus)?;
    let summary = log::summary(&trained.history, trained.epoch);
    if trained.finished {
        return Ok(Completion { summary, partial: None });
    }
    let progress = progress(&trained, settings.epochs);
    fs_err::write(context.out.join("model").join(PARTIAL), &progress)?;
    Ok(Completion { summary: format!("{progress}: {summary}"), partial: Some(progress) })
}

/// `finished early at epoch 3 of 20`, or `in epoch 4 of 20` if the model has seen some of its steps.
fn progress(trained: &Trained, epochs: usize) -> String {
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
    fn checkpoint_is_where_the_training_writes_it() {
        assert_eq!(CHECKPOINT, format!("checkpoints/{}", partita_vae::CHECKPOINT));
    }
}
