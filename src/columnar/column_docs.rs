//! Meanings of the columns of our own tables.

use super::query::Table;
use super::table::{ColumnDoc, Columns};
use super::{CatalogRow, HistoryRow, MetricRow, SampleRow, SongRow, SplitChangeRow};

/// Returns the meaning of each column of a table, in order; empty for a table that is not ours.
pub fn column_docs(table: &Table) -> &'static [ColumnDoc] {
    let tables = [
        CatalogRow::column_docs(),
        SampleRow::column_docs(),
        SongRow::column_docs(),
        HistoryRow::column_docs(),
        MetricRow::column_docs(),
        SplitChangeRow::column_docs(),
    ];
    let names: Vec<&str> = table.columns().iter().map(|(name, _)| name.as_str()).collect();
    let matches =
        |known: &&&[ColumnDoc]| known.iter().map(|doc| doc.name).eq(names.iter().copied());
    tables.iter().find(matches).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_lists_the_columns_of_the_catalog() {
        let manual = include_str!("../../data/README.md");
        let (_, table) = manual.split_once("| column | meaning |\n|---|---|\n").unwrap();
        let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
        let expected = CatalogRow::column_docs().iter();
        let expected = expected.map(|doc| format!("| `{}` | {} |", doc.name, doc.text()));
        assert_eq!(rows, expected.collect::<Vec<_>>());
    }
}
