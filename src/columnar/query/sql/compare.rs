//! Order and equality of values: nulls equal each other and come last, NaN is the largest number.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use super::super::frame::Value;

/// Compares two values of the same kind. Null comes after every other value.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::List(one), Value::List(other)) => {
            let items = one.iter().zip(other).map(|(one, other)| compare(one, other));
            let difference = items.into_iter().find(|order| order.is_ne());
            difference.unwrap_or_else(|| one.len().cmp(&other.len()))
        }
        _ => match (one.whole(), other.whole()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => float_order(one.float().unwrap_or(f64::NAN), other.float().unwrap_or(f64::NAN)),
        },
    }
}

fn float_order(one: f64, other: f64) -> Ordering {
    one.partial_cmp(&other).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// A value that can be a key of a map. Keys of one map are of one kind.
#[derive(Debug, Clone)]
pub(super) struct Key(pub Value);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        compare(&self.0, &other.0).is_eq()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Null => 0_u8.hash(state),
            Value::Bool(value) => value.hash(state),
            Value::Text(text) => text.hash(state),
            Value::List(values) => {
                values.iter().for_each(|value| Self(value.clone()).hash(state));
            }
            number => match number.whole() {
                Some(whole) => whole.hash(state),
                // Equal numbers have equal bits, except zero and the many NaNs.
                None => {
                    let float = number.float().unwrap_or(f64::NAN);
                    let float = if float.is_nan() { f64::NAN } else { float + 0.0 };
                    float.to_bits().hash(state);
                }
            },
        }
    }
}

/// The key of a row of several columns.
pub(super) fn row_key(columns: &[Vec<Value>], row: usize) -> Vec<Key> {
    columns.iter().map(|column| Key(column[row].clone())).collect()
}
