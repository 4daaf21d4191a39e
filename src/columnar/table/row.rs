//! Rows and batches of tables.

use std::path::Path;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::Field;
use arrow::record_batch::RecordBatch;

use super::{Cell, ColumnDoc};
use crate::columnar::error::ColumnarError;
use crate::columnar::query::Value;

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
