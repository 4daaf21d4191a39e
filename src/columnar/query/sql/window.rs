//! Window functions: `f(...) OVER (PARTITION BY ... ORDER BY ... frame)`.

use std::collections::HashMap;
use std::ops::Range;

use polars::prelude::{Column, DataFrame};
use sqlparser::ast::{Function, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::aggregate::{self, Call, Inputs, Running};
use super::compare::{Key, row_key};
use super::expression::Translator;
use super::functions::plain_arguments;
use super::kind::Kind;
use super::order::{Direction, SortColumn, compare_rows};
use super::refusal::{failed, refuse};
use super::relation::{self, evaluate_values};
use super::typed::Typed;

/// The result of `function` in every row of `frame`, as the column `name`.
pub(super) fn compute(
    name: &str,
    function: &Function,
    frame: &DataFrame,
    translator: &Translator<'_>,
) -> Result<Column, QueryError> {
    let Some(WindowType::WindowSpec(spec)) = &function.over else {
        return Err(refuse(function, "a window is over (partition by ... order by ...)"));
    };
    let window = Window::new(spec, frame, translator)?;
    let what = What::new(function, frame, translator)?;
    let mut values = vec![Value::Null; frame.height()];
    for rows in window.partitions(frame.height()) {
        let partition = Partition::new(&window, rows);
        for (place, value) in what.compute(&partition).map_err(failed)?.into_iter().enumerate() {
            values[partition.rows[place]] = value;
        }
    }
    Ok(relation::column(name, &what.kind(), &values))
}

/// One end of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// The first or last row.
    Unbounded,
    /// The current row, or its peers.
    Current,
    /// Rows, groups or a distance of values; negative: before the current row.
    Offset(f64),
}

/// The rows that a window function sees.
struct Window {
    keys: Vec<Vec<Value>>,
    order: Vec<SortColumn>,
    units: WindowFrameUnits,
    start: End,
    end: End,
}

impl Window {
    fn new(
        spec: &WindowSpec,
        frame: &DataFrame,
        translator: &Translator<'_>,
    ) -> Result<Self, QueryError> {
        let keys: Vec<Typed> = spec
            .partition_by
            .iter()
            .map(|key| translator.translate(key))
            .collect::<Result<_, _>>()?;
        let by: Vec<Typed> = spec
            .order_by
            .iter()
            .map(|by| translator.translate(&by.expr))
            .collect::<Result<_, _>>()?;
        let directions = spec.order_by.iter().map(|by| Direction::new(&by.options));
        let order: Vec<SortColumn> =
            evaluate_values(frame, by.clone())?.into_iter().zip(directions).collect();
        let keys = evaluate_values(frame, keys)?;
        let (units, start, end) = match &spec.window_frame {
            None if order.is_empty() => (WindowFrameUnits::Rows, End::Unbounded, End::Unbounded),
            None => (WindowFrameUnits::Range, End::Unbounded, End::Current),
            Some(bounds) => {
                let end = bounds
                    .end_bound
                    .as_ref()
                    .map_or(Ok(End::Current), |bound| end_of(bound, translator))?;
                (bounds.units, end_of(&bounds.start_bound, translator)?, end)
            }
        };
        let is_distance = units == WindowFrameUnits::Range
            && [start, end].iter().any(|end| matches!(end, End::Offset(_)));
        let is_sortable = matches!(&by[..], [only] if only.kind.is_number());
        if is_distance && !is_sortable {
            return Err(refuse(spec, "range with a distance needs one order by, of numbers"));
        }
        Ok(Self { keys, order, units, start, end })
    }

    /// The rows of each partition, in the window's order.
    fn partitions(&self, rows: usize) -> Vec<Vec<usize>> {
        let mut partitions: HashMap<Vec<Key>, Vec<usize>> = HashMap::new();
        (0..rows).for_each(|row| partitions.entry(row_key(&self.keys, row)).or_default().push(row));
        let mut partitions: Vec<Vec<usize>> = partitions.into_values().collect();
        for rows in &mut partitions {
            rows.sort_by(|one, other| compare_rows(&self.order, *one, *other));
        }
        partitions
    }
}

fn end_of(bound: &WindowFrameBound, translator: &Translator<'_>) -> Result<End, QueryError> {
    let offset = |expr: &Option<Box<sqlparser::ast::Expr>>, sign: f64| match expr {
        None => Ok(End::Unbounded),
        Some(expr) => match translator.translate(expr)?.constant.as_ref().and_then(Value::number) {
            Some(distance) if distance >= 0.0 => Ok(End::Offset(sign * distance)),
            _ => Err(refuse(
                bound,
                "a frame reaches from a number of rows preceding to a number following",
            )),
        },
    };
    match bound {
        WindowFrameBound::CurrentRow => Ok(End::Current),
        WindowFrameBound::Preceding(expr) => offset(expr, -1.0),
        WindowFrameBound::Following(expr) => offset(expr, 1.0),
    }
}

/// The rows of a partition in order, and their peers: rows that are equal in the window's order.
struct Partition<'a> {
    window: &'a Window,
    rows: Vec<usize>,
    /// The group of peers of each row.
    group: Vec<usize>,
    /// The places of each group of peers.
    groups: Vec<Range<usize>>,
}

impl<'a> Partition<'a> {
    fn new(window: &'a Window, rows: Vec<usize>) -> Self {
        let (mut group, mut groups) = (Vec::with_capacity(rows.len()), Vec::<Range<usize>>::new());
        for place in 0..rows.len() {
            let is_peer =
                place > 0 && compare_rows(&window.order, rows[place - 1], rows[place]).is_eq();
            match groups.last_mut().filter(|_| is_peer) {
                Some(last) => last.end = place + 1,
                None => groups.push(place..place + 1),
            }
            group.push(groups.len() - 1);
        }
        Self { window, rows, group, groups }
    }

    fn peers(&self, place: usize) -> Range<usize> {
        self.groups[self.group[place]].clone()
    }

    /// The places that the frame of the row at `place` covers.
    fn frame(&self, place: usize) -> Range<usize> {
        let start = match self.window.start {
            End::Unbounded => 0,
            end => self.reach(place, end, true),
        };
        let end = match self.window.end {
            End::Unbounded => self.rows.len(),
            end => self.reach(place, end, false),
        };
        start.min(end)..end
    }

    /// The first place of a frame, or the place after its last.
    fn reach(&self, place: usize, end: End, is_start: bool) -> usize {
        let pick = |range: Range<usize>| if is_start { range.start } else { range.end };
        let shifted = |from: usize, offset: f64, length: usize| {
            (from as f64 + offset + if is_start { 0.0 } else { 1.0 }).clamp(0.0, length as f64)
                as usize
        };
        match (self.window.units, end) {
            (WindowFrameUnits::Rows, End::Current | End::Unbounded) => pick(place..place + 1),
            (WindowFrameUnits::Rows, End::Offset(offset)) => {
                shifted(place, offset, self.rows.len())
            }
            (_, End::Current | End::Unbounded) => pick(self.peers(place)),
            (WindowFrameUnits::Groups, End::Offset(offset)) => {
                let group = shifted(self.group[place], offset, self.groups.len());
                self.groups.get(group).map_or(self.rows.len(), |group| group.start)
            }
            (WindowFrameUnits::Range, End::Offset(offset)) => self.within(place, offset, is_start),
        }
    }

    /// The reach by a distance of values. Rows without a value reach their peers.
    fn within(&self, place: usize, offset: f64, is_start: bool) -> usize {
        let Some((values, direction)) = self.window.order.first() else {
            return place;
        };
        let sign = if direction.is_descending { -1.0 } else { 1.0 };
        let value = |place: usize| values[self.rows[place]].float().map(|value| value * sign);
        let Some(current) = value(place) else {
            let peers = self.peers(place);
            return if is_start { peers.start } else { peers.end };
        };
        let limit = current + offset;
        let is_inside = |place: &usize| {
            value(*place)
                .is_some_and(|value| if is_start { value >= limit } else { value <= limit })
        };
        let places = 0..self.rows.len();
        match is_start {
            true => places.clone().find(is_inside).unwrap_or(places.end),
            false => places.rev().find(is_inside).map_or(0, |place| place + 1),
        }
    }
}

/// A window function with its inputs.
enum What {
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

impl What {
    fn new(
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
        let is_aggregate = aggregate::is_name(&name) && !matches!(name.as_str(), "first" | "last");
        if is_aggregate {
            let function = Function { over: None, ..function.clone() };
            let call = Call::new(&function, translator)?;
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
                    Some(default) => super::operators::aligned(value.clone(), default.clone())?,
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

    fn kind(&self) -> Kind {
        match self {
            Self::RowNumber | Self::Rank | Self::DenseRank | Self::Ntile(_) => Kind::Int,
            Self::PercentRank | Self::CumeDist => Kind::Float,
            Self::Shift { kind, .. } | Self::Pick { kind, .. } => kind.clone(),
            Self::Aggregate { call, .. } => call.result.clone(),
        }
    }

    /// The values of a partition's rows, in its order.
    fn compute(&self, partition: &Partition<'_>) -> Result<Vec<Value>, String> {
        let count = partition.rows.len();
        let int = |number: usize| Value::Int(number as i64);
        if let Self::Aggregate { call, inputs } = self {
            return aggregated(call, inputs, partition);
        }
        Ok((0..count)
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
            .collect())
    }
}

fn aggregated(
    call: &Call,
    inputs: &Inputs,
    partition: &Partition<'_>,
) -> Result<Vec<Value>, String> {
    let mut values = Vec::with_capacity(partition.rows.len());
    let mut last: Option<(Range<usize>, Value)> = None;
    let (mut running, mut added) = (Running::default(), 0);
    for place in 0..partition.rows.len() {
        let frame = partition.frame(place);
        let value = match &last {
            Some((known, value)) if *known == frame => value.clone(),
            // Frames that only grow are summed up once.
            _ if call.can_run() && frame.start == 0 && added <= frame.end => {
                for row in &partition.rows[added..frame.end] {
                    if call.counts(inputs, *row) {
                        running.add(call.argument(inputs, *row));
                    }
                }
                added = frame.end;
                call.running_result(&running)?
            }
            _ => call.compute(inputs, &partition.rows[frame.clone()])?,
        };
        last = Some((frame, value.clone()));
        values.push(value);
    }
    Ok(values)
}
