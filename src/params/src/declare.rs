//! The macro `params!`.

use crate::{Parameter, ValueError, Values};

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

    /// Checks the ranges of all parameters, for structs that are not filled from a validated pipeline.
    ///
    /// # Errors
    /// Returns an error for the first value out of range.
    fn check_ranges(&self) -> Result<(), ValueError>;
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

    // How a field is filled, by its default.
    (@field $type:ty) => { $crate::Group<$type> };
    (@field $type:ty, $default:tt in $low:tt) => { $crate::Number<$type> };
    (@field $type:ty, $plain:literal) => { $crate::Plain<$type> };
    (@field $type:ty, $word:ident) => { $crate::Choice<$type> };

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
                const FIELDS: &[&[$crate::Parameter]] = &[$(
                    $crate::params!(
                        @declare stringify!($field), concat!($($about),+), $type
                        $(, $default $(in $low..=$high)? $(for $other: $($word)|+)? $(as $flag)?)?
                    )
                ),+];
                &$crate::join::<{ $crate::count(FIELDS) }>(FIELDS)
            };

            fn from_values(
                values: &$crate::Values,
                given: Self::Given,
            ) -> Result<Self, $crate::ValueError> {
                let ($($($first,)+)? $($($last,)+)?) = given;
                Ok(Self {
                    $($($first,)+)?
                    $($field: <$crate::params!(@field $type $(, $default $(in $low)?)?)
                        as $crate::Field>::read(Self::PARAMETERS, stringify!($field), values)?,)+
                    $($($last,)+)?
                })
            }

            fn check_ranges(&self) -> Result<(), $crate::ValueError> {
                $(<$crate::params!(@field $type $(, $default $(in $low)?)?)
                    as $crate::Field>::check(Self::PARAMETERS, stringify!($field), &self.$field)?;)+
                Ok(())
            }
        }
    };
}

#[cfg(test)]
mod tests;
