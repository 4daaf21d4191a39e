//! Validates `params:` and the values of `matrix:`.

use super::checks;
use super::declare::Declared;
use crate::params::{ParamType, Value, Values};
use crate::spec::{
    Data, Entry, LocatedError, Node, Scalar, ScalarValue, SpecErrorKind, SpecResult, Vars,
};
use crate::text::suggest;

/// Name and type of a parameter; a command's parameters take any scalar and have no type.
#[derive(Clone, Copy)]
pub(crate) struct ParamSpec<'a> {
    pub(crate) name: &'a str,
    pub(crate) param_type: Option<ParamType>,
}

/// Returns every parameter of the kind: as written, or else its default.
pub(crate) fn params(stage: &Declared<'_>, vars: &Vars) -> SpecResult<Values> {
    let defaults = stage.kind.params.iter();
    let defaults = defaults.map(|known| (known.name.to_owned(), known.default.into()));
    let mut params: Values = defaults.collect();
    if let Some(node) = stage.node.get("params") {
        for entry in node.map(&format!("'params' of {}", stage.title()))? {
            let value = value(&entry.value, find(entry, stage)?, stage, vars)?;
            params.insert(entry.key.clone(), value);
        }
    }
    Ok(params)
}

/// Returns the parameter that a key under `params:` or `matrix:` names; a command declares its own.
pub(crate) fn find<'a>(entry: &'a Entry, stage: &Declared<'_>) -> SpecResult<ParamSpec<'a>> {
    if stage.kind.is_command {
        return command_param(entry, stage);
    }
    let known = stage.kind.params;
    if let Some(parameter) = known.iter().find(|parameter| parameter.name == entry.key) {
        return Ok(ParamSpec { name: parameter.name, param_type: Some(parameter.param_type) });
    }
    let hint = match known.is_empty() {
        true => Some(format!("kind {} has no parameters", stage.kind.name)),
        false => suggest::or_list(&entry.key, "parameters", known.iter().map(|p| p.name)),
    };
    Err(unknown(entry, stage).maybe_hint(hint))
}

fn unknown(entry: &Entry, stage: &Declared<'_>) -> Box<LocatedError> {
    let (name, title, kind) = (&entry.key, stage.title(), stage.kind.name);
    SpecErrorKind::UnknownParameter
        .at(entry.location, format!("unknown parameter '{name}' of {title} (kind {kind})"))
}

/// Checks the name of a command's parameter: `{name}` in its line must have one meaning.
fn command_param<'a>(entry: &'a Entry, stage: &Declared<'_>) -> SpecResult<ParamSpec<'a>> {
    let name = entry.key.as_str();
    checks::name("parameter", name, entry.location)?;
    if entry.location.position().is_none() {
        // `--set` changes a parameter that the file names; it adds none.
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
        false => return Ok(ParamSpec { name, param_type: None }),
    };
    let message = format!(
        "parameter '{name}' of {} has the name of {taken}: '{{{name}}}' is that",
        stage.title()
    );
    Err(SpecErrorKind::ParameterNameTaken.at(entry.location, message).hint("rename it"))
}

/// Converts a node to the parameter's type and checks its range.
pub(crate) fn value(
    node: &Node,
    parameter: ParamSpec<'_>,
    stage: &Declared<'_>,
    vars: &Vars,
) -> SpecResult<Value> {
    let what = format!("parameter '{}' of {}", parameter.name, stage.title());
    let Some(param_type) = parameter.param_type else { return as_written(node, &what, vars) };
    let Data::Scalar(scalar) = &node.data else {
        return node.unexpected(&what, &param_type.to_string());
    };
    let out_of_range =
        |expected: &str| Err(node.mismatch(SpecErrorKind::OutOfRange, &what, expected));
    let value = match (param_type, scalar.value) {
        (ParamType::Boolean, ScalarValue::Boolean(value)) => Value::Boolean(value),
        (ParamType::Integer(low, high), ScalarValue::Integer(value)) => {
            match i64::try_from(value) {
                Ok(value) => Value::Integer(value),
                // Too large for an `i64`: "at least 0" would not explain why.
                Err(_) => return out_of_range(&format!("a whole number between {low} and {high}")),
            }
        }
        // Minus zero is zero: they are equal and must not differ in a fingerprint.
        (ParamType::Number(..), ScalarValue::Integer(value)) => Value::Number(value as f64 + 0.0),
        (ParamType::Number(..), ScalarValue::Number(value)) => Value::Number(value + 0.0),
        (ParamType::Text, ScalarValue::Text) | (ParamType::Choice(_), _) => {
            Value::Text(vars.expand(&scalar.raw, &what, node.location)?)
        }
        (ParamType::Text, _) => Value::Text(node.text(&what)?.to_owned()),
        _ => return Err(wrong_type(node, scalar, &what, param_type)),
    };
    match (param_type, &value) {
        _ if param_type.accepts(&value) => Ok(value),
        (ParamType::Choice(words), Value::Text(word)) => Err(node
            .mismatch(SpecErrorKind::WrongType, &what, &param_type.to_string())
            .maybe_hint(suggest::did_you_mean(word, words.iter().copied()))),
        _ => out_of_range(&param_type.to_string()),
    }
}

/// Returns a command's value digit by digit: `0.10` is not `0.1` to a program.
fn as_written(node: &Node, what: &str, vars: &Vars) -> SpecResult<Value> {
    let Some(Scalar { raw, value }) = node.scalar().filter(|_| !node.is_null()) else {
        return node.unexpected(what, "a string, a number, true or false");
    };
    let is_text = *value == ScalarValue::Text;
    let text = if is_text { vars.expand(raw, what, node.location)? } else { raw.clone() };
    Ok(Value::Text(text))
}

fn wrong_type(
    node: &Node,
    scalar: &Scalar,
    what: &str,
    param_type: ParamType,
) -> Box<LocatedError> {
    let word = scalar.raw.to_lowercase();
    let hint = match (param_type, word.as_str()) {
        (ParamType::Boolean, "yes" | "on" | "y" | "1") => Some("write true"),
        (ParamType::Boolean, "no" | "off" | "n" | "0") => Some("write false"),
        _ if scalar.raw.contains("${") => Some("variables are replaced in texts only"),
        (ParamType::Integer(..) | ParamType::Number(..), _)
            if scalar.value == ScalarValue::Text =>
        {
            let typed = Scalar::plain(scalar.raw.clone()).value;
            let is_number = matches!(typed, ScalarValue::Integer(_) | ScalarValue::Number(_));
            is_number.then_some("write it without quotes")
        }
        _ => None,
    };
    node.mismatch(SpecErrorKind::WrongType, what, &param_type.to_string())
        .maybe_hint(hint.map(str::to_owned))
}
