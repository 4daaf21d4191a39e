//! A scalar as written, and its value.

use serde::de::{Deserialize, Deserializer, Visitor};
use std::fmt;

/// A scalar.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text, without quotes.
    pub(crate) raw: String,
    /// Its value.
    pub(crate) value: ScalarValue,
}

/// A scalar's type and, except for text, its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScalarValue {
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
        Self { raw, value: ScalarValue::Text }
    }

    /// A scalar without quotes outside any file, typed as it would be in one.
    pub(crate) fn plain(raw: String) -> Self {
        // Alone in a document, `#` would begin a comment; inside a plain scalar it is text.
        let value = match raw.contains(['#', '\n']) {
            true => ScalarValue::Text,
            false => serde_yaml::from_str(&raw).unwrap_or(ScalarValue::Text),
        };
        Self { raw, value }
    }

    /// Describes the scalar for messages.
    pub(crate) fn describe(&self) -> String {
        match self.value {
            ScalarValue::Null => "nothing".to_owned(),
            ScalarValue::Boolean(_) => self.raw.clone(),
            ScalarValue::Integer(_) => format!("whole number {}", self.raw),
            ScalarValue::Number(_) => format!("number {}", self.raw),
            ScalarValue::Text => format!("string {:?}", shortened(&self.raw)),
        }
    }
}

/// The value that `serde_yaml` gives a scalar.
impl<'de> Deserialize<'de> for ScalarValue {
    fn deserialize<D: Deserializer<'de>>(values: D) -> Result<Self, D::Error> {
        values.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl Visitor<'_> for ValueVisitor {
    type Value = ScalarValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scalar")
    }

    fn visit_unit<E>(self) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Null)
    }

    // An empty text.
    fn visit_none<E>(self) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Integer(i128::try_from(value).unwrap_or(i128::MAX)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Number(value))
    }

    fn visit_str<E>(self, _: &str) -> Result<ScalarValue, E> {
        Ok(ScalarValue::Text)
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
    fn plain_scalars_have_the_types_of_yaml() {
        for (raw, typed) in [
            ("", ScalarValue::Null),
            ("~", ScalarValue::Null),
            ("true", ScalarValue::Boolean(true)),
            ("-3", ScalarValue::Integer(-3)),
            ("0x1F", ScalarValue::Integer(31)),
            ("18446744073709551615", ScalarValue::Integer(u64::MAX.into())),
            ("18446744073709551616", ScalarValue::Integer(1 << 64)),
            ("1e-2", ScalarValue::Number(0.01)),
            (".inf", ScalarValue::Number(f64::INFINITY)),
            ("yes", ScalarValue::Text),
            ("4GiB", ScalarValue::Text),
            ("3 # three", ScalarValue::Text),
            ("a: b", ScalarValue::Text),
            ("*alias", ScalarValue::Text),
            ("[1]", ScalarValue::Text),
        ] {
            assert_eq!(Scalar::plain(raw.to_owned()).value, typed, "{raw}");
        }
    }

    #[test]
    fn long_texts_are_shortened_in_messages() {
        let found = Scalar::text("ü".repeat(1000)).describe();
        assert_eq!(found, format!("string \"{}...\"", "ü".repeat(40)));
    }
}
