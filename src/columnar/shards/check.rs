use super::grid::Grid;
use crate::columnar::error::ShardProblem;

/// Checks one sample against its grid: the number of measures, the cells of each, the stated onset count.
/// Writer and reader share this, so that what is written can be read.
pub(super) fn check_sample<'a>(
    row: usize,
    grid: Grid,
    stated: u32,
    measures: impl ExactSizeIterator<Item = &'a [u16]>,
) -> Result<(), ShardProblem> {
    let found = measures.len();
    if found != grid.measures as usize {
        return Err(ShardProblem::Measures { row, found, expected: grid.measures as usize });
    }
    let cells = grid.cells_per_measure();
    let mut onsets = 0;
    for (measure, ids) in measures.enumerate() {
        // Ascending ids are inside the grid when the last one is.
        let disorder = ids.windows(2).find(|pair| pair[0] >= pair[1]).map(|pair| pair[1]);
        let outside = ids.last().copied().filter(|&last| u32::from(last) >= cells);
        if let Some(cell) = disorder.or(outside) {
            return Err(ShardProblem::Cell { row, measure, cell, cells });
        }
        onsets += ids.len();
    }
    if onsets != stated as usize {
        return Err(ShardProblem::Onsets { row, stated, found: onsets });
    }
    Ok(())
}
