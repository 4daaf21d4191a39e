//! A model on disk.
//!
//! - `model.json`: format version, architecture, reconstruction. Format 1 told the cells of a measure alone;
//!   it is still read, with each cell as a step of one pitch, which its network cannot tell apart.
//! - `encoder.safetensors`: `measure_hidden`, `measure_code`, `song_hidden`, `mean`, `log_deviation`,
//!   each with `.weight` and `.bias`.
//! - `decoder.safetensors`: `song_hidden`, `measure_code`, `measure_hidden`, `cells`, likewise.
//!
//! A weight is F32 `[inputs, outputs]`, so `y = x w + b` (the transpose of PyTorch's layout). The input
//! of the encoder's `song_hidden` and the output of the decoder's `measure_code` are the measures' codes
//! side by side, the first measure first. ReLU follows every layer but `mean`, `log_deviation` and
//! `cells`; the log deviation is clamped to -5..=2, the sigmoid of `cells` is a probability. Equal
//! models make equal bytes.

use crate::architecture::{Architecture, ENCODER_LAYERS, LAYERS};
use crate::backend::{TrainBackend, to_host};
use crate::model::{Model, ModelError};
use crate::network::{Dense, Network};
use crate::settings::Reconstruction;
use crate::tensor_file::{self, TensorFile};
use burn::backend::flex::FlexDevice;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

/// Version of `model.json`. 2: steps and pitches instead of their product.
pub(crate) const FORMAT: u32 = 2;

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

/// Turns a description of format 1 into one of format 2.
fn migrated(mut description: serde_json::Value) -> serde_json::Value {
    if description["format"] == 1
        && let Some(geometry) = description.pointer_mut("/architecture/geometry")
        && let Some(geometry) = geometry.as_object_mut()
        && let Some(cells) = geometry.remove("cells")
    {
        geometry.insert("steps".to_owned(), cells);
        geometry.insert("pitches".to_owned(), 1.into());
        description["format"] = FORMAT.into();
    }
    description
}

impl Model {
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
        let description =
            serde_json::from_slice(json).map(migrated).and_then(serde_json::from_value);
        let description = description.map_err(ModelError::Description)?;
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
    use crate::model::tests::model;
    use crate::testing::{ARCHITECTURE, Folder, memory_samples};

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
    fn a_model_of_format_1_is_read_as_the_same_network() {
        let [json, encoder, decoder] = &saved(&model(1));
        let text =
            String::from_utf8(json.clone()).unwrap().replace("\"format\": 2", "\"format\": 1");
        let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
        old["architecture"]["geometry"] = serde_json::json!({ "measures": 4, "cells": 64 });
        let old = serde_json::to_vec(&old).unwrap();
        let loaded = Model::load(&old, encoder, decoder).unwrap();
        assert_eq!(loaded.architecture().geometry.song_cells(), ARCHITECTURE.geometry.song_cells());
        assert_eq!(&saved(&loaded)[1..], [encoder.clone(), decoder.clone()]);
        let songs = memory_samples(3, 2).0;
        assert_eq!(loaded.encode(&songs).unwrap(), model(1).encode(&songs).unwrap());
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
        let version = text.replace("\"format\": 2", "\"format\": 3");
        let error = Model::load(version.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Format { found: 3 }));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 0");
        let error = Model::load(sizes.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Architecture(_)));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 16000000");
        assert_eq!(file(Model::load(sizes.as_bytes(), encoder, decoder)), "encoder.safetensors");
    }
}
