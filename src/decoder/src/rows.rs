//! Numbering of the rows of a sparse layer.

/// Hands out consecutive rows.
#[derive(Debug, Default)]
pub(crate) struct RowCounter(usize);

impl RowCounter {
    /// Returns the first of `count` new rows.
    pub(crate) fn take(&mut self, count: usize) -> usize {
        let first = self.0;
        self.0 += count;
        first
    }

    pub(crate) fn total(&self) -> usize {
        self.0
    }
}

/// Classes of distances in time, two per octave: below 1.41 steps, 2, 2.8, 4, ...
pub(crate) const GAPS: usize = 24;

/// Returns the class of a distance in steps, at least 1.
pub(crate) fn gap(steps: usize) -> usize {
    let octave = steps.max(1).ilog2() as usize;
    // The square of a number is at least twice that of a power of two if it is beyond the middle of the octave.
    let upper = usize::from((steps * steps) >> (2 * octave) >= 2);
    (2 * octave + upper).min(GAPS - 1)
}

/// Maps a probability to about -1..=2: -4 and 4 are the logits of 0.018 and 0.98.
pub(crate) fn scaled_logit(probability: f32) -> f32 {
    let p = probability.clamp(1e-6, 1.0 - 1e-6);
    ((p / (1.0 - p)).ln() + 4.0).clamp(-4.0, 8.0) / 4.0
}

/// Maps an expected count to about -1.5..=1: its logarithm, with small counts cut off.
pub(crate) fn scaled_log(expected: f32) -> f32 {
    (expected.max(1e-4).ln() + 3.0).max(-4.0) / 3.0
}
