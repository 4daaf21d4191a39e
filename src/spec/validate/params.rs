//! Values of parameters, and the words for what a parameter accepts.

use super::super::error::{LocatedError, SpecResult};
use super::super::error_kind::SpecErrorKind;
use super::super::raw::scalar::{Scalar, ScalarType};
use super::super::raw::tree::{Data, Entry, Node};
use super::super::schema::{Accepts, Parameter, Value};
use super::super::vars::Vars;
use super::declare::Declared;
use crate::text::suggest;
use std::collections::BTreeMap;
use std::fmt;

/// A parameter's name, and what it accepts: `None`, any scalar.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) name: &'a str,
    pub(crate) accepts: Option<Accepts>,
}

/// Every parameter of the kind: as written, else its default.
pub(crate) fn params(stage: &Declared<'_>, vars: &Vars) -> SpecResult<BTreeMap<String, Value>> {
    let mut params: BTreeMap<String, Value> = stage
        .kind
        .params
        .iter()
        .map(|parameter| (parameter.name.to_owned(), parameter.default.into()))
        .collect();
    if let Some(node) = stage.node.get("params") {
        for entry in node.map(&format!("'params' of {}", stage.title()))? {
            let value = value(&entry.value, find(entry, stage)?, stage, vars)?;
            params.insert(entry.key.clone(), value);
        }
    }
    Ok(params)
}

/// The parameter that a key under `params:` or `matrix:` names, and which values it takes. A command
/// names its own.
pub(crate) fn find<'a>(entry: &'a Entry, stage: &Declared<'_>) -> SpecResult<Known<'a>> {
    if stage.kind.command {
        return own(entry, stage);
    }
    let known = stage.kind.params.iter().find(|parameter| parameter.name == entry.key);
    let known =
        known.map(|Parameter { name, accepts, .. }| Known { name, accepts: Some(*accepts) });
    known.ok_or_else(|| {
        let known = stage.kind.params;
        let hint = match known.is_empty() {
            true => Some(format!("kind {} has no parameters", stage.kind.name)),
            false => suggest::or_list(&entry.key, "parameters", known.iter().map(|p| p.name)),
        };
        unknown(entry, stage).maybe_hint(hint)
    })
}

fn unknown(entry: &Entry, stage: &Declared<'_>) -> Box<LocatedError> {
    let (name, title, kind) = (&entry.key, stage.title(), stage.kind.name);
    SpecErrorKind::UnknownParameter
        .at(entry.location, format!("unknown parameter '{name}' of {title} (kind {kind})"))
}

/// A name that a command's line may hold in braces, and so may stand for one thing alone.
fn own<'a>(entry: &'a Entry, stage: &Declared<'_>) -> SpecResult<Known<'a>> {
    let name = entry.key.as_str();
    super::name("parameter", name, entry.location)?;
    if entry.location.position().is_none() {
        // A setting changes what the file names; another name is a slip.
        let named = ["params", "matrix"].into_iter().filter_map(|section| stage.node.get(section));
        let named: Vec<&str> = named
            .flat_map(|node| node.map("").unwrap_or_default())
            .filter(|entry| entry.location.position().is_some())
            .map(|entry| entry.key.as_str())
            .collect();
        let hint = suggest::or_list(name, "parameters", named.iter().copied())
            .unwrap_or_else(|| format!("{} names no parameters", stage.title()));
        return Err(unknown(entry, stage).hint(hint));
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let message = format!("parameter '{name}' of {} must begin with a letter", stage.title());
        return Err(SpecErrorKind::InvalidName.at(entry.location, message));
    }
    let is_input = |section| stage.node.get(section).is_some_and(|node| node.get(name).is_some());
    let taken = match ["files", "from", "gather"].into_iter().any(is_input) {
        true => "an input",
        false if name == "out" => "the output folder",
        false => return Ok(Known { name, accepts: None }),
    };
    let message = format!(
        "parameter '{name}' of {} has the name of {taken}: '{{{name}}}' is that",
        stage.title()
    );
    Err(SpecErrorKind::ParameterNameTaken.at(entry.location, message).hint("rename it"))
}

/// A value, if the parameter accepts it.
pub(crate) fn value(
    node: &Node,
    parameter: Known<'_>,
    stage: &Declared<'_>,
    vars: &Vars,
) -> SpecResult<Value> {
    let what = format!("parameter '{}' of {}", parameter.name, stage.title());
    let Some(accepts) = parameter.accepts else {
        return as_written(node, &what, vars);
    };
    let Data::Scalar(scalar) = &node.data else {
        return node.unexpected(&what, &accepts.to_string());
    };
    let out_of_range =
        |expected: &str| Err(node.mismatch(SpecErrorKind::OutOfRange, &what, expected));
    match (accepts, scalar.typed) {
        (Accepts::Boolean, ScalarType::Boolean(value)) => Ok(Value::Boolean(value)),
        (Accepts::Integer(low, high), ScalarType::Integer(value)) => match i64::try_from(value) {
            Ok(value) if (low..=high).contains(&value) => Ok(Value::Integer(value)),
            Ok(_) => out_of_range(&accepts.to_string()),
            Err(_) => out_of_range(&format!("a whole number between {low} and {high}")),
        },
        (Accepts::Number(low, high), ScalarType::Integer(_) | ScalarType::Number(_)) => {
            let value = match scalar.typed {
                ScalarType::Integer(value) => value as f64,
                ScalarType::Number(value) => value,
                ScalarType::Null | ScalarType::Boolean(_) | ScalarType::Text => f64::NAN,
            };
            match value.is_finite() && (low..=high).contains(&value) {
                // Minus zero is zero: they are equal and must not differ in a fingerprint.
                true => Ok(Value::Number(value + 0.0)),
                false => out_of_range(&accepts.to_string()),
            }
        }
        (Accepts::Text, ScalarType::Text) => {
            Ok(Value::Text(vars.expand(&scalar.raw, &what, node.location)?))
        }
        (
            Accepts::Text,
            ScalarType::Boolean(_) | ScalarType::Integer(_) | ScalarType::Number(_),
        ) => node.text(&what).map(|text| Value::Text(text.to_owned())),
        (Accepts::Choice(words), _) => {
            let written = vars.expand(&scalar.raw, &what, node.location)?;
            if words.contains(&written.as_str()) {
                return Ok(Value::Text(written));
            }
            Err(node
                .mismatch(SpecErrorKind::WrongType, &what, &accepts.to_string())
                .maybe_hint(suggest::did_you_mean(&written, words.iter().copied())))
        }
        _ => Err(wrong_type(node, scalar, &what, accepts)),
    }
}

/// A command's program gets what the file says, digit by digit: `0.10` is not `0.1` to it.
fn as_written(node: &Node, what: &str, vars: &Vars) -> SpecResult<Value> {
    match &node.data {
        Data::Scalar(Scalar { raw, typed: ScalarType::Text }) => {
            Ok(Value::Text(vars.expand(raw, what, node.location)?))
        }
        Data::Scalar(scalar) if scalar.typed != ScalarType::Null => {
            Ok(Value::Text(scalar.raw.clone()))
        }
        Data::Scalar(_) | Data::List(_) | Data::Map(_) => {
            node.unexpected(what, "a string, a number, true or false")
        }
    }
}

fn wrong_type(node: &Node, scalar: &Scalar, what: &str, accepts: Accepts) -> Box<LocatedError> {
    let word = scalar.raw.to_lowercase();
    let hint = match accepts {
        Accepts::Boolean if matches!(word.as_str(), "yes" | "on" | "y" | "1") => {
            Some("write true".to_owned())
        }
        Accepts::Boolean if matches!(word.as_str(), "no" | "off" | "n" | "0") => {
            Some("write false".to_owned())
        }
        _ if scalar.raw.contains("${") => Some("variables stand in text only".to_owned()),
        Accepts::Integer(..) | Accepts::Number(..) => {
            let typed = Scalar::plain(scalar.raw.clone()).typed;
            let number = scalar.typed == ScalarType::Text
                && matches!(typed, ScalarType::Integer(_) | ScalarType::Number(_));
            number.then(|| "write it without quotes".to_owned())
        }
        Accepts::Boolean | Accepts::Text | Accepts::Choice(_) => None,
    };
    node.mismatch(SpecErrorKind::WrongType, what, &accepts.to_string()).maybe_hint(hint)
}

/// `a whole number between 1 and 1000`: for messages and help texts.
impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Boolean => f.write_str("true or false"),
            Self::Integer(i64::MIN, i64::MAX) => f.write_str("a whole number"),
            Self::Integer(low, i64::MAX) => write!(f, "a whole number of at least {low}"),
            Self::Integer(i64::MIN, high) => write!(f, "a whole number of at most {high}"),
            Self::Integer(low, high) => write!(f, "a whole number between {low} and {high}"),
            Self::Number(low, high) => match (low > f64::MIN, high < f64::MAX) {
                (false, false) => f.write_str("a number"),
                (true, false) => write!(f, "a number of at least {low}"),
                (false, true) => write!(f, "a number of at most {high}"),
                (true, true) => write!(f, "a number between {low} and {high}"),
            },
            Self::Text => f.write_str("a string"),
            Self::Choice(words) => {
                for (index, word) in words.iter().enumerate() {
                    let before = match index {
                        0 => "",
                        _ if index + 1 == words.len() => " or ",
                        _ => ", ",
                    };
                    write!(f, "{before}'{word}'")?;
                }
                Ok(())
            }
        }
    }
}
