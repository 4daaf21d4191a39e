//! Numbers as small classes: trees compare classes, so that a split is found by one pass over a histogram.

/// Maximum number of classes of a column.
pub(super) const BINS: usize = 32;

/// Class borders of each column.
pub(super) struct Bins(Vec<Vec<f32>>);

impl Bins {
    /// Divides each column into at most [`BINS`] classes of about equally many rows; equal numbers share a class.
    pub(super) fn new(rows: &[&[f32]]) -> Self {
        let columns = rows.first().map_or(0, |row| row.len());
        let borders = |column: usize| {
            let mut values: Vec<f32> = rows.iter().map(|row| row[column]).collect();
            values.sort_unstable_by(f32::total_cmp);
            let quantile = |part: usize| values[part * values.len() / BINS];
            let mut borders: Vec<f32> = (1..BINS).map(quantile).collect();
            borders.dedup();
            borders.retain(|&border| border > values[0]);
            borders
        };
        Self((0..columns).map(borders).collect())
    }

    /// Returns the class of each number of a row.
    pub(super) fn classes(&self, row: &[f32]) -> Vec<u8> {
        let class = |(borders, value): (&Vec<f32>, &f32)| {
            borders.partition_point(|border| border <= value) as u8
        };
        self.0.iter().zip(row).map(class).collect()
    }

    /// Returns the columns with at least two classes.
    pub(super) fn varied(&self) -> Vec<usize> {
        (0..self.0.len()).filter(|&column| !self.0[column].is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_keep_the_order_of_numbers_and_equal_numbers_share_one() {
        let values: Vec<[f32; 2]> = (0..100).map(|at| [(at / 2) as f32, 7.0]).collect();
        let rows: Vec<&[f32]> = values.iter().map(|row| row.as_slice()).collect();
        let bins = Bins::new(&rows);
        let classes: Vec<u8> = rows.iter().map(|row| bins.classes(row)[0]).collect();
        assert!(classes.is_sorted() && (0..50).all(|at| classes[2 * at] == classes[2 * at + 1]));
        assert!(usize::from(classes[99]) < BINS && classes[99] > 20);
        assert_eq!(bins.varied(), [0]);
        assert_eq!(bins.classes(&[-5.0, 7.0]), [0, 0]);
    }
}
