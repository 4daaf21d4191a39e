//! What `stats` tells of a table before anything is asked: the picture of a catalog, of samples, of a training,
//! of metrics, of drawn songs, or of the columns of any other table. An [`Overview`] is a list of blocks; text and JSON are two views of the same blocks.

mod bars;
mod block;
mod catalog;
mod cells;
mod chart;
mod columns;
mod distribution;
mod history;
mod metrics;
mod samples;
mod songs;
mod table;
mod tally;
mod worst;

use serde_json::{Map, Value as Json};

use crate::columnar::{QueryError, SampleSet, Table};
use block::Block;

pub use table::{render_description, render_table};

/// The picture of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    blocks: Vec<Block>,
}

impl Overview {
    /// The picture of `table`. For a table of samples, their `shards` (if there are any) tell which pitches and which
    /// parts of a measure are used; for other tables they are not looked at.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn compute(table: &Table, shards: Option<&SampleSet>) -> Result<Self, QueryError> {
        let has = |names: &[&str]| {
            names.iter().all(|name| table.columns().iter().any(|(column, _)| column == name))
        };
        let blocks = if has(&catalog::COLUMNS) {
            catalog::blocks(table)?
        } else if has(&samples::COLUMNS) {
            samples::blocks(table, shards)?
        } else if has(&history::COLUMNS) {
            history::blocks(table)?
        } else if has(&songs::COLUMNS) {
            songs::blocks(table)?
        } else if has(&metrics::COLUMNS) && table.columns().len() == metrics::COLUMNS.len() {
            metrics::blocks(table)?
        } else {
            vec![Block::Description(table.describe()?)]
        };
        Ok(Self { blocks })
    }

    /// The picture as text, no line wider than `columns` (at least 40).
    pub fn render(&self, columns: usize) -> String {
        let columns = columns.max(40);
        let blocks: Vec<String> = self.blocks.iter().map(|block| block.render(columns)).collect();
        blocks.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// The picture as one JSON object: an entry a fact, a table, or a distribution.
    pub fn to_json(&self) -> Json {
        let mut object = Map::new();
        self.blocks.iter().for_each(|block| block.add_to(&mut object));
        Json::Object(object)
    }
}

#[cfg(test)]
mod tests;
