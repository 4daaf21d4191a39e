//! Types and ranges of parameters.

use crate::Value;
use std::fmt;

/// The upper bound of an integer parameter without a limit.
pub const UNLIMITED: i64 = i64::MAX;

/// The type of a parameter's values and their range; bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParamType {
    /// `true` or `false`.
    Boolean,
    /// A whole number between two bounds.
    Integer(i64, i64),
    /// A finite number between two bounds.
    Number(f64, f64),
    /// Any string.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
}

impl ParamType {
    /// Returns whether `value` is of this type and in its range.
    pub fn accepts(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_)) | (Self::Text, Value::Text(_)) => true,
            (Self::Integer(low, high), Value::Integer(value)) => (low..=high).contains(&value),
            (Self::Number(low, high), Value::Number(value)) => {
                value.is_finite() && (low..=high).contains(&value)
            }
            (Self::Choice(words), Value::Text(word)) => words.contains(&word.as_str()),
            _ => false,
        }
    }
}

/// `a whole number between 1 and 1000`: for error messages and help texts.
impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Boolean => f.write_str("true or false"),
            Self::Integer(low, i64::MAX) => write!(f, "a whole number of at least {low}"),
            Self::Integer(low, high) => write!(f, "a whole number between {low} and {high}"),
            Self::Number(low, high) => write!(f, "a number between {low} and {high}"),
            Self::Text => f.write_str("a string"),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
                f.write_str(&alternatives(&quoted))
            }
        }
    }
}

/// Joins words to `a, b or c`.
pub(crate) fn alternatives(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => words.concat(),
    }
}
