//! Polars' columns as ours, and back.

use polars::prelude::{AnyValue, Column, DataType, NamedFrom, PlSmallStr, Series};

use super::frame::Value;
use super::sql::Kind;

/// A copy of the values of `column`.
pub(super) fn values(column: &Column) -> Vec<Value> {
    series(column.as_materialized_series())
}

fn series(series: &Series) -> Vec<Value> {
    series.rechunk().iter().map(value).collect()
}

fn value(value: AnyValue<'_>) -> Value {
    match value {
        AnyValue::Boolean(value) => Value::Bool(value),
        AnyValue::Int64(value) => Value::Int(value),
        AnyValue::Int128(value) => Value::from_whole(value),
        AnyValue::UInt32(value) => Value::Int(value.into()),
        AnyValue::Float64(value) => Value::Float(value),
        AnyValue::String(text) => Value::Text(text.to_owned()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string()),
        AnyValue::List(values) => Value::List(series(&values)),
        // No column is loaded as another type.
        _ => Value::Null,
    }
}

/// A polars column `name` of `kind`; a value of another kind becomes null.
pub(super) fn to_series(name: PlSmallStr, kind: &Kind, values: &[Value]) -> Series {
    let whole = |value: &Value| value.whole();
    let short = |value: &Value| value.whole().and_then(|value| i64::try_from(value).ok());
    match kind {
        Kind::Null => Series::new_null(name, values.len()),
        Kind::Bool => Series::new(name, values.iter().map(Value::truth).collect::<Vec<_>>()),
        Kind::Int => Series::new(name, values.iter().map(short).collect::<Vec<_>>()),
        Kind::Huge => Series::new(name, values.iter().map(whole).collect::<Vec<_>>()),
        Kind::Float => Series::new(name, values.iter().map(Value::float).collect::<Vec<_>>()),
        Kind::Text => Series::new(name, values.iter().map(Value::text).collect::<Vec<_>>()),
        Kind::List(item) => {
            let list = |value: &Value| match value {
                Value::List(values) => Some(to_series("".into(), item, values)),
                _ => None,
            };
            let rows: Vec<Option<Series>> = values.iter().map(list).collect();
            if rows.iter().all(Option::is_none) {
                let kind = DataType::List(Box::new(item.data_type()));
                return Series::full_null(name, rows.len(), &kind);
            }
            Series::new(name, rows)
        }
    }
}
