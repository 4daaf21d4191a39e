//! Polars' frames as ours.

use polars::prelude::{AnyValue, DataFrame, Series};

use super::frame::{Column, Format, Frame, Value};

/// A copy of `data` in plain values.
pub(super) fn frame(mut data: DataFrame) -> Frame {
    data.as_single_chunk_par();
    let columns = data.get_columns().iter().map(|column| Column {
        name: column.name().to_string(),
        values: series(column.as_materialized_series()),
        format: Format::Plain,
    });
    Frame::new(columns.collect())
}

fn series(series: &Series) -> Vec<Value> {
    series.rechunk().iter().map(value).collect()
}

fn value(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(value) => Value::Bool(value),
        AnyValue::Int8(value) => Value::Int(value.into()),
        AnyValue::Int16(value) => Value::Int(value.into()),
        AnyValue::Int32(value) => Value::Int(value.into()),
        AnyValue::Int64(value) => Value::Int(value),
        AnyValue::UInt8(value) => Value::Unsigned(value.into()),
        AnyValue::UInt16(value) => Value::Unsigned(value.into()),
        AnyValue::UInt32(value) => Value::Unsigned(value.into()),
        AnyValue::UInt64(value) => Value::Unsigned(value),
        AnyValue::Float32(value) => Value::Float(value.into()),
        AnyValue::Float64(value) => Value::Float(value),
        AnyValue::String(text) => Value::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::List(values) => Value::List(series(&values)),
        // Dates, decimals, structs: only in files of other programs; formatted by polars.
        other => Value::Text(other.to_string()),
    }
}
