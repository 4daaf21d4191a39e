//! Functions of texts. Positions and lengths count characters, from 1.

use super::super::super::error::QueryError;
use super::super::super::frame::Value;
use super::super::cast;
use super::super::kind::Kind;
use super::super::operators::number;
use super::super::pattern::with_regex;
use super::super::refusal::{error, refuse};
use super::super::typed::{Typed, rowwise, strict};
use super::{count_error, text_argument};

type Answer = Result<Typed, QueryError>;

/// What a function takes: `t` a text, `n` a number; capitals may be left out.
fn signature(name: &str) -> Option<&'static str> {
    Some(match name {
        "lower" | "lcase" | "upper" | "ucase" | "length" | "len" | "char_length"
        | "character_length" | "strlen" | "octet_length" | "bit_length" | "reverse" | "ascii"
        | "unicode" | "ord" | "initcap" => "t",
        "contains" | "prefix" | "suffix" | "starts_with" | "ends_with" | "strpos" | "instr"
        | "position" | "string_split" | "str_split" | "split" | "string_to_array" => "tt",
        "trim" | "ltrim" | "rtrim" => "tT",
        "replace" | "translate" => "ttt",
        "left" | "right" | "repeat" => "tn",
        "substr" | "substring" => "tnN",
        "lpad" | "rpad" => "tnT",
        "split_part" => "ttn",
        "chr" => "n",
        "levenshtein" => "tt",
        _ => return None,
    })
}

/// Calls the function `name`; `None` if it is not one of texts.
pub(super) fn call(name: &str, arguments: &[Typed]) -> Option<Answer> {
    match name {
        "concat" => {
            return Some(rowwise(arguments.to_vec(), Kind::Text, |row| {
                let values = row.iter().filter(|value| **value != Value::Null);
                Ok(Value::Text(values.map(cast::text).collect()))
            }));
        }
        "concat_ws" => {
            return Some(rowwise(arguments.to_vec(), Kind::Text, |row| {
                let Some((Value::Text(separator), values)) = row.split_first() else {
                    return Ok(Value::Null);
                };
                let values = values.iter().filter(|value| **value != Value::Null);
                Ok(Value::Text(values.map(cast::text).collect::<Vec<_>>().join(separator)))
            }));
        }
        "regexp_matches" | "regexp_like" | "regexp_full_match" | "regexp_replace"
        | "regexp_extract" | "regexp_extract_all" => {
            return Some(regular(name, arguments));
        }
        _ => {}
    }
    let signature = signature(name)?;
    Some(checked(name, signature, arguments).and_then(|arguments| compute(name, arguments)))
}

fn checked(name: &str, signature: &str, arguments: &[Typed]) -> Result<Vec<Typed>, QueryError> {
    let least = signature.chars().filter(char::is_ascii_lowercase).count();
    if !(least..=signature.len()).contains(&arguments.len()) {
        let expected = match least == signature.len() {
            true => least.to_string(),
            false => format!("{least} or {}", signature.len()),
        };
        return Err(count_error(name, arguments.len(), &expected));
    }
    let check = |(argument, wanted): (&Typed, char)| match wanted {
        't' | 'T' => text_argument(argument.clone(), name),
        _ => match number(argument.clone(), name)? {
            number if number.kind == Kind::Float => cast::to(number, Kind::Int, true),
            number => Ok(number),
        },
    };
    arguments.iter().zip(signature.chars()).map(check).collect()
}

fn compute(name: &str, arguments: Vec<Typed>) -> Answer {
    let kind = match name {
        "contains" | "prefix" | "suffix" | "starts_with" | "ends_with" => Kind::Bool,
        "length" | "len" | "char_length" | "character_length" | "strlen" | "octet_length"
        | "bit_length" | "ascii" | "unicode" | "ord" | "strpos" | "instr" | "position"
        | "levenshtein" => Kind::Int,
        "string_split" | "str_split" | "split" | "string_to_array" => {
            Kind::List(Box::new(Kind::Text))
        }
        _ => Kind::Text,
    };
    let name = name.to_owned();
    strict(arguments, kind, move |row| {
        let text = |place: usize| row.get(place).and_then(Value::text).unwrap_or_default();
        let whole = |place: usize| row.get(place).and_then(Value::whole);
        let one = text(0);
        Ok(match name.as_str() {
            "lower" | "lcase" => Value::Text(one.to_lowercase()),
            "upper" | "ucase" => Value::Text(one.to_uppercase()),
            "length" | "len" | "char_length" | "character_length" => one.chars().count().into_int(),
            "strlen" | "octet_length" => one.len().into_int(),
            "bit_length" => (one.len() * 8).into_int(),
            "reverse" => Value::Text(one.chars().rev().collect()),
            "ascii" | "unicode" | "ord" => {
                Value::Int(one.chars().next().map_or(0, |c| u32::from(c).into()))
            }
            "initcap" => Value::Text(capitalized(one)),
            "contains" => Value::Bool(one.contains(text(1))),
            "prefix" | "starts_with" => Value::Bool(one.starts_with(text(1))),
            "suffix" | "ends_with" => Value::Bool(one.ends_with(text(1))),
            "strpos" | "instr" | "position" => {
                one.find(text(1)).map_or(0, |at| one[..at].chars().count() + 1).into_int()
            }
            "string_split" | "str_split" | "split" | "string_to_array" => {
                Value::List(split(one, text(1)).into_iter().map(Value::from).collect())
            }
            "trim" | "ltrim" | "rtrim" => {
                let set: Option<Vec<char>> =
                    row.get(1).and_then(Value::text).map(|set| set.chars().collect());
                let is_cut = |c: char| match &set {
                    Some(set) => set.contains(&c),
                    None => c.is_whitespace() && !c.is_control(),
                };
                Value::from(match name.as_str() {
                    "trim" => one.trim_matches(is_cut),
                    "ltrim" => one.trim_start_matches(is_cut),
                    _ => one.trim_end_matches(is_cut),
                })
            }
            "replace" if text(1).is_empty() => Value::from(one),
            "replace" => Value::Text(one.replace(text(1), text(2))),
            "translate" => Value::Text(translated(one, text(1), text(2))),
            "left" | "right" => part(one, &name, whole(1).unwrap_or(0)),
            "substr" | "substring" => Value::Text(substring(one, whole(1).unwrap_or(0), whole(2))),
            "repeat" => {
                let times = usize::try_from(whole(1).unwrap_or(0)).unwrap_or(0);
                if one.len().saturating_mul(times) > 1 << 20 {
                    return Err("repeat makes a text of more than a million characters".to_owned());
                }
                Value::Text(one.repeat(times))
            }
            "lpad" | "rpad" => {
                let length = usize::try_from(whole(1).unwrap_or(0)).unwrap_or(0).min(1 << 20);
                Value::Text(padded(
                    one,
                    length,
                    row.get(2).map_or(" ", |_| text(2)),
                    name == "lpad",
                ))
            }
            "split_part" => {
                let parts = split(one, text(1));
                let index = whole(2).unwrap_or(0);
                let at = if index < 0 { parts.len() as i128 + index } else { index - 1 };
                let found = usize::try_from(at).ok().and_then(|at| parts.get(at));
                found.map_or_else(|| Value::from(""), |part| Value::from(*part))
            }
            "chr" => {
                match whole(0).and_then(|code| u32::try_from(code).ok()).and_then(char::from_u32) {
                    Some(c) => Value::Text(c.to_string()),
                    None => return Err("chr takes the number of a Unicode character".to_owned()),
                }
            }
            _ => distance(one, text(1)).into_int(),
        })
    })
}

trait IntoInt {
    fn into_int(self) -> Value;
}

impl IntoInt for usize {
    fn into_int(self) -> Value {
        Value::Int(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    if !separator.is_empty() {
        return text.split(separator).collect();
    }
    let ends = text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]);
    ends.collect()
}

fn capitalized(text: &str) -> String {
    let mut is_start = true;
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match is_start {
            true => result.extend(c.to_uppercase()),
            false => result.extend(c.to_lowercase()),
        }
        is_start = !c.is_alphanumeric();
    }
    result
}

fn translated(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let replaced = |c: char| match from.chars().position(|known| known == c) {
        Some(place) => to.get(place).copied(),
        None => Some(c),
    };
    text.chars().filter_map(replaced).collect()
}

/// The first or last `count` characters; without the last or first ones if it is negative.
fn part(text: &str, name: &str, count: i128) -> Value {
    let length = text.chars().count() as i128;
    let count = if count < 0 { (length + count).max(0) } else { count.min(length) };
    let count = usize::try_from(count).unwrap_or(0);
    let skipped = if name == "left" { 0 } else { length as usize - count };
    Value::Text(text.chars().skip(skipped).take(count).collect())
}

/// From `start` (negative: from the end); a negative length takes characters before it.
fn substring(text: &str, start: i128, length: Option<i128>) -> String {
    let total = text.chars().count() as i128;
    let begin = if start < 0 { total + start } else { start - 1 };
    let end = length.map_or(total, |length| begin.saturating_add(length));
    // As in DuckDB, position 0 is before the first character.
    let (begin, end) = if begin <= end { (begin, end) } else { (end, begin) };
    let (begin, end) = (begin.clamp(0, total) as usize, end.clamp(0, total) as usize);
    text.chars().skip(begin).take(end.saturating_sub(begin)).collect()
}

fn padded(text: &str, length: usize, filling: &str, is_left: bool) -> String {
    let kept: String = text.chars().take(length).collect();
    let missing = length - kept.chars().count();
    let filling: String =
        filling.chars().cycle().take(if filling.is_empty() { 0 } else { missing }).collect();
    if is_left { filling + &kept } else { kept + &filling }
}

fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, c) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (place, d) in other.iter().enumerate() {
            let change = diagonal + usize::from(c != *d);
            diagonal = row[place + 1];
            row[place + 1] = change.min(row[place] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

fn regular(name: &str, arguments: &[Typed]) -> Answer {
    let takes = match name {
        "regexp_replace" => 3..=4,
        "regexp_extract" | "regexp_extract_all" => 2..=3,
        _ => 2..=3,
    };
    if !takes.contains(&arguments.len()) {
        return Err(count_error(
            name,
            arguments.len(),
            &format!("{} or {}", takes.start(), takes.end()),
        ));
    }
    let is_extract = name.starts_with("regexp_extract");
    let group = match arguments.get(2).filter(|_| is_extract).map(|group| &group.constant) {
        None => 0,
        Some(Some(group)) => {
            group.whole().and_then(|group| usize::try_from(group).ok()).unwrap_or(usize::MAX)
        }
        Some(None) => {
            return Err(refuse(
                format!("{name} with a group that varies"),
                "the group is a number: 1",
            ));
        }
    };
    let options = arguments.get(*takes.end() - 1).filter(|_| !is_extract);
    let options = match options.map(|options| options.constant.as_ref().and_then(Value::text)) {
        None => String::new(),
        Some(Some(options)) => options.to_owned(),
        Some(None) => {
            return Err(refuse(
                format!("{name} with options that vary"),
                "options are a text: 'i'",
            ));
        }
    };
    if let Some(unknown) = options.chars().find(|option| !"icsgml".contains(*option)) {
        return Err(error(
            format!("{name} has no option '{unknown}'"),
            "i ignores case, g replaces every match, s lets . match a line end",
        ));
    }
    let flags: String = options.chars().filter(|flag| "is".contains(*flag)).collect();
    let is_full = name == "regexp_full_match";
    let adapt = move |pattern: &str| {
        let flags = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
        if is_full { format!("{flags}^(?:{pattern})$") } else { format!("{flags}{pattern}") }
    };
    let used = if is_extract { 2 } else { *takes.end() - 1 };
    let used: Vec<Typed> = arguments[..used.min(arguments.len())]
        .iter()
        .map(|argument| text_argument(argument.clone(), name))
        .collect::<Result<_, _>>()?;
    match name {
        "regexp_replace" => {
            let is_global = options.contains('g');
            with_regex(used, 1, Kind::Text, adapt, move |regex, row| {
                let text = row[0].text().unwrap_or_default();
                let new = replacement(row[2].text().unwrap_or_default());
                Value::Text(
                    regex.replacen(text, usize::from(!is_global), new.as_str()).into_owned(),
                )
            })
        }
        "regexp_extract" => with_regex(used, 1, Kind::Text, adapt, move |regex, row| {
            let found = regex.captures(row[0].text().unwrap_or_default());
            let found =
                found.and_then(|captures| captures.get(group).map(|it| it.as_str().to_owned()));
            Value::Text(found.unwrap_or_default())
        }),
        "regexp_extract_all" => {
            with_regex(used, 1, Kind::List(Box::new(Kind::Text)), adapt, move |regex, row| {
                let all = regex.captures_iter(row[0].text().unwrap_or_default());
                Value::List(
                    all.map(|captures| {
                        Value::from(captures.get(group).map_or("", |it| it.as_str()))
                    })
                    .collect(),
                )
            })
        }
        _ => with_regex(used, 1, Kind::Bool, adapt, |regex, row| {
            Value::Bool(regex.is_match(row[0].text().unwrap_or_default()))
        }),
    }
}

/// A replacement with groups as `\1`, in the way that the regex crate writes them.
fn replacement(text: &str) -> String {
    let mut result = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '$' => result.push_str("$$"),
            '\\' => match chars.next() {
                Some(digit) if digit.is_ascii_digit() => result.push_str(&format!("${{{digit}}}")),
                Some(other) => result.push(other),
                None => result.push('\\'),
            },
            c => result.push(c),
        }
    }
    result
}
