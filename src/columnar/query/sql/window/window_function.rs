//! Window functions with their arguments.

use polars::prelude::DataFrame;
use sqlparser::ast::Function;

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::aggregate::{AggregateFunction, Call, Inputs};
use super::super::expression::Translator;
use super::super::functions::plain_arguments;
use super::super::kind::Kind;
use super::super::operators::aligned;
use super::super::refusal::refuse;
use super::super::relation::evaluate_values;
use super::super::typed::Typed;

/// A window function with its inputs.
pub(super) enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile(usize),
    /// `lag`, `lead`: the value `offset` rows away, or the default outside the partition.
    Shift {
        values: Vec<Value>,
        kind: Kind,
        offset: i64,
        default: Vec<Value>,
    },
    /// `first_value`, `last_value`, `nth_value`: the value at a place of the frame; `None`: the last.
    Pick {
        values: Vec<Value>,
        kind: Kind,
        place: Option<usize>,
    },
    Aggregate {
        call: Box<Call>,
        inputs: Inputs,
    },
}

impl WindowFunction {
    /// Translates `function` and computes its arguments over `frame`.
    pub(super) fn new(
        function: &Function,
        frame: &DataFrame,
        translator: &Translator<'_>,
    ) -> Result<Self, QueryError> {
        let name = function.name.to_string().to_lowercase();
        if function.null_treatment.is_some() {
            return Err(refuse(
                function,
                "nulls are left out by filter (where COLUMN is not null)",
            ));
        }
        let whole = |typed: &Typed| {
            typed
                .constant
                .as_ref()
                .and_then(Value::whole)
                .and_then(|number| i64::try_from(number).ok())
        };
        // `first` and `last` are also names of window functions, which depend on the frame alone.
        let is_aggregate = match AggregateFunction::of(function) {
            Some(AggregateFunction::First | AggregateFunction::Last) | None => false,
            Some(_) => true,
        };
        if is_aggregate {
            let call = Call::new(&Function { over: None, ..function.clone() }, translator)?;
            let inputs = call.inputs(frame)?;
            return Ok(Self::Aggregate { call: Box::new(call), inputs });
        }
        if function.filter.is_some() {
            return Err(refuse(function, "filter is for aggregates"));
        }
        let arguments: Vec<Typed> = plain_arguments(function)?
            .into_iter()
            .map(|expr| translator.translate(expr))
            .collect::<Result<_, _>>()?;
        let kind = arguments.first().map_or(Kind::Null, |argument| argument.kind.clone());
        let values = |typed: &Typed| -> Result<Vec<Value>, QueryError> {
            Ok(evaluate_values(frame, vec![typed.clone()])?.into_iter().next().unwrap_or_default())
        };
        let takes = |hint: &str| Err(refuse(function, hint));
        match (name.as_str(), &arguments[..]) {
            ("row_number", []) => Ok(Self::RowNumber),
            ("rank", []) => Ok(Self::Rank),
            ("dense_rank", []) => Ok(Self::DenseRank),
            ("percent_rank", []) => Ok(Self::PercentRank),
            ("cume_dist", []) => Ok(Self::CumeDist),
            ("ntile", [parts]) => match whole(parts)
                .and_then(|parts| usize::try_from(parts).ok())
                .filter(|parts| *parts > 0)
            {
                Some(parts) => Ok(Self::Ntile(parts)),
                None => takes("ntile takes a number of parts: ntile(4)"),
            },
            ("lag" | "lead", [value, rest @ ..]) if rest.len() <= 2 => {
                let Some(offset) = rest.first().map_or(Some(1), whole) else {
                    return takes("the second argument is a number of rows");
                };
                let offset = if name == "lag" { -offset } else { offset };
                let (value, default) = match rest.get(1) {
                    None => (value.clone(), Typed::null(kind)),
                    Some(default) => aligned(value.clone(), default.clone())?,
                };
                Ok(Self::Shift {
                    values: values(&value)?,
                    kind: value.kind.clone(),
                    offset,
                    default: values(&default)?,
                })
            }
            ("first_value" | "first", [value]) => {
                Ok(Self::Pick { values: values(value)?, kind, place: Some(0) })
            }
            ("last_value" | "last", [value]) => {
                Ok(Self::Pick { values: values(value)?, kind, place: None })
            }
            ("nth_value", [value, place]) => match whole(place)
                .and_then(|place| usize::try_from(place).ok())
                .filter(|place| *place > 0)
            {
                Some(place) => {
                    Ok(Self::Pick { values: values(value)?, kind, place: Some(place - 1) })
                }
                None => takes("the second argument is a place from 1"),
            },
            _ => takes(
                "window functions are row_number, rank, dense_rank, percent_rank, cume_dist, ntile, lag, lead, first_value, last_value, nth_value and aggregates",
            ),
        }
    }

    /// Returns the kind of the values.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::RowNumber | Self::Rank | Self::DenseRank | Self::Ntile(_) => Kind::Int,
            Self::PercentRank | Self::CumeDist => Kind::Float,
            Self::Shift { kind, .. } | Self::Pick { kind, .. } => kind.clone(),
            Self::Aggregate { call, .. } => call.result.clone(),
        }
    }
}
