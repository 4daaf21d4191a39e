//! Scalar functions. A function that is not listed here is refused, with the nearest name that is.

mod list;
mod math;
mod text;

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::aggregate;
use super::expression::Translator;
use super::kind::Kind;
use super::operators::{self, unified};
use super::refusal::{error, refuse, shown};
use super::typed::{Typed, rowwise};
use crate::text::suggest::nearest;

pub(super) use math::round;

/// Functions for a table of songs, for the error about an unknown one; the manual lists all.
const FUNCTIONS: &str = "abs any_value arg_max arg_min array_agg avg bool_and bool_or ceil coalesce concat concat_ws contains \
     corr count count_if ends_with exp first floor greatest if ifnull instr last least left len length ln log log10 lower \
     lpad ltrim max max_by median min mod mode nullif pow power quantile_cont quantile_disc regexp_extract \
     regexp_matches regexp_replace repeat replace reverse right round rpad rtrim sign split_part sqrt starts_with stddev \
     string_agg string_split strpos substr substring sum trim trunc upper variance";

/// Functions that other engines have, and why not here.
const REFUSED: [(&str, &str); 12] = [
    ("now", "answers depend on the table alone"),
    ("current_date", "answers depend on the table alone"),
    ("current_timestamp", "answers depend on the table alone"),
    ("today", "answers depend on the table alone"),
    ("random", "answers are reproducible: order by digest gives an arbitrary order"),
    ("date_part", "dates are not supported; left(COLUMN, 4) is the year of '2020-05-01'"),
    ("strftime", "dates are not supported; left(COLUMN, 7) is the month of '2020-05-01'"),
    ("strptime", "dates are not supported; texts like '2020-05-01' compare in the order of time"),
    ("to_timestamp", "dates are not supported"),
    ("histogram", "group by the column and count"),
    ("columns", "name the columns, or write * exclude (...)"),
    (
        "unnest",
        "select unnest(LIST) from self: the select list has one unnest, and it is a whole item",
    ),
];

/// The arguments of a call that has only expressions.
pub(super) fn plain_arguments(function: &Function) -> Result<Vec<&Expr>, QueryError> {
    let whole = || refuse(function, "its arguments are expressions, separated by commas");
    let list = match &function.args {
        FunctionArguments::None => return Ok(Vec::new()),
        FunctionArguments::List(list) => list,
        FunctionArguments::Subquery(_) => return Err(whole()),
    };
    list.args
        .iter()
        .map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
            _ => Err(whole()),
        })
        .collect()
}

impl Translator<'_> {
    /// Calls the function `name` on expressions.
    pub(super) fn call(&self, name: &str, arguments: &[&Expr]) -> Result<Typed, QueryError> {
        let arguments: Result<_, _> =
            arguments.iter().map(|argument| self.translate(argument)).collect();
        self.call_on(name, arguments?)
    }

    pub(super) fn function(&self, function: &Function) -> Result<Typed, QueryError> {
        let name = function.name.to_string().to_lowercase();
        if function.over.is_some() {
            return Err(refuse(
                function,
                "window functions are in select, qualify and order by, and not in one another",
            ));
        }
        if aggregate::is_aggregate(function) {
            return Err(refuse(
                function,
                "aggregates are in select, having and order by, and not in one another",
            ));
        }
        let has_clauses = match &function.args {
            FunctionArguments::List(list) => {
                !list.clauses.is_empty() || list.duplicate_treatment.is_some()
            }
            _ => false,
        };
        let is_plain = function.filter.is_none()
            && function.within_group.is_empty()
            && function.null_treatment.is_none();
        if has_clauses || !is_plain {
            return Err(refuse(function, "distinct, order by and filter are for aggregates"));
        }
        if name == "if" || name == "iff" {
            return self.conditional(&plain_arguments(function)?);
        }
        self.call(&name, &plain_arguments(function)?)
    }

    fn conditional(&self, arguments: &[&Expr]) -> Result<Typed, QueryError> {
        let [condition, then, otherwise] = arguments else {
            return Err(count_error("if", arguments.len(), "3"));
        };
        let branch =
            sqlparser::ast::CaseWhen { condition: (*condition).clone(), result: (*then).clone() };
        let case = Expr::Case {
            case_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            end_token: sqlparser::ast::helpers::attached_token::AttachedToken::empty(),
            operand: None,
            conditions: vec![branch],
            else_result: Some(Box::new((*otherwise).clone())),
        };
        self.translate(&case)
    }

    /// Calls the function `name`.
    pub(super) fn call_on(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed, QueryError> {
        if let Some((name, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(error(format!("the function `{name}` is not supported"), reason));
        }
        match name {
            "coalesce" | "ifnull" | "nvl" => {
                let values = unified(arguments, name)?;
                let kind = values.first().map_or(Kind::Null, |value| value.kind.clone());
                return rowwise(values, kind, |row| {
                    Ok(row
                        .iter()
                        .find(|value| **value != Value::Null)
                        .cloned()
                        .unwrap_or(Value::Null))
                });
            }
            "nullif" => {
                let [one, other] = two(arguments, name)?;
                let (kind, value) = (one.kind.clone(), one.clone());
                let (one, other) = operators::aligned(one, other)?;
                return rowwise(vec![one, other, value], kind, |row| {
                    let is_same =
                        row[0] != Value::Null && super::compare::compare(&row[0], &row[1]).is_eq();
                    Ok(if is_same { Value::Null } else { row[2].clone() })
                });
            }
            "greatest" | "least" => {
                let is_greatest = name == "greatest";
                let values = unified(arguments, name)?;
                let kind = values.first().map_or(Kind::Null, |value| value.kind.clone());
                return rowwise(values, kind, move |row| {
                    let values = row.iter().filter(|value| **value != Value::Null);
                    let best = match is_greatest {
                        true => values.max_by(|one, other| super::compare::compare(one, other)),
                        false => values.min_by(|one, other| super::compare::compare(one, other)),
                    };
                    Ok(best.cloned().unwrap_or(Value::Null))
                });
            }
            _ => {}
        }
        let is_list = arguments.iter().any(|argument| matches!(argument.kind, Kind::List(_)));
        if let Some(result) = list::call(name, &arguments, is_list) {
            return result;
        }
        if let Some(result) = math::call(name, &arguments).or_else(|| text::call(name, &arguments))
        {
            return result;
        }
        let hint = match nearest(name, FUNCTIONS.split_whitespace()) {
            Some(near) => format!("did you mean '{near}'?"),
            None => {
                format!("there are {}", FUNCTIONS.split_whitespace().collect::<Vec<_>>().join(", "))
            }
        };
        Err(error(format!("there is no function '{}'", shown(name)), &hint))
    }
}

/// `argument` if it is text.
pub(super) fn text_argument(argument: Typed, function: &str) -> Result<Typed, QueryError> {
    match argument.kind {
        Kind::Text => Ok(argument),
        Kind::Null => Ok(Typed::null(Kind::Text)),
        kind => Err(error(
            format!("{function} takes text, but this is {kind}"),
            "cast(COLUMN as varchar) makes a text",
        )),
    }
}

fn count_error(function: &str, found: usize, expected: &str) -> QueryError {
    let plural = if expected == "1" { "argument" } else { "arguments" };
    error(
        format!("{function} takes {expected} {plural}, found {found}"),
        "arguments are separated by commas",
    )
}

fn two(arguments: Vec<Typed>, function: &str) -> Result<[Typed; 2], QueryError> {
    let found = arguments.len();
    arguments.try_into().map_err(|_| count_error(function, found, "2"))
}
