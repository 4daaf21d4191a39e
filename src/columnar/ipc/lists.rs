//! Columns of lists of numbers.

use arrow::array::{ArrayRef, ArrowPrimitiveType, AsArray, ListArray, PrimitiveArray};
use arrow::array::{ListBuilder, PrimitiveBuilder};
use arrow::datatypes::{DataType, Field};
use arrow::record_batch::RecordBatch;
use std::sync::Arc;

/// The type of a column of lists without gaps.
pub(crate) fn list_type(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", item, false)))
}

/// A column of lists that was read.
pub(crate) struct ListColumn<T: ArrowPrimitiveType> {
    lists: ListArray,
    values: PrimitiveArray<T>,
}

impl<T: ArrowPrimitiveType> ListColumn<T> {
    /// The column `name` of a batch; `None` if it has none of that type.
    pub(crate) fn new(batch: &RecordBatch, name: &str) -> Option<Self> {
        let lists = batch.column_by_name(name)?.as_list_opt::<i32>()?.clone();
        let values = lists.values().as_primitive_opt::<T>()?.clone();
        Some(Self { lists, values })
    }

    /// The list at `row`, borrowed. Offsets ascend and are inside the values: Arrow validated that when it decoded
    /// the batch.
    pub(crate) fn at(&self, row: usize) -> &[T::Native] {
        let offsets = self.lists.value_offsets();
        &self.values.values()[offsets[row] as usize..offsets[row + 1] as usize]
    }
}

/// A column of these lists.
pub(crate) fn list_array<'a, T: ArrowPrimitiveType>(
    lists: impl Iterator<Item = &'a [T::Native]> + Clone,
) -> ArrayRef {
    let field = Field::new("item", T::DATA_TYPE, false);
    let length = lists.clone().map(<[T::Native]>::len).sum();
    let values = PrimitiveBuilder::<T>::with_capacity(length);
    let mut builder = ListBuilder::new(values).with_field(field);
    for list in lists {
        builder.values().append_slice(list);
        builder.append(true);
    }
    Arc::new(builder.finish())
}
