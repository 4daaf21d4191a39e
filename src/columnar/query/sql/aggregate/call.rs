//! Checked calls of aggregates.

use polars::prelude::DataFrame;
use sqlparser::ast::{Function, OrderByExpr, Value as Literal};

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::cast;
use super::super::expression::Translator;
use super::super::kind::Kind;
use super::super::literal;
use super::super::operators::{number, truth};
use super::super::order::{Direction, SortColumn};
use super::super::refusal::refuse;
use super::super::relation::evaluate_values;
use super::super::typed::Typed;
use super::AggregateFunction;
use super::arguments::Arguments;
use super::running::Running;

/// An aggregate with its inputs.
pub(in crate::columnar::query::sql) struct Call {
    pub(super) function: AggregateFunction,
    /// The kind of the result.
    pub(in crate::columnar::query::sql) result: Kind,
    arguments: Vec<Typed>,
    filter: Option<Typed>,
    order: Vec<(Typed, Direction)>,
    pub(super) is_distinct: bool,
    /// The fraction of a quantile, or the separator of a joined text.
    pub(super) parameter: Option<Value>,
}

/// The values of the inputs in every row.
pub(in crate::columnar::query::sql) struct Inputs {
    pub(super) arguments: Vec<Vec<Value>>,
    filter: Option<Vec<Value>>,
    pub(super) order: Vec<SortColumn>,
}

impl Call {
    /// Translates and checks `call`.
    pub(in crate::columnar::query::sql) fn new(
        call: &Function,
        translator: &Translator<'_>,
    ) -> Result<Self, QueryError> {
        let Some(function) = AggregateFunction::of(call) else {
            return Err(refuse(call, "it is not an aggregate"));
        };
        let Arguments { exprs, order, separator, is_distinct } = Arguments::new(function, call)?;
        let by =
            |by: &OrderByExpr| Ok((translator.translate(&by.expr)?, Direction::new(&by.options)));
        let order = order.iter().map(by).collect::<Result<_, QueryError>>()?;
        let arguments = exprs.iter().map(|expr| translator.translate(expr));
        let filter = call.filter.as_ref().map(|filter| translator.condition(filter));
        let mut checked = Self {
            function,
            result: Kind::Null,
            arguments: arguments.collect::<Result<_, _>>()?,
            filter: filter.transpose()?,
            order,
            is_distinct,
            parameter: None,
        };
        checked.separate_parameter(separator, call)?;
        checked.check(call)?;
        let first = checked.arguments.first().map_or(Kind::Null, |argument| argument.kind.clone());
        checked.result = function.result(first);
        Ok(checked)
    }

    /// Moves the last argument to `parameter` if it must be the same for every row.
    fn separate_parameter(
        &mut self,
        separator: Option<Literal>,
        call: &Function,
    ) -> Result<(), QueryError> {
        if self.function.takes_fraction() && self.arguments.len() == 2 {
            let fraction = self.arguments.pop().and_then(|fraction| fraction.constant);
            let fraction = fraction.as_ref().and_then(Value::number);
            let Some(fraction) = fraction.filter(|fraction| (0.0..=1.0).contains(fraction)) else {
                let hint = "a quantile takes a fraction from 0 to 1: quantile_cont(COLUMN, 0.9)";
                return Err(refuse(call, hint));
            };
            self.parameter = Some(Value::Float(fraction));
        }
        if self.function == AggregateFunction::StringAgg {
            let given = match (separator, self.arguments.len()) {
                (Some(separator), 1) => literal::constant(&separator)?.constant,
                (None, 2) => self.arguments.pop().and_then(|separator| separator.constant),
                _ => Some(Value::from(",")),
            };
            let Some(Value::Text(text)) = given else {
                return Err(refuse(call, "the separator is a text: string_agg(COLUMN, ', ')"));
            };
            self.parameter = Some(Value::Text(text));
        }
        Ok(())
    }

    /// Checks the arguments and converts them to the kinds that the aggregate takes.
    fn check(&mut self, call: &Function) -> Result<(), QueryError> {
        let (function, name) = (self.function, call.name.to_string().to_lowercase());
        let arity = function.arity(self.arguments.len());
        if self.arguments.len() != arity {
            return Err(refuse(call, &format!("{name} takes {arity} here")));
        }
        for argument in &mut self.arguments {
            let given = argument.clone();
            *argument = match given.kind {
                Kind::Bool if function.counts_truth() => cast::to(given, Kind::Int, true)?,
                _ if function.takes_numbers() => number(given, &name)?,
                _ if function.takes_conditions() => truth(given)?,
                _ => given,
            };
            if function.takes_bits() && argument.kind == Kind::Float {
                let hint = "bits are those of whole numbers: cast(COLUMN as bigint)";
                return Err(refuse(call, hint));
            }
        }
        Ok(())
    }

    /// Returns true if the value of a growing range can be updated row by row: see [`Running`].
    pub(in crate::columnar::query::sql) fn can_run(&self) -> bool {
        Running::computes(self.function)
            && !self.is_distinct
            && self.order.is_empty()
            && self.arguments.len() <= 1
    }

    /// Computes the inputs over all rows.
    pub(in crate::columnar::query::sql) fn inputs(
        &self,
        frame: &DataFrame,
    ) -> Result<Inputs, QueryError> {
        let order = self.order.iter().map(|(by, _)| by);
        let all = self.arguments.iter().chain(&self.filter).chain(order).cloned().collect();
        let mut columns = evaluate_values(frame, all)?.into_iter();
        let arguments = columns.by_ref().take(self.arguments.len()).collect();
        let filter = self.filter.as_ref().and_then(|_| columns.next());
        let order = columns.zip(self.order.iter().map(|(_, direction)| *direction)).collect();
        Ok(Inputs { arguments, filter, order })
    }

    /// Returns true if the row counts: it meets the filter, and no argument is null that must not be.
    pub(super) fn counts(&self, inputs: &Inputs, row: usize) -> bool {
        let meets = inputs.filter.as_ref().is_none_or(|filter| filter[row].truth() == Some(true));
        let is_given = |(place, column): (usize, &Vec<Value>)| {
            column[row] != Value::Null || self.function.keeps_null(place, inputs.arguments.len())
        };
        meets && inputs.arguments.iter().enumerate().all(is_given)
    }
}
