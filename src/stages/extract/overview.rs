//! What the overview tells of a sample.

use crate::columnar::SampleRow;
use crate::metrics::structure::distinct_measures;
use crate::music::meter::TimeSignature;
use crate::music::roll::Grid;

/// Describes samples on a grid.
pub(super) struct Overview {
    steps: u16,
    pitches: u16,
    lowest_pitch: i32,
}

impl Overview {
    pub(super) fn of(grid: &Grid) -> Self {
        let (steps, pitches) = (grid.steps(), u16::from(grid.pitches()));
        Self { steps, pitches, lowest_pitch: grid.lowest_pitch().into() }
    }

    /// A sample's row; its song, group, path and side are open.
    pub(super) fn row(
        &self,
        first_measure: u64,
        signature: TimeSignature,
        measures: &[&[u16]],
    ) -> SampleRow {
        let beats: Vec<bool> = (0..u32::from(self.steps))
            .map(|step| signature.is_on_beat(step, self.steps.into()))
            .collect();
        let (mut onsets, mut on_beat, mut rows) = (0_usize, 0_usize, 0_u64);
        let mut range: Option<(u16, u16)> = None;
        for &cell in measures.iter().copied().flatten() {
            let (step, row) = (cell / self.pitches, cell % self.pitches);
            onsets += 1;
            on_beat += usize::from(beats.get(usize::from(step)).copied().unwrap_or_default());
            rows += u64::from(row);
            range = Some(range.map_or((row, row), |(low, high)| (low.min(row), high.max(row))));
        }
        let pitch = |row: u16| i32::from(row) + self.lowest_pitch;
        let share = |part: f64| (onsets > 0).then(|| part / onsets as f64);
        let pitches = rows as f64 + onsets as f64 * f64::from(self.lowest_pitch);
        let grid = usize::from(self.steps) * usize::from(self.pitches) * measures.len();
        SampleRow {
            split: String::new(),
            group: String::new(),
            song: String::new(),
            path: String::new(),
            first_measure: u32::try_from(first_measure).unwrap_or(u32::MAX),
            onsets: u32::try_from(onsets).unwrap_or(u32::MAX),
            lowest: range.map(|(low, _)| pitch(low)),
            highest: range.map(|(_, high)| pitch(high)),
            distinct_measures: u32::try_from(distinct_measures(measures)).unwrap_or(u32::MAX),
            time_signature: signature.to_string(),
            density: onsets as f64 / grid.max(1) as f64,
            beat_strength: share(on_beat as f64),
            mean_pitch: share(pitches),
        }
    }
}
