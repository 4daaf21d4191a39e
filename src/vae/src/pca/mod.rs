//! Principal components of onset samples: the best linear code, which a network must outperform.
//!
//! A sample is a 0/1 vector `x` over the cells of a song. With the mean `m` and `k` orthonormal components
//! `V`, `[cells, k]`, its code is `(x - m) V` and the decoded code is `m + code V^T`, a score for each cell
//! (not a probability: it may be outside 0..=1). No other linear code of `k` numbers has a smaller squared
//! error over the samples.
//!
//! The components are found by randomized subspace iteration (Halko, Martinsson & Tropp 2011, *Finding
//! structure with randomness*, algorithms 4.4 and 5.3): random combinations of the centred samples span a
//! first guess, three multiplications with the covariance turn it towards the leading components, and the
//! small eigenproblem inside the span separates them. The samples stay sparse and are read again for each
//! multiplication, so memory holds two matrices of `cells` times the components and a few more, in single
//! precision (75 MB each for 120 of 147,456), independent of the number of samples.
//!
//! The samples define the order of each sum, not the threads: the same samples and seed give the same bits
//! on any number of threads.

mod decode;
mod fit;
mod kernels;
mod linear_code;
mod matrix;
mod orthonormal;
mod projection;
#[cfg(test)]
mod tests;

pub use linear_code::{Pca, PcaError, PcaSettings};
