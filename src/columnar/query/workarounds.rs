//! Workarounds for polars 0.46, all of them here: it computes `count(*)` wrongly, panics on some queries, and its
//! errors quote syntax trees and Rust types but say nothing about a fix. It has no error codes, so the texts of its
//! errors are matched; an unknown text is shown as it is. The tests in `query::tests` fail if a new release changes
//! the texts.

use std::panic::AssertUnwindSafe;

use polars::prelude::PolarsResult;

use super::error::QueryError;
use crate::text::{sanitize, suggest::nearest, truncate_middle};

/// Columns of a reason: some quote the query's whole syntax tree, or values of the table.
const MAX_REASON: usize = 240;

/// Functions for a table of songs; the whole list is in polars' documentation.
const FUNCTIONS: &str = "abs avg ceil coalesce concat count first floor greatest if ifnull last least left length ln \
     log10 lower ltrim max median min mod quantile_cont regexp_like replace right round starts_with stddev strpos \
     substr sum upper";

const EXAMPLE: &str = "for example: select path, notes from self order by notes desc limit 5";
const QUOTES: &str = "text is in single quotes ('ok'), numbers are not quoted; cast(COLUMN as double) makes a number";
const WITH: &str =
    "name an intermediate result: with best as (select ...) select ... from self join best on ...";

/// A part of polars' reason, a clearer reason (empty: keep polars'), and how to fix it.
const ADVICE: [(&str, &str, &str); 9] = [
    ("statement type", "tables are only read here", "a query begins with select or with"),
    ("one (and only one) statement", "this is not one query", EXAMPLE),
    ("cannot compare string", "", QUOTES),
    ("expected String type", "", QUOTES),
    ("on string and numeric", "", QUOTES),
    ("not supported for dtype", "", QUOTES),
    ("dtype: expected", "", QUOTES),
    ("subquery", "polars' SQL cannot compute one of the expressions", WITH),
    ("expression ", "polars' SQL cannot compute one of the expressions", WITH),
];

/// Parts of the parser's errors and clearer ones.
const PARSER_TERMS: [(&str, &str); 8] = [
    ("Expected: ", "expected "),
    ("found: EOF", "found its end"),
    ("found: ", "found "),
    (" before EOF.", " before its end"),
    ("Unterminated string literal", "a text in single quotes does not end,"),
    ("at Line: 1, Column: ", "at column "),
    ("at Line: ", "at line "),
    (", Column: ", ", column "),
];

/// Runs polars; an error is its first line, since the rest is the query plan. A panic is an error, too.
pub(super) fn run_polars<T>(compute: impl FnOnce() -> PolarsResult<T>) -> Result<T, String> {
    let reason = |text: String| {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty());
        truncate_middle(&sanitize(line.unwrap_or("polars gives no reason")), MAX_REASON)
            .into_owned()
    };
    match std::panic::catch_unwind(AssertUnwindSafe(compute)) {
        Ok(result) => result.map_err(|error| reason(error.to_string())),
        Err(_) => Err("polars does not support this query".to_owned()),
    }
}

/// The error of a failed `query`, given polars' `reason` and the table's `columns`.
pub(super) fn explain_error(query: &str, reason: &str, columns: Vec<String>) -> QueryError {
    let error = |reason: String, hint: String| QueryError::Sql { reason, hint: Some(hint) };
    if let Some(name) = missing_column(reason).filter(|name| !columns.contains(name)) {
        // In SQL, double quotes name a column; if no column is similar, a text was meant.
        if query.contains(&format!("\"{name}\"")) && nearest(&name, &columns).is_none() {
            let hint = format!("text is in single quotes: '{name}'");
            return error(format!("there is no column '{name}'"), hint);
        }
        return QueryError::unknown_column(&name, columns);
    }
    if let Some(rest) = reason.strip_prefix("sql parser error: ") {
        let hint = match rest.to_lowercase().contains("found: group") {
            true => {
                "group is a word of SQL: the column of that name is \"group\", in double quotes"
            }
            false => EXAMPLE,
        };
        let clear = |text: String, &(old, new): &(&str, &str)| text.replace(old, new);
        let rest = PARSER_TERMS.iter().fold(rest.to_owned(), clear);
        return error(format!("this is not SQL: {rest}"), hint.to_owned());
    }
    if let Some(name) = between(reason, "relation '", '\'') {
        let hint = "the table is called self: select ... from self".to_owned();
        return error(format!("there is no table '{name}'"), hint);
    }
    if let Some(name) = between(reason, "unsupported function '", '\'') {
        let hint = match nearest(name, FUNCTIONS.split(' ')) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("there are {}", FUNCTIONS.replace(' ', ", ")),
        };
        return error(format!("there is no function '{name}'"), hint);
    }
    if reason.starts_with("conversion from") {
        let short = reason.split(" failed in column").next().unwrap_or(reason).replace('`', "");
        let hint = "try_cast(...) leaves those empty".to_owned();
        return error(format!("{short} fails for some rows"), hint);
    }
    match ADVICE.iter().find(|(part, ..)| reason.contains(part)) {
        Some((_, "", hint)) => error(reason.to_owned(), (*hint).to_owned()),
        Some((_, clear, hint)) => error((*clear).to_owned(), (*hint).to_owned()),
        None => QueryError::Sql { reason: reason.to_owned(), hint: None },
    }
}

/// The name of the column that polars did not find.
fn missing_column(reason: &str) -> Option<String> {
    let starts = ["unable to find column \"", "no column named '", "not found: \"", "not found: "];
    let (_, rest) = starts.iter().find_map(|start| reason.split_once(start))?;
    rest.split(['"', '\'', ' ', ';']).next().map(str::to_owned)
}

/// The text after `start` and before the next `end`.
fn between<'a>(text: &'a str, start: &str, end: char) -> Option<&'a str> {
    text.split_once(start)?.1.split(end).next()
}

/// The query with each `count(*)` replaced by `count("column")`, of a column without nulls, called `count` unless it
/// is given a name. Without groups or windows, polars returns `count(*)` once per row of the table; queries with
/// either are right and unchanged.
pub(super) fn rewrite_count_star(query: &str, column: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let unquoted: Vec<&str> = query.split('\'').step_by(2).collect();
    let unquoted = unquoted.join(" ").to_lowercase();
    if unquoted.split(|c| !is_word(c)).any(|word| word == "group" || word == "over") {
        return query.to_owned();
    }
    let counted = format!("count(\"{}\")", column.replace('"', "\"\""));
    let (mut answer, mut quote) = (String::new(), None);
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            None if !answer.ends_with(is_word) => {
                if let Some(after) = after_count_star(rest) {
                    answer.push_str(&counted);
                    let next = after.trim_start().to_lowercase();
                    if next.starts_with(',') || next.starts_with("from") {
                        answer.push_str(" as count");
                    }
                    rest = after;
                    continue;
                }
            }
            Some(_) | None => {}
        }
        answer.push(c);
        rest = &rest[c.len_utf8()..];
    }
    answer
}

/// The text after a leading `count(*)`.
fn after_count_star(text: &str) -> Option<&str> {
    text.get(..5).filter(|head| head.eq_ignore_ascii_case("count"))?;
    ['(', '*', ')']
        .into_iter()
        .try_fold(&text[5..], |rest, mark| rest.trim_start().strip_prefix(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_of_all_rows_becomes_count_of_a_column() {
        let cases = [
            ("select count(*) from self", "select count(\"p\") as count from self"),
            ("select COUNT( * ) as n from self", "select count(\"p\") as n from self"),
            (
                "select 'count(*)', discount(*) from self",
                "select 'count(*)', discount(*) from self",
            ),
            ("select a, count(*) from self group by a", "select a, count(*) from self group by a"),
            ("select a from self", "select a from self"),
        ];
        for (query, expected) in cases {
            assert_eq!(rewrite_count_star(query, "p"), expected);
        }
    }
}
