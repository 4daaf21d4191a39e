//! FROM: tables, results of WITH, subqueries, VALUES, joins.

use sqlparser::ast::{
    Expr, Ident, JoinOperator, ObjectName, Query, TableAlias, TableFactor, TableWithJoins,
};

use super::super::error::QueryError;
use super::super::load::Loaded;
use super::Engine;
use super::join::{Side, conjuncts};
use super::names::Bound;
use super::refusal::{error, refuse, shown};
use super::relation::Relation;
use crate::text::suggest::did_you_mean;

const FILES: &str = "name a file by --with NAME=FILE, then select ... from NAME";

impl Engine<'_> {
    /// The relation of `tables`, joined. Conditions of `selection` limit the product of several tables early.
    pub(super) fn from(
        &self,
        tables: &[TableWithJoins],
        selection: Option<&Expr>,
    ) -> Result<Relation, QueryError> {
        let mut conditions = Vec::new();
        if let Some(selection) = selection {
            conjuncts(selection, &mut conditions);
        }
        let mut joined: Option<Relation> = None;
        for table in tables {
            let relation = self.joined(table)?;
            joined = Some(match joined {
                None => relation,
                Some(left) => self.product(left, relation, &conditions)?,
            });
        }
        // Without FROM, there is one row.
        joined.map_or_else(|| Relation::new(1, Vec::new(), Vec::new()), Ok)
    }

    fn joined(&self, table: &TableWithJoins) -> Result<Relation, QueryError> {
        let mut left = self.table(&table.relation)?;
        for join in &table.joins {
            let right = self.table(&join.relation)?;
            use JoinOperator as J;
            let (side, constraint) = match &join.join_operator {
                J::Join(constraint) | J::Inner(constraint) => (Side::Inner, constraint),
                J::Left(constraint) | J::LeftOuter(constraint) => (Side::Left, constraint),
                J::Right(constraint) | J::RightOuter(constraint) => (Side::Right, constraint),
                J::FullOuter(constraint) => (Side::Full, constraint),
                J::CrossJoin(constraint) => (Side::Inner, constraint),
                J::Semi(constraint) | J::LeftSemi(constraint) => (Side::Semi, constraint),
                J::Anti(constraint) | J::LeftAnti(constraint) => (Side::Anti, constraint),
                _ => {
                    return Err(refuse(
                        join,
                        "there are inner, left, right, full, cross, semi and anti joins",
                    ));
                }
            };
            left = self.join(left, right, side, constraint)?;
        }
        Ok(left)
    }

    fn table(&self, factor: &TableFactor) -> Result<Relation, QueryError> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                with_hints,
                version: None,
                with_ordinality: false,
                partitions,
                json_path: None,
                sample: None,
                index_hints,
            } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => {
                let relation = self.named_table(name)?;
                let name = table_name(name).unwrap_or_default();
                self.renamed(relation, &name, alias.as_ref())
            }
            TableFactor::Table { args: Some(_), .. }
            | TableFactor::TableFunction { .. }
            | TableFactor::Function { .. } => Err(refuse(factor, FILES)),
            TableFactor::Table { sample: Some(_), .. } => Err(refuse(
                factor,
                "answers are reproducible: order by digest limit 10 gives an arbitrary choice",
            )),
            TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let relation = self.isolated(subquery)?;
                self.renamed(relation, "", alias.as_ref())
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.joined(table_with_joins)
            }
            TableFactor::UNNEST { .. } => Err(refuse(
                factor,
                "unnest in the select list: select unnest(list) as value, path from self",
            )),
            other => Err(refuse(other, "tables are named, or subqueries in brackets")),
        }
    }

    /// Answers a subquery of FROM, which sees no columns of the queries around it.
    fn isolated(&self, query: &Query) -> Result<Relation, QueryError> {
        let outer = std::mem::take(&mut *self.outer.borrow_mut());
        let answer = self.query(query);
        *self.outer.borrow_mut() = outer;
        answer
    }

    fn named_table(&self, name: &ObjectName) -> Result<Relation, QueryError> {
        let wanted = table_name(name).ok_or_else(|| refuse(name, "a table has one name: self"))?;
        let same = |known: &str| known.to_lowercase() == wanted.to_lowercase();
        if let Some((_, relation)) = self.named.borrow().iter().rev().find(|(known, _)| same(known))
        {
            return Ok((**relation).clone());
        }
        if let Some((known, table)) = self.tables.iter().find(|(known, _)| same(known)) {
            let is_wanted = |name: &str| {
                self.wanted.as_ref().is_none_or(|wanted| wanted.contains(&name.to_lowercase()))
            };
            let all: Vec<String> = table.columns().iter().map(|(name, _)| name.clone()).collect();
            let names: Vec<&str> =
                all.iter().map(String::as_str).filter(|name| is_wanted(name)).collect();
            let mut relation = self.loaded(known, table.load(Some(&names))?)?;
            relation.known = all;
            return Ok(relation);
        }
        let mut names: Vec<String> = self.tables.iter().map(|(name, _)| name.clone()).collect();
        names.extend(self.named.borrow().iter().map(|(name, _)| name.clone()));
        let hint = did_you_mean(&wanted, &names).unwrap_or_else(|| match names.len() {
            1 => "the table is called self: select ... from self; --with NAME=FILE adds others"
                .to_owned(),
            _ => format!("there are {}; --with NAME=FILE adds others", names.join(", ")),
        });
        Err(error(format!("there is no table '{}'", shown(&wanted)), &hint))
    }

    /// The relation of a file's columns.
    pub(super) fn loaded(&self, table: &str, data: Loaded) -> Result<Relation, QueryError> {
        let rows = data.rows();
        let (mut columns, mut bound) = (Vec::new(), Vec::new());
        for mut column in data.into_columns() {
            let name = column.name().to_string();
            let fresh = self.labelled_column(&name);
            column.rename(fresh.as_str().into());
            columns.push(column);
            bound.push(Bound { table: table.to_owned(), name, column: fresh, is_merged: false });
        }
        Relation::new(rows, columns, bound)
    }

    /// The same rows as the table `name` or its alias, in new columns: a table may be joined with itself.
    pub(super) fn renamed(
        &self,
        relation: Relation,
        name: &str,
        alias: Option<&TableAlias>,
    ) -> Result<Relation, QueryError> {
        let table = alias.map_or(name, |alias| alias.name.value.as_str());
        let names: Vec<&Ident> =
            alias.iter().flat_map(|alias| &alias.columns).map(|column| &column.name).collect();
        if names.len() > relation.bound.len() {
            let reason = format!(
                "`{}` names {} columns, but there are {}",
                shown(table),
                names.len(),
                relation.bound.len()
            );
            return Err(error(reason, "name at most as many columns as the table has"));
        }
        let (mut columns, mut bound) = (Vec::new(), Vec::new());
        for (place, old) in relation.bound.iter().enumerate() {
            let fresh = self.labelled_column(&old.name);
            let mut column = relation
                .frame
                .column(&old.column)
                .cloned()
                .map_err(|error| QueryError::computation(error.to_string()))?;
            column.rename(fresh.as_str().into());
            columns.push(column);
            let name = names.get(place).map_or_else(|| old.name.clone(), |name| name.value.clone());
            bound.push(Bound { table: table.to_owned(), name, column: fresh, is_merged: false });
        }
        let known = if names.is_empty() {
            relation.known
        } else {
            bound.iter().map(|bound| bound.name.clone()).collect()
        };
        let mut renamed = Relation::new(relation.frame.height(), columns, bound)?;
        renamed.known = known;
        Ok(renamed)
    }
}

/// The name of a table, without the schema `main`.
fn table_name(name: &ObjectName) -> Option<String> {
    let parts: Option<Vec<&Ident>> = name.0.iter().map(|part| part.as_ident()).collect();
    match &parts?[..] {
        [only] => Some(only.value.clone()),
        [schema, name] if schema.value.eq_ignore_ascii_case("main") => Some(name.value.clone()),
        _ => None,
    }
}
