//! Builds measures, with the silent ones between them.

use super::Measures;
use super::quantized_score::{MAX_MEASURES, QuantizeError, Segment, first_measures};
use crate::meter::MeterSegment;

/// Collects cells, in the order of (segment, measure), into measures.
pub(super) struct MeasureBuilder<'a> {
    meter: &'a [MeterSegment],
    /// Steps per measure.
    steps: u16,
    segments: Vec<Segment>,
    /// Notes for which the next segment reserves room: those of the piece, then none.
    notes: usize,
    first_measures: Vec<u64>,
    /// Segment and measure of the open measure.
    at: Option<(usize, u64)>,
    measures: u64,
    leading: u64,
}

impl<'a> MeasureBuilder<'a> {
    pub(super) fn new(meter: &'a [MeterSegment], steps: u16, notes: usize) -> Self {
        Self {
            first_measures: first_measures(meter, steps),
            meter,
            steps,
            segments: Vec::new(),
            notes,
            at: None,
            measures: 0,
            leading: 0,
        }
    }

    /// Opens a measure of a segment, if it is not open.
    #[inline]
    pub(super) fn advance_to(&mut self, here: (usize, u64)) -> Result<(), QuantizeError> {
        if self.at == Some(here) { Ok(()) } else { self.open(here) }
    }

    fn open(&mut self, here: (usize, u64)) -> Result<(), QuantizeError> {
        match self.at {
            None => {
                self.leading = self.first_measures[here.0].saturating_add(here.1);
                self.start_segment(here.0, here.1);
            }
            Some(before) => {
                self.close();
                self.fill(before, here)?;
            }
        }
        self.at = Some(here);
        Ok(())
    }

    /// Appends the silent measures between `from` and `to`.
    fn fill(&mut self, from: (usize, u64), to: (usize, u64)) -> Result<(), QuantizeError> {
        let measures = |segment: &MeterSegment| segment.measures(self.steps).unwrap_or(0);
        let ends = self.meter[from.0..to.0].iter().map(measures);
        let starts = [from.1 + 1].into_iter().chain(std::iter::repeat(0));
        let gaps = ends.chain([to.1]).zip(starts);
        let gaps: Vec<u64> = gaps.map(|(end, start)| end.saturating_sub(start)).collect();
        let silent = gaps.iter().fold(0, |sum: u64, &gap| sum.saturating_add(gap));
        self.measures = self.measures.saturating_add(silent);
        if self.measures >= MAX_MEASURES {
            return Err(QuantizeError::AbsurdLength(self.measures.saturating_add(1)));
        }
        for (index, &gap) in gaps.iter().enumerate() {
            // A segment may be too short for a measure.
            if index > 0 && (gap > 0 || from.0 + index == to.0) {
                self.start_segment(from.0 + index, 0);
            }
            self.silence(gap);
        }
        Ok(())
    }

    fn start_segment(&mut self, segment: usize, measure: u64) {
        let signature = self.meter[segment].signature;
        let first_measure = self.first_measures[segment].saturating_add(measure);
        // Most pieces have one segment.
        let measures = Measures::with_capacity(std::mem::take(&mut self.notes));
        self.segments.push(Segment { signature, first_measure, measures });
    }

    fn silence(&mut self, measures: u64) {
        if let Some(segment) = self.segments.last_mut() {
            segment.measures.push_silence(measures as usize); // below MAX_MEASURES
        }
    }

    fn close(&mut self) {
        if let Some(segment) = self.segments.last_mut() {
            segment.measures.close();
            self.measures += 1;
        }
    }

    /// Puts a cell into the open measure.
    #[inline]
    pub(super) fn put(&mut self, cell: u16) {
        if let Some(segment) = self.segments.last_mut() {
            segment.measures.put(cell);
        }
    }

    /// Returns the segments, and the number of silent measures before them.
    pub(super) fn finish(mut self) -> (Vec<Segment>, u64) {
        self.close();
        (self.segments, self.leading)
    }
}
