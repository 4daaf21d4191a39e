//! Aggregates: one value from the rows of a group or of a window's frame. Nulls do not count, except where said.

use std::collections::HashSet;

use polars::prelude::DataFrame;
use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, Value as Literal,
};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::cast;
use super::compare::{compare, row_key};
use super::expression::Translator;
use super::kind::Kind;
use super::operators::{number, truth};
use super::order::{Direction, SortColumn, compare_rows};
use super::refusal::{error, refuse};
use super::relation::evaluate_values;
use super::statistics;
use super::typed::Typed;

/// Names of aggregates.
const AGGREGATES: &str = " any_value approx_count_distinct approx_quantile arbitrary arg_max arg_min argmax argmin array_agg avg bit_and bit_or \
     bit_xor bool_and bool_or corr count count_if count_star countif covar_pop covar_samp every first group_concat kurtosis \
     last list listagg max max_by mean median min min_by mode percentile_cont percentile_disc product quantile \
     quantile_cont quantile_disc skewness stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance ";

/// Returns true if `function` is an aggregate over a group, not over a window.
pub(super) fn is_aggregate(function: &Function) -> bool {
    function.over.is_none() && is_name(&function.name.to_string().to_lowercase())
}

/// Returns true if an aggregate has this name.
pub(super) fn is_name(name: &str) -> bool {
    !name.contains(' ') && AGGREGATES.contains(&format!(" {name} "))
}

/// An aggregate with its inputs.
pub(super) struct Call {
    name: String,
    /// The kind of the result.
    pub result: Kind,
    arguments: Vec<Typed>,
    filter: Option<Typed>,
    order: Vec<(Typed, Direction)>,
    is_distinct: bool,
    /// The fraction of a quantile, the separator of a joined text.
    parameter: Option<Value>,
}

/// The values of the inputs in every row.
pub(super) struct Inputs {
    arguments: Vec<Vec<Value>>,
    filter: Option<Vec<Value>>,
    order: Vec<SortColumn>,
}

impl Call {
    /// The aggregate that `function` calls.
    pub(super) fn new(
        function: &Function,
        translator: &Translator<'_>,
    ) -> Result<Self, QueryError> {
        let name = function.name.to_string().to_lowercase();
        if function.null_treatment.is_some()
            || !matches!(function.parameters, FunctionArguments::None)
        {
            return Err(refuse(
                function,
                "nulls are left out by filter (where COLUMN is not null)",
            ));
        }
        let (mut exprs, mut order, mut separator, mut is_distinct) =
            (Vec::new(), Vec::new(), None, false);
        match &function.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(_) => {
                return Err(refuse(function, "aggregates take expressions"));
            }
            FunctionArguments::List(list) => {
                is_distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
                for argument in &list.args {
                    match argument {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                            exprs.push(expr.clone())
                        }
                        FunctionArg::Unnamed(FunctionArgExpr::Wildcard)
                            if name == "count" && list.args.len() == 1 => {}
                        _ => return Err(refuse(function, "aggregates take expressions")),
                    }
                }
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::OrderBy(by) => order.extend(by.clone()),
                        FunctionArgumentClause::Separator(value) => {
                            separator = Some(value.value.clone())
                        }
                        _ => {
                            return Err(refuse(
                                function,
                                "an aggregate may have distinct, order by and filter",
                            ));
                        }
                    }
                }
            }
        }
        let name = match name.as_str() {
            "percentile_cont" | "percentile_disc" => {
                let [by] = &function.within_group[..] else {
                    return Err(refuse(
                        function,
                        "percentile_cont(0.5) within group (order by COLUMN)",
                    ));
                };
                exprs.insert(0, by.expr.clone());
                if by.options.asc == Some(false) {
                    return Err(refuse(function, "order ascending, and take 1 - the fraction"));
                }
                name.replace("percentile", "quantile")
            }
            "mode" if exprs.is_empty() && function.within_group.len() == 1 => {
                exprs.extend(function.within_group.iter().map(|by| by.expr.clone()));
                name
            }
            _ if !function.within_group.is_empty() => {
                order.extend(function.within_group.clone());
                name
            }
            _ => name,
        };
        let order = order.iter().map(|by: &OrderByExpr| {
            Ok((translator.translate(&by.expr)?, Direction::new(&by.options)))
        });
        let mut call = Self {
            name,
            result: Kind::Null,
            arguments: exprs
                .iter()
                .map(|expr| translator.translate(expr))
                .collect::<Result<_, _>>()?,
            filter: function
                .filter
                .as_ref()
                .map(|filter| translator.condition(filter))
                .transpose()?,
            order: order.collect::<Result<_, QueryError>>()?,
            is_distinct,
            parameter: None,
        };
        call.separate_parameter(separator, function)?;
        call.result = call.check(function)?;
        Ok(call)
    }

    /// Takes the last argument away if it must be the same for every row.
    fn separate_parameter(
        &mut self,
        separator: Option<Literal>,
        function: &Function,
    ) -> Result<(), QueryError> {
        match self.name.as_str() {
            "quantile_cont" | "quantile_disc" | "quantile" | "approx_quantile"
                if self.arguments.len() == 2 =>
            {
                let fraction = self.arguments.pop().and_then(|fraction| fraction.constant);
                match fraction.as_ref().and_then(Value::number) {
                    Some(fraction) if (0.0..=1.0).contains(&fraction) => {
                        self.parameter = Some(Value::Float(fraction))
                    }
                    _ => {
                        return Err(refuse(
                            function,
                            "a quantile takes a fraction from 0 to 1: quantile_cont(COLUMN, 0.9)",
                        ));
                    }
                }
            }
            "string_agg" | "listagg" | "group_concat" => {
                let given = match (separator, self.arguments.len()) {
                    (Some(separator), 1) => super::literal::constant(&separator)?.constant,
                    (None, 2) => self.arguments.pop().and_then(|separator| separator.constant),
                    _ => Some(Value::from(",")),
                };
                match given {
                    Some(Value::Text(text)) => self.parameter = Some(Value::Text(text)),
                    _ => {
                        return Err(refuse(
                            function,
                            "the separator is a text: string_agg(COLUMN, ', ')",
                        ));
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks the arguments; returns the kind of the result.
    fn check(&mut self, function: &Function) -> Result<Kind, QueryError> {
        let name = self.name.clone();
        let expected = match name.as_str() {
            "count" => self.arguments.len(),
            "count_star" => 0,
            "arg_max" | "arg_min" | "argmax" | "argmin" | "max_by" | "min_by" | "corr"
            | "covar_pop" | "covar_samp" => 2,
            _ => 1,
        };
        if self.arguments.len() != expected {
            return Err(refuse(function, &format!("{name} takes {expected} here")));
        }
        let takes_numbers = matches!(
            name.as_str(),
            "sum"
                | "avg"
                | "mean"
                | "stddev"
                | "stddev_pop"
                | "stddev_samp"
                | "variance"
                | "var_pop"
                | "var_samp"
                | "skewness"
                | "kurtosis"
                | "product"
                | "corr"
                | "covar_pop"
                | "covar_samp"
                | "quantile_cont"
                | "bit_and"
                | "bit_or"
                | "bit_xor"
        );
        if takes_numbers {
            for argument in &mut self.arguments {
                *argument = match argument.kind {
                    // A sum of truth values counts the true ones, a mean is their share.
                    Kind::Bool if matches!(name.as_str(), "sum" | "avg" | "mean") => {
                        cast::to(argument.clone(), Kind::Int, true)?
                    }
                    _ => number(argument.clone(), &name)?,
                };
            }
        }
        if matches!(name.as_str(), "bool_and" | "bool_or" | "every" | "count_if" | "countif") {
            for argument in &mut self.arguments {
                *argument = truth(argument.clone())?;
            }
        }
        let first = self.arguments.first().map_or(Kind::Null, |argument| argument.kind.clone());
        Ok(match name.as_str() {
            "count" | "count_star" | "count_if" | "countif" | "approx_count_distinct" => Kind::Int,
            "sum" if first == Kind::Float => Kind::Float,
            "sum" => Kind::Huge,
            "bit_and" | "bit_or" | "bit_xor" if first == Kind::Float => {
                return Err(refuse(
                    function,
                    "bits are those of whole numbers: cast(COLUMN as bigint)",
                ));
            }
            "median" if first.is_number() => Kind::Float,
            "bool_and" | "bool_or" | "every" => Kind::Bool,
            "list" | "array_agg" => Kind::List(Box::new(first)),
            "string_agg" | "listagg" | "group_concat" => Kind::Text,
            "any_value" | "arbitrary" | "arg_max" | "arg_min" | "argmax" | "argmin" | "bit_and"
            | "bit_or" | "bit_xor" | "first" | "last" | "max" | "max_by" | "median" | "min"
            | "min_by" | "mode" | "quantile" | "quantile_disc" => first,
            _ => Kind::Float,
        })
    }

    /// Whether the value of a growing range can be updated row by row: see [`Running`].
    pub(super) fn can_run(&self) -> bool {
        let is_simple = matches!(
            self.name.as_str(),
            "count" | "count_star" | "sum" | "avg" | "mean" | "min" | "max"
        );
        is_simple && !self.is_distinct && self.order.is_empty() && self.arguments.len() <= 1
    }

    /// Computes the inputs over all rows.
    pub(super) fn inputs(&self, frame: &DataFrame) -> Result<Inputs, QueryError> {
        let all =
            self.arguments.iter().chain(&self.filter).chain(self.order.iter().map(|(by, _)| by));
        let mut columns = evaluate_values(frame, all.cloned().collect())?.into_iter();
        let arguments = columns.by_ref().take(self.arguments.len()).collect();
        let filter = self.filter.as_ref().and_then(|_| columns.next());
        let order = columns.zip(self.order.iter().map(|(_, direction)| *direction)).collect();
        Ok(Inputs { arguments, filter, order })
    }

    /// Returns true if the row counts: it meets the filter, and no argument is null.
    pub(super) fn counts(&self, inputs: &Inputs, row: usize) -> bool {
        let keeps_null = matches!(
            self.name.as_str(),
            "list"
                | "array_agg"
                | "first"
                | "last"
                | "arg_max"
                | "arg_min"
                | "argmax"
                | "argmin"
                | "max_by"
                | "min_by"
        );
        let meets = inputs.filter.as_ref().is_none_or(|filter| filter[row].truth() == Some(true));
        // A row of several values counts even if one of them is null: count(distinct a, b).
        let keeps_null = keeps_null || self.name == "count" && inputs.arguments.len() > 1;
        // The last argument of arg_max decides, and may not be null.
        let decides = |place: usize| !keeps_null || self.name != "count" && place > 0;
        meets
            && inputs
                .arguments
                .iter()
                .enumerate()
                .all(|(place, column)| !decides(place) || column[row] != Value::Null)
    }

    /// The value over `rows`.
    pub(super) fn compute(&self, inputs: &Inputs, rows: &[usize]) -> Result<Value, String> {
        let mut rows: Vec<usize> =
            rows.iter().copied().filter(|row| self.counts(inputs, *row)).collect();
        if !inputs.order.is_empty() {
            rows.sort_by(|one, other| compare_rows(&inputs.order, *one, *other));
        }
        if self.is_distinct || self.name == "approx_count_distinct" {
            let mut seen = HashSet::new();
            rows.retain(|row| seen.insert(row_key(&inputs.arguments, *row)));
        }
        if self.can_run() {
            let mut running = Running::default();
            rows.iter()
                .for_each(|row| running.add(inputs.arguments.first().map(|column| &column[*row])));
            return running.result(&self.name);
        }
        let first = inputs.arguments.first();
        let values: Vec<&Value> =
            first.map_or_else(Vec::new, |column| rows.iter().map(|row| &column[*row]).collect());
        let floats = || values.iter().filter_map(|value| value.float()).collect::<Vec<f64>>();
        let pairs = || {
            let column = |place: usize, row: usize| {
                inputs
                    .arguments
                    .get(place)
                    .and_then(|column| column[row].float())
                    .unwrap_or(f64::NAN)
            };
            rows.iter().map(|row| (column(0, *row), column(1, *row))).collect::<Vec<_>>()
        };
        let float = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
        Ok(match self.name.as_str() {
            "count" | "approx_count_distinct" => Value::Int(rows.len() as i64),
            "count_if" | "countif" => {
                Value::Int(values.iter().filter(|value| value.truth() == Some(true)).count() as i64)
            }
            "sum" | "avg" | "mean" | "min" | "max" => {
                let mut running = Running::default();
                values.iter().for_each(|value| running.add(Some(value)));
                running.result(&self.name)?
            }
            "first" | "any_value" | "arbitrary" => {
                values.first().map_or(Value::Null, |value| (*value).clone())
            }
            "last" => values.last().map_or(Value::Null, |value| (*value).clone()),
            "list" | "array_agg" if rows.is_empty() => Value::Null,
            "list" | "array_agg" => Value::List(values.into_iter().cloned().collect()),
            "string_agg" | "listagg" | "group_concat" if rows.is_empty() => Value::Null,
            "string_agg" | "listagg" | "group_concat" => {
                let texts: Vec<String> = values.into_iter().map(cast::text).collect();
                Value::Text(
                    texts.join(self.parameter.as_ref().and_then(Value::text).unwrap_or(",")),
                )
            }
            "bool_and" | "every" | "bool_or" if values.is_empty() => Value::Null,
            "bool_and" | "every" => {
                Value::Bool(values.iter().all(|value| value.truth() == Some(true)))
            }
            "bool_or" => Value::Bool(values.iter().any(|value| value.truth() == Some(true))),
            "arg_max" | "argmax" | "max_by" | "arg_min" | "argmin" | "min_by" => {
                let is_max = self.name.contains("max");
                let by = &inputs.arguments[1];
                let better = |one: &usize, other: &usize| {
                    let order = compare(&by[*one], &by[*other]);
                    if is_max { order.is_gt() } else { order.is_lt() }
                };
                let best = rows
                    .iter()
                    .copied()
                    .reduce(|best, row| if better(&row, &best) { row } else { best });
                best.map_or(Value::Null, |row| inputs.arguments[0][row].clone())
            }
            "mode" => statistics::mode(&values),
            "median" if self.result == Kind::Float => float(statistics::quantile(floats(), 0.5)),
            "median" => statistics::quantile_value(&values, 0.5),
            "quantile_cont" => float(statistics::quantile(floats(), self.fraction())),
            "quantile" | "quantile_disc" => statistics::quantile_value(&values, self.fraction()),
            "approx_quantile" => float(statistics::quantile(floats(), self.fraction())),
            "stddev" | "stddev_samp" => float(statistics::variance(&floats(), 1).map(f64::sqrt)),
            "stddev_pop" => float(statistics::variance(&floats(), 0).map(f64::sqrt)),
            "variance" | "var_samp" => float(statistics::variance(&floats(), 1)),
            "var_pop" => float(statistics::variance(&floats(), 0)),
            "skewness" => float(statistics::skewness(&floats())),
            "kurtosis" => float(statistics::kurtosis(&floats())),
            "product" if values.is_empty() => Value::Null,
            "product" => Value::Float(floats().into_iter().product()),
            "corr" => float(statistics::correlation(&pairs())),
            "covar_samp" => float(statistics::covariance(&pairs(), 1)),
            "covar_pop" => float(statistics::covariance(&pairs(), 0)),
            "bit_and" | "bit_or" | "bit_xor" => {
                let wholes = values.iter().filter_map(|value| value.whole());
                let combined = wholes.reduce(|one, other| match self.name.as_str() {
                    "bit_and" => one & other,
                    "bit_or" => one | other,
                    _ => one ^ other,
                });
                combined.map_or(Value::Null, Value::from_whole)
            }
            other => return Err(format!("the aggregate {other} is not supported")),
        })
    }

    fn fraction(&self) -> f64 {
        self.parameter.as_ref().and_then(Value::number).unwrap_or(0.5)
    }

    /// The first argument in `row`, for [`Running::add`].
    pub(super) fn argument<'a>(&self, inputs: &'a Inputs, row: usize) -> Option<&'a Value> {
        inputs.arguments.first().map(|column| &column[row])
    }

    /// The value of `running`.
    pub(super) fn running_result(&self, running: &Running) -> Result<Value, String> {
        running.result(&self.name)
    }
}

/// A count, sum, mean, minimum or maximum of the rows so far.
#[derive(Default)]
pub(super) struct Running {
    count: i64,
    whole: i128,
    float: f64,
    is_float: bool,
    least: Option<Value>,
    most: Option<Value>,
}

impl Running {
    /// Adds a row that counts.
    pub(super) fn add(&mut self, value: Option<&Value>) {
        self.count += 1;
        let Some(value) = value else {
            return;
        };
        match (value.whole(), value.float()) {
            (Some(number), _) => self.whole = self.whole.saturating_add(number),
            (None, Some(number)) => {
                self.is_float = true;
                self.float += number;
            }
            (None, None) => {}
        }
        if self.least.as_ref().is_none_or(|least| compare(value, least).is_lt()) {
            self.least = Some(value.clone());
        }
        if self.most.as_ref().is_none_or(|most| compare(value, most).is_gt()) {
            self.most = Some(value.clone());
        }
    }

    fn result(&self, name: &str) -> Result<Value, String> {
        let sum = if self.is_float { self.float } else { self.whole as f64 };
        Ok(match name {
            "count" | "count_star" => Value::Int(self.count),
            _ if self.count == 0 => Value::Null,
            "sum" if self.is_float => Value::Float(self.float),
            "sum" => Value::from_whole(self.whole),
            "min" => self.least.clone().unwrap_or(Value::Null),
            "max" => self.most.clone().unwrap_or(Value::Null),
            _ => Value::Float(sum / self.count as f64),
        })
    }
}

/// The error for an aggregate in a place where there are single rows.
pub(super) fn misplaced(expr: &Expr, place: &str) -> QueryError {
    error(
        format!("`{}` is an aggregate, but {place} tests single rows", super::refusal::shown(expr)),
        "having tests groups; where COLUMN = (select max(COLUMN) from self) finds the largest",
    )
}
