//! Subqueries: one value, IN, EXISTS, ANY and ALL.

use std::collections::HashSet;

use sqlparser::ast::{BinaryOperator, Expr, Query, SetExpr};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::compare::{Key, compare};
use super::expression::Translator;
use super::kind::Kind;
use super::names::Names;
use super::operators::{aligned, holds, negated};
use super::refusal::{error, refuse, shown};
use super::relation::{Relation, evaluate_values, filtered};
use super::typed::{Typed, rowwise};

const CORRELATED: &str =
    "join instead: with best as (select ... group by ...) select ... from self join best on ...";

impl Translator<'_> {
    /// Answers a subquery that does not depend on the current row.
    fn subquery(&self, query: &Query) -> Result<Relation, QueryError> {
        self.engine.outer.borrow_mut().push(self.names.bound.to_vec());
        let answer = self.engine.query(query);
        self.engine.outer.borrow_mut().pop();
        answer.map_err(|failure| match &failure {
            QueryError::UnknownColumn { name, .. } if self.is_outer(name) => refuse(
                format!("a subquery that uses the column {name} of the query around it"),
                CORRELATED,
            ),
            QueryError::Sql { reason, .. } if reason.starts_with("there is no table '") => {
                let used =
                    |bound: &&super::names::Bound| reason.contains(&format!("'{}'", bound.table));
                match self.names.bound.iter().find(used) {
                    Some(bound) => refuse(
                        format!("a subquery that uses {} of the query around it", bound.table),
                        CORRELATED,
                    ),
                    None => failure,
                }
            }
            _ => failure,
        })
    }

    fn is_outer(&self, name: &str) -> bool {
        let same = |bound: &super::names::Bound| bound.name.to_lowercase() == name.to_lowercase();
        self.names.bound.iter().any(same) || self.engine.outer.borrow().iter().flatten().any(same)
    }

    /// The only value of a subquery; null if it has no row.
    pub(super) fn scalar_subquery(&self, query: &Query) -> Result<Typed, QueryError> {
        let answer = self.subquery(query)?;
        let mut columns = answer.values()?.into_iter();
        let (Some((kind, values)), None) = (columns.next(), columns.next()) else {
            return Err(error(
                "a subquery for one value selects one column".to_owned(),
                CORRELATED,
            ));
        };
        match &values[..] {
            [] => Ok(Typed::null(kind)),
            [value] => Ok(Typed::constant(value.clone(), kind)),
            several => {
                let reason = format!("the subquery for one value has {} rows", several.len());
                Err(error(reason, "limit 1, an aggregate or in (...) suits it"))
            }
        }
    }

    pub(super) fn in_subquery(
        &self,
        expr: &Expr,
        query: &Query,
        is_negated: bool,
    ) -> Result<Typed, QueryError> {
        let wanted: Vec<Typed> = match expr {
            Expr::Tuple(parts) => {
                parts.iter().map(|part| self.translate(part)).collect::<Result<_, _>>()?
            }
            single => vec![self.translate(single)?],
        };
        let columns = self.subquery(query)?.values()?;
        if columns.len() != wanted.len() {
            let reason = format!(
                "`{} in (...)` needs {} columns, but the subquery has {}",
                shown(expr),
                wanted.len(),
                columns.len()
            );
            return Err(error(reason, "select as many columns as there are before in"));
        }
        let found = membership(wanted, columns, true)?;
        if is_negated { negated(found) } else { Ok(found) }
    }

    /// `expr op ANY (...)` and `expr op ALL (...)`, of a subquery or a list.
    pub(super) fn quantified(
        &self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        is_any: bool,
    ) -> Result<Typed, QueryError> {
        use BinaryOperator as Op;
        if !matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq) {
            return Err(refuse(
                format!("{left} {op} any"),
                "any and all follow =, <>, <, <=, > or >=",
            ));
        }
        let left = self.translate(left)?;
        let list = match right {
            Expr::Subquery(query) => {
                let mut columns = self.subquery(query)?.values()?.into_iter();
                let (Some((kind, values)), None) = (columns.next(), columns.next()) else {
                    return Err(error(
                        "any and all take a subquery of one column".to_owned(),
                        CORRELATED,
                    ));
                };
                Typed::constant(Value::List(values), Kind::List(Box::new(kind)))
            }
            list => self.translate(list)?,
        };
        let Kind::List(item) = &list.kind else {
            return Err(error(
                format!("any and all take a list, but this is {}", list.kind),
                "string_split(text, ' ') makes a list",
            ));
        };
        let Some(kind) = item.common(&left.kind) else {
            return Err(error(
                format!("`any` mixes {} and {item}", left.kind),
                "cast(COLUMN as double) makes a number",
            ));
        };
        let (left, list) = (left.widen(&kind), list.clone().widen(&Kind::List(Box::new(kind))));
        let op = op.clone();
        rowwise(vec![left, list], Kind::Bool, move |row| {
            let Value::List(values) = &row[1] else {
                return Ok(Value::Null);
            };
            let mut is_unknown = false;
            for value in values {
                if row[0] == Value::Null || *value == Value::Null {
                    is_unknown = true;
                } else if holds(&op, compare(&row[0], value)) == is_any {
                    return Ok(Value::Bool(is_any));
                }
            }
            Ok(if is_unknown { Value::Null } else { Value::Bool(!is_any) })
        })
    }

    /// EXISTS. A subquery that depends on the current row may do so by equalities in its WHERE.
    pub(super) fn exists(&self, query: &Query, is_negated: bool) -> Result<Typed, QueryError> {
        let found = match self.subquery(query) {
            Ok(answer) => Typed::constant(Value::Bool(answer.frame.height() > 0), Kind::Bool),
            Err(failure) => self.correlated(query)?.ok_or(failure)?,
        };
        if is_negated { negated(found) } else { Ok(found) }
    }

    /// EXISTS by equalities; `None` if the subquery has another shape.
    fn correlated(&self, query: &Query) -> Result<Option<Typed>, QueryError> {
        let SetExpr::Select(select) = &*query.body else {
            return Ok(None);
        };
        let is_plain =
            query.with.is_none() && query.limit_clause.is_none() && query.fetch.is_none();
        let Some(selection) = select
            .selection
            .as_ref()
            .filter(|_| is_plain && select.having.is_none() && select.qualify.is_none())
        else {
            return Ok(None);
        };
        if !super::group::is_ungrouped(select) {
            return Ok(None);
        }
        let mut inner = self.engine.from(&select.from, None)?;
        let (mut inner_keys, mut outer_keys) = (Vec::new(), Vec::new());
        let mut conditions = Vec::new();
        super::join::conjuncts(selection, &mut conditions);
        for condition in conditions {
            let names =
                Names { bound: &inner.bound, known: &inner.known, aliases: &[], windows: &[] };
            if let Ok(bound) = names.bind(condition) {
                let translator = Translator::new(self.engine, inner.frame.schema(), &[], names);
                let condition = translator.condition(&bound)?;
                inner.frame = filtered(&inner.frame, condition)?;
                continue;
            }
            let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = condition else {
                return Ok(None);
            };
            let sides = match (names.bind(left), names.bind(right)) {
                (Ok(own), Err(_)) => self.names.bind(right).map(|other| (own, other)),
                (Err(_), Ok(own)) => self.names.bind(left).map(|other| (own, other)),
                _ => return Ok(None),
            };
            let Ok((own, other)) = sides else {
                return Ok(None);
            };
            inner_keys.push(own);
            outer_keys.push(self.translate(&other)?);
        }
        let names = Names { bound: &inner.bound, known: &inner.known, aliases: &[], windows: &[] };
        let translator = Translator::new(self.engine, inner.frame.schema(), &[], names);
        let keys: Vec<Typed> =
            inner_keys.iter().map(|key| translator.translate(key)).collect::<Result<_, _>>()?;
        let kinds: Vec<Kind> = keys.iter().map(|key| key.kind.clone()).collect();
        let columns = kinds.into_iter().zip(evaluate_values(&inner.frame, keys)?).collect();
        membership(outer_keys, columns, false).map(Some)
    }
}

/// Whether the values of `wanted` are a row of `columns`. With `is_in`, null like IN; otherwise a null is no member.
fn membership(
    wanted: Vec<Typed>,
    columns: Vec<(Kind, Vec<Value>)>,
    is_in: bool,
) -> Result<Typed, QueryError> {
    let mut adapted = Vec::new();
    let mut values = Vec::new();
    for (wanted, (kind, column)) in wanted.into_iter().zip(columns) {
        let (wanted, target) = aligned(wanted, Typed::new(polars::prelude::col("\u{1}"), kind))?;
        let is_float = target.kind == Kind::Float;
        adapted.push(wanted);
        values.push(
            column
                .into_iter()
                .map(|value| match value.float() {
                    Some(number) if is_float => Value::Float(number),
                    _ => value,
                })
                .collect::<Vec<_>>(),
        );
    }
    let rows = values.first().map_or(0, Vec::len);
    let has_null = |row: usize| values.iter().any(|column| column[row] == Value::Null);
    let any_null = (0..rows).any(has_null);
    let members: HashSet<Vec<Key>> = (0..rows)
        .filter(|row| !has_null(*row))
        .map(|row| super::compare::row_key(&values, row))
        .collect();
    rowwise(adapted, Kind::Bool, move |row| {
        if rows == 0 {
            return Ok(Value::Bool(false));
        }
        if row.contains(&Value::Null) {
            return Ok(if is_in { Value::Null } else { Value::Bool(false) });
        }
        let key: Vec<Key> = row.iter().cloned().map(Key).collect();
        Ok(match members.contains(&key) {
            true => Value::Bool(true),
            false if any_null && is_in => Value::Null,
            false => Value::Bool(false),
        })
    })
}
