//! The values of aggregates.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::super::super::frame::Value;
use super::super::cast;
use super::super::compare::{compare, row_key};
use super::super::kind::Kind;
use super::super::order::compare_rows;
use super::super::statistics::{self as stats, quantile, quantile_value, variance};
use super::AggregateFunction as F;
use super::call::{Call, Inputs};
use super::running::Running;

impl Call {
    /// Returns the value over `rows`.
    pub(in crate::columnar::query::sql) fn compute(
        &self,
        inputs: &Inputs,
        rows: &[usize],
    ) -> Value {
        let mut rows: Vec<usize> =
            rows.iter().copied().filter(|row| self.counts(inputs, *row)).collect();
        if !inputs.order.is_empty() {
            rows.sort_by(|one, other| compare_rows(&inputs.order, *one, *other));
        }
        if self.is_distinct || self.function == F::ApproxCountDistinct {
            let mut seen = HashSet::new();
            rows.retain(|row| seen.insert(row_key(&inputs.arguments, *row)));
        }
        let values: Vec<&Value> = match inputs.arguments.first() {
            Some(column) => rows.iter().map(|row| &column[*row]).collect(),
            None => Vec::new(),
        };
        let floats = || values.iter().filter_map(|value| value.float()).collect::<Vec<f64>>();
        let pairs = || pairs(inputs, &rows);
        let fraction = self.parameter.as_ref().and_then(Value::number).unwrap_or(0.5);
        match self.function {
            F::Count | F::CountStar | F::ApproxCountDistinct => Value::Int(rows.len() as i64),
            F::CountIf => Value::Int(values.iter().filter(|value| is_true(value)).count() as i64),
            F::Sum | F::Avg | F::Min | F::Max => {
                let mut running = Running::default();
                values.iter().for_each(|value| running.add(Some(value)));
                running.result(self.function)
            }
            F::Median if self.result == Kind::Float => float(quantile(floats(), fraction)),
            F::Median | F::QuantileDisc => quantile_value(&values, fraction),
            F::QuantileCont | F::ApproxQuantile => float(quantile(floats(), fraction)),
            F::Mode => stats::mode(&values),
            F::StddevSamp => float(variance(&floats(), 1).map(f64::sqrt)),
            F::StddevPop => float(variance(&floats(), 0).map(f64::sqrt)),
            F::VarSamp => float(variance(&floats(), 1)),
            F::VarPop => float(variance(&floats(), 0)),
            F::Skewness => float(stats::skewness(&floats())),
            F::Kurtosis => float(stats::kurtosis(&floats())),
            F::Corr => float(stats::correlation(&pairs())),
            F::CovarSamp => float(stats::covariance(&pairs(), 1)),
            F::CovarPop => float(stats::covariance(&pairs(), 0)),
            // The others are null without values.
            _ if values.is_empty() => Value::Null,
            F::First | F::AnyValue => values[0].clone(),
            F::Last => values[values.len() - 1].clone(),
            F::ArgMax => best(inputs, &rows, Ordering::Greater),
            F::ArgMin => best(inputs, &rows, Ordering::Less),
            F::List => Value::List(values.into_iter().cloned().collect()),
            F::StringAgg => {
                let texts: Vec<String> = values.into_iter().map(cast::text).collect();
                let separator = self.parameter.as_ref().and_then(Value::text).unwrap_or(",");
                Value::Text(texts.join(separator))
            }
            F::BoolAnd => Value::Bool(values.iter().all(is_true)),
            F::BoolOr => Value::Bool(values.iter().any(is_true)),
            F::Product => Value::Float(floats().into_iter().product()),
            F::BitAnd => bits(&values, |one, other| one & other),
            F::BitOr => bits(&values, |one, other| one | other),
            F::BitXor => bits(&values, |one, other| one ^ other),
        }
    }

    /// Adds `rows` to `running` and returns its value.
    pub(in crate::columnar::query::sql) fn run(
        &self,
        inputs: &Inputs,
        rows: &[usize],
        running: &mut Running,
    ) -> Value {
        for row in rows.iter().filter(|row| self.counts(inputs, **row)) {
            running.add(inputs.arguments.first().map(|column| &column[*row]));
        }
        running.result(self.function)
    }
}

/// Returns the first argument in the first row whose second argument is `better` than those of all rows before.
fn best(inputs: &Inputs, rows: &[usize], better: Ordering) -> Value {
    let [values, by] = &inputs.arguments[..] else { return Value::Null };
    let choose =
        |best: usize, row: usize| if compare(&by[row], &by[best]) == better { row } else { best };
    rows.iter().copied().reduce(choose).map_or(Value::Null, |row| values[row].clone())
}

/// Returns the two arguments in each row.
fn pairs(inputs: &Inputs, rows: &[usize]) -> Vec<(f64, f64)> {
    let [x, y] = &inputs.arguments[..] else { return Vec::new() };
    let number = |value: &Value| value.float().unwrap_or(f64::NAN);
    rows.iter().map(|row| (number(&x[*row]), number(&y[*row]))).collect()
}

fn float(number: Option<f64>) -> Value {
    number.map_or(Value::Null, Value::Float)
}

fn is_true(value: &&Value) -> bool {
    value.truth() == Some(true)
}

fn bits(values: &[&Value], combine: fn(i128, i128) -> i128) -> Value {
    let wholes = values.iter().filter_map(|value| value.whole());
    wholes.reduce(combine).map_or(Value::Null, Value::from_whole)
}
