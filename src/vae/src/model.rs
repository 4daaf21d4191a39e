//! A trained network as a value: encode, decode, draw, write, read.
//!
//! # Files
//! - `model.json`: format version, architecture, reconstruction.
//! - `encoder.safetensors`: `measure_hidden`, `measure_code`, `song_hidden`, `mean`, `log_deviation`,
//!   each with `.weight` and `.bias`.
//! - `decoder.safetensors`: `song_hidden`, `measure_code`, `measure_hidden`, `cells`, likewise.
//!
//! A weight is F32 `[inputs, outputs]`, so `y = x w + b` (the transpose of PyTorch's layout). The input
//! of the encoder's `song_hidden` and the output of the decoder's `measure_code` are the measures' codes
//! side by side, the first measure first. ReLU follows every layer but `mean`, `log_deviation` and
//! `cells`; the log deviation is clamped to -5..=2, the sigmoid of `cells` is a probability. Equal
//! models make equal bytes.

use crate::architecture::{Architecture, ArchitectureError, ENCODER_LAYERS, LAYERS};
use crate::backend::{TrainBackend, to_host};
use crate::chance::{self, Purpose};
use crate::network::{Dense, Network};
use crate::samples::{Rows, SampleError};
use crate::settings::Reconstruction;
use crate::tensor_file::{self, TensorFile, TensorFileError};
use burn::backend::Flex;
use burn::backend::flex::FlexDevice;
use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;
/// Bytes of activations that a step or a pass over samples may take at a time.
pub(crate) const ACTIVATION_BYTES: usize = 256 << 20;

/// A network that encodes and decodes songs. Cloning is cheap: clones share the weights.
#[derive(Debug, Clone)]
pub struct Model {
    architecture: Architecture,
    reconstruction: Reconstruction,
    network: Network<Flex>,
}

/// The posterior of some songs, one row of `latent` numbers per song.
#[derive(Debug, Clone, PartialEq)]
pub struct Posterior {
    /// Means.
    pub mean: Vec<Vec<f32>>,
    /// Standard deviations, between 0.0067 and 7.4.
    pub deviation: Vec<Vec<f32>>,
}

/// Why a model cannot be read or applied.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// `model.json` is no description of a model.
    #[error("model.json does not describe a model")]
    Description(#[source] serde_json::Error),
    /// `model.json` has another format version.
    #[error("model.json has format {found}, this program reads format {FORMAT}")]
    Format {
        /// Its version.
        found: u32,
    },
    /// `model.json` describes an impossible network.
    #[error("model.json describes an impossible network")]
    Architecture(#[source] ArchitectureError),
    /// A weights file is not the one that `model.json` describes.
    #[error("{file} does not hold the weights that model.json describes")]
    Weights {
        /// `encoder.safetensors` or `decoder.safetensors`.
        file: &'static str,
        /// What is wrong.
        source: TensorFileError,
    },
    /// A sample does not fit the model.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// A latent vector has the wrong length.
    #[error("latent vector {index} has {found} numbers, the model's latent space has {expected}")]
    Latent {
        /// Its place in the list.
        index: usize,
        /// Its length.
        found: usize,
        /// Dimensions of the latent space.
        expected: usize,
    },
}

/// A file of a model could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format: u32,
    architecture: Architecture,
    reconstruction: Reconstruction,
}

impl Model {
    pub(crate) fn new(
        architecture: Architecture,
        reconstruction: Reconstruction,
        network: Network<Flex>,
    ) -> Self {
        Model { architecture, reconstruction, network }
    }

    /// Sizes of the network.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The loss that the network was trained with.
    pub fn reconstruction(&self) -> Reconstruction {
        self.reconstruction
    }

    /// The posterior of each song, given as onset cells `measure * cells + cell` in any order.
    ///
    /// # Errors
    /// When a cell lies outside the song.
    pub fn encode(&self, samples: &[Vec<u32>]) -> Result<Posterior, ModelError> {
        let geometry = self.architecture.geometry;
        let mut posterior = Posterior { mean: Vec::new(), deviation: Vec::new() };
        for (chunk, songs) in samples.chunks(self.chunk()).enumerate() {
            let mut rows = Rows::new();
            for (index, song) in songs.iter().enumerate() {
                rows.push(chunk * self.chunk() + index, &mut song.clone(), geometry)?;
            }
            let (mean, log_deviation) = self.network.encode(&rows, geometry.measures);
            posterior.mean.extend(self.songs(to_host(mean), self.architecture.latent));
            let deviation = to_host(log_deviation.exp());
            posterior.deviation.extend(self.songs(deviation, self.architecture.latent));
        }
        Ok(posterior)
    }

    /// The probability of an onset in each cell, per latent vector `measures * cells` numbers in
    /// 0..=1, measure by measure.
    ///
    /// # Errors
    /// When a vector has not `latent` numbers.
    pub fn decode(&self, latents: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, ModelError> {
        let Architecture { geometry, latent: expected, .. } = self.architecture;
        let wrong = |(_, latent): &(usize, &Vec<f32>)| latent.len() != expected;
        if let Some((index, latent)) = latents.iter().enumerate().find(wrong) {
            return Err(ModelError::Latent { index, found: latent.len(), expected });
        }
        let mut songs = Vec::with_capacity(latents.len());
        for chunk in latents.chunks(self.chunk()) {
            let data = TensorData::new(chunk.concat(), [chunk.len(), expected]);
            let latent = Tensor::<Flex, 2>::from_data(data, &FlexDevice);
            let hidden = self.network.last_hidden(latent, geometry.measures);
            let layer = self.network.output_layer(self.reconstruction);
            let probabilities = Flex::probabilities(hidden, layer);
            songs.extend(self.songs(probabilities, geometry.song_cells()));
        }
        Ok(songs)
    }

    /// Writes `model.json`, `encoder.safetensors` and `decoder.safetensors` into an existing folder,
    /// replacing such files.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        let Model { architecture, reconstruction, .. } = *self;
        let description = Description { format: FORMAT, architecture, reconstruction };
        let json = serde_json::to_string_pretty(&description).map_err(io::Error::from);
        save_file(folder.join("model.json"), |out| writeln!(out, "{}", json?))?;
        for (file, layers) in PARTS {
            let keys = keys(&architecture, layers.clone());
            let network = &self.network;
            save_file(folder.join(file), |out| {
                tensor_file::write(out, None, &keys, |index| {
                    parameter(network, layers.start * 2 + index)
                })
            })?;
        }
        Ok(())
    }

    /// Reads a model from the contents of `model.json`, `encoder.safetensors` and
    /// `decoder.safetensors`.
    ///
    /// # Errors
    /// Names the file and what is wrong with it.
    pub fn load(json: &[u8], encoder: &[u8], decoder: &[u8]) -> Result<Model, ModelError> {
        let description = serde_json::from_slice(json).map_err(ModelError::Description)?;
        let Description { format, architecture, reconstruction } = description;
        if format != FORMAT {
            return Err(ModelError::Format { found: format });
        }
        architecture.validate().map_err(ModelError::Architecture)?;
        let mut files = Vec::with_capacity(PARTS.len());
        for ((file, _), bytes) in PARTS.into_iter().zip([encoder, decoder]) {
            let error = |source| ModelError::Weights { file, source };
            files.push((file, TensorFile::open(Cursor::new(bytes)).map_err(error)?));
        }
        let network = Network::build(&architecture, &FlexDevice, |index, shape| {
            let (file, source) = &mut files[usize::from(index >= ENCODER_LAYERS)];
            let name = base_name(shape.name);
            let mut read = |kind: &str, expected: &[usize]| {
                source
                    .read(&format!("{name}.{kind}"), expected)
                    .map_err(|source| ModelError::Weights { file, source })
            };
            Ok::<_, ModelError>((
                read("weight", &[shape.inputs, shape.outputs])?,
                read("bias", &[shape.outputs])?,
            ))
        })?;
        Ok(Model { architecture, reconstruction, network })
    }

    /// Songs encoded or decoded at a time.
    fn chunk(&self) -> usize {
        micro_batch(&self.architecture)
    }

    fn songs(&self, values: Vec<f32>, width: usize) -> Vec<Vec<f32>> {
        values.chunks_exact(width).map(<[f32]>::to_vec).collect()
    }
}

/// `count` latent vectors of `latent` numbers drawn from the prior, the standard normal distribution.
/// A vector depends on `seed` and its place alone: more of them leave the first ones unchanged.
pub fn sample_prior(latent: usize, seed: u64, count: usize) -> Vec<Vec<f32>> {
    let draw = |index| chance::normal(&mut chance::stream(seed, Purpose::Prior, index), latent);
    (0..count as u64).map(draw).collect()
}

/// The largest number of samples whose activations fit [`ACTIVATION_BYTES`], at least one.
pub(crate) fn micro_batch(architecture: &Architecture) -> usize {
    (ACTIVATION_BYTES / architecture.activation_bytes()).max(1)
}

const PARTS: [(&str, std::ops::Range<usize>); 2] =
    [("encoder.safetensors", 0..ENCODER_LAYERS), ("decoder.safetensors", ENCODER_LAYERS..LAYERS)];

/// A layer's name inside its own file.
fn base_name(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Keys and shapes of the parameters of some layers: weight, bias, weight, ...
fn keys(architecture: &Architecture, layers: std::ops::Range<usize>) -> Vec<tensor_file::Key> {
    let shapes = &architecture.layers()[layers];
    let keys = shapes.iter().flat_map(|shape| {
        let name = base_name(shape.name);
        [
            (format!("{name}.weight"), vec![shape.inputs, shape.outputs]),
            (format!("{name}.bias"), vec![shape.outputs]),
        ]
    });
    keys.collect()
}

/// The values of one parameter, counted as in [`keys`] over all layers.
pub(crate) fn parameter<B: TrainBackend>(network: &Network<B>, index: usize) -> Vec<f32> {
    let Dense { weight, bias } = &network.layers[index / 2];
    if index.is_multiple_of(2) { to_host(weight.clone()) } else { to_host(bias.clone()) }
}

fn save_file(
    path: PathBuf,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), SaveError> {
    let written = File::create(&path).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()
    });
    written.map_err(|source| SaveError { path, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ARCHITECTURE, Folder, memory_samples};

    fn model(seed: u64) -> Model {
        let bias = vec![-1.0; ARCHITECTURE.geometry.cells];
        let network = Network::initial(&ARCHITECTURE, seed, bias, &FlexDevice);
        Model::new(ARCHITECTURE, Reconstruction::Bce, network)
    }

    fn saved(model: &Model) -> [Vec<u8>; 3] {
        let folder = Folder::new();
        model.save(folder.path()).unwrap();
        ["model.json", "encoder.safetensors", "decoder.safetensors"]
            .map(|file| std::fs::read(folder.path().join(file)).unwrap())
    }

    #[test]
    fn a_saved_model_loads_as_the_same_model_and_saves_as_the_same_bytes() {
        let (original, songs) = (model(1), memory_samples(5, 2).0);
        let files = saved(&original);
        let [json, encoder, decoder] = &files;
        let loaded = Model::load(json, encoder, decoder).unwrap();
        assert_eq!(saved(&loaded), files);
        assert_ne!(saved(&model(2)), files);
        let posterior = original.encode(&songs).unwrap();
        assert_eq!(loaded.encode(&songs).unwrap(), posterior);
        let decoded = original.decode(&posterior.mean).unwrap();
        assert_eq!(loaded.decode(&posterior.mean).unwrap(), decoded);
        assert_eq!(decoded.len(), 5);
        assert!(decoded.iter().all(|song| song.len() == ARCHITECTURE.geometry.song_cells()));
        assert!(decoded.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
        assert!(posterior.deviation.iter().flatten().all(|&deviation| deviation > 0.0));
    }

    #[test]
    fn the_output_of_a_network_without_weights_is_the_sigmoid_of_its_bias() {
        let mut model = model(1);
        for layer in &mut model.network.layers {
            layer.weight = layer.weight.zeros_like();
        }
        let decoded = model.decode(&[vec![0.3; ARCHITECTURE.latent]]).unwrap();
        let expected = 1.0 / (1.0 + 1f32.exp());
        assert!(decoded[0].iter().all(|p| (p - expected).abs() < 1e-6));
    }

    #[test]
    fn damaged_files_are_errors_that_name_the_file() {
        let [json, encoder, decoder] = &saved(&model(1));
        let file = |result: Result<Model, ModelError>| match result {
            Err(ModelError::Weights { file, .. }) => file,
            other => panic!("{other:?}"),
        };
        assert_eq!(file(Model::load(json, decoder, decoder)), "encoder.safetensors");
        assert_eq!(file(Model::load(json, encoder, encoder)), "decoder.safetensors");
        assert_eq!(file(Model::load(json, &encoder[..100], decoder)), "encoder.safetensors");
        assert_eq!(
            file(Model::load(json, encoder, &decoder[..decoder.len() - 1])),
            "decoder.safetensors"
        );
        assert_eq!(file(Model::load(json, encoder, b"")), "decoder.safetensors");
        let error = Model::load(b"{}", encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Description(_)));
        let text = String::from_utf8(json.clone()).unwrap();
        let version = text.replace("\"format\": 1", "\"format\": 2");
        let error = Model::load(version.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Format { found: 2 }));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 0");
        let error = Model::load(sizes.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Architecture(_)));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 16000000");
        assert_eq!(file(Model::load(sizes.as_bytes(), encoder, decoder)), "encoder.safetensors");
    }

    #[test]
    fn songs_and_latent_vectors_that_do_not_fit_are_errors() {
        let model = model(1);
        let beyond = ARCHITECTURE.geometry.song_cells() as u32;
        let error = model.encode(&[vec![0], vec![beyond]]).unwrap_err();
        assert!(matches!(error, ModelError::Sample(SampleError::OutOfRange { index: 1, .. })));
        let error = model.decode(&[vec![0.0; 8], vec![0.0; 7]]).unwrap_err();
        assert!(matches!(error, ModelError::Latent { index: 1, found: 7, expected: 8 }));
        assert!(model.decode(&[]).unwrap().is_empty());
        assert!(model.encode(&[]).unwrap().mean.is_empty());
    }

    #[test]
    fn a_drawn_song_is_the_same_whatever_the_count() {
        let many = sample_prior(8, 5, 6);
        assert_eq!(sample_prior(8, 5, 2), many[..2]);
        assert_ne!(many[0], many[1]);
        assert_ne!(sample_prior(8, 6, 1)[0], many[0]);
        assert!(many.iter().all(|latent| latent.len() == 8));
    }
}
