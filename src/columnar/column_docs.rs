//! Meanings of the columns of our own tables.

use super::query::Table;
use super::table::Row;
use super::{CatalogRow, HistoryRow, MetricRow, SampleRow, SongRow, SplitChangeRow};

/// Returns name and meaning of each column of a table, in order; empty for a table that is not ours.
pub fn column_docs(table: &Table) -> &'static [(&'static str, &'static str)] {
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
        |known: &&&[(&str, &str)]| known.iter().map(|(name, _)| *name).eq(names.iter().copied());
    tables.iter().find(matches).copied().unwrap_or_default()
}
