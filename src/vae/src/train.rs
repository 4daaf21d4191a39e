//! The training loop.

use crate::backend::TrainBackend;
use crate::batch::Batch;
use crate::checkpoint::{Checkpoint, Identity, Progress};
use crate::device::Device;
use crate::free_bits::FreeBitsKl;
use crate::model::{Model, micro_batch};
use crate::network::Network;
use crate::objective::{Gradients, Objective, Sums};
use crate::observer::{Control, EpochReport, Losses, Observer, StepReport};
use crate::samples::{SampleError, Samples};
use crate::settings::{RawSettings, Settings};
use crate::train_error::TrainError;
use crate::training_options::{FinalWeights, TrainingOptions};
use crate::{adam, average, best_epoch, mean_norm, rng};
use burn::backend::flex::{Flex, FlexDevice};
use std::path::Path;
use std::time::Instant;

/// Result of a training.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The network after the last step, averaged if an average is kept; or the best epoch's.
    pub model: Model,
    /// The model's epoch, from 0; the unfinished one if the training was stopped inside it.
    pub epoch: usize,
    /// One report per finished epoch, the untrained network's first, including those before a resume.
    pub history: Vec<EpochReport>,
    /// True if all epochs were done or patience was exhausted; false if the observer stopped the training.
    pub finished: bool,
    /// Steps of the unfinished epoch that the model has seen.
    pub steps_beyond: usize,
}

/// Trains on the CPU.
#[cfg(test)]
pub(crate) fn train(
    settings: &Settings,
    train: &dyn Samples,
    validation: &dyn Samples,
    checkpoints: &Path,
    observer: &mut dyn Observer,
) -> Result<Trained, TrainError> {
    train_on(Device::Cpu, settings, [train, validation], checkpoints, observer)
}

/// Trains a network on a device with training and validation samples. If `checkpoints` contains a checkpoint
/// of the same settings and sample counts, resumes it; on the CPU the result is bit-equal to an uninterrupted
/// training.
///
/// A batch whose activations would exceed 256 MiB is processed in micro-batches, with the same result up
/// to rounding. A checkpoint is written after each epoch, and when the observer requests one or stops the
/// training. It can move between devices; on a GPU the result equals the CPU's only within tolerances, and
/// before the first step a few songs are computed on both.
///
/// # Errors
/// See [`TrainError`]; also if the device cannot be used or its gradients differ from the CPU's. The last
/// checkpoint stays valid.
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
            let _memory = crate::memory::RetainedMemory::new();
            run::<Flex>(settings, samples, checkpoints, observer, FlexDevice, |_| Ok(()))
        }
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => {
            use burn::backend::cuda::{Cuda, CudaDevice};
            let check = |network: &_| crate::device_check::check(network, settings, samples[0]);
            run::<Cuda>(settings, samples, checkpoints, observer, CudaDevice::new(index), check)
        }
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => Err(crate::device::DeviceError::CudaNotCompiled.into()),
    }
}

/// Returns the training in `checkpoints` as it is, without another step; `None` if there is no checkpoint
/// of these settings and sample counts. The checkpoint stays, so [`train_on`] can still resume.
///
/// # Errors
/// [`TrainError::Checkpoint`], and [`TrainError::Sample`] if means are normalized.
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

/// Trains on a backend; `check` gets the network before the first step.
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
    let is_resumed = resumed.is_some();
    let state = match resumed {
        Some(state) => state,
        None => crate::initialize::initial_checkpoint(settings, train, observer, &device)?,
    };
    check(&state.network)?;
    let trainer = Trainer { settings, train, validation, state };
    trainer.run(checkpoints, identity, observer, is_resumed)
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
        is_resumed: bool,
    ) -> Result<Trained, TrainError> {
        let mut control = Control::Continue;
        if is_resumed {
            observer.resumed(&self.state.progress.history);
        } else {
            control = self.finish_epoch(0, checkpoints, observer)?;
            if control != Control::Continue {
                self.state.save(checkpoints, identity)?;
            }
        }
        while control != Control::Stop && !self.is_over() {
            control = self.steps(observer)?;
            // If a checkpoint is requested within the epoch, it is written below and the loop continues.
            if control == Control::Continue {
                control = self.finish_epoch(self.state.progress.epoch, checkpoints, observer)?;
                let Progress { epoch, step, sums, .. } = &mut self.state.progress;
                (*epoch, *step, *sums) = (*epoch + 1, 0, crate::sums::EpochSums::default());
            }
            self.state.save(checkpoints, identity)?;
            let best = best_epoch::best_epoch(&self.state.progress.history);
            best_epoch::remove_others(checkpoints, best)?;
        }
        self.trained(checkpoints)
    }

    /// Returns the result at the current step.
    fn trained(self, checkpoints: &Path) -> Result<Trained, TrainError> {
        let (epoch, model) = self.final_model(checkpoints)?;
        let Progress { epoch: current, step, .. } = self.state.progress;
        Ok(Trained {
            model,
            epoch,
            finished: self.is_over(),
            steps_beyond: if epoch == current { step } else { 0 },
            history: self.state.progress.history,
        })
    }

    /// Returns true if no step is left.
    fn is_over(&self) -> bool {
        let Progress { epoch, history, .. } = &self.state.progress;
        *epoch > self.settings.epochs
            || best_epoch::is_exhausted(history, self.settings.options.patience)
    }

    /// Returns the epoch and the model that the settings select.
    fn final_model(&self, checkpoints: &Path) -> Result<(usize, Model), TrainError> {
        let Progress { epoch, step, history, .. } = &self.state.progress;
        let best = match self.settings.options.keep {
            FinalWeights::Best => best_epoch::best_epoch(history),
            FinalWeights::Last => None,
        };
        let Some(best) = best else {
            let last = if *step > 0 { *epoch } else { *epoch - 1 };
            return Ok((last, self.model_of(&self.eval_network()?)));
        };
        let device = self.state.network.first().weight.device();
        let architecture = &self.settings.architecture;
        let network = best_epoch::load::<B>(checkpoints, best, architecture, &device)?;
        Ok((best, self.model_of(&network)))
    }

    fn model_of(&self, network: &Network<B>) -> Model {
        let RawSettings { architecture, reconstruction, beta, .. } = **self.settings;
        Model { architecture, reconstruction, beta, network: network.on_cpu(), refiner: None }
    }

    /// Returns the network that validation and observers use.
    fn eval_network(&self) -> Result<Network<B>, SampleError> {
        let network = self.state.average.as_ref().unwrap_or(&self.state.network);
        match self.settings.options.mean_norm {
            0.0 => Ok(network.clone()),
            gamma => mean_norm::fold_into_network(network, self.train, gamma),
        }
    }

    fn steps_per_epoch(&self) -> usize {
        self.train.len().div_ceil(self.settings.batch)
    }

    /// Does the remaining steps of the current epoch, until the observer requests something else.
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

    /// Updates the weights once by the samples of a batch, in micro-batches of `micro` samples.
    fn step(&mut self, batch: &[usize], micro: usize) -> Result<(), TrainError> {
        let settings = self.settings;
        let steps_per_epoch = self.steps_per_epoch();
        let measures = settings.architecture.geometry.measures();
        let Checkpoint { network, moments, average, progress } = &mut self.state;
        let beta = settings.beta_at(progress.steps, steps_per_epoch);
        let parts = batch.chunks(micro);
        let parts = parts.map(|part| Batch::read(self.train, part, settings, progress.epoch));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let TrainingOptions { free_bits, mean_norm, weight_decay, .. } = settings.options;
        let free_bits_kl =
            (free_bits > 0.0).then(|| FreeBitsKl::compute(network, &parts, settings, free_bits));
        let objective = Objective {
            reconstruction: settings.reconstruction,
            song_weight: settings.song_weight,
            beta,
            scale: 1.0 / batch.len() as f64,
            mean_norm,
            kl_weights: free_bits_kl.as_ref().map(|kl| kl.weights.as_slice()),
        };
        let mut step_rng = crate::step_rng::StepRng::new(settings, progress.steps);
        let mut losses = Sums::default();
        let gradients = parts.iter().map(|part| {
            let inputs = step_rng.next_inputs(part.targets.len() / measures);
            let (gradients, part_losses) = network.gradients(part, inputs, objective);
            losses.add(part_losses);
            gradients
        });
        let Some(gradients) = gradients.reduce(Gradients::plus) else { return Ok(()) };
        let norm = gradients.norm();
        let (epoch, step) = (progress.epoch, progress.step + 1);
        if !(norm.is_finite() && losses.reconstruction.is_finite() && losses.kl.is_finite()) {
            return Err(TrainError::NotFinite { epoch, step, hint: hint(settings) });
        }
        let scale = settings.gradient_clip.map_or(1.0, |clip| (clip / norm).min(1.0));
        progress.steps += 1;
        progress.step = step;
        progress.sums.losses.add(losses);
        let kl = free_bits_kl.map_or(losses.weighted_kl, |kl| kl.nats * batch.len() as f64);
        progress.sums.beta_kl += beta * kl;
        progress.sums.gradient_norm += norm;
        let rate = settings.learning_rate_at(progress.steps - 1, steps_per_epoch);
        let update = crate::adam_step::AdamStep::new(rate, progress.steps, scale, weight_decay);
        adam::update(&update, network, moments, gradients);
        if let Some(average) = average {
            average::update(average, network, settings.options.average_share(progress.steps));
        }
        Ok(())
    }

    /// Validates and reports an epoch, and adds it to the history.
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
        let network = self.eval_network()?;
        let validation = crate::validate::validate(&network, self.validation, self.settings, beta)?;
        let count = self.train.len() as f64;
        let is_trained = epoch > 0;
        let model = self.model_of(&network);
        let failed = |source| TrainError::Observer { epoch, source };
        let mut report = EpochReport {
            epoch,
            steps,
            train: is_trained.then(|| Losses::mean(sums.losses, sums.beta_kl, count)),
            validation: validation.map(|(losses, _)| losses),
            beta,
            active_units: validation.map(|(_, active)| active),
            gradient_norm: is_trained.then(|| sums.gradient_norm / steps_per_epoch as f64),
            samples_per_second: is_trained.then(|| count / sums.seconds),
            seconds: sums.seconds,
            learning_rate: self.settings.learning_rate_at(last_step, steps_per_epoch),
            metrics: observer.evaluate(epoch, &model).map_err(failed)?,
            is_last: epoch == self.settings.epochs,
        };
        let options = &self.settings.options;
        let history = &mut self.state.progress.history;
        history.push(report.clone());
        report.is_last |= best_epoch::is_exhausted(history, options.patience);
        if let Some(last) = history.last_mut() {
            last.is_last = report.is_last;
        }
        let is_best = best_epoch::best_epoch(history) == Some(epoch);
        let control = observer.epoch(&report, &model).map_err(failed)?;
        if is_best && options.keep == FinalWeights::Best {
            best_epoch::save(checkpoints, epoch, &self.settings.architecture, &network)?;
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
