//! UNION, INTERSECT, EXCEPT.

use std::collections::{HashMap, HashSet};

use sqlparser::ast::{SetOperator, SetQuantifier};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::Engine;
use super::cast;
use super::compare::{Key, row_key};
use super::kind::Kind;
use super::names::Bound;
use super::refusal::{error, refuse};
use super::relation::{Relation, column};

/// Combines the rows of two results. Columns belong together by place, or by name with BY NAME.
pub(super) fn combine(
    engine: &Engine<'_>,
    left: Relation,
    op: SetOperator,
    quantifier: SetQuantifier,
    right: Relation,
) -> Result<Relation, QueryError> {
    use SetQuantifier as Q;
    let is_by_name = matches!(quantifier, Q::ByName | Q::AllByName | Q::DistinctByName);
    let is_all = matches!(quantifier, Q::All | Q::AllByName);
    if is_by_name && op != SetOperator::Union {
        return Err(refuse(format!("{op} {quantifier}"), "union all by name is there"));
    }
    let (names, left, right) =
        if is_by_name { by_name(&left, &right)? } else { by_place(op, &left, &right)? };
    let (left, right, kinds) = unified(left, right)?;
    let rows: Vec<(bool, usize)> = match op {
        SetOperator::Union => {
            let both = (0..length(&left))
                .map(|row| (true, row))
                .chain((0..length(&right)).map(|row| (false, row)));
            let mut seen = HashSet::new();
            both.filter(|(is_left, row)| {
                is_all || seen.insert(row_key(if *is_left { &left } else { &right }, *row))
            })
            .collect()
        }
        SetOperator::Intersect | SetOperator::Except | SetOperator::Minus => {
            let mut others: HashMap<Vec<Key>, usize> = HashMap::new();
            for row in 0..length(&right) {
                *others.entry(row_key(&right, row)).or_default() += 1;
            }
            let is_intersection = op == SetOperator::Intersect;
            let mut seen = HashSet::new();
            let mut is_kept = |row: &usize| {
                let key = row_key(&left, *row);
                if !is_all {
                    return others.contains_key(&key) == is_intersection && seen.insert(key);
                }
                let count = others.entry(key).or_default();
                let is_matched = *count > 0;
                *count = count.saturating_sub(1);
                is_matched == is_intersection
            };
            (0..length(&left)).filter(|row| is_kept(row)).map(|row| (true, row)).collect()
        }
    };
    let (mut columns, mut bound) = (Vec::new(), Vec::new());
    for (place, name) in names.into_iter().enumerate() {
        let pick = |(is_left, row): &(bool, usize)| {
            if *is_left { left[place][*row].clone() } else { right[place][*row].clone() }
        };
        let values: Vec<Value> = rows.iter().map(pick).collect();
        let fresh = engine.labelled_column(&name);
        columns.push(column(&fresh, &kinds[place], &values));
        bound.push(Bound { table: String::new(), name, column: fresh, is_merged: false });
    }
    Relation::new(rows.len(), columns, bound)
}

type Columns = Vec<(Kind, Vec<Value>)>;
/// Values by column.
type Plain = Vec<Vec<Value>>;

fn length(columns: &[Vec<Value>]) -> usize {
    columns.first().map_or(0, Vec::len)
}

fn by_place(
    op: SetOperator,
    left: &Relation,
    right: &Relation,
) -> Result<(Vec<String>, Columns, Columns), QueryError> {
    if left.bound.len() != right.bound.len() {
        let reason = format!(
            "{} joins {} columns with {}",
            op.to_string().to_lowercase(),
            left.bound.len(),
            right.bound.len()
        );
        return Err(error(reason, "select as many columns on both sides, or union by name"));
    }
    let names = left.bound.iter().map(|bound| bound.name.clone()).collect();
    Ok((names, left.values()?, right.values()?))
}

fn by_name(
    left: &Relation,
    right: &Relation,
) -> Result<(Vec<String>, Columns, Columns), QueryError> {
    let mut names: Vec<String> = left.bound.iter().map(|bound| bound.name.clone()).collect();
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let new = right.bound.iter().filter(|bound| !names.iter().any(|name| same(name, &bound.name)));
    let new: Vec<String> = new.map(|bound| bound.name.clone()).collect();
    names.extend(new);
    let side = |relation: &Relation| -> Result<Columns, QueryError> {
        let values = relation.values()?;
        let rows = relation.frame.height();
        Ok(names
            .iter()
            .map(|name| match relation.bound.iter().position(|bound| same(&bound.name, name)) {
                Some(place) => values[place].clone(),
                None => (Kind::Null, vec![Value::Null; rows]),
            })
            .collect())
    };
    let (one, other) = (side(left)?, side(right)?);
    Ok((names, one, other))
}

/// Both sides with columns of one kind: text if either is text.
fn unified(left: Columns, right: Columns) -> Result<(Plain, Plain, Vec<Kind>), QueryError> {
    let (mut ones, mut others, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
    for ((one, mut values), (other, mut more)) in left.into_iter().zip(right) {
        let is_text = one == Kind::Text || other == Kind::Text;
        let kind = one.common(&other).or_else(|| is_text.then_some(Kind::Text));
        let kind = kind.ok_or_else(|| {
            error(
                format!("a column mixes {one} and {other}"),
                "cast(COLUMN as varchar) makes a text",
            )
        })?;
        for value in values.iter_mut().chain(&mut more) {
            *value = match (&kind, &*value) {
                (Kind::Text, Value::Null | Value::Text(_)) => continue,
                (Kind::Text, other) => Value::Text(cast::text(other)),
                (Kind::Float, number) => number.float().map_or(Value::Null, Value::Float),
                _ => continue,
            };
        }
        ones.push(values);
        others.push(more);
        kinds.push(kind);
    }
    Ok((ones, others, kinds))
}
