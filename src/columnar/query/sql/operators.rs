//! Operators: arithmetic that cannot wrap, comparisons, three-valued logic.

use std::cmp::Ordering;

use polars::prelude::{DataType, Expr as Computed};
use sqlparser::ast::{BinaryOperator as Op, Expr};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::cast;
use super::compare::compare;
use super::kind::Kind;
use super::refusal::{error, refuse, shown};
use super::typed::{Typed, rowwise, strict};

const QUOTES: &str = "text is in single quotes ('ok'), numbers are not quoted; cast(COLUMN as double) makes a number";

/// Returns true if `expr` is a comparison without brackets around it.
pub(super) fn is_comparison(expr: &Expr) -> bool {
    let is_order =
        |op: &Op| matches!(op, Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::Eq | Op::NotEq);
    matches!(expr, Expr::BinaryOp { op, .. } if is_order(op))
}

/// `value` as true or false; numbers are true unless 0.
pub(super) fn truth(value: Typed) -> Result<Typed, QueryError> {
    match (&value.kind, &value.constant) {
        (Kind::Bool, _) => Ok(value),
        (Kind::Null, _) => Ok(Typed::null(Kind::Bool)),
        (kind, _) if kind.is_number() => {
            strict(vec![value], Kind::Bool, |row| Ok(Value::Bool(row[0].float() != Some(0.0))))
        }
        (Kind::Text, Some(_)) => cast::to(value, Kind::Bool, true),
        (kind, _) => Err(error(
            format!("a condition is true or false, but this is {kind}"),
            "compare it: COLUMN = 'x'",
        )),
    }
}

/// `value` if it is a number.
pub(super) fn number(value: Typed, operator: &str) -> Result<Typed, QueryError> {
    match &value.kind {
        Kind::Null => Ok(Typed::null(Kind::Int)),
        kind if kind.is_number() => Ok(value),
        kind => {
            Err(error(format!("`{operator}` computes with numbers, but this is {kind}"), QUOTES))
        }
    }
}

/// Sum, difference, product, quotient or remainder.
///
/// Whole numbers of 64 bits are computed with 128 bits; a result that does not fit is an error. `/` divides exactly,
/// `//` and `%` of whole numbers truncate toward zero and are null for a divisor of 0.
pub(super) fn arithmetic(left: Typed, op: &Op, right: Typed) -> Result<Typed, QueryError> {
    let sign = op.to_string();
    let (left, right) = (number(left, &sign)?, number(right, &sign)?);
    let are_constant = left.constant.is_some() && right.constant.is_some();
    let kind = left.kind.common(&right.kind).unwrap_or(Kind::Float);
    if kind == Kind::Float || *op == Op::Divide {
        let (one, other) = (left.widen(&Kind::Float), right.widen(&Kind::Float));
        let (one, other) = (one.expr, other.expr);
        let expr = match op {
            Op::Plus => one + other,
            Op::Minus => one - other,
            Op::Multiply => one * other,
            // DuckDB's `//` of floating point numbers does not truncate.
            Op::Divide | Op::DuckIntegerDivide => one / other,
            _ => {
                return strict(
                    vec![Typed::new(one, Kind::Float), Typed::new(other, Kind::Float)],
                    Kind::Float,
                    |row| {
                        Ok(Value::Float(
                            row[0].float().unwrap_or(f64::NAN) % row[1].float().unwrap_or(f64::NAN),
                        ))
                    },
                )?
                .fold(are_constant);
            }
        };
        return Typed::new(expr, Kind::Float).fold(are_constant);
    }
    if matches!(op, Op::DuckIntegerDivide | Op::Modulo) || kind == Kind::Huge && *op == Op::Multiply
    {
        return whole(left, op.clone(), right, kind);
    }
    let (one, other) = (left.widen(&Kind::Huge).expr, right.widen(&Kind::Huge).expr);
    let exact = match op {
        Op::Plus => one + other,
        Op::Minus => one - other,
        _ => one * other,
    };
    let exact = if kind == Kind::Int { exact.strict_cast(DataType::Int64) } else { exact };
    Typed::new(exact, kind).fold(are_constant)
}

fn whole(left: Typed, op: Op, right: Typed, kind: Kind) -> Result<Typed, QueryError> {
    strict(vec![left, right], kind, move |row| {
        let (Some(one), Some(other)) = (row[0].whole(), row[1].whole()) else {
            return Ok(Value::Null);
        };
        let result = match op {
            Op::Multiply => one.checked_mul(other).ok_or("a product does not fit into 128 bits")?,
            _ if other == 0 => return Ok(Value::Null),
            Op::Modulo => one.wrapping_rem(other),
            _ => one.wrapping_div(other),
        };
        Ok(Value::from_whole(result))
    })
}

/// Bitwise operators of whole numbers.
pub(super) fn bits(left: Typed, op: &Op, right: Typed) -> Result<Typed, QueryError> {
    let op = op.clone();
    let (left, right) = (number(left, "&")?, number(right, "&")?);
    if !left.kind.is_whole() || !right.kind.is_whole() {
        return Err(refuse(
            format!("{op} of a number that is not whole"),
            "cast(COLUMN as bigint) rounds",
        ));
    }
    strict(vec![left, right], Kind::Int, move |row| {
        let (Some(one), Some(other)) = (row[0].whole(), row[1].whole()) else {
            return Ok(Value::Null);
        };
        let shift = u32::try_from(other).ok().filter(|shift| *shift < 64);
        let result = match op {
            Op::BitwiseAnd => one & other,
            Op::BitwiseOr => one | other,
            Op::PGBitwiseShiftLeft => one << shift.ok_or("a shift is from 0 to 63")?,
            _ => one >> shift.ok_or("a shift is from 0 to 63")?,
        };
        i64::try_from(result)
            .map(Value::Int)
            .map_err(|_| "a result does not fit into 64 bits".to_owned())
    })
}

/// The complement of a whole number.
pub(super) fn bit_not(value: Typed) -> Result<Typed, QueryError> {
    let value = number(value, "~")?;
    if !value.kind.is_whole() {
        return Err(refuse("~ of a number that is not whole", "cast(COLUMN as bigint) rounds"));
    }
    let kind = value.kind.clone();
    strict(vec![value], kind, |row| {
        Ok(row[0].whole().map_or(Value::Null, |value| Value::from_whole(!value)))
    })
}

/// Two values as the same kind, for a comparison or a choice. A constant text is read as the kind of the other value.
pub(super) fn aligned(left: Typed, right: Typed) -> Result<(Typed, Typed), QueryError> {
    let mut pair = unified(vec![left, right], "comparison")?.into_iter();
    match (pair.next(), pair.next()) {
        (Some(left), Some(right)) => Ok((left, right)),
        _ => Err(QueryError::computation("a comparison has two sides".to_owned())),
    }
}

/// Values as one kind, for what is called `place`.
pub(super) fn unified(values: Vec<Typed>, place: &str) -> Result<Vec<Typed>, QueryError> {
    let is_text = |value: &Typed| value.kind == Kind::Text;
    let others = values.iter().filter(|value| !is_text(value)).map(|value| value.kind.clone());
    let target = others.into_iter().try_fold(Kind::Null, |one, other| {
        match (one.common(&other), &one, &other) {
            (Some(kind), ..) => Some(kind),
            // With numbers, truth values count as 1 and 0.
            (None, Kind::Bool, number) | (None, number, Kind::Bool) if number.is_number() => {
                Some(number.clone())
            }
            _ => None,
        }
    });
    let kinds: Vec<String> = values.iter().map(|value| value.kind.to_string()).collect();
    let mixed = || error(format!("a {place} mixes {}", joined_kinds(&kinds)), QUOTES);
    let target = target.ok_or_else(mixed)?;
    let target = match values.iter().any(is_text) {
        true if target == Kind::Null => Kind::Text,
        _ => target,
    };
    values
        .into_iter()
        .map(|value| match (&value.kind, &target) {
            (kind, target) if kind == target => Ok(value),
            (Kind::Text, target)
                if value.constant.is_some() && (target.is_number() || *target == Kind::Bool) =>
            {
                cast::to(value, target.clone(), true).map_err(|_| mixed())
            }
            (Kind::Text, _) => Err(mixed()),
            (Kind::Bool, target) if target.is_number() => cast::to(value, target.clone(), true),
            _ => Ok(value.widen(&target)),
        })
        .collect()
}

fn joined_kinds(kinds: &[String]) -> String {
    let mut different: Vec<&str> = kinds.iter().map(String::as_str).collect();
    different.sort_unstable();
    different.dedup();
    different.join(" and ")
}

/// A comparison; null if either side is.
pub(super) fn compared(left: Typed, op: &Op, right: Typed) -> Result<Typed, QueryError> {
    let (left, right) = aligned(left, right)?;
    let are_constant = left.constant.is_some() && right.constant.is_some();
    if left.kind == Kind::Null {
        return Ok(Typed::null(Kind::Bool));
    }
    if matches!(left.kind, Kind::List(_)) || are_constant {
        let op = op.clone();
        return strict(vec![left, right], Kind::Bool, move |row| {
            Ok(Value::Bool(holds(&op, compare(&row[0], &row[1]))))
        });
    }
    let (one, other) = (left.expr, right.expr);
    Ok(Typed::new(
        match op {
            Op::Eq => one.eq(other),
            Op::NotEq => one.neq(other),
            Op::Lt => one.lt(other),
            Op::LtEq => one.lt_eq(other),
            Op::Gt => one.gt(other),
            _ => one.gt_eq(other),
        },
        Kind::Bool,
    ))
}

/// Returns true if values in this order meet the comparison `op`.
pub(super) fn holds(op: &Op, order: Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::NotEq => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::LtEq => order.is_le(),
        Op::Gt => order.is_gt(),
        _ => order.is_ge(),
    }
}

/// IS NOT DISTINCT FROM: equality that is never null.
pub(super) fn same(left: Typed, right: Typed) -> Result<Typed, QueryError> {
    let (left, right) = aligned(left, right)?;
    rowwise(vec![left, right], Kind::Bool, |row| Ok(Value::Bool(compare(&row[0], &row[1]).is_eq())))
}

/// NOT.
pub(super) fn negated(value: Typed) -> Result<Typed, QueryError> {
    match value.constant {
        Some(constant) => Ok(Typed::constant(
            constant.truth().map_or(Value::Null, |it| Value::Bool(!it)),
            Kind::Bool,
        )),
        None => Ok(Typed::new(value.expr.not(), Kind::Bool)),
    }
}

/// IS NULL.
pub(super) fn is_null(value: Typed) -> Result<Typed, QueryError> {
    match value.constant {
        Some(constant) => Ok(Typed::constant(Value::Bool(constant == Value::Null), Kind::Bool)),
        None => Ok(Typed::new(value.expr.is_null(), Kind::Bool)),
    }
}

/// IS TRUE, IS FALSE.
pub(super) fn is_truth(value: Typed, wanted: bool) -> Result<Typed, QueryError> {
    if let Some(constant) = &value.constant {
        return Ok(Typed::constant(Value::Bool(constant.truth() == Some(wanted)), Kind::Bool));
    }
    let value = if wanted { value } else { negated(value)? };
    let no = Typed::constant(Value::Bool(false), Kind::Bool).expr;
    Ok(Typed::new(value.expr.fill_null(no), Kind::Bool))
}

/// AND of three values.
pub(super) fn both(left: Typed, right: Typed) -> Result<Typed, QueryError> {
    logical(left, right, false, Computed::and)
}

/// OR of three values.
pub(super) fn either(left: Typed, right: Typed) -> Result<Typed, QueryError> {
    logical(left, right, true, Computed::or)
}

/// `deciding`: the value that decides the result without the other.
fn logical(
    left: Typed,
    right: Typed,
    deciding: bool,
    combine: impl Fn(Computed, Computed) -> Computed,
) -> Result<Typed, QueryError> {
    match (&left.constant, &right.constant) {
        (Some(Value::Bool(known)), _) => Ok(if *known == deciding { left } else { right }),
        (_, Some(Value::Bool(known))) => Ok(if *known == deciding { right } else { left }),
        (Some(_), Some(_)) => Ok(left),
        _ => Ok(Typed::new(combine(left.expr, right.expr), Kind::Bool)),
    }
}

/// `||`: the texts of both; null if either is.
pub(super) fn joined(left: Typed, right: Typed) -> Result<Typed, QueryError> {
    if let (Kind::List(_), _) | (_, Kind::List(_)) = (&left.kind, &right.kind) {
        return Err(refuse(shown("|| of lists"), "array_to_string(list, ', ') makes a text"));
    }
    strict(vec![left, right], Kind::Text, |row| {
        Ok(Value::Text(cast::text(&row[0]) + &cast::text(&row[1])))
    })
}
