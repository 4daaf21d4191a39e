//! A model on disk.
//!
//! - `model.json`: format version, architecture, reconstruction, beta. Older formats are read too: 1 and 2
//!   only had the thesis network; 1 had the cells of a measure without its steps, each read as a step of
//!   one pitch; 1 to 3 had no beta, which is read as 1, the ELBO's.
//! - `encoder.safetensors`: `measure_hidden`, `measure_code`, `song_hidden`, `mean`, `log_deviation`, each
//!   with `.weight` and `.bias`. A factored network adds `song_residual` and, if its means start from
//!   principal components, `components`, from the cells of a song.
//! - `decoder.safetensors`: `song_hidden`, `measure_code`, `measure_hidden`, `cells`, likewise. A factored
//!   network has the layers listed in `factored`, and `base`, the onset rates of a measure's cells in the
//!   training samples.
//!
//! A weight is F32 `[inputs, outputs]`, so `y = x w + b` (the transpose of PyTorch's layout). The input
//! of the encoder's `song_hidden` and the output of the decoder's `measure_code` are the measures' codes
//! side by side, the first measure first. In the thesis network, ReLU follows every layer except `mean`,
//! `log_deviation` and `cells`; the log standard deviation is clamped to -5..=2, and the sigmoid of `cells`
//! is a probability. Equal models give equal bytes.

use crate::architecture::{Architecture, ENCODER, TensorShape};
use crate::model::{FORMAT, Model, ModelError};
use crate::network::Network;
use crate::settings::Reconstruction;
use crate::tensor_file::{self, TensorFile};
use burn::backend::flex::FlexDevice;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

/// A file of a model cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct SaveError {
    /// The file.
    pub path: PathBuf,
    /// The system's error.
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

/// Converts a description from an older format.
fn migrate(mut description: serde_json::Value) -> serde_json::Value {
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
    /// Writes `model.json`, `encoder.safetensors`, `decoder.safetensors` and, if it has a refiner,
    /// `refiner.safetensors` into an existing folder, replacing such files.
    ///
    /// # Errors
    /// Returns the first file that cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        let Model { architecture, reconstruction, beta, .. } = *self;
        let description = Description { format: FORMAT, architecture, reconstruction, beta };
        let path = folder.join("model.json");
        let json = serde_json::to_string_pretty(&description).map_err(io::Error::from);
        let written = json.and_then(|json| fs::write(&path, json + "\n"));
        written.map_err(|source| SaveError { path, source })?;
        for (part, file) in FILES.into_iter().enumerate() {
            let keyed = |(index, TensorShape { name, shape }): (usize, TensorShape)| {
                let (file, name) = file_and_key(&name);
                (file == part).then_some((index, TensorShape { name, shape }))
            };
            let tensors = architecture.tensors().into_iter().enumerate().filter_map(keyed);
            let (indices, tensors): (Vec<usize>, Vec<_>) = tensors.unzip();
            let path = folder.join(file);
            let values = |at: usize| self.network.values(indices[at]);
            tensor_file::create(&path, None, &tensors, values)
                .map_err(|source| SaveError { path, source })?;
        }
        self.refiner.as_ref().map_or(Ok(()), |refiner| refiner.save(folder))
    }

    /// Reads a model without a refiner from the contents of `model.json`, `encoder.safetensors` and
    /// `decoder.safetensors`; see [`Refiner::load`](crate::Refiner::load).
    ///
    /// # Errors
    /// Returns the first file that is not valid, and the reason.
    pub fn load(json: &[u8], encoder: &[u8], decoder: &[u8]) -> Result<Model, ModelError> {
        let parsed = serde_json::from_slice(json).map(migrate).and_then(serde_json::from_value);
        let Description { format, architecture, reconstruction, beta } =
            parsed.map_err(ModelError::Description)?;
        if format != FORMAT {
            return Err(ModelError::Format { found: format });
        }
        architecture.validate().map_err(ModelError::Architecture)?;
        let error = |part: usize| move |source| ModelError::Weights { file: FILES[part], source };
        let open = |part, bytes| TensorFile::open(Cursor::new(bytes)).map_err(error(part));
        let mut files = [open(0, encoder)?, open(1, decoder)?];
        let network = Network::build(&architecture, &FlexDevice, |TensorShape { name, shape }| {
            let (part, key) = file_and_key(name);
            files[part].read(&key, shape).map_err(error(part))
        })?;
        Ok(Model { architecture, reconstruction, beta, network, refiner: None })
    }
}

const FILES: [&str; 2] = ["encoder.safetensors", "decoder.safetensors"];

/// Returns the file of a tensor, as an index into [`FILES`], and its key there.
fn file_and_key(name: &str) -> (usize, String) {
    match (name.strip_prefix(ENCODER), name.split_once('.')) {
        (Some(key), _) => (0, key.to_owned()),
        (None, key) => (1, key.map_or(name, |(_, key)| key).to_owned()),
    }
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
    fn burn_reads_the_tensors_of_a_saved_model() {
        use burn::store::{ModuleStore, SafetensorsStore};
        let [_, encoder, _] = saved(&model(1));
        let mut file = TensorFile::open(std::io::Cursor::new(&encoder)).unwrap();
        let name = "mean.weight";
        let shape = file.shape(name).unwrap().to_vec();
        let mut store = SafetensorsStore::from_bytes(Some(encoder.clone()));
        let snapshot = store.get_snapshot(name).unwrap().unwrap();
        assert_eq!(snapshot.shape.to_vec(), shape);
        let values = snapshot.to_data().unwrap().into_vec::<f32>().unwrap();
        assert_eq!(values, file.read(name, &shape).unwrap());
    }

    #[test]
    fn saved_model_loads_as_the_same_model_and_saves_to_the_same_bytes() {
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
            assert!(posterior.std.iter().flatten().all(|&std| std > 0.0));
        }
    }

    #[test]
    fn format_2_loads_as_the_same_model() {
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
    fn format_1_loads_as_the_same_network() {
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
    fn corrupt_file_is_an_error_that_names_it() {
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
