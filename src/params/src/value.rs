//! Values of parameters, as a pipeline file gives them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The values of a stage's parameters, by name.
pub type Values = BTreeMap<String, Value>;

/// A parameter's value after validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A finite number; an integer written where a number is expected becomes one.
    Number(f64),
    /// A string.
    Text(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{value}"),
        }
    }
}

/// A default value that can be stored in a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DefaultValue {
    /// See [`Value::Boolean`].
    Boolean(bool),
    /// See [`Value::Integer`].
    Integer(i64),
    /// See [`Value::Number`].
    Number(f64),
    /// See [`Value::Text`].
    Text(&'static str),
}

impl From<DefaultValue> for Value {
    fn from(default: DefaultValue) -> Self {
        match default {
            DefaultValue::Boolean(value) => Self::Boolean(value),
            DefaultValue::Integer(value) => Self::Integer(value),
            DefaultValue::Number(value) => Self::Number(value),
            DefaultValue::Text(value) => Self::Text(value.to_owned()),
        }
    }
}
