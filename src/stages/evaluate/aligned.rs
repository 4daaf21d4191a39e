//! The training sample that is most like each song when it may be played higher and begin elsewhere.

use super::ReferenceData;
use super::copying::Copying;
use super::reconstruction::spread;
use super::scan_training::scan_training;
use crate::metrics::copying::Nearest;
use crate::metrics::copying::alignment::{AlignableSong, Alignment};
use crate::metrics::copying::shortlist::{Candidate, Folds, Shortlists};
use crate::stage_api::{StageContext, StageError};
use rayon::prelude::*;

/// Candidates on which every move is tried, for each song.
pub(super) const SHORTLIST: usize = 128;
/// ReferenceData songs that are the baseline, at most, and at least as many as were drawn where there are enough.
const MIN_BASELINE: usize = 100;
/// Pairs of songs on which every move is tried to see what the shortlist misses, about.
const CHECKED_PAIRS: usize = 500_000;
/// Songs for which that is done: at least so many, and at most.
const CHECKED_SONGS: (usize, usize) = (12, 100);

/// What is most like a song, and how it must be moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct NearestAligned {
    /// The training sample.
    pub(super) candidate: u32,
    /// Its move.
    pub(super) moved: Alignment,
}

impl NearestAligned {
    /// Of two, the more similar one, and of equals the one of the lower number.
    fn better(self, other: Self) -> Self {
        let order = self.moved.similarity.total_cmp(&other.moved.similarity);
        if order.then(other.candidate.cmp(&self.candidate)).is_lt() { other } else { self }
    }
}

/// What the shortlist misses, measured by trying every training sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Check {
    /// Songs for which that was done.
    pub(super) songs: usize,
    /// Share of them for which the shortlist held one that is as alike as any.
    pub(super) recall: f64,
    /// By how much less alike the shortlist's best is, on the mean.
    pub(super) shortfall: f64,
}

/// What was found; nothing where there are no training samples.
#[derive(Default)]
pub(super) struct AlignedCopying {
    /// For the drawn songs, in their order.
    pub(super) drawn: Vec<NearestAligned>,
    /// For some of the validation samples.
    pub(super) real: Vec<NearestAligned>,
    pub(super) check: Option<Check>,
    /// No training sample that was not tried is more like a drawn song than this, whatever its move.
    pub(super) untried: f64,
}

/// Compares every drawn song, and some validation samples, with the training samples over all moves.
pub(super) fn moved(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    drawn: &[Vec<Vec<u16>>],
    real: &[Vec<Vec<u16>>],
    unmoved: &Copying,
) -> Result<AlignedCopying, StageError> {
    let ReferenceData { training, shape, .. } = reference;
    if drawn.is_empty() || training.is_empty() {
        return Ok(AlignedCopying::default());
    }
    let places = match reference.held.is_empty() {
        true => Vec::new(),
        false => spread(real.len(), drawn.len().max(MIN_BASELINE)),
    };
    let baseline: Vec<_> = places.iter().map(|&place| real[place].clone()).collect();
    let songs = [drawn, &baseline].concat();
    let exact = unmoved.drawn.iter().chain(places.iter().map(|&place| &unmoved.real[place]));
    let exact: Vec<Nearest> = exact.copied().collect();

    let lists = shortlists(context, reference, &songs)?;
    let movable: Vec<AlignableSong> =
        songs.iter().map(|song| AlignableSong::of(song, shape)).collect();
    let best = |place: usize| {
        let listed = lists[place].iter().map(|candidate| candidate.song);
        let tried = listed.chain([exact[place].candidate]).map(|candidate| NearestAligned {
            candidate,
            moved: movable[place]
                .nearest(&AlignableSong::of(&training.measures(candidate as usize), shape)),
        });
        tried.reduce(NearestAligned::better)
    };
    let mut found: Vec<NearestAligned> =
        (0..songs.len()).into_par_iter().filter_map(best).collect();
    let check = check(context, reference, &songs, &movable, &found)?;
    let real = found.split_off(drawn.len());
    // Lists are in order of their bounds; a short one holds every sample.
    let ends = lists[..drawn.len()].iter().filter(|list| list.len() == SHORTLIST);
    let untried = ends.filter_map(|list| list.last()).map(|candidate| f64::from(candidate.bound));
    Ok(AlignedCopying { drawn: found, real, check, untried: untried.fold(0.0, f64::max) })
}

/// The likeliest training samples of each song, the likeliest first.
fn shortlists(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    songs: &[Vec<Vec<u16>>],
) -> Result<Vec<Vec<Candidate>>, StageError> {
    let ReferenceData { training, shape, .. } = reference;
    let folds = Folds::new(songs, *shape, SHORTLIST);
    let visit = |found: &mut Shortlists, index, measures: &[Vec<u16>]| {
        folds.visit(found, index, measures);
    };
    let (nothing, about) = (folds.new_state(), "moved songs");
    let begin = |_: &Shortlists| folds.new_state();
    let found = scan_training(context, training, about, nothing, begin, visit, Shortlists::merge)?;
    Ok(found.finish())
}

/// Tries every move of every training sample on some songs. A sample that cannot be more alike than what is
/// reference already is passed over, which changes nothing in what is found.
fn check(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    songs: &[Vec<Vec<u16>>],
    movable: &[AlignableSong],
    found: &[NearestAligned],
) -> Result<Option<Check>, StageError> {
    let ReferenceData { training, shape, .. } = reference;
    let (least, most) = CHECKED_SONGS;
    let chosen = spread(songs.len(), (CHECKED_PAIRS / training.len()).clamp(least, most));
    let listed: Vec<f64> = chosen.iter().map(|&song| found[song].moved.similarity).collect();
    let of_chosen: Vec<_> = chosen.iter().map(|&song| songs[song].clone()).collect();
    let folds = Folds::new(&of_chosen, *shape, 1);
    let visit = |(best, shared): &mut (Vec<f64>, Vec<u32>), _, measures: &[Vec<u16>]| {
        let mut candidate = None;
        let bounds = folds.bounds(shared, measures);
        for ((best, &song), bound) in best.iter_mut().zip(&chosen).zip(bounds) {
            // A bound is rounded, and rounding must not hide a sample.
            if f64::from(bound) + 1e-6 > *best {
                let candidate = candidate.get_or_insert_with(|| AlignableSong::of(measures, shape));
                *best = best.max(movable[song].nearest(candidate).similarity);
            }
        }
    };
    let larger = |mut a: (Vec<f64>, Vec<u32>), b: (Vec<f64>, Vec<u32>)| {
        a.0.iter_mut().zip(b.0).for_each(|(a, b)| *a = a.max(b));
        a
    };
    let (nothing, begin) = ((listed.clone(), Vec::new()), Clone::clone);
    let (all, _) = scan_training(context, training, "checking", nothing, begin, visit, larger)?;
    let count = chosen.len() as f64;
    let same = listed.iter().zip(&all).filter(|(listed, all)| listed == all).count();
    let short: f64 = listed.iter().zip(&all).map(|(listed, all)| all - listed).sum();
    Ok((!chosen.is_empty()).then(|| Check {
        songs: chosen.len(),
        recall: same as f64 / count,
        shortfall: short / count,
    }))
}
