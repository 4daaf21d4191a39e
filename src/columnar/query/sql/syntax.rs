//! Parsing.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Query, Statement, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::super::error::QueryError;
use super::refusal::{error, shown};

const EXAMPLE: &str = "for example: select path, notes from self order by notes desc limit 5";

/// Parts of the parser's errors and clearer ones.
const PARSER_TERMS: [(&str, &str); 10] = [
    ("sql parser error: ", ""),
    ("Expected: ", "expected "),
    ("found: EOF", "found its end"),
    ("found: ", "found "),
    (" before EOF.", " before its end"),
    ("Unterminated string literal", "a text in single quotes does not end,"),
    ("at Line: 1, Column: ", "at column "),
    ("at Line: ", "at line "),
    (", Column: ", ", column "),
    ("recursion limit exceeded", "it is nested too deeply"),
];

/// The query that `text` is.
pub(super) fn query(text: &str) -> Result<Query, QueryError> {
    let statements = parser(text).and_then(|mut parser| parser.parse_statements());
    let statements = statements.map_err(|error| not_sql(&error))?;
    let mut statements = statements.into_iter();
    match (statements.next(), statements.next()) {
        (Some(Statement::Query(query)), None) => Ok(*query),
        (Some(Statement::Query(_)), Some(_)) | (None, _) => {
            Err(error("this is not one query".to_owned(), EXAMPLE))
        }
        (Some(other), _) => {
            let word = other.to_string();
            let word = word.split_whitespace().next().unwrap_or_default().to_lowercase();
            let reason = format!("`{}` is not supported: tables are only read here", shown(word));
            Err(error(
                reason,
                "a query begins with select, with, from or values; --describe lists the columns",
            ))
        }
    }
}

/// The condition that `text` is.
pub(super) fn condition(text: &str) -> Result<Expr, QueryError> {
    let mut parser = parser(text).map_err(|error| not_sql(&error))?;
    let expr = parser.parse_expr().map_err(|error| not_sql(&error))?;
    match parser.next_token().token {
        Token::EOF => Ok(expr),
        other => Err(error(
            format!("expected its end, found {}", shown(other)),
            "for example: status = 'ok' and notes > 100",
        )),
    }
}

fn parser(text: &str) -> Result<Parser<'static>, ParserError> {
    let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
    Parser::new(&GenericDialect {}).with_options(options).try_with_sql(text)
}

fn not_sql(parser_error: &ParserError) -> QueryError {
    let clear = |text: String, &(old, new): &(&str, &str)| text.replace(old, new);
    let text = parser_error.to_string();
    let hint = match text.to_lowercase().contains("found: group") {
        true => "group is a word of SQL: the column of that name is \"group\", in double quotes",
        false => EXAMPLE,
    };
    error(format!("this is not SQL: {}", shown(PARSER_TERMS.iter().fold(text, clear))), hint)
}

/// The words of a query in lower case, among them every column that it mentions; `None` if it may need all columns:
/// it has a `*` that is neither a product nor `count(*)`, or joins or selects without naming columns.
pub(super) fn wanted(query: &str) -> Option<BTreeSet<String>> {
    let tokens = Tokenizer::new(&GenericDialect {}, query).tokenize().ok()?;
    let is_shown = |token: &&Token| !matches!(token, Token::Whitespace(_));
    let tokens: Vec<&Token> = tokens.iter().filter(is_shown).collect();
    let word = |token: &Token| match token {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    };
    let words: BTreeSet<String> = tokens.iter().filter_map(|token| word(token)).collect();
    let needs_all = |place: usize| {
        let before = |back: usize| place.checked_sub(back).map(|at| tokens[at]);
        match (before(1), before(2)) {
            (Some(Token::LParen), Some(name)) => word(name).as_deref() != Some("count"),
            (Some(Token::RParen | Token::RBracket | Token::Number(..)), _) => false,
            (Some(Token::Word(word)), _) => word.keyword != sqlparser::keywords::Keyword::NoKeyword,
            _ => true,
        }
    };
    let stars = (0..tokens.len()).filter(|place| *tokens[*place] == Token::Mul);
    let is_whole = stars.into_iter().any(needs_all)
        || ["natural", "columns", "table"].iter().any(|word| words.contains(*word))
        || !words.contains("select")
        || tokens.first().and_then(|token| word(token)).as_deref() == Some("from");
    (!is_whole).then_some(words)
}

/// The words of a condition in lower case: every column that it uses is among them.
pub(in crate::columnar::query) fn columns_of(condition: &str) -> BTreeSet<String> {
    let tokens = Tokenizer::new(&GenericDialect {}, condition).tokenize().unwrap_or_default();
    tokens
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.value.to_lowercase()),
            _ => None,
        })
        .collect()
}

/// The calls among `exprs`, outside of subqueries, that `is_wanted` accepts; equal calls once. A call inside another comes
/// first.
pub(super) fn calls(exprs: &[&Expr], is_wanted: impl Fn(&Function) -> bool) -> Vec<Function> {
    let mut finder = Finder { is_wanted, depth: 0, found: Vec::new() };
    for expr in exprs {
        // The visitor never breaks.
        let _ = expr.visit(&mut finder);
    }
    finder.found
}

/// Returns true if there is such a call in `expr`, outside of subqueries.
pub(super) fn has_call(expr: &Expr, is_wanted: impl Fn(&Function) -> bool) -> bool {
    !calls(&[expr], is_wanted).is_empty()
}

struct Finder<F> {
    is_wanted: F,
    depth: usize,
    found: Vec<Function>,
}

impl<F: Fn(&Function) -> bool> Visitor for Finder<F> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr
            && self.depth == 0
            && (self.is_wanted)(function)
            && !self.found.contains(function)
        {
            self.found.push(function.clone());
        }
        ControlFlow::Continue(())
    }
}

/// Returns true if there is a subquery in `expr`.
pub(super) fn has_subquery(expr: &Expr) -> bool {
    struct Subqueries;
    impl Visitor for Subqueries {
        type Break = ();
        fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    expr.visit(&mut Subqueries).is_break()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wanted_columns_are_all_with_a_star_that_names_them() {
        for query in [
            "select * from self",
            "select a.* from self a",
            "select path, * from self",
            "from self",
            "select notes, path from (select * from self) t",
            "select distinct * from self",
            "select a.path from self a natural join self b",
        ] {
            assert!(wanted(query).is_none(), "{query}");
        }
        for query in [
            "select count(*) from self",
            "select notes * 2 from self",
            "select (a) * 2 * \"group\" from self",
            "select 2 * 3 from self",
        ] {
            assert!(wanted(query).is_some(), "{query}");
        }
    }
}
