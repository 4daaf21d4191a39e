//! Rolls that stand alone, and their dense form: `[measures, steps, pitches]`, pitches running
//! first.

use super::{Grid, Measure};

/// Measures on a grid: a sample, or a drawn song. Every cell id is one that the grid has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roll {
    grid: Grid,
    measures: Vec<Measure>,
}

/// Why numbers are no roll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RollError {
    /// A cell id that the grid does not have.
    #[error("cell {cell} of measure {measure} is beyond the grid's {cells} cells")]
    Cell {
        /// Measure, from 0.
        measure: usize,
        /// The cell id.
        cell: u16,
        /// How many cells the grid has.
        cells: usize,
    },
    /// Dense values that do not fill whole measures.
    #[error("{values} values do not fill whole measures of {cells} cells")]
    Length {
        /// How many values there are.
        values: usize,
        /// How many make a measure.
        cells: usize,
    },
}

impl Roll {
    /// Measures on a grid.
    ///
    /// # Errors
    /// A cell id that the grid does not have.
    pub fn new(grid: Grid, measures: Vec<Measure>) -> Result<Self, RollError> {
        let cells = grid.cells();
        for (index, measure) in measures.iter().enumerate() {
            if let Some(&cell) = measure.last().filter(|&&cell| usize::from(cell) >= cells) {
                return Err(RollError::Cell { measure: index, cell, cells });
            }
        }
        Ok(Self { grid, measures })
    }

    /// The cells whose value is above `threshold`. `values`: `[measures, steps, pitches]`, pitches
    /// running first. NaN is above nothing.
    ///
    /// # Errors
    /// Values that do not fill whole measures.
    pub fn threshold(grid: Grid, values: &[f32], threshold: f32) -> Result<Self, RollError> {
        Self::from_dense(grid, values, |value| value > threshold)
    }

    /// The `count` cells of the largest values (all, where there are fewer); of equal ones the
    /// first. NaN is taken for negative infinity. Shape as in [`Self::threshold`].
    ///
    /// # Errors
    /// Values that do not fill whole measures.
    pub fn top_cells(grid: Grid, values: &[f32], count: usize) -> Result<Self, RollError> {
        let mut chosen = vec![false; values.len()];
        for index in largest(values, count) {
            chosen[index] = true;
        }
        Self::from_dense(grid, &chosen, |chosen| chosen)
    }

    fn from_dense<T: Copy>(
        grid: Grid,
        values: &[T],
        is_set: impl Fn(T) -> bool,
    ) -> Result<Self, RollError> {
        let cells = grid.cells();
        if !values.len().is_multiple_of(cells) {
            return Err(RollError::Length { values: values.len(), cells });
        }
        let measure = |values: &[T]| {
            let set = (0..=u16::MAX).zip(values).filter(|&(_, &value)| is_set(value));
            set.map(|(cell, _)| cell).collect()
        };
        let measures = values.chunks_exact(cells).map(measure).collect();
        Ok(Self { grid, measures })
    }

    /// The dense form: 1 where a note starts, else 0; `[measures, steps, pitches]`, pitches running
    /// first.
    pub fn to_dense(&self) -> Vec<u8> {
        let cells = self.grid.cells();
        let mut dense = vec![0; self.measures.len() * cells];
        for (measure, row) in self.measures.iter().zip(dense.chunks_exact_mut(cells)) {
            for &cell in measure.cells() {
                row[usize::from(cell)] = 1;
            }
        }
        dense
    }

    /// The grid.
    pub const fn grid(&self) -> Grid {
        self.grid
    }

    /// The measures.
    pub fn measures(&self) -> &[Measure] {
        &self.measures
    }

    /// Set cells in all measures.
    pub fn onsets(&self) -> usize {
        self.measures.iter().map(|measure| measure.len()).sum()
    }
}

/// Indices of the `count` largest values, ascending; of equal ones the first; NaN is taken for
/// negative infinity.
fn largest(values: &[f32], count: usize) -> Vec<usize> {
    let rank = |index: &usize| match values[*index] {
        value if value.is_nan() => f32::NEG_INFINITY,
        value => value + 0.0, // -0 equals 0
    };
    let mut indices: Vec<usize> = (0..values.len()).collect();
    if count < indices.len() && count > 0 {
        indices
            .select_nth_unstable_by(count - 1, |a, b| rank(b).total_cmp(&rank(a)).then(a.cmp(b)));
    }
    indices.truncate(count);
    indices.sort_unstable();
    indices
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps of three pitches.
    fn tiny() -> Grid {
        Grid::new(2, 3, 60).unwrap()
    }

    fn cells(roll: &Roll) -> Vec<&[u16]> {
        roll.measures().iter().map(Measure::cells).collect()
    }

    #[test]
    fn sparse_to_dense_and_back_changes_nothing() {
        let measures = vec![Measure::new(vec![0, 5]), Measure::default(), Measure::new(vec![3])];
        let roll = Roll::new(tiny(), measures).unwrap();
        let dense = roll.to_dense();
        assert_eq!(dense, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
        let floats: Vec<f32> = dense.iter().map(|&value| f32::from(value)).collect();
        assert_eq!(Roll::threshold(tiny(), &floats, 0.5).unwrap(), roll);
        assert_eq!(Roll::top_cells(tiny(), &floats, 3).unwrap(), roll);
    }

    #[test]
    fn the_largest_cells_win_and_the_first_of_equal_ones() {
        let values = [0.5, f32::NAN, 0.5, 0.9, 0.5, -1.0];
        let top = |count| Roll::top_cells(tiny(), &values, count).unwrap();
        assert_eq!(top(0).onsets(), 0);
        assert_eq!(cells(&top(3)), [[0, 2, 3].as_slice()]);
        assert_eq!(cells(&top(5)), [[0, 2, 3, 4, 5].as_slice()]);
        assert_eq!(top(100).onsets(), 6);
    }

    #[test]
    fn the_threshold_itself_is_not_above_it() {
        let roll = Roll::threshold(tiny(), &[0.5, 0.6, f32::NAN, 0.4, 0.0, 1.0], 0.5).unwrap();
        assert_eq!(cells(&roll), [[1, 5].as_slice()]);
    }

    #[test]
    fn the_largest_possible_measure_is_dense_too() {
        let grid = Grid::new(512, 128, 0).unwrap();
        let roll = Roll::threshold(grid, &vec![1.0; grid.cells()], 0.5).unwrap();
        assert_eq!(roll.onsets(), 65536);
        assert!(roll.to_dense().iter().all(|&value| value == 1));
    }

    #[test]
    fn what_does_not_fit_the_grid_is_refused() {
        let beyond = Roll::new(tiny(), vec![Measure::default(), Measure::new(vec![1, 6])]);
        let error = beyond.unwrap_err().to_string();
        assert_eq!(error, "cell 6 of measure 1 is beyond the grid's 6 cells");
        let odd = Roll::threshold(tiny(), &[0.0; 7], 0.5).unwrap_err();
        assert_eq!(odd.to_string(), "7 values do not fill whole measures of 6 cells");
    }
}
