//! Errors that name what a query cannot have.

use std::fmt::Display;

use super::super::error::QueryError;
use crate::text::sanitize;

/// The end of an error about a value that is no number.
pub(super) const TRY_CAST: &str = "; try_cast leaves it empty";
/// Columns of a quoted construct.
const WIDTH: usize = 80;

/// `text` of a query, for an error. Columns of frames keep their marks: see `Engine::relabel`.
pub(super) fn shown(text: impl Display) -> String {
    let text = text.to_string().replace('`', "");
    let parts: Vec<String> = text.split('\u{1}').map(|part| sanitize(part).into_owned()).collect();
    let text = parts.join("\u{1}");
    match text.chars().count() > WIDTH {
        true => text.chars().take(WIDTH).chain("…".chars()).collect(),
        false => text,
    }
}

/// The error for a construct that is not supported.
pub(super) fn refuse(construct: impl Display, hint: &str) -> QueryError {
    error(format!("`{}` is not supported", shown(construct)), hint)
}

/// An error with a hint.
pub(super) fn error(reason: String, hint: &str) -> QueryError {
    QueryError::Sql { reason, hint: Some(hint.to_owned()) }
}

/// The error of a computation.
pub(super) fn failed(reason: String) -> QueryError {
    if reason.starts_with("conversion from") {
        // The only conversions that polars itself may fail to make are those of arithmetic back to 64 bits.
        let hint = "cast(COLUMN as double) computes with floating point numbers";
        return error("a result does not fit into 64 bits".to_owned(), hint);
    }
    match reason.strip_suffix(TRY_CAST) {
        Some(reason) => error(reason.to_owned(), "try_cast(...) leaves such values empty"),
        None => error(reason, "a smaller query shows which part of it fails"),
    }
}
