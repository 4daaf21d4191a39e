//! What a trained network makes of its training samples: the posteriors that drawing starts from.
//!
//! `posterior.safetensors` holds `mean` and `deviation`, F32 `[samples, latent]`, a row a sample in the
//! order of the samples.

use crate::model::{Model, ModelError, Posterior};
use crate::model_files::SaveError;
use crate::samples::Samples;
use crate::tensor_file::{self, TensorFile, TensorFileError};
use std::fs::File;
use std::io::{BufWriter, Cursor, Write};
use std::path::Path;

/// The name in errors.
const FILE: &str = "posterior.safetensors";
/// Samples read and encoded at once.
const CHUNK: usize = 256;

/// The posteriors of `samples`: of all of them, or of `most`, evenly spread, where there are more.
///
/// # Errors
/// When a sample cannot be read or does not fit the model.
pub fn posteriors(
    model: &Model,
    samples: &dyn Samples,
    most: usize,
) -> Result<Posterior, ModelError> {
    let count = samples.len().min(most);
    let mut all = Posterior { mean: Vec::new(), deviation: Vec::new() };
    let places: Vec<usize> = (0..count).map(|place| place * samples.len() / count).collect();
    for chunk in places.chunks(CHUNK) {
        let mut songs = Vec::with_capacity(chunk.len());
        for &index in chunk {
            let mut song = Vec::new();
            samples.cells(index, &mut song)?;
            songs.push(song);
        }
        let Posterior { mean, deviation } = model.encode(&songs)?;
        all.mean.extend(mean);
        all.deviation.extend(deviation);
    }
    Ok(all)
}

impl Posterior {
    /// The mean variance of each dimension; empty without a sample.
    pub fn mean_variance(&self) -> Vec<f32> {
        let latent = self.deviation.first().map_or(0, Vec::len);
        let squares = |unit| self.deviation.iter().map(move |row| f64::from(row[unit]).powi(2));
        let mean = |unit| squares(unit).sum::<f64>() / self.deviation.len() as f64;
        (0..latent).map(|unit| mean(unit) as f32).collect()
    }

    /// Writes `posterior.safetensors` into an existing folder, replacing such a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), SaveError> {
        let rows = [&self.mean, &self.deviation];
        let shape = |rows: &Vec<Vec<f32>>| vec![rows.len(), rows.first().map_or(0, Vec::len)];
        let keys = [("mean".to_owned(), shape(rows[0])), ("deviation".to_owned(), shape(rows[1]))];
        let path = folder.join(FILE);
        let written = File::create(&path).and_then(|file| {
            let mut out = BufWriter::new(file);
            tensor_file::write(&mut out, None, &keys, |index| rows[index].concat())?;
            out.flush()
        });
        written.map_err(|source| SaveError { path, source })
    }

    /// Reads the content of a `posterior.safetensors` of a model.
    ///
    /// # Errors
    /// When it is no such file, or that of a model with another latent space.
    pub fn load(bytes: &[u8], model: &Model) -> Result<Self, ModelError> {
        let read = || -> Result<Self, TensorFileError> {
            let mut file = TensorFile::open(Cursor::new(bytes))?;
            let latent = model.architecture().latent;
            let samples = file.shape("mean").and_then(<[usize]>::first).copied().unwrap_or(0);
            let mut rows = |name| -> Result<Vec<Vec<f32>>, TensorFileError> {
                let values = file.read(name, &[samples, latent])?;
                Ok(values.chunks_exact(latent).map(<[f32]>::to_vec).collect())
            };
            Ok(Self { mean: rows("mean")?, deviation: rows("deviation")? })
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
    fn posteriors_are_those_of_samples_spread_evenly_over_all() {
        let (model, samples) = (model(1), memory_samples(10, 2));
        let all = posteriors(&model, &samples, 100).unwrap();
        assert_eq!(all, model.encode(&samples.0).unwrap());
        let some = posteriors(&model, &samples, 4).unwrap();
        let chosen = [0, 2, 5, 7].map(|index| all.mean[index].clone());
        assert_eq!(some.mean, chosen);
        assert!(posteriors(&model, &memory_samples(0, 2), 4).unwrap().mean.is_empty());
    }

    #[test]
    fn a_file_of_posteriors_holds_what_was_saved_and_of_that_model_alone() {
        let (model, folder) = (model(1), Folder::new());
        let posterior = posteriors(&model, &memory_samples(5, 2), 100).unwrap();
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
    fn the_mean_variance_is_that_of_each_dimension() {
        let deviation = vec![vec![1.0, 0.0], vec![3.0, 0.5]];
        let posterior = Posterior { mean: vec![vec![0.0; 2]; 2], deviation };
        assert_eq!(posterior.mean_variance(), [5.0, 0.125]);
    }
}
