//! Queries: WITH, ORDER BY and LIMIT around SELECT, set operations and VALUES.

use std::rc::Rc;

use sqlparser::ast::{
    Cte, Expr, LimitClause, OrderBy, OrderByExpr, OrderByKind, Query, SetExpr, SetOperator,
    SetQuantifier, Values,
};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::Engine;
use super::expression::Translator;
use super::kind::Kind;
use super::names::{Bound, Names};
use super::operators::unified;
use super::refusal::{error, refuse};
use super::relation::{Relation, column};
use super::set_operation::combine;

/// Rows that a recursive WITH may make before it counts as endless.
const MAX_RECURSION: usize = 1_000_000;

/// The rows to keep of an ordered result.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limit {
    /// Rows to skip.
    pub offset: usize,
    /// Rows to keep at most.
    pub count: Option<usize>,
}

impl Engine<'_> {
    /// Answers `query`.
    ///
    /// # Errors
    /// Returns an error that names what is wrong or not supported.
    pub(super) fn query(&self, query: &Query) -> Result<Relation, QueryError> {
        let Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        if !locks.is_empty()
            || for_clause.is_some()
            || settings.is_some()
            || format_clause.is_some()
            || !pipe_operators.is_empty()
        {
            return Err(refuse(query, "a query ends with order by and limit"));
        }
        let names = self.named.borrow().len();
        if let Some(with) = with {
            for cte in &with.cte_tables {
                let answer =
                    if with.recursive { self.recursive(cte) } else { self.query(&cte.query) };
                let answer = answer.and_then(|answer| self.renamed(answer, "", Some(&cte.alias)));
                match answer {
                    Ok(answer) => self
                        .named
                        .borrow_mut()
                        .push((cte.alias.name.value.clone(), Rc::new(answer))),
                    Err(error) => {
                        self.named.borrow_mut().truncate(names);
                        return Err(error);
                    }
                }
            }
        }
        let limit = self.limit(limit_clause.as_ref(), fetch.as_ref());
        let answer = limit.and_then(|limit| self.ordered(body, order_by.as_ref(), limit));
        self.named.borrow_mut().truncate(names);
        answer
    }

    fn ordered(
        &self,
        body: &SetExpr,
        order: Option<&OrderBy>,
        limit: Limit,
    ) -> Result<Relation, QueryError> {
        let order = order_of(order)?;
        match body {
            SetExpr::Select(select) => self.select(select, &order, limit),
            other => {
                let relation = self.set(other)?;
                self.sorted_output(relation, &order, limit)
            }
        }
    }

    fn set(&self, body: &SetExpr) -> Result<Relation, QueryError> {
        match body {
            SetExpr::Select(select) => self.select(select, &Order::None, Limit::default()),
            SetExpr::Query(query) => self.query(query),
            SetExpr::Values(values) => self.values(values),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                combine(self, self.set(left)?, *op, *set_quantifier, self.set(right)?)
            }
            other => Err(refuse(other, "a query is select, values, union, intersect or except")),
        }
    }

    /// WITH RECURSIVE: `first UNION [ALL] next`, where `next` reads the rows of the step before.
    fn recursive(&self, cte: &Cte) -> Result<Relation, QueryError> {
        let SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, right } =
            &*cte.query.body
        else {
            return self.query(&cte.query);
        };
        let is_all = *set_quantifier == SetQuantifier::All;
        let named = |relation: Relation| self.renamed(relation, "", Some(&cte.alias));
        let mut all = named(self.set(left)?)?;
        let mut step = all.clone();
        while step.frame.height() > 0 {
            self.named.borrow_mut().push((cte.alias.name.value.clone(), Rc::new(step)));
            let next = self.set(right);
            self.named.borrow_mut().pop();
            let mut next = next?;
            if !is_all {
                next = combine(self, next, SetOperator::Except, SetQuantifier::None, all.clone())?;
            }
            // Every step has the names of the first.
            next.bound
                .iter_mut()
                .zip(&all.bound)
                .for_each(|(own, first)| own.name.clone_from(&first.name));
            next.known.clone_from(&all.known);
            step = named(next)?;
            all = named(combine(self, all, SetOperator::Union, SetQuantifier::All, step.clone())?)?;
            if all.frame.height() > MAX_RECURSION {
                let reason = format!(
                    "the recursive query '{}' makes more than {MAX_RECURSION} rows",
                    cte.alias.name
                );
                return Err(error(reason, "its second part needs a where that ends it"));
            }
        }
        Ok(all)
    }

    fn values(&self, values: &Values) -> Result<Relation, QueryError> {
        let relation = Relation::new(1, Vec::new(), Vec::new())?;
        let names = Names { bound: &[], known: &[], aliases: &[], windows: &[] };
        let translator = Translator::new(self, relation.frame.schema(), &[], names);
        let mut columns: Vec<Vec<super::typed::Typed>> = Vec::new();
        for row in &values.rows {
            let row = &row.content;
            if !columns.is_empty() && columns.len() != row.len() {
                return Err(error(
                    "the rows of values differ in length".to_owned(),
                    "values (1, 'a'), (2, 'b')",
                ));
            }
            columns.resize_with(row.len(), Vec::new);
            for (column, expr) in columns.iter_mut().zip(row) {
                column.push(translator.translate(&names.bind(expr)?)?);
            }
        }
        let rows = values.rows.len();
        let (mut made, mut bound) = (Vec::new(), Vec::new());
        for (place, items) in columns.into_iter().enumerate() {
            let items = unified(items, "column of values")?;
            let kind = items.first().map_or(Kind::Null, |item| item.kind.clone());
            let fresh = self.labelled_column(&format!("col{place}"));
            let values: Vec<Value> =
                items.into_iter().map(|item| item.constant.unwrap_or(Value::Null)).collect();
            made.push(column(&fresh, &kind, &values));
            bound.push(Bound {
                table: String::new(),
                name: format!("col{place}"),
                column: fresh,
                is_merged: false,
            });
        }
        Relation::new(rows, made, bound)
    }

    fn limit(
        &self,
        limit: Option<&LimitClause>,
        fetch: Option<&sqlparser::ast::Fetch>,
    ) -> Result<Limit, QueryError> {
        let count = |expr: &Expr| {
            let relation = Relation::new(1, Vec::new(), Vec::new())?;
            let names = Names { bound: &[], known: &[], aliases: &[], windows: &[] };
            let translator = Translator::new(self, relation.frame.schema(), &[], names);
            let value = translator.translate(&names.bind(expr)?)?.constant;
            match value
                .as_ref()
                .and_then(Value::whole)
                .and_then(|count| usize::try_from(count).ok())
            {
                Some(count) => Ok(count),
                None => {
                    Err(refuse(format!("limit {expr}"), "limit and offset take a whole number"))
                }
            }
        };
        let mut rows = Limit::default();
        match limit {
            None => {}
            Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
                if !limit_by.is_empty() {
                    return Err(refuse(
                        "limit ... by",
                        "qualify row_number() over (partition by ...) <= 3",
                    ));
                }
                rows.count = limit.as_ref().map(count).transpose()?;
                rows.offset =
                    offset.as_ref().map(|offset| count(&offset.value)).transpose()?.unwrap_or(0);
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
                rows = Limit { offset: count(offset)?, count: Some(count(limit)?) };
            }
        }
        if let Some(fetch) = fetch {
            if fetch.with_ties || fetch.percent {
                return Err(refuse(fetch, "fetch first 10 rows only"));
            }
            rows.count = Some(fetch.quantity.as_ref().map(count).transpose()?.unwrap_or(1));
        }
        Ok(rows)
    }
}

/// An ORDER BY.
#[derive(Debug, Clone)]
pub(super) enum Order {
    /// None.
    None,
    /// By all columns.
    All(sqlparser::ast::OrderByOptions),
    /// By expressions.
    By(Vec<OrderByExpr>),
}

fn order_of(order: Option<&OrderBy>) -> Result<Order, QueryError> {
    Ok(match order {
        None => Order::None,
        Some(order) if order.interpolate.is_some() => {
            return Err(refuse(order, "order by takes expressions"));
        }
        Some(OrderBy { kind: OrderByKind::All(options), .. }) => Order::All(*options),
        Some(OrderBy { kind: OrderByKind::Expressions(exprs), .. }) => match &exprs[..] {
            // The parser takes ALL for a column.
            [only] if is_all(&only.expr) => Order::All(only.options),
            _ => Order::By(exprs.clone()),
        },
    })
}

fn is_all(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(name) if name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all"))
}
