//! Consecutive measures of cells.

/// Consecutive measures, each with the ids of its set cells, ascending, each once. All cells are in one list, because a
/// song has hundreds of measures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measures {
    cells: Vec<u16>,
    /// End of each measure in `cells`.
    ends: Vec<usize>,
}

impl Measures {
    /// Creates a list without measures, with room for `cells`.
    pub(super) fn with_capacity(cells: usize) -> Self {
        Self { cells: Vec::with_capacity(cells), ends: Vec::new() }
    }

    /// Number of measures.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns true if there is no measure.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Set cells in all measures.
    pub fn onsets(&self) -> usize {
        self.cells.len()
    }

    /// Iterates over the set cells of each measure, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[u16]> + ExactSizeIterator + Clone {
        self.slice(0, self.len())
    }

    /// Iterates over the set cells of up to `measures` measures from `first` on.
    pub(super) fn slice(
        &self,
        first: usize,
        measures: usize,
    ) -> impl DoubleEndedIterator<Item = &[u16]> + ExactSizeIterator + Clone {
        let last = first.saturating_add(measures).min(self.len());
        (first.min(last)..last).map(|index| &self.cells[self.start(index)..self.ends[index]])
    }

    /// Set cells in up to `measures` measures from `first` on.
    pub(super) fn onsets_in(&self, first: usize, measures: usize) -> usize {
        let end = first.saturating_add(measures).min(self.len());
        self.start(end) - self.start(first.min(end))
    }

    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).map_or(0, |before| self.ends[before])
    }

    /// Puts a cell into the measure that [`close`](Self::close) appends, in any order; repeats count once.
    #[inline]
    pub(super) fn put(&mut self, cell: u16) {
        self.cells.push(cell);
    }

    /// Appends a measure of the cells put since the last one.
    pub(super) fn close(&mut self) {
        let start = self.start(self.len());
        // Notes come by onset and pitch: cells are only out of order if two ticks have the same step.
        if !self.cells[start..].is_sorted_by(|a, b| a < b) {
            let mut cells = self.cells.split_off(start);
            cells.sort_unstable();
            cells.dedup();
            self.cells.append(&mut cells);
        }
        self.ends.push(self.cells.len());
    }

    /// Appends empty measures.
    pub(super) fn push_silence(&mut self, measures: usize) {
        self.ends.resize(self.len() + measures, self.cells.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_are_sorted_without_repeats() {
        let mut measures = Measures::default();
        assert!(measures.is_empty());
        [5, 1, 5, 3].into_iter().for_each(|cell| measures.put(cell));
        measures.close();
        measures.push_silence(2);
        measures.put(2);
        measures.close();
        assert_eq!(measures.iter().collect::<Vec<_>>(), [&[1, 3, 5][..], &[], &[], &[2]]);
        assert_eq!((measures.len(), measures.onsets()), (4, 4));
        assert_eq!(measures.slice(2, 9).collect::<Vec<_>>(), [&[][..], &[2]]);
        assert_eq!((measures.onsets_in(0, 2), measures.onsets_in(2, 9)), (3, 1));
        assert_eq!((measures.slice(9, 9).count(), measures.onsets_in(9, 9)), (0, 0));
    }
}
