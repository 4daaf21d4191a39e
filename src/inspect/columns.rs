use crate::columnar::{Column, Format, Frame, QueryError, Table, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Some columns of a table. A column that the table lacks (an older version wrote it) has no values.
pub(super) struct Columns(Frame);

impl Columns {
    /// Reads the columns `names`.
    pub(super) fn read(table: &Table, names: &[&str]) -> Result<Self, QueryError> {
        let has = |name: &&str| table.columns().iter().any(|(column, _)| column == name);
        let (present, missing): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| has(name));
        let mut columns = table.select(&present)?.columns().to_vec();
        let empty = |name: &str| (name.to_owned(), Vec::new(), Format::Plain);
        let empty = missing.into_iter().map(empty);
        columns.extend(empty.map(|(name, values, format)| Column { name, values, format }));
        Ok(Self(Frame::new(columns)))
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.0.len()
    }

    /// Returns the values of a column.
    pub(super) fn get(&self, name: &str) -> &[Value] {
        let found = self.0.columns().iter().find(|column| column.name == name);
        found.map_or(&[], |column| &column.values)
    }

    /// Returns the values of a column in the rows that are `kept`.
    pub(super) fn kept(&self, name: &str, kept: &[bool]) -> impl Iterator<Item = &Value> {
        self.get(name).iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| value)
    }

    /// Returns some of the columns, in this order, without those that have no values.
    pub(super) fn only(&self, names: &[&str]) -> Frame {
        let find = |name: &&str| self.0.columns().iter().find(|column| column.name == *name);
        let filled = |column: &&Column| column.values.iter().any(|value| *value != Value::Null);
        Frame::new(names.iter().filter_map(find).filter(filled).cloned().collect())
    }

    /// Returns the numbers of a column.
    pub(super) fn numbers(&self, name: &str) -> impl Iterator<Item = f64> {
        self.get(name).iter().filter_map(Value::number)
    }

    /// Returns one number; `None` if the value is no number.
    pub(super) fn number(&self, name: &str, row: usize) -> Option<f64> {
        self.get(name).get(row).and_then(Value::number)
    }

    /// Returns one value as text.
    pub(super) fn text(&self, name: &str, row: usize) -> String {
        self.get(name).get(row).map(Value::plain).unwrap_or_default()
    }

    /// Counts the different values of a column in `rows`.
    pub(super) fn distinct(&self, name: &str, rows: impl IntoIterator<Item = usize>) -> usize {
        rows.into_iter().map(|row| self.text(name, row)).collect::<BTreeSet<_>>().len()
    }

    /// Returns the rows of each value of a column.
    pub(super) fn rows_by(&self, name: &str) -> BTreeMap<String, Vec<usize>> {
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, value) in self.get(name).iter().enumerate() {
            rows.entry(value.plain()).or_default().push(row);
        }
        rows
    }
}

/// Shortens paths by the folders that all of them share, which would leave no room for the differences.
pub(super) fn strip_common_folder(paths: Vec<String>) -> Vec<String> {
    let folder_end = |path: &str| path.rfind('/').map_or(0, |end| end + 1);
    let Some(first) = paths.first().filter(|_| paths.len() > 1) else { return paths };
    let mut common = &first[..folder_end(first)];
    while !paths.iter().all(|path| path.starts_with(common)) {
        common = &common[..folder_end(&common[..common.len().saturating_sub(1)])];
    }
    match common.len() {
        0 => paths,
        common => paths.iter().map(|path| format!("…/{}", &path[common..])).collect(),
    }
}
