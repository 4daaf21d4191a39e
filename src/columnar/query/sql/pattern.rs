//! LIKE and regular expressions.

use regex::Regex;
use sqlparser::ast::{Expr, Value as Literal, ValueWithSpan};

use super::super::error::QueryError;
use super::super::frame::Value;
use super::expression::Translator;
use super::functions::text_argument;
use super::kind::Kind;
use super::operators::negated;
use super::refusal::{error, shown};
use super::typed::{Typed, strict};

impl Translator<'_> {
    pub(super) fn like(
        &self,
        expr: &Expr,
        pattern: &Expr,
        escape: Option<&ValueWithSpan>,
        ignores_case: bool,
        is_negated: bool,
    ) -> Result<Typed, QueryError> {
        let escape = match escape.map(|escape| &escape.value) {
            None => None,
            Some(Literal::SingleQuotedString(text)) if text.chars().count() <= 1 => {
                text.chars().next()
            }
            Some(other) => {
                return Err(error(
                    format!("`escape {}` is not one character", shown(other)),
                    "for example: like '%!_%' escape '!'",
                ));
            }
        };
        let name = if ignores_case { "ilike" } else { "like" };
        let text = text_argument(self.translate(expr)?, name)?;
        let pattern = text_argument(self.translate(pattern)?, name)?;
        let like = strict(vec![text, pattern], Kind::Bool, move |row| {
            let fold = |value: &Value| {
                let text = value.text().unwrap_or_default();
                if ignores_case { text.to_lowercase() } else { text.to_owned() }
            };
            let pattern = parts(&fold(&row[1]), escape)?;
            Ok(Value::Bool(is_like(&fold(&row[0]), &pattern)))
        })?;
        if is_negated { negated(like) } else { Ok(like) }
    }

    pub(super) fn matches(
        &self,
        expr: &Expr,
        pattern: &Expr,
        before: &str,
        after: &str,
        is_negated: bool,
    ) -> Result<Typed, QueryError> {
        let text = text_argument(self.translate(expr)?, "a regular expression")?;
        let pattern = text_argument(self.translate(pattern)?, "a regular expression")?;
        let (before, after) = (before.to_owned(), after.to_owned());
        let found = with_regex(
            vec![text, pattern],
            1,
            Kind::Bool,
            move |pattern| format!("{before}{pattern}{after}"),
            |regex, row| Value::Bool(regex.is_match(row[0].text().unwrap_or_default())),
        )?;
        if is_negated { negated(found) } else { Ok(found) }
    }
}

/// Whether `text` is like `pattern`, in any case.
pub(super) fn is_like_text(text: &str, pattern: &str) -> bool {
    parts(&pattern.to_lowercase(), None)
        .is_ok_and(|pattern| is_like(&text.to_lowercase(), &pattern))
}

/// A part of a LIKE pattern.
#[derive(PartialEq)]
enum Part {
    One(char),
    Any,
    Some,
}

fn parts(pattern: &str, escape: Option<char>) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        parts.push(match c {
            _ if Some(c) == escape => {
                Part::One(chars.next().ok_or("a like pattern ends with its escape character")?)
            }
            '%' => Part::Some,
            '_' => Part::Any,
            c => Part::One(c),
        });
    }
    Ok(parts)
}

/// Matches greedily: after a mismatch, the last `%` takes one more character.
fn is_like(text: &str, pattern: &[Part]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut part) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(part) {
            Some(Part::Some) => {
                retry = Some((at, part + 1));
                part += 1;
            }
            Some(Part::Any) => (at, part) = (at + 1, part + 1),
            Some(Part::One(c)) if *c == text[at] => (at, part) = (at + 1, part + 1),
            _ => match &mut retry {
                Some((from, next)) => {
                    *from += 1;
                    (at, part) = (*from, *next);
                }
                None => return false,
            },
        }
    }
    pattern[part..].iter().all(|part| *part == Part::Some)
}

/// Computes with the regular expression in argument `place`, which `adapt` changes before it is compiled.
pub(super) fn with_regex(
    arguments: Vec<Typed>,
    place: usize,
    kind: Kind,
    adapt: impl Fn(&str) -> String + Send + Sync + 'static,
    compute: impl Fn(&Regex, &[Value]) -> Value + Send + Sync + 'static,
) -> Result<Typed, QueryError> {
    let compile = move |pattern: &str| {
        Regex::new(&adapt(pattern))
            .map_err(|_| format!("'{}' is not a regular expression", shown(pattern)))
    };
    let constant = arguments.get(place).and_then(|argument| argument.constant.clone());
    let known = constant.as_ref().and_then(Value::text).map(&compile).transpose();
    let known =
        known.map_err(|reason| error(reason, "a backslash takes a sign literally: '\\.mid$'"))?;
    strict(arguments, kind, move |row| match &known {
        Some(regex) => Ok(compute(regex, row)),
        None => Ok(compute(&compile(row[place].text().unwrap_or_default())?, row)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_match_whole_texts() {
        let cases = [
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%c", true),
            ("abc", "_b_", true),
            ("abc", "b", false),
            ("", "%", true),
            ("", "_", false),
            ("aXbXc", "%X_", true),
            ("50%", "50!%", true),
            ("50x", "50!%", false),
            ("été", "_t_", true),
        ];
        for (text, pattern, expected) in cases {
            assert_eq!(
                is_like(text, &parts(pattern, Some('!')).unwrap()),
                expected,
                "{text} {pattern}"
            );
        }
    }
}
