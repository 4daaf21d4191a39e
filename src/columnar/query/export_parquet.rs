//! Results as Parquet files.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, ListArray,
    StringArray, UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{Field, Schema};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::frame::{Frame, Value};
use crate::columnar::table::state_known_orders;

/// Digits of the whole numbers beyond 64 bits.
const DIGITS: u8 = 38;

impl Frame {
    /// Writes the frame to the Parquet file at `path`. A column is of 64-bit numbers, booleans, texts or lists of them; of
    /// decimals if a whole number needs more than 64 bits.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub fn write_parquet(&self, path: &Path) -> Result<(), ParquetError> {
        let arrays: Vec<ArrayRef> = self
            .columns()
            .iter()
            .map(|column| array(&column.values))
            .collect::<Result<_, ArrowError>>()?;
        let field =
            |(name, array): (&String, &ArrayRef)| Field::new(name, array.data_type().clone(), true);
        let names = self.columns().iter().map(|column| &column.name);
        let schema = Arc::new(Schema::new(names.zip(&arrays).map(field).collect::<Vec<_>>()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_created_by("partita".to_owned());
        let mut file = fs_err::OpenOptions::new();
        let mut file = file.read(true).write(true).create(true).truncate(true).open(path)?;
        let mut writer = ArrowWriter::try_new(&mut file, schema, Some(properties.build()))?;
        writer.write(&batch)?;
        writer.close()?;
        state_known_orders(&mut file, self.columns().len())
    }
}

fn array(values: &[Value]) -> Result<ArrayRef, ArrowError> {
    let has = |test: fn(&Value) -> bool| values.iter().any(test);
    let all =
        |test: fn(&Value) -> bool| values.iter().all(|value| *value == Value::Null || test(value));
    if has(|value| matches!(value, Value::List(_))) {
        return lists(values);
    }
    Ok(match () {
        () if has(|value| matches!(value, Value::Text(_))) || all(|_| false) => {
            let text = |value: &Value| (*value != Value::Null).then(|| value.plain());
            Arc::new(values.iter().map(text).collect::<StringArray>())
        }
        () if all(|value| matches!(value, Value::Bool(_))) => {
            Arc::new(values.iter().map(Value::truth).collect::<BooleanArray>())
        }
        () if has(|value| matches!(value, Value::Float(_))) => {
            Arc::new(values.iter().map(Value::float).collect::<Float64Array>())
        }
        () if all(|value| value.whole().is_some_and(|number| i64::try_from(number).is_ok())) => {
            let number =
                |value: &Value| value.whole().and_then(|number| i64::try_from(number).ok());
            Arc::new(values.iter().map(number).collect::<Int64Array>())
        }
        () if all(|value| value.whole().is_some_and(|number| u64::try_from(number).is_ok())) => {
            let number =
                |value: &Value| value.whole().and_then(|number| u64::try_from(number).ok());
            Arc::new(values.iter().map(number).collect::<UInt64Array>())
        }
        () => {
            let numbers: Decimal128Array = values.iter().map(Value::whole).collect();
            Arc::new(numbers.with_precision_and_scale(DIGITS, 0)?)
        }
    })
}

fn lists(values: &[Value]) -> Result<ArrayRef, ArrowError> {
    let (mut items, mut lengths, mut is_valid) = (Vec::new(), Vec::new(), Vec::new());
    for value in values {
        let list = match value {
            Value::List(list) => list.as_slice(),
            _ => &[],
        };
        items.extend_from_slice(list);
        lengths.push(list.len());
        is_valid.push(*value != Value::Null);
    }
    let items = array(&items)?;
    let field = Field::new("item", items.data_type().clone(), true);
    let offsets = OffsetBuffer::from_lengths(lengths);
    let list =
        ListArray::try_new(Arc::new(field), offsets, items, Some(NullBuffer::from(is_valid)))?;
    Ok(Arc::new(list))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::Table;

    #[test]
    fn written_file_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let names = ["text", "x", "n", "big", "yes", "list", "none"];
        let list = Value::List(vec![Value::Int(1), Value::Null]);
        let rows = vec![
            vec![
                "a".into(),
                0.5.into(),
                Value::Int(-1),
                Value::Unsigned(u64::MAX),
                Value::Bool(true),
                list.clone(),
                Value::Null,
            ],
            vec![
                Value::Null,
                Value::Float(f64::NAN),
                Value::Null,
                Value::Int(1),
                Value::Null,
                Value::Null,
                Value::Null,
            ],
        ];
        let frame = Frame::of_rows(&names, rows);
        frame.write_parquet(&path).unwrap();
        let table = Table::open(&path).unwrap();
        let types: Vec<&str> = table.columns().iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(types, ["str", "f64", "i64", "u64", "bool", "list[i64]", "str"]);
        assert_eq!(table.sql("select * from self").unwrap().to_csv(), frame.to_csv());
        Frame::of_rows(&["sum"], vec![vec![Value::Huge(1 << 70)]]).write_parquet(&path).unwrap();
        let sum = Table::open(&path).unwrap().sql("select sum / 1 as sum from self").unwrap();
        assert_eq!(sum.to_csv(), "sum\n1180591620717411300000\n");
    }
}
