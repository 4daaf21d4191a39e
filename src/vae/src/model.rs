//! A trained network that encodes songs and decodes latent vectors.

use crate::architecture::{Architecture, ArchitectureError};
use crate::host::{rows_of, to_device, to_host};
use crate::network::Network;
use crate::refiner::Refiner;
use crate::rng::{self, Purpose};
use crate::samples::{Rows, SampleError};
use crate::settings::Reconstruction;
use crate::tensor_file::TensorFileError;
use burn::backend::flex::{Flex, FlexDevice};

/// Version of `model.json`. 2: steps and pitches instead of their product. 3: sizes of either network. 4: beta.
pub(crate) const FORMAT: u32 = 4;

/// Bytes of activations that a step or a pass over samples may allocate at a time.
pub(crate) const ACTIVATION_BYTES: usize = 256 << 20;

/// A network that encodes and decodes songs. Cloning is cheap: clones share the weights.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) architecture: Architecture,
    pub(crate) reconstruction: Reconstruction,
    /// Weight of the KL divergence in its training.
    pub(crate) beta: f64,
    pub(crate) network: Network<Flex>,
    /// Improves the encoder's means.
    pub(crate) refiner: Option<Refiner>,
}

/// The posteriors of some songs, one row of `latent` numbers per song.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Means.
    pub mean: Vec<Vec<f32>>,
    /// Standard deviations, between 0.0067 and 7.4.
    pub std: Vec<Vec<f32>>,
}

/// Why a model cannot be read or applied.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// `model.json` does not describe a model.
    #[error("model.json does not describe a model")]
    Description(#[source] serde_json::Error),
    /// `model.json` has an unsupported format version.
    #[error("model.json has format {found}, this program reads format {FORMAT}")]
    Format {
        /// Version found.
        found: u32,
    },
    /// `model.json` describes an impossible network.
    #[error("model.json describes an impossible network")]
    Architecture(#[source] ArchitectureError),
    /// A weights file does not match `model.json`.
    #[error("{file} does not contain the weights that model.json describes")]
    Weights {
        /// Name of the file.
        file: &'static str,
        /// The reason.
        source: TensorFileError,
    },
    /// A sample does not fit the model.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A latent vector has the wrong length.
    #[error("latent vector {index} has {found} numbers, but the latent space has {expected}")]
    Latent {
        /// Index of the vector.
        index: usize,
        /// Its length.
        found: usize,
        /// Dimensions of the latent space.
        expected: usize,
    },
}

impl Model {
    /// Returns the sizes of the network.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Computes the posterior of each song, given as onset cells `measure * cells + cell` in any order. Means are the
    /// encoder's, or those that the refiner makes of them if the model has one.
    ///
    /// # Errors
    /// Returns an error if a cell is outside the song.
    pub fn encode(&self, samples: &[Vec<u32>]) -> Result<Posterior, ModelError> {
        let Architecture { geometry, latent, .. } = self.architecture;
        let mut posterior = Posterior { mean: Vec::new(), std: Vec::new() };
        for (chunk, songs) in samples.chunks(self.chunk()).enumerate() {
            let rows = Rows::from_songs(songs, chunk * self.chunk(), geometry)?;
            let (mut mean, log_std) = self.network.encode(&rows);
            if let Some(refiner) = &self.refiner {
                mean = refiner.refine(self, &rows, mean);
            }
            posterior.mean.extend(rows_of(&to_host(mean), latent));
            posterior.std.extend(rows_of(&to_host(log_std.exp()), latent));
        }
        Ok(posterior)
    }

    /// Computes the probability of an onset in each cell: per latent vector `measures * cells` numbers in
    /// 0..=1, measure by measure.
    ///
    /// # Errors
    /// Returns an error if a vector does not have `latent` numbers.
    pub fn decode(&self, latents: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, ModelError> {
        self.check_latents(latents)?;
        let Architecture { geometry, latent: expected, .. } = self.architecture;
        let mut songs = Vec::with_capacity(latents.len());
        for chunk in latents.chunks(self.chunk()) {
            let latent = to_device(chunk.concat(), [chunk.len(), expected], &FlexDevice);
            let probabilities = self.network.probabilities(latent, self.reconstruction);
            songs.extend(rows_of(&probabilities, geometry.cells()));
        }
        Ok(songs)
    }

    /// Checks the length of latent vectors.
    pub(crate) fn check_latents(&self, latents: &[Vec<f32>]) -> Result<(), ModelError> {
        let expected = self.architecture.latent;
        match latents.iter().position(|latent| latent.len() != expected) {
            Some(index) => Err(ModelError::Latent { index, found: latents[index].len(), expected }),
            None => Ok(()),
        }
    }

    /// Returns the number of songs encoded or decoded at a time.
    pub(crate) fn chunk(&self) -> usize {
        micro_batch(&self.architecture)
    }
}

/// Samples `count` latent vectors of `latent` numbers from the prior, the standard normal distribution.
/// A vector depends only on `seed` and its index, so that more of them leave the first ones unchanged.
pub fn sample_prior(latent: usize, seed: u64, count: usize) -> Vec<Vec<f32>> {
    let vector = |index| rng::normal(&mut rng::stream(seed, Purpose::Prior, index), latent);
    (0..count as u64).map(vector).collect()
}

/// Returns the largest number of samples, at least one, whose activations fit in [`ACTIVATION_BYTES`].
pub(crate) fn micro_batch(architecture: &Architecture) -> usize {
    (ACTIVATION_BYTES / architecture.activation_bytes()).max(1)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::testing::{ARCHITECTURE, FACTORED};

    pub(crate) fn model(seed: u64) -> Model {
        let bias = vec![-1.0; ARCHITECTURE.geometry.cells_per_measure()];
        let network = Network::initial_thesis(&ARCHITECTURE, seed, bias, &FlexDevice);
        let (architecture, reconstruction) = (ARCHITECTURE, Reconstruction::Bce);
        Model { architecture, reconstruction, beta: 0.2, network, refiner: None }
    }

    pub(crate) fn factored_model(seed: u64) -> Model {
        let rates = vec![0.1; FACTORED.geometry.cells_per_measure()];
        let network = Network::initial_factored(&FACTORED, seed, &rates, None, &FlexDevice);
        let (architecture, reconstruction) = (FACTORED, Reconstruction::Poisson);
        Model { architecture, reconstruction, beta: 0.1, network, refiner: None }
    }

    #[test]
    fn network_with_zero_weights_outputs_the_sigmoid_of_its_bias() {
        let mut model = model(1);
        for layer in &mut model.network.layers {
            layer.weight = layer.weight.zeros_like();
        }
        let decoded = model.decode(&[vec![0.3; ARCHITECTURE.latent]]).unwrap();
        let expected = 1.0 / (1.0 + 1f32.exp());
        assert!(decoded[0].iter().all(|p| (p - expected).abs() < 1e-6));
    }

    #[test]
    fn invalid_songs_and_latent_vectors_are_errors() {
        let model = model(1);
        let beyond = ARCHITECTURE.geometry.cells() as u32;
        let error = model.encode(&[vec![0], vec![beyond]]).unwrap_err();
        assert!(matches!(error, ModelError::Sample(SampleError::OutOfRange { index: 1, .. })));
        let error = model.decode(&[vec![0.0; 8], vec![0.0; 7]]).unwrap_err();
        assert!(matches!(error, ModelError::Latent { index: 1, found: 7, expected: 8 }));
        assert!(model.decode(&[]).unwrap().is_empty());
        assert!(model.encode(&[]).unwrap().mean.is_empty());
    }

    #[test]
    fn model_can_be_shared_between_threads() {
        let model = model(1);
        let latent = sample_prior(8, 1, 1);
        let here = model.decode(&latent).unwrap();
        let there = std::thread::scope(|scope| {
            scope.spawn(|| model.decode(&latent).unwrap()).join().unwrap()
        });
        assert_eq!(here, there);
    }

    #[test]
    fn sampled_vector_does_not_depend_on_the_count() {
        let many = sample_prior(8, 5, 6);
        assert_eq!(sample_prior(8, 5, 2), many[..2]);
        assert_ne!(many[0], many[1]);
        assert_ne!(sample_prior(8, 6, 1)[0], many[0]);
        assert!(many.iter().all(|latent| latent.len() == 8));
    }
}
