//! Reads tables from Parquet.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use rayon::prelude::*;

use super::{Batch, Row};
use crate::columnar::error::ColumnarError;

/// Reads the schema of the Parquet file at `path` and the batches of some columns (`None`: all). The Parquet reader
/// panics on some damaged files; that is returned as an error like any other damage.
///
/// # Errors
/// Returns an error if the file cannot be read or is damaged.
pub(crate) fn batches(
    path: &Path,
    columns: Option<&[&str]>,
) -> Result<(SchemaRef, Vec<RecordBatch>), ColumnarError> {
    let file = fs_err::File::open(path)?;
    if file.metadata()?.is_dir() {
        let source = ParquetError::General("this is a folder".to_owned());
        return Err(ColumnarError::Parquet { path: path.to_owned(), source });
    }
    let file = file.into_file();
    let decode = || {
        let known = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())?;
        let schema = Arc::clone(known.schema());
        let named = |index: &usize| {
            columns.is_none_or(|columns| columns.contains(&schema.field(*index).name().as_str()))
        };
        let indices: Vec<usize> = (0..schema.fields().len()).filter(named).collect();
        // Columns are read in parallel, in one share per thread.
        let share = indices.len().div_ceil(rayon::current_num_threads()).max(1);
        let shares: Vec<&[usize]> = match indices.is_empty() {
            true => vec![&[]],
            false => indices.chunks(share).collect(),
        };
        let read = |indices: &&[usize]| decode(path, &known, indices);
        let shares = shares.par_iter().map(read).collect::<Result<Vec<_>, ParquetError>>()?;
        Ok((schema, join_columns(shares)?))
    };
    let gave_up = |_| Err(ParquetError::General("the reader panicked".to_owned()));
    // The closure owns everything that it changes, so nothing half-done outlives a panic.
    std::panic::catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(gave_up)
        .map_err(|source| ColumnarError::Parquet { path: path.to_owned(), source })
}

/// Reads the batches of some columns, through its own file handle since reading moves the handle's position.
fn decode(
    path: &Path,
    known: &ArrowReaderMetadata,
    indices: &[usize],
) -> Result<Vec<RecordBatch>, ParquetError> {
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(
        fs_err::File::open(path)?.into_file(),
        known.clone(),
    );
    let mask = ProjectionMask::roots(builder.parquet_schema(), indices.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(8_192).build()?;
    Ok(reader.collect::<Result<_, _>>()?)
}

/// Joins batches of the same rows.
fn join_columns(shares: Vec<Vec<RecordBatch>>) -> Result<Vec<RecordBatch>, ParquetError> {
    let mut shares = shares.into_iter();
    let mut whole = shares.next().unwrap_or_default();
    for share in shares {
        if share.len() != whole.len() {
            return Err(ParquetError::General("its columns differ in length".to_owned()));
        }
        for (batch, more) in whole.iter_mut().zip(share) {
            let (one, other) = (batch.schema(), more.schema());
            let fields: Vec<_> = one.fields().iter().chain(other.fields()).cloned().collect();
            let columns = batch.columns().iter().chain(more.columns()).cloned().collect();
            let schema = Schema::new(fields);
            *batch = RecordBatch::try_new(Arc::new(schema), columns)?;
        }
    }
    Ok(whole)
}

/// Reads every row of the Parquet file at `path`.
///
/// # Errors
/// Returns an error if the file cannot be read, is damaged, or lacks a column of `R`; further columns are ignored.
pub fn read<R: Row>(path: &Path) -> Result<Vec<R>, ColumnarError> {
    let fields = R::fields();
    let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
    let (_, batches) = batches(path, Some(&names))?;
    let parts: Vec<Vec<R>> = batches
        .par_iter()
        .map(|batch| R::rows(&Batch { path, batch }))
        .collect::<Result<_, ColumnarError>>()?;
    let mut rows = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.into_iter().for_each(|part| rows.extend(part));
    Ok(rows)
}
