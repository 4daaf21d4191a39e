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
mod value;

use std::io::{BufWriter, Write};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowLeafColumn, compute_leaves};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

pub use column_doc::ColumnDoc;
pub(in crate::columnar) use column_orders::state_known_orders;
pub(crate) use value::Cell;

use crate::columnar::error::ColumnarError;
use crate::columnar::query::Value;

/// Rows of one row group, which the writer holds in memory.
const ROW_GROUP: usize = 16_384;
/// Version of the format of all tables, in their metadata.
// 2: metadata; lists have an `element`, as the standard requires, instead of an `item`; the catalog has lists.
const FORMAT: &str = "2";

/// A type that can be written as a row of a table.
pub trait Columns: Sync {
    /// The columns, in order.
    fn fields() -> Vec<Field>;
    /// One array per column.
    fn arrays(rows: &[&Self]) -> Vec<ArrayRef>;
    /// The meaning of a row.
    fn about() -> String;
    /// The meaning of each column, in order.
    fn column_docs() -> &'static [ColumnDoc];
    /// The columns that rows are usually sorted by, the most significant first.
    fn sort_columns() -> &'static [&'static str];
    /// Returns true if `next` may follow this row in the order of [`Self::sort_columns`].
    fn may_precede(&self, next: &Self) -> bool;
}

/// A row of a table, derived by `table!`.
pub trait Row: Columns + Send + Sized {
    /// The rows of a batch.
    ///
    /// # Errors
    /// Returns an error if a column is missing, of another type, or has nulls that it may not have.
    fn rows(batch: &Batch<'_>) -> Result<Vec<Self>, ColumnarError>;

    /// The values of this row, in the order of the columns.
    fn values(&self) -> Vec<Value>;
}

/// A batch of the file at `path`.
pub struct Batch<'a> {
    pub(crate) path: &'a Path,
    pub(crate) batch: &'a RecordBatch,
}

impl Batch<'_> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// The column `name`.
    ///
    /// # Errors
    /// Returns an error if it is missing, of another type, or has nulls or values that it may not have.
    pub fn column<T: Cell>(&self, name: &str) -> Result<&T::Array, ColumnarError> {
        let error = |problem: String| {
            let (path, column) = (self.path.to_owned(), name.to_owned());
            Err(ColumnarError::Column { path, column, problem })
        };
        let Some(array) = self.batch.column_by_name(name) else {
            return error("is missing; another version wrote this file".to_owned());
        };
        let (expected, found) = (T::data_type(), array.data_type());
        // The names inside a list differ between versions.
        let is_expected = found.equals_datatype(&expected);
        let Some(typed) = array.as_any().downcast_ref().filter(|_| is_expected) else {
            return error(format!(
                "holds {found}, expected {expected}; another version wrote this file"
            ));
        };
        match (array.null_count(), T::find_unknown(typed)) {
            (count @ 1.., _) if !T::NULLABLE => {
                error(format!("has {count} empty values, expected none"))
            }
            (_, Some(value)) => {
                error(format!("has the unknown value '{value}'; another version wrote this file"))
            }
            _ => Ok(typed),
        }
    }
}

/// Declares a row's struct and derives its `Row`: one field is one column, its doc line the column's meaning, and
/// `#[unit = "..."]` its unit. With `borrowed as View from Batch` also a borrowed row, and the columns of a batch from
/// which these are read; with `sorted by (columns)` the order of the rows.
macro_rules! table {
    ($(#[doc = $doc:literal])+ pub struct $name:ident, borrowed as $view:ident from $batch:ident,
        sorted by ($($sorted:ident),+) {
        $(#[doc = $about:literal] $(#[unit = $unit:literal])? pub $column:ident: $type:ty,)+
    }) => {
        $crate::columnar::table::table! {
            $(#[doc = $doc])+
            pub struct $name, sorted by ($($sorted),+) {
                $(#[doc = $about] $(#[unit = $unit])? pub $column: $type,)+
            }
        }

        #[doc = concat!("A borrowed [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $view<'a> {
            $(#[doc = $about] pub $column: <$type as $crate::columnar::table::Cell>::View<'a>,)+
        }

        impl $crate::columnar::table::Columns for $view<'_> {
            fn fields() -> Vec<arrow::datatypes::Field> {
                $name::fields()
            }

            fn arrays(rows: &[&Self]) -> Vec<arrow::array::ArrayRef> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::array(rows.iter().map(|row| row.$column))),+]
            }

            fn about() -> String {
                $name::about()
            }

            fn column_docs() -> &'static [$crate::columnar::ColumnDoc] {
                $name::column_docs()
            }

            fn sort_columns() -> &'static [&'static str] {
                $name::sort_columns()
            }

            fn may_precede(&self, next: &Self) -> bool {
                ($(&self.$sorted,)+) <= ($(&next.$sorted,)+)
            }
        }

        struct $batch { $($column: <$type as $crate::columnar::table::Cell>::Array,)+ }

        impl $batch {
            fn new(batch: &$crate::columnar::table::Batch<'_>) -> Result<Self, $crate::columnar::ColumnarError> {
                Ok(Self { $($column: batch.column::<$type>(stringify!($column))?.clone(),)+ })
            }

            fn row(&self, row: usize) -> $view<'_> {
                use $crate::columnar::table::Cell;
                $view { $($column: <$type>::get(&self.$column, row),)+ }
            }
        }
    };
    ($(#[doc = $doc:literal])+ pub struct $name:ident $(, sorted by ($($sorted:ident),+))? {
        $(#[doc = $about:literal] $(#[unit = $unit:literal])? pub $column:ident: $type:ty,)+
    }) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name { $(#[doc = $about] pub $column: $type,)+ }

        impl $crate::columnar::table::Columns for $name {
            fn fields() -> Vec<arrow::datatypes::Field> {
                use $crate::columnar::table::Cell;
                vec![$(arrow::datatypes::Field::new(
                    stringify!($column), <$type>::data_type(), <$type>::NULLABLE,
                )),+]
            }

            fn arrays(rows: &[&Self]) -> Vec<arrow::array::ArrayRef> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::array(rows.iter().map(|row| row.$column.view()))),+]
            }

            fn about() -> String {
                [$($doc.trim_ascii()),+].join(" ")
            }

            fn column_docs() -> &'static [$crate::columnar::ColumnDoc] {
                const { &[$($crate::columnar::ColumnDoc {
                    name: stringify!($column),
                    meaning: $about.trim_ascii(),
                    unit: concat!($($unit)?),
                }),+] }
            }

            fn sort_columns() -> &'static [&'static str] {
                &[$($(stringify!($sorted)),+)?]
            }

            fn may_precede(&self, next: &Self) -> bool {
                // Without columns to sort by, the rows are in no order.
                let (_, _) = (self, next);
                ((), $($(&self.$sorted,)+)?) <= ((), $($(&next.$sorted,)+)?)
            }
        }

        impl $crate::columnar::table::Row for $name {
            fn rows(
                batch: &$crate::columnar::table::Batch<'_>,
            ) -> Result<Vec<Self>, $crate::columnar::ColumnarError> {
                use $crate::columnar::table::Cell;
                $(let $column = batch.column::<$type>(stringify!($column))?;)+
                Ok((0..batch.len()).map(|row| Self { $($column: <$type>::own(<$type>::get($column, row))),+ }).collect())
            }

            fn values(&self) -> Vec<$crate::columnar::Value> {
                use $crate::columnar::table::Cell;
                vec![$(<$type>::value(self.$column.view())),+]
            }
        }
    };
}
pub(crate) use table;

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

#[cfg(test)]
mod tests;
