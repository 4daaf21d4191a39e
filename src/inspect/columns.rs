use std::collections::{BTreeMap, BTreeSet};

use crate::columnar::{Column, Format, Frame, QueryError, Table, Value};

/// Some columns of a table; one that the table lacks (an older version wrote it) has no value in any row.
pub(super) struct Columns {
    frame: Frame,
}

impl Columns {
    /// Reads the columns `names`.
    pub fn read(table: &Table, names: &[&str]) -> Result<Self, QueryError> {
        let has = |name: &&str| table.columns().iter().any(|(column, _)| column == name);
        let (there, absent): (Vec<&str>, Vec<&str>) = names.iter().partition(|name| has(name));
        let mut columns = table.select(&there)?.columns().to_vec();
        let empty = |name: &str| Column {
            name: name.to_owned(),
            values: Vec::new(),
            format: Format::Plain,
        };
        columns.extend(absent.into_iter().map(empty));
        Ok(Self { frame: Frame::new(columns) })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.frame.len()
    }

    /// The values of a column.
    pub fn get(&self, name: &str) -> &[Value] {
        let found = self.frame.columns().iter().find(|column| column.name == name);
        found.map_or(&[], |column| &column.values)
    }

    /// The values of a column in the rows that are `kept`.
    pub fn kept<'a>(&'a self, name: &str, kept: &'a [bool]) -> impl Iterator<Item = &'a Value> {
        self.get(name).iter().zip(kept).filter(|(_, kept)| **kept).map(|(value, _)| value)
    }

    /// Some of the columns, in the order given, but those without any value.
    pub fn only(&self, names: &[&str]) -> Frame {
        let find = |name: &&str| self.frame.columns().iter().find(|column| column.name == *name);
        let filled = |column: &&Column| column.values.iter().any(|value| *value != Value::Null);
        Frame::new(names.iter().filter_map(find).filter(filled).cloned().collect())
    }

    /// The numbers of a column.
    pub fn numbers(&self, name: &str) -> impl Iterator<Item = f64> {
        self.get(name).iter().filter_map(Value::number)
    }

    /// One value.
    pub fn at(&self, name: &str, row: usize) -> &Value {
        self.get(name).get(row).unwrap_or(&Value::Null)
    }

    /// One value as text.
    pub fn text(&self, name: &str, row: usize) -> String {
        self.at(name, row).plain()
    }

    /// How many different values a column has.
    pub fn distinct(&self, name: &str) -> u64 {
        self.get(name).iter().map(Value::plain).collect::<BTreeSet<_>>().len() as u64
    }

    /// The rows of each value of a column.
    pub fn rows_by(&self, name: &str) -> BTreeMap<String, Vec<usize>> {
        let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (row, value) in self.get(name).iter().enumerate() {
            rows.entry(value.plain()).or_default().push(row);
        }
        rows
    }
}

/// Paths without the folders that all of them have in common, which would leave no room for what tells them apart.
pub(super) fn within(paths: Vec<String>) -> Vec<String> {
    let folders = |path: &str| path.rfind('/').map_or(0, |end| end + 1);
    let Some(first) = paths.first().filter(|_| paths.len() > 1) else {
        return paths;
    };
    let mut common = &first[..folders(first)];
    while !paths.iter().all(|path| path.starts_with(common)) {
        common = &common[..folders(&common[..common.len().saturating_sub(1)])];
    }
    if common.is_empty() {
        return paths;
    }
    let common = common.len();
    paths.iter().map(|path| format!("…/{}", &path[common..])).collect()
}
