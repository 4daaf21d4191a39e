//! Arrow's columns as polars'.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, Field, Float64Type, Int64Type, UInt64Type};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use polars::prelude::{Column, DataType, NamedFrom, PlSmallStr, Series};

use super::convert::to_series;
use super::frame::Value;
use super::sql::Kind;
use crate::columnar::error::ColumnarError;
use crate::columnar::table;

/// A table, or some columns of it, in memory.
pub(super) struct Loaded {
    columns: Vec<Column>,
    rows: usize,
}

impl Loaded {
    /// Reads the Parquet file at `path`, or the named columns of it.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or if a column's values cannot be shown.
    pub(super) fn read(path: &Path, names: Option<&[&str]>) -> Result<Self, ColumnarError> {
        let (schema, batches) = table::batches(path, names)?;
        let wanted =
            |field: &&Field| names.is_none_or(|names| names.contains(&field.name().as_str()));
        let fields = schema.fields().iter().map(AsRef::as_ref).filter(wanted);
        let columns = fields.enumerate().map(|(place, field)| {
            let chunks: Vec<ArrayRef> =
                batches.iter().map(|batch| Arc::clone(batch.column(place))).collect();
            let name = field.name().as_str();
            let column = series(name.into(), field.data_type(), &chunks);
            column.map(Column::from).map_err(|problem| ColumnarError::Column {
                path: path.to_owned(),
                column: name.to_owned(),
                problem,
            })
        });
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        Ok(Self { columns: columns.collect::<Result<_, _>>()?, rows })
    }

    /// Columns of `rows` values.
    pub(super) fn of_values<'a>(
        columns: impl Iterator<Item = (&'a str, &'a Kind, &'a [Value])>,
        rows: usize,
    ) -> Self {
        let columns =
            columns.map(|(name, kind, values)| to_series(name.into(), kind, values).into());
        Self { columns: columns.collect(), rows }
    }

    /// A table without rows.
    pub(super) fn empty(fields: &[Field]) -> Self {
        let column = |field: &Field| {
            let kind = series("".into(), field.data_type(), &[])
                .map_or(Kind::Text, |it| Kind::of(it.dtype()));
            to_series(field.name().as_str().into(), &kind, &[]).into()
        };
        Self { columns: fields.iter().map(column).collect(), rows: 0 }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The columns, in order.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, in order.
    pub(super) fn into_columns(self) -> Vec<Column> {
        self.columns
    }
}

/// The name of a column's type: `i64`, `u32`, `f64`, `str`, `list[f32]`.
pub(super) fn type_name(kind: &ArrowType) -> String {
    match kind {
        ArrowType::Boolean => "bool".to_owned(),
        ArrowType::Int8 => "i8".to_owned(),
        ArrowType::Int16 => "i16".to_owned(),
        ArrowType::Int32 => "i32".to_owned(),
        ArrowType::Int64 => "i64".to_owned(),
        ArrowType::UInt8 => "u8".to_owned(),
        ArrowType::UInt16 => "u16".to_owned(),
        ArrowType::UInt32 => "u32".to_owned(),
        ArrowType::UInt64 => "u64".to_owned(),
        ArrowType::Float16 => "f16".to_owned(),
        ArrowType::Float32 => "f32".to_owned(),
        ArrowType::Float64 => "f64".to_owned(),
        ArrowType::Utf8 | ArrowType::LargeUtf8 | ArrowType::Utf8View => "str".to_owned(),
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => {
            format!("list[{}]", type_name(item.data_type()))
        }
        ArrowType::Dictionary(_, value) => type_name(value),
        ArrowType::Decimal128(digits, scale) => format!("decimal({digits},{scale})"),
        ArrowType::Date32 | ArrowType::Date64 => "date".to_owned(),
        ArrowType::Timestamp(_, None) => "datetime".to_owned(),
        ArrowType::Timestamp(_, Some(zone)) => format!("datetime({zone})"),
        ArrowType::Struct(_) => "struct".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

/// The column `name`, whose values are in `chunks`. Whole numbers become 64 bits (unsigned ones too large for that: 128),
/// floating point numbers and decimals 64 bits; dates, times and structs become text, points in time that of UTC.
fn series(name: PlSmallStr, kind: &ArrowType, chunks: &[ArrayRef]) -> Result<Series, String> {
    use ArrowType as T;
    Ok(match kind {
        T::Boolean => {
            let values = chunks.iter().flat_map(|chunk| chunk.as_boolean().iter());
            Series::new(name, values.collect::<Vec<_>>())
        }
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => {
            Series::new(name, numbers::<Int64Type>(chunks)?)
        }
        T::UInt64 => {
            let numbers = numbers::<UInt64Type>(chunks)?;
            let short = |number: &Option<u64>| number.map(i64::try_from).transpose().ok();
            match numbers.iter().map(short).collect::<Option<Vec<Option<i64>>>>() {
                Some(short) => Series::new(name, short),
                None => {
                    let wide: Vec<Option<i128>> =
                        numbers.into_iter().map(|number| number.map(i128::from)).collect();
                    Series::new(name, wide)
                }
            }
        }
        T::Float16
        | T::Float32
        | T::Float64
        | T::Decimal32(..)
        | T::Decimal64(..)
        | T::Decimal128(..)
        | T::Decimal256(..) => Series::new(name, numbers::<Float64Type>(chunks)?),
        T::Utf8 | T::LargeUtf8 | T::Utf8View => Series::new(name, texts(chunks)?),
        T::Null => {
            let rows = chunks.iter().map(|chunk| chunk.len()).sum();
            Series::full_null(name, rows, &DataType::String)
        }
        T::Dictionary(_, value) => {
            let plain = |chunk: &ArrayRef| {
                cast(chunk, value).map_err(|error| unreadable(kind, &error.to_string()))
            };
            let chunks: Vec<ArrayRef> = chunks.iter().map(plain).collect::<Result<_, _>>()?;
            series(name, value, &chunks)?
        }
        T::List(item) | T::LargeList(item) | T::FixedSizeList(item, _) => {
            lists(name, kind, item, chunks)?
        }
        T::Timestamp(unit, Some(_)) => {
            // The values are in UTC already; only the name of the zone goes.
            let utc = T::Timestamp(*unit, Some("+00:00".into()));
            let plain = |chunk: &ArrayRef| {
                cast(chunk, &utc).map_err(|error| unreadable(kind, &error.to_string()))
            };
            let chunks: Vec<ArrayRef> = chunks.iter().map(plain).collect::<Result<_, _>>()?;
            Series::new(name, shown(kind, &chunks)?)
        }
        _ => Series::new(name, shown(kind, chunks)?),
    })
}

fn unreadable(kind: &ArrowType, reason: &str) -> String {
    format!("holds {kind}, which cannot be shown: {reason}")
}

fn numbers<T: ArrowPrimitiveType>(chunks: &[ArrayRef]) -> Result<Vec<Option<T::Native>>, String> {
    let mut numbers = Vec::new();
    for chunk in chunks {
        // A column of the right type is not copied.
        let wide = cast(chunk, &T::DATA_TYPE);
        let wide = wide.map_err(|error| unreadable(chunk.data_type(), &error.to_string()))?;
        let wide: Option<&PrimitiveArray<T>> = wide.as_primitive_opt();
        numbers.extend(wide.ok_or_else(|| unreadable(chunk.data_type(), "it is no number"))?);
    }
    Ok(numbers)
}

fn lists(
    name: PlSmallStr,
    kind: &ArrowType,
    item: &Field,
    chunks: &[ArrayRef],
) -> Result<Series, String> {
    let plain = ArrowType::List(Arc::new(item.clone()));
    let mut rows: Vec<Option<Series>> = Vec::new();
    for chunk in chunks {
        let lists = cast(chunk, &plain).map_err(|error| unreadable(kind, &error.to_string()))?;
        let lists = lists.as_list_opt::<i32>().ok_or_else(|| unreadable(kind, "it is no list"))?;
        for values in lists.iter() {
            let row =
                values.map(|values| series("".into(), item.data_type(), &[values])).transpose()?;
            rows.push(row);
        }
    }
    let item = series("".into(), item.data_type(), &[])?.dtype().clone();
    if rows.iter().all(Option::is_none) {
        return Ok(Series::full_null(name, rows.len(), &DataType::List(Box::new(item))));
    }
    // Lists of large unsigned numbers are wider than the others.
    let widest = rows.iter().flatten().find(|row| row.dtype() == &DataType::Int128);
    let item = widest.map_or(item, |row| row.dtype().clone());
    let rows: Result<Vec<Option<Series>>, String> = rows
        .into_iter()
        .map(|row| {
            row.map(|row| row.cast(&item).map_err(|error| unreadable(kind, &error.to_string())))
                .transpose()
        })
        .collect();
    Ok(Series::new(name, rows?))
}

fn texts(chunks: &[ArrayRef]) -> Result<Vec<Option<String>>, String> {
    let mut texts = Vec::new();
    for chunk in chunks {
        let strings = cast(chunk, &ArrowType::LargeUtf8);
        let strings = strings.map_err(|error| unreadable(chunk.data_type(), &error.to_string()))?;
        let strings = strings
            .as_string_opt::<i64>()
            .ok_or_else(|| unreadable(chunk.data_type(), "it is no text"))?;
        texts.extend(strings.iter().map(|text| text.map(str::to_owned)));
    }
    Ok(texts)
}

/// The values as text in the format of Arrow.
fn shown(kind: &ArrowType, chunks: &[ArrayRef]) -> Result<Vec<Option<String>>, String> {
    let options = FormatOptions::default();
    let mut texts = Vec::new();
    for chunk in chunks {
        let formatter = ArrayFormatter::try_new(chunk, &options);
        let formatter = formatter.map_err(|error| unreadable(kind, &error.to_string()))?;
        for row in 0..chunk.len() {
            let text =
                (!chunk.is_null(row)).then(|| formatter.value(row).try_to_string()).transpose();
            texts.push(text.map_err(|error| unreadable(kind, &error.to_string()))?);
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, Decimal128Array, Float32Array, Int8Array, Int32Array, LargeStringArray,
        StringArray, StructArray, TimestampMillisecondArray, UInt64Array,
    };
    use arrow::datatypes::{DataType, Field};
    use arrow::record_batch::RecordBatch;
    use parquet::arrow::ArrowWriter;
    use parquet::basic::{Compression, GzipLevel};
    use parquet::file::properties::WriterProperties;

    use crate::columnar::Table;

    fn opened(
        columns: Vec<(&str, ArrayRef)>,
        compression: Compression,
    ) -> (tempfile::TempDir, Table) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("foreign.parquet");
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_compression(compression).build();
        let file = fs_err::File::create(&path).unwrap().into_file();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let table = Table::open(&path).unwrap();
        (folder, table)
    }

    #[test]
    fn types_of_other_programs_are_shown() {
        let time = TimestampMillisecondArray::from(vec![Some(1_588_333_500_000), None]);
        let decimal = Decimal128Array::from(vec![Some(12_345), None])
            .with_precision_and_scale(10, 2)
            .unwrap();
        let parts: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let record =
            StructArray::from(vec![(Arc::new(Field::new("a", DataType::Int32, true)), parts)]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("zoned", Arc::new(time.clone().with_timezone("Europe/Berlin"))),
            ("plain", Arc::new(time)),
            ("decimal", Arc::new(decimal)),
            ("record", Arc::new(record)),
            ("tiny", Arc::new(Int8Array::from(vec![Some(-1), None]))),
            ("single", Arc::new(Float32Array::from(vec![Some(0.5), None]))),
            ("large", Arc::new(LargeStringArray::from(vec![Some("x"), None]))),
            ("unsigned", Arc::new(UInt64Array::from(vec![Some(u64::MAX), None]))),
        ];
        let (_folder, table) = opened(columns, Compression::SNAPPY);
        let frame = table.sql("select * from self").unwrap();
        let csv = frame.to_csv();
        let (row, nulls) = csv.split_once('\n').unwrap().1.split_once('\n').unwrap();
        assert_eq!(
            row,
            "2020-05-01T11:45:00Z,2020-05-01T11:45:00,123.45,{a: 1},-1,0.5,x,18446744073709551615"
        );
        assert_eq!(nulls, ",,,{a: 2},,,,\n");
        let sum = table
            .sql("select unsigned - 1 as u, decimal * 2 as d, tiny - 100 as t from self limit 1")
            .unwrap();
        assert_eq!(sum.to_csv(), "u,d,t\n18446744073709551614,246.9,-101\n");
    }

    #[test]
    fn usual_compressions_are_read() {
        let gzip = Compression::GZIP(GzipLevel::default());
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            gzip,
            Compression::LZ4,
            Compression::LZ4_RAW,
        ] {
            let column: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
            let (_folder, table) = opened(vec![("c", column)], compression);
            assert_eq!(table.sql("select c from self").unwrap().to_csv(), "c\na\nb\n");
        }
    }
}
