//! Types of values in columns.

use std::sync::Arc;

use crate::columnar::query::Value;
use crate::music::midi::Status;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, ListArray,
    ListBuilder, PrimitiveBuilder, StringArray, StringBuilder, UInt32Array, UInt64Array,
};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Float32Type, Int32Type, UInt32Type};

/// A type of value that a column can hold, nullable or not.
pub trait Cell: Sized + 'static {
    /// The Arrow array of the column.
    type Array: Array + Clone + 'static;
    /// A borrowed value.
    type View<'a>;
    /// Whether the column may have nulls.
    const NULLABLE: bool;
    /// The column's Arrow type.
    fn data_type() -> DataType;
    /// The array of `values`.
    fn array<'a>(values: impl Iterator<Item = Self::View<'a>>) -> ArrayRef;
    /// Borrows the value.
    fn view(&self) -> Self::View<'_>;
    /// The value at `row`, which must be below the array's length.
    fn get(array: &Self::Array, row: usize) -> Self::View<'_>;
    /// Copies a borrowed value.
    fn own(view: Self::View<'_>) -> Self;
    /// Converts a borrowed value to one of a query's result.
    fn value(view: Self::View<'_>) -> Value;
    /// Returns the first value of the array that this type does not have.
    fn find_unknown(_array: &Self::Array) -> Option<&str> {
        None
    }
}

impl<T: Cell> Cell for Option<T>
where
    T::Array: for<'a> FromIterator<Option<T::View<'a>>>,
{
    type Array = T::Array;
    type View<'a> = Option<T::View<'a>>;
    const NULLABLE: bool = true;

    fn data_type() -> DataType {
        T::data_type()
    }

    fn array<'a>(values: impl Iterator<Item = Self::View<'a>>) -> ArrayRef {
        Arc::new(values.collect::<T::Array>())
    }

    fn view(&self) -> Self::View<'_> {
        self.as_ref().map(T::view)
    }

    fn get(array: &Self::Array, row: usize) -> Self::View<'_> {
        array.is_valid(row).then(|| T::get(array, row))
    }

    fn own(view: Self::View<'_>) -> Self {
        view.map(T::own)
    }

    fn value(view: Self::View<'_>) -> Value {
        view.map_or(Value::Null, T::value)
    }
}

macro_rules! copied {
    ($($type:ty => $array:ty, $data_type:ident;)+) => {$(
        impl Cell for $type {
            type Array = $array;
            type View<'a> = Self;
            const NULLABLE: bool = false;

            fn data_type() -> DataType {
                DataType::$data_type
            }

            fn array<'a>(values: impl Iterator<Item = Self::View<'a>>) -> ArrayRef {
                Arc::new(values.map(Some).collect::<Self::Array>())
            }

            fn view(&self) -> Self {
                *self
            }

            fn get(array: &Self::Array, row: usize) -> Self {
                array.value(row)
            }

            fn own(view: Self) -> Self {
                view
            }

            fn value(view: Self) -> Value {
                view.into()
            }
        }
    )+};
}
copied! {
    bool => BooleanArray, Boolean;
    i32 => Int32Array, Int32;
    i64 => Int64Array, Int64;
    u32 => UInt32Array, UInt32;
    u64 => UInt64Array, UInt64;
    f64 => Float64Array, Float64;
}

impl Cell for String {
    type Array = StringArray;
    type View<'a> = &'a str;
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn array<'a>(values: impl Iterator<Item = &'a str>) -> ArrayRef {
        Arc::new(values.map(Some).collect::<Self::Array>())
    }

    fn view(&self) -> &str {
        self
    }

    fn get(array: &StringArray, row: usize) -> &str {
        array.value(row)
    }

    fn own(view: &str) -> Self {
        view.to_owned()
    }

    fn value(view: &str) -> Value {
        view.into()
    }
}

impl Cell for Status {
    type Array = StringArray;
    type View<'a> = Self;
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::Utf8
    }

    fn array<'a>(values: impl Iterator<Item = Self::View<'a>>) -> ArrayRef {
        String::array(values.map(Self::as_str))
    }

    fn view(&self) -> Self {
        *self
    }

    fn get(array: &StringArray, row: usize) -> Self {
        array.value(row).parse().unwrap_or_default()
    }

    fn own(view: Self) -> Self {
        view
    }

    fn value(view: Self) -> Value {
        view.as_str().into()
    }

    fn find_unknown(array: &StringArray) -> Option<&str> {
        array.iter().flatten().find(|value| value.parse::<Self>().is_err())
    }
}

/// Returns the field of the values of a list, with the name that the Parquet standard requires.
fn element(data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new("element", data_type, true))
}

impl Cell for Vec<String> {
    type Array = ListArray;
    type View<'a> = Vec<&'a str>;
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::List(element(DataType::Utf8))
    }

    fn array<'a>(values: impl Iterator<Item = Vec<&'a str>>) -> ArrayRef {
        let mut builder =
            ListBuilder::new(StringBuilder::new()).with_field(element(DataType::Utf8));
        for value in values {
            value.into_iter().for_each(|text| builder.values().append_value(text));
            builder.append(true);
        }
        Arc::new(builder.finish())
    }

    fn view(&self) -> Vec<&str> {
        self.iter().map(String::as_str).collect()
    }

    fn get(array: &ListArray, row: usize) -> Vec<&str> {
        let bounds = array.value_offsets();
        let list = bounds[row] as usize..bounds[row + 1] as usize;
        let texts = array.values().as_string_opt::<i32>();
        texts.map_or_else(Vec::new, |texts| list.map(|index| texts.value(index)).collect())
    }

    fn own(view: Vec<&str>) -> Self {
        view.into_iter().map(str::to_owned).collect()
    }

    fn value(view: Vec<&str>) -> Value {
        view.into()
    }
}

macro_rules! lists {
    ($($type:ty => $arrow:ty),+) => {$(
        impl Cell for Vec<$type> {
            type Array = ListArray;
            type View<'a> = &'a [$type];
            const NULLABLE: bool = false;

            fn data_type() -> DataType {
                DataType::List(element(<$arrow>::DATA_TYPE))
            }

            fn array<'a>(values: impl Iterator<Item = &'a [$type]>) -> ArrayRef {
                let values_builder = PrimitiveBuilder::<$arrow>::new();
                let mut builder =
                    ListBuilder::new(values_builder).with_field(element(<$arrow>::DATA_TYPE));
                for value in values {
                    builder.values().append_slice(value);
                    builder.append(true);
                }
                Arc::new(builder.finish())
            }

            fn view(&self) -> &[$type] {
                self
            }

            fn get(array: &ListArray, row: usize) -> &[$type] {
                let bounds = array.value_offsets();
                let numbers = array.values().as_primitive_opt::<$arrow>();
                let list = bounds[row] as usize..bounds[row + 1] as usize;
                numbers.map_or(&[], |numbers| &numbers.values()[list])
            }

            fn own(view: &[$type]) -> Self {
                view.to_vec()
            }

            fn value(view: &[$type]) -> Value {
                view.to_vec().into()
            }
        }
    )+};
}
lists!(f32 => Float32Type, i32 => Int32Type, u32 => UInt32Type);
