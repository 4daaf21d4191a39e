//! Finds the nearest training sample of each song over all alignments: transposed, and rotated to begin elsewhere.

use super::copying::Copying;
use super::reference::{ReferenceData, Song};
use super::scan_training::scan_training;
use super::shared_runs::longest_runs;
use crate::metrics::copying::alignment::{AlignableSong, Alignment};
use crate::metrics::copying::shortlist::{Candidate, Folds, Shortlists};
use crate::metrics::copying::{LongestRuns, Nearest};
use crate::stage_api::{Result, StageContext};
use crate::stages::spread::spread;
use rayon::prelude::*;

/// Candidates per song on which every alignment is tried.
pub(super) const SHORTLIST: usize = 128;
/// Maximum number of real songs for comparison, unless there are more generated songs.
const MAX_REAL: usize = 100;
/// Approximate number of pairs of songs on which every alignment is tried to measure the recall of the shortlist.
const CHECKED_PAIRS: usize = 500_000;
/// Minimum and maximum number of songs in these pairs.
const CHECKED_SONGS: (usize, usize) = (12, 100);

/// The nearest training sample of a song, and its alignment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NearestAligned {
    /// Index of the training sample.
    pub(super) candidate: u32,
    pub(super) alignment: Alignment,
}

impl NearestAligned {
    /// Returns the more similar of two; of equals the one with the lower index.
    fn better(self, other: Self) -> Self {
        let order = self.alignment.similarity.total_cmp(&other.alignment.similarity);
        if order.then(other.candidate.cmp(&self.candidate)).is_lt() { other } else { self }
    }
}

/// Accuracy of the shortlist, measured by trying every training sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Check {
    /// Number of songs in the check.
    pub(super) songs: usize,
    /// Share of them whose shortlist contains a nearest sample.
    pub(super) recall: f64,
    /// Mean difference between the highest similarity and the highest one in the shortlist.
    pub(super) shortfall: f64,
}

/// The nearest training sample of each song over all alignments; empty without training samples.
#[derive(Default)]
pub(super) struct AlignedCopying {
    /// Of the generated songs, in order.
    pub(super) generated: Vec<NearestAligned>,
    /// Of some of the validation samples.
    pub(super) real: Vec<NearestAligned>,
    /// The longest run of chords that each of these songs shares with a training sample, in the same order.
    pub(super) generated_runs: LongestRuns,
    pub(super) real_runs: LongestRuns,
    pub(super) check: Option<Check>,
    /// Upper bound of the similarity between a generated song and a training sample that was not tried.
    pub(super) untried: f64,
}

/// Compares every generated song, and some validation samples, with the training samples over all alignments.
pub(super) fn find_nearest_aligned(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    generated: &[Song],
    real: &[Song],
    exact: &Copying,
) -> Result<AlignedCopying> {
    let ReferenceData { training, shape, .. } = reference;
    if generated.is_empty() || training.is_empty() {
        return Ok(AlignedCopying::default());
    }
    let compared = match reference.validation.is_empty() {
        true => Vec::new(),
        false => spread(real.len(), generated.len().max(MAX_REAL)),
    };
    let songs: Vec<Song> =
        generated.iter().chain(compared.iter().map(|&index| &real[index])).cloned().collect();
    let exact = exact.generated.iter().chain(compared.iter().map(|&index| &exact.real[index]));
    let exact: Vec<Nearest> = exact.copied().collect();

    let lists = shortlists(context, reference, &songs)?;
    let alignable: Vec<AlignableSong> =
        songs.iter().map(|song| AlignableSong::new(song, shape)).collect();
    let best = |index: usize| {
        let listed = lists[index].iter().map(|candidate| candidate.song);
        let tried = listed.chain([exact[index].candidate]).map(|candidate| {
            let sample = AlignableSong::new(&training.measures(candidate as usize), shape);
            NearestAligned { candidate, alignment: alignable[index].nearest(&sample) }
        });
        tried.reduce(NearestAligned::better)
    };
    let mut found: Vec<NearestAligned> =
        (0..songs.len()).into_par_iter().filter_map(best).collect();
    let check = check_shortlists(context, reference, &songs, &alignable, &found)?;
    let real = found.split_off(generated.len());
    let mut generated_runs = longest_runs(context, reference, &songs)?;
    let real_runs = generated_runs.split_off(generated.len());
    // Lists are sorted by their bounds; one that is shorter than the limit holds every sample.
    let full = lists[..generated.len()].iter().filter(|list| list.len() == SHORTLIST);
    let untried = full.filter_map(|list| list.last()).map(|candidate| f64::from(candidate.bound));
    let untried = untried.fold(0.0, f64::max);
    Ok(AlignedCopying { generated: found, real, generated_runs, real_runs, check, untried })
}

/// Returns the most promising training samples of each song, the best first.
fn shortlists(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    songs: &[Song],
) -> Result<Vec<Vec<Candidate>>> {
    let folds = Folds::new(songs, reference.shape, SHORTLIST);
    let start = |_: &Shortlists| folds.new_state();
    let visit = |lists: &mut Shortlists, index, song: &[Vec<u16>]| folds.visit(lists, index, song);
    let (state, about) = (folds.new_state(), "aligned songs");
    let lists = scan_training(context, reference, about, state, start, visit, Shortlists::merge)?;
    Ok(lists.finish())
}

/// Tries every alignment of every training sample on some songs. Samples whose upper bound is below the highest
/// similarity so far are skipped, which does not change the result.
fn check_shortlists(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    songs: &[Song],
    alignable: &[AlignableSong],
    found: &[NearestAligned],
) -> Result<Option<Check>> {
    let ReferenceData { training, shape, .. } = reference;
    let (min, max) = CHECKED_SONGS;
    let chosen = spread(songs.len(), (CHECKED_PAIRS / training.len()).clamp(min, max));
    let listed: Vec<f64> = chosen.iter().map(|&song| found[song].alignment.similarity).collect();
    let chosen_songs: Vec<Song> = chosen.iter().map(|&song| songs[song].clone()).collect();
    let folds = Folds::new(&chosen_songs, *shape, 1);
    // The highest similarity of each song, and a buffer.
    type State = (Vec<f64>, Vec<u32>);
    let visit = |(best, shared): &mut State, _, measures: &[Vec<u16>]| {
        let mut candidate = None;
        let bounds = folds.bounds(shared, measures);
        for ((best, &song), bound) in best.iter_mut().zip(&chosen).zip(bounds) {
            // The bound is rounded; the margin keeps a sample that rounding would exclude.
            if f64::from(bound) + 1e-6 > *best {
                let candidate =
                    candidate.get_or_insert_with(|| AlignableSong::new(measures, shape));
                *best = best.max(alignable[song].nearest(candidate).similarity);
            }
        }
    };
    let merge = |mut a: State, b: State| {
        a.0.iter_mut().zip(b.0).for_each(|(a, b)| *a = a.max(b));
        a
    };
    let state = (listed.clone(), Vec::new());
    let (all, _) =
        scan_training(context, reference, "checking", state, Clone::clone, visit, merge)?;
    let count = chosen.len() as f64;
    let hits = listed.iter().zip(&all).filter(|(listed, all)| listed == all).count();
    let shortfall: f64 = listed.iter().zip(&all).map(|(listed, all)| all - listed).sum();
    Ok((!chosen.is_empty()).then(|| Check {
        songs: chosen.len(),
        recall: hits as f64 / count,
        shortfall: shortfall / count,
    }))
}
