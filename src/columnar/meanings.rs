//! What the columns of our own tables mean, for who looks at one of them.

use super::query::Table;
use super::table::Row;
use super::{CatalogRow, HistoryRow, MetricRow, MovedRow, SampleRow, SongRow};

/// Each column of a table with its meaning, in order; none for a table that is not ours.
pub fn meanings(table: &Table) -> &'static [(&'static str, &'static str)] {
    let tables = [
        CatalogRow::meanings(),
        SampleRow::meanings(),
        SongRow::meanings(),
        HistoryRow::meanings(),
        MetricRow::meanings(),
        MovedRow::meanings(),
    ];
    let names: Vec<&str> = table.columns().iter().map(|(name, _)| name.as_str()).collect();
    let is_it =
        |known: &&&[(&str, &str)]| known.iter().map(|(name, _)| *name).eq(names.iter().copied());
    tables.iter().find(is_it).copied().unwrap_or_default()
}
