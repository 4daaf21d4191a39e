use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, whole};
use super::distribution::Distribution;
use super::tally::{Tally, share};
use crate::columnar::query::{Frame, QueryError, Table, Value, count_values};
use crate::columnar::render::thousands;

/// What is read of a catalog, in this order.
pub(super) const COLUMNS: [&str; 16] = [
    "path",
    "bytes",
    "status",
    "detail",
    "format",
    "division",
    "measures",
    "notes",
    "tempo",
    "time_signatures",
    "time_signature_source",
    "bytes_unread",
    "faults",
    "group",
    "duplicate_of",
    "duration",
];
/// The worst files that are listed.
const WORST: usize = 10;

/// The picture of a catalog.
pub(super) fn blocks(table: &Table) -> Result<Vec<Block>, QueryError> {
    let frame = table.select(&COLUMNS)?;
    let column = |name: &str| -> &[Value] {
        let found = frame.columns().iter().find(|column| column.name == name);
        found.map_or(&[], |column| &column.values)
    };
    let usable: Vec<bool> = column("status")
        .iter()
        .map(|status| matches!(status, Value::Text(text) if text == "ok"))
        .collect();
    let of_usable = |name: &str| -> Vec<Value> {
        column(name)
            .iter()
            .zip(&usable)
            .filter(|(_, ok)| **ok)
            .map(|(value, _)| value.clone())
            .collect()
    };
    let tally = |title, name: &str| Tally::new(title, "files", count_values(&of_usable(name)));
    let mut blocks = vec![facts(&frame.len(), &usable, column("bytes"), &of_usable("duration"))];
    blocks.push(Block::Tallies(vec![("status", statuses(column("status"), column("detail")))]));
    blocks.push(music_facts(
        &of_usable("group"),
        &of_usable("duplicate_of"),
        &of_usable("time_signature_source"),
    ));
    blocks.push(Block::Tallies(vec![
        ("time_signatures", tally("time signature", "time_signatures")),
        ("division", tally("division", "division")),
        ("format", tally("format", "format")),
    ]));
    for name in ["measures", "notes", "tempo"] {
        let values = of_usable(name);
        let numbers = values.iter().filter_map(Value::number);
        blocks
            .extend(Distribution::of(name, numbers).map(|shape| Block::Distribution(name, shape)));
    }
    blocks.extend(worst(
        column("path"),
        column("status"),
        column("bytes"),
        column("bytes_unread"),
        column("faults"),
    ));
    Ok(blocks)
}

fn facts(files: &usize, usable: &[bool], bytes: &[Value], durations: &[Value]) -> Block {
    let ok = usable.iter().filter(|ok| **ok).count() as u64;
    let all = *files as u64;
    let bytes: u64 = bytes.iter().map(whole).sum();
    let hours = durations.iter().filter_map(Value::number).sum::<f64>() / 3600.0;
    let sentence = format!(
        "{} files, {}: {} usable ({:.1} %) with {hours:.1} hours of music",
        thousands(all),
        size(bytes),
        thousands(ok),
        share(ok, all) * 100.0,
    );
    Block::Facts(sentence, vec![("files", all), ("bytes", bytes), ("usable", ok)])
}

/// A number of bytes in decimal units, as disks and file managers have it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn statuses(statuses: &[Value], details: &[Value]) -> Tally {
    let mut of_status: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (status, detail) in statuses.iter().zip(details) {
        of_status.entry(status.plain()).or_default().push(detail.clone());
    }
    let mut tally = Tally::new("status", "files", count_values(statuses));
    for (status, count, remark) in &mut tally.entries {
        let details = count_values(of_status.get(status).map_or(&[], Vec::as_slice));
        let first = details.into_iter().find(|(detail, _)| !detail.is_empty());
        if let Some((detail, frequency)) = first {
            *remark =
                if frequency as u64 == *count { detail } else { format!("{detail} ({frequency})") };
        }
    }
    tally
}

fn music_facts(groups: &[Value], duplicates: &[Value], sources: &[Value]) -> Block {
    let groups = groups.iter().map(Value::plain).collect::<BTreeSet<_>>().len() as u64;
    let duplicates = duplicates.iter().filter(|value| **value != Value::Null).count() as u64;
    let assumed = |value: &&Value| matches!(value, Value::Text(text) if text == "assumed");
    let assumed = sources.iter().filter(assumed).count() as u64;
    let sentence = format!(
        "Of the usable: {} groups, {} duplicates, {} with an assumed time signature",
        thousands(groups),
        thousands(duplicates),
        thousands(assumed),
    );
    let facts =
        vec![("groups", groups), ("duplicates", duplicates), ("time_signature_assumed", assumed)];
    Block::Facts(sentence, facts)
}

/// The files with the most bytes unread, then with the most faults.
fn worst(
    paths: &[Value],
    statuses: &[Value],
    bytes: &[Value],
    unread: &[Value],
    faults: &[Value],
) -> Option<Block> {
    let trouble =
        |row: usize| (whole(&unread[row]), faults[row].plain().split_whitespace().count());
    let mut rows: Vec<usize> = (0..paths.len()).filter(|&row| trouble(row) != (0, 0)).collect();
    rows.sort_by_key(|&row| std::cmp::Reverse(trouble(row)));
    let title = format!("{} files with unread bytes or faults, the worst:", thousands(rows.len()));
    rows.truncate(WORST);
    let row = |&row: &usize| {
        [paths, statuses, bytes, unread, faults].map(|column| column[row].clone()).to_vec()
    };
    let names = ["path", "status", "bytes", "bytes unread", "faults"];
    let frame = Frame::of_rows(&names, rows.iter().map(row).collect());
    (!rows.is_empty()).then_some(Block::Table("worst", title, frame))
}
