use std::collections::BTreeMap;

use super::block::{Block, Panel};
use super::columns::Columns;
use super::distribution::{Distribution, Unit};
use super::tally::{Tally, share};
use super::worst::Worst;
use crate::columnar::{QueryError, Table, Value, count_values};
use crate::text::{self, count, count_of, percent, rough_duration};

/// What makes a table a catalog.
pub(super) const COLUMNS: [&str; 4] = ["path", "status", "detail", "time_signature_source"];
/// What else is read of it.
const MORE: [&str; 12] = [
    "bytes",
    "format",
    "division",
    "measures",
    "notes",
    "tempo",
    "time_signatures",
    "bytes_unread",
    "faults",
    "off_grid",
    "group",
    "duration",
];
/// Columns of a tally, at least: two stand side by side on a narrow screen too.
const TALLY: usize = 38;
/// Histograms that are drawn; the other distributions have a row of numbers.
const DRAWN: usize = 3;

/// The picture of a catalog.
pub(super) fn blocks(table: &Table) -> Result<Vec<Block>, QueryError> {
    let data = Columns::read(table, &[&COLUMNS[..], &MORE, &["duplicate_of"]].concat())?;
    let usable: Vec<bool> =
        data.get("status").iter().map(|status| status.plain() == "ok").collect();
    let mut blocks = vec![files(&data, &usable)];
    blocks.push(Block::Panels(TALLY, vec![("status", Panel::Tally(statuses(&data)))]));
    blocks.push(music(&data, &usable));
    let tally = |title, name: &str| {
        Panel::Tally(Tally::of(title, "files", data.kept(name, &usable).cloned()))
    };
    let mut tallies = vec![
        ("time_signatures", Panel::Tally(time_signatures(&data, &usable))),
        ("division", tally("division (ticks)", "division")),
        ("format", tally("format", "format")),
    ];
    let faults = faults(&data);
    if !faults.entries.is_empty() {
        tallies.push(("faults", Panel::Tally(faults)));
    }
    blocks.push(Block::Panels(TALLY, tallies));
    blocks.push(Block::Distributions(DRAWN, distributions(&data, &usable)));
    blocks.extend(Worst::of(&data).map(Block::Worst));
    Ok(blocks)
}

fn distributions(data: &Columns, usable: &[bool]) -> Vec<(&'static str, Distribution)> {
    let mut all = Vec::new();
    let mut add = |key, title, unit, name: &str, scale: f64| {
        let numbers =
            data.kept(name, usable).filter_map(Value::number).map(|number| number * scale);
        all.extend(Distribution::of(title, unit, numbers).map(|shape| (key, shape)));
    };
    add("measures", "measures", Unit::Plain, "measures", 1.0);
    add("notes", "notes", Unit::Plain, "notes", 1.0);
    add("tempo", "beats a minute", Unit::Plain, "tempo", 1.0);
    add("minutes", "minutes", Unit::Plain, "duration", 1.0 / 60.0);
    add("off_grid", "notes off the grid", Unit::Share, "off_grid", 1.0);
    all
}

fn files(data: &Columns, usable: &[bool]) -> Block {
    let ok = usable.iter().filter(|ok| **ok).count() as u64;
    let all = data.rows() as u64;
    let bytes = data.numbers("bytes").fold(0.0, |sum, size| sum + size) as u64;
    let seconds =
        data.kept("duration", usable).filter_map(Value::number).fold(0.0, |sum, s| sum + s);
    let sentence = format!(
        "{}, {}: {} usable ({}), {} of music",
        count_of(all, "file"),
        text::bytes(bytes),
        count(ok),
        percent(share(ok, all)),
        rough_duration(seconds),
    );
    Block::Facts(sentence, vec![("files", all), ("bytes", bytes), ("usable", ok)])
}

fn music(data: &Columns, usable: &[bool]) -> Block {
    let mut groups: Vec<String> = data.kept("group", usable).map(Value::plain).collect();
    groups.sort_unstable();
    groups.dedup();
    let groups = groups.len() as u64;
    let repeated =
        data.get("duplicate_of").iter().filter(|path| **path != Value::Null).count() as u64;
    let assumed = data.kept("time_signature_source", usable);
    let assumed = assumed.filter(|source| source.plain() == "assumed").count() as u64;
    let off_grid = data.kept("off_grid", usable).filter_map(Value::number);
    let off_grid = off_grid.filter(|share| *share > 0.5).count() as u64;
    let sentence = format!(
        "Usable: {}, {} with an assumed meter, {} mostly off the grid; {}",
        count_of(groups, "group"),
        count_of(assumed, "file"),
        count(off_grid),
        count_of(repeated, "duplicate"),
    );
    let facts = vec![
        ("groups", groups),
        ("duplicates", repeated),
        ("time_signature_assumed", assumed),
        ("mostly_off_grid", off_grid),
    ];
    Block::Facts(sentence, facts)
}

/// Files by status, each with the most frequent reason.
fn statuses(data: &Columns) -> Tally {
    let rows = data.rows_by("status");
    let mut tally = Tally::new("status", "files", count_values(data.get("status")));
    tally.remarks = "why, most often";
    for (status, count, remark) in &mut tally.entries {
        // What is told of a usable file is no reason; the list of faults counts it.
        if status != "ok" {
            let details =
                rows.get(status).into_iter().flatten().map(|&row| data.text("detail", row));
            *remark = reason(details, *count);
        }
    }
    tally
}

/// The most frequent of some details; those that differ in their numbers alone count as one.
fn reason(details: impl Iterator<Item = String>, files: u64) -> String {
    let mut alike: BTreeMap<String, (u64, String, bool)> = BTreeMap::new();
    for detail in details.filter(|detail| !detail.is_empty()) {
        let key: String = detail.chars().filter(|c| !c.is_ascii_digit()).collect();
        let entry = alike.entry(key).or_insert_with(|| (0, detail.clone(), true));
        entry.0 += 1;
        entry.2 &= entry.1 == detail;
    }
    let most = alike.into_values().max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    match most {
        None => String::new(),
        Some((frequency, detail, true)) if frequency == files => detail,
        Some((frequency, detail, true)) if frequency > 1 => {
            format!("{detail} ({})", count(frequency))
        }
        Some((_, detail, _)) => format!("e.g. {detail}"),
    }
}

/// Files by meter: a written one, an assumed one, or several in one piece.
fn time_signatures(data: &Columns, usable: &[bool]) -> Tally {
    let sources = data.kept("time_signature_source", usable);
    let names = data.kept("time_signatures", usable).zip(sources).map(|(signatures, source)| {
        let signatures = signatures.plain();
        Value::Text(match source.plain().as_str() {
            _ if signatures.contains(' ') => "changes".to_owned(),
            "assumed" => format!("{signatures}, assumed"),
            _ => signatures,
        })
    });
    Tally::of("time signature", "files", names)
}

/// How many of all files have each fault.
fn faults(data: &Columns) -> Tally {
    let words = |value: &Value| -> Vec<Value> {
        value.plain().split_whitespace().map(Value::from).collect()
    };
    let codes = data.get("faults").iter().flat_map(words);
    let tally = Tally::of("fault worked around", "files", codes);
    Tally { total: data.rows() as u64, ..tally }
}
