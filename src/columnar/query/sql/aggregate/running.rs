//! Aggregates that are updated row by row.

use super::super::super::frame::Value;
use super::super::compare::compare;
use super::aggregate_function::AggregateFunction;

/// A count, sum, mean, minimum or maximum of the rows so far.
#[derive(Default)]
pub(in crate::columnar::query::sql) struct Running {
    count: i64,
    whole: i128,
    float: f64,
    is_float: bool,
    smallest: Option<Value>,
    largest: Option<Value>,
}

impl Running {
    /// Returns true if it can compute `function`.
    pub(super) fn computes(function: AggregateFunction) -> bool {
        use AggregateFunction::{Avg, Count, CountStar, Max, Min, Sum};
        matches!(function, Count | CountStar | Sum | Avg | Min | Max)
    }

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
        if self.smallest.as_ref().is_none_or(|smallest| compare(value, smallest).is_lt()) {
            self.smallest = Some(value.clone());
        }
        if self.largest.as_ref().is_none_or(|largest| compare(value, largest).is_gt()) {
            self.largest = Some(value.clone());
        }
    }

    /// Returns the value of `function`, which [`Self::computes`] it.
    pub(super) fn result(&self, function: AggregateFunction) -> Value {
        let sum = if self.is_float { self.float } else { self.whole as f64 };
        match function {
            AggregateFunction::Count | AggregateFunction::CountStar => Value::Int(self.count),
            _ if self.count == 0 => Value::Null,
            AggregateFunction::Sum if self.is_float => Value::Float(self.float),
            AggregateFunction::Sum => Value::from_whole(self.whole),
            AggregateFunction::Min => self.smallest.clone().unwrap_or(Value::Null),
            AggregateFunction::Max => self.largest.clone().unwrap_or(Value::Null),
            _ => Value::Float(sum / self.count as f64),
        }
    }
}
