//! Functions of lists. Positions count from 1; negative ones from the end.

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::cast;
use super::super::compare::compare;
use super::super::kind::Kind;
use super::super::operators::{number, unified};
use super::super::refusal::error;
use super::super::typed::{Typed, rowwise, strict};
use super::{count_error, text_argument};

type Answer = Result<Typed, QueryError>;

/// Calls the function `name`; `None` if it is not one of lists. `is_list`: an argument is a list.
pub(super) fn call(name: &str, arguments: &[Typed], is_list: bool) -> Option<Answer> {
    let is_shared = matches!(
        name,
        "length"
            | "len"
            | "contains"
            | "reverse"
            | "list_slice"
            | "list_extract"
            | "array_slice"
            | "concat"
    );
    if is_shared && !is_list {
        return match name {
            "list_slice" | "array_slice" => Some(text_slice(arguments)),
            "list_extract" => Some(text_extract(arguments)),
            _ => None,
        };
    }
    Some(match name {
        "list_value" | "list_pack" => unified(arguments.to_vec(), "list").and_then(|values| {
            let item = values.first().map_or(Kind::Null, |value| value.kind.clone());
            rowwise(values, Kind::List(Box::new(item)), |row| Ok(Value::List(row.to_vec())))
        }),
        "length" | "len" | "array_length" | "list_length" | "cardinality" => match arguments {
            [list] => on_list(
                name,
                list,
                |_| Kind::Int,
                |values, _| Value::Int(values.len() as i64),
                Vec::new(),
            ),
            // array_length(list, 1): the length of its first dimension.
            [list, dimension] if dimension.constant == Some(Value::Int(1)) => on_list(
                name,
                list,
                |_| Kind::Int,
                |values, _| Value::Int(values.len() as i64),
                Vec::new(),
            ),
            _ => Err(count_error(name, arguments.len(), "1")),
        },
        "list_sum" | "array_sum" | "list_avg" | "array_avg" | "list_mean" | "array_mean"
        | "list_min" | "array_min" | "list_max" | "array_max" => aggregated(name, arguments),
        "list_sort" | "array_sort" | "list_distinct" | "array_distinct" | "list_unique"
        | "array_unique" | "list_reverse" | "array_reverse" | "reverse" => {
            rearranged(name, arguments)
        }
        "list_contains" | "array_contains" | "list_has" | "array_has" | "contains"
        | "list_position" | "array_position" | "list_indexof" | "array_indexof" => {
            search(name, arguments)
        }
        "list_extract" | "array_extract" | "list_element" | "array_get" => match arguments {
            [list, index] => number(index.clone(), name).and_then(|index| {
                on_list(
                    name,
                    list,
                    Kind::clone,
                    |values, row| item(values, row[0].whole()),
                    vec![index],
                )
            }),
            _ => Err(count_error(name, arguments.len(), "2")),
        },
        "list_slice" | "array_slice" => match arguments {
            [list, from, to] => on_list(
                name,
                list,
                |item| Kind::List(Box::new(item.clone())),
                |values, row| {
                    let range = slice(values.len(), row[0].whole(), row[1].whole());
                    Value::List(values[range].to_vec())
                },
                vec![from.clone(), to.clone()],
            ),
            _ => Err(count_error(name, arguments.len(), "3")),
        },
        "array_to_string" | "list_to_string" => match arguments {
            [list, separator] => text_argument(separator.clone(), name).and_then(|separator| {
                on_list(
                    name,
                    list,
                    |_| Kind::Text,
                    |values, row| {
                        let values = values.iter().filter(|value| **value != Value::Null);
                        let texts: Vec<String> = values.map(cast::text).collect();
                        Value::Text(texts.join(row[0].text().unwrap_or_default()))
                    },
                    vec![separator],
                )
            }),
            _ => Err(count_error(name, arguments.len(), "2")),
        },
        _ => return None,
    })
}

/// Computes from a list and further arguments; null if the list is.
fn on_list(
    name: &str,
    list: &Typed,
    kind: impl Fn(&Kind) -> Kind,
    compute: impl Fn(&[Value], &[Value]) -> Value + Send + Sync + 'static,
    others: Vec<Typed>,
) -> Answer {
    let item = item_kind(name, list)?;
    let arguments: Vec<Typed> = std::iter::once(list.clone()).chain(others).collect();
    rowwise(arguments, kind(&item), move |row| {
        Ok(match row.split_first() {
            Some((Value::List(values), others)) => compute(values, others),
            _ => Value::Null,
        })
    })
}

fn item_kind(name: &str, list: &Typed) -> Result<Kind, QueryError> {
    match &list.kind {
        Kind::List(item) => Ok((**item).clone()),
        Kind::Null => Ok(Kind::Null),
        kind => Err(error(
            format!("{name} takes a list, but this is {kind}"),
            "string_split(text, ' ') makes a list",
        )),
    }
}

fn aggregated(name: &str, arguments: &[Typed]) -> Answer {
    let [list] = arguments else {
        return Err(count_error(name, arguments.len(), "1"));
    };
    let item = item_kind(name, list)?;
    let what = name.rsplit('_').next().unwrap_or(name).to_owned();
    if matches!(what.as_str(), "sum" | "avg" | "mean") && !item.is_number() && item != Kind::Null {
        return Err(error(
            format!("{name} takes a list of numbers, but this is one of {item}"),
            "list_min and list_max take any list",
        ));
    }
    let kind = match (what.as_str(), &item) {
        ("avg" | "mean", _) => Kind::Float,
        ("sum", Kind::Int) => Kind::Huge,
        _ => item,
    };
    on_list(
        name,
        list,
        |_| kind.clone(),
        move |values, _| {
            let present: Vec<&Value> =
                values.iter().filter(|value| **value != Value::Null).collect();
            let wholes: Option<i128> = present.iter().map(|value| value.whole()).sum();
            let floats = present.iter().filter_map(|value| value.float()).sum::<f64>();
            match what.as_str() {
                _ if present.is_empty() => Value::Null,
                "sum" => wholes.map_or(Value::Float(floats), Value::from_whole),
                "min" => present
                    .iter()
                    .min_by(|a, b| compare(a, b))
                    .map_or(Value::Null, |it| (*it).clone()),
                "max" => present
                    .iter()
                    .max_by(|a, b| compare(a, b))
                    .map_or(Value::Null, |it| (*it).clone()),
                _ => Value::Float(floats / present.len() as f64),
            }
        },
        Vec::new(),
    )
}

fn rearranged(name: &str, arguments: &[Typed]) -> Answer {
    let [list] = arguments else {
        return Err(count_error(name, arguments.len(), "1"));
    };
    let item = item_kind(name, list)?;
    let what = name.rsplit('_').next().unwrap_or(name).to_owned();
    let kind = if name == "list_unique" { Kind::Int } else { Kind::List(Box::new(item)) };
    let counts = name == "list_unique";
    on_list(
        name,
        list,
        |_| kind.clone(),
        move |values, _| {
            let mut values = values.to_vec();
            match what.as_str() {
                "sort" => values.sort_by(compare),
                "reverse" => values.reverse(),
                _ => {
                    let mut seen = std::collections::HashSet::new();
                    values.retain(|value| {
                        *value != Value::Null
                            && seen.insert(super::super::compare::Key(value.clone()))
                    });
                }
            }
            if counts { Value::Int(values.len() as i64) } else { Value::List(values) }
        },
        Vec::new(),
    )
}

fn search(name: &str, arguments: &[Typed]) -> Answer {
    let [list, wanted] = arguments else {
        return Err(count_error(name, arguments.len(), "2"));
    };
    let item = item_kind(name, list)?;
    let Some(kind) = item.common(&wanted.kind) else {
        return Err(error(
            format!("{name} looks for {} in a list of {item}", wanted.kind),
            "cast(VALUE as varchar) makes a text",
        ));
    };
    let gives_place = name.contains("position") || name.contains("indexof");
    let list = match kind == item {
        true => list.clone(),
        false => list.clone().widen(&Kind::List(Box::new(kind.clone()))),
    };
    strict(
        vec![list, wanted.clone().widen(&kind)],
        if gives_place { Kind::Int } else { Kind::Bool },
        move |row| {
            let Value::List(values) = &row[0] else {
                return Ok(Value::Null);
            };
            let place = values.iter().position(|value| compare(value, &row[1]).is_eq());
            Ok(match gives_place {
                true => place.map_or(Value::Null, |place| Value::Int(place as i64 + 1)),
                false => Value::Bool(place.is_some()),
            })
        },
    )
}

fn item(values: &[Value], index: Option<i128>) -> Value {
    let at = match index {
        Some(index) if index > 0 => index - 1,
        Some(index) if index < 0 => values.len() as i128 + index,
        _ => return Value::Null,
    };
    usize::try_from(at).ok().and_then(|at| values.get(at)).cloned().unwrap_or(Value::Null)
}

/// The places from `from` to `to`, both included.
fn slice(length: usize, from: Option<i128>, to: Option<i128>) -> std::ops::Range<usize> {
    let place = |bound: i128| if bound < 0 { length as i128 + bound + 1 } else { bound };
    let from = (place(from.unwrap_or(1)) - 1).clamp(0, length as i128) as usize;
    let to = place(to.unwrap_or(length as i128)).clamp(0, length as i128) as usize;
    from..to.max(from)
}

fn text_slice(arguments: &[Typed]) -> Answer {
    let [text, from, to] = arguments else {
        return Err(count_error("a slice", arguments.len(), "3"));
    };
    let text = text_argument(text.clone(), "a slice")?;
    rowwise(vec![text, from.clone(), to.clone()], Kind::Text, |row| {
        let Value::Text(text) = &row[0] else {
            return Ok(Value::Null);
        };
        let range = slice(text.chars().count(), row[1].whole(), row[2].whole());
        Ok(Value::Text(text.chars().skip(range.start).take(range.len()).collect()))
    })
}

fn text_extract(arguments: &[Typed]) -> Answer {
    let [text, index] = arguments else {
        return Err(count_error("an index", arguments.len(), "2"));
    };
    let text = text_argument(text.clone(), "an index")?;
    strict(vec![text, number(index.clone(), "an index")?], Kind::Text, |row| {
        let chars: Vec<Value> =
            row[0].text().unwrap_or_default().chars().map(|c| Value::Text(c.to_string())).collect();
        Ok(match item(&chars, row[1].whole()) {
            Value::Null => Value::from(""),
            found => found,
        })
    })
}
