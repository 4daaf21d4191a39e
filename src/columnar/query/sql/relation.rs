//! Tables in the course of a query.

use polars::prelude::{Column, DataFrame, IdxCa, IdxSize, IntoLazy, NamedFrom, Series, col};

use super::super::convert::{self, to_series};
use super::super::error::QueryError;
use super::super::frame::Value;
use super::super::polars_error::run_polars;
use super::kind::Kind;
use super::names::Bound;
use super::refusal::failed;
use super::typed::Typed;

/// The column that every frame has: it gives constants the length of the frame.
pub(super) const ROW: &str = "\u{1}row";

/// Rows, and what their columns are called.
#[derive(Clone)]
pub(super) struct Relation {
    /// The rows; the first column is [`ROW`].
    pub frame: DataFrame,
    /// The visible columns, in order.
    pub bound: Vec<Bound>,
    /// Names of all columns, for suggestions: some may not be loaded.
    pub known: Vec<String>,
}

impl Relation {
    /// A relation of `rows` rows.
    pub(super) fn new(
        rows: usize,
        columns: Vec<Column>,
        bound: Vec<Bound>,
    ) -> Result<Self, QueryError> {
        let known = bound.iter().map(|bound| bound.name.clone()).collect();
        Ok(Self { frame: frame(rows, columns)?, bound, known })
    }

    /// The visible columns' values.
    pub(super) fn values(&self) -> Result<Vec<(Kind, Vec<Value>)>, QueryError> {
        let values = |bound: &Bound| {
            let column =
                run_polars(|| self.frame.column(&bound.column).cloned()).map_err(failed)?;
            Ok((Kind::of(column.dtype()), convert::values(&column)))
        };
        self.bound.iter().map(values).collect()
    }
}

/// A frame of `rows` rows with these columns and [`ROW`].
pub(super) fn frame(rows: usize, columns: Vec<Column>) -> Result<DataFrame, QueryError> {
    let numbers: Vec<IdxSize> = (0..rows as IdxSize).collect();
    let row = Column::from(Series::new(ROW.into(), numbers));
    let columns =
        std::iter::once(row).chain(columns.into_iter().filter(|column| column.name() != ROW));
    run_polars(|| DataFrame::new(rows, columns.collect())).map_err(failed)
}

/// Computes `expressions` over all rows; the columns have the names given.
pub(super) fn evaluate(
    frame: &DataFrame,
    expressions: Vec<(String, Typed)>,
) -> Result<Vec<Column>, QueryError> {
    if expressions.is_empty() {
        return Ok(Vec::new());
    }
    let expressions = expressions.into_iter().map(|(name, typed)| typed.expr.alias(name));
    let all: Vec<_> = std::iter::once(col(ROW)).chain(expressions).collect();
    let computed = run_polars(|| frame.clone().lazy().select(all).collect()).map_err(failed)?;
    Ok(computed.into_columns().into_iter().skip(1).collect())
}

/// The values of `expressions` in every row.
pub(super) fn evaluate_values(
    frame: &DataFrame,
    expressions: Vec<Typed>,
) -> Result<Vec<Vec<Value>>, QueryError> {
    let named =
        expressions.into_iter().enumerate().map(|(place, typed)| (format!("\u{1}v{place}"), typed));
    Ok(evaluate(frame, named.collect())?.iter().map(convert::values).collect())
}

/// The same frame with further columns.
pub(super) fn with_columns(frame: &DataFrame, columns: &[Column]) -> Result<DataFrame, QueryError> {
    run_polars(|| frame.hstack(columns)).map_err(failed)
}

/// The rows for which `condition` is true.
pub(super) fn filtered(frame: &DataFrame, condition: Typed) -> Result<DataFrame, QueryError> {
    match condition.constant {
        Some(Value::Bool(true)) => return Ok(frame.clone()),
        Some(_) => return Ok(frame.clear()),
        None => {}
    }
    run_polars(|| frame.clone().lazy().filter(condition.expr).collect()).map_err(failed)
}

/// The rows at these places, in this order.
pub(super) fn taken(frame: &DataFrame, rows: &[usize]) -> Result<DataFrame, QueryError> {
    let rows: Vec<IdxSize> = rows.iter().map(|row| *row as IdxSize).collect();
    run_polars(|| frame.take(&IdxCa::new("".into(), rows))).map_err(failed)
}

/// The rows at these places; a row of nulls for `None`.
pub(super) fn taken_or_null(
    frame: &DataFrame,
    rows: &[Option<usize>],
) -> Result<DataFrame, QueryError> {
    let rows: Vec<Option<IdxSize>> = rows.iter().map(|row| row.map(|row| row as IdxSize)).collect();
    run_polars(|| frame.take(&IdxCa::new("".into(), rows))).map_err(failed)
}

/// A column of values.
pub(super) fn column(name: &str, kind: &Kind, values: &[Value]) -> Column {
    to_series(name.into(), kind, values).into()
}
