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
        value if value.is_signed_integer() => value.extract().map_or(Value::Null, Value::Int),
        value if value.is_unsigned_integer() => {
            value.extract().map_or(Value::Null, Value::Unsigned)
        }
        value if value.is_float() => value.extract().map_or(Value::Null, Value::Float),
        AnyValue::String(text) => Value::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::List(values) => Value::List(series(&values)),
        // Dates, decimals, structs: only in files of other programs; formatted by polars.
        other => Value::Text(other.to_string()),
    }
}
