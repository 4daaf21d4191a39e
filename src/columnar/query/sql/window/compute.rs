//! The values of window functions.

use std::ops::Range;

use super::super::super::frame::Value;
use super::super::aggregate::{Call, Inputs, Running};
use super::partition::Partition;
use super::window_function::WindowFunction;

impl WindowFunction {
    /// Returns the values of a partition's rows, in its order.
    pub(super) fn compute(&self, partition: &Partition<'_>) -> Vec<Value> {
        let count = partition.rows.len();
        let int = |number: usize| Value::Int(number as i64);
        if let Self::Aggregate { call, inputs } = self {
            return aggregated(call, inputs, partition);
        }
        (0..count)
            .map(|place| match self {
                Self::RowNumber => int(place + 1),
                Self::Rank => int(partition.peers(place).start + 1),
                Self::DenseRank => int(partition.group[place] + 1),
                Self::PercentRank if count == 1 => Value::Float(0.0),
                Self::PercentRank => {
                    Value::Float(partition.peers(place).start as f64 / (count - 1) as f64)
                }
                Self::CumeDist => Value::Float(partition.peers(place).end as f64 / count as f64),
                Self::Ntile(parts) => {
                    // The first parts have one row more.
                    let (size, larger) = (count / parts, count % parts);
                    let in_larger = larger * (size + 1);
                    int(match place < in_larger {
                        true => place / (size + 1) + 1,
                        false => larger + (place - in_larger) / size.max(1) + 1,
                    })
                }
                Self::Shift { values, offset, default, .. } => {
                    let other = i64::try_from(place)
                        .ok()
                        .and_then(|place| usize::try_from(place + offset).ok());
                    let other = other.and_then(|place| partition.rows.get(place));
                    other.map_or_else(
                        || default[partition.rows[place]].clone(),
                        |row| values[*row].clone(),
                    )
                }
                Self::Pick { values, place: wanted, .. } => {
                    let frame = partition.frame(place);
                    let found = wanted
                        .map_or(frame.end.checked_sub(1), |wanted| Some(frame.start + wanted));
                    let found = found.filter(|found| frame.contains(found));
                    found.map_or(Value::Null, |found| values[partition.rows[found]].clone())
                }
                Self::Aggregate { .. } => Value::Null,
            })
            .collect()
    }
}

/// Returns the values of an aggregate over the frames of a partition's rows.
fn aggregated(call: &Call, inputs: &Inputs, partition: &Partition<'_>) -> Vec<Value> {
    let mut values = Vec::with_capacity(partition.rows.len());
    let mut last: Option<(Range<usize>, Value)> = None;
    let (mut running, mut added) = (Running::default(), 0);
    for place in 0..partition.rows.len() {
        let frame = partition.frame(place);
        let value = match &last {
            Some((known, value)) if *known == frame => value.clone(),
            // Frames that only grow are summed up once.
            _ if call.can_run() && frame.start == 0 && added <= frame.end => {
                let new_rows = &partition.rows[added..frame.end];
                added = frame.end;
                call.run(inputs, new_rows, &mut running)
            }
            _ => call.compute(inputs, &partition.rows[frame.clone()]),
        };
        last = Some((frame, value.clone()));
        values.push(value);
    }
    values
}
