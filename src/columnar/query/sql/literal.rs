//! Numbers and texts written in a query.

use sqlparser::ast::Value as Literal;

use super::super::error::QueryError;
use super::super::frame::Value;
use super::kind::Kind;
use super::refusal::refuse;
use super::typed::Typed;

/// The constant that `literal` writes.
pub(super) fn constant(literal: &Literal) -> Result<Typed, QueryError> {
    Ok(match literal {
        Literal::Number(digits, _) => number(digits)
            .ok_or_else(|| refuse(digits, "a number is written 12, 1_000, 1.5 or 1e3"))?,
        Literal::SingleQuotedString(text)
        | Literal::EscapedStringLiteral(text)
        | Literal::UnicodeStringLiteral(text)
        | Literal::NationalStringLiteral(text) => text_constant(text),
        Literal::DollarQuotedString(text) => text_constant(&text.value),
        Literal::Boolean(truth) => Typed::constant(Value::Bool(*truth), Kind::Bool),
        Literal::Null => Typed::null(Kind::Null),
        other => return Err(refuse(other, "text is in single quotes: 'ok'")),
    })
}

/// A constant text.
pub(super) fn text_constant(text: &str) -> Typed {
    Typed::constant(Value::Text(text.to_owned()), Kind::Text)
}

/// A constant whole number.
pub(super) fn whole(number: i128) -> Typed {
    let kind = if i64::try_from(number).is_ok() { Kind::Int } else { Kind::Huge };
    Typed::constant(Value::from_whole(number), kind)
}

fn number(digits: &str) -> Option<Typed> {
    let digits = digits.replace('_', "");
    if let Ok(number) = digits.parse::<i128>() {
        return Some(whole(number));
    }
    let number: f64 = digits.parse().ok()?;
    Some(Typed::constant(Value::Float(number), Kind::Float))
}
