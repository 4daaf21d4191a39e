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
        let cells = || measures.iter().copied().flatten().copied();
        let pitches = || cells().map(|cell| i32::from(cell % self.pitches) + self.lowest_pitch);
        let onsets = cells().count();
        let share = |part: f64| (onsets > 0).then(|| part / onsets as f64);
        let on_beat =
            |cell: &u16| signature.is_on_beat(u32::from(cell / self.pitches), self.steps.into());
        let grid = usize::from(self.steps) * usize::from(self.pitches) * measures.len();
        SampleRow {
            split: String::new(),
            group: String::new(),
            song: String::new(),
            path: String::new(),
            first_measure: u32::try_from(first_measure).unwrap_or(u32::MAX),
            onsets: u32::try_from(onsets).unwrap_or(u32::MAX),
            lowest: pitches().min(),
            highest: pitches().max(),
            distinct_measures: u32::try_from(distinct_measures(measures)).unwrap_or(u32::MAX),
            time_signature: signature.to_string(),
            density: onsets as f64 / grid.max(1) as f64,
            beat_strength: share(cells().filter(on_beat).count() as f64),
            mean_pitch: share(pitches().map(f64::from).sum()),
        }
    }
}
