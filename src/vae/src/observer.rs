//! Reports of a training to its observer, and the observer's control over it.

use crate::model::Model;
use serde::{Deserialize, Serialize};
use std::error::Error;

/// Any error of an observer.
pub type ObserverError = Box<dyn Error + Send + Sync>;

/// What the training does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Continue.
    Continue,
    /// Write a checkpoint and continue.
    Save,
    /// Write a checkpoint and return.
    Stop,
}

/// Progress of a training after a step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Current epoch, from 1.
    pub epoch: usize,
    /// Steps done in this epoch, from 1.
    pub step: usize,
    /// Steps per epoch.
    pub steps: usize,
    /// Samples seen in this epoch.
    pub samples: usize,
    /// Mean loss over the samples seen in this epoch.
    pub loss: f64,
}

/// Mean loss per sample, and its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Losses {
    /// `reconstruction + beta * kl`, with the `beta` of each step, and with `kl` raised to the free bits if
    /// it is below.
    pub loss: f64,
    /// Squared error or cross-entropy in nats, summed over the cells of a song.
    pub reconstruction: f64,
    /// KL divergence of the posterior from the prior in nats.
    pub kl: f64,
}

/// Metrics that an observer computes with the network, on samples and songs of its choice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct EpochMetrics {
    /// F1 of reconstructed held-out samples, 0..=1. The best epoch is the one with the largest.
    pub f1: Option<f64>,
    /// Similarity between generated songs, 0..=1; 1: all songs identical.
    pub pair_jaccard: Option<f64>,
    /// Similarity between the measures of a generated song, 0..=1; 1: all measures identical.
    pub measure_jaccard: Option<f64>,
}

/// Results of an epoch. Epoch 0 is the untrained network: it has no training losses and no steps.
///
/// Serialized as bits: a resumed training must report exactly what an uninterrupted one does, and JSON
/// numbers may lose the last digit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "[u64; REPORT_WORDS]", into = "[u64; REPORT_WORDS]")]
pub struct EpochReport {
    /// Epoch, from 0.
    pub epoch: usize,
    /// Optimizer steps since the start of the training.
    pub steps: u64,
    /// Mean over the training samples while the weights changed.
    pub train: Option<Losses>,
    /// Mean over the validation samples with the weights at the end; `None` without such samples.
    pub validation: Option<Losses>,
    /// Weight of the KL divergence at the last step; the validation loss uses it too.
    pub beta: f64,
    /// Latent dimensions whose posterior mean has a variance above 0.01 over the validation samples
    /// (Burda et al. 2015, "active units"); `None` without such samples.
    pub active_units: Option<usize>,
    /// Mean Euclidean norm of the gradient before clipping.
    pub gradient_norm: Option<f64>,
    /// Training samples per second, without validation.
    pub samples_per_second: Option<f64>,
    /// Seconds spent on training steps, including those before a resume.
    pub seconds: f64,
    /// Adam's step size at the last step.
    pub learning_rate: f64,
    /// Metrics computed by the observer.
    pub metrics: EpochMetrics,
    /// Whether this is the last epoch: all are done, or patience is exhausted.
    pub is_last: bool,
}

/// Receives the reports of a training. A resumed training repeats no finished epoch, except one whose
/// checkpoint a crash prevented.
pub trait Observer {
    /// Called once when a checkpoint is resumed, with the reports of its epochs.
    fn resumed(&mut self, history: &[EpochReport]) {
        let _ = history;
    }

    /// Called during the search for principal components before the first step, with the samples read so
    /// far and the total.
    fn pca_progress(&mut self, done: u64, total: u64) -> Control {
        let _ = (done, total);
        Control::Continue
    }

    /// Called after each step.
    fn step(&mut self, report: &StepReport) -> Control;

    /// Computes metrics of the network, with averaged weights if an average is kept. Called before
    /// [`Observer::epoch`]. Must depend only on its arguments, otherwise a resumed training may differ.
    ///
    /// # Errors
    /// As [`Observer::epoch`].
    fn evaluate(&mut self, epoch: usize, model: &Model) -> Result<EpochMetrics, ObserverError> {
        let _ = (epoch, model);
        Ok(EpochMetrics::default())
    }

    /// Called with epoch 0 before the first step, then after each epoch, before its checkpoint.
    ///
    /// # Errors
    /// Any error ends the training as [`crate::TrainError::Observer`].
    fn epoch(&mut self, report: &EpochReport, model: &Model) -> Result<Control, ObserverError>;
}

/// Length of a serialized [`EpochReport`].
const REPORT_WORDS: usize = 20;

impl From<EpochReport> for [u64; REPORT_WORDS] {
    fn from(report: EpochReport) -> Self {
        let losses = |Losses { loss, reconstruction, kl }| {
            [1, f64::to_bits(loss), f64::to_bits(reconstruction), f64::to_bits(kl)]
        };
        let [[t0, t1, t2, t3], [v0, v1, v2, v3]] =
            [report.train, report.validation].map(|of| of.map_or([0; 4], losses));
        let EpochReport { beta, seconds, learning_rate, metrics, .. } = report;
        let [beta, seconds, rate] = [beta, seconds, learning_rate].map(f64::to_bits);
        let units = report.active_units.map_or(u64::MAX, |count| count as u64);
        let options = [report.gradient_norm, report.samples_per_second, metrics.f1];
        let option = |value: Option<f64>| value.unwrap_or(f64::NAN).to_bits();
        let [norm, speed, f1] = options.map(option);
        let [pair, measure] = [metrics.pair_jaccard, metrics.measure_jaccard].map(option);
        let (epoch, steps, last) = (report.epoch as u64, report.steps, report.is_last.into());
        [
            epoch, steps, t0, t1, t2, t3, v0, v1, v2, v3, beta, units, norm, speed, seconds, rate,
            f1, pair, measure, last,
        ]
    }
}

impl From<[u64; REPORT_WORDS]> for EpochReport {
    fn from(words: [u64; REPORT_WORDS]) -> Self {
        let float = |at: usize| f64::from_bits(words[at]);
        let option = |at: usize| Some(float(at)).filter(|value| !value.is_nan());
        let losses = |at: usize| {
            let [loss, reconstruction, kl] = [at + 1, at + 2, at + 3].map(float);
            (words[at] == 1).then_some(Losses { loss, reconstruction, kl })
        };
        let [f1, pair_jaccard, measure_jaccard] = [16, 17, 18].map(option);
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
            metrics: EpochMetrics { f1, pair_jaccard, measure_jaccard },
            is_last: words[19] == 1,
        }
    }
}
