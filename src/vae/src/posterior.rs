//! Posteriors of a model's training samples: what sampling fits distributions to.
//!
//! `posterior.safetensors` contains `mean` and `deviation` (the standard deviation), F32
//! `[samples, latent]`, one row per sample in the order of the samples.

use crate::architecture::TensorShape;
use crate::host::rows_of;
use crate::model::{Model, ModelError, Posterior};
use crate::model_files::SaveError;
use crate::samples::{Samples, spread_indices};
use crate::tensor_file::{self, TensorFile, TensorFileError};
use std::io::Cursor;
use std::path::Path;

const FILE: &str = "posterior.safetensors";
/// Samples read and encoded at once.
const CHUNK: usize = 256;

/// Computes the posteriors of `samples`: of at most `max`, evenly spread.
///
/// # Errors
/// Returns an error if a sample cannot be read or does not fit the model.
pub fn compute_posteriors(
    model: &Model,
    samples: &dyn Samples,
    max: usize,
) -> Result<Posterior, ModelError> {
    let mut all = Posterior { mean: Vec::new(), std: Vec::new() };
    for indices in spread_indices(samples.len(), max).chunks(CHUNK) {
        let mut songs = Vec::with_capacity(indices.len());
        for &index in indices {
            let mut song = Vec::new();
            samples.cells(index, &mut song)?;
            songs.push(song);
        }
        let Posterior { mean, std } = model.encode(&songs)?;
        all.mean.extend(mean);
        all.std.extend(std);
    }
    Ok(all)
}

impl Posterior {
    /// Returns the mean variance of each dimension; empty without samples.
    pub fn mean_variance(&self) -> Vec<f32> {
        let latent = self.std.first().map_or(0, Vec::len);
        let squares = |unit| self.std.iter().map(move |row| f64::from(row[unit]).powi(2));
        let mean = |unit| squares(unit).sum::<f64>() / self.std.len() as f64;
        (0..latent).map(|unit| mean(unit) as f32).collect()
    }

    /// Writes `posterior.safetensors` into an existing folder, replacing such a file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        let matrices = [&self.mean, &self.std];
        let tensors = [("mean", &self.mean), ("deviation", &self.std)].map(|(name, rows)| {
            let shape = vec![rows.len(), rows.first().map_or(0, Vec::len)];
            TensorShape { name: name.to_owned(), shape }
        });
        let path = folder.join(FILE);
        tensor_file::create(&path, None, &tensors, |index| matrices[index].concat())
            .map_err(|source| SaveError { path, source })?;
        Ok(())
    }

    /// Reads a `posterior.safetensors` of `model` from its contents.
    ///
    /// # Errors
    /// Returns an error if it is not such a file, or of a model with another latent space.
    pub fn load(bytes: &[u8], model: &Model) -> Result<Self, ModelError> {
        let read = || -> Result<Self, TensorFileError> {
            let mut file = TensorFile::open(Cursor::new(bytes))?;
            let latent = model.architecture().latent;
            let samples = file.shape("mean").and_then(<[usize]>::first).copied().unwrap_or(0);
            let mut rows = |name: &str| -> Result<_, TensorFileError> {
                Ok(rows_of(&file.read(name, &[samples, latent])?, latent))
            };
            Ok(Self { mean: rows("mean")?, std: rows("deviation")? })
        };
        read().map_err(|source| ModelError::Weights { file: FILE, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tests::model;
    use crate::testing::{Folder, memory_samples};

    #[test]
    fn at_most_max_posteriors_are_computed_of_evenly_spread_samples() {
        let (model, samples) = (model(1), memory_samples(10, 2));
        let all = compute_posteriors(&model, &samples, 100).unwrap();
        assert_eq!(all, model.encode(&samples.0).unwrap());
        let some = compute_posteriors(&model, &samples, 4).unwrap();
        let chosen = [0, 2, 5, 7].map(|index| all.mean[index].clone());
        assert_eq!(some.mean, chosen);
        assert!(compute_posteriors(&model, &memory_samples(0, 2), 4).unwrap().mean.is_empty());
    }

    #[test]
    fn saved_posteriors_load_for_their_model_only() {
        let (model, folder) = (model(1), Folder::new());
        let posterior = compute_posteriors(&model, &memory_samples(5, 2), 100).unwrap();
        posterior.save(folder.path()).unwrap();
        let bytes = std::fs::read(folder.path().join(FILE)).unwrap();
        assert_eq!(Posterior::load(&bytes, &model).unwrap(), posterior);
        for wrong in [&bytes[..bytes.len() - 1], b"", &[0; 8]] {
            let error = Posterior::load(wrong, &model).unwrap_err();
            assert!(matches!(error, ModelError::Weights { file: FILE, .. }), "{error}");
        }
        let mut other = model.clone();
        other.architecture.latent += 1;
        assert!(Posterior::load(&bytes, &other).is_err());
    }

    #[test]
    fn mean_variance_is_computed_per_dimension() {
        let std = vec![vec![1.0, 0.0], vec![3.0, 0.5]];
        let posterior = Posterior { mean: vec![vec![0.0; 2]; 2], std };
        assert_eq!(posterior.mean_variance(), [5.0, 0.125]);
    }
}
