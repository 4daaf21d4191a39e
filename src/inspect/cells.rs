//! The use of pitches and of the moments of a measure, counted over the cells of samples.

use super::chart::CountChart;
use crate::columnar::SampleSet;
use crate::music::meter::TimeSignature;

/// Names of the pitch classes.
const CLASSES: [&str; 12] = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/// Counts onsets by pitch, by pitch class, and by moment of the measure; the last only in samples of the `main` time
/// signature, since moments of different meters are not comparable.
pub(super) fn use_of_cells(set: &SampleSet, main: &str) -> [CountChart; 3] {
    let shape = set.shape();
    let (pitches, steps) = (shape.pitches(), shape.steps());
    let (lowest, per_measure) = (usize::from(shape.lowest_pitch()), shape.cells_per_measure());
    let meter: Option<TimeSignature> = main.parse().ok();
    let beats = meter.map_or(1, |meter| usize::from(meter.beats()));
    let of_beat = if meter.is_some_and(TimeSignature::is_compound) { 6 } else { 4 };
    let parts = (beats * of_beat).min(steps).max(1);
    let (mut of_pitch, mut of_class, mut of_part) = (vec![0; pitches], vec![0; 12], vec![0; parts]);
    let mut cells = Vec::new();
    for index in 0..set.len() {
        set.cells(index, &mut cells);
        let counted = set.meta(index).time_signature == main;
        for cell in &cells {
            let cell = *cell as usize % per_measure;
            of_pitch[cell % pitches] += 1;
            of_class[(lowest + cell % pitches) % 12] += 1;
            if counted {
                of_part[cell / pitches * parts / steps] += 1;
            }
        }
    }
    let highest = usize::from(shape.highest_pitch());
    let beat_marks = (0..beats).map(|beat| (beat * parts / beats, (beat + 1).to_string()));
    [
        CountChart {
            title: "onsets by pitch (C4 is middle C)".to_owned(),
            marks: octaves(lowest, highest),
            ends: [lowest, highest].map(|pitch| pitch.to_string()),
            counts: of_pitch,
        },
        CountChart {
            title: "onsets by pitch class".to_owned(),
            marks: CLASSES.iter().map(|class| (*class).to_owned()).enumerate().collect(),
            ends: ["C", "B"].map(str::to_owned),
            counts: of_class,
        },
        CountChart {
            title: format!("onsets in a measure of {main}, by beat"),
            marks: beat_marks.collect(),
            ends: ["1".to_owned(), parts.to_string()],
            counts: of_part,
        },
    ]
}

/// Returns the Cs from `lowest` to `highest`, by place.
pub(super) fn octaves(lowest: usize, highest: usize) -> Vec<(usize, String)> {
    let name = |pitch: usize| (pitch - lowest, format!("C{}", pitch as i64 / 12 - 1));
    (lowest..=highest).filter(|pitch| pitch % 12 == 0).map(name).collect()
}
