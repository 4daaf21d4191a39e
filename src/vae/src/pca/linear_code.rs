//! The linear code of principal components.

use super::decode::decode;
use super::projection::codes;
use crate::samples::{Rows, SampleError};
use partita_music::roll::RollSize;

/// Parameters of [`Pca::fit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PcaSettings {
    /// Shape of a song.
    pub geometry: RollSize,
    /// Maximum number of components. Samples of a smaller rank have fewer.
    pub components: usize,
    /// Seed of the random start, which affects the result only as far as it has not converged.
    pub seed: u64,
}

/// The mean of some samples and their principal components.
#[derive(Debug, Clone)]
pub struct Pca {
    pub(super) geometry: RollSize,
    pub(super) mean: Vec<f32>,
    /// Code of the mean before it is subtracted: `mean components`.
    pub(super) offset: Vec<f64>,
    /// `[cells, rank]`.
    pub(super) components: Vec<f32>,
    /// Variance of the samples along each component, largest first: the mean square, since the samples are
    /// the whole population.
    pub variances: Vec<f64>,
    /// Variance of the samples in all directions together.
    pub total_variance: f64,
}

/// Why components cannot be computed or applied.
#[derive(Debug, thiserror::Error)]
pub enum PcaError {
    /// A sample cannot be read or does not fit the geometry.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The observer stopped the search.
    #[error("the search for principal components was stopped")]
    Stopped,
    /// A code has the wrong length.
    #[error("code {index} has {found} numbers, but there are {expected} components")]
    Code {
        /// Index of the code.
        index: usize,
        /// Its length.
        found: usize,
        /// Number of components.
        expected: usize,
    },
}

impl Pca {
    /// Returns the number of components; fewer than requested if the samples have no more.
    pub fn components(&self) -> usize {
        self.variances.len()
    }

    /// Computes the code of each song, given as onset cells `measure * cells + cell` in any order.
    ///
    /// # Errors
    /// Returns an error if a cell is outside the song.
    pub fn encode(&self, songs: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, PcaError> {
        let rows = Rows::from_songs(songs, 0, self.geometry)?.songs(self.geometry);
        let codes = codes(&rows, &self.components, &self.offset);
        Ok((0..songs.len()).map(|song| codes.row(song).to_vec()).collect())
    }

    /// Computes the scores of all cells for each code, measure by measure: the higher, the more likely an
    /// onset. Allocates four bytes per cell and code at once.
    ///
    /// # Errors
    /// Returns an error if a code's length is not the number of components.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, PcaError> {
        let expected = self.components();
        if let Some(index) = codes.iter().position(|code| code.len() != expected) {
            return Err(PcaError::Code { index, found: codes[index].len(), expected });
        }
        if expected == 0 || codes.is_empty() {
            return Ok(vec![self.mean.clone(); codes.len()]);
        }
        Ok(decode(&self.components, &self.mean, codes))
    }

    /// Returns an encoder that a network can start from, as a dense layer: weight `[cells of a song, latent]`
    /// and bias `[latent]`. Each latent unit has mean 0 and variance 1 over the samples, as in the prior, so
    /// component `i` is divided by its standard deviation. Units beyond the components are 0; components
    /// beyond `latent` are omitted.
    pub(crate) fn whitened_encoder(&self, latent: usize) -> crate::dense::Parameters {
        let (cells, rank) = (self.mean.len(), self.components());
        let stds: Vec<f64> = self.variances.iter().map(|value| value.sqrt()).take(latent).collect();
        let (mut weight, mut bias) = (vec![0.0; cells * latent], vec![0.0; latent]);
        for cell in 0..cells {
            let row = &self.components[cell * rank..][..rank];
            for (unit, std) in stds.iter().enumerate() {
                weight[cell * latent + unit] = (f64::from(row[unit]) / std) as f32;
            }
        }
        for (unit, std) in stds.iter().enumerate() {
            bias[unit] = (-self.offset[unit] / std) as f32;
        }
        (weight, bias)
    }
}
