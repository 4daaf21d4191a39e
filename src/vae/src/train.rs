//! The training loop.

use crate::adam::{self, AdamStep};
use crate::average;
use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::best_epoch;
use crate::checkpoint::{Checkpoint, Identity};
use crate::device::{Device, DeviceError};
use crate::free_bits::FreeBitsKl;
use crate::gradient::{Gradients, Objective, Sums, gradients};
use crate::initialize::initial_checkpoint;
use crate::mean_norm;
use crate::memory::RetainedMemory;
use crate::model::{Model, micro_batch};
use crate::network::Network;
use crate::observer::{Control, EpochReport, Losses, Observer, StepReport};
use crate::rng;
use crate::samples::{SampleError, Samples};
use crate::settings::Settings;
use crate::step_rng::StepRng;
use crate::sums::EpochSums;
use crate::train_error::TrainError;
use crate::training_options::{FinalWeights, TrainingOptions};
use crate::validate::validate;
use burn::backend::Flex;
use burn::backend::flex::FlexDevice;
use std::path::Path;
use std::time::Instant;

/// What a training leaves behind.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network after the last step, averaged where an average is kept; or the best epoch's.
    pub model: Model,
    /// The epoch that it is of, from 0; the one under way where the training was stopped inside it.
    pub epoch: usize,
    /// One report per finished epoch, the untrained network's first; after a resume, those of the
    /// earlier run included.
    pub history: Vec<EpochReport>,
    /// Whether all epochs were done or patience was exhausted; if not, the observer stopped the training.
    pub finished: bool,
    /// Steps that the model has seen of the epoch after the last finished one.
    pub steps_beyond: usize,
}

/// Where the loop stands.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    /// Epoch under way, from 1.
    pub(crate) epoch: usize,
    /// Steps done in it.
    pub(crate) step: usize,
    /// Steps done in all.
    pub(crate) steps: u64,
    pub(crate) sums: EpochSums,
    /// Finished epochs.
    pub(crate) history: Vec<EpochReport>,
}

/// Trains a network on the CPU, or goes on with the training whose checkpoint lies in `checkpoints`
/// when settings and sample counts are the same; the result is bit-equal to an uninterrupted training.
///
/// A batch whose activations would exceed 256 MiB is worked through in parts, with the same result up
/// to rounding. A checkpoint is written after each epoch, and when the observer asks for one or stops the
/// training.
///
/// # Errors
/// See [`TrainError`]. The last checkpoint stays valid.
pub fn train(
    settings: &Settings,
    train: &dyn Samples,
    validation: &dyn Samples,
    checkpoints: &Path,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    let _memory = RetainedMemory::new();
    run::<Flex>(settings, [train, validation], checkpoints, observer, FlexDevice, |_| Ok(()))
}

/// [`train`] on a device. A checkpoint goes from one device to another; on a card the result is that of the
/// processor within tolerances only, and before the first step a few songs are computed on both.
///
/// # Errors
/// As [`train`], and when the device is not there or computes something else than the processor.
pub fn train_on(
    device: Device,
    settings: &Settings,
    samples: [&dyn Samples; 2],
    checkpoints: &Path,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    device.check()?;
    match device {
        Device::Cpu => {
            let [training, validation] = samples;
            train(settings, training, validation, checkpoints, observer)
        }
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => {
            use burn::backend::cuda::{Cuda, CudaDevice};
            let agrees = |network: &_| crate::device_check::check(network, settings, samples[0]);
            run::<Cuda>(settings, samples, checkpoints, observer, CudaDevice::new(index), agrees)
        }
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => Err(DeviceError::CudaNotCompiled.into()),
    }
}

/// The training whose checkpoint lies in `checkpoints` as it is, without another step; `None` when there is
/// no checkpoint of these settings and sample counts. The checkpoint stays: [`train`] can still go on.
///
/// # Errors
/// [`TrainError::Checkpoint`], and [`TrainError::Sample`] where means are normalized.
pub fn from_checkpoint(
    settings: &Settings,
    train: &dyn Samples,
    validation: &dyn Samples,
    checkpoints: &Path,
) -> Result<Option<Trained>, TrainError> {
    let identity = Identity { settings, samples: [train.len(), validation.len()] };
    let state = Checkpoint::<Flex>::load(checkpoints, identity, &FlexDevice)?;
    let trained = |state| Trainer { settings, train, validation, state }.trained(checkpoints);
    state.map(trained).transpose()
}

pub(crate) fn run<B: TrainBackend>(
    settings: &Settings,
    [train, validation]: [&dyn Samples; 2],
    checkpoints: &Path,
    observer: &mut dyn Observer,
    device: B::Device,
    check: impl FnOnce(&Network<B>) -> Result<(), TrainError>,
) -> Result<Trained, TrainError> {
    if train.is_empty() {
        return Err(TrainError::NoSamples);
    }
    let identity = Identity { settings, samples: [train.len(), validation.len()] };
    let resumed = Checkpoint::<B>::load(checkpoints, identity, &device)?;
    let is_fresh = resumed.is_none();
    let state = match resumed {
        Some(state) => state,
        None => initial_checkpoint(settings, train, observer, &device)?,
    };
    check(&state.network)?;
    let trainer = Trainer { settings, train, validation, state };
    trainer.run(checkpoints, identity, observer, is_fresh)
}

struct Trainer<'a, B: TrainBackend> {
    settings: &'a Settings,
    train: &'a dyn Samples,
    validation: &'a dyn Samples,
    state: Checkpoint<B>,
}

impl<B: TrainBackend> Trainer<'_, B> {
    fn run(
        mut self,
        checkpoints: &Path,
        identity: Identity<'_>,
        observer: &mut dyn Observer,
        is_fresh: bool,
    ) -> Result<Trained, TrainError> {
        let mut control = Control::Continue;
        if is_fresh {
            control = self.finish_epoch(0, checkpoints, observer)?;
            if control != Control::Continue {
                self.state.save(checkpoints, identity)?;
            }
        } else {
            observer.resumed(&self.state.progress.history);
        }
        while control != Control::Stop && !self.is_over() {
            control = self.steps(observer)?;
            // Asked for a checkpoint within the epoch, the loop writes it below and comes back to the rest.
            if control == Control::Continue {
                control = self.finish_epoch(self.state.progress.epoch, checkpoints, observer)?;
                let Progress { epoch, step, sums, .. } = &mut self.state.progress;
                (*epoch, *step, *sums) = (*epoch + 1, 0, EpochSums::default());
            }
            self.state.save(checkpoints, identity)?;
            best_epoch::remove_others(
                checkpoints,
                best_epoch::best_epoch(&self.state.progress.history),
            )?;
        }
        self.trained(checkpoints)
    }

    /// What there is now.
    fn trained(self, checkpoints: &Path) -> Result<Trained, TrainError> {
        let (epoch, model) = self.final_model(checkpoints)?;
        let Progress { epoch: under_way, step, .. } = self.state.progress;
        Ok(Trained {
            model,
            epoch,
            finished: self.is_over(),
            steps_beyond: if epoch == under_way { step } else { 0 },
            history: self.state.progress.history,
        })
    }

    /// Whether no step is left.
    fn is_over(&self) -> bool {
        let Progress { epoch, history, .. } = &self.state.progress;
        *epoch > self.settings.epochs
            || best_epoch::is_exhausted(history, self.settings.options.patience)
    }

    /// The model that the training is for, and its epoch.
    fn final_model(&self, checkpoints: &Path) -> Result<(usize, Model), TrainError> {
        let Progress { epoch, step, history, .. } = &self.state.progress;
        let kept = match self.settings.options.keep {
            FinalWeights::Best => best_epoch::best_epoch(history),
            FinalWeights::Last => None,
        };
        let Some(kept) = kept else {
            let under_way = if *step > 0 { *epoch } else { *epoch - 1 };
            return Ok((under_way, self.model_of(&self.eval_network()?)));
        };
        let architecture = self.settings.architecture;
        let device = self.state.network.first().weight.device();
        let network = best_epoch::load::<B>(checkpoints, kept, &architecture, &device)?;
        Ok((kept, self.model_of(&network)))
    }

    fn model_of(&self, network: &Network<B>) -> Model {
        let settings = self.settings;
        let (architecture, reconstruction) = (settings.architecture, settings.reconstruction);
        Model::new(architecture, reconstruction, settings.beta, network.on_cpu())
    }

    /// The weights that validation and observers see.
    fn eval_network(&self) -> Result<Network<B>, SampleError> {
        let network = self.state.average.as_ref().unwrap_or(&self.state.network);
        match self.settings.options.mean_norm {
            0.0 => Ok(network.clone()),
            gamma => mean_norm::folded(network, self.train, gamma),
        }
    }

    fn steps_per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.settings.batch)
    }

    /// What is left of the epoch under way.
    fn steps(&mut self, observer: &mut dyn Observer) -> Result<Control, TrainError> {
        let (count, steps) = (self.train.len(), self.steps_per_epoch());
        let epoch = self.state.progress.epoch;
        let order = rng::order(self.settings.seed, epoch, count);
        let batches = order.chunks(self.settings.batch).skip(self.state.progress.step);
        for batch in batches {
            let started = Instant::now();
            self.step(batch, micro_batch(&self.settings.architecture))?;
            let Progress { step, sums, .. } = &mut self.state.progress;
            sums.seconds += started.elapsed().as_secs_f64();
            let samples = (*step * self.settings.batch).min(count);
            let loss = Losses::mean(sums.losses, sums.beta_kl, samples as f64).loss;
            let report = StepReport { epoch, step: *step, steps, samples, loss };
            let control = observer.step(&report);
            if control != Control::Continue {
                return Ok(control);
            }
        }
        Ok(Control::Continue)
    }

    /// One update by the samples of a batch, `micro` of them at a time.
    fn step(&mut self, batch: &[usize], micro: usize) -> Result<(), TrainError> {
        let settings = self.settings;
        let steps_per_epoch = self.steps_per_epoch();
        let measures = settings.architecture.geometry.measures();
        let progress = &mut self.state.progress;
        let beta = settings.beta_at(progress.steps, steps_per_epoch);
        let parts = batch.chunks(micro);
        let parts = parts.map(|part| Batch::read(self.train, part, settings, progress.epoch));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let free_bits = settings.options.free_bits;
        let charge = (free_bits > 0.0)
            .then(|| FreeBitsKl::of(&self.state.network, &parts, settings, free_bits));
        let objective = Objective {
            reconstruction: settings.reconstruction,
            song_weight: settings.song_weight,
            beta,
            scale: 1.0 / batch.len() as f64,
            mean_norm: settings.options.mean_norm,
            charged: charge.as_ref().map(|charge| charge.weights.as_slice()),
        };
        let mut step_rng = StepRng::new(settings, progress.steps);
        let mut sum: Option<Gradients<B>> = None;
        let mut losses = Sums::default();
        for part in &parts {
            let draws = step_rng.next_inputs(part.targets.len() / measures);
            let (part, part_losses) = gradients(&self.state.network, part, draws, objective);
            losses.add(part_losses);
            sum = Some(match sum {
                None => part,
                Some(sum) => sum.plus(part),
            });
        }
        let Some(gradients) = sum else { return Ok(()) };
        let norm = gradients.norm();
        let (epoch, step) = (progress.epoch, progress.step + 1);
        if !(norm.is_finite() && losses.reconstruction.is_finite() && losses.kl.is_finite()) {
            return Err(TrainError::NotFinite { epoch, step, hint: hint(settings) });
        }
        let scale = settings.gradient_clip.map_or(1.0, |clip| (clip / norm).min(1.0));
        progress.steps += 1;
        progress.step = step;
        progress.sums.losses.add(losses);
        let charged = charge.map_or(losses.weighted_kl, |charge| charge.nats * batch.len() as f64);
        progress.sums.beta_kl += beta * charged;
        progress.sums.gradient_norm += norm;
        let rate = settings.learning_rate_at(progress.steps - 1, steps_per_epoch);
        let update = AdamStep::new(rate, progress.steps, scale, settings.options.weight_decay);
        adam::update(&update, &mut self.state.network, &mut self.state.moments, gradients);
        if let Some(average) = &mut self.state.average {
            let share = settings.options.average_share(progress.steps);
            average::update(average, &self.state.network, share);
        }
        Ok(())
    }

    /// Validates, reports and remembers an epoch.
    fn finish_epoch(
        &mut self,
        epoch: usize,
        checkpoints: &Path,
        observer: &mut dyn Observer,
    ) -> Result<Control, TrainError> {
        let steps_per_epoch = self.steps_per_epoch();
        let Progress { steps, sums, .. } = self.state.progress;
        let last_step = steps.saturating_sub(1);
        let beta = self.settings.beta_at(last_step, steps_per_epoch);
        let judged = self.eval_network()?;
        let validation = validate(&judged, self.validation, self.settings, beta)?;
        let count = self.train.len() as f64;
        let trained = epoch > 0;
        let model = self.model_of(&judged);
        let failed = |source| TrainError::Observer { epoch, source };
        let mut report = EpochReport {
            epoch,
            steps,
            train: trained.then(|| Losses::mean(sums.losses, sums.beta_kl, count)),
            validation: validation.map(|(losses, _)| losses),
            beta,
            active_units: validation.map(|(_, active)| active),
            gradient_norm: trained.then(|| sums.gradient_norm / steps_per_epoch as f64),
            samples_per_second: trained.then(|| count / sums.seconds),
            seconds: sums.seconds,
            learning_rate: self.settings.learning_rate_at(last_step, steps_per_epoch),
            metrics: observer.evaluate(epoch, &model).map_err(failed)?,
            is_last: epoch == self.settings.epochs,
        };
        let TrainingOptions { keep, patience, .. } = self.settings.options;
        let history = &mut self.state.progress.history;
        history.push(report.clone());
        report.is_last |= best_epoch::is_exhausted(history, patience);
        if let Some(known) = history.last_mut() {
            known.is_last = report.is_last;
        }
        let is_best = best_epoch::best_epoch(history) == Some(epoch);
        let control = observer.epoch(&report, &model).map_err(failed)?;
        if is_best && keep == FinalWeights::Best {
            best_epoch::save(checkpoints, epoch, &self.settings.architecture, &judged)?;
        }
        Ok(control)
    }
}

fn hint(settings: &Settings) -> &'static str {
    match settings.gradient_clip {
        None => {
            "lower `learning_rate`, give it a `learning_rate_warmup`, or set `gradient_clip` to 100"
        }
        Some(_) => "lower `learning_rate` or `gradient_clip`, or give it a `learning_rate_warmup`",
    }
}

#[cfg(test)]
#[path = "train_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "training_options_tests.rs"]
mod training_options_tests;
