//! Principal components of onset samples: the best linear code, and the answer that a network has to beat.
//!
//! A sample is a 0/1 vector `x` over the cells of a song. With the mean `m` and `k` orthonormal components
//! `V`, `[cells, k]`, its code is `(x - m) V` and what the code gives back is `m + code V^T`, a score for
//! each cell (no probability: it may leave 0..=1). No other `k` numbers, linearly decoded, have a smaller
//! squared error over the samples.
//!
//! The components are found by randomised subspace iteration (Halko, Martinsson & Tropp 2011, *Finding
//! structure with randomness*, algorithms 4.4 and 5.3): random combinations of the centred samples span a
//! first guess, three multiplications with the covariance turn it towards the leading components, and
//! the small eigenproblem inside the span tells them apart. The samples stay sparse and are read again
//! for each multiplication, so memory holds two matrices of `cells` times the components and a few more,
//! in single precision (75 MB each for 120 of 147,456), however many samples there are.
//!
//! Each sum is taken in an order that the samples define, never the threads: the same samples and seed
//! give the same bits on any number of threads.

mod decode;
mod fit;
mod kernels;
mod matrix;
mod orthonormal;
mod symmetric;
#[cfg(test)]
mod tests;

use crate::samples::{Rows, SampleError};
use partita_music::roll::RollSize;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PcaSettings {
    /// Shape of a song.
    pub geometry: RollSize,
    /// Components to find, at most. Samples of a smaller rank have fewer.
    pub components: usize,
    /// Root of the random start, which changes the result only as far as it is not converged.
    pub seed: u64,
}

/// The mean of some samples and the directions in which they vary most.
#[derive(Debug, Clone)]
pub struct Pca {
    geometry: RollSize,
    mean: Vec<f32>,
    /// Codes of the mean, before it is subtracted: `mean components`.
    offset: Vec<f64>,
    /// `[cells, rank]`.
    components: Vec<f32>,
    variances: Vec<f64>,
    total_variance: f64,
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

/// Why components cannot be found or applied.
#[derive(Debug, thiserror::Error)]
pub enum PcaError {
    /// A sample cannot be read or does not fit the geometry.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The observer said stop.
    #[error("the search for principal components was stopped")]
    Stopped,
    /// A code has the wrong length.
    #[error("code {index} has {found} numbers, but there are {expected} components")]
    Code {
        /// Its place in the list.
        index: usize,
        /// Its length.
        found: usize,
        /// Number of components.
        expected: usize,
    },
}

impl Pca {
    /// How many components there are; fewer than asked for where the samples have no more.
    pub fn components(&self) -> usize {
        self.variances.len()
    }

    /// Shape of a song.
    pub fn geometry(&self) -> RollSize {
        self.geometry
    }

    /// Share of the samples with an onset in each cell.
    pub fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// Variance of the samples along each component, largest first; the mean square, as the samples
    /// are all there is.
    pub fn variances(&self) -> &[f64] {
        &self.variances
    }

    /// Variance of the samples in all directions together.
    pub fn total_variance(&self) -> f64 {
        self.total_variance
    }

    /// The code of each song, given as onset cells `measure * cells + cell` in any order.
    ///
    /// # Errors
    /// When a cell lies outside the song.
    pub fn encode(&self, songs: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, PcaError> {
        let mut rows = Rows::new();
        for (index, song) in songs.iter().enumerate() {
            rows.push(index, &mut song.clone(), self.geometry)?;
        }
        let rows = rows.songs(self.geometry);
        let codes = fit::codes(&rows, &self.components, &self.offset);
        Ok((0..songs.len()).map(|song| codes.row(song).to_vec()).collect())
    }

    /// The scores of all cells for each code, measure by measure: the higher, the likelier an onset. Takes
    /// four bytes a cell and code at once.
    ///
    /// # Errors
    /// When a code is longer or shorter than there are components.
    pub fn decode(&self, codes: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, PcaError> {
        let expected = self.components();
        if let Some(index) = codes.iter().position(|code| code.len() != expected) {
            return Err(PcaError::Code { index, found: codes[index].len(), expected });
        }
        if expected == 0 || codes.is_empty() {
            return Ok(vec![self.mean.clone(); codes.len()]);
        }
        Ok(decode::decode(&self.components, &self.mean, codes))
    }

    /// The linear path that a network can start from. Each latent unit has mean 0 and variance 1 over
    /// the samples, as the prior has, so component `i` is divided by its standard deviation on the way in
    /// and multiplied by it on the way out: decoding an encoded song is [`Pca::decode`] of its
    /// [`Pca::encode`]. Units beyond the components neither read nor write; components beyond `latent`
    /// are left out.
    pub fn whitened(&self, latent: usize) -> LinearAutoencoder {
        let cells = self.mean.len();
        let (components, rank) = (&self.components, self.components());
        let used = latent.min(rank);
        let deviations: Vec<f64> = self.variances.iter().map(|value| value.sqrt()).collect();
        let (mut encoder, mut decoder) = (vec![0.0; cells * latent], vec![0.0; latent * cells]);
        for cell in 0..cells {
            let row = &components[cell * rank..][..rank];
            for unit in 0..used {
                encoder[cell * latent + unit] = (f64::from(row[unit]) / deviations[unit]) as f32;
                decoder[unit * cells + cell] = (f64::from(row[unit]) * deviations[unit]) as f32;
            }
        }
        let mut encoder_bias = vec![0.0; latent];
        for (unit, bias) in encoder_bias[..used].iter_mut().enumerate() {
            *bias = (-self.offset[unit] / deviations[unit]) as f32;
        }
        LinearAutoencoder { encoder, encoder_bias, decoder, decoder_bias: self.mean.clone() }
    }
}
