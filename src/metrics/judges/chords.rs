//! A song as a sequence of chords.

use crate::music::roll::RollShape;

/// The notes that start at one step.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::metrics) struct Chord {
    /// Measure.
    pub(in crate::metrics) measure: usize,
    /// Step in the measure.
    pub(in crate::metrics) step: usize,
    /// Steps from the start of the song.
    pub(in crate::metrics) time: usize,
    /// MIDI pitches, ascending; at least one.
    pub(in crate::metrics) pitches: Vec<u8>,
}

impl Chord {
    pub(in crate::metrics) fn bass(&self) -> u8 {
        self.pitches[0]
    }

    pub(in crate::metrics) fn top(&self) -> u8 {
        self.pitches[self.pitches.len() - 1]
    }
}

/// Returns the chord at a step of a measure, if notes start there.
pub(super) fn chord_at(chords: &[Chord], measure: usize, step: usize) -> Option<&Chord> {
    let found = chords.binary_search_by_key(&(measure, step), |chord| (chord.measure, chord.step));
    found.ok().map(|at| &chords[at])
}

/// Returns the chords of a song, in order.
pub(in crate::metrics) fn chords(song: &[Vec<u16>], shape: &RollShape) -> Vec<Chord> {
    let mut found = Vec::new();
    for (measure, cells) in song.iter().enumerate() {
        for run in cells.chunk_by(|&a, &b| shape.step(a) == shape.step(b)) {
            let step = shape.step(run[0]);
            found.push(Chord {
                measure,
                step,
                time: measure * shape.steps() + step,
                pitches: run.iter().map(|&cell| shape.pitch(cell) as u8).collect(),
            });
        }
    }
    found
}
