//! Finds the measure and step of ticks.

use crate::meter::MeterSegment;
use crate::note::Tick;

/// The position of a tick on the grid.
#[derive(Clone, Copy)]
pub(super) struct GridPosition {
    pub(super) segment: usize,
    pub(super) measure: u64,
    pub(super) step: u16,
    pub(super) on_grid: bool,
}

/// Finds the positions of ascending ticks.
pub(super) struct GridCursor<'a> {
    meter: &'a [MeterSegment],
    steps: u16,
    /// The segment of the last tick, and its number of steps.
    segment: usize,
    end: u64,
    /// The measure of the last tick, and its first step.
    measure: u64,
    first_step: u64,
}

impl<'a> GridCursor<'a> {
    pub(super) fn new(meter: &'a [MeterSegment], steps: u16) -> Self {
        let mut cursor = Self { meter, steps, segment: 0, end: 0, measure: 0, first_step: 0 };
        cursor.start_segment(0);
        cursor
    }

    fn start_segment(&mut self, segment: usize) {
        let steps = self.meter.get(segment).and_then(|segment| segment.steps(self.steps));
        self.end = steps.unwrap_or(u64::MAX);
        (self.segment, self.measure, self.first_step) = (segment, 0, 0);
    }

    /// Returns the first segment from `segment` on that has a measure.
    fn sounding_segment(&self, segment: usize) -> usize {
        let has_measure = |segment: &MeterSegment| segment.steps(self.steps) != Some(0);
        segment + self.meter[segment..].iter().position(has_measure).unwrap_or(0)
    }

    #[inline]
    pub(super) fn find(&mut self, tick: Tick) -> GridPosition {
        while self.meter[self.segment].end.is_some_and(|end| end <= tick) {
            self.start_segment(self.segment + 1);
        }
        let here = &self.meter[self.segment];
        let (step, on_grid) = here.measure.nearest(tick.0 - here.start.0, self.steps);
        // Rounded up beyond the end of the segment, or of a measure that it cuts short: the next one's first step. The
        // last segment has no end.
        if step >= self.end && self.segment + 1 < self.meter.len() {
            let segment = self.sounding_segment(self.segment + 1);
            return GridPosition { segment, measure: 0, step: 0, on_grid };
        }
        let steps = u64::from(self.steps);
        // Most ticks are in the measure of the one before, and a division is slow.
        if step - self.first_step >= steps {
            self.measure = step / steps;
            self.first_step = self.measure * steps;
        }
        let step = (step - self.first_step) as u16; // below the grid's steps
        GridPosition { segment: self.segment, measure: self.measure, step, on_grid }
    }
}
