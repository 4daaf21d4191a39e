//! The macro `params!`.

use crate::{Parameter, Value, ValueError, Values};

/// A struct that `params!` declares.
pub trait Params: Sized {
    /// The values of the fields under `given`, a tuple.
    type Given;

    /// Its parameters, those of groups included.
    const PARAMETERS: &'static [Parameter];

    /// Fills the struct; missing parameters get their defaults.
    ///
    /// # Errors
    /// Returns an error if a value does not fit its field. Ranges are not checked.
    fn from_values(values: &Values, given: Self::Given) -> Result<Self, ValueError>;

    /// Adds the values of all parameters to `values`.
    fn add_values(&self, values: &mut Values);

    /// Checks the ranges of all parameters, for structs that are not filled from a validated pipeline.
    ///
    /// # Errors
    /// Returns an error for the first value out of range.
    fn check_ranges(&self) -> Result<(), ValueError> {
        let mut values = Values::new();
        self.add_values(&mut values);
        for Parameter { name, param_type, .. } in Self::PARAMETERS {
            let value = values.get(*name).filter(|value| !param_type.accepts(value));
            if let Some(found) = value.map(Value::to_string) {
                return Err(ValueError { name, found, expected: param_type.to_string() });
            }
        }
        Ok(())
    }
}

/// Declares a struct of parameters. The crate's documentation explains the syntax.
#[macro_export]
macro_rules! params {
    // The parameters that a field declares. Without a default it is a group.
    (@declare $name:expr, $about:expr, $type:ty) => {
        <$type as $crate::Params>::PARAMETERS
    };
    (
        @declare $name:expr, $about:expr, $type:ty, $default:tt $(in $low:tt..=$high:tt)?
        $(for $other:ident: $($word:ident)|+)? $(as $flag:ident)?
    ) => {
        &[$crate::params!(@parameter $name, $about.trim_ascii(), $type, $default $(in $low..=$high)?)
            $(.only_for(stringify!($other), &[$(stringify!($word)),+]))? $(.$flag())?]
    };
    (@parameter $name:expr, $about:expr, $type:ty, $default:tt in $low:tt..=$high:tt) => {
        $crate::Range::<<$type as $crate::NumberField>::Bound>($low, $high)
            .parameter($name, $about, $default)
    };
    (@parameter $name:expr, $about:expr, $type:ty, true) => {
        $crate::Parameter::flag($name, $about, true)
    };
    (@parameter $name:expr, $about:expr, $type:ty, false) => {
        $crate::Parameter::flag($name, $about, false)
    };
    (@parameter $name:expr, $about:expr, $type:ty, $word:ident) => {
        $crate::Parameter::new(
            $name,
            $about,
            $crate::ParamType::Choice(<$type as ::strum::VariantNames>::VARIANTS),
            $crate::DefaultValue::Text(stringify!($word)),
        )
    };
    (@parameter $name:expr, $about:expr, $type:ty, $text:literal) => {
        $crate::Parameter::new(
            $name, $about, $crate::ParamType::Text, $crate::DefaultValue::Text($text),
        )
    };

    // How a field is converted, by its default.
    (@field $type:ty) => { $crate::Group<$type> };
    (@field $type:ty, $default:tt in $low:tt) => { $crate::Scalar<$type> };
    (@field $type:ty, true) => { $crate::Scalar<$type> };
    (@field $type:ty, false) => { $crate::Scalar<$type> };
    (@field $type:ty, $word:ident) => { $crate::Choice<$type> };
    (@field $type:ty, $text:literal) => { $crate::Scalar<$type> };

    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(given { $($(#[$first_meta:meta])* $first_vis:vis $first:ident: $first_type:ty,)+ })?
            $(
                $(#[doc = $about:literal])+
                $(#[serde($($serde:tt)*)])?
                $field_vis:vis $field:ident: $type:ty
                $(
                    = $default:tt $(in $low:tt..=$high:tt)? $(for $other:ident: $($word:ident)|+)?
                    $(as $flag:ident)?
                )?,
            )+
            $(given { $($(#[$last_meta:meta])* $last_vis:vis $last:ident: $last_type:ty,)+ })?
        }
    ) => {
        $(#[$meta])*
        $vis struct $name {
            $($($(#[$first_meta])* $first_vis $first: $first_type,)+)?
            $($(#[doc = $about])+ $(#[serde($($serde)*)])? $field_vis $field: $type,)+
            $($($(#[$last_meta])* $last_vis $last: $last_type,)+)?
        }

        impl $crate::Params for $name {
            type Given = ($($($first_type,)+)? $($($last_type,)+)?);

            const PARAMETERS: &'static [$crate::Parameter] = {
                const GROUPS: &[&[$crate::Parameter]] = &[$(
                    $crate::params!(
                        @declare stringify!($field), concat!($($about),+), $type
                        $(, $default $(in $low..=$high)? $(for $other: $($word)|+)? $(as $flag)?)?
                    )
                ),+];
                &$crate::join::<{ $crate::count(GROUPS) }>(GROUPS)
            };

            fn from_values(
                values: &$crate::Values,
                given: Self::Given,
            ) -> Result<Self, $crate::ValueError> {
                let ($($($first,)+)? $($($last,)+)?) = given;
                Ok(Self {
                    $($($first,)+)?
                    $($field: <$crate::params!(@field $type $(, $default $(in $low)?)?)
                        as $crate::Field>::read(stringify!($field), values, Self::PARAMETERS)?,)+
                    $($($last,)+)?
                })
            }

            fn add_values(&self, values: &mut $crate::Values) {
                $(<$crate::params!(@field $type $(, $default $(in $low)?)?)
                    as $crate::Field>::write(&self.$field, stringify!($field), values);)+
            }
        }
    };
}

#[cfg(test)]
mod tests;
