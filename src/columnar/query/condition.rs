//! Conditions on rows: a pipeline's `where:`.

use polars::prelude::{DataType, Expr, IntoLazy, col};
use polars::sql::{SQLContext, sql_expr};

use super::convert::frame;
use super::error::QueryError;
use super::frame::Value;
use super::load::Loaded;
use super::workarounds::run_polars;
use crate::columnar::table::Row;

/// The name of the row number column, which no table has.
const ROW: &str = "\u{1}row";

/// Checks `condition` against the columns of `R` without any rows, so that an invalid pipeline fails before it runs.
///
/// # Errors
/// Returns the error that [`Table::filter`](super::Table::filter) would return on any table of `R`.
pub fn check_condition<R: Row>(condition: &str) -> Result<(), QueryError> {
    let fields = R::fields();
    let names: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
    Condition::parse(condition, &names)?.matching_rows(Loaded::empty(&fields)).map(drop)
}

/// An SQL expression over known columns.
pub(super) struct Condition<'a> {
    text: &'a str,
    expression: Expr,
    columns: Vec<String>,
}

impl<'a> Condition<'a> {
    /// Parses `text`, in which the columns are `names`.
    pub(super) fn parse(text: &'a str, names: &[String]) -> Result<Self, QueryError> {
        let expression = run_polars(|| sql_expr(text)).map_err(invalid(text))?;
        // The parser stops at the end of the first expression, whatever follows. The line breaks keep a comment from
        // swallowing the bracket.
        let whole = run_polars(|| sql_expr(format!("(\n{text}\n)"))).map_err(invalid(text))?;
        if whole != expression {
            return Err(invalid(text)("its brackets do not match".to_owned()));
        }
        let columns: Vec<String> =
            expression.clone().meta().root_names().iter().map(ToString::to_string).collect();
        match columns.iter().find(|column| !names.contains(column)) {
            Some(column) => Err(QueryError::unknown_column(column, names.to_vec())),
            None => Ok(Self { text, expression, columns }),
        }
    }

    /// The columns that it uses.
    pub(super) fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    /// Returns the indices of the rows of `data`, which has at least its columns, for which it is true.
    pub(super) fn matching_rows(&self, data: Loaded) -> Result<Vec<usize>, QueryError> {
        let rows = run_polars(|| {
            let data = data.numbered(ROW)?.lazy();
            let kind = data.clone().select([self.expression.clone().alias("")]).collect_schema()?;
            if kind.get("") != Some(&DataType::Boolean) {
                return Ok(Err(kind.get("").map(ToString::to_string).unwrap_or_default()));
            }
            let mut context = SQLContext::new();
            context.register("self", data);
            let query = format!("SELECT * FROM self WHERE (\n{}\n)", self.text);
            context.execute(&query)?.select([col(ROW)]).collect().map(Ok)
        });
        let not_a_condition =
            |kind| format!("it must be true or false for a row, but this is {kind}");
        let rows =
            rows.and_then(|rows| rows.map_err(not_a_condition)).map_err(invalid(self.text))?;
        let index = |value: &Value| match value {
            Value::Unsigned(row) => usize::try_from(*row).ok(),
            _ => None,
        };
        let columns = frame(rows);
        Ok(columns.columns().iter().flat_map(|rows| rows.values.iter().filter_map(index)).collect())
    }
}

fn invalid(condition: &str) -> impl Fn(String) -> QueryError {
    move |reason| QueryError::Condition { condition: condition.to_owned(), reason }
}
