//! What a training tells, and how it is told to stop.

use crate::model::Model;
use std::error::Error;

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Write a checkpoint and go on.
    Save,
    /// Write a checkpoint and return.
    Stop,
}

/// Where a training stands after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Epoch under way, from 1.
    pub epoch: usize,
    /// Steps done in this epoch, from 1.
    pub step: usize,
    /// Steps of an epoch.
    pub steps: usize,
    /// Samples seen in this epoch.
    pub samples: usize,
    /// Mean loss over the samples seen in this epoch.
    pub loss: f64,
}

/// Mean loss per sample, and its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// `reconstruction + beta * kl`, with the `beta` in force at each step, and with `kl` raised to what
    /// is free where it is below.
    pub loss: f64,
    /// Squared error or cross-entropy in nats, summed over the cells of a song.
    pub reconstruction: f64,
    /// Divergence of the posterior from the prior in nats.
    pub kl: f64,
}

/// What an observer finds by trying the network, on whatever samples and songs it chooses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Appraisal {
    /// How well samples that the network does not train on are reconstructed, 0..=1. The best epoch is the
    /// one with the largest.
    pub f1: Option<f64>,
    /// Likeness of drawn songs, 0..=1; 1 is one song over and over.
    pub pair_jaccard: Option<f64>,
    /// Likeness of the measures of a drawn song, 0..=1; 1 is one measure over and over.
    pub measure_jaccard: Option<f64>,
}

/// An epoch in figures. Epoch 0 is the untrained network: it has no training losses and no steps.
#[derive(Debug, Clone, PartialEq)]
pub struct EpochReport {
    /// Epoch, from 0.
    pub epoch: usize,
    /// Optimizer steps since the start of the training.
    pub steps: u64,
    /// Mean over the training samples while the weights changed.
    pub train: Option<Losses>,
    /// Mean over the validation samples with the weights at the end; absent without such samples.
    pub validation: Option<Losses>,
    /// Weight of the divergence at the last step; the validation loss uses it too.
    pub beta: f64,
    /// Latent dimensions whose posterior mean has a variance above 0.01 over the validation samples
    /// (Burda et al. 2015, "active units"); absent without such samples.
    pub active_units: Option<usize>,
    /// Mean Euclidean norm of the gradient before clipping.
    pub gradient_norm: Option<f64>,
    /// Training samples per second, validation not counted.
    pub samples_per_second: Option<f64>,
    /// Seconds spent on training steps; after a resume, those of the earlier run included.
    pub seconds: f64,
    /// Adam's step size at the last step.
    pub learning_rate: f64,
    /// What the observer found.
    pub appraisal: Appraisal,
    /// Whether no epoch follows: all are done, or patience is exhausted.
    pub is_last: bool,
}

/// Who listens to a training. A training that is resumed repeats no finished epoch, but may repeat the
/// report of an epoch whose checkpoint a crash prevented.
pub trait Observer {
    /// Called once when a checkpoint is resumed, with the reports of the epochs that it holds.
    fn resumed(&mut self, history: &[EpochReport]) {
        let _ = history;
    }

    /// Called while principal components are sought before the first step, with the samples read so far and
    /// those to read in all.
    fn components(&mut self, done: u64, total: u64) -> Control {
        let _ = (done, total);
        Control::Continue
    }

    /// Called after each step.
    fn step(&mut self, report: &StepReport) -> Control;

    /// Called before [`Observer::epoch`], to try the network: averaged weights where an average is kept.
    /// Must depend on nothing but its arguments, or a resumed training may end otherwise.
    ///
    /// # Errors
    /// As [`Observer::epoch`].
    fn appraise(
        &mut self,
        epoch: usize,
        model: &Model,
    ) -> Result<Appraisal, Box<dyn Error + Send + Sync>> {
        let _ = (epoch, model);
        Ok(Appraisal::default())
    }

    /// Called with epoch 0 before the first step, then after each epoch, before its checkpoint.
    ///
    /// # Errors
    /// Any error ends the training as [`crate::TrainError::Observer`].
    fn epoch(
        &mut self,
        report: &EpochReport,
        model: &Model,
    ) -> Result<Control, Box<dyn Error + Send + Sync>>;
}

/// Numbers in the exact form of an [`EpochReport`].
pub(crate) const REPORT_WORDS: usize = 20;

impl EpochReport {
    /// Every field as bits: JSON numbers may lose the last digit, and a resumed training must report
    /// what an uninterrupted one does.
    pub(crate) fn to_words(&self) -> [u64; REPORT_WORDS] {
        let EpochReport {
            epoch,
            steps,
            train,
            validation,
            beta,
            active_units,
            gradient_norm,
            samples_per_second,
            seconds,
            learning_rate,
            appraisal: Appraisal { f1, pair_jaccard, measure_jaccard },
            is_last,
        } = self;
        let losses = |losses: &Option<Losses>| match losses {
            Some(Losses { loss, reconstruction, kl }) => {
                [1, loss.to_bits(), reconstruction.to_bits(), kl.to_bits()]
            }
            None => [0; 4],
        };
        let option = |value: &Option<f64>| value.unwrap_or(f64::NAN).to_bits();
        let [t0, t1, t2, t3] = losses(train);
        let [v0, v1, v2, v3] = losses(validation);
        [
            *epoch as u64,
            *steps,
            t0,
            t1,
            t2,
            t3,
            v0,
            v1,
            v2,
            v3,
            beta.to_bits(),
            active_units.map_or(u64::MAX, |count| count as u64),
            option(gradient_norm),
            option(samples_per_second),
            seconds.to_bits(),
            learning_rate.to_bits(),
            option(f1),
            option(pair_jaccard),
            option(measure_jaccard),
            u64::from(*is_last),
        ]
    }

    /// The inverse of [`EpochReport::to_words`].
    pub(crate) fn from_words(words: &[u64; REPORT_WORDS]) -> Self {
        let float = |at: usize| f64::from_bits(words[at]);
        let option = |at: usize| Some(float(at)).filter(|value| !value.is_nan());
        let losses = |at: usize| {
            (words[at] == 1).then(|| Losses {
                loss: float(at + 1),
                reconstruction: float(at + 2),
                kl: float(at + 3),
            })
        };
        EpochReport {
            epoch: words[0] as usize,
            steps: words[1],
            train: losses(2),
            validation: losses(6),
            beta: float(10),
            active_units: usize::try_from(words[11]).ok().filter(|&count| count != usize::MAX),
            gradient_norm: option(12),
            samples_per_second: option(13),
            seconds: float(14),
            learning_rate: float(15),
            appraisal: Appraisal {
                f1: option(16),
                pair_jaccard: option(17),
                measure_jaccard: option(18),
            },
            is_last: words[19] == 1,
        }
    }
}
