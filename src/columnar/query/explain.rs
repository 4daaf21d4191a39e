//! From what polars says of a query to what a person can act on. Its messages quote syntax trees, name types of Rust,
//! and never say what to do.

use super::error::QueryError;
use crate::text::suggest::nearest;

/// Functions of its SQL that a table of songs invites; the whole list is in polars' book.
const FUNCTIONS: [&str; 34] = [
    "abs",
    "avg",
    "ceil",
    "coalesce",
    "concat",
    "count",
    "first",
    "floor",
    "greatest",
    "if",
    "ifnull",
    "last",
    "least",
    "left",
    "length",
    "ln",
    "log10",
    "lower",
    "ltrim",
    "max",
    "median",
    "min",
    "mod",
    "quantile_cont",
    "regexp_like",
    "replace",
    "right",
    "round",
    "starts_with",
    "stddev",
    "strpos",
    "substr",
    "sum",
    "upper",
];

/// Why `query` has no answer, given polars' `reason` and the table's `columns`.
pub(super) fn explain_error(query: &str, reason: &str, columns: Vec<String>) -> QueryError {
    if let Some(name) = missing_column(reason).filter(|name| !columns.contains(name)) {
        // A text in double quotes is a column's name to SQL; that no column is like it tells which was meant.
        let quoted = query.contains(&format!("\"{name}\""));
        if quoted && nearest(&name, &columns).is_none() {
            return failed(
                format!("there is no column '{name}'"),
                format!("text stands in single quotes: '{name}'"),
            );
        }
        return QueryError::unknown_column(&name, columns);
    }
    let (reason, hint) = advice(reason);
    QueryError::Sql { reason, hint }
}

fn failed(reason: String, hint: String) -> QueryError {
    QueryError::Sql { reason, hint: Some(hint) }
}

/// The name that polars did not find among the columns.
fn missing_column(reason: &str) -> Option<String> {
    let starts = ["unable to find column \"", "no column named '", "not found: \"", "not found: "];
    let reason = reason
        .strip_prefix("not found: ")
        .filter(|rest| rest.starts_with("unable"))
        .unwrap_or(reason);
    let rest = starts.iter().find_map(|start| reason.strip_prefix(start))?;
    rest.split(['"', '\'', ' ', ';']).next().map(str::to_owned)
}

/// The reason in a person's words, and what to do about it.
fn advice(reason: &str) -> (String, Option<String>) {
    let own = |text: &str| Some(text.to_owned());
    let quotes = "text stands in single quotes ('ok'), numbers in none; cast(COLUMN as double) makes a number";
    let example = "for example: select path, notes from self order by notes desc limit 5";
    let has = |part: &str| reason.contains(part);
    if let Some(rest) = reason.strip_prefix("sql parser error: ") {
        let hint = match rest.to_lowercase().contains("found: group") {
            true => {
                "group is a word of SQL: the column of that name is \"group\", in double quotes"
            }
            false => example,
        };
        return (format!("this is no SQL: {}", parsed(rest)), own(hint));
    }
    if let Some(name) = quoted(reason, "relation '") {
        return (
            format!("there is no table '{name}'"),
            own("the table is called self: select ... from self"),
        );
    }
    if let Some(name) = quoted(reason, "unsupported function '") {
        let hint = match nearest(&name, FUNCTIONS) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("there are {}", FUNCTIONS.join(", ")),
        };
        return (format!("there is no function '{name}'"), Some(hint));
    }
    if reason.starts_with("statement type") {
        return ("a table is only read here".to_owned(), own("a query begins with select or with"));
    }
    if has("one (and only one) statement") {
        return ("this is not one query".to_owned(), own(example));
    }
    if has("subquery") || reason.starts_with("expression ") {
        let hint = "name an intermediate result: with best as (select ...) select ... from self join best on ...";
        return ("polars' SQL cannot compute one of the expressions".to_owned(), own(hint));
    }
    let types = [
        "cannot compare string",
        "expected String type",
        "on string and numeric",
        "not supported for dtype",
        "dtype: expected",
    ];
    if types.iter().any(|part| has(part)) {
        return (reason.to_owned(), own(quotes));
    }
    if reason.starts_with("conversion from") {
        let short = reason.split(" failed in column").next().unwrap_or(reason).replace('`', "");
        return (format!("{short} fails for some rows"), own("try_cast(...) leaves those empty"));
    }
    (reason.to_owned(), None)
}

/// What stands between `start` and the next quote.
fn quoted(reason: &str, start: &str) -> Option<String> {
    let (_, rest) = reason.split_once(start)?;
    rest.split('\'').next().map(str::to_owned)
}

/// `Expected: an SQL statement, found: selct at Line: 1, Column: 1` in words.
fn parsed(reason: &str) -> String {
    let text = reason.replace("Expected: ", "expected ").replace("found: EOF", "found its end");
    let text = text.replace("found: ", "found ").replace(" before EOF.", " before its end");
    let text = text.replace("Unterminated string literal", "a text in single quotes does not end,");
    text.replace("at Line: 1, Column: ", "at column ")
        .replace("at Line: ", "at line ")
        .replace(", Column: ", ", column ")
}
