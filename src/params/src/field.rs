//! Conversion of parameters to the fields of a struct.

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

impl ValueError {
    fn new(parameter: &Parameter, found: &Value) -> Self {
        let (name, expected) = (parameter.name, parameter.param_type.to_string());
        Self { name, found: found.to_string(), expected }
    }
}

/// How a field is filled and checked. `parameters` are those of its struct.
pub trait Field {
    /// Type of the field.
    type Type;

    /// Converts a value; `None` if it does not fit.
    fn from_value(value: &Value) -> Option<Self::Type>;

    /// Reads the field from `values`, or else from its default.
    ///
    /// # Errors
    /// Returns an error if the value does not fit the field.
    fn read(
        parameters: &[Parameter],
        name: &str,
        values: &Values,
    ) -> Result<Self::Type, ValueError> {
        let parameter = find(parameters, name);
        let default = parameter.default.into();
        let value = values.get(name).unwrap_or(&default);
        Self::from_value(value).ok_or_else(|| ValueError::new(parameter, value))
    }

    /// Checks the field's range.
    ///
    /// # Errors
    /// Returns an error if the field is out of range.
    fn check(
        _parameters: &[Parameter],
        _name: &str,
        _field: &Self::Type,
    ) -> Result<(), ValueError> {
        Ok(())
    }
}

fn find<'a>(parameters: &'a [Parameter], name: &str) -> &'a Parameter {
    let found = parameters.iter().find(|parameter| parameter.name == name);
    found.expect("a field is declared with its parameter")
}

/// A field that is a boolean or a text.
pub struct Plain<T>(PhantomData<T>);

impl<T: for<'a> TryFrom<&'a Value>> Field for Plain<T> {
    type Type = T;

    fn from_value(value: &Value) -> Option<T> {
        value.try_into().ok()
    }
}

/// A field that is an enum without data.
pub struct Choice<T>(PhantomData<T>);

impl<T: FromStr> Field for Choice<T> {
    type Type = T;

    fn from_value(value: &Value) -> Option<T> {
        String::try_from(value).ok()?.parse().ok()
    }
}

/// A field with parameters of its own.
pub struct Group<T>(PhantomData<T>);

impl<T: Params<Given = ()>> Field for Group<T> {
    type Type = T;

    fn from_value(_: &Value) -> Option<T> {
        None
    }

    fn read(_: &[Parameter], _: &str, values: &Values) -> Result<T, ValueError> {
        T::from_values(values, ())
    }

    fn check(_: &[Parameter], _: &str, field: &T) -> Result<(), ValueError> {
        field.check_ranges()
    }
}

/// A field that is a number.
pub struct Number<T>(PhantomData<T>);

impl<T: NumberField> Field for Number<T> {
    type Type = T;

    fn from_value(value: &Value) -> Option<T> {
        T::from_bound(value.try_into().ok()?)
    }

    fn check(parameters: &[Parameter], name: &str, field: &T) -> Result<(), ValueError> {
        let (parameter, value) = (find(parameters, name), field.to_bound().into());
        let is_accepted = parameter.param_type.accepts(&value);
        if is_accepted { Ok(()) } else { Err(ValueError::new(parameter, &value)) }
    }
}

/// A type of fields that has a range.
pub trait NumberField: Sized {
    /// Type of the range's bounds: `i64` or `f64`, the numbers of a [`Value`].
    type Bound: for<'a> TryFrom<&'a Value> + Into<Value> + Default + PartialEq;
    /// Converts from the type of bounds; `None` if it does not fit.
    fn from_bound(bound: Self::Bound) -> Option<Self>;
    /// Converts to the type of bounds.
    fn to_bound(&self) -> Self::Bound;
}

macro_rules! number_fields {
    ($bound:ty: $($type:ty)+, |$from:ident| $converted:expr, |$to:ident| $back:expr) => {$(
        impl NumberField for $type {
            type Bound = $bound;

            fn from_bound($from: $bound) -> Option<Self> {
                $converted
            }

            fn to_bound(&self) -> $bound {
                let $to = *self;
                $back
            }
        }
    )+};
}

/// Converts an integer; `None` if it does not fit.
fn convert<T: TryInto<U>, U>(integer: T) -> Option<U> {
    integer.try_into().ok()
}

number_fields! {
    i64: u8 u32 u64 usize i64, |bound| convert(bound), |field| convert(field).unwrap_or(i64::MAX)
}
number_fields! { f64: f32 f64, |bound| Some(bound as Self), |field| field as Self::Bound }

/// `None` is the parameter's 0.
impl<T: NumberField> NumberField for Option<T> {
    type Bound = T::Bound;

    fn from_bound(bound: T::Bound) -> Option<Self> {
        if bound == T::Bound::default() { Some(None) } else { T::from_bound(bound).map(Some) }
    }

    fn to_bound(&self) -> T::Bound {
        self.as_ref().map(T::to_bound).unwrap_or_default()
    }
}

/// The bounds of a number, both inclusive.
pub struct Range<T>(pub T, pub T);

macro_rules! ranges {
    ($($bound:ty: $variant:ident)+) => {$(
        impl Range<$bound> {
            /// Declares a parameter with these bounds.
            pub const fn parameter(
                self,
                name: &'static str,
                about: &'static str,
                default: $bound,
            ) -> Parameter {
                let param_type = ParamType::$variant(self.0, self.1);
                Parameter::new(name, about, param_type, DefaultValue::$variant(default))
            }
        }
    )+};
}

ranges! { i64: Integer f64: Number }
