//! Checks and errors that several parts of the validation share.

use crate::spec::{Entry, LocatedError, Location, Node, SpecErrorKind, SpecResult};
use crate::text::suggest;
use std::collections::HashSet;

/// Checks the name of a stage, variable, input or resource, which becomes part of ids and folders.
pub(crate) fn name(what: &'static str, name: &str, location: Location) -> SpecResult<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !name.is_empty() && name.chars().all(is_allowed) {
        return Ok(());
    }
    let message = format!("{what} '{name}': use ASCII letters, digits, '_' and '-'");
    Err(SpecErrorKind::InvalidName.at(location, message))
}

pub(crate) fn unknown_key(entry: &Entry, of: &str, known: &[&'static str]) -> Box<LocatedError> {
    let Entry { key, location, .. } = entry;
    SpecErrorKind::UnknownKey
        .at(*location, format!("unknown key '{key}' in {of}"))
        .maybe_hint(suggest::or_list(key, "keys", known.iter().copied()))
}

pub(crate) fn missing_key(key: &str, of: &str, location: Location) -> Box<LocatedError> {
    SpecErrorKind::MissingKey.at(location, format!("missing key '{key}' in {of}"))
}

pub(crate) fn empty(what: &str, expected: &str, location: Location) -> Box<LocatedError> {
    SpecErrorKind::Empty.at(location, format!("{what} is empty, expected {expected}"))
}

pub(crate) fn duplicate(what: &str, name: &str, location: Location) -> Box<LocatedError> {
    SpecErrorKind::Duplicate
        .at(location, format!("{what} names '{name}' twice"))
        .hint("leave one of the two out")
}

/// The names in a list, no two of them equal.
pub(crate) fn distinct_names<'a>(
    node: Option<&'a Node>,
    what: &str,
) -> SpecResult<Vec<(&'a str, Location)>> {
    let names = node.map_or(Ok(Vec::new()), |node| node.texts(what))?;
    let mut seen = HashSet::new();
    match names.iter().find(|(name, _)| !seen.insert(*name)) {
        Some((name, location)) => Err(duplicate(what, name, *location)),
        None => Ok(names),
    }
}
