//! Two-sample tests: can two sets of songs be distinguished, feature by feature and by all features together?
//!
//! The thesis asks for music "indistinguishable" from real music; [`neighbours`] and [`classifier`] turn that into a
//! number: 0.5 if two sets cannot be distinguished, 1 if they always can. Both compare sets of one size, because guessing
//! the larger set would score above 0.5. Noise, the mean roll and copies of training songs belong beside every result:
//! being near real music in one number does not mean being near in all.
//!
//! Faults of other implementations that are avoided: histograms and densities are compared on a common grid (mgeval uses
//! one grid per set and calls disjoint sets equal), a feature without any spread has a result, and distances are in the
//! unit of the feature.

pub mod classifier;
pub mod distance;
pub mod histogram;
pub mod neighbours;
mod vectors;

pub use vectors::Vectors;
