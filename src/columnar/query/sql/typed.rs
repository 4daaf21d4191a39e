//! Expressions of polars whose type is known.

use polars::prelude::DataFrame;
use polars::prelude::{
    AnyValue, Column, Expr, Field, IntoColumn, IntoLazy, LiteralValue, PolarsError, Scalar, Schema,
    col, map_multiple,
};

use super::super::convert::{self, to_series};
use super::super::error::QueryError;
use super::super::frame::Value;
use super::super::polars_error::run_polars;
use super::kind::Kind;
use super::refusal::failed;

/// An expression over the rows of a table.
#[derive(Clone)]
pub(super) struct Typed {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub kind: Kind,
    /// Its value if that is the same for every row.
    pub constant: Option<Value>,
}

impl Typed {
    /// The column `name`.
    pub(super) fn column(name: &str, kind: Kind) -> Self {
        Self::new(col(name), kind)
    }

    /// An expression of polars that gives values of `kind`.
    pub(super) fn new(expr: Expr, kind: Kind) -> Self {
        Self { expr, kind, constant: None }
    }

    /// The same `value` for every row.
    pub(super) fn constant(value: Value, kind: Kind) -> Self {
        let scalar = Scalar::new(kind.data_type(), any_value(&value, &kind));
        let expr = Expr::Literal(LiteralValue::Scalar(scalar));
        Self { expr, kind, constant: Some(value) }
    }

    /// Null of `kind`.
    pub(super) fn null(kind: Kind) -> Self {
        Self::constant(Value::Null, kind)
    }

    /// The same expression as a `kind` that holds all its values (see [`Kind::common`]).
    pub(super) fn widen(self, kind: &Kind) -> Self {
        match self.constant {
            _ if self.kind == *kind => self,
            Some(value) => Self::constant(value, kind.clone()),
            None => Self::new(self.expr.cast(kind.data_type()), kind.clone()),
        }
    }

    /// Computes the value now if all its inputs are constant (`are_constant`).
    pub(super) fn fold(self, are_constant: bool) -> Result<Self, QueryError> {
        if !are_constant || self.constant.is_some() {
            return Ok(self);
        }
        let row =
            || DataFrame::new(1, vec![Column::new_scalar("row".into(), Scalar::from(0_i64), 1)]);
        let expr = self.expr.alias("value");
        let frame = run_polars(|| row()?.lazy().select([expr]).collect()).map_err(failed)?;
        let values = frame.columns().first().map(convert::values).unwrap_or_default();
        Ok(Self::constant(values.into_iter().next().unwrap_or(Value::Null), self.kind))
    }
}

/// `value` as polars' value of `kind`.
fn any_value(value: &Value, kind: &Kind) -> AnyValue<'static> {
    let found = match kind {
        Kind::Null => None,
        Kind::Bool => value.truth().map(AnyValue::Boolean),
        Kind::Int => value.whole().and_then(|it| i64::try_from(it).ok()).map(AnyValue::Int64),
        Kind::Huge => value.whole().map(AnyValue::Int128),
        Kind::Float => value.float().map(AnyValue::Float64),
        Kind::Text => value.text().map(|text| AnyValue::StringOwned(text.into())),
        Kind::List(item) => match value {
            Value::List(values) => Some(AnyValue::List(to_series("".into(), item, values))),
            _ => None,
        },
    };
    found.unwrap_or(AnyValue::Null)
}

/// Computes a value of `kind` from the values of `arguments` in each row.
pub(super) fn rowwise(
    arguments: Vec<Typed>,
    kind: Kind,
    compute: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
) -> Result<Typed, QueryError> {
    let constants: Vec<Option<Value>> =
        arguments.iter().map(|argument| argument.constant.clone()).collect();
    if let Some(values) = constants.iter().cloned().collect::<Option<Vec<Value>>>() {
        return compute(&values).map(|value| Typed::constant(value, kind)).map_err(failed);
    }
    let varying = arguments.into_iter().filter(|argument| argument.constant.is_none());
    let columns: Vec<Expr> = varying.map(|argument| argument.expr).collect();
    let field = Field::new("".into(), kind.data_type());
    let result_kind = kind.clone();
    let function = move |columns: &mut [Column]| {
        let columns: Vec<Vec<Value>> = columns.iter().map(convert::values).collect();
        let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
        let places: Vec<usize> =
            (0..constants.len()).filter(|place| constants[*place].is_none()).collect();
        let mut row: Vec<Value> =
            constants.iter().map(|value| value.clone().unwrap_or(Value::Null)).collect();
        let mut results = Vec::with_capacity(rows);
        for index in 0..rows {
            for (place, column) in places.iter().zip(&columns) {
                let at = if column.len() == 1 { 0 } else { index };
                row[*place] = column[at].clone();
            }
            let result = compute(&row);
            results.push(result.map_err(|reason| PolarsError::ComputeError(reason.into()))?);
        }
        Ok(to_series("".into(), &result_kind, &results).into_column())
    };
    let output = move |_: &Schema, _: &[Field]| Ok(field.clone());
    Ok(Typed::new(map_multiple(function, columns, output), kind))
}

/// Like [`rowwise`], but null where an argument is.
pub(super) fn strict(
    arguments: Vec<Typed>,
    kind: Kind,
    compute: impl Fn(&[Value]) -> Result<Value, String> + Send + Sync + 'static,
) -> Result<Typed, QueryError> {
    rowwise(arguments, kind, move |row| match row.contains(&Value::Null) {
        true => Ok(Value::Null),
        false => compute(row),
    })
}
