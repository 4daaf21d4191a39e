use std::collections::BTreeMap;

use super::block::Block;
use super::columns::Columns;
use crate::columnar::{Format, Frame, QueryError, Table, Value};

/// What makes a table one of metrics: these columns alone.
pub(super) const COLUMNS: [&str; 2] = ["name", "value"];

/// The metrics: what stands alone, and what is known of drawn songs beside the same of real ones.
pub(super) fn blocks(table: &Table) -> Result<Vec<Block>, QueryError> {
    let data = Columns::read(table, &COLUMNS)?;
    let all: BTreeMap<String, Value> = (0..data.rows())
        .map(|row| (data.text("name", row), data.at("value", row).clone()))
        .collect();
    let alone = all.iter().filter(|(name, _)| twin(name).is_none() && !is_of_a_list(name));
    let alone = alone.map(|(name, value)| vec![name.as_str().into(), value.clone()]);
    let alone = Frame::of_rows(&["metric", "value"], alone.collect());
    let mut pairs: BTreeMap<String, [Value; 2]> = BTreeMap::new();
    for (name, value) in all.iter().filter(|(name, _)| !is_of_a_list(name)) {
        if let Some((side, label)) = twin(name).and_then(|(side, rest)| Some((side, label(rest)?)))
        {
            pairs.entry(label).or_insert([Value::Null, Value::Null])[side] = value.clone();
        }
    }
    let pairs = pairs.into_iter().map(|(label, [drawn, real])| vec![label.into(), drawn, real]);
    let pairs = Frame::of_rows(&["of songs", "drawn", "real"], pairs.collect());
    let mut numbers = serde_json::Map::new();
    for (name, value) in &all {
        let number = value.number().and_then(serde_json::Number::from_f64);
        numbers.insert(name.clone(), number.map_or(serde_json::Value::Null, Into::into));
    }
    let mixed = |frame: Frame| {
        ["value", "drawn", "real"].iter().fold(frame, |f, n| f.with_format(n, Format::Mixed))
    };
    let tables = [mixed(alone), mixed(pairs)].into_iter().filter(|frame| !frame.is_empty());
    let mut blocks: Vec<Block> = tables.map(Block::Screen).collect();
    blocks.push(Block::Numbers(numbers));
    Ok(blocks)
}

/// For a metric of songs: 0 for drawn, 1 for real ones, and the rest of its name.
fn twin(name: &str) -> Option<(usize, &str)> {
    let drawn = name.strip_prefix("songs.").map(|rest| (0, rest));
    drawn.or_else(|| name.strip_prefix("real.").map(|rest| (1, rest)))
}

/// Whether a number is one of many that a person would rather see drawn: the bar of a histogram, a point of
/// a map.
fn is_of_a_list(name: &str) -> bool {
    name.split('.').any(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a row is called; nothing for the parts of a feature's distribution but its median.
fn label(rest: &str) -> Option<String> {
    let Some(feature) = rest.strip_prefix("features.") else {
        return Some(rest.to_owned());
    };
    match feature.split_once('.') {
        Some((name, "median")) => Some(format!("{name} (median)")),
        Some(_) => None,
        // A feature without values has no parts.
        None => Some(format!("{feature} (median)")),
    }
}
