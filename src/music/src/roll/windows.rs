//! Samples: windows of consecutive measures.

use super::{Measures, QuantizedScore, Segment};
use crate::meter::TimeSignature;
use std::num::NonZeroUsize;

/// Consecutive measures of one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The meter.
    pub signature: TimeSignature,
    /// Its first measure, counted from the start of the file, silent ones too.
    pub first_measure: u64,
    /// All measures of the segment that it is of, the first of its own, and how many.
    within: (&'a Measures, usize, usize),
}

impl<'a> Sample<'a> {
    /// The set cells of each measure, ascending; as many measures as were asked for.
    pub fn measures(
        &self,
    ) -> impl DoubleEndedIterator<Item = &'a [u16]> + ExactSizeIterator + Clone + use<'a> {
        let (measures, first, count) = self.within;
        measures.slice(first, count)
    }

    /// Set cells in all measures.
    pub fn onsets(&self) -> usize {
        let (measures, first, count) = self.within;
        measures.onsets_in(first, count)
    }
}

impl QuantizedScore {
    /// All windows of so many measures, each starting `hop` measures after the one before, the first
    /// `offset` measures after the start of its segment. None crosses a change of meter; what is left at
    /// the end of a segment is left out. A window may be silent throughout.
    pub fn windows(
        &self,
        measures: NonZeroUsize,
        hop: NonZeroUsize,
        offset: usize,
    ) -> impl Iterator<Item = Sample<'_>> {
        let count = measures.get();
        self.segments.iter().flat_map(move |segment: &Segment| {
            let starts = (segment.measures.len() + 1).saturating_sub(count);
            (offset..starts).step_by(hop.get()).map(move |first| Sample {
                signature: segment.signature,
                first_measure: segment.first_measure + first as u64,
                within: (&segment.measures, first, count),
            })
        })
    }
}
