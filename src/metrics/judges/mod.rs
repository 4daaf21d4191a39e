//! Judges: classifiers that separate two sets of songs, each with its accuracy on songs that it has not seen.
//!
//! | judge | sees | decides by |
//! |---|---|---|
//! | [`Judge::Features`] | the [features](super::features) | logistic regression |
//! | [`Judge::Neighbour`] | the [features](super::features) | the nearest song that it knows |
//! | [`Judge::Counts`] | some eight hundred [`counts`] | logistic regression |
//! | [`Judge::Trees`] | the same counts | gradient-[boosted trees](trees) |
//! | [`Judge::Notes`] | the surroundings of each [note](notes) | a small network |
//!
//! An accuracy of 0.5 is a guess, 1 is always right. It is cross-validated in five folds by group: songs of one group are
//! never on both sides of a fold, so a judge cannot recognize a piece. Two more accuracies of a judge are
//! needed to read one: its *null*, on real songs against other real songs, and its *power*, on real songs against
//! [`corrupted`] ones. A judge without power finds no fault in any song. Settings of the judges were chosen by
//! their null and their power alone, never by generated songs.
//!
//! The worst of several judges is the one with the highest accuracy. Choosing it is a choice among five numbers, so even
//! on sets of one kind it is above 0.5: about 0.54 with 300 songs in each set, 0.6 with 16.
//!
//! On 300 songs of `vgm-dev`, one of each group, the power of the five is 0.81, 0.63, 0.79, 0.90 and 0.80, and the null
//! within 0.46 and 0.50.

mod chords;
mod clues;
mod compare;
mod corrupt;
pub mod counts;
mod evidence;
mod folds;
mod interval;
pub mod notes;
pub(super) mod regression;
mod sides;
pub mod trees;

pub(super) use chords::chords;
pub use clues::{Clue, clues};
pub use compare::{Judge, Verdict};
pub use corrupt::{MOVED, corrupted};
pub use evidence::Evidence;
pub use sides::{Sides, choose};
