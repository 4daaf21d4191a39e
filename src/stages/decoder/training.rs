//! The loop of a decoder's training.

use super::bits::{self, Bits};
use super::examples::{Examples, Variation};
use super::params::Params;
use crate::columnar::SampleFile;
use crate::stage_api::{Result, StageContext, StageError};
use partita_decoder::{Decoder, Nats, Trainer};
use partita_numerics::rng::order;
use partita_vae::Model;
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
        let mut trainer = self.trainer(&checkpoint)?;
        let examples = Examples { model, samples: training, seed: context.seed };
        let Params { transpose, rotate, uncoded, mistakes, .. } = **params;
        let variation = Variation { transpose, rotate, uncoded, mistakes };
        let steps = self.steps();
        let (mut sums, mut onsets) = (Nats::default(), 0);
        let mut next_checkpoint = Instant::now() + FIRST_CHECKPOINT;
        while trainer.steps() < steps {
            if context.cancel.is_cancelled() {
                trainer.save(&checkpoint)?;
            }
            context.cancel.check()?;
            let step = trainer.steps();
            let batch = examples.batch(&self.chosen(step), step, variation)?;
            sums += trainer.step(&batch.examples, params.rate(step, steps));
            onsets += batch.examples.iter().map(|example| example.song.onsets()).sum::<usize>();
            let text = format!("{:.2} bits per onset", Bits::of(sums, onsets).total());
            context.report.progress("steps", step + 1, steps, &text);
            if (step + 1) * MEASUREMENTS / steps > step * MEASUREMENTS / steps {
                self.measure(&trainer, sums, onsets)?;
                (sums, onsets) = (Nats::default(), 0);
            }
            if Instant::now() > next_checkpoint {
                trainer.save(&checkpoint)?;
                next_checkpoint = Instant::now() + CHECKPOINT;
            }
        }
        Ok(trainer.averaged())
    }

    fn trainer(&self, checkpoint: &std::path::Path) -> Result<Trainer> {
        let (seed, architecture) = (self.context.seed, self.model.architecture());
        let decoder = Decoder::new(architecture.geometry, architecture.latent, seed);
        if !checkpoint.exists() {
            let samples = self.training.len();
            self.context
                .report
                .note(&format!("{} parameters, {samples} training samples", decoder.parameters()));
            return Ok(Trainer::new(decoder, seed));
        }
        let trainer = Trainer::resume(decoder, seed, checkpoint).map_err(|error| {
            StageError::with_hint(
                format!("checkpoint: {error}"),
                "--force STAGE trains from the start",
            )
        })?;
        self.context.report.note(&format!(
            "resumed at step {} of {}",
            trainer.steps(),
            self.steps()
        ));
        Ok(trainer)
    }

    fn steps(&self) -> u64 {
        let Params { epochs, batch, .. } = *self.params;
        ((epochs * self.training.len() as f64 / batch as f64).ceil() as u64).max(1)
    }

    /// Returns the samples of a step: each epoch visits all of them in its own order.
    fn chosen(&self, step: u64) -> Vec<usize> {
        let (seed, count) = (self.context.seed, self.training.len());
        let first = step as usize * self.params.batch;
        let places = first..first + self.params.batch;
        let epochs = places.start / count..=(places.end - 1) / count;
        let visited = epochs.flat_map(|epoch| order(seed, epoch, count));
        visited.skip(places.start % count).take(places.len()).collect()
    }

    fn measure(&self, trainer: &Trainer, sums: Nats, onsets: usize) -> Result<()> {
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
            self.steps(),
            Bits::of(sums, onsets).total(),
            measured.summary()
        ));
        Ok(())
    }
}
