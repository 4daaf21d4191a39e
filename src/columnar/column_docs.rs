//! What the columns of our own tables mean, for who looks at one of them.

use super::query::Table;
use super::table::Row;
use super::{CatalogRow, HistoryRow, MetricRow, SampleRow, SongRow, SplitChangeRow};

/// Each column of a table with its meaning, in order; none for a table that is not ours.
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
    let is_it =
        |known: &&&[(&str, &str)]| known.iter().map(|(name, _)| *name).eq(names.iter().copied());
    tables.iter().find(is_it).copied().unwrap_or_default()
}
