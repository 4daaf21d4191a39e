//! A scalar as written, and its type.

use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;

/// A scalar.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text, without quotes.
    pub(crate) raw: String,
    /// Its type.
    pub(crate) typed: ScalarType,
}

/// A scalar's type and, unless it is text, its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScalarType {
    Null,
    Boolean(bool),
    /// Beyond 64 bits, too: the range check then quotes the number.
    Integer(i128),
    /// May be infinite or not a number.
    Number(f64),
    Text,
}

impl Scalar {
    /// A scalar in quotes or a block: always text.
    pub(crate) fn text(raw: String) -> Self {
        Self { raw, typed: ScalarType::Text }
    }

    /// A scalar without quotes outside any file, typed as it would be in one.
    pub(crate) fn plain(raw: String) -> Self {
        // Alone in a document, `#` would begin a comment; inside a plain scalar it is text.
        let typed = match raw.contains(['#', '\n']) {
            true => ScalarType::Text,
            false => serde_yaml::from_str(&raw).unwrap_or(ScalarType::Text),
        };
        Self { raw, typed }
    }

    /// Describes the scalar for messages.
    pub(crate) fn describe(&self) -> String {
        match self.typed {
            ScalarType::Null => "nothing".to_owned(),
            ScalarType::Boolean(_) => self.raw.clone(),
            ScalarType::Integer(_) => format!("whole number {}", self.raw),
            ScalarType::Number(_) => format!("number {}", self.raw),
            ScalarType::Text => format!("string {:?}", shortened(&self.raw)),
        }
    }
}

/// The type that `serde_yaml` gives a scalar.
impl<'de> Deserialize<'de> for ScalarType {
    fn deserialize<D: Deserializer<'de>>(values: D) -> Result<Self, D::Error> {
        values.deserialize_any(TypeVisitor)
    }
}

struct TypeVisitor;

impl Visitor<'_> for TypeVisitor {
    type Value = ScalarType;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_unit<E>(self) -> Result<ScalarType, E> {
        Ok(ScalarType::Null)
    }

    fn visit_none<E>(self) -> Result<ScalarType, E> {
        Ok(ScalarType::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<ScalarType, E> {
        Ok(ScalarType::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ScalarType, E> {
        Ok(ScalarType::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<ScalarType, E> {
        Ok(ScalarType::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<ScalarType, E> {
        Ok(ScalarType::Integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<ScalarType, E> {
        Ok(ScalarType::Integer(i128::try_from(value).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ScalarType, E> {
        Ok(ScalarType::Number(value))
    }

    fn visit_str<E>(self, _: &str) -> Result<ScalarType, E> {
        Ok(ScalarType::Text)
    }
}

/// At most 40 characters of a text, for messages.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_typed_as_yaml_types_them() {
        for (raw, typed) in [
            ("", ScalarType::Null),
            ("~", ScalarType::Null),
            ("true", ScalarType::Boolean(true)),
            ("-3", ScalarType::Integer(-3)),
            ("0x1F", ScalarType::Integer(31)),
            ("18446744073709551615", ScalarType::Integer(u64::MAX.into())),
            ("18446744073709551616", ScalarType::Integer(1 << 64)),
            ("1e-2", ScalarType::Number(0.01)),
            (".inf", ScalarType::Number(f64::INFINITY)),
            ("yes", ScalarType::Text),
            ("4GiB", ScalarType::Text),
            ("3 # three", ScalarType::Text),
            ("a: b", ScalarType::Text),
            ("*alias", ScalarType::Text),
            ("[1]", ScalarType::Text),
        ] {
            assert_eq!(Scalar::plain(raw.to_owned()).typed, typed, "{raw}");
        }
    }

    #[test]
    fn messages_never_carry_a_page_of_text() {
        let found = Scalar::text("ü".repeat(1000)).describe();
        assert_eq!(found, format!("string \"{}...\"", "ü".repeat(40)));
    }
}
