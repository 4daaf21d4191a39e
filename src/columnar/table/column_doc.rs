//! Meanings of columns.

use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// The documentation of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnDoc {
    /// The column's name.
    pub name: &'static str,
    /// The meaning of its values.
    pub meaning: &'static str,
    /// The unit of its values; empty if they have none.
    pub unit: &'static str,
}

impl ColumnDoc {
    /// The meaning with the unit: `Duration [seconds]`.
    pub fn text(&self) -> String {
        match self.unit {
            "" => self.meaning.to_owned(),
            unit => format!("{} [{unit}]", self.meaning),
        }
    }

    /// Writes the documentation of columns as one JSON object: `{"duration": {"meaning": "Duration", "unit": "seconds"}}`.
    pub(super) fn to_json(columns: &[Self]) -> String {
        let column = |column: &Self| {
            let pairs = [("meaning", column.meaning), ("unit", column.unit)];
            let pairs = pairs.into_iter().filter(|(_, text)| !text.is_empty());
            let pairs = pairs.map(|(key, text)| (key.to_owned(), text.into()));
            (column.name.to_owned(), Json::Object(pairs.collect()))
        };
        // Sorted here, because the order of `Map` depends on how it is compiled.
        let columns: BTreeMap<String, Json> = columns.iter().map(column).collect();
        Json::Object(columns.into_iter().collect::<Map<_, _>>()).to_string()
    }
}
