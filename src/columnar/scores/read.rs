//! A shard's rows.

use super::{ScoreView, WIDTHS, schema};
use crate::columnar::error::{ColumnarError, ShardProblem};
use crate::columnar::mapped::{decode, map};
use arrow::array::{Array, AsArray, ListArray, PrimitiveArray, StringArray, UInt16Array};
use arrow::buffer::Buffer;
use arrow::datatypes::{ArrowPrimitiveType, Schema, UInt8Type, UInt16Type, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use std::path::Path;

/// All rows of a shard, in memory and found by digest.
pub struct ScoreSet {
    batches: Vec<Batch>,
}

struct Batch {
    digest: StringArray,
    division: UInt16Array,
    deltas: Lists<UInt32Type>,
    pitches: Lists<UInt8Type>,
    signature_ticks: Lists<UInt64Type>,
    numerators: Lists<UInt8Type>,
    denominators: Lists<UInt8Type>,
}

impl ScoreSet {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, is no such file, is cut short or damaged, or its digests do not ascend.
    pub fn open(path: &Path) -> Result<Self, ColumnarError> {
        let file = map(path)?;
        Self::of(&file).map_err(|problem| ColumnarError::Shard { path: path.to_owned(), problem })
    }

    /// The rows of a file, given as its bytes.
    pub(super) fn of(file: &Buffer) -> Result<Self, ShardProblem> {
        let ((), batches) = decode(file, &WIDTHS, accept)?;
        let batches: Option<Vec<Batch>> = batches.iter().map(Batch::new).collect();
        let set = Self { batches: batches.ok_or(ShardProblem::Damaged("column types"))? };
        let digests = || set.batches.iter().flat_map(|batch| batch.digest.iter().flatten());
        if digests().zip(digests().skip(1)).any(|(one, next)| one >= next) {
            return Err(ShardProblem::Damaged("digests out of order"));
        }
        Ok(set)
    }

    /// The row of a content; `None` when it has none.
    #[must_use]
    pub fn find(&self, digest: &str) -> Option<ScoreView<'_>> {
        let after = self.batches.partition_point(|batch| batch.begins_by(digest));
        let batch = &self.batches[after.checked_sub(1)?];
        let (mut low, mut high) = (0, batch.digest.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match batch.digest.value(middle).cmp(digest) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(batch.row(middle)),
                std::cmp::Ordering::Greater => high = middle,
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

fn accept(found: &Schema) -> Result<(), ShardProblem> {
    if found.fields() == schema().fields() {
        return Ok(());
    }
    Err(ShardProblem::Arrow(ArrowError::SchemaError("not a table of scores".into())))
}

impl Batch {
    fn new(batch: &RecordBatch) -> Option<Self> {
        let batch = Self {
            digest: batch.column_by_name("digest")?.as_string_opt::<i32>()?.clone(),
            division: batch.column_by_name("division")?.as_primitive_opt::<UInt16Type>()?.clone(),
            deltas: Lists::new(batch, "deltas")?,
            pitches: Lists::new(batch, "pitches")?,
            signature_ticks: Lists::new(batch, "signature_ticks")?,
            numerators: Lists::new(batch, "numerators")?,
            denominators: Lists::new(batch, "denominators")?,
        };
        Some(batch)
    }

    /// Whether the batch's first digest is this one or comes before it.
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

/// A column of lists.
struct Lists<T: ArrowPrimitiveType> {
    lists: ListArray,
    values: PrimitiveArray<T>,
}

impl<T: ArrowPrimitiveType> Lists<T> {
    fn new(batch: &RecordBatch, name: &str) -> Option<Self> {
        let lists = batch.column_by_name(name)?.as_list_opt::<i32>()?.clone();
        let values = lists.values().as_primitive_opt::<T>()?.clone();
        Some(Self { lists, values })
    }

    /// The list at `row`, where it lies. Offsets are ascending and inside the values: Arrow's validation saw to that when
    /// the batch was decoded.
    fn at(&self, row: usize) -> &[T::Native] {
        let offsets = self.lists.value_offsets();
        &self.values.values()[offsets[row] as usize..offsets[row + 1] as usize]
    }
}
