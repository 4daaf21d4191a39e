//! The order of rows.

use std::cmp::Ordering;

use sqlparser::ast::{Expr, OrderByExpr, OrderByOptions, Value as Literal, ValueWithSpan};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::Engine;
use super::compare::compare;
use super::expression::Translator;
use super::items::Item;
use super::names::{Names, column_expr};
use super::query::{Limit, Order};
use super::refusal::{error, refuse};
use super::relation::{Relation, evaluate_values, taken};

/// Ascending or descending, and where nulls are: after a descending order they come first, as the larger values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction {
    /// Whether larger values come first.
    pub is_descending: bool,
    /// Whether nulls come first.
    pub has_nulls_first: bool,
}

impl Direction {
    pub(super) fn new(options: &OrderByOptions) -> Self {
        let is_descending = options.asc == Some(false);
        Self { is_descending, has_nulls_first: options.nulls_first.unwrap_or(is_descending) }
    }

    /// Compares two values in this direction.
    pub(super) fn compare(&self, one: &Value, other: &Value) -> Ordering {
        match (*one == Value::Null, *other == Value::Null) {
            (true, true) => Ordering::Equal,
            (true, false) if self.has_nulls_first => Ordering::Less,
            (true, false) => Ordering::Greater,
            (false, true) if self.has_nulls_first => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) if self.is_descending => compare(other, one),
            (false, false) => compare(one, other),
        }
    }
}

/// A column to sort by.
pub(super) type SortColumn = (Vec<Value>, Direction);

/// Compares two rows.
pub(super) fn compare_rows(columns: &[SortColumn], one: usize, other: usize) -> Ordering {
    let orders =
        columns.iter().map(|(values, direction)| direction.compare(&values[one], &values[other]));
    orders.fold(Ordering::Equal, Ordering::then)
}

/// Expressions to sort by, bound. In ORDER BY an alias goes before a column of that name, and a number is a place in
/// the select list.
pub(super) fn keys(
    order: &Order,
    items: &[Item],
    names: Names<'_>,
) -> Result<Vec<(Expr, Direction)>, QueryError> {
    match order {
        Order::None => Ok(Vec::new()),
        Order::All(options) => {
            Ok(items.iter().map(|item| (item.expr.clone(), Direction::new(options))).collect())
        }
        Order::By(exprs) => exprs.iter().map(|order| key(order, items, names)).collect(),
    }
}

fn key(
    order: &OrderByExpr,
    items: &[Item],
    names: Names<'_>,
) -> Result<(Expr, Direction), QueryError> {
    if order.with_fill.is_some() {
        return Err(refuse(order, "order by takes expressions"));
    }
    let direction = Direction::new(&order.options);
    if let Some(item) = place(&order.expr, items)? {
        return Ok((item.expr.clone(), direction));
    }
    if let Expr::Identifier(ident) = &order.expr {
        let same =
            |item: &&Item| item.has_alias && item.name.to_lowercase() == ident.value.to_lowercase();
        if let Some(item) = items.iter().find(same) {
            return Ok((item.expr.clone(), direction));
        }
    }
    Ok((names.bind(&order.expr)?, direction))
}

/// The item that a number in ORDER BY or GROUP BY means.
pub(super) fn place<'a>(expr: &Expr, items: &'a [Item]) -> Result<Option<&'a Item>, QueryError> {
    let Expr::Value(ValueWithSpan { value: Literal::Number(digits, _), .. }) = expr else {
        return Ok(None);
    };
    let number: Option<usize> = digits.parse().ok();
    match number.and_then(|number| number.checked_sub(1)).and_then(|place| items.get(place)) {
        Some(item) => Ok(Some(item)),
        None => {
            let reason = format!("there is no column {digits} in the select list");
            Err(error(reason, &format!("it has columns 1 to {}", items.len())))
        }
    }
}

/// The rows in order, cut to `limit`.
pub(super) fn sorted_rows(
    mut rows: Vec<usize>,
    columns: &[SortColumn],
    limit: Limit,
) -> Vec<usize> {
    if !columns.is_empty() {
        rows.sort_by(|one, other| compare_rows(columns, *one, *other));
    }
    let rows = rows.into_iter().skip(limit.offset);
    rows.take(limit.count.unwrap_or(usize::MAX)).collect()
}

impl Engine<'_> {
    /// A result of a set operation in order.
    pub(super) fn sorted_output(
        &self,
        relation: Relation,
        order: &Order,
        limit: Limit,
    ) -> Result<Relation, QueryError> {
        let item = |bound: &super::names::Bound| Item {
            name: bound.name.clone(),
            expr: column_expr(&bound.column),
            has_alias: true,
        };
        let items: Vec<Item> = relation.bound.iter().map(item).collect();
        let names =
            Names { bound: &relation.bound, known: &relation.known, aliases: &[], windows: &[] };
        let (keys, directions): (Vec<Expr>, Vec<Direction>) =
            keys(order, &items, names)?.into_iter().unzip();
        let translator = Translator::new(self, relation.frame.schema(), &[], names);
        let keys: Vec<_> =
            keys.iter().map(|key| translator.translate(key)).collect::<Result<_, _>>()?;
        let columns: Vec<SortColumn> =
            evaluate_values(&relation.frame, keys)?.into_iter().zip(directions).collect();
        let rows = sorted_rows((0..relation.frame.height()).collect(), &columns, limit);
        let frame = taken(&relation.frame, &rows)?;
        let mut sorted = Relation::new(rows.len(), frame.into_columns(), relation.bound)?;
        sorted.known = relation.known;
        Ok(sorted)
    }
}
