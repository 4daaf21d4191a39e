//! One value as written, and how YAML types it.

use serde_yaml::Value as Yaml;

/// A scalar.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text, without quotes.
    pub(crate) raw: String,
    /// What it is.
    pub(crate) typed: ScalarType,
}

/// A scalar's type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScalarType {
    Null,
    Boolean(bool),
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

    /// A scalar without quotes, typed by `serde_yaml`.
    pub(crate) fn plain(raw: String) -> Self {
        let typed = resolve(&raw);
        Self { raw, typed }
    }

    /// What a message says was found.
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

fn resolve(raw: &str) -> ScalarType {
    // Alone in a document, `#` would begin a comment; inside a plain scalar it is text.
    if raw.contains(['#', '\n']) {
        return ScalarType::Text;
    }
    match serde_yaml::from_str::<Yaml>(raw) {
        Ok(Yaml::Null) => ScalarType::Null,
        Ok(Yaml::Bool(value)) => ScalarType::Boolean(value),
        Ok(Yaml::Number(value)) => match (value.as_i64(), value.as_u64(), value.as_f64()) {
            (Some(value), _, _) => ScalarType::Integer(value.into()),
            (_, Some(value), _) => ScalarType::Integer(value.into()),
            (_, _, Some(value)) => ScalarType::Number(value),
            (None, None, None) => ScalarType::Text,
        },
        Ok(_) => ScalarType::Text,
        // A whole number too long for 64 bits is one all the same: the range check refuses it.
        Err(_) => raw.parse().map_or(ScalarType::Text, ScalarType::Integer),
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
