//! Scans the training samples in parallel, with progress and cancellation.

use super::reference::ReferenceData;
use crate::stage_api::{Result, StageContext};
use rayon::prelude::*;

/// Training samples between two checks for cancellation.
const BATCH: usize = 4096;
/// Minimum number of training samples per thread: each range has an accumulator of its own to merge.
const MIN_RANGE: usize = 256;

/// Folds all training samples into an accumulator that starts as `total`. Each thread folds a range of samples, by
/// index and measures, into an accumulator that `start` derives from the total so far; `merge` joins them. Ranges vary
/// from run to run, so `merge` must not depend on order. `about` is shown with the progress.
pub(super) fn scan_training<A: Send + Sync>(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    about: &str,
    mut total: A,
    start: impl Fn(&A) -> A + Sync,
    visit: impl Fn(&mut A, u32, &[Vec<u16>]) + Sync,
    merge: impl Fn(A, A) -> A + Sync,
) -> Result<A> {
    let training = &reference.training;
    let fold = |mut found: A, index: usize| {
        visit(&mut found, index as u32, &training.measures(index));
        found
    };
    for first in (0..training.len()).step_by(BATCH) {
        context.cancel.check()?;
        let end = training.len().min(first + BATCH);
        let batch = (first..end).into_par_iter().with_min_len(MIN_RANGE);
        let found = batch.fold(|| start(&total), fold).reduce(|| start(&total), &merge);
        total = merge(total, found);
        context.report.progress("samples", end as u64, training.len() as u64, about);
    }
    Ok(total)
}
