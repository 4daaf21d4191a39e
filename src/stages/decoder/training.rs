//! The loop of a decoder's training.

use super::bits::{self, Bits};
use super::examples::{Examples, Variation};
use super::params::Params;
use crate::columnar::SampleFile;
use crate::stage_api::{Result, StageContext, StageError};
use crate::stages::DAMAGED_CHECKPOINT;
use crate::stages::visits::Visits;
use partita_decoder::{Decoder, Nats, Trainer};
use partita_vae::Model;
use std::path::Path;
use std::time::{Duration, Instant};

/// Validation samples that are measured during the training, and how often.
const MEASURED: usize = 64;
const MEASUREMENTS: u64 = 10;
/// Time before the first checkpoint, and between two.
const FIRST_CHECKPOINT: Duration = Duration::from_secs(1);
const CHECKPOINT: Duration = Duration::from_secs(60);

pub(super) struct Training<'a> {
    pub(super) context: &'a StageContext<'a>,
    pub(super) params: &'a Params,
    pub(super) model: &'a Model,
    pub(super) training: &'a SampleFile,
    pub(super) validation: &'a SampleFile,
}

impl Training<'_> {
    /// Trains a decoder, from the last checkpoint if there is one.
    pub(super) fn run(&self) -> Result<Decoder> {
        let Self { context, params, model, training, .. } = self;
        let checkpoint = context.resume_dir.join("decoder.safetensors");
        let examples = Examples { model, samples: training, seed: context.seed };
        let Params { transpose, rotate, uncoded, mistakes, .. } = **params;
        let variation = Variation { transpose, rotate, uncoded, mistakes };
        let mut visits = Visits::new(context.seed, training.len(), params.batch);
        let steps = visits.steps(params.epochs);
        let mut trainer = self.trainer(&checkpoint, steps)?;
        let (mut sums, mut onsets) = (Nats::default(), 0);
        let mut next_checkpoint = Instant::now() + FIRST_CHECKPOINT;
        while trainer.steps() < steps {
            if context.cancel.is_cancelled() {
                trainer.save(&checkpoint)?;
            }
            context.cancel.check()?;
            let step = trainer.steps();
            let batch = examples.batch(&visits.batch(step), step, variation)?;
            sums += trainer.step(&batch.examples, params.rate(step, steps));
            onsets += batch.examples.iter().map(|example| example.song.onsets()).sum::<usize>();
            let text = format!("{:.2} bits per onset", Bits::new(sums, onsets).total());
            context.report.progress("steps", step + 1, steps, &text);
            if (step + 1) * MEASUREMENTS / steps > step * MEASUREMENTS / steps {
                self.measure(&trainer, steps, Bits::new(sums, onsets))?;
                (sums, onsets) = (Nats::default(), 0);
            }
            if Instant::now() > next_checkpoint {
                trainer.save(&checkpoint)?;
                next_checkpoint = Instant::now() + CHECKPOINT;
            }
        }
        Ok(trainer.averaged())
    }

    fn trainer(&self, checkpoint: &Path, steps: u64) -> Result<Trainer> {
        let (seed, architecture) = (self.context.seed, self.model.architecture());
        let decoder = Decoder::new(architecture.geometry, architecture.latent, seed)
            .without(self.params.without);
        if !checkpoint.exists() {
            let samples = self.training.len();
            self.context
                .report
                .note(&format!("{} parameters, {samples} training samples", decoder.parameters()));
            return Ok(Trainer::new(decoder, seed));
        }
        let trainer = Trainer::resume(decoder, seed, checkpoint).map_err(|error| {
            StageError::with_hint(format!("checkpoint: {error}"), DAMAGED_CHECKPOINT)
        })?;
        self.context.report.note(&format!("resumed at step {} of {steps}", trainer.steps()));
        Ok(trainer)
    }

    fn measure(&self, trainer: &Trainer, steps: u64, learned: Bits) -> Result<()> {
        let measured = bits::measure(
            &trainer.averaged(),
            self.model,
            self.validation,
            self.context.seed,
            MEASURED,
        )?;
        self.context.report.note(&format!(
            "step {} of {}: training {:.3}, validation {}",
            trainer.steps(),
            steps,
            learned.total(),
            measured.summary()
        ));
        Ok(())
    }
}
