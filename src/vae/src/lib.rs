//! The stacked variational autoencoder: architecture, training, checkpoints, weights.
//!
//! ```text
//!                 shared by all measures                    whole song
//! onset cells  ─► cells ─► measure_hidden ─► measure_code ─► song_hidden ─► mean, log std
//!                                                                              │ z = mean + std * noise
//! logits       ◄─ cells ◄─ measure_hidden ◄─ measure_code ◄─ song_hidden ◄─────┘
//! ```
//!
//! A song is `measures` times `cells` onset bits (16 times 9216 in the thesis); a cell is a step and a
//! pitch. Dense layers with ReLU reduce each measure to a code and the codes of a song to one latent
//! vector; the decoder mirrors the encoder. [`train_on`] fits a network to [`Samples`]. [`Model`] is the result:
//! it encodes and decodes, and is written as safetensors. [`Pca`] is the linear code that a network must
//! outperform.
//!
//! burn's generic types stay inside: the public interface names no backend, so that an edit elsewhere
//! never compiles this crate again.
//!
//! # Numbers
//! - The loss is the mean over samples of the reconstruction, summed over cells, plus `beta` times the KL
//!   divergence from the standard normal prior, in nats (Kingma & Welling 2013, appendix B).
//! - The first and the last layer touch every cell, of which a measure sets about 25 in 9216, so they have
//!   their own kernels, see `flex`. The rest is burn's autodiff, see `gradient`.
//! - All random numbers come from ChaCha8 streams keyed by (seed, purpose, index), and all sums have a fixed
//!   order: one build on one machine gives bit-equal weights for equal settings and samples.
//! - This holds on the CPU. A GPU (feature `cuda`, [`train_on`]) computes the same by plain tensor operations,
//!   see `generic_backend`, within tolerances.

mod adam;
mod architecture;
mod average;
mod backend;
mod batch;
mod best_epoch;
mod checkpoint;
mod dense;
mod device;
#[cfg(any(test, feature = "cuda"))]
mod device_check;
mod factored;
mod factored_backend;
mod flex;
mod free_bits;
mod generic_backend;
mod gradient;
mod host;
mod initialize;
mod jacobi;
mod kernels;
mod latent_components;
mod mean_norm;
mod memory;
mod model;
mod model_files;
mod moments;
mod network;
mod objective;
mod observer;
mod operations;
mod pca;
mod posterior;
mod refine;
mod refiner;
mod samples;
pub mod sampling;
mod settings;
mod step_rng;
mod sums;
#[cfg(test)]
mod testing;
mod thesis;
mod train;
mod train_error;
mod training_options;
mod validate;

use partita_numerics::{adam_step, rng, tensor_file};

pub use architecture::{Architecture, ArchitectureError, FactoredSizes, NetworkSizes, ThesisSizes};
pub use batch::Augmentation;
pub use checkpoint::{CHECKPOINT, CheckpointError};
pub use device::{Device, DeviceError};
pub use latent_components::LatentComponents;
pub use model::{Model, ModelError, Posterior, sample_prior};
pub use model_files::SaveError;
pub use observer::{
    Control, EpochMetrics, EpochReport, Losses, Observer, ObserverError, StepReport,
};
pub use pca::{Pca, PcaError, PcaSettings};
pub use posterior::compute_posteriors;
pub use refine::Refinement;
pub use refiner::{Refiner, RefinerSize, RefinerTrainer};
pub use samples::{SampleError, Samples};
pub use settings::{OutputBias, RawSettings, Reconstruction, Settings, SettingsError, SongWeight};
pub use tensor_file::TensorFileError;
#[cfg(test)]
use train::train;
pub use train::{Trained, from_checkpoint, train_on};
pub use train_error::TrainError;
pub use training_options::{FinalWeights, Schedule, TrainingOptions};
