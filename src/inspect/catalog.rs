use super::Overview;
use super::columns::Columns;
use super::distribution::{Distribution, Unit};
use super::panel::{KeyedPanel, keyed};
use super::tally::{Tally, share};
use super::worst;
use crate::columnar::{QueryError, Table, Value, count_values};
use crate::text::{bytes, count, count_of, percent, rough_duration};
use std::collections::{BTreeMap, BTreeSet};

/// Columns that make a table a catalog.
pub(super) const COLUMNS: [&str; 4] = ["path", "status", "detail", "time_signature_source"];
/// Further columns of a catalog.
const MORE: [&str; 13] = [
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
    "duplicate_of",
];
/// Minimum width of a tally: two fit side by side into 80 columns.
const MIN_TALLY: usize = 38;
/// Number of histograms; the other distributions have a row of numbers.
const HISTOGRAMS: usize = 3;

/// Adds the overview of a catalog.
pub(super) fn add_catalog(overview: &mut Overview, table: &Table) -> Result<(), QueryError> {
    let data = Columns::read(table, &[&COLUMNS[..], &MORE].concat())?;
    let is_ok = |status: &Value| status.plain() == "ok";
    let usable: Vec<bool> = data.get("status").iter().map(is_ok).collect();
    add_files(overview, &data, &usable);
    overview.panels(MIN_TALLY, vec![keyed("status", statuses(&data))]);
    add_music(overview, &data, &usable);
    overview.panels(MIN_TALLY, tallies(&data, &usable));
    let distributions = [
        ("measures", "measures", Unit::Plain, "measures", 1.0),
        ("notes", "notes", Unit::Plain, "notes", 1.0),
        ("tempo", "beats per minute", Unit::Plain, "tempo", 1.0),
        ("minutes", "minutes", Unit::Plain, "duration", 1.0 / 60.0),
        ("off_grid", "notes off the grid", Unit::Fraction, "off_grid", 1.0),
    ];
    let distributions = distributions.map(|(key, title, unit, name, scale)| {
        let numbers = data.kept(name, &usable).filter_map(Value::number);
        Distribution::compute(key, title, unit, numbers.map(|number| number * scale).collect())
    });
    overview.distributions(HISTOGRAMS, distributions.into());
    let worst = worst::worst_files(&data);
    if !worst.is_empty() {
        overview.json.insert("worst".into(), worst::to_json(&worst));
        overview.part(move |columns| worst::render(&worst, columns));
    }
    Ok(())
}

fn add_files(overview: &mut Overview, data: &Columns, usable: &[bool]) {
    let ok = usable.iter().filter(|ok| **ok).count() as u64;
    let all = data.rows() as u64;
    let size = data.numbers("bytes").fold(0.0, |sum, size| sum + size) as u64;
    let seconds = data.kept("duration", usable).filter_map(Value::number);
    let sentence = format!(
        "{}, {}: {} usable ({}), {} of music",
        count_of(all, "file"),
        bytes(size),
        count(ok),
        percent(share(ok, all)),
        rough_duration(seconds.fold(0.0, |sum, seconds| sum + seconds)),
    );
    overview.facts(sentence, &[("files", all), ("bytes", size), ("usable", ok)]);
}

fn add_music(overview: &mut Overview, data: &Columns, usable: &[bool]) {
    let groups: BTreeSet<String> = data.kept("group", usable).map(Value::plain).collect();
    let groups = groups.len() as u64;
    let duplicates = data.get("duplicate_of").iter().filter(|path| **path != Value::Null);
    let duplicates = duplicates.count() as u64;
    let sources = data.kept("time_signature_source", usable);
    let assumed = sources.filter(|source| source.plain() == "assumed").count() as u64;
    let off_grid = data.kept("off_grid", usable).filter_map(Value::number);
    let off_grid = off_grid.filter(|share| *share > 0.5).count() as u64;
    let sentence = format!(
        "Usable: {}, {} with an assumed meter, {} mostly off the grid; {}",
        count_of(groups, "group"),
        count_of(assumed, "file"),
        count(off_grid),
        count_of(duplicates, "duplicate"),
    );
    let facts = [
        ("groups", groups),
        ("duplicates", duplicates),
        ("time_signature_assumed", assumed),
        ("mostly_off_grid", off_grid),
    ];
    overview.facts(sentence, &facts);
}

/// Counts files by status, each with its most frequent reason.
fn statuses(data: &Columns) -> Tally {
    let rows = data.rows_by("status");
    let mut tally = Tally::new("status", "files", count_values(data.get("status")));
    tally.remarks = "why, most often";
    // The detail of a usable file is no reason; the tally of faults counts it.
    for entry in tally.entries.iter_mut().filter(|entry| entry.value != "ok") {
        let rows = rows.get(&entry.value).into_iter().flatten();
        entry.remark = frequent_reason(rows.map(|&row| data.text("detail", row)), entry.count);
    }
    tally
}

/// Returns the most frequent of the details of `files` files. Those that differ only in numbers count as one.
fn frequent_reason(details: impl Iterator<Item = String>, files: u64) -> String {
    let mut similar: BTreeMap<String, (u64, String, bool)> = BTreeMap::new();
    for detail in details.filter(|detail| !detail.is_empty()) {
        let key: String = detail.chars().filter(|c| !c.is_ascii_digit()).collect();
        let entry = similar.entry(key).or_insert_with(|| (0, detail.clone(), true));
        entry.0 += 1;
        entry.2 &= entry.1 == detail;
    }
    match similar.into_values().max_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1))) {
        None => String::new(),
        Some((frequency, detail, true)) if frequency == files => detail,
        Some((frequency, detail, true)) if frequency > 1 => {
            format!("{detail} ({})", count(frequency))
        }
        Some((_, detail, _)) => format!("e.g. {detail}"),
    }
}

fn tallies(data: &Columns, usable: &[bool]) -> Vec<KeyedPanel> {
    let tally =
        |title, name: &str| Tally::from_values(title, "files", data.kept(name, usable).cloned());
    let codes = data.get("faults").iter().map(Value::plain).collect::<Vec<_>>().join(" ");
    let faults = codes.split_whitespace().map(Value::from);
    let faults = Tally::from_values("fault worked around", "files", faults);
    let mut tallies = vec![
        keyed("time_signatures", time_signatures(data, usable)),
        keyed("division", tally("division (ticks)", "division")),
        keyed("format", tally("format", "format")),
    ];
    if !faults.entries.is_empty() {
        tallies.push(keyed("faults", Tally { total: data.rows() as u64, ..faults }));
    }
    tallies
}

/// Counts files by meter: a written one, an assumed one, or several.
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
    Tally::from_values("time signature", "files", names)
}
