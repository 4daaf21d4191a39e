//! Aggregates: one value from the rows of a group or of a window's frame. Nulls do not count, except where said.

mod aggregate_function;
mod arguments;
mod call;
mod compute;
mod running;

use sqlparser::ast::{Expr, Function};

use super::super::error::QueryError;
use super::refusal::{error, shown};

pub(super) use aggregate_function::AggregateFunction;
pub(super) use call::{Call, Inputs};
pub(super) use running::Running;

/// Returns true if `function` is an aggregate over a group, not over a window.
pub(super) fn is_aggregate(function: &Function) -> bool {
    function.over.is_none() && AggregateFunction::of(function).is_some()
}

/// Returns the error for an aggregate in a clause that tests single rows.
pub(super) fn misplaced(expr: &Expr, clause: &str) -> QueryError {
    error(
        format!("`{}` is an aggregate, but {clause} tests single rows", shown(expr)),
        "having tests groups; where COLUMN = (select max(COLUMN) from self) finds the largest",
    )
}
