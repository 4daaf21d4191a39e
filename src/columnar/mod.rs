//! Every Arrow and Parquet schema, with its readers and writers, and queries of Parquet files. Plain values in and out:
//! the types of arrow, parquet and polars stay in this module.

mod boundary;
mod catalog;
mod column_docs;
mod error;
mod history;
mod ipc;
mod query;
mod samples;
mod scores;
mod shards;
mod sketches;
mod songs;
mod split_changes;
mod table;

pub use catalog::{CatalogRow, CatalogSong, read_catalog, write_catalog};
pub use column_docs::column_docs;
pub use error::{ColumnarError, ShardProblem};
pub use history::{HistoryRow, MetricRow};
pub use query::{
    Column, Description, Format, Frame, QueryError, Table, Tables, Value, answer, check_condition,
};
pub use samples::{SampleRow, SampleTable, SampleView};
pub use scores::{DRUM_OFFSET, ScoreRow, ScoreSet, score_partitions, score_shard, write_scores};
pub use shards::{
    SampleFile, SampleMeta, SampleSet, ShardBoundaries, ShardWriter, Split, sample_shard,
};
pub use sketches::{SketchSet, write_sketches};
pub use songs::SongRow;
pub use split_changes::SplitChangeRow;
pub use table::{ColumnDoc, Columns, Row, read, write};

pub(crate) use query::{Summary, count_values, quantile};

#[cfg(test)]
pub(crate) mod fixture;
