//! What is measured on pianorolls and on sets of songs: pure functions, no I/O.
//!
//! A song (or sample) is `&[Vec<u16>]`: one entry per measure, each a sorted list, without repeats,
//! of the [cell ids](crate::music::roll::RollShape::cell) in which a note starts. Probabilities of a song are one `f32` per
//! cell in the order measure, step, pitch ([`RollShape::cells`](crate::music::roll::RollShape::cells) of them).
//!
//! | file | answers |
//! |---|---|
//! | [`reconstruction`] | does the model give back a song that it is shown? |
//! | [`baselines`] | what does an answer without any model reach? |
//! | [`structure`] | do measures of one song repeat, and at which distance? |
//! | [`form`] | how is a song put together: motifs, and phrases that return? |
//! | [`diversity`] | do songs of one set differ? |
//! | [`rank`] | do their probabilities differ in more than volume? |
//! | [`copying`] | is a drawn song one of the training set? |
//! | [`average_precision`] | how well do probabilities rank the onsets, at all thresholds? |
//! | [`two_sample`] | can two sets of songs be told apart, feature by feature and together? |
//! | [`latent`] | what does a model's latent space hold? |
//! | [`rhythm`] | how is time filled, from attack to attack and from measure to measure? |
//! | [`features`] | what is one song like: density, register, tonality, rhythm? |
//! | [`quartiles`] | what are many songs like? |
//! | [`direction`] | which of two figures is better? |
//!
//! Traps of other implementations that are avoided here: pitch classes are `pitch mod 12`
//! (pypianoroll reshapes to `pitch / 10`); groove similarity stands beside what chance gives (0.85 on 96 steps); rates of empty measures count the *empty* ones
//! (pypianoroll counts the others); a song always has the shape's number of measures (MusPy adds
//! one when a note ends on a bar line); squared error and accuracy are not reported, as silence
//! wins both on so sparse a roll.

pub mod average_precision;
pub mod baselines;
pub mod copying;
pub mod direction;
pub mod diversity;
pub mod features;
pub mod form;
pub mod latent;
mod order;
pub mod quartiles;
pub mod rank;
pub mod reconstruction;
pub mod rhythm;
pub mod structure;
#[cfg(test)]
pub(crate) mod testing;
pub mod two_sample;

pub use features::{Feature, SongFeatures, describe};
pub use quartiles::{Quartiles, summary};
pub use reconstruction::{Counts, Score, ScoreAccumulator};
