//! SQL, translated to polars.
//!
//! Polars holds the tables and computes expressions, filters, joins and sorts. What a query means is decided here: the
//! syntax tree is translated construct by construct. A construct without a rule is refused by its name, so that an
//! answer is either the one that DuckDB gives or an error. (polars-sql computes much of SQL with other rules, silently:
//! rounding, windows, nulls, aliases, patterns.) The few differences from DuckDB are listed in `data/README.md`.
//!
//! One SELECT runs in stages, each on its own frame: FROM, WHERE, groups, HAVING, windows, the select list, QUALIFY,
//! DISTINCT, ORDER BY, LIMIT. Between stages an expression that is computed already is replaced by its column
//! (`Translator::computed`).

mod aggregate;
mod cast;
mod compare;
mod expression;
mod from;
mod functions;
mod group;
mod items;
mod join;
mod kind;
mod literal;
mod names;
mod operators;
mod order;
mod pattern;
mod query;
mod refusal;
mod relation;
mod select;
mod set_operation;
mod statistics;
mod subquery;
mod syntax;
mod typed;
mod window;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::Table;
use super::error::QueryError;
use super::frame::{Column, Format, Frame};
use super::load::Loaded;
use crate::text::sanitize;
use names::{Bound, Names};
use relation::{Relation, evaluate_values};

pub(in crate::columnar::query) use kind::Kind;
pub(in crate::columnar::query) use syntax::columns_of;

/// The tables of a query, by name.
pub type Tables<'a> = [(String, &'a Table)];

/// Answers queries over some tables.
struct Engine<'a> {
    tables: &'a Tables<'a>,
    /// Results of WITH, the innermost last.
    named: RefCell<Vec<(String, Rc<Relation>)>>,
    /// Names of columns that the query mentions, in lower case; `None`: all columns are needed.
    wanted: Option<BTreeSet<String>>,
    /// Columns of the queries around a subquery.
    outer: RefCell<Vec<Vec<Bound>>>,
    /// Number of columns named so far.
    columns: Cell<usize>,
    /// What the query calls the columns of frames.
    labels: RefCell<HashMap<String, String>>,
}

impl Engine<'_> {
    /// A name that no column has.
    fn new_column(&self) -> String {
        let number = self.columns.get();
        self.columns.set(number + 1);
        format!("\u{1}{number}")
    }

    /// A name that no column has, for a column that the query calls `label`.
    fn labelled_column(&self, label: &str) -> String {
        let name = self.new_column();
        self.labels.borrow_mut().insert(name.clone(), label.to_owned());
        name
    }

    /// The error with the query's names for columns.
    fn relabel(&self, error: QueryError) -> QueryError {
        let QueryError::Sql { reason, hint } = error else {
            return error;
        };
        let labels = self.labels.borrow();
        let mut parts = reason.split('\u{1}');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, rest) = part.split_at(digits);
            let label = labels.get(&format!("\u{1}{number}"));
            text += &sanitize(label.map_or("", String::as_str));
            text += rest;
        }
        QueryError::Sql { reason: text, hint }
    }
}

/// Answers `query` over `tables`.
///
/// # Errors
/// Returns an error that names what is wrong or not supported.
pub(super) fn answer(query: &str, tables: &Tables<'_>) -> Result<Frame, QueryError> {
    let statement = syntax::query(query)?;
    let engine = Engine {
        tables,
        named: RefCell::default(),
        wanted: syntax::wanted(query),
        outer: RefCell::default(),
        columns: Cell::default(),
        labels: RefCell::default(),
    };
    let answer = engine.query(&statement).map_err(|error| engine.relabel(error))?;
    let columns = answer.values()?.into_iter().zip(&answer.bound);
    let mut names: Vec<String> = Vec::new();
    let columns = columns.map(|((_, values), bound)| {
        let name = distinct_name(&bound.name, &names);
        names.push(name.clone());
        Column { name, values, format: Format::Plain }
    });
    Ok(Frame::new(columns.collect()))
}

/// `name`, or with a number if there is such a column: JSON objects have no two members of one name.
fn distinct_name(name: &str, taken: &[String]) -> String {
    let numbered = |number: usize| match number {
        0 => name.to_owned(),
        number => format!("{name}_{number}"),
    };
    let mut names = (0..).map(numbered);
    names.find(|name| !taken.contains(name)).unwrap_or_else(|| name.to_owned())
}

/// Returns the indices of the rows of `data` that meet `condition`, in which the columns are `names`.
///
/// # Errors
/// Returns an error if it is not a condition over these columns.
pub(super) fn matching_rows(
    condition: &str,
    data: Loaded,
    names: &[String],
) -> Result<Vec<usize>, QueryError> {
    let expr = syntax::condition(condition)?;
    if syntax::has_subquery(&expr) {
        let hint = "a condition tests the columns of one row";
        return Err(refusal::refuse("a subquery in a condition", hint));
    }
    let engine = Engine {
        tables: &[],
        named: RefCell::default(),
        wanted: None,
        outer: RefCell::default(),
        columns: Cell::default(),
        labels: RefCell::default(),
    };
    let mut relation = engine.loaded("self", data)?;
    relation.known = names.to_vec();
    let scope =
        Names { bound: &relation.bound, known: &relation.known, aliases: &[], windows: &[] };
    let bound = scope.bind(&expr)?;
    let translator = expression::Translator::new(&engine, relation.frame.schema(), &[], scope);
    let condition = translator.translate(&bound).map_err(|error| engine.relabel(error))?;
    if !matches!(condition.kind, Kind::Bool | Kind::Null) {
        let reason = format!("it must be true or false for a row, but this is {}", condition.kind);
        return Err(QueryError::computation(reason));
    }
    let answers = evaluate_values(&relation.frame, vec![condition])?;
    let answers = answers.first().into_iter().flatten().enumerate();
    Ok(answers.filter(|(_, answer)| answer.truth() == Some(true)).map(|(row, _)| row).collect())
}
