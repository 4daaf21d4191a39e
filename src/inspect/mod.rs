//! The presentation of `stats`: overviews of a catalog, of samples, of a training's history, of metrics and of
//! generated songs, a description of any other table, and query results as text.

mod bars;
mod catalog;
mod cells;
mod chart;
mod columns;
mod distribution;
mod history;
mod layout;
mod metrics;
mod panel;
mod samples;
mod songs;
mod table;
mod tally;
mod worst;

pub use table::{render_description, render_table};

use crate::columnar::{QueryError, SampleSet, Table};
use serde_json::{Map, Value as Json};

/// An overview of a table, as text and as JSON.
#[derive(Default)]
pub struct Overview {
    /// Renderers of the text's parts, for a number of columns.
    parts: Vec<Box<dyn Fn(usize) -> String>>,
    json: Map<String, Json>,
}

impl Overview {
    /// Computes the overview of `table`. For a table of samples, their `shards` (if any) show the use of pitches
    /// and beats.
    ///
    /// # Errors
    /// Returns an error if the table cannot be read.
    pub fn compute(table: &Table, shards: Option<&SampleSet>) -> Result<Self, QueryError> {
        let is_there = |name: &&str| table.columns().iter().any(|(column, _)| column == name);
        let has = |names: &[&str]| names.iter().all(is_there);
        let mut overview = Self::default();
        if has(&catalog::COLUMNS) {
            catalog::add_catalog(&mut overview, table)?;
        } else if has(&samples::COLUMNS) {
            samples::add_samples(&mut overview, table, shards)?;
        } else if has(&history::COLUMNS) {
            history::add_history(&mut overview, table)?;
        } else if has(&songs::COLUMNS) {
            songs::add_songs(&mut overview, table)?;
        } else if has(&metrics::COLUMNS) && table.columns().len() == metrics::COLUMNS.len() {
            metrics::add_metrics(&mut overview, table)?;
        } else {
            let description = table.describe()?;
            overview.json.insert("rows".into(), description.rows.into());
            overview.json.insert("columns".into(), description.frame().to_json());
            overview.part(move |columns| render_description(&description, columns));
        }
        Ok(overview)
    }

    /// Renders the overview as text, no line wider than `columns` (at least 40).
    pub fn render(&self, columns: usize) -> String {
        let parts = self.parts.iter().map(|render| render(columns.max(40)));
        parts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// Returns the overview as one JSON object: an entry per fact, table or distribution.
    pub fn to_json(&self) -> Json {
        Json::Object(self.json.clone())
    }
}

#[cfg(test)]
mod tests;
