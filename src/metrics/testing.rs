//! Songs for tests.

use crate::music::roll::RollShape;

/// A song of the thesis' shape from `(measure, step, MIDI pitch)` triples.
pub(crate) fn song(notes: &[(usize, usize, usize)]) -> Vec<Vec<u16>> {
    let shape = RollShape::THESIS;
    let index = |&(measure, step, pitch): &(usize, usize, usize)| {
        let cell = shape.cell(step, pitch - usize::from(shape.lowest_pitch()));
        (measure * shape.cells_per_measure() + usize::from(cell)) as u32
    };
    shape.song(&notes.iter().map(index).collect::<Vec<_>>())
}
