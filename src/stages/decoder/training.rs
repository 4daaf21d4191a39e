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

/// The order in which samples are visited: each epoch visits all of them in its own.
struct Visits {
    seed: u64,
    count: usize,
    /// The epoch whose order is known.
    epoch: usize,
    order: Vec<usize>,
}

impl Visits {
    fn new(seed: u64, count: usize) -> Self {
        Self { seed, count, epoch: 0, order: order(seed, 0, count) }
    }

    /// Returns the sample of a visit, counted from 0.
    fn sample(&mut self, visit: usize) -> usize {
        let epoch = visit / self.count;
        if epoch != self.epoch {
            self.order = order(self.seed, epoch, self.count);
            self.epoch = epoch;
        }
        self.order[visit % self.count]
    }
}

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
        let mut visits = Visits::new(context.seed, training.len());
        let (mut sums, mut onsets) = (Nats::default(), 0);
        let mut next_checkpoint = Instant::now() + FIRST_CHECKPOINT;
        while trainer.steps() < steps {
            if context.cancel.is_cancelled() {
                trainer.save(&checkpoint)?;
            }
            context.cancel.check()?;
            let step = trainer.steps();
            let first = step as usize * params.batch;
            let chosen: Vec<usize> =
                (first..first + params.batch).map(|visit| visits.sample(visit)).collect();
            let batch = examples.batch(&chosen, step, variation)?;
            sums += trainer.step(&batch.examples, params.rate(step, steps));
            onsets += batch.examples.iter().map(|example| example.song.onsets()).sum::<usize>();
            let text = format!("{:.2} bits per onset", Bits::new(sums, onsets).total());
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
            Bits::new(sums, onsets).total(),
            measured.summary()
        ));
        Ok(())
    }
}
