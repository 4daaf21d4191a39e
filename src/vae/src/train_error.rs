//! Why a training ends early.

use crate::checkpoint::CheckpointError;
use crate::device::DeviceError;
use crate::samples::SampleError;
use std::error::Error;

/// Why a training ended early.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There is nothing to train on.
    #[error("there are no training samples")]
    NoSamples,
    /// A sample cannot be had.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The loss or a gradient is infinite or no number.
    #[error("the loss is no longer finite at step {step} of epoch {epoch}")]
    NotFinite {
        /// Epoch, from 1.
        epoch: usize,
        /// Step in the epoch, from 1.
        step: usize,
        /// What to try.
        hint: &'static str,
    },
    /// There is no such device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device computes other gradients than the processor.
    #[error("the graphics card computes other gradients than the processor")]
    GradientMismatch,
    /// The observer stopped the search for principal components: there is no network yet.
    #[error("the training was stopped before its first step")]
    Stopped,
    /// A checkpoint cannot be written or resumed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The observer failed.
    #[error("the end of epoch {epoch} could not be recorded")]
    Observer {
        /// Epoch, from 0.
        epoch: usize,
        /// What the observer says.
        source: Box<dyn Error + Send + Sync>,
    },
}
