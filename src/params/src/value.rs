//! Values of parameters, as a pipeline file gives them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The values of a stage's parameters, by name.
pub type Values = BTreeMap<String, Value>;

/// A parameter's value after validation.
#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, strum::Display, strum::EnumDiscriminants,
)]
#[strum_discriminants(
    name(ScalarKind),
    doc = "The type of a value. Fingerprints contain the number of the variant."
)]
#[strum_discriminants(derive(Serialize, Deserialize), serde(rename_all = "lowercase"))]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    #[strum(to_string = "{0}")]
    Boolean(bool),
    /// A whole number.
    #[strum(to_string = "{0}")]
    Integer(i64),
    /// A finite number; an integer written where a number is expected becomes one.
    #[strum(to_string = "{0}")]
    Number(f64),
    /// A string.
    #[strum(to_string = "{0}")]
    Text(String),
}

/// Converts between a Rust type and the variant that holds it.
macro_rules! conversions {
    ($($variant:ident: $type:ty,)+) => {$(
        impl TryFrom<&Value> for $type {
            type Error = ();

            fn try_from(value: &Value) -> Result<Self, ()> {
                if let Value::$variant(value) = value { Ok(value.clone()) } else { Err(()) }
            }
        }

        impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        }
    )+};
}

conversions! { Boolean: bool, Integer: i64, Number: f64, Text: String, }

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
