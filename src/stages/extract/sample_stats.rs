//! Statistics of a sample for the overview.

use crate::columnar::SampleView;
use crate::metrics::structure::distinct_measures;
use crate::music::meter::TimeSignature;
use crate::music::roll::RollShape;

/// Statistics of a sample. Small, because those of a whole corpus are in memory at once.
pub(super) struct SampleStats {
    first_measure: u32,
    onsets: u32,
    range: Option<(i32, i32)>,
    distinct_measures: u32,
    pub(super) signature: TimeSignature,
    density: f64,
    beat_strength: Option<f64>,
    mean_pitch: Option<f64>,
}

impl SampleStats {
    /// Returns the overview's row, except song, group, path and split.
    pub(super) fn row<'a>(&self, time_signature: &'a str) -> SampleView<'a> {
        SampleView {
            split: "",
            group: "",
            song: "",
            path: "",
            first_measure: self.first_measure,
            onsets: self.onsets,
            lowest: self.range.map(|(low, _)| low),
            highest: self.range.map(|(_, high)| high),
            distinct_measures: self.distinct_measures,
            time_signature,
            density: self.density,
            beat_strength: self.beat_strength,
            mean_pitch: self.mean_pitch,
        }
    }
}

/// Computes the statistics of samples on a grid.
pub(super) struct SampleAnalyzer {
    shape: RollShape,
    /// The last sample's time signature, and whether each step is on one of its beats.
    beats: Option<(TimeSignature, Vec<bool>)>,
}

impl SampleAnalyzer {
    pub(super) fn new(shape: RollShape) -> Self {
        Self { shape, beats: None }
    }

    /// Computes the statistics of a sample.
    pub(super) fn analyze(
        &mut self,
        first_measure: u64,
        signature: TimeSignature,
        measures: &[&[u16]],
    ) -> SampleStats {
        // At most 65535 steps and 128 pitches.
        let (steps, pitches) = (self.shape.steps() as u32, self.shape.pitches() as u16);
        let lowest_pitch = self.shape.lowest_pitch();
        let last = self.beats.take().filter(|(of, _)| *of == signature);
        let (_, beats) = self.beats.insert(last.unwrap_or_else(|| {
            (signature, (0..steps).map(|step| signature.is_on_beat(step, steps)).collect())
        }));
        // A multiplication replaces the division of cells; it is exact for 16 bits divided by 8 bits.
        let per_pitches = (1_u64 << 32) / u64::from(pitches) + 1;
        let (mut onsets, mut on_beat, mut rows) = (0_usize, 0_usize, 0_u64);
        let mut range: Option<(u16, u16)> = None;
        for &cell in measures.iter().copied().flatten() {
            let step = ((u64::from(cell) * per_pitches) >> 32) as u16;
            let row = cell - step * pitches;
            onsets += 1;
            on_beat += usize::from(beats.get(usize::from(step)).copied().unwrap_or_default());
            rows += u64::from(row);
            range = Some(range.map_or((row, row), |(low, high)| (low.min(row), high.max(row))));
        }
        let pitch = |row: u16| i32::from(row) + i32::from(lowest_pitch);
        let share = |part: f64| (onsets > 0).then(|| part / onsets as f64);
        let pitches = rows as f64 + onsets as f64 * f64::from(lowest_pitch);
        let cells = self.shape.cells_per_measure() * measures.len();
        SampleStats {
            first_measure: u32::try_from(first_measure).unwrap_or(u32::MAX),
            onsets: u32::try_from(onsets).unwrap_or(u32::MAX),
            range: range.map(|(low, high)| (pitch(low), pitch(high))),
            distinct_measures: u32::try_from(distinct_measures(measures)).unwrap_or(u32::MAX),
            signature,
            density: onsets as f64 / cells.max(1) as f64,
            beat_strength: share(on_beat as f64),
            mean_pitch: share(pitches),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_and_pitch_of_every_cell_are_exact() {
        for pitches in [1, 2, 3, 7, 96, 127, 128] {
            let steps = ((1 << 16) / pitches).min(u32::from(u16::MAX));
            let shape = RollShape::new(1, steps, pitches, 0).unwrap();
            let mut analyzer = SampleAnalyzer::new(shape);
            for cell in (0..=u16::MAX).take(shape.cells()) {
                let sample = analyzer.analyze(0, TimeSignature::COMMON, &[&[cell]]);
                let sample = sample.row("4/4");
                assert_eq!(sample.lowest, Some(shape.row(cell) as i32), "{pitches}");
            }
        }
    }
}
