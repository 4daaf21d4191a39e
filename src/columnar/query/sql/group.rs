//! GROUP BY: one row per group, with its keys and aggregates.

use std::collections::HashMap;

use polars::prelude::DataFrame;
use sqlparser::ast::{Expr, Function, GroupByExpr, Select};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::Engine;
use super::aggregate::{Call, is_aggregate};
use super::compare::{Key, row_key};
use super::expression::Translator;
use super::items::Item;
use super::kind::Kind;
use super::names::Names;
use super::order::place;
use super::refusal::refuse;
use super::relation::{self, column, evaluate_values};
use super::syntax;
use super::typed::Typed;

/// Grouping sets of more keys than this would be thousands.
const MAX_CUBE: usize = 10;

/// The keys of GROUP BY, and which of them group together: one set, or several for ROLLUP, CUBE and GROUPING SETS.
pub(super) struct Grouping {
    /// The keys, bound.
    pub keys: Vec<Expr>,
    sets: Vec<Vec<usize>>,
}

/// Returns true if `select` has no GROUP BY.
pub(super) fn is_ungrouped(select: &Select) -> bool {
    matches!(&select.group_by, GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty())
}

impl Grouping {
    /// The grouping that `group_by` asks for. A number is a place in the select list.
    pub(super) fn new(
        group_by: &GroupByExpr,
        items: &[Item],
        names: Names<'_>,
    ) -> Result<Self, QueryError> {
        let mut grouping = Self { keys: Vec::new(), sets: vec![Vec::new()] };
        let (exprs, modifiers) = match group_by {
            GroupByExpr::Expressions(exprs, modifiers) => (exprs.as_slice(), modifiers),
            GroupByExpr::All(modifiers) => (&[][..], modifiers),
        };
        if let Some(modifier) = modifiers.first() {
            return Err(refuse(
                modifier,
                "group by rollup (a, b), cube (a, b) or grouping sets ((a), (b))",
            ));
        }
        if matches!(group_by, GroupByExpr::All(_)) {
            for item in items.iter().filter(|item| {
                !syntax::has_call(&item.expr, |function| {
                    function.over.is_some() || is_aggregate(function)
                })
            }) {
                grouping.add(vec![vec![item.expr.clone()]]);
            }
        }
        for expr in exprs {
            let bind = |expr: &Expr| match place(expr, items)? {
                Some(item) => Ok(item.expr.clone()),
                None => names.bind(expr),
            };
            let bind_all =
                |parts: &[Expr]| parts.iter().map(bind).collect::<Result<Vec<_>, QueryError>>();
            let bind_sets = |sets: &[Vec<Expr>]| {
                sets.iter().map(|set| bind_all(set)).collect::<Result<Vec<_>, QueryError>>()
            };
            let sets = match expr {
                Expr::Rollup(sets) => {
                    let sets = bind_sets(sets)?;
                    (0..=sets.len()).rev().map(|length| sets[..length].concat()).collect()
                }
                Expr::Cube(sets) if sets.len() <= MAX_CUBE => {
                    let sets = bind_sets(sets)?;
                    let chosen = |choice: usize| {
                        (0..sets.len()).filter(move |place| choice >> place & 1 == 1)
                    };
                    (0..1_usize << sets.len())
                        .rev()
                        .map(|choice| {
                            chosen(choice).flat_map(|place| sets[place].clone()).collect()
                        })
                        .collect()
                }
                Expr::Cube(_) => return Err(refuse(expr, "a cube has at most 10 keys")),
                Expr::GroupingSets(sets) => bind_sets(sets)?,
                Expr::Tuple(parts) => vec![bind_all(parts)?],
                single => vec![vec![bind(single)?]],
            };
            grouping.add(sets);
        }
        Ok(grouping)
    }

    /// Combines every set so far with each of `sets`.
    fn add(&mut self, sets: Vec<Vec<Expr>>) {
        let mut places = Vec::new();
        for set in sets {
            let place = |expr: Expr| {
                let known = self.keys.iter().position(|key| *key == expr);
                known.unwrap_or_else(|| {
                    self.keys.push(expr);
                    self.keys.len() - 1
                })
            };
            places.push(set.into_iter().map(place).collect::<Vec<usize>>());
        }
        let combine = |one: &Vec<usize>| {
            places.iter().map(|other| [&one[..], &other[..]].concat()).collect::<Vec<_>>()
        };
        self.sets = self.sets.iter().flat_map(combine).collect();
    }

    /// One row per group of the rows of `frame`, and the texts of the expressions that its columns hold.
    pub(super) fn grouped(
        &self,
        engine: &Engine<'_>,
        frame: &DataFrame,
        translator: &Translator<'_>,
        aggregates: &[Function],
    ) -> Result<(DataFrame, Vec<(String, String)>), QueryError> {
        let keys: Vec<Typed> =
            self.keys.iter().map(|key| translator.translate(key)).collect::<Result<_, _>>()?;
        let kinds: Vec<Kind> = keys.iter().map(|key| key.kind.clone()).collect();
        let keys = evaluate_values(frame, keys)?;
        let calls: Vec<Call> = aggregates
            .iter()
            .map(|function| Call::new(function, translator))
            .collect::<Result<_, _>>()?;
        let inputs: Vec<_> =
            calls.iter().map(|call| call.inputs(frame)).collect::<Result<_, _>>()?;
        let mut key_columns: Vec<Vec<Value>> = vec![Vec::new(); self.keys.len()];
        let mut result_columns: Vec<Vec<Value>> = vec![Vec::new(); calls.len()];
        for set in &self.sets {
            let used: Vec<Vec<Value>> = set.iter().map(|place| keys[*place].clone()).collect();
            for rows in groups(frame.height(), &used) {
                for (place, column) in key_columns.iter_mut().enumerate() {
                    let value = rows
                        .first()
                        .filter(|_| set.contains(&place))
                        .map(|row| keys[place][*row].clone());
                    column.push(value.unwrap_or(Value::Null));
                }
                for ((call, inputs), column) in calls.iter().zip(&inputs).zip(&mut result_columns) {
                    column.push(call.compute(inputs, &rows));
                }
            }
        }
        let texts = self.keys.iter().map(ToString::to_string);
        let texts = texts
            .chain(aggregates.iter().map(|function| Expr::Function(function.clone()).to_string()));
        let kinds = kinds.into_iter().chain(calls.into_iter().map(|call| call.result));
        let values = key_columns.into_iter().chain(result_columns);
        let (mut columns, mut computed) = (Vec::new(), Vec::new());
        let mut height = self.sets.iter().filter(|set| set.is_empty()).count();
        for ((text, kind), values) in texts.zip(kinds).zip(values) {
            let fresh = engine.new_column();
            height = values.len();
            columns.push(column(&fresh, &kind, &values));
            computed.push((text, fresh));
        }
        Ok((relation::frame(height, columns)?, computed))
    }
}

/// The rows of each group, in the order of their first rows. Without keys, all rows are one group, even if there are none.
fn groups(rows: usize, keys: &[Vec<Value>]) -> Vec<Vec<usize>> {
    if keys.is_empty() {
        return vec![(0..rows).collect()];
    }
    let mut places: HashMap<Vec<Key>, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for row in 0..rows {
        let place = *places.entry(row_key(keys, row)).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}
