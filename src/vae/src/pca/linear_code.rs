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
    pub(super) variances: Vec<f64>,
    pub(super) total_variance: f64,
}

/// A linear encoder and decoder, as dense layers: `latent = x encoder + encoder_bias`, `scores = latent
/// decoder + decoder_bias`. Matrices are row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearAutoencoder {
    /// `[cells of a song, latent]`.
    pub encoder: Vec<f32>,
    /// `[latent]`.
    pub encoder_bias: Vec<f32>,
    /// `[latent, cells of a song]`.
    pub decoder: Vec<f32>,
    /// `[cells of a song]`: the mean sample.
    pub decoder_bias: Vec<f32>,
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

    /// Returns the variance of the samples along each component, largest first: the mean square, since the
    /// samples are the whole population.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Returns the variance of the samples in all directions together.
    pub fn total_variance(&self) -> f64 {
        self.total_variance
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

    /// Returns an autoencoder that a network can start from. Each latent unit has mean 0 and variance 1 over
    /// the samples, as in the prior, so component `i` is divided by its standard deviation in the encoder
    /// and multiplied by it in the decoder: decoding an encoded song is [`Pca::decode`] of its
    /// [`Pca::encode`]. Units beyond the components are unused; components beyond `latent` are omitted.
    pub fn whitened(&self, latent: usize) -> LinearAutoencoder {
        let cells = self.mean.len();
        let (components, rank) = (&self.components, self.components());
        let used = latent.min(rank);
        let stds: Vec<f64> = self.variances.iter().map(|value| value.sqrt()).collect();
        let (mut encoder, mut decoder) = (vec![0.0; cells * latent], vec![0.0; latent * cells]);
        for cell in 0..cells {
            let row = &components[cell * rank..][..rank];
            for unit in 0..used {
                encoder[cell * latent + unit] = (f64::from(row[unit]) / stds[unit]) as f32;
                decoder[unit * cells + cell] = (f64::from(row[unit]) * stds[unit]) as f32;
            }
        }
        let mut encoder_bias = vec![0.0; latent];
        for (unit, bias) in encoder_bias[..used].iter_mut().enumerate() {
            *bias = (-self.offset[unit] / stds[unit]) as f32;
        }
        LinearAutoencoder { encoder, encoder_bias, decoder, decoder_bias: self.mean.clone() }
    }
}
