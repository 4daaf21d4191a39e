use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, ListArray, ListBuilder, PrimitiveBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Float32Type, Float64Type, Int32Type, Int64Type,
    UInt32Type, UInt64Type,
};

/// A type of value that a column can hold, nullable or not.
pub trait Cell: Sized {
    /// The Arrow array of the column.
    type Array: Array + 'static;
    /// Whether the column may have gaps.
    const NULLABLE: bool;
    /// The column's Arrow type.
    fn data_type() -> DataType;
    /// The array of `values`.
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a;
    /// The value at `row`, which must be below the array's length.
    fn get(array: &Self::Array, row: usize) -> Self;
}

/// A value that is there; `Option` of it is a nullable column.
pub trait Value: Sized {
    /// The Arrow array of the column.
    type Array: Array + 'static;
    /// The column's Arrow type.
    fn data_type() -> DataType;
    /// The array of `values`, with gaps.
    fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef
    where
        Self: 'a;
    /// The value at `row`, which must be below the array's length.
    fn get(array: &Self::Array, row: usize) -> Self;
}

macro_rules! numbers {
    ($($type:ty => $arrow:ty),+) => {$(
        impl Value for $type {
            type Array = arrow::array::PrimitiveArray<$arrow>;
            fn data_type() -> DataType {
                <$arrow>::DATA_TYPE
            }
            fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef {
                Arc::new(values.map(Option::<&Self>::copied).collect::<Self::Array>())
            }
            fn get(array: &Self::Array, row: usize) -> Self {
                array.value(row)
            }
        }
    )+};
}
numbers!(i32 => Int32Type, i64 => Int64Type, u32 => UInt32Type, u64 => UInt64Type, f64 => Float64Type);

impl Value for String {
    type Array = StringArray;
    fn data_type() -> DataType {
        DataType::Utf8
    }
    fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef {
        let mut builder = StringBuilder::new();
        values.for_each(|value| builder.append_option(value));
        Arc::new(builder.finish())
    }
    fn get(array: &StringArray, row: usize) -> Self {
        array.value(row).to_owned()
    }
}

macro_rules! lists {
    ($($type:ty => $arrow:ty),+) => {$(
        impl Value for Vec<$type> {
            type Array = ListArray;
            fn data_type() -> DataType {
                DataType::List(Arc::new(Field::new("item", <$arrow>::DATA_TYPE, true)))
            }
            fn array<'a>(values: impl Iterator<Item = Option<&'a Self>>) -> ArrayRef {
                let mut builder = ListBuilder::new(PrimitiveBuilder::<$arrow>::new());
                for value in values {
                    if let Some(value) = value {
                        builder.values().append_slice(value);
                    }
                    builder.append(value.is_some());
                }
                Arc::new(builder.finish())
            }
            fn get(array: &ListArray, row: usize) -> Self {
                let values = array.value(row);
                values
                    .as_primitive_opt::<$arrow>()
                    .map_or_else(Vec::new, |numbers| numbers.values().to_vec())
            }
        }
    )+};
}
lists!(f32 => Float32Type, u32 => UInt32Type);

impl<T: Value> Cell for T {
    type Array = T::Array;
    const NULLABLE: bool = false;
    fn data_type() -> DataType {
        <T as Value>::data_type()
    }
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a,
    {
        <T as Value>::array(values.map(Some))
    }
    fn get(array: &Self::Array, row: usize) -> Self {
        <T as Value>::get(array, row)
    }
}

impl<T: Value> Cell for Option<T> {
    type Array = T::Array;
    const NULLABLE: bool = true;
    fn data_type() -> DataType {
        <T as Value>::data_type()
    }
    fn array<'a>(values: impl Iterator<Item = &'a Self>) -> ArrayRef
    where
        Self: 'a,
    {
        <T as Value>::array(values.map(Option::as_ref))
    }
    fn get(array: &Self::Array, row: usize) -> Self {
        array.is_valid(row).then(|| <T as Value>::get(array, row))
    }
}
