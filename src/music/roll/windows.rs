//! Samples: windows of consecutive measures.

use super::{Gridded, Measure, Segment};
use crate::music::meter::TimeSignature;
use std::num::NonZeroUsize;

/// Consecutive measures of one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The meter.
    pub signature: TimeSignature,
    /// Its first measure, counted from the start of the file, silent ones too.
    pub first_measure: u64,
    /// As many measures as were asked for.
    pub measures: &'a [Measure],
}

impl Sample<'_> {
    /// Set cells in all measures.
    pub fn onsets(&self) -> usize {
        self.measures.iter().map(|measure| measure.len()).sum()
    }
}

impl Gridded {
    /// All windows of so many measures, each starting `hop` measures after the one before, the first
    /// `offset` measures after the start of its segment. None crosses a change of meter; what is left at
    /// the end of a segment is left out. A window may be silent throughout.
    pub fn windows(
        &self,
        measures: NonZeroUsize,
        hop: NonZeroUsize,
        offset: usize,
    ) -> impl Iterator<Item = Sample<'_>> {
        self.segments.iter().flat_map(move |segment: &Segment| {
            let windows = segment.measures.windows(measures.get());
            windows.enumerate().skip(offset).step_by(hop.get()).map(|(index, measures)| Sample {
                signature: segment.signature,
                first_measure: segment.first_measure + index as u64,
                measures,
            })
        })
    }
}
