//! Window functions: `f(...) OVER (PARTITION BY ... ORDER BY ... frame)`.

mod bounds;
mod compute;
mod partition;
mod window_function;

use polars::prelude::{Column, DataFrame};
use sqlparser::ast::{Function, WindowType};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::expression::Translator;
use super::refusal::refuse;
use super::relation;
use bounds::Window;
use partition::Partition;
use window_function::WindowFunction;

/// Returns the result of `function` in every row of `frame`, as the column `name`.
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
    let called = WindowFunction::new(function, frame, translator)?;
    let mut values = vec![Value::Null; frame.height()];
    for rows in window.partitions(frame.height()) {
        let partition = Partition::new(&window, rows);
        for (place, value) in called.compute(&partition).into_iter().enumerate() {
            values[partition.rows[place]] = value;
        }
    }
    Ok(relation::column(name, &called.kind(), &values))
}
