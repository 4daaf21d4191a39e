//! The verdicts of the judges.
//!
//! Every set of songs is compared with the same real songs: judging samples if the corpus has them, as no setting was
//! chosen on these, otherwise the samples that the model is evaluated on. One sample of each group comes first, so that
//! the songs are as independent as the corpus allows.

use super::reconstruction::ReconstructionEval;
use super::reference::{ReferenceData, Song};
use crate::columnar::SampleSet;
use crate::metrics::baselines::shuffled;
use crate::metrics::judges::{Clue, Evidence, Judge, Sides, Verdict, choose, clues, corrupted};
use crate::stage_api::{Result, StageContext};
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use strum::{IntoStaticStr, VariantArray};

/// Maximum number of songs in a set.
pub(super) const MAX_SONGS: usize = 500;
/// Number of counts that are reported as clues.
const CLUES: usize = 12;

/// A set of songs that judges compare with real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum JudgedSet {
    /// Generated songs.
    Drawn,
    /// Density-matched reconstructions of real songs.
    Reconstructed,
    /// Training samples.
    Train,
    /// Training samples, each with its measures in random order.
    Shuffled,
    /// Other real songs: the accuracy is the judge's null.
    Null,
    /// Those with some notes moved: the accuracy is the judge's power.
    Power,
}

/// The verdicts of all judges.
pub(super) struct Judging {
    /// The side of the split that real songs are from.
    pub(super) side: &'static str,
    /// Generated songs, and as many real ones.
    pub(super) songs: usize,
    /// Other real songs, for null and power.
    pub(super) others: usize,
    /// By judge, in the order of [`Judge::ALL`], then by set.
    verdicts: Vec<Vec<Option<Verdict>>>,
    pub(super) clues: Vec<Clue>,
}

impl Judging {
    /// Judges generated songs; without any, nothing is judged.
    pub(super) fn compute(
        context: &StageContext<'_>,
        reference: &ReferenceData,
        generated: &[Song],
        reconstruction: &ReconstructionEval,
    ) -> Result<Self> {
        let (side, samples) = reference.judged();
        let size = generated.len().min(MAX_SONGS);
        let Sides { real, other } = Sides::new(&samples.groups(), size);
        let real = evidence_of(reference, &real, |index| sample(samples, index));
        let (songs, others) = (real.len().min(size), other.len());
        let set = |set: JudgedSet| match set {
            JudgedSet::Drawn => {
                let drawn: Vec<usize> = (0..size).map(|at| at * generated.len() / size).collect();
                evidence_of(reference, &drawn, |index| {
                    (generated[index].clone(), format!("generated song {index}"))
                })
            }
            JudgedSet::Reconstructed => {
                let songs = &reconstruction.reconstructed;
                let groups: Vec<&str> = songs.iter().map(|(_, group)| group.as_str()).collect();
                evidence_of(reference, &choose(&groups, size), |index| songs[index].clone())
            }
            JudgedSet::Train => training_evidence(reference, size, |song, _| song),
            JudgedSet::Shuffled => {
                training_evidence(reference, size, |song, index| shuffled(&song, index as u64))
            }
            JudgedSet::Null => evidence_of(reference, &other, |index| sample(samples, index)),
            JudgedSet::Power => evidence_of(reference, &other, |index| {
                let (song, group) = sample(samples, index);
                (corrupted(&song, &reference.shape, index as u64), group)
            }),
        };
        let sets: Vec<Vec<Evidence>> = JudgedSet::VARIANTS.iter().map(|&it| set(it)).collect();
        let (done, count) = (AtomicU64::new(0), (Judge::ALL.len() * sets.len()) as u64);
        let compare = |judge: Judge, set: &Vec<Evidence>| {
            context.cancel.check()?;
            let verdict = judge.compare(&real, set);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            context.report.progress("verdicts", done, count, "");
            Ok(verdict)
        };
        let by_set = |&judge: &Judge| sets.par_iter().map(|set| compare(judge, set)).collect();
        let verdicts: Result<Vec<_>> = Judge::ALL.par_iter().map(by_set).collect();
        let drawn = &sets[JudgedSet::Drawn as usize];
        let clues = match drawn.is_empty() || real.is_empty() {
            true => Vec::new(),
            false => clues(&real, drawn, &reference.shape, CLUES),
        };
        Ok(Self { side, songs, others, verdicts: verdicts?, clues })
    }

    /// Returns the verdict of a judge on a set; `None` if there are too few songs.
    pub(super) fn verdict(&self, judge: Judge, set: JudgedSet) -> Option<Verdict> {
        self.verdicts[judge as usize][set as usize]
    }

    /// Returns the judge that recognizes most generated songs, and its verdict.
    pub(super) fn worst(&self) -> Option<(Judge, Verdict)> {
        let verdict = |&judge: &Judge| Some((judge, self.verdict(judge, JudgedSet::Drawn)?));
        let verdicts = Judge::ALL.iter().filter_map(verdict);
        verdicts.reduce(|best, it| if it.1.accuracy > best.1.accuracy { it } else { best })
    }
}

/// Returns the evidence of chosen songs, each with its group.
fn evidence_of(
    reference: &ReferenceData,
    chosen: &[usize],
    song: impl Fn(usize) -> (Song, String) + Sync,
) -> Vec<Evidence> {
    let evidence = |&index: &usize| {
        let (song, group) = song(index);
        Evidence::new(&song, &group, &reference.shape)
    };
    chosen.par_iter().map(evidence).collect()
}

/// Returns the evidence of changed training samples; none if real songs are training samples too.
fn training_evidence(
    reference: &ReferenceData,
    size: usize,
    change: impl Fn(Song, usize) -> Song + Sync,
) -> Vec<Evidence> {
    let ReferenceData { training, .. } = reference;
    if reference.is_judged_by_training() {
        return Vec::new();
    }
    evidence_of(reference, &choose(&training.groups(), size), |index| {
        let (song, group) = sample(training, index);
        (change(song, index), group)
    })
}

fn sample(samples: &SampleSet, index: usize) -> (Song, String) {
    (samples.measures(index), samples.meta(index).group.to_owned())
}
