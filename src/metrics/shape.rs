//! The shape of a pianoroll and the numbering of its cells.

use serde::Serialize;

/// The shape that every song of one data set shares.
///
/// The default is the thesis' own: 16 measures of 96 steps and 96 pitches from MIDI pitch 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Shape {
    /// Measures in a song, at least 1.
    pub measures: usize,
    /// Steps in a measure, at least 1.
    pub steps: usize,
    /// Pitches in a step, at least 1; `steps * pitches` is at most 65,536, so that a cell id fits
    /// `u16`.
    pub pitches: usize,
    /// The MIDI pitch of row 0.
    pub lowest_pitch: u8,
}

impl Default for Shape {
    fn default() -> Self {
        Self { measures: 16, steps: 96, pitches: 96, lowest_pitch: 16 }
    }
}

/// Why cells are not a song of a shape.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The number of measures differs.
    #[error("a song of {found} measures where {expected} are expected")]
    Measures {
        /// Measures that the song has.
        found: usize,
        /// Measures of the shape.
        expected: usize,
    },
    /// A cell lies outside the measure.
    #[error("measure {measure} holds cell {cell}, but cells are numbered 0 to {}", cells - 1)]
    Cell {
        /// The measure, from 0.
        measure: usize,
        /// The cell id found.
        cell: u16,
        /// Cells in a measure.
        cells: usize,
    },
    /// A measure's cells are not strictly ascending.
    #[error("the cells of measure {measure} are not sorted and distinct")]
    Order {
        /// The measure, from 0.
        measure: usize,
    },
}

impl Shape {
    /// Cells of one measure: `steps * pitches`.
    pub fn cells_per_measure(&self) -> usize {
        self.steps * self.pitches
    }

    /// Cells of a song: `measures * steps * pitches`.
    pub fn cells(&self) -> usize {
        self.measures * self.cells_per_measure()
    }

    /// The id of a cell inside its measure: `step * pitches + row`, with `row = pitch -
    /// lowest_pitch`.
    pub fn cell(&self, step: usize, row: usize) -> u16 {
        (step * self.pitches + row) as u16
    }

    /// The step of a cell inside its measure, `0..steps`.
    pub fn step(&self, cell: u16) -> usize {
        usize::from(cell) / self.pitches
    }

    /// The row of a cell, `0..pitches`, lowest pitch first.
    pub fn row(&self, cell: u16) -> usize {
        usize::from(cell) % self.pitches
    }

    /// The MIDI pitch of a cell.
    pub fn pitch(&self, cell: u16) -> usize {
        self.row(cell) + usize::from(self.lowest_pitch)
    }

    /// The cells of a song numbered through all measures, ascending.
    pub fn indices<'a>(&self, song: &'a [Vec<u16>]) -> impl Iterator<Item = usize> + 'a {
        let size = self.cells_per_measure();
        song.iter().enumerate().flat_map(move |(measure, cells)| {
            cells.iter().map(move |&cell| measure * size + usize::from(cell))
        })
    }

    /// The song whose cells, numbered through all measures, are `indices`, in any order. Indices
    /// past the last cell belong to no measure and are left out.
    pub fn song(&self, indices: &[u32]) -> Vec<Vec<u16>> {
        let mut song = vec![Vec::new(); self.measures];
        for &index in indices {
            let (measure, cell) = (
                index as usize / self.cells_per_measure(),
                index as usize % self.cells_per_measure(),
            );
            if let Some(cells) = song.get_mut(measure) {
                cells.push(cell as u16);
            }
        }
        for cells in &mut song {
            cells.sort_unstable();
            cells.dedup();
        }
        song
    }

    /// Checks that `song` is one of this shape: its measures, and sorted, distinct cells inside
    /// them.
    ///
    /// # Errors
    /// The first difference found.
    pub fn check(&self, song: &[Vec<u16>]) -> Result<(), ShapeError> {
        if song.len() != self.measures {
            return Err(ShapeError::Measures { found: song.len(), expected: self.measures });
        }
        for (measure, cells) in song.iter().enumerate() {
            if !cells.is_sorted_by(|a, b| a < b) {
                return Err(ShapeError::Order { measure });
            }
            match cells.last() {
                Some(&cell) if usize::from(cell) >= self.cells_per_measure() => {
                    let cells = self.cells_per_measure();
                    return Err(ShapeError::Cell { measure, cell, cells });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Onsets of a song.
pub(crate) fn onsets(song: &[Vec<u16>]) -> usize {
    song.iter().map(Vec::len).sum()
}

#[cfg(test)]
pub(crate) mod testing {
    use super::Shape;

    /// A song of the default shape from `(measure, step, MIDI pitch)` triples.
    pub(crate) fn song(notes: &[(usize, usize, usize)]) -> Vec<Vec<u16>> {
        let shape = Shape::default();
        let index = |&(measure, step, pitch): &(usize, usize, usize)| {
            let cell = shape.cell(step, pitch - usize::from(shape.lowest_pitch));
            (measure * shape.cells_per_measure() + usize::from(cell)) as u32
        };
        shape.song(&notes.iter().map(index).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_id_holds_its_step_and_pitch() {
        let shape = Shape::default();
        let cell = shape.cell(95, 44);
        assert_eq!((shape.step(cell), shape.row(cell), shape.pitch(cell)), (95, 44, 60));
    }

    #[test]
    fn numbering_cells_through_a_song_loses_nothing() {
        let shape = Shape::default();
        let song = testing::song(&[(0, 0, 60), (0, 0, 64), (15, 95, 111)]);
        let indices: Vec<u32> = shape.indices(&song).map(|index| index as u32).collect();
        assert_eq!(indices.last(), Some(&(shape.cells() as u32 - 1)));
        assert_eq!(shape.song(&indices), song);
    }

    #[test]
    fn a_song_of_another_shape_is_told_with_its_place() {
        let shape = Shape::default();
        let mut song = testing::song(&[]);
        assert_eq!(shape.check(&song), Ok(()));
        song[3] = vec![9216];
        assert_eq!(
            shape.check(&song).unwrap_err().to_string(),
            "measure 3 holds cell 9216, but cells are numbered 0 to 9215"
        );
        song[3] = vec![5, 5];
        assert_eq!(shape.check(&song), Err(ShapeError::Order { measure: 3 }));
        assert_eq!(shape.check(&song[..4]), Err(ShapeError::Measures { found: 4, expected: 16 }));
    }
}
