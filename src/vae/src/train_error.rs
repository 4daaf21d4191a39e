//! Errors of a training.

use crate::checkpoint::CheckpointError;
use crate::device::DeviceError;
use crate::observer::ObserverError;
use crate::samples::SampleError;

/// Why a training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// There are no training samples.
    #[error("there are no training samples")]
    NoSamples,
    /// A sample cannot be used.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The loss or a gradient is infinite or NaN.
    #[error("the loss is no longer finite at step {step} of epoch {epoch}")]
    NotFinite {
        /// Epoch, from 1.
        epoch: usize,
        /// Step in the epoch, from 1.
        step: usize,
        /// What to try.
        hint: &'static str,
    },
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The device computes other gradients than the CPU.
    #[error("the GPU computes other gradients than the CPU")]
    GradientMismatch,
    /// The observer stopped the search for principal components, before there was a network.
    #[error("the training was stopped before its first step")]
    Stopped,
    /// A checkpoint cannot be written or resumed.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The observer failed.
    #[error("cannot record the end of epoch {epoch}")]
    Observer {
        /// Epoch, from 0.
        epoch: usize,
        /// The observer's error.
        source: ObserverError,
    },
}
