//! The longest run of chords that songs share with a training sample.

use super::reference::{ReferenceData, Song};
use super::scan_training::scan_training;
use crate::metrics::copying::{LongestRuns, Runs};
use crate::stage_api::{Result, StageContext};

/// Compares songs with every training sample. Returns the longest shared run of each song, in moves.
pub(super) fn longest_runs(
    context: &StageContext<'_>,
    reference: &ReferenceData,
    songs: &[Song],
) -> Result<LongestRuns> {
    let runs = Runs::new(songs, reference.shape);
    let start = |_: &LongestRuns| runs.new_state();
    let visit = |found: &mut LongestRuns, _: u32, sample: &[Vec<u16>]| runs.visit(found, sample);
    let state = runs.new_state();
    scan_training(context, reference, "shared runs", state, start, visit, Runs::merge)
}
