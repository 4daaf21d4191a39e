//! What the names in an expression mean: columns, aliases of the select list, named windows.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName,
    ObjectNamePart, Query, UnaryOperator, VisitMut, VisitorMut, WindowSpec, WindowType,
};

use super::super::error::QueryError;
use super::refusal::{error, refuse, shown};
use crate::text::suggest::nearest;

/// A column that a name can mean.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// The table's name or alias; empty for a computed column.
    pub table: String,
    /// The column's name.
    pub name: String,
    /// The column of the frame.
    pub column: String,
    /// Whether only `table.name` means it, since USING merged it with another.
    pub is_merged: bool,
}

/// The names that an expression can use.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    /// Columns.
    pub bound: &'a [Bound],
    /// Names of all columns, for suggestions.
    pub known: &'a [String],
    /// Aliases of the select list, with their bound expressions.
    pub aliases: &'a [(String, Expr)],
    /// Windows named by WINDOW.
    pub windows: &'a [(String, WindowSpec)],
}

/// The expression that means the column `name` of a frame.
pub(super) fn column_expr(name: &str) -> Expr {
    Expr::Identifier(Ident::with_quote('`', name))
}

/// The name of the column of a frame that `expr` means.
pub(super) fn column_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Identifier(ident) => Some(&ident.value),
        _ => None,
    }
}

impl Names<'_> {
    /// The same expression with columns of the frame for names, aliases replaced, brackets removed and functions in
    /// lower case: equal expressions have equal texts. Subqueries stay as they are.
    pub(super) fn bind(&self, expr: &Expr) -> Result<Expr, QueryError> {
        let mut bound = expr.clone();
        let mut binder = Binder { names: self, depth: 0 };
        match bound.visit(&mut binder) {
            ControlFlow::Continue(()) => Ok(bound),
            ControlFlow::Break(error) => Err(error),
        }
    }

    /// The column that `table.name` means; `None` if there is none.
    pub(super) fn column(
        &self,
        table: Option<&str>,
        name: &str,
    ) -> Result<Option<&Bound>, QueryError> {
        let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
        let of_table = |bound: &&Bound| match table {
            Some(table) => same(&bound.table, table),
            None => !bound.is_merged,
        };
        let mut found: Vec<&Bound> =
            self.bound.iter().filter(of_table).filter(|bound| same(&bound.name, name)).collect();
        if found.iter().any(|bound| bound.name == name) {
            found.retain(|bound| bound.name == name);
        }
        match &found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only)),
            [first, second, ..] if first.table != second.table => {
                let hint = format!("write {}.{name} or {}.{name}", first.table, second.table);
                Err(error(format!("`{name}` is a column of several tables"), &hint))
            }
            [..] => {
                Err(error(format!("there are several columns `{name}`"), "rename them with as"))
            }
        }
    }

    fn alias(&self, name: &str) -> Option<&Expr> {
        let same = |alias: &str| alias.to_lowercase() == name.to_lowercase();
        self.aliases.iter().find(|(alias, _)| same(alias)).map(|(_, expr)| expr)
    }

    fn name(&self, ident: &Ident) -> Result<Expr, QueryError> {
        if let Some(bound) = self.column(None, &ident.value)? {
            return Ok(column_expr(&bound.column));
        }
        match self.alias(&ident.value) {
            Some(expr) => Ok(expr.clone()),
            None => Err(self.unknown(ident)),
        }
    }

    fn unknown(&self, ident: &Ident) -> QueryError {
        let known = self.known.to_vec();
        if known.is_empty() {
            let reason = format!("there is no column '{}'", shown(&ident.value));
            return error(reason, "columns are those of a table: select ... from self");
        }
        // In SQL, double quotes name a column; if no column is similar, a text was meant.
        if ident.quote_style == Some('"') && nearest(&ident.value, &known).is_none() {
            let hint = format!("text is in single quotes: '{}'", shown(&ident.value));
            return error(format!("there is no column '{}'", shown(&ident.value)), &hint);
        }
        QueryError::unknown_column(&ident.value, known)
    }

    fn path(&self, path: &[Ident]) -> Result<Expr, QueryError> {
        let [table, name] = path else {
            return Err(refuse(Expr::CompoundIdentifier(path.to_vec()), "write TABLE.COLUMN"));
        };
        if let Some(bound) = self.column(Some(&table.value), &name.value)? {
            return Ok(column_expr(&bound.column));
        }
        let is_table = |bound: &Bound| bound.table.to_lowercase() == table.value.to_lowercase();
        if self.bound.iter().any(is_table) || self.bound.is_empty() {
            return Err(self.unknown(name));
        }
        let mut tables: Vec<&str> = self.bound.iter().map(|bound| bound.table.as_str()).collect();
        tables.dedup();
        let hint = format!("the tables here are {}", tables.join(", "));
        Err(error(format!("there is no table '{}' here", shown(&table.value)), &hint))
    }

    fn window(&self, window: &WindowType) -> Result<WindowType, QueryError> {
        let named = |name: &Ident| {
            let same = |known: &str| known.to_lowercase() == name.value.to_lowercase();
            let found = self.windows.iter().find(|(known, _)| same(known));
            let hint = "window NAME as (partition by ... order by ...) follows from and where";
            found
                .map(|(_, spec)| spec.clone())
                .ok_or_else(|| error(format!("there is no window '{}'", shown(name)), hint))
        };
        Ok(WindowType::WindowSpec(match window {
            WindowType::NamedWindow(name) => named(name)?,
            WindowType::WindowSpec(spec) => match &spec.window_name {
                None => spec.clone(),
                Some(name) => {
                    let base = named(name)?;
                    let or = |own: &Vec<_>, other: Vec<_>| {
                        if own.is_empty() { other } else { own.clone() }
                    };
                    WindowSpec {
                        window_name: None,
                        partition_by: match spec.partition_by.is_empty() {
                            true => base.partition_by,
                            false => spec.partition_by.clone(),
                        },
                        order_by: or(&spec.order_by, base.order_by),
                        window_frame: spec.window_frame.clone().or(base.window_frame),
                    }
                }
            },
        }))
    }
}

/// Rewrites an expression; see [`Names::bind`].
struct Binder<'a, 'b> {
    names: &'a Names<'b>,
    /// Number of subqueries around the current expression.
    depth: usize,
}

impl Binder<'_, '_> {
    fn rewritten(&self, expr: &Expr) -> Result<Option<Expr>, QueryError> {
        Ok(match expr {
            Expr::Identifier(ident) => Some(self.names.name(ident)?),
            Expr::CompoundIdentifier(path) => Some(self.names.path(path)?),
            Expr::Nested(inner) => Some((**inner).clone()),
            Expr::Function(function) => {
                let mut function = function.clone();
                let name = function.name.to_string().to_lowercase();
                function.name = ObjectName(vec![ObjectNamePart::Identifier(Ident::new(name))]);
                // count(self.*) counts rows like count(*).
                if let FunctionArguments::List(list) = &mut function.args {
                    for argument in &mut list.args {
                        if let FunctionArg::Unnamed(inner @ FunctionArgExpr::QualifiedWildcard(_)) =
                            argument
                        {
                            *inner = FunctionArgExpr::Wildcard;
                        }
                    }
                }
                Some(Expr::Function(function))
            }
            _ => None,
        })
    }
}

impl VisitorMut for Binder<'_, '_> {
    type Break = QueryError;

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<QueryError> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<QueryError> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        if let Expr::Function(function) = expr
            && let Some(window) = &function.over
        {
            match self.names.window(window) {
                Ok(window) => function.over = Some(window),
                Err(error) => return ControlFlow::Break(error),
            }
        }
        // The sign binds tighter than the power here: -2 ^ 2 is 4.
        if let Expr::UnaryOp { op: op @ (UnaryOperator::Minus | UnaryOperator::Plus), expr: inner } =
            expr
            && let Expr::BinaryOp {
                left,
                op: power @ (BinaryOperator::BitwiseXor | BinaryOperator::PGExp),
                right,
            } = &**inner
        {
            let left = Expr::UnaryOp { op: *op, expr: left.clone() };
            *expr =
                Expr::BinaryOp { left: Box::new(left), op: power.clone(), right: right.clone() };
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<QueryError> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        match self.rewritten(expr) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(rewritten)) => {
                *expr = rewritten;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}
