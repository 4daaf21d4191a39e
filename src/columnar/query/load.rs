//! Arrow's columns as polars'.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Field, Float32Type, Float64Type, Int32Type, Int64Type, UInt32Type,
    UInt64Type,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PlSmallStr, PolarsResult, Series};

use crate::columnar::error::ColumnarError;
use crate::columnar::table;

/// A table, or some columns of it, in memory.
pub(super) struct Loaded {
    columns: Vec<Column>,
    rows: usize,
}

impl Loaded {
    /// Reads the Parquet file at `path`, or the named columns of it.
    pub(super) fn read(path: &Path, names: Option<&[&str]>) -> Result<Self, ColumnarError> {
        let (schema, batches) = table::batches(path, names)?;
        let wanted =
            |field: &&Field| names.is_none_or(|names| names.contains(&field.name().as_str()));
        let fields = schema.fields().iter().map(AsRef::as_ref).filter(wanted);
        let columns = fields.enumerate().map(|(place, field)| {
            let chunks: Vec<ArrayRef> =
                batches.iter().map(|batch| Arc::clone(batch.column(place))).collect();
            series(field, &chunks).into()
        });
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        Ok(Self { columns: columns.collect(), rows })
    }

    /// A table without rows.
    pub(super) fn empty(fields: &[Field]) -> Self {
        Self { columns: fields.iter().map(|field| series(field, &[]).into()).collect(), rows: 0 }
    }

    /// The columns as a frame.
    pub(super) fn frame(self) -> PolarsResult<DataFrame> {
        DataFrame::new(self.columns)
    }

    /// The columns as a frame with one more, `name`, that counts the rows from 0.
    pub(super) fn numbered(mut self, name: &str) -> PolarsResult<DataFrame> {
        let rows: Vec<u64> = (0..self.rows as u64).collect();
        self.columns.push(Series::new(name.into(), rows).into());
        DataFrame::new(self.columns)
    }
}

/// The column `field`, whose values are in `chunks`. Numbers are widened to at least 32 bits; anything but numbers, text,
/// booleans and lists of them (times, decimals, structs) becomes text.
pub(super) fn series(field: &Field, chunks: &[ArrayRef]) -> Series {
    let name: PlSmallStr = field.name().as_str().into();
    match field.data_type() {
        ArrowType::Boolean => {
            let values = chunks.iter().flat_map(|chunk| chunk.as_boolean().iter());
            Series::new(name, values.collect::<Vec<_>>())
        }
        ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32 => {
            Series::new(name, numbers::<Int32Type>(chunks))
        }
        ArrowType::UInt8 | ArrowType::UInt16 | ArrowType::UInt32 => {
            Series::new(name, numbers::<UInt32Type>(chunks))
        }
        ArrowType::Int64 => Series::new(name, numbers::<Int64Type>(chunks)),
        ArrowType::UInt64 => Series::new(name, numbers::<UInt64Type>(chunks)),
        ArrowType::Float16 | ArrowType::Float32 => {
            Series::new(name, numbers::<Float32Type>(chunks))
        }
        ArrowType::Float64 => Series::new(name, numbers::<Float64Type>(chunks)),
        ArrowType::List(item) => lists(name, item, chunks),
        _ => Series::new(name, texts(chunks)),
    }
}

fn numbers<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Vec<Option<T::Native>> {
    let mut numbers = Vec::new();
    for chunk in chunks {
        // Widening cannot fail; a column of the right type is not copied.
        let wide = cast(chunk, &T::DATA_TYPE).ok();
        let wide: Option<&PrimitiveArray<T>> =
            wide.as_ref().and_then(|wide| wide.as_primitive_opt());
        match wide {
            Some(wide) => numbers.extend(wide),
            None => numbers.extend(std::iter::repeat_n(None, chunk.len())),
        }
    }
    numbers
}

fn lists(name: PlSmallStr, item: &Field, chunks: &[ArrayRef]) -> Series {
    let lists = chunks.iter().filter_map(|chunk| chunk.as_list_opt::<i32>());
    let rows: Vec<Option<Series>> = lists
        .flat_map(|chunk| chunk.iter().map(|values| values.map(|values| series(item, &[values]))))
        .collect();
    if rows.iter().all(Option::is_none) {
        let kind = DataType::List(Box::new(series(item, &[]).dtype().clone()));
        return Series::full_null(name, rows.len(), &kind);
    }
    Series::new(name, rows)
}

fn texts(chunks: &[ArrayRef]) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for chunk in chunks {
        let strings = cast(chunk, &ArrowType::Utf8).ok();
        match strings.as_ref().and_then(|strings| strings.as_string_opt::<i32>()) {
            Some(strings) => texts.extend(strings.iter().map(|text| text.map(str::to_owned))),
            None => texts.extend(shown(chunk)),
        }
    }
    texts
}

/// The values as text in the format of Arrow.
fn shown(chunk: &ArrayRef) -> Vec<Option<String>> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(chunk, &options).ok();
    let show = |row| formatter.as_ref()?.value(row).try_to_string().ok();
    (0..chunk.len()).map(|row| if chunk.is_null(row) { None } else { show(row) }).collect()
}
