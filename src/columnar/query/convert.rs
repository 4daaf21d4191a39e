//! From polars' frames to ours.

use std::panic::AssertUnwindSafe;

use polars::prelude::{AnyValue, DataFrame, PolarsResult, Series};

use super::frame::{Column, Format, Frame, Value};
use crate::text::{sanitize, truncate_middle};

/// Columns of a reason: some quote the query's whole syntax tree, or values of the table.
const REASON: usize = 240;

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
        // Dates, decimals, structs: only in files of others; shown as polars writes them.
        other => Value::Text(other.to_string()),
    }
}

/// What polars computes, or the first line of why not: the rest is its plan, which tells a person nothing. Some
/// queries that it does not support make it panic; that is an answer like any other.
pub(super) fn run_polars<T>(compute: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    let reason = |text: String| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        truncate_middle(&sanitize(line.unwrap_or("polars gives no reason")), REASON).into_owned()
    };
    match std::panic::catch_unwind(AssertUnwindSafe(compute)) {
        Ok(result) => result.map_err(|error| reason(error.to_string())),
        Err(_) => Err("polars does not support this query".to_owned()),
    }
}
