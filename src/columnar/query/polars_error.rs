//! Errors of polars.

use std::panic::AssertUnwindSafe;

use polars::prelude::PolarsResult;

use crate::text::{sanitize, truncate_middle};

/// Columns of a reason: some quote values of the table.
const MAX_REASON: usize = 240;

/// Runs polars; an error is its first line, since the rest is the query plan. A panic is an error, too.
pub(super) fn run_polars<T>(compute: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    let reason = |text: String| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        truncate_middle(&sanitize(line.unwrap_or("polars gives no reason")), MAX_REASON)
            .into_owned()
    };
    match std::panic::catch_unwind(AssertUnwindSafe(compute)) {
        Ok(result) => result.map_err(|error| reason(error.to_string())),
        Err(_) => Err("polars cannot compute this query".to_owned()),
    }
}
