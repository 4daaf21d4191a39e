//! Expressions of SQL as expressions of polars. Whatever is not listed here is refused by name.

use std::cell::RefCell;

use polars::prelude::{Expr as Computed, Schema, when};
use sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CeilFloorKind, Expr, Subscript, TrimWhereField,
    UnaryOperator, ValueWithSpan,
};

use super::super::error::QueryError;
use super::Engine;
use super::kind::Kind;
use super::literal;
use super::names::{Names, column_of};
use super::operators::{self, both, compared, negated, truth, unified};
use super::refusal::{error, refuse, shown};
use super::typed::Typed;

/// Why there are no dates.
const DATES: &str = "dates are not supported; texts like '2020-05-01' compare in the order of time";

/// Translates bound expressions (see [`Names::bind`]) over the rows of one frame.
pub(super) struct Translator<'a> {
    /// The engine, for subqueries.
    pub engine: &'a Engine<'a>,
    /// The frame's columns.
    pub schema: &'a Schema,
    /// Texts of expressions that a column of the frame holds already: keys, aggregates, windows.
    pub computed: &'a [(String, String)],
    /// The names outside of subqueries.
    pub names: Names<'a>,
    /// Conditions under which the value of the current expression matters: the branches of CASE around it.
    guards: RefCell<Vec<Typed>>,
}

impl<'a> Translator<'a> {
    /// A translator without guards.
    pub(super) fn new(
        engine: &'a Engine<'a>,
        schema: &'a Schema,
        computed: &'a [(String, String)],
        names: Names<'a>,
    ) -> Self {
        Self { engine, schema, computed, names, guards: RefCell::default() }
    }

    /// Translates a condition.
    pub(super) fn condition(&self, expr: &Expr) -> Result<Typed, QueryError> {
        truth(self.translate(expr)?)
    }

    /// Translates `expr`.
    ///
    /// # Errors
    /// Returns an error that names what is not supported.
    pub(super) fn translate(&self, expr: &Expr) -> Result<Typed, QueryError> {
        if !self.computed.is_empty() {
            let text = expr.to_string();
            if let Some((_, column)) = self.computed.iter().find(|(known, _)| *known == text) {
                return self.column(column);
            }
        }
        match expr {
            Expr::Identifier(_) => self.column(column_of(expr).unwrap_or_default()),
            Expr::Nested(inner) => self.translate(inner),
            Expr::Value(ValueWithSpan { value, .. }) => literal::constant(value),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr),
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::IsNull(inner) => self.is_null(inner),
            Expr::IsNotNull(inner) => negated(self.is_null(inner)?),
            Expr::IsUnknown(inner) => operators::is_null(self.condition(inner)?),
            Expr::IsNotUnknown(inner) => negated(operators::is_null(self.condition(inner)?)?),
            Expr::IsTrue(inner) => operators::is_truth(self.condition(inner)?, true),
            Expr::IsNotTrue(inner) => negated(operators::is_truth(self.condition(inner)?, true)?),
            Expr::IsFalse(inner) => operators::is_truth(self.condition(inner)?, false),
            Expr::IsNotFalse(inner) => negated(operators::is_truth(self.condition(inner)?, false)?),
            Expr::IsDistinctFrom(left, right) => negated(self.same(left, right)?),
            Expr::IsNotDistinctFrom(left, right) => self.same(left, right),
            Expr::Between { expr, negated: is_negated, low, high } => {
                let at_least = self.binary(expr, &BinaryOperator::GtEq, low)?;
                let at_most = self.binary(expr, &BinaryOperator::LtEq, high)?;
                let between = both(at_least, at_most)?;
                if *is_negated { negated(between) } else { Ok(between) }
            }
            Expr::InList { expr, list, negated } => self.in_list(expr, list, *negated),
            Expr::InSubquery { expr, subquery, negated } => {
                self.in_subquery(expr, subquery, *negated)
            }
            Expr::Exists { subquery, negated } => self.exists(subquery, *negated),
            Expr::Subquery(query) => self.scalar_subquery(query),
            Expr::AnyOp { left, compare_op, right, .. } => {
                self.quantified(left, compare_op, right, true)
            }
            Expr::AllOp { left, compare_op, right } => {
                self.quantified(left, compare_op, right, false)
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_ref(), false, *negated)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                self.like(expr, pattern, escape_char.as_ref(), true, *negated)
            }
            Expr::SimilarTo { negated, expr, pattern, escape_char: None } => {
                self.matches(expr, pattern, "^(?:", ")$", *negated)
            }
            Expr::RLike { negated, expr, pattern, .. } => {
                self.matches(expr, pattern, "", "", *negated)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref())
            }
            Expr::Cast { kind, expr, data_type, array: false, format: None } => {
                self.cast(kind, expr, data_type)
            }
            Expr::Function(function) => self.function(function),
            Expr::Ceil { expr, field } => self.rounded("ceil", expr, field),
            Expr::Floor { expr, field } => self.rounded("floor", expr, field),
            Expr::Position { expr, r#in } => self.call("strpos", &[r#in, expr]),
            Expr::Substring { expr, substring_from, substring_for, .. } => {
                let start = substring_from.as_deref().cloned();
                let start = start.unwrap_or_else(|| {
                    Expr::value(sqlparser::ast::Value::Number("1".into(), false))
                });
                match substring_for {
                    Some(length) => self.call("substr", &[expr, &start, length]),
                    None => self.call("substr", &[expr, &start]),
                }
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => self.trim(
                trim_where.as_ref(),
                trim_what.as_deref(),
                expr,
                trim_characters.as_deref(),
            ),
            Expr::Array(array) => {
                let items: Vec<&Expr> = array.elem.iter().collect();
                self.call("list_value", &items)
            }
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            Expr::TypedString(_)
            | Expr::Interval(_)
            | Expr::Extract { .. }
            | Expr::AtTimeZone { .. } => Err(refuse(expr, DATES)),
            Expr::Collate { .. } => Err(refuse(expr, "lower(COLUMN) ignores case")),
            Expr::Tuple(_) => Err(refuse(expr, "tuples are compared with =, <> and in")),
            other => Err(refuse(other, "the manual lists what queries can have: data/README.md")),
        }
    }

    fn column(&self, name: &str) -> Result<Typed, QueryError> {
        if let Some(data_type) = self.schema.get(name) {
            return Ok(Typed::column(name, Kind::of(data_type)));
        }
        let bound = self.names.bound.iter().find(|bound| bound.column == name);
        let shown = bound.map_or(name, |bound| bound.name.as_str());
        let reason = format!("`{shown}` is neither in GROUP BY nor in an aggregate");
        Err(error(reason, "add it to group by, or write any_value(COLUMN)"))
    }

    /// Conditions of the branches around the current expression, joined.
    pub(super) fn guarded(&self, argument: Typed) -> Typed {
        let guards = self.guards.borrow();
        if argument.constant.is_some() || guards.is_empty() {
            return argument;
        }
        let guard = guards.iter().map(|guard| guard.expr.clone()).reduce(Computed::and);
        match guard {
            None => argument,
            Some(guard) => {
                let null = Typed::null(argument.kind.clone()).expr;
                Typed::new(when(guard).then(argument.expr).otherwise(null), argument.kind)
            }
        }
    }

    fn unary(&self, op: UnaryOperator, inner: &Expr) -> Result<Typed, QueryError> {
        match op {
            UnaryOperator::Not => negated(self.condition(inner)?),
            UnaryOperator::Plus => operators::number(self.translate(inner)?, "+"),
            UnaryOperator::Minus => {
                let value = self.guarded(self.translate(inner)?);
                operators::arithmetic(literal::whole(0), &BinaryOperator::Minus, value)
            }
            UnaryOperator::BitwiseNot => operators::bit_not(self.translate(inner)?),
            other => Err(refuse(other, "there are functions instead, such as abs(x) and sqrt(x)")),
        }
    }

    fn binary(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Typed, QueryError> {
        use BinaryOperator as Op;
        match op {
            Op::And => both(self.condition(left)?, self.condition(right)?),
            Op::Or => operators::either(self.condition(left)?, self.condition(right)?),
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
                    return self.same_tuples(left, op, right);
                }
                if operators::is_comparison(left) || operators::is_comparison(right) {
                    let chain = Expr::BinaryOp {
                        left: Box::new(left.clone()),
                        op: op.clone(),
                        right: Box::new(right.clone()),
                    };
                    return Err(refuse(
                        chain,
                        "join comparisons with and: 100 < tempo and tempo < 120",
                    ));
                }
                compared(self.translate(left)?, op, self.translate(right)?)
            }
            Op::Spaceship => self.same(left, right),
            Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Divide
            | Op::Modulo
            | Op::DuckIntegerDivide => {
                let (left, right) =
                    (self.guarded(self.translate(left)?), self.guarded(self.translate(right)?));
                operators::arithmetic(left, op, right)
            }
            Op::BitwiseXor | Op::PGExp => self.call("pow", &[left, right]),
            Op::BitwiseAnd | Op::BitwiseOr | Op::PGBitwiseShiftLeft | Op::PGBitwiseShiftRight => {
                operators::bits(self.translate(left)?, op, self.translate(right)?)
            }
            Op::StringConcat => operators::joined(self.translate(left)?, self.translate(right)?),
            Op::PGStartsWith => self.call("starts_with", &[left, right]),
            Op::PGRegexMatch | Op::Regexp => self.matches(left, right, "", "", false),
            Op::PGRegexNotMatch => self.matches(left, right, "", "", true),
            Op::PGRegexIMatch => self.matches(left, right, "(?i)", "", false),
            Op::PGRegexNotIMatch => self.matches(left, right, "(?i)", "", true),
            Op::PGLikeMatch => self.like(left, right, None, false, false),
            Op::PGNotLikeMatch => self.like(left, right, None, false, true),
            Op::PGILikeMatch => self.like(left, right, None, true, false),
            Op::PGNotILikeMatch => self.like(left, right, None, true, true),
            other => {
                Err(refuse(format!("{left} {other} {right}"), "there is no such operator here"))
            }
        }
    }

    fn is_null(&self, inner: &Expr) -> Result<Typed, QueryError> {
        operators::is_null(self.translate(inner)?)
    }

    fn same(&self, left: &Expr, right: &Expr) -> Result<Typed, QueryError> {
        operators::same(self.translate(left)?, self.translate(right)?)
    }

    fn same_tuples(
        &self,
        left: &[Expr],
        op: &BinaryOperator,
        right: &[Expr],
    ) -> Result<Typed, QueryError> {
        if left.len() != right.len() || !matches!(op, BinaryOperator::Eq | BinaryOperator::NotEq) {
            let tuple = Expr::Tuple(left.to_vec());
            return Err(refuse(tuple, "tuples of equal length are compared with =, <> and in"));
        }
        let mut all = literal::constant(&sqlparser::ast::Value::Boolean(true))?;
        for (left, right) in left.iter().zip(right) {
            all = both(all, self.binary(left, &BinaryOperator::Eq, right)?)?;
        }
        if *op == BinaryOperator::NotEq { negated(all) } else { Ok(all) }
    }

    fn in_list(&self, expr: &Expr, list: &[Expr], is_negated: bool) -> Result<Typed, QueryError> {
        let mut any = literal::constant(&sqlparser::ast::Value::Boolean(false))?;
        for item in list {
            any = operators::either(any, self.binary(expr, &BinaryOperator::Eq, item)?)?;
        }
        if is_negated { negated(any) } else { Ok(any) }
    }

    fn case(
        &self,
        operand: Option<&Expr>,
        branches: &[CaseWhen],
        otherwise: Option<&Expr>,
    ) -> Result<Typed, QueryError> {
        let (mut conditions, mut results) = (Vec::new(), Vec::new());
        let outer = self.guards.borrow().len();
        for branch in branches {
            let condition = match operand {
                Some(operand) => self.binary(operand, &BinaryOperator::Eq, &branch.condition),
                None => self.condition(&branch.condition),
            };
            let condition = condition.and_then(|it| operators::is_truth(it, true));
            let result = condition.and_then(|condition| {
                conditions.push(condition.clone());
                self.guards.borrow_mut().push(condition);
                let result = self.translate(&branch.result);
                let condition = self.guards.borrow_mut().pop();
                // The branches below matter where this condition is not true.
                let others = condition.map(negated).transpose()?;
                self.guards.borrow_mut().extend(others);
                result
            });
            results.push(result);
        }
        results.push(match otherwise {
            Some(otherwise) => self.translate(otherwise),
            None => Ok(Typed::null(Kind::Null)),
        });
        self.guards.borrow_mut().truncate(outer);
        let results = unified(results.into_iter().collect::<Result<_, _>>()?, "case")?;
        let are_constant = conditions.iter().chain(&results).all(|it| it.constant.is_some());
        let kind = results.first().map_or(Kind::Null, |result| result.kind.clone());
        let mut results = results.into_iter().map(|result| result.expr).rev();
        let last = results.next().unwrap_or_else(|| Typed::null(Kind::Null).expr);
        let conditions = conditions.into_iter().map(|condition| condition.expr).rev();
        let chain = conditions.zip(results).fold(last, |otherwise, (condition, result)| {
            when(condition).then(result).otherwise(otherwise)
        });
        Typed::new(chain, kind).fold(are_constant)
    }

    fn rounded(&self, name: &str, expr: &Expr, field: &CeilFloorKind) -> Result<Typed, QueryError> {
        match field {
            CeilFloorKind::DateTimeField(sqlparser::ast::DateTimeField::NoDateTime) => {
                self.call(name, &[expr])
            }
            _ => Err(refuse(
                format!("{name}({expr}, ...)"),
                "it has one argument; round(x, digits) has two",
            )),
        }
    }

    fn trim(
        &self,
        side: Option<&TrimWhereField>,
        what: Option<&Expr>,
        expr: &Expr,
        characters: Option<&[Expr]>,
    ) -> Result<Typed, QueryError> {
        let name = match side {
            None | Some(TrimWhereField::Both) => "trim",
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
        };
        let characters = characters.unwrap_or_default().iter();
        let arguments: Vec<&Expr> = std::iter::once(expr).chain(what).chain(characters).collect();
        self.call(name, &arguments)
    }

    fn access(&self, root: &Expr, chain: &[AccessExpr]) -> Result<Typed, QueryError> {
        let mut value = self.translate(root)?;
        for access in chain {
            let hint = "list[1] is its first value, list[2:3] a part of it";
            value = match access {
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    self.call_on("list_extract", vec![value, self.translate(index)?])?
                }
                AccessExpr::Subscript(Subscript::Slice {
                    lower_bound,
                    upper_bound,
                    stride: None,
                }) => {
                    let bound = |bound: &Option<Expr>| match bound {
                        Some(bound) => self.translate(bound),
                        None => Ok(Typed::null(Kind::Int)),
                    };
                    self.call_on(
                        "list_slice",
                        vec![value, bound(lower_bound)?, bound(upper_bound)?],
                    )?
                }
                _ => {
                    let access = shown(format!("{root}{access}"));
                    return Err(refuse(access, hint));
                }
            };
        }
        Ok(value)
    }
}
