//! Reads the rows of a shard.

use super::{ScoreView, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};
use crate::columnar::ipc::{ListColumn, decode, map};
use arrow::array::{Array, AsArray, StringArray, UInt16Array};
use arrow::buffer::Buffer;
use arrow::datatypes::{UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use std::cmp::Ordering;
use std::path::Path;

/// All rows of a shard, in memory, found by digest.
pub struct ScoreSet {
    batches: Vec<Batch>,
}

struct Batch {
    digest: StringArray,
    division: UInt16Array,
    deltas: ListColumn<UInt32Type>,
    pitches: ListColumn<UInt8Type>,
    signature_ticks: ListColumn<UInt64Type>,
    numerators: ListColumn<UInt8Type>,
    denominators: ListColumn<UInt8Type>,
}

impl ScoreSet {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, has other columns, is truncated or damaged, or its digests do not
    /// ascend.
    pub fn open(path: &Path) -> Result<Self, ColumnarError> {
        Self::from_bytes(&map(path)?).map_err(|problem| problem.in_file(path))
    }

    /// The rows of a file with these bytes.
    pub(super) fn from_bytes(file: &Buffer) -> Result<Self, ShardProblem> {
        let batches = decode(file, &schema(), "scores")?;
        let batches: Option<Vec<Batch>> = batches.iter().map(Batch::new).collect();
        let set = Self { batches: batches.ok_or(ShardProblem::Damaged("column types"))? };
        let digests = set.batches.iter().flat_map(|batch| batch.digest.iter().flatten());
        if !digests.is_sorted_by(|one, next| one < next) {
            return Err(ShardProblem::Damaged("digests out of order"));
        }
        Ok(set)
    }

    /// The row of a content; `None` if there is none.
    #[must_use]
    pub fn find(&self, digest: &str) -> Option<ScoreView<'_>> {
        let after = self.batches.partition_point(|batch| batch.begins_by(digest));
        let batch = &self.batches[after.checked_sub(1)?];
        let (mut low, mut high) = (0, batch.digest.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match batch.digest.value(middle).cmp(digest) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(batch.row(middle)),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// Every row, in the order of digests.
    #[cfg(test)]
    pub fn iter(&self) -> impl Iterator<Item = ScoreView<'_>> {
        self.batches.iter().flat_map(|batch| (0..batch.digest.len()).map(|row| batch.row(row)))
    }
}

impl Batch {
    fn new(batch: &RecordBatch) -> Option<Self> {
        Some(Self {
            digest: batch.column_by_name("digest")?.as_string_opt::<i32>()?.clone(),
            division: batch.column_by_name("division")?.as_primitive_opt::<UInt16Type>()?.clone(),
            deltas: ListColumn::new(batch, "deltas")?,
            pitches: ListColumn::new(batch, "pitches")?,
            signature_ticks: ListColumn::new(batch, "signature_ticks")?,
            numerators: ListColumn::new(batch, "numerators")?,
            denominators: ListColumn::new(batch, "denominators")?,
        })
    }

    /// Returns true if the batch's first digest is at most this one.
    fn begins_by(&self, digest: &str) -> bool {
        !self.digest.is_empty() && self.digest.value(0) <= digest
    }

    fn row(&self, row: usize) -> ScoreView<'_> {
        ScoreView {
            digest: self.digest.value(row),
            division: self.division.value(row),
            deltas: self.deltas.at(row),
            pitches: self.pitches.at(row),
            signature_ticks: self.signature_ticks.at(row),
            numerators: self.numerators.at(row),
            denominators: self.denominators.at(row),
        }
    }
}
