//! A decoder that turns a code into a song note by note; each decision depends on the song so far.
//!
//! The VAE's own decoder gives each cell of a song a probability of its own, so songs drawn from it are notes scattered
//! around a key. Here the code describes the whole song, and each decision depends on those before it (as in
//! PixelVAE, Gulrajani 2016):
//!
//! ```text
//! measure   plan      new, or an earlier measure, exact or varied plan.rs
//! step      rhythm    is anything struck?                        rhythm.rs
//! chord     chord     the lowest pitch, then higher ones         chord.rs
//! ```
//!
//! Every decision is a small network (`net`) over rows of a table, which are found by looking at what was played
//! (`history`) and at the code (`guide`): the last chords, the same place of earlier measures and how well these agree so
//! far, the habits of the song (`habits`), the chord that followed the same motion before (`sequel`), the code, the VAE's
//! own rates. Rows belong to distances in pitch or time, so weights are shared by all pitches. No state is learned
//! through time: the gradient of a decision is complete at once, and a song's likelihood is exact. A [`Trainer`] fits a
//! [`Decoder`] to [`Example`]s, [`Decoder::calibrate`] makes drawn songs as predictable as real ones, and
//! [`Decoder::play`] draws songs, [`Decoder::perform`] measure by measure.
//!
//! # Numbers
//! - Likelihoods are in nats ([`Nats`]); a song's is that of all its decisions.
//! - The cost of a sum of rows grows with the number of notes in view. The dense layer, which every candidate passes,
//!   costs most: see `kernels`. Training skips most improbable candidates without a bias: see `learning`.
//! - Gradients are summed in eight lanes in a fixed order: weights do not depend on the number of threads.
//! - A song's random numbers belong to its measures, steps and pitches, so a small change of its code changes little.

mod calibration;
mod checkpoint;
mod chord;
mod decisions;
mod decoder;
mod file;
mod guide;
mod habits;
mod history;
mod kernels;
mod learning;
mod loss;
mod net;
mod plan;
mod play;
mod rhythm;
mod rows;
mod sequel;
mod song;
mod terms;
#[cfg(test)]
mod tests;
mod train;
mod without;

pub use calibration::Calibrating;
pub use decoder::Decoder;
pub use file::DecoderFileError;
pub use guide::Guide;
pub use loss::Nats;
pub use play::{Performance, Playing};
pub use song::Song;
pub use train::{Example, Rate, Trainer};
pub use without::Without;
