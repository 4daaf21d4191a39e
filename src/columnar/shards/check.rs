//! The check of a sample against its shape.

use crate::columnar::error::{ShardProblem, ShardResult};
use crate::music::roll::RollShape;

/// Checks one sample against its shape: the number of measures, the cells of each, the stated onset count. Shared by
/// writer and reader, so that every written shard can be read.
pub(super) fn check_sample<'a>(
    row: usize,
    shape: RollShape,
    stated: u32,
    measures: impl ExactSizeIterator<Item = &'a [u16]>,
) -> ShardResult {
    let invalid = ShardProblem::Invalid;
    let (found, expected) = (measures.len(), shape.measures());
    if found != expected {
        return Err(invalid(format!("sample {row} has {found} measures, expected {expected}")));
    }
    let cells = shape.cells_per_measure();
    let mut onsets = 0;
    for (measure, ids) in measures.enumerate() {
        // Ascending ids are inside the measure if the last one is.
        let disorder = ids.windows(2).find(|pair| pair[0] >= pair[1]).map(|pair| pair[1]);
        let outside = ids.last().copied().filter(|&last| usize::from(last) >= cells);
        if let Some(cell) = disorder.or(outside) {
            return Err(invalid(format!(
                "sample {row}, measure {measure}: cell {cell} is out of order or outside the {cells} cells"
            )));
        }
        onsets += ids.len();
    }
    if onsets != stated as usize {
        return Err(invalid(format!(
            "sample {row} states {stated} onsets, but has {onsets} cells"
        )));
    }
    Ok(())
}
