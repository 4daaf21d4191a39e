//! Samples: windows of consecutive measures.

use super::{Measures, QuantizedScore, Segment};
use crate::meter::TimeSignature;
use std::num::NonZeroUsize;

/// Consecutive measures of one meter: a view into a [`QuantizedScore`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The meter.
    pub signature: TimeSignature,
    /// First measure, counted from the start of the file, silent ones included.
    pub first_measure: u64,
    /// The measures of the segment, the first one of the sample, and their number.
    within: (&'a Measures, usize, usize),
}

impl<'a> Sample<'a> {
    /// Iterates over the set cells of each measure, ascending.
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
    /// Iterates over the windows of `measures` measures, each starting `hop` measures after the one before, the first
    /// `offset` measures after the start of its segment. None crosses a change of meter; an incomplete window at the end
    /// of a segment is left out. A window may be silent.
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
