//! Joins: pairs of rows that meet the conditions, and for outer joins the rows without a partner.

use polars::prelude::{DataFrame, IntoLazy, JoinArgs, JoinType, col};
use sqlparser::ast::{BinaryOperator, Expr, Ident, JoinConstraint};

use super::super::convert;
use super::super::error::QueryError;
use super::super::polars_error::run_polars;
use super::Engine;
use super::expression::Translator;
use super::names::{Bound, Names, column_expr};
use super::operators::{aligned, both};
use super::refusal::{error, failed, refuse};
use super::relation::{self, Relation, evaluate, evaluate_values, taken, taken_or_null};
use super::typed::Typed;

/// Pairs of rows that are tested at a time when no equality limits them.
const PAIRS: usize = 1 << 20;

/// Which rows without a partner stay, and whether partners are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Only pairs.
    Inner,
    /// And rows of the left without a partner.
    Left,
    /// And rows of the right without a partner.
    Right,
    /// And rows of both without a partner.
    Full,
    /// Only rows of the left with a partner.
    Semi,
    /// Only rows of the left without one.
    Anti,
}

/// Splits a condition at its ANDs.
pub(super) fn conjuncts<'a>(condition: &'a Expr, parts: &mut Vec<&'a Expr>) {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, parts);
            conjuncts(right, parts);
        }
        Expr::Nested(inner) => conjuncts(inner, parts),
        other => parts.push(other),
    }
}

/// Conditions of a join, sorted.
#[derive(Default)]
struct Conditions {
    /// Equal expressions of the left and of the right.
    keys: Vec<(Typed, Typed)>,
    /// Others.
    rest: Vec<Expr>,
}

impl Engine<'_> {
    /// Returns the product of two tables of FROM, without the rows that the conditions of WHERE on these tables exclude.
    pub(super) fn product(
        &self,
        left: Relation,
        right: Relation,
        conditions: &[&Expr],
    ) -> Result<Relation, QueryError> {
        let bound = together(&left, &right);
        let known: Vec<String> = left.known.iter().chain(&right.known).cloned().collect();
        let names = Names { bound: &bound, known: &known, aliases: &[], windows: &[] };
        let side = |relation: &Relation, condition: &Expr| {
            Names { bound: &relation.bound, known: &known, aliases: &[], windows: &[] }
                .bind(condition)
                .is_ok()
        };
        // A condition on one side only is left to WHERE.
        let is_both = |condition: &&&Expr| {
            let is_one = side(&left, condition) || side(&right, condition);
            !is_one && names.bind(condition).is_ok() && !super::syntax::has_subquery(condition)
        };
        let conditions: Vec<&Expr> = conditions.iter().filter(is_both).copied().collect();
        self.pairs(left, right, Side::Inner, &conditions)
    }

    /// Joins two relations.
    pub(super) fn join(
        &self,
        left: Relation,
        right: Relation,
        side: Side,
        constraint: &JoinConstraint,
    ) -> Result<Relation, QueryError> {
        match constraint {
            JoinConstraint::None => self.pairs(left, right, side, &[]),
            JoinConstraint::On(condition) => {
                let mut conditions = Vec::new();
                conjuncts(condition, &mut conditions);
                self.pairs(left, right, side, &conditions)
            }
            JoinConstraint::Using(names) => {
                let name = |name: &sqlparser::ast::ObjectName| match &name.0[..] {
                    [part] => part.as_ident().map(|ident| ident.value.clone()),
                    _ => None,
                };
                let names: Option<Vec<String>> = names.iter().map(name).collect();
                let names = names.ok_or_else(|| {
                    refuse("using (...)", "using takes names of columns of both tables")
                })?;
                self.merged(left, right, side, &names)
            }
            JoinConstraint::Natural => {
                let is_shared = |name: &&String| {
                    right.known.iter().any(|other| other.to_lowercase() == name.to_lowercase())
                };
                let names: Vec<String> = left.known.iter().filter(is_shared).cloned().collect();
                if names.is_empty() {
                    return Err(error(
                        "a natural join needs a column that both tables have".to_owned(),
                        "join ... on a.x = b.y",
                    ));
                }
                self.merged(left, right, side, &names)
            }
        }
    }

    /// Joins by columns of the same name, which become one.
    fn merged(
        &self,
        left: Relation,
        right: Relation,
        side: Side,
        names: &[String],
    ) -> Result<Relation, QueryError> {
        let scope = |relation: &Relation| (relation.bound.clone(), relation.known.clone());
        let ((left_bound, left_known), (right_bound, right_known)) = (scope(&left), scope(&right));
        let mut conditions = Vec::new();
        let mut merged = Vec::new();
        for name in names {
            let find = |bound: &[Bound], known: &[String]| {
                let names = Names { bound, known, aliases: &[], windows: &[] };
                names.bind(&Expr::Identifier(Ident::new(name)))
            };
            let (one, other) = (find(&left_bound, &left_known)?, find(&right_bound, &right_known)?);
            merged.push((one.clone(), other.clone()));
            conditions.push(Expr::BinaryOp {
                left: Box::new(one),
                op: BinaryOperator::Eq,
                right: Box::new(other),
            });
        }
        let conditions: Vec<&Expr> = conditions.iter().collect();
        let mut joined = self.pairs(left, right, side, &conditions)?;
        if matches!(side, Side::Semi | Side::Anti) {
            return Ok(joined);
        }
        for (one, other) in merged {
            let column = |expr: &Expr| super::names::column_of(expr).unwrap_or_default().to_owned();
            let (one, other) = (column(&one), column(&other));
            if matches!(side, Side::Right | Side::Full) {
                // Rows of the right without a partner have their value there only.
                let translator_schema = joined.frame.schema().clone();
                let names = Names {
                    bound: &joined.bound,
                    known: &joined.known,
                    aliases: &[],
                    windows: &[],
                };
                let translator = Translator::new(self, &translator_schema, &[], names);
                let value =
                    translator.call("coalesce", &[&column_expr(&one), &column_expr(&other)])?;
                let computed = evaluate(&joined.frame, vec![(one.clone(), value)])?;
                for column in computed {
                    run_polars(|| joined.frame.with_column(column).map(drop)).map_err(failed)?;
                }
            }
            joined
                .bound
                .iter_mut()
                .filter(|bound| bound.column == other)
                .for_each(|bound| bound.is_merged = true);
        }
        Ok(joined)
    }

    fn pairs(
        &self,
        left: Relation,
        right: Relation,
        side: Side,
        conditions: &[&Expr],
    ) -> Result<Relation, QueryError> {
        let conditions = self.sorted(&left, &right, conditions)?;
        let bound = together(&left, &right);
        let known: Vec<String> = left.known.iter().chain(&right.known).cloned().collect();
        let test = |pairs: Vec<(usize, usize)>| {
            self.tested(&left, &right, &bound, &known, &conditions.rest, pairs)
        };
        let mut pairs = match conditions.keys.is_empty() {
            false => test(equal_pairs(&left.frame, &right.frame, &conditions.keys)?)?,
            true => {
                let (rows, others) = (left.frame.height(), right.frame.height());
                let step = (PAIRS / others.max(1)).max(1);
                let mut pairs = Vec::new();
                for start in (0..rows).step_by(step) {
                    let part = start..(start + step).min(rows);
                    pairs.extend(test(
                        part.flat_map(|row| (0..others).map(move |other| (row, other))).collect(),
                    )?);
                }
                pairs
            }
        };
        pairs.sort_unstable();
        let mut has_partner = (vec![false; left.frame.height()], vec![false; right.frame.height()]);
        for (one, other) in &pairs {
            has_partner.0[*one] = true;
            has_partner.1[*other] = true;
        }
        if matches!(side, Side::Semi | Side::Anti) {
            let rows: Vec<usize> = (0..left.frame.height())
                .filter(|row| has_partner.0[*row] == (side == Side::Semi))
                .collect();
            let frame = taken(&left.frame, &rows)?;
            let mut kept = Relation::new(rows.len(), frame.into_columns(), left.bound)?;
            kept.known = left.known;
            return Ok(kept);
        }
        let mut rows: Vec<(Option<usize>, Option<usize>)> =
            pairs.into_iter().map(|(one, other)| (Some(one), Some(other))).collect();
        let lonely = |partners: &[bool]| -> Vec<usize> {
            (0..partners.len()).filter(|row| !partners[*row]).collect()
        };
        if matches!(side, Side::Left | Side::Full) {
            rows.extend(lonely(&has_partner.0).into_iter().map(|row| (Some(row), None)));
            rows.sort_by_key(|(one, other)| (one.is_none(), *one, *other));
        }
        if matches!(side, Side::Right | Side::Full) {
            rows.extend(lonely(&has_partner.1).into_iter().map(|row| (None, Some(row))));
        }
        let (ones, others): (Vec<_>, Vec<_>) = rows.iter().copied().unzip();
        let mut columns = taken_or_null(&left.frame, &ones)?.into_columns();
        columns.extend(taken_or_null(&right.frame, &others)?.into_columns());
        let mut joined = Relation::new(rows.len(), columns, bound)?;
        joined.known = known;
        Ok(joined)
    }

    /// Separates equalities between the two sides from other conditions.
    fn sorted(
        &self,
        left: &Relation,
        right: &Relation,
        conditions: &[&Expr],
    ) -> Result<Conditions, QueryError> {
        let side = |relation: &Relation, expr: &Expr| {
            let names = Names {
                bound: &relation.bound,
                known: &relation.known,
                aliases: &[],
                windows: &[],
            };
            let bound = bound_expr(&names, expr)?;
            // A constant is no key.
            let has_column = bound.to_string().contains('\u{1}');
            has_column
                .then(|| {
                    Translator::new(self, relation.frame.schema(), &[], names)
                        .translate(&bound)
                        .ok()
                })
                .flatten()
        };
        let mut sorted = Conditions::default();
        for condition in conditions {
            if let Expr::BinaryOp { left: one, op: BinaryOperator::Eq, right: other } = condition {
                let keys = match (side(left, one), side(right, other)) {
                    (Some(one), Some(other)) => Some((one, other)),
                    _ => side(left, other).zip(side(right, one)),
                };
                if let Some((one, other)) = keys {
                    sorted.keys.push(aligned(one, other)?);
                    continue;
                }
            }
            sorted.rest.push((*condition).clone());
        }
        Ok(sorted)
    }

    /// The pairs that meet the other conditions.
    fn tested(
        &self,
        left: &Relation,
        right: &Relation,
        bound: &[Bound],
        known: &[String],
        conditions: &[Expr],
        pairs: Vec<(usize, usize)>,
    ) -> Result<Vec<(usize, usize)>, QueryError> {
        if conditions.is_empty() {
            return Ok(pairs);
        }
        let (ones, others): (Vec<usize>, Vec<usize>) = pairs.iter().copied().unzip();
        let mut columns = taken(&left.frame, &ones)?.into_columns();
        columns.extend(taken(&right.frame, &others)?.into_columns());
        let frame = relation::frame(pairs.len(), columns)?;
        let names = Names { bound, known, aliases: &[], windows: &[] };
        let translator = Translator::new(self, frame.schema(), &[], names);
        let mut all = super::literal::constant(&sqlparser::ast::Value::Boolean(true))?;
        for condition in conditions {
            let bound = match bound_expr(&names, condition) {
                Some(bound) => bound,
                None => names.bind(condition)?,
            };
            all = both(all, translator.condition(&bound)?)?;
        }
        let answers = evaluate_values(&frame, vec![all])?;
        let answers = answers.into_iter().flatten();
        Ok(pairs
            .into_iter()
            .zip(answers)
            .filter(|(_, answer)| answer.truth() == Some(true))
            .map(|(pair, _)| pair)
            .collect())
    }
}

/// The visible columns of two relations side by side.
fn together(left: &Relation, right: &Relation) -> Vec<Bound> {
    left.bound.iter().chain(&right.bound).cloned().collect()
}

/// `expr` bound by `names`; an expression that is bound already stays. `None` if it uses other names.
fn bound_expr(names: &Names<'_>, expr: &Expr) -> Option<Expr> {
    if let Expr::Identifier(ident) = expr
        && ident.value.starts_with('\u{1}')
    {
        return names.bound.iter().any(|bound| bound.column == ident.value).then(|| expr.clone());
    }
    names.bind(expr).ok()
}

/// The pairs of rows whose keys are equal and not null.
fn equal_pairs(
    left: &DataFrame,
    right: &DataFrame,
    keys: &[(Typed, Typed)],
) -> Result<Vec<(usize, usize)>, QueryError> {
    let named = |side: &str, place: usize| format!("\u{1}{side}{place}");
    let side = |frame: &DataFrame, name: &str, keys: Vec<Typed>| -> Result<DataFrame, QueryError> {
        let columns = keys.into_iter().enumerate().map(|(place, key)| (named(name, place), key));
        let mut computed = relation::frame(frame.height(), evaluate(frame, columns.collect())?)?;
        run_polars(|| computed.rename(relation::ROW, name.into()).map(drop)).map_err(failed)?;
        Ok(computed)
    };
    let (ones, others): (Vec<Typed>, Vec<Typed>) = keys.iter().cloned().unzip();
    let (left, right) = (side(left, "left", ones)?, side(right, "right", others)?);
    let columns =
        |name: &str| (0..keys.len()).map(|place| col(named(name, place))).collect::<Vec<_>>();
    let (left_on, right_on) = (columns("left"), columns("right"));
    let pairs = run_polars(|| {
        let arguments = JoinArgs::new(JoinType::Inner);
        left.lazy()
            .join(right.lazy(), left_on, right_on, arguments)
            .select([col("left"), col("right")])
            .collect()
    });
    let pairs = pairs.map_err(failed)?;
    let rows = |place: usize| -> Vec<usize> {
        let values = pairs.columns().get(place).map(convert::values).unwrap_or_default();
        values
            .iter()
            .filter_map(|value| value.whole().and_then(|row| usize::try_from(row).ok()))
            .collect()
    };
    Ok(rows(0).into_iter().zip(rows(1)).collect())
}
