//! A model on disk.
//!
//! - `model.json`: format version, architecture, reconstruction, beta. Formats 1 and 2 knew the thesis' network
//!   alone, and 1 the cells of a measure without their steps; they are still read, in format 1 with each
//!   cell as a step of one pitch, which its network cannot tell apart. Formats up to 3 did not say beta: it is
//!   taken as 1, the plain divergence's.
//! - `encoder.safetensors`: `measure_hidden`, `measure_code`, `song_hidden`, `mean`, `log_deviation`,
//!   each with `.weight` and `.bias`; of a factored network `song_residual` too, and `components`, from the
//!   cells of a song, where its means start from principal components.
//! - `decoder.safetensors`: `song_hidden`, `measure_code`, `measure_hidden`, `cells`, likewise; of a factored
//!   network the layers that `factored` names, and `base`, the rates of a measure's cells in the training
//!   samples.
//!
//! A weight is F32 `[inputs, outputs]`, so `y = x w + b` (the transpose of PyTorch's layout). The input
//! of the encoder's `song_hidden` and the output of the decoder's `measure_code` are the measures' codes
//! side by side, the first measure first. In the thesis' network ReLU follows every layer but `mean`, `log_deviation` and
//! `cells`; the log deviation is clamped to -5..=2, the sigmoid of `cells` is a probability. Equal
//! models make equal bytes.

use crate::architecture::{Architecture, ENCODER, TensorShape};
use crate::model::{Model, ModelError};
use crate::network::Network;
use crate::settings::Reconstruction;
use crate::tensor_file::{self, TensorFile};
use burn::backend::flex::FlexDevice;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Cursor, Write};
use std::path::{Path, PathBuf};

/// Version of `model.json`. 2: steps and pitches instead of their product. 3: the sizes of either network. 4: beta.
pub(crate) const FORMAT: u32 = 4;

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
    beta: f64,
}

/// Turns a description of an older format into one of this format.
fn migrated(mut description: serde_json::Value) -> serde_json::Value {
    let format = description["format"].clone();
    if format == 1
        && let Some(geometry) = description.pointer_mut("/architecture/geometry")
        && let Some(geometry) = geometry.as_object_mut()
        && let Some(cells) = geometry.remove("cells")
    {
        geometry.insert("steps".to_owned(), cells);
        geometry.insert("pitches".to_owned(), 1.into());
    }
    if (format == 1 || format == 2)
        && let Some(architecture) = description["architecture"].as_object_mut()
    {
        let names = ["measure_hidden", "measure_code", "song_hidden"];
        let sizes = names.iter().filter_map(|&name| architecture.remove_entry(name));
        let sizes = serde_json::Value::Object(sizes.collect());
        architecture.insert("network".to_owned(), serde_json::json!({ "thesis": sizes }));
        description["format"] = 3.into();
    }
    if description["format"] == 3 && description["beta"].is_null() {
        description["beta"] = 1.0.into();
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
        let Model { architecture, reconstruction, beta, .. } = *self;
        let description = Description { format: FORMAT, architecture, reconstruction, beta };
        let json = serde_json::to_string_pretty(&description).map_err(io::Error::from);
        save_file(folder.join("model.json"), |out| writeln!(out, "{}", json?))?;
        for (file, tensors) in parts(&architecture) {
            let keys: Vec<_> = tensors.iter().map(|(_, key)| key.clone()).collect();
            save_file(folder.join(file), |out| {
                tensor_file::write(out, None, &keys, |at| self.network.values(tensors[at].0))
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
        let Description { format, architecture, reconstruction, beta } = description;
        if format != FORMAT {
            return Err(ModelError::Format { found: format });
        }
        architecture.validate().map_err(ModelError::Architecture)?;
        let mut files = Vec::with_capacity(FILES.len());
        for (file, bytes) in FILES.into_iter().zip([encoder, decoder]) {
            let error = |source| ModelError::Weights { file, source };
            files.push((file, TensorFile::open(Cursor::new(bytes)).map_err(error)?));
        }
        let network = Network::build(&architecture, &FlexDevice, |TensorShape { name, shape }| {
            let (part, key) = place(name);
            let (file, source) = &mut files[part];
            source.read(key, shape).map_err(|source| ModelError::Weights { file, source })
        })?;
        Ok(Model { architecture, reconstruction, beta, network })
    }
}

const FILES: [&str; 2] = ["encoder.safetensors", "decoder.safetensors"];

/// The file of a tensor, as an index into [`FILES`], and its key there.
fn place(name: &str) -> (usize, &str) {
    match (name.strip_prefix(ENCODER), name.split_once('.')) {
        (Some(key), _) => (0, key),
        (None, Some((_, key))) => (1, key),
        (None, None) => (1, name),
    }
}

/// A tensor's place among all of them, and its key in its own file.
type Placed = (usize, tensor_file::Key);

/// The tensors of each file.
fn parts(architecture: &Architecture) -> [(&'static str, Vec<Placed>); 2] {
    let mut parts = FILES.map(|file| (file, Vec::new()));
    for (index, TensorShape { name, shape }) in architecture.tensors().into_iter().enumerate() {
        let (part, key) = place(&name);
        parts[part].1.push((index, (key.to_owned(), shape)));
    }
    parts
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
    use crate::model::tests::{factored_model, model};
    use crate::testing::{ARCHITECTURE, Folder, memory_samples};

    fn saved(model: &Model) -> [Vec<u8>; 3] {
        let folder = Folder::new();
        model.save(folder.path()).unwrap();
        ["model.json", "encoder.safetensors", "decoder.safetensors"]
            .map(|file| std::fs::read(folder.path().join(file)).unwrap())
    }

    #[test]
    fn a_saved_model_loads_as_the_same_model_and_saves_as_the_same_bytes() {
        for model in [model, factored_model] {
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
            assert!(decoded.iter().all(|song| song.len() == ARCHITECTURE.geometry.cells()));
            assert!(decoded.iter().flatten().all(|p| (0.0..=1.0).contains(p)));
            assert!(posterior.deviation.iter().flatten().all(|&deviation| deviation > 0.0));
        }
    }

    #[test]
    fn a_model_of_format_2_is_read_as_the_same_model() {
        let [json, encoder, decoder] = &saved(&Model { beta: 1.0, ..model(1) });
        let mut old: serde_json::Value = serde_json::from_slice(json).unwrap();
        old["format"] = 2.into();
        old["beta"].take();
        old["architecture"] = serde_json::json!({
            "geometry": { "measures": 4, "steps": 8, "pitches": 8 },
            "measure_hidden": 48, "measure_code": 16, "song_hidden": 32, "latent": 8,
        });
        let old = serde_json::to_vec(&old).unwrap();
        let loaded = Model::load(&old, encoder, decoder).unwrap();
        assert_eq!(saved(&loaded), [json.clone(), encoder.clone(), decoder.clone()]);
    }

    #[test]
    fn a_model_of_format_1_is_read_as_the_same_network() {
        let [json, encoder, decoder] = &saved(&model(1));
        let mut old: serde_json::Value = serde_json::from_slice(json).unwrap();
        old["format"] = 1.into();
        old["beta"].take();
        old["architecture"] = serde_json::json!({
            "geometry": { "measures": 4, "cells": 64 },
            "measure_hidden": 48, "measure_code": 16, "song_hidden": 32, "latent": 8,
        });
        let old = serde_json::to_vec(&old).unwrap();
        let loaded = Model::load(&old, encoder, decoder).unwrap();
        assert_eq!(loaded.architecture().geometry.cells(), ARCHITECTURE.geometry.cells());
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
        let version = text.replace("\"format\": 4", "\"format\": 5");
        let error = Model::load(version.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Format { found: 5 }));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 0");
        let error = Model::load(sizes.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Architecture(_)));
        let geometry = text.replace("\"pitches\": 8", "\"pitches\": 0");
        let error = Model::load(geometry.as_bytes(), encoder, decoder).unwrap_err();
        assert!(matches!(error, ModelError::Description(_)));
        let sizes = text.replace("\"latent\": 8", "\"latent\": 16000000");
        assert_eq!(file(Model::load(sizes.as_bytes(), encoder, decoder)), "encoder.safetensors");
    }
}
