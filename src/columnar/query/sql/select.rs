//! SELECT, stage by stage; see the module's documentation.

use std::collections::HashSet;

use polars::prelude::DataFrame;
use sqlparser::ast::{Distinct, Expr, Function, NamedWindowExpr, Select, TopQuantity, WindowSpec};

use super::super::convert;
use super::super::error::QueryError;
use super::super::frame::Value;
use super::Engine;
use super::aggregate::{is_aggregate, misplaced};
use super::compare::row_key;
use super::expression::Translator;
use super::group::{Grouping, is_ungrouped};
use super::items::{Item, items};
use super::join::conjuncts;
use super::kind::Kind;
use super::names::{Bound, Names};
use super::order::{self, Direction, SortColumn, sorted_rows};
use super::query::{Limit, Order};
use super::refusal::{error, refuse};
use super::relation::{self, Relation, evaluate, evaluate_values, filtered, taken, with_columns};
use super::syntax;
use super::typed::Typed;
use super::window;

/// A SELECT under way: the rows, and what is computed already.
struct Stage<'a> {
    engine: &'a Engine<'a>,
    names: Names<'a>,
    frame: DataFrame,
    computed: Vec<(String, String)>,
}

impl Stage<'_> {
    fn translator(&self) -> Translator<'_> {
        Translator::new(self.engine, self.frame.schema(), &self.computed, self.names)
    }

    fn translate(&self, exprs: &[&Expr]) -> Result<Vec<Typed>, QueryError> {
        let translator = self.translator();
        exprs.iter().map(|expr| translator.translate(expr)).collect()
    }

    fn filter(&mut self, condition: &Expr) -> Result<(), QueryError> {
        let condition = self.translator().condition(condition)?;
        self.frame = filtered(&self.frame, condition)?;
        Ok(())
    }

    /// Computes the window functions among `exprs`.
    fn windows(&mut self, exprs: &[&Expr]) -> Result<(), QueryError> {
        for function in syntax::calls(exprs, |function| function.over.is_some()) {
            let name = self.engine.new_column();
            let column = window::compute(&name, &function, &self.frame, &self.translator())?;
            self.frame = with_columns(&self.frame, &[column])?;
            self.computed.push((Expr::Function(function).to_string(), name));
        }
        Ok(())
    }

    /// One row per value of the list in `unnest(list)` among `exprs`.
    fn unnest(&mut self, exprs: &[&Expr]) -> Result<(), QueryError> {
        let mut calls = syntax::calls(exprs, is_unnest);
        let text = |call: &Function| Expr::Function(call.clone()).to_string();
        calls.retain(|call| !self.computed.iter().any(|(known, _)| *known == text(call)));
        let [call] = &calls[..] else {
            return match calls.get(1) {
                None => Ok(()),
                Some(second) => Err(refuse(
                    second,
                    "a query has one unnest; join two queries that have one each",
                )),
            };
        };
        let arguments = super::functions::plain_arguments(call)?;
        let [list] = arguments[..] else {
            return Err(refuse(call, "unnest takes one list"));
        };
        let list = self.translator().translate(list)?;
        let Kind::List(item) = list.kind.clone() else {
            return Err(error(
                format!("unnest takes a list, but this is {}", list.kind),
                "string_split(text, ' ') makes a list",
            ));
        };
        let lists = evaluate_values(&self.frame, vec![list])?.into_iter().flatten();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        for (row, list) in lists.enumerate() {
            if let Value::List(items) = list {
                rows.extend(std::iter::repeat_n(row, items.len()));
                values.extend(items);
            }
        }
        let name = self.engine.new_column();
        let column = relation::column(&name, &item, &values);
        self.frame = with_columns(&taken(&self.frame, &rows)?, &[column])?;
        self.computed.push((Expr::Function(call.clone()).to_string(), name));
        Ok(())
    }
}

fn is_unnest(function: &Function) -> bool {
    function.over.is_none() && function.name.to_string().eq_ignore_ascii_case("unnest")
}

impl Engine<'_> {
    /// Answers `select`.
    pub(super) fn select(
        &self,
        select: &Select,
        order: &Order,
        limit: Limit,
    ) -> Result<Relation, QueryError> {
        let limit = check(select, limit)?;
        let relation = self.from(&select.from, select.selection.as_ref())?;
        let Relation { frame, bound, known } = relation;
        let windows = named_windows(select)?;
        let plain = Names { bound: &bound, known: &known, aliases: &[], windows: &windows };
        let items = items(select, plain)?;
        let aliases: Vec<(String, Expr)> = items
            .iter()
            .filter(|item| item.has_alias)
            .map(|item| (item.name.clone(), item.expr.clone()))
            .collect();
        let names = Names { aliases: &aliases, ..plain };
        let mut stage = Stage { engine: self, names, frame, computed: Vec::new() };

        if let Some(selection) = &select.selection {
            let mut conditions = Vec::new();
            conjuncts(selection, &mut conditions);
            // One after the other: a condition may rely on those before it.
            for condition in conditions {
                let condition = names.bind(condition)?;
                if let Some(call) = syntax::calls(&[&condition], is_aggregate).first() {
                    return Err(misplaced(&Expr::Function(call.clone()), "where"));
                }
                stage.filter(&condition)?;
            }
        }
        let having = select.having.as_ref().map(|having| names.bind(having)).transpose()?;
        let qualify = select.qualify.as_ref().map(|qualify| names.bind(qualify)).transpose()?;
        let keys = order::keys(order, &items, names)?;
        let distinct_on = match &select.distinct {
            Some(Distinct::On(exprs)) => exprs
                .iter()
                .map(|expr| match order::place(expr, &items)? {
                    Some(item) => Ok(item.expr.clone()),
                    None => names.bind(expr),
                })
                .collect::<Result<_, QueryError>>()?,
            _ => Vec::new(),
        };
        let after_groups: Vec<&Expr> = items
            .iter()
            .map(|item| &item.expr)
            .chain(&qualify)
            .chain(keys.iter().map(|(key, _)| key))
            .chain(&distinct_on)
            .collect();

        let with_having: Vec<&Expr> = after_groups.iter().copied().chain(&having).collect();
        let aggregates = syntax::calls(&with_having, is_aggregate);
        if !is_ungrouped(select) || !aggregates.is_empty() || having.is_some() {
            let grouping = Grouping::new(&select.group_by, &items, names)?;
            stage.unnest(&grouping.keys.iter().collect::<Vec<_>>())?;
            let (frame, computed) =
                grouping.grouped(self, &stage.frame, &stage.translator(), &aggregates)?;
            (stage.frame, stage.computed) = (frame, computed);
        }
        if let Some(having) = &having {
            stage.filter(having)?;
        }
        stage.windows(&after_groups)?;
        stage.unnest(&after_groups)?;
        if let Some(qualify) = &qualify {
            stage.filter(qualify)?;
        }
        finish(self, &stage, &items, &keys, &distinct_on, select.distinct.as_ref(), limit)
    }
}

/// The select list, DISTINCT, ORDER BY and LIMIT.
fn finish(
    engine: &Engine<'_>,
    stage: &Stage<'_>,
    items: &[Item],
    keys: &[(Expr, Direction)],
    distinct_on: &[Expr],
    distinct: Option<&Distinct>,
    limit: Limit,
) -> Result<Relation, QueryError> {
    let values = |exprs: &[&Expr]| evaluate_values(&stage.frame, stage.translate(exprs)?);
    let exprs: Vec<&Expr> = items.iter().map(|item| &item.expr).collect();
    let fresh: Vec<String> = items.iter().map(|item| engine.labelled_column(&item.name)).collect();
    let typed = fresh.iter().cloned().zip(stage.translate(&exprs)?);
    let columns = evaluate(&stage.frame, typed.collect())?;
    let by = values(&keys.iter().map(|(key, _)| key).collect::<Vec<_>>())?;
    let by: Vec<SortColumn> =
        by.into_iter().zip(keys.iter().map(|(_, direction)| *direction)).collect();
    let mut rows: Vec<usize> = (0..stage.frame.height()).collect();
    match distinct {
        None | Some(Distinct::All) => {}
        Some(Distinct::Distinct) => {
            let columns: Vec<Vec<Value>> = columns.iter().map(convert::values).collect();
            let mut seen = HashSet::new();
            rows.retain(|row| seen.insert(row_key(&columns, *row)));
        }
        Some(Distinct::On(_)) => {
            let columns = values(&distinct_on.iter().collect::<Vec<_>>())?;
            rows = sorted_rows(rows, &by, Limit::default());
            let mut seen = HashSet::new();
            rows.retain(|row| seen.insert(row_key(&columns, *row)));
        }
    }
    let rows = sorted_rows(rows, &by, limit);
    let frame = relation::frame(stage.frame.height(), columns)?;
    let frame = taken(&frame, &rows)?;
    let bound = items.iter().zip(&fresh).map(|(item, column)| Bound {
        table: String::new(),
        name: item.name.clone(),
        column: column.clone(),
        is_merged: false,
    });
    Relation::new(rows.len(), frame.into_columns(), bound.collect())
}

fn named_windows(select: &Select) -> Result<Vec<(String, WindowSpec)>, QueryError> {
    let mut windows: Vec<(String, WindowSpec)> = Vec::new();
    for definition in &select.named_window {
        let spec = match &definition.1 {
            NamedWindowExpr::WindowSpec(spec) => spec.clone(),
            NamedWindowExpr::NamedWindow(name) => {
                let same = |known: &str| known.to_lowercase() == name.value.to_lowercase();
                match windows.iter().find(|(known, _)| same(known)) {
                    Some((_, spec)) => spec.clone(),
                    None => {
                        return Err(refuse(
                            definition,
                            "window NAME as (partition by ... order by ...)",
                        ));
                    }
                }
            }
        };
        windows.push((definition.0.value.clone(), spec));
    }
    Ok(windows)
}

/// Refuses the clauses that no stage computes; the limit is TOP's if there is one.
fn check(select: &Select, mut limit: Limit) -> Result<Limit, QueryError> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct: _,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection: _,
        exclude,
        into,
        from: _,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by: _,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window: _,
        qualify: _,
        window_before_qualify: _,
        value_table_mode,
        flavor: _,
    } = select;
    let unknown = [
        ("optimizer hints", !optimizer_hints.is_empty()),
        ("modifiers of select", select_modifiers.is_some()),
        ("exclude after the select list", exclude.is_some()),
        ("select into", into.is_some()),
        ("lateral view", !lateral_views.is_empty()),
        ("prewhere", prewhere.is_some()),
        ("connect by", !connect_by.is_empty()),
        ("cluster by", !cluster_by.is_empty()),
        ("distribute by", !distribute_by.is_empty()),
        ("sort by", !sort_by.is_empty()),
        ("select as struct", value_table_mode.is_some()),
    ];
    if let Some((name, _)) = unknown.iter().find(|(_, is_there)| *is_there) {
        return Err(refuse(
            name,
            "select ... from ... where ... group by ... having ... qualify ... order by ... limit",
        ));
    }
    if let Some(top) = top {
        limit.count = match (&top.quantity, top.with_ties || top.percent) {
            (Some(TopQuantity::Constant(count)), false) => usize::try_from(*count).ok(),
            _ => return Err(refuse(top, "order by ... limit 3")),
        };
    }
    Ok(limit)
}
