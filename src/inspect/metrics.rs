use super::Overview;
use super::columns::Columns;
use super::table::render_table;
use crate::columnar::{Format, Frame, QueryError, Table, Value};
use serde_json::{Number, Value as Json};
use std::collections::BTreeMap;

/// The only columns of a table of metrics.
pub(super) const COLUMNS: [&str; 2] = ["name", "value"];

/// Adds the overview of metrics: single ones, then those of generated songs beside the same of real songs.
pub(super) fn add_metrics(overview: &mut Overview, table: &Table) -> Result<(), QueryError> {
    let data = Columns::read(table, &COLUMNS)?;
    let names = (0..data.rows()).map(|row| data.text("name", row));
    let all: BTreeMap<String, Value> = names.zip(data.get("value").iter().cloned()).collect();
    let mut single = Vec::new();
    let mut pairs: BTreeMap<String, [Value; 2]> = BTreeMap::new();
    for (name, value) in all.iter().filter(|(name, _)| !is_of_a_list(name)) {
        let Some((column, rest)) = song_metric(name) else {
            single.push(vec![name.as_str().into(), value.clone()]);
            continue;
        };
        if let Some(label) = label(rest) {
            let pair = pairs.entry(label).or_insert([Value::Null, Value::Null]);
            pair[column] = value.clone();
        }
    }
    let pairs = pairs.into_iter().map(|(label, [a, b])| vec![label.into(), a, b]).collect();
    for (names, rows) in
        [(&["metric", "value"][..], single), (&["of songs", "generated", "real"], pairs)]
    {
        let frame = Frame::of_rows(names, rows);
        let frame = names[1..].iter().fold(frame, |f, name| f.with_format(name, Format::Mixed));
        if !frame.is_empty() {
            overview.part(move |columns| render_table(&frame, columns));
        }
    }
    overview.json.extend(all.into_iter().map(|(name, value)| {
        (name, value.number().and_then(Number::from_f64).map_or(Json::Null, Into::into))
    }));
    Ok(())
}

/// Returns 0 for a metric of generated songs, 1 for one of real songs, and the rest of its name.
fn song_metric(name: &str) -> Option<(usize, &str)> {
    let generated = name.strip_prefix("songs.").map(|rest| (0, rest));
    generated.or_else(|| name.strip_prefix("real.").map(|rest| (1, rest)))
}

/// Returns true if the metric is one of many that the report draws: a histogram's bar, a map's point.
fn is_of_a_list(name: &str) -> bool {
    name.split('.').any(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns the label of a row; `None` for the parts of a feature's distribution except its median.
fn label(rest: &str) -> Option<String> {
    let Some(feature) = rest.strip_prefix("features.") else {
        return Some(rest.to_owned());
    };
    match feature.split_once('.') {
        // A feature without values has no parts.
        None => Some(format!("{feature} (median)")),
        Some((name, part)) => (part == "median").then(|| format!("{name} (median)")),
    }
}
