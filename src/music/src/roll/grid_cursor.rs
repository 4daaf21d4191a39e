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
    /// The segment of the last tick, and its number of measures.
    segment: usize,
    measures: Option<u64>,
    /// The measure of the last tick, and its first step.
    measure: u64,
    first_step: u64,
}

impl<'a> GridCursor<'a> {
    pub(super) fn new(meter: &'a [MeterSegment], steps: u16) -> Self {
        let measures = meter.first().and_then(MeterSegment::measures);
        Self { meter, steps, segment: 0, measures, measure: 0, first_step: 0 }
    }

    #[inline]
    pub(super) fn find(&mut self, tick: Tick) -> GridPosition {
        while self.meter[self.segment].end.is_some_and(|end| end <= tick) {
            self.segment += 1;
            self.measures = self.meter[self.segment].measures();
            (self.measure, self.first_step) = (0, 0);
        }
        let here = &self.meter[self.segment];
        let (step, on_grid) = here.measure.nearest(tick.0 - here.start.0, self.steps);
        let steps = u64::from(self.steps);
        // Most ticks are in the measure of the one before, and a division is slow.
        if step - self.first_step >= steps {
            self.measure = step / steps;
            self.first_step = self.measure * steps;
        }
        match self.measures {
            // Rounded up beyond the end of the segment: the first step of the next one.
            Some(measures) if self.measure >= measures => {
                GridPosition { segment: self.segment + 1, measure: 0, step: 0, on_grid }
            }
            _ => {
                let step = (step - self.first_step) as u16; // below the grid's steps
                GridPosition { segment: self.segment, measure: self.measure, step, on_grid }
            }
        }
    }
}
