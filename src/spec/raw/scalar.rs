//! One value as written, and how YAML types it.

use serde_yaml::Value as Yaml;

/// A scalar.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// The text, without quotes.
    pub(crate) raw: String,
    /// What it is.
    pub(crate) typed: Typed,
}

/// A scalar's type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Typed {
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
        Self { raw, typed: Typed::Text }
    }

    /// A scalar without quotes, typed by `serde_yaml`.
    pub(crate) fn plain(raw: String) -> Self {
        let typed = resolve(&raw);
        Self { raw, typed }
    }

    /// What a message says was found.
    pub(crate) fn describe(&self) -> String {
        match self.typed {
            Typed::Null => "nothing".to_owned(),
            Typed::Boolean(_) => self.raw.clone(),
            Typed::Integer(_) => format!("whole number {}", self.raw),
            Typed::Number(_) => format!("number {}", self.raw),
            Typed::Text => format!("string {:?}", shortened(&self.raw)),
        }
    }
}

fn resolve(raw: &str) -> Typed {
    // Alone in a document, `#` would begin a comment; inside a plain scalar it is text.
    if raw.contains(['#', '\n']) {
        return Typed::Text;
    }
    match serde_yaml::from_str::<Yaml>(raw) {
        Ok(Yaml::Null) => Typed::Null,
        Ok(Yaml::Bool(value)) => Typed::Boolean(value),
        Ok(Yaml::Number(value)) => match (value.as_i64(), value.as_u64(), value.as_f64()) {
            (Some(value), _, _) => Typed::Integer(value.into()),
            (_, Some(value), _) => Typed::Integer(value.into()),
            (_, _, Some(value)) => Typed::Number(value),
            (None, None, None) => Typed::Text,
        },
        Ok(_) => Typed::Text,
        // A whole number too long for 64 bits is one all the same: the range check refuses it.
        Err(_) => raw.parse().map_or(Typed::Text, Typed::Integer),
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
            ("", Typed::Null),
            ("~", Typed::Null),
            ("true", Typed::Boolean(true)),
            ("-3", Typed::Integer(-3)),
            ("0x1F", Typed::Integer(31)),
            ("18446744073709551615", Typed::Integer(u64::MAX.into())),
            ("18446744073709551616", Typed::Integer(1 << 64)),
            ("1e-2", Typed::Number(0.01)),
            (".inf", Typed::Number(f64::INFINITY)),
            ("yes", Typed::Text),
            ("4GiB", Typed::Text),
            ("3 # three", Typed::Text),
            ("a: b", Typed::Text),
            ("*alias", Typed::Text),
            ("[1]", Typed::Text),
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
