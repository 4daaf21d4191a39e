//! Conversions between kinds: CAST, TRY_CAST, and the text of a value.

use sqlparser::ast::{CastKind, DataType, ExactNumberInfo, Expr};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::expression::Translator;
use super::kind::Kind;
use super::refusal::{TRY_CAST, error, refuse, shown};
use super::typed::{Typed, rowwise};

impl Translator<'_> {
    pub(super) fn cast(
        &self,
        cast: &CastKind,
        expr: &Expr,
        target: &DataType,
    ) -> Result<Typed, QueryError> {
        let is_strict = matches!(cast, CastKind::Cast | CastKind::DoubleColon);
        let value = self.translate(expr)?;
        let value = if is_strict { self.guarded(value) } else { value };
        let (kind, range) = target_of(target)?;
        let cast = to(value, kind, is_strict)?;
        match range {
            Range::Any => Ok(cast),
            Range::Whole(least, most) => {
                let name = target.to_string().to_lowercase();
                rowwise(vec![cast], Kind::Int, move |row| match row[0].whole() {
                    Some(number) if !(least..=most).contains(&number) && is_strict => {
                        Err(format!("{number} does not fit into {name}{TRY_CAST}"))
                    }
                    Some(number) if (least..=most).contains(&number) => Ok(row[0].clone()),
                    _ => Ok(Value::Null),
                })
            }
            Range::Single => rowwise(vec![cast], Kind::Float, |row| {
                Ok(row[0]
                    .float()
                    .map_or(Value::Null, |number| Value::Float(f64::from(number as f32))))
            }),
            Range::Decimals(digits) => rowwise(vec![cast], Kind::Float, move |row| {
                let rounded = |number| Value::Float(super::functions::round(number, digits));
                Ok(row[0].float().map_or(Value::Null, rounded))
            }),
        }
    }
}

/// The values that a type of SQL holds, beyond those of its kind.
enum Range {
    Any,
    Whole(i128, i128),
    Single,
    Decimals(i64),
}

fn target_of(target: &DataType) -> Result<(Kind, Range), QueryError> {
    use DataType as T;
    let signed = |bits: u32| Range::Whole(-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
    let unsigned = |bits: u32| Range::Whole(0, (1_i128 << bits) - 1);
    Ok(match target {
        T::TinyInt(_) => (Kind::Int, signed(8)),
        T::SmallInt(_) | T::Int2(_) | T::Int16 => (Kind::Int, signed(16)),
        T::Int(_)
        | T::Integer(_)
        | T::Int4(_)
        | T::Int32
        | T::MediumInt(_)
        | T::Signed
        | T::SignedInteger => (Kind::Int, signed(32)),
        T::BigInt(_) | T::Int8(_) | T::Int64 => (Kind::Int, Range::Any),
        T::HugeInt | T::Int128 => (Kind::Huge, Range::Any),
        T::UTinyInt | T::TinyIntUnsigned(_) => (Kind::Int, unsigned(8)),
        T::USmallInt | T::SmallIntUnsigned(_) | T::UInt16 | T::Int2Unsigned(_) => {
            (Kind::Int, unsigned(16))
        }
        T::IntUnsigned(_) | T::UnsignedInteger | T::Unsigned | T::UInt32 | T::Int4Unsigned(_) => {
            (Kind::Int, unsigned(32))
        }
        T::Double(_) | T::DoublePrecision | T::Float8 | T::Float64 => (Kind::Float, Range::Any),
        T::Float(_) | T::Float4 | T::Real | T::Float32 => (Kind::Float, Range::Single),
        T::Decimal(info) | T::Numeric(info) | T::Dec(info) => (
            Kind::Float,
            Range::Decimals(match info {
                ExactNumberInfo::None => 3,
                ExactNumberInfo::Precision(_) => 0,
                ExactNumberInfo::PrecisionAndScale(_, scale) => *scale,
            }),
        ),
        T::Varchar(_)
        | T::Text
        | T::Char(_)
        | T::String(_)
        | T::Character(_)
        | T::CharacterVarying(_)
        | T::CharVarying(_)
        | T::Nvarchar(_) => (Kind::Text, Range::Any),
        T::Boolean | T::Bool => (Kind::Bool, Range::Any),
        T::Date | T::Time(..) | T::Timestamp(..) | T::Datetime(_) | T::Interval { .. } => {
            return Err(refuse(
                format!("cast to {target}"),
                "dates are not supported; texts like '2020-05-01' compare in the order of time",
            ));
        }
        other => {
            let hint = "types are boolean, tinyint, smallint, int, bigint, hugeint, double, real, decimal(p, s), varchar";
            return Err(refuse(format!("cast to {other}"), hint));
        }
    })
}

/// `value` as `kind`. A value that is no such thing is null, or an error if `is_strict`.
pub(super) fn to(value: Typed, kind: Kind, is_strict: bool) -> Result<Typed, QueryError> {
    if value.kind == kind {
        return Ok(value);
    }
    if let Kind::List(_) = value.kind
        && kind != Kind::Text
    {
        return Err(error(format!("a list cannot become {kind}"), "list[1] is its first value"));
    }
    let target = kind.clone();
    rowwise(vec![value], kind, move |row| match converted(&row[0], &target) {
        Some(value) => Ok(value),
        None if is_strict => {
            let text = shown(text(&row[0]));
            Err(format!("'{text}' cannot be read as {target}{TRY_CAST}"))
        }
        None => Ok(Value::Null),
    })
}

/// `value` as `kind`; `None` if it is no such thing.
fn converted(value: &Value, kind: &Kind) -> Option<Value> {
    if *value == Value::Null {
        return Some(Value::Null);
    }
    let whole = |number: i128| match kind {
        Kind::Int => i64::try_from(number).ok().map(Value::Int),
        _ => Some(Value::from_whole(number)),
    };
    match kind {
        Kind::Null => Some(Value::Null),
        Kind::Text => Some(Value::Text(text(value))),
        Kind::Bool => match value {
            Value::Text(text) => match text.trim().to_lowercase().as_str() {
                "true" | "t" | "1" | "yes" | "y" => Some(Value::Bool(true)),
                "false" | "f" | "0" | "no" | "n" => Some(Value::Bool(false)),
                _ => None,
            },
            number => number.float().map(|number| Value::Bool(number != 0.0)),
        },
        Kind::Int | Kind::Huge => match value {
            Value::Bool(truth) => whole((*truth).into()),
            Value::Text(text) => match text.trim().parse::<i128>() {
                Ok(number) => whole(number),
                Err(_) => rounded(text.trim().parse::<f64>().ok()?.round(), whole),
            },
            Value::Float(number) => rounded(number.round_ties_even(), whole),
            other => whole(other.whole()?),
        },
        Kind::Float => match value {
            Value::Bool(truth) => Some(Value::Float(if *truth { 1.0 } else { 0.0 })),
            Value::Text(text) => text.trim().parse().ok().map(Value::Float),
            other => other.float().map(Value::Float),
        },
        Kind::List(_) => None,
    }
}

fn rounded(number: f64, whole: impl Fn(i128) -> Option<Value>) -> Option<Value> {
    // Floating point numbers beyond 127 bits cannot be whole numbers here.
    (number.abs() < 1e38).then(|| whole(number as i128)).flatten()
}

/// The text of a value, as CAST writes it.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Float(number) => float_text(*number),
        Value::List(values) => {
            let values: Vec<String> = values
                .iter()
                .map(|value| match value {
                    Value::Null => "NULL".to_owned(),
                    value => text(value),
                })
                .collect();
            format!("[{}]", values.join(", "))
        }
        other => other.plain(),
    }
}

/// The shortest text that reads as the same number, with a point or an exponent.
fn float_text(number: f64) -> String {
    if !number.is_finite() {
        let sign = if number < 0.0 { "-" } else { "" };
        return if number.is_nan() { "nan".to_owned() } else { format!("{sign}inf") };
    }
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) {
        let text = format!("{number:e}");
        return match text.split_once('e') {
            Some((digits, exponent)) => {
                let power: i32 = exponent.parse().unwrap_or(0);
                format!("{digits}e{}{:02}", if power < 0 { "-" } else { "+" }, power.abs())
            }
            None => text,
        };
    }
    format!("{number:?}")
}
