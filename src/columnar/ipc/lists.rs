//! Columns of lists of numbers.

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray};
use arrow::array::{ListBuilder as ArrowListBuilder, PrimitiveBuilder};
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// The type of a column of lists without gaps.
pub(in crate::columnar) fn list_type(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, false)))
}

/// A column of lists that was read.
pub(in crate::columnar) struct ListColumn<T: ArrowPrimitiveType> {
    lists: ListArray,
    values: PrimitiveArray<T>,
}

impl<T: ArrowPrimitiveType> ListColumn<T> {
    /// The column `name` of a batch; `None` if it has none of that type.
    pub(in crate::columnar) fn new(batch: &RecordBatch, name: &str) -> Option<Self> {
        let lists = batch.column_by_name(name)?.as_list_opt::<i32>()?.clone();
        let values = lists.values().as_primitive_opt::<T>()?.clone();
        Some(Self { lists, values })
    }

    /// The list at `row`, borrowed. Offsets ascend and are inside the values: Arrow validated that when it decoded
    /// the batch.
    pub(in crate::columnar) fn at(&self, row: usize) -> &[T::Native] {
        let offsets = self.lists.value_offsets();
        &self.values.values()[offsets[row] as usize..offsets[row + 1] as usize]
    }
}

/// A column of lists to be written.
pub(in crate::columnar) struct ListBuilder<T: ArrowPrimitiveType>(
    ArrowListBuilder<PrimitiveBuilder<T>>,
);

impl<T: ArrowPrimitiveType> ListBuilder<T> {
    /// An empty column with room for `values` numbers.
    pub(in crate::columnar) fn with_capacity(values: usize) -> Self {
        let field = Field::new("item", T::DATA_TYPE, false);
        Self(ArrowListBuilder::new(PrimitiveBuilder::with_capacity(values)).with_field(field))
    }

    /// Appends a list.
    pub(in crate::columnar) fn push(&mut self, values: &[T::Native]) {
        self.0.values().append_slice(values);
        self.0.append(true);
    }

    /// The column; leaves an empty one.
    pub(in crate::columnar) fn finish(&mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
