//! `${name}` and `$$`.

use super::error::{Location, SpecErrorKind, SpecResult};
use crate::text::suggest;
use std::collections::BTreeMap;

/// The pipeline's variables: their values as written.
#[derive(Debug, Default)]
pub(crate) struct Vars(pub(crate) BTreeMap<String, String>);

/// A part of an expanded text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    /// Whether it is the value of a variable.
    pub(crate) variable: bool,
}

impl Vars {
    /// Splits the text into literal pieces and values of variables. `what` names the text in messages.
    pub(crate) fn pieces(
        &self,
        text: &str,
        what: &str,
        location: Location,
    ) -> SpecResult<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut written = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            written.push_str(before);
            rest = after;
            if let Some(after) = rest.strip_prefix('$') {
                written.push('$');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (name, after) = after.split_once('}').ok_or_else(|| {
                    SpecErrorKind::OpenVariable
                        .at(location, format!("'${{' without '}}' in {what}"))
                        .hint("a literal dollar sign is written '$$'")
                })?;
                if !written.is_empty() {
                    pieces.push(Piece { text: std::mem::take(&mut written), variable: false });
                }
                let text = self.value(name, what, location)?.to_owned();
                pieces.push(Piece { text, variable: true });
                rest = after;
            } else {
                written.push('$');
            }
        }
        written.push_str(rest);
        if !written.is_empty() {
            pieces.push(Piece { text: written, variable: false });
        }
        Ok(pieces)
    }

    /// Replaces the variables in a text.
    pub(crate) fn expand(&self, text: &str, what: &str, location: Location) -> SpecResult<String> {
        Ok(self.pieces(text, what, location)?.into_iter().map(|piece| piece.text).collect())
    }

    fn value(&self, name: &str, what: &str, location: Location) -> SpecResult<&str> {
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            let near = suggest::did_you_mean(name, self.0.keys().map(String::as_str));
            let literal = format!("define it under 'vars', or write '$${{{name}}}' for the text");
            SpecErrorKind::UndefinedVariable
                .at(location, format!("undefined variable '{name}' in {what}"))
                .hint(near.unwrap_or(literal))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(text: &str) -> String {
        let vars = Vars(BTreeMap::from([("a".to_owned(), "${b}".to_owned())]));
        vars.expand(text, "a text", Location::WholeFile).unwrap()
    }

    #[test]
    fn variables_expand_once_and_double_dollars_are_literal() {
        assert_eq!(expand("x${a}y"), "x${b}y");
        assert_eq!(expand("$${a} $HOME $$$ 5$"), "${a} $HOME $$ 5$");
    }
}
