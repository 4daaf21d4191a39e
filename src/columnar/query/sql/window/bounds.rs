//! The part of a window between the parentheses: partitions, order and frame.

use std::collections::HashMap;

use polars::prelude::DataFrame;
use sqlparser::ast::{Expr, WindowFrameBound, WindowFrameUnits, WindowSpec};

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::compare::{Key, row_key};
use super::super::expression::Translator;
use super::super::order::{Direction, SortColumn, compare_rows};
use super::super::refusal::refuse;
use super::super::relation::evaluate_values;
use super::super::typed::Typed;

/// One end of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum End {
    /// The first or last row.
    Unbounded,
    /// The current row, or its peers.
    Current,
    /// Rows, groups or a distance of values; negative: before the current row.
    Offset(f64),
}

/// The rows that a window function sees.
pub(super) struct Window {
    keys: Vec<Vec<Value>>,
    pub(super) order: Vec<SortColumn>,
    pub(super) units: WindowFrameUnits,
    pub(super) start: End,
    pub(super) end: End,
}

impl Window {
    /// Translates `spec` and computes its columns over `frame`.
    pub(super) fn new(
        spec: &WindowSpec,
        frame: &DataFrame,
        translator: &Translator<'_>,
    ) -> Result<Self, QueryError> {
        let keys: Vec<Typed> = spec
            .partition_by
            .iter()
            .map(|key| translator.translate(key))
            .collect::<Result<_, _>>()?;
        let by: Vec<Typed> = spec
            .order_by
            .iter()
            .map(|by| translator.translate(&by.expr))
            .collect::<Result<_, _>>()?;
        let directions = spec.order_by.iter().map(|by| Direction::new(&by.options));
        let order: Vec<SortColumn> =
            evaluate_values(frame, by.clone())?.into_iter().zip(directions).collect();
        let keys = evaluate_values(frame, keys)?;
        let (units, start, end) = match &spec.window_frame {
            None if order.is_empty() => (WindowFrameUnits::Rows, End::Unbounded, End::Unbounded),
            None => (WindowFrameUnits::Range, End::Unbounded, End::Current),
            Some(bounds) => {
                let end = bounds
                    .end_bound
                    .as_ref()
                    .map_or(Ok(End::Current), |bound| end_of(bound, translator))?;
                (bounds.units, end_of(&bounds.start_bound, translator)?, end)
            }
        };
        let is_distance = units == WindowFrameUnits::Range
            && [start, end].iter().any(|end| matches!(end, End::Offset(_)));
        let is_sortable = matches!(&by[..], [only] if only.kind.is_number());
        if is_distance && !is_sortable {
            return Err(refuse(spec, "range with a distance needs one order by, of numbers"));
        }
        Ok(Self { keys, order, units, start, end })
    }

    /// Returns the rows of each partition, in the window's order.
    pub(super) fn partitions(&self, rows: usize) -> Vec<Vec<usize>> {
        let mut partitions: HashMap<Vec<Key>, Vec<usize>> = HashMap::new();
        (0..rows).for_each(|row| partitions.entry(row_key(&self.keys, row)).or_default().push(row));
        let mut partitions: Vec<Vec<usize>> = partitions.into_values().collect();
        for rows in &mut partitions {
            rows.sort_by(|one, other| compare_rows(&self.order, *one, *other));
        }
        partitions
    }
}

fn end_of(bound: &WindowFrameBound, translator: &Translator<'_>) -> Result<End, QueryError> {
    let offset = |expr: &Option<Box<Expr>>, sign: f64| match expr {
        None => Ok(End::Unbounded),
        Some(expr) => match translator.translate(expr)?.constant.as_ref().and_then(Value::number) {
            Some(distance) if distance >= 0.0 => Ok(End::Offset(sign * distance)),
            _ => Err(refuse(
                bound,
                "a frame reaches from a number of rows preceding to a number following",
            )),
        },
    };
    match bound {
        WindowFrameBound::CurrentRow => Ok(End::Current),
        WindowFrameBound::Preceding(expr) => offset(expr, -1.0),
        WindowFrameBound::Following(expr) => offset(expr, 1.0),
    }
}
