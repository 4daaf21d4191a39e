//! Conversions between the fields of a struct and the values of its parameters.

use crate::{DefaultValue, ParamType, Parameter, Params, Value, Values};
use std::marker::PhantomData;
use std::str::FromStr;

/// A value that is not of its parameter's type or out of its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is {found}, but must be {expected}")]
pub struct ValueError {
    /// Name of the parameter.
    pub name: &'static str,
    /// Its value.
    pub found: String,
    /// The values that it takes, in words.
    pub expected: String,
}

/// How a field is filled from parameters.
pub trait Field {
    /// Type of the field.
    type Type;

    /// Reads the field from `values`, or else from the defaults in `parameters`.
    ///
    /// # Errors
    /// Returns an error if the value does not fit the field.
    fn read(
        name: &'static str,
        values: &Values,
        parameters: &[Parameter],
    ) -> Result<Self::Type, ValueError>;

    /// Adds the field to `values`.
    fn write(field: &Self::Type, name: &'static str, values: &mut Values);
}

/// A field that is a number, a boolean or a text.
pub struct Scalar<T>(PhantomData<T>);

impl<T: FieldValue> Field for Scalar<T> {
    type Type = T;

    fn read(
        name: &'static str,
        values: &Values,
        parameters: &[Parameter],
    ) -> Result<T, ValueError> {
        read(name, values, parameters, T::from_value)
    }

    fn write(field: &T, name: &'static str, values: &mut Values) {
        values.insert(name.to_owned(), field.to_value());
    }
}

/// A field that is an enum without data; strum's derives give the words.
pub struct Choice<T>(PhantomData<T>);

impl<T: FromStr + Into<&'static str> + Copy> Field for Choice<T> {
    type Type = T;

    fn read(
        name: &'static str,
        values: &Values,
        parameters: &[Parameter],
    ) -> Result<T, ValueError> {
        read(name, values, parameters, |value| match value {
            Value::Text(word) => word.parse().ok(),
            _ => None,
        })
    }

    fn write(field: &T, name: &'static str, values: &mut Values) {
        let word: &'static str = (*field).into();
        values.insert(name.to_owned(), Value::Text(word.to_owned()));
    }
}

/// A field with parameters of its own.
pub struct Group<T>(PhantomData<T>);

impl<T: Params<Given = ()>> Field for Group<T> {
    type Type = T;

    fn read(_: &'static str, values: &Values, _: &[Parameter]) -> Result<T, ValueError> {
        T::from_values(values, ())
    }

    fn write(field: &T, _: &'static str, values: &mut Values) {
        field.add_values(values);
    }
}

fn read<T>(
    name: &'static str,
    values: &Values,
    parameters: &[Parameter],
    convert: impl Fn(&Value) -> Option<T>,
) -> Result<T, ValueError> {
    let parameter = parameters.iter().find(|parameter| parameter.name == name);
    let default = parameter.map(|parameter| Value::from(parameter.default));
    let value = values.get(name).or(default.as_ref());
    value.and_then(convert).ok_or_else(|| ValueError {
        name,
        found: value.map_or_else(|| "missing".to_owned(), Value::to_string),
        expected: parameter.map_or_else(String::new, |parameter| parameter.param_type.to_string()),
    })
}

/// A type of fields that converts to and from values.
pub trait FieldValue: Sized {
    /// Converts a value; `None` if it is of another type or does not fit.
    fn from_value(value: &Value) -> Option<Self>;
    /// Converts to a value.
    fn to_value(&self) -> Value;
}

/// A [`FieldValue`] that has a range.
pub trait NumberField: FieldValue {
    /// Type of the range's bounds: `i64` or `f64`.
    type Bound;
}

/// Declares how a type is stored in a [`Value`].
macro_rules! field_value {
    ($variant:ident: $($type:ty, |$value:ident| $from:expr, |$field:ident| $to:expr;)+) => {$(
        impl FieldValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                let Value::$variant($value) = value else { return None };
                $from
            }

            fn to_value(&self) -> Value {
                let $field = self;
                Value::$variant($to)
            }
        }
    )+};
}

field_value! { Boolean: bool, |value| Some(*value), |field| *field; }
field_value! { Text: String, |value| Some(value.clone()), |field| field.clone(); }
field_value! { Number:
    f64, |value| Some(*value), |field| *field;
    f32, |value| Some(*value as f32), |field| f64::from(*field);
    Option<f64>, |value| Some(Some(*value).filter(|value| *value != 0.0)), |field| field.unwrap_or(0.0);
}

impl NumberField for f64 {
    type Bound = f64;
}
impl NumberField for f32 {
    type Bound = f64;
}
impl NumberField for Option<f64> {
    type Bound = f64;
}

macro_rules! integer_types {
    ($($type:ty)+) => {$(
        field_value! { Integer:
            $type,
            |value| Self::try_from(*value).ok(),
            |field| i64::try_from(*field).unwrap_or(i64::MAX);
            Option<$type>,
            |value| <$type>::try_from(*value).ok().map(|value| Some(value).filter(|value| *value != 0)),
            |field| field.map_or(0, |field| i64::try_from(field).unwrap_or(i64::MAX));
        }

        impl NumberField for $type {
            type Bound = i64;
        }
        impl NumberField for Option<$type> {
            type Bound = i64;
        }
    )+};
}

integer_types! { u8 u16 u32 u64 usize i64 }

/// The bounds of a number, both inclusive.
pub struct Range<T>(pub T, pub T);

impl Range<i64> {
    /// Declares an integer parameter.
    #[must_use]
    pub const fn parameter(
        self,
        name: &'static str,
        about: &'static str,
        default: i64,
    ) -> Parameter {
        let param_type = ParamType::Integer(self.0, self.1);
        Parameter::new(name, about, param_type, DefaultValue::Integer(default))
    }
}

impl Range<f64> {
    /// Declares a float parameter.
    #[must_use]
    pub const fn parameter(
        self,
        name: &'static str,
        about: &'static str,
        default: f64,
    ) -> Parameter {
        let param_type = ParamType::Number(self.0, self.1);
        Parameter::new(name, about, param_type, DefaultValue::Number(default))
    }
}
