//! Can two sets of songs be told apart, feature by feature and all features together?
//!
//! The thesis asks for music "indistinguishable" from real music: [`neighbours`] and [`classifier`] make
//! a number of it. Both answer 0.5 where two sets cannot be told apart and 1 where they always can, and
//! both compare sets of one size, since a guess of the larger set would look like knowledge. Noise, the
//! mean roll and copies of training songs belong beside every answer: near real music in one number is
//! not near it in all.
//!
//! Traps of other implementations that are avoided here: histograms and densities are compared on a
//! common grid (mgeval builds one grid a set, and calls disjoint sets equal), a feature without any
//! spread has an answer, and distances are in the feature's own unit.

pub mod classifier;
pub mod distance;
pub mod histogram;
pub mod neighbours;
mod vectors;

pub use vectors::Vectors;
