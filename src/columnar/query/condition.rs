use std::io::Cursor;

use polars::prelude::{DataType, IntoLazy, LazyFrame, ParquetReader, PolarsResult, SerReader, col};
use polars::sql::{SQLContext, sql_expr};

use super::convert;
use super::error::QueryError;
use super::frame::Value;
use crate::columnar::table::{self, Row};

/// The column that counts rows; a name that no table has.
const ROW: &str = "\u{1}row";

/// Checks `condition` against the columns of `R` alone, so that an invalid pipeline fails before anything runs.
///
/// # Errors
/// As [`Table::filter`](super::Table::filter) would on any table of `R`.
pub fn check_condition<R: Row>(condition: &str) -> Result<(), QueryError> {
    let names: Vec<String> = R::fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let invalid = |reason| QueryError::Condition {
        condition: condition.to_owned(),
        reason,
    };
    let bytes = table::empty::<R>().map_err(|error| invalid(error.to_string()))?;
    let empty =
        convert::reason(ParquetReader::new(Cursor::new(bytes)).finish()).map_err(invalid)?;
    matching_rows(empty.lazy(), &names, condition).map(drop)
}

/// Indices of the rows of `data`, whose columns are `names`, for which `condition` is true.
pub(super) fn matching_rows(
    data: LazyFrame,
    names: &[String],
    condition: &str,
) -> Result<Vec<usize>, QueryError> {
    let invalid = |reason| QueryError::Condition {
        condition: condition.to_owned(),
        reason,
    };
    let expression = convert::reason(sql_expr(condition)).map_err(invalid)?;
    for name in expression.clone().meta().root_names() {
        if !names.iter().any(|known| *known == *name) {
            return Err(QueryError::unknown_column(&name, names.to_vec()));
        }
    }
    let kind = expression_type(data.clone().select([expression.alias(ROW)]));
    let kind = convert::reason(kind).map_err(invalid)?;
    if kind != DataType::Boolean {
        return Err(invalid(format!(
            "it must be true or false for a row, but this is {kind}"
        )));
    }
    // The parser above stops at the end of the expression, whatever follows; a whole query does not. The line
    // breaks keep a comment from swallowing the bracket.
    let mut context = SQLContext::new();
    context.register("self", data.with_row_index(ROW, None));
    let rows = context
        .execute(&format!("SELECT * FROM self WHERE (\n{condition}\n)"))
        .and_then(|rows| rows.select([col(ROW)]).collect());
    let rows = convert::frame(convert::reason(rows).map_err(invalid)?);
    let index = |value: &Value| match value {
        Value::Unsigned(row) => usize::try_from(*row).ok(),
        _ => None,
    };
    Ok(rows
        .columns()
        .iter()
        .flat_map(|column| column.values.iter().filter_map(index))
        .collect())
}

fn expression_type(mut data: LazyFrame) -> PolarsResult<DataType> {
    let schema = data.collect_schema()?;
    Ok(schema.get(ROW).cloned().unwrap_or(DataType::Null))
}
