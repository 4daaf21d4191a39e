//! The parts of a call of an aggregate, as written.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, OrderByExpr, Value as Literal,
};

use super::super::super::error::QueryError;
use super::super::refusal::refuse;
use super::AggregateFunction;

const NULLS: &str = "nulls are left out by filter (where COLUMN is not null)";
const EXPRESSIONS: &str = "aggregates take expressions";
const CLAUSES: &str = "an aggregate may have distinct, order by and filter";

/// The arguments and clauses of a call.
#[derive(Default)]
pub(super) struct Arguments {
    pub exprs: Vec<Expr>,
    pub order: Vec<OrderByExpr>,
    pub separator: Option<Literal>,
    pub is_distinct: bool,
}

impl Arguments {
    /// Splits the call `call` of `function`.
    pub(super) fn new(function: AggregateFunction, call: &Function) -> Result<Self, QueryError> {
        if call.null_treatment.is_some() || !matches!(call.parameters, FunctionArguments::None) {
            return Err(refuse(call, NULLS));
        }
        let mut arguments = Self::default();
        match &call.args {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(_) => return Err(refuse(call, EXPRESSIONS)),
            FunctionArguments::List(list) => {
                arguments.is_distinct =
                    list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
                let is_count = function == AggregateFunction::Count && list.args.len() == 1;
                for argument in &list.args {
                    match argument {
                        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => {
                            arguments.exprs.push(expr.clone());
                        }
                        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if is_count => {}
                        _ => return Err(refuse(call, EXPRESSIONS)),
                    }
                }
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::OrderBy(by) => {
                            arguments.order.extend(by.iter().cloned());
                        }
                        FunctionArgumentClause::Separator(value) => {
                            arguments.separator = Some(value.value.clone());
                        }
                        _ => return Err(refuse(call, CLAUSES)),
                    }
                }
            }
        }
        arguments.add_within_group(function, call)?;
        Ok(arguments)
    }

    /// Adds WITHIN GROUP: the values of a percentile or of `mode`, otherwise an order.
    fn add_within_group(
        &mut self,
        function: AggregateFunction,
        call: &Function,
    ) -> Result<(), QueryError> {
        let is_percentile = call.name.to_string().to_lowercase().starts_with("percentile");
        match &call.within_group[..] {
            [by] if is_percentile && by.options.asc == Some(false) => {
                return Err(refuse(call, "order ascending, and take 1 - the fraction"));
            }
            [by] if is_percentile => self.exprs.insert(0, by.expr.clone()),
            _ if is_percentile => {
                return Err(refuse(call, "percentile_cont(0.5) within group (order by COLUMN)"));
            }
            [by] if function == AggregateFunction::Mode && self.exprs.is_empty() => {
                self.exprs.push(by.expr.clone());
            }
            within_group => self.order.extend(within_group.iter().cloned()),
        }
        Ok(())
    }
}
