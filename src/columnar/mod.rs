//! Every Arrow and Parquet schema, with its readers and writers. Plain values in and out: nothing else in the crate
//! knows of arrow, parquet or polars types.

mod boundary;
mod catalog;
mod error;
mod history;
mod mapped;
mod meanings;
mod moved;
mod overview;
mod query;
mod render;
mod samples;
mod scores;
mod shards;
mod sketches;
mod songs;
mod table;

pub use catalog::{CatalogRow, CatalogSong, read_catalog, write_catalog};
pub use error::{ColumnarError, ShardProblem};
pub use history::{HistoryRow, MetricRow};
pub use meanings::meanings;
pub use moved::MovedRow;
pub use overview::Overview;
pub use query::{Column, Description, Format, Frame, QueryError, Table, Value, check_condition};
pub use samples::{Overviews, SampleRow, SampleView};
pub use scores::{DRUM, ScoreRow, ScoreSet, ScoreView, ScoreWriter, score_shard, score_stretches};
pub use shards::{
    Cuts, Grid, Sample, SampleFile, SampleMeta, SampleSet, ShardWriter, Split, sample_shard,
};
pub use sketches::{SketchSet, write_sketches};
pub use songs::SongRow;
pub use table::{Columns, Row, read, write};

#[cfg(test)]
mod fixture;
