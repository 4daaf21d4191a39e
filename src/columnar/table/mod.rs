//! The mapping between a row's struct and its Parquet columns. `table!` derives schema, writer and reader from the
//! fields of a struct, so that the three cannot disagree.
//!
//! The bytes depend only on the rows: zstd at a fixed level, a fixed row group size, a fixed `created_by`, no time
//! stamp. Equal rows therefore make equal blobs, which early cutoff relies on.
//!
//! A file explains itself to other programs: its key-value metadata holds the meaning and the unit of each column, and
//! its row groups declare the columns that they are sorted by.

mod column_doc;
mod column_orders;
mod declare;
mod read;
mod row;
mod value;
mod write;

pub use column_doc::ColumnDoc;
pub(in crate::columnar) use column_orders::state_known_orders;
pub(crate) use declare::table;
pub(crate) use read::batches;
pub use read::read;
pub use row::{Batch, Columns, Row};
pub(crate) use value::Cell;
pub use write::write;

#[cfg(test)]
mod tests;
