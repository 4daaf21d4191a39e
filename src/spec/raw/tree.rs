//! The marked tree.

use super::scalar::{Scalar, ScalarType};
use crate::spec::error::{Location, SpecResult};
use crate::spec::error_kind::SpecErrorKind;
use std::rc::Rc;

/// A value and its location. Shared, because an alias is the same value again.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) location: Location,
    pub(crate) data: Data,
}

/// What a value is made of.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    Scalar(Scalar),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// A key and its value; keys are unique within their mapping.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) location: Location,
    pub(crate) value: Rc<Node>,
}

impl Node {
    /// What a message says was found.
    pub(crate) fn describe(&self) -> String {
        match &self.data {
            Data::Scalar(scalar) => scalar.describe(),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The error that says what was found here, and what was expected.
    pub(crate) fn unexpected<T>(&self, what: &str, expected: &str) -> SpecResult<T> {
        let (what, expected) = (what.to_owned(), expected.to_owned());
        Err(SpecErrorKind::WrongType { what, found: self.describe(), expected }.at(self.location))
    }

    /// Whether nothing was written.
    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar(Scalar { typed: ScalarType::Null, .. }))
    }

    /// A mapping's entries. A key whose value was commented out is an empty mapping.
    pub(crate) fn map(&self, what: &str) -> SpecResult<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Ok(entries),
            Data::Scalar(_) if self.is_null() => Ok(&[]),
            Data::Scalar(_) | Data::List(_) => self.unexpected(what, "a mapping"),
        }
    }

    /// A list's items; one string stands for a list of it, nothing for an empty one.
    pub(crate) fn texts(&self, what: &str) -> SpecResult<Vec<(&str, Location)>> {
        let expected = "a string or a list of strings";
        match &self.data {
            Data::List(items) => {
                items.iter().map(|item| Ok((item.text(what)?, item.location))).collect()
            }
            Data::Scalar(_) if self.is_null() => Ok(Vec::new()),
            Data::Scalar(Scalar { raw, typed: ScalarType::Text }) => Ok(vec![(raw, self.location)]),
            Data::Scalar(_) | Data::Map(_) => self.unexpected(what, expected),
        }
    }

    /// A string.
    pub(crate) fn text(&self, what: &str) -> SpecResult<&str> {
        match &self.data {
            Data::Scalar(Scalar { raw, typed: ScalarType::Text }) => Ok(raw),
            Data::Scalar(Scalar {
                raw,
                typed: ScalarType::Boolean(_) | ScalarType::Integer(_) | ScalarType::Number(_),
            }) => {
                let (what, found) = (what.to_owned(), self.describe());
                let expected = "a string".to_owned();
                Err(SpecErrorKind::WrongType { what, found, expected }
                    .at(self.location)
                    .hint(format!("in quotes it is one: \"{raw}\"")))
            }
            Data::Scalar(_) | Data::List(_) | Data::Map(_) => self.unexpected(what, "a string"),
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        match &self.data {
            Data::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &*e.value),
            Data::Scalar(_) | Data::List(_) => None,
        }
    }

    /// The value of a key, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.data {
            Data::Map(entries) => {
                let entry = entries.iter_mut().find(|e| e.key == key)?;
                Some(Rc::make_mut(&mut entry.value))
            }
            Data::Scalar(_) | Data::List(_) => None,
        }
    }

    /// Puts a value under a key of a mapping (or of nothing, which then is one). A key that is there
    /// already stays where it is.
    pub(crate) fn set(&mut self, key: &str, value: Node) {
        let location = value.location;
        self.put(Entry { key: key.to_owned(), location, value: Rc::new(value) });
    }

    /// [`Node::set`] with a place for the key.
    pub(crate) fn put(&mut self, new: Entry) {
        if self.is_null() {
            self.data = Data::Map(Vec::new());
        }
        if let Data::Map(entries) = &mut self.data {
            match entries.iter_mut().find(|entry| entry.key == new.key) {
                Some(entry) => entry.value = new.value,
                None => entries.push(new),
            }
        }
    }

    /// Takes a key out of a mapping.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        match &mut self.data {
            Data::Map(entries) => {
                let index = entries.iter().position(|entry| entry.key == key)?;
                Some(entries.remove(index))
            }
            Data::Scalar(_) | Data::List(_) => None,
        }
    }
}
