//! Walks over all training samples on every core, telling how far it is and stopping when asked to.

use crate::columnar::SampleSet;
use crate::stage_api::{StageContext, StageError};
use rayon::prelude::*;

/// Training samples between two looks at whether to stop.
const STRETCH: usize = 4096;
/// Training samples that one thread walks over at least: each scan_training has results of its own to merge.
const WALK: usize = 256;

/// What is found in training samples, from `found`, which is what nothing finds: threads start at what `begin` makes of
/// what was found before their stretch, `visit` each sample by its number and measures, and their finds are merged.
/// `about` is what a person reads of it. Which samples a thread gets is chance, so `merge` must not care.
pub(super) fn scan_training<F: Send + Sync>(
    context: &StageContext<'_>,
    training: &SampleSet,
    about: &str,
    mut found: F,
    begin: impl Fn(&F) -> F + Sync,
    visit: impl Fn(&mut F, u32, &[Vec<u16>]) + Sync,
    merge: impl Fn(F, F) -> F + Sync,
) -> Result<F, StageError> {
    for first in (0..training.len()).step_by(STRETCH) {
        context.cancel.check()?;
        let end = training.len().min(first + STRETCH);
        let step = |mut found: F, index: usize| {
            visit(&mut found, index as u32, &training.measures(index));
            found
        };
        let stretch = (first..end).into_par_iter().with_min_len(WALK);
        let stretch = stretch.fold(|| begin(&found), step);
        let seen = stretch.reduce(|| begin(&found), &merge);
        found = merge(found, seen);
        context.report.progress("samples", end as u64, training.len() as u64, about);
    }
    Ok(found)
}
