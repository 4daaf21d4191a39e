//! The tree of a file: every key and value with its location.

use super::scalar::{Scalar, ScalarValue};
use crate::spec::{LocatedError, Location, SpecErrorKind, SpecResult};
use std::ops::RangeInclusive;
use std::rc::Rc;

/// A value and its location. Shared, because an alias is the same value again.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) location: Location,
    pub(crate) data: Data,
}

/// The content of a [`Node`].
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
    /// Describes the value for messages: `whole number 3`, `a list`.
    pub(crate) fn describe(&self) -> String {
        match &self.data {
            Data::Scalar(scalar) => scalar.describe(),
            Data::List(_) => "a list".to_owned(),
            Data::Map(_) => "a mapping".to_owned(),
        }
    }

    /// The error `WHAT: found X, expected Y` of this value.
    pub(crate) fn mismatch(
        &self,
        kind: SpecErrorKind,
        what: &str,
        expected: &str,
    ) -> Box<LocatedError> {
        kind.at(self.location, format!("{what}: found {}, expected {expected}", self.describe()))
    }

    /// Fails because the value is of the wrong type.
    pub(crate) fn unexpected<T>(&self, what: &str, expected: &str) -> SpecResult<T> {
        Err(self.mismatch(SpecErrorKind::WrongType, what, expected))
    }

    /// Returns true if no value is written.
    pub(crate) fn is_null(&self) -> bool {
        self.scalar().is_some_and(|scalar| scalar.value == ScalarValue::Null)
    }

    /// The value if it is a scalar.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.data {
            Data::Scalar(scalar) => Some(scalar),
            Data::List(_) | Data::Map(_) => None,
        }
    }

    /// The entries if the value is a mapping; none otherwise.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.data {
            Data::Map(entries) => entries,
            Data::Scalar(_) | Data::List(_) => &[],
        }
    }

    /// The entries of a mapping. A key whose value is commented out is an empty mapping.
    pub(crate) fn map(&self, what: &str) -> SpecResult<&[Entry]> {
        match &self.data {
            Data::Map(entries) => Ok(entries),
            Data::Scalar(_) if self.is_null() => Ok(&[]),
            Data::Scalar(_) | Data::List(_) => self.unexpected(what, "a mapping"),
        }
    }

    /// The strings of a list. A single string is a list of one, no value an empty list.
    pub(crate) fn texts(&self, what: &str) -> SpecResult<Vec<(&str, Location)>> {
        match &self.data {
            Data::List(items) => {
                items.iter().map(|item| Ok((item.text(what)?, item.location))).collect()
            }
            Data::Scalar(_) if self.is_null() => Ok(Vec::new()),
            Data::Scalar(Scalar { raw, value: ScalarValue::Text }) => {
                Ok(vec![(raw, self.location)])
            }
            Data::Scalar(_) | Data::Map(_) => {
                self.unexpected(what, "a string or a list of strings")
            }
        }
    }

    /// A string.
    pub(crate) fn text(&self, what: &str) -> SpecResult<&str> {
        match self.scalar() {
            Some(Scalar { raw, value: ScalarValue::Text }) => Ok(raw),
            Some(Scalar { raw, value }) if *value != ScalarValue::Null => Err(self
                .mismatch(SpecErrorKind::WrongType, what, "a string")
                .hint(format!("in quotes it is one: \"{raw}\""))),
            _ => self.unexpected(what, "a string"),
        }
    }

    /// A whole number in a range.
    pub(crate) fn whole_number<T: TryFrom<i128>>(
        &self,
        what: &str,
        range: RangeInclusive<i128>,
    ) -> SpecResult<T> {
        let expected = format!("a whole number between {} and {}", range.start(), range.end());
        let Some(&Scalar { value: ScalarValue::Integer(value), .. }) = self.scalar() else {
            return self.unexpected(what, &expected);
        };
        let fitting = T::try_from(value).ok().filter(|_| range.contains(&value));
        fitting.ok_or_else(|| self.mismatch(SpecErrorKind::OutOfRange, what, &expected))
    }

    /// The entry of a key.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &*entry.value)
    }

    /// The value of a key, mutable.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let Data::Map(entries) = &mut self.data else { return None };
        let entry = entries.iter_mut().find(|entry| entry.key == key)?;
        Some(Rc::make_mut(&mut entry.value))
    }

    /// Sets the value of a key in a mapping, or in no value, which becomes a mapping. An existing key keeps its
    /// place and location.
    pub(crate) fn set(&mut self, key: &str, value: Node) {
        let location = value.location;
        self.put(Entry { key: key.to_owned(), location, value: Rc::new(value) });
    }

    /// [`Node::set`] with a location of the key.
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

    /// Removes a key from a mapping.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        let Data::Map(entries) = &mut self.data else { return None };
        let index = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(index))
    }
}
