//! Writes tables as Parquet.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::Schema;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowLeafColumn, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use super::{ColumnDoc, Columns, state_known_orders};
use crate::columnar::error::ColumnarError;

/// Rows of one row group, which the writer holds in memory.
const ROW_GROUP: usize = 16_384;
/// Version of the format of all tables, in their metadata.
// 2: metadata; lists have an `element`, as the standard requires, instead of an `item`; the catalog has lists.
pub(super) const FORMAT: &str = "2";

/// The key-value metadata of a file of `R`: see `artifacts/README.md`.
fn metadata<R: Columns>() -> Vec<KeyValue> {
    let pairs = [
        ("partita.format", FORMAT.to_owned()),
        ("partita.about", R::about()),
        ("partita.columns", ColumnDoc::to_json(R::column_docs())),
    ];
    pairs.map(|(key, value)| KeyValue::new(key.to_owned(), value)).to_vec()
}

/// The columns that `rows` are sorted by; `None` if they are not.
fn sorting_columns<R: Columns>(rows: &[&R]) -> Option<Vec<SortingColumn>> {
    let names = R::sort_columns();
    let is_sorted = rows.is_sorted_by(|row, next| row.may_precede(next));
    if names.is_empty() || !is_sorted {
        return None;
    }
    let docs = R::column_docs();
    // No column has parts, so its index among the columns is its index in the file.
    let index = |name: &&str| docs.iter().position(|doc| doc.name == *name);
    let indices = names.iter().filter_map(index).filter_map(|index| i32::try_from(index).ok());
    let column = |column_idx| SortingColumn { column_idx, descending: false, nulls_first: false };
    Some(indices.map(column).collect())
}

/// Writes `rows` as Parquet to `sink`, in the order given, a row group at a time.
fn encode<R: Columns>(rows: &[&R], sink: impl Write + Send) -> Result<(), ParquetError> {
    let schema = Arc::new(Schema::new(R::fields()));
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by("partita".to_owned())
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_key_value_metadata(Some(metadata::<R>()))
        .set_sorting_columns(sorting_columns(rows))
        .build();
    let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties))?;
    let (mut file, columns) = writer.into_serialized_writer()?;
    for (number, rows) in rows.chunks(ROW_GROUP).enumerate() {
        let batch = RecordBatch::try_new(Arc::clone(&schema), R::arrays(rows))?;
        let writers = columns.create_column_writers(number)?;
        let chunks: Vec<ArrowColumnChunk> = leaves(&batch)?
            .into_par_iter()
            .zip(writers)
            .map(|(leaf, mut writer)| {
                writer.write(&leaf)?;
                writer.close()
            })
            .collect::<Result<_, ParquetError>>()?;
        let mut group = file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
    }
    file.close().map(drop)
}

/// The leaf columns of a batch, to be written in parallel.
fn leaves(batch: &RecordBatch) -> Result<Vec<ArrowLeafColumn>, ParquetError> {
    let schema = batch.schema();
    let columns = schema.fields().iter().zip(batch.columns());
    let leaves: Result<Vec<_>, _> =
        columns.map(|(field, array)| compute_leaves(field, array)).collect();
    Ok(leaves?.into_iter().flatten().collect())
}

/// Writes `rows` to the Parquet file at `path`, in the order given. Equal rows make equal bytes.
///
/// # Errors
/// Returns an error if the file cannot be written.
pub fn write<'a, R: Columns + 'a>(
    path: &Path,
    rows: impl IntoIterator<Item = &'a R>,
) -> Result<(), ColumnarError> {
    let rows: Vec<&R> = rows.into_iter().collect();
    let mut options = fs_err::OpenOptions::new();
    let file = options.read(true).write(true).create(true).truncate(true).open(path)?;
    let mut buffer = BufWriter::new(file);
    let unwritable = |source| ColumnarError::Parquet { path: path.to_owned(), source };
    encode(&rows, &mut buffer).map_err(unwritable)?;
    let mut file = buffer.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    state_known_orders(&mut file, R::fields().len()).map_err(unwritable)
}
