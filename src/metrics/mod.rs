//! Metrics of pianorolls and of sets of songs: pure functions, no I/O.
//!
//! A song (or sample) is `&[Vec<u16>]`: one entry per measure, each a sorted list, without repeats,
//! of the [cell ids](crate::music::roll::RollShape::cell) in which a note starts. Probabilities of a song are one `f32` per
//! cell in the order measure, step, pitch ([`RollShape::cells`](crate::music::roll::RollShape::cells) of them).
//!
//! | module | question |
//! |---|---|
//! | [`reconstruction`] | how well does a model reconstruct a song? |
//! | [`average_precision`] | how well do probabilities rank the onsets, at all thresholds? |
//! | [`baselines`] | how well does a prediction without a model do? |
//! | [`structure`] | which measures of a song repeat, at which lag? |
//! | [`form`] | which motifs and phrases does a song have? |
//! | [`rhythm`] | which intervals are between attacks, and how similar are neighbouring measures? |
//! | [`features`] | density, register, tonality, rhythm of one song |
//! | [`diversity`] | do the songs of a set differ? |
//! | [`rank`] | do their probabilities differ in more than volume? |
//! | [`copying`] | is a generated song a copy of a training song? |
//! | [`two_sample`] | can two sets of songs be distinguished, feature by feature and together? |
//! | [`coder`] | how many bits does a note cost if one only counts? |
//! | [`critic`] | which of several generated songs are most like real ones? |
//! | [`judges`] | how accurately do judges separate generated from real songs? |
//! | [`latent`] | which units of a latent space carry information? |
//! | [`quartiles`] | quartiles, extremes and mean of many values |
//! | [`direction`] | for which metrics is larger better? |
//!
//! Faults of other implementations that are avoided: pitch classes are `pitch mod 12` (pypianoroll reshapes to
//! `pitch / 10`); groove similarity is given with that of random rhythms (0.85 on 96 steps); rates of empty measures count
//! the *empty* ones (pypianoroll counts the others); a song always has the measures of its shape (MusPy adds one if a note
//! ends on a bar line); squared error and accuracy are not reported, because silence has the best values on such sparse
//! rolls.

pub mod average_precision;
pub mod baselines;
pub mod coder;
pub mod copying;
pub mod critic;
pub mod direction;
pub mod diversity;
mod entropy;
pub mod features;
pub mod form;
mod jaccard;
pub mod judges;
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
