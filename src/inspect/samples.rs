use std::collections::BTreeSet;

use super::block::{Block, Panel};
use super::cells::use_of_cells;
use super::chart::Places;
use super::columns::{Columns, within};
use super::distribution::{Distribution, Unit};
use super::tally::{Tally, share};
use crate::columnar::SampleSet;
use crate::columnar::{Format, Frame, QueryError, Summary, Table, Value, count_values};
use crate::text::count;

/// What makes a table one of samples.
pub(super) const COLUMNS: [&str; 9] = [
    "split",
    "group",
    "song",
    "path",
    "onsets",
    "lowest",
    "highest",
    "distinct_measures",
    "time_signature",
];
/// What else is read of it.
const MORE: [&str; 3] = ["density", "beat_strength", "mean_pitch"];
/// The largest groups that are listed.
const LARGEST: usize = 5;
/// Columns of a tally, at least.
const TALLY: usize = 36;
/// Columns of a drawing of the measure or the octave, at least.
const CHART: usize = 36;
/// Columns of a drawing of all pitches, at least.
const WIDE: usize = 60;
/// Histograms that are drawn.
const DRAWN: usize = 3;

/// The picture of samples.
pub(super) fn blocks(table: &Table, shards: Option<&SampleSet>) -> Result<Vec<Block>, QueryError> {
    let data = Columns::read(table, &[&COLUMNS[..], &MORE].concat())?;
    let shards = shards.filter(|set| !set.is_empty());
    let mut blocks = vec![facts(&data, shards)];
    blocks.extend(splits(&data));
    let meters = Tally::of("time signature", "samples", data.get("time_signature").iter().cloned());
    let main = meters.entries.first().map(|(meter, ..)| meter.clone()).unwrap_or_default();
    blocks.push(Block::Panels(
        TALLY,
        vec![
            ("time_signatures", Panel::Tally(meters)),
            ("songs_by_samples", Panel::Tally(songs_by_samples(&data))),
        ],
    ));
    blocks.push(Block::Distributions(DRAWN, distributions(&data)));
    match shards {
        Some(set) => {
            let [pitches, classes, parts] = use_of_cells(set, &main);
            blocks.push(Block::Panels(WIDE, vec![("pitches", Panel::Places(pitches))]));
            let small = [("measure_parts", parts), ("pitch_classes", classes)];
            let small = small.map(|(key, places)| (key, Panel::Places(places)));
            blocks.push(Block::Panels(CHART, small.to_vec()));
        }
        None => blocks.extend(pitch_ranges(&data)),
    }
    blocks.extend(largest_groups(&data));
    Ok(blocks)
}

fn facts(data: &Columns, shards: Option<&SampleSet>) -> Block {
    let [samples, songs, groups] =
        [data.rows() as u64, data.distinct("song"), data.distinct("group")];
    let leaks = data.rows_by("group").values().filter(|rows| sides(data, rows) > 1).count() as u64;
    let [samples_text, songs_text, groups_text] = [samples, songs, groups].map(count);
    let shape = shards.map(SampleSet::shape).map_or(String::new(), |shape| {
        format!(
            ", {} measures x {} steps x {} pitches ({} to {})",
            shape.measures(),
            shape.steps(),
            shape.pitches(),
            shape.lowest_pitch(),
            shape.highest_pitch()
        )
    });
    let sides = match leaks {
        0 => String::new(),
        1 => "; 1 GROUP IS ON BOTH SIDES OF THE SPLIT".to_owned(),
        leaks => format!("; {} GROUPS ARE ON BOTH SIDES OF THE SPLIT", count(leaks)),
    };
    let sentence = format!(
        "{samples_text} samples of {songs_text} songs in {groups_text} groups{shape}{sides}"
    );
    let facts = [samples, songs, groups, leaks];
    let keys = ["samples", "songs", "groups", "groups_on_both_sides"];
    Block::Facts(sentence, keys.into_iter().zip(facts).collect())
}

/// On how many sides of the split some rows are.
fn sides(data: &Columns, rows: &[usize]) -> usize {
    rows.iter().map(|&row| data.text("split", row)).collect::<BTreeSet<_>>().len()
}

fn splits(data: &Columns) -> Option<Block> {
    let all = data.rows() as u64;
    let mut rows = Vec::new();
    let mut members: Vec<_> = data.rows_by("split").into_iter().collect();
    members.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    for (split, members) in members {
        let distinct = |name: &str| -> Value {
            members.iter().map(|&row| data.text(name, row)).collect::<BTreeSet<_>>().len().into()
        };
        let median = |name: &str| -> Value {
            let mut sorted: Vec<f64> =
                members.iter().filter_map(|&row| data.at(name, row).number()).collect();
            sorted.sort_by(f64::total_cmp);
            Summary::of(&sorted).map(|summary| summary.quartiles[2]).into()
        };
        let part = share(members.len() as u64, all);
        rows.push(vec![
            split.into(),
            members.len().into(),
            part.into(),
            distinct("song"),
            distinct("group"),
            median("onsets"),
            median("beat_strength"),
        ]);
    }
    let names =
        ["split", "samples", "share", "songs", "groups", "median onsets", "median on beats"];
    let frame = Frame::of_rows(&names, rows)
        .with_format("share", Format::Percent)
        .with_format("median onsets", Format::Mixed)
        .with_format("median on beats", Format::Percent);
    (!frame.is_empty()).then(|| Block::Table("splits", String::new(), frame))
}

/// Songs by how many samples they gave.
fn songs_by_samples(data: &Columns) -> Tally {
    let ranges = [
        (1, 1, "1"),
        (2, 2, "2"),
        (3, 4, "3 to 4"),
        (5, 8, "5 to 8"),
        (9, 16, "9 to 16"),
        (17, usize::MAX, "17 or more"),
    ];
    let songs = data.rows_by("song");
    let count = |&(from, to, name): &(usize, usize, &str)| {
        let songs = songs.values().filter(|rows| (from..=to).contains(&rows.len())).count();
        (songs > 0).then(|| (name.to_owned(), songs))
    };
    Tally::new("samples of a song", "songs", ranges.iter().filter_map(count).collect())
}

fn distributions(data: &Columns) -> Vec<(&'static str, Distribution)> {
    let mut all = Vec::new();
    let mut add = |key, title, unit, numbers: &mut dyn Iterator<Item = f64>| {
        all.extend(Distribution::of(title, unit, numbers).map(|shape| (key, shape)));
    };
    add("onsets", "onsets", Unit::Plain, &mut data.numbers("onsets"));
    add("beat_strength", "onsets on a beat", Unit::Share, &mut data.numbers("beat_strength"));
    add(
        "distinct_measures",
        "different measures",
        Unit::Plain,
        &mut data.numbers("distinct_measures"),
    );
    let density = data.numbers("density").map(|density| density * 1e3);
    add("density", "onsets in 1,000 cells", Unit::Plain, &mut density.into_iter());
    add("mean_pitch", "mean pitch", Unit::Plain, &mut data.numbers("mean_pitch"));
    let lowest = data.get("lowest").iter().map(Value::number);
    let spans =
        lowest.zip(data.get("highest")).filter_map(|(low, high)| Some(high.number()? - low?));
    add("pitch_range", "range in semitones", Unit::Plain, &mut spans.into_iter());
    all
}

/// How many samples reach over each pitch: what the table alone tells of pitches.
fn pitch_ranges(data: &Columns) -> Option<Block> {
    let pitch = |value: &Value| value.number().map(|pitch| pitch.clamp(0.0, 127.0) as usize);
    let ranges = data.get("lowest").iter().zip(data.get("highest"));
    let ranges: Vec<(usize, usize)> =
        ranges.filter_map(|(low, high)| Some((pitch(low)?, pitch(high)?))).collect();
    let low = ranges.iter().map(|range| range.0).min()?;
    let high = ranges.iter().map(|range| range.1).max()?;
    let reach = |pitch: usize| {
        ranges.iter().filter(|range| range.0 <= pitch && pitch <= range.1).count() as u64
    };
    let places = Places {
        title: "samples whose range holds a pitch (C4 is middle C)".to_owned(),
        marks: super::cells::octaves(low, high),
        ends: [low.to_string(), high.to_string()],
        counts: (low..=high).map(reach).collect(),
    };
    Some(Block::Panels(WIDE, vec![("pitch_ranges", Panel::Places(places))]))
}

/// The groups of the most songs, then of the most samples.
fn largest_groups(data: &Columns) -> Option<Block> {
    let mut groups: Vec<(usize, usize, String, usize)> = Vec::new();
    for (group, rows) in data.rows_by("group") {
        let songs: BTreeSet<String> = rows.iter().map(|&row| data.text("song", row)).collect();
        groups.push((songs.len(), rows.len(), group, rows[0]));
    }
    groups.sort_by(|a, b| (b.0, b.1, &a.2).cmp(&(a.0, a.1, &b.2)));
    let counts = groups.iter().map(|(songs, ..)| Value::from(*songs)).collect::<Vec<_>>();
    let several = count_values(&counts)
        .iter()
        .filter(|(songs, _)| songs != "1")
        .map(|(_, n)| n)
        .sum::<usize>();
    let row = |(songs, samples, group, row): (usize, usize, String, usize)| {
        vec![group.into(), songs.into(), samples.into(), data.text("split", row).into()]
    };
    groups.truncate(LARGEST);
    let paths = within(groups.iter().map(|group| data.text("path", group.3)).collect());
    let mut rows: Vec<Vec<Value>> = groups.into_iter().map(row).collect();
    rows.iter_mut().zip(paths).for_each(|(row, path)| row.push(path.into()));
    let names = ["largest groups", "songs", "samples", "split", "for instance"];
    let title = match several {
        0 => "No group holds several songs".to_owned(),
        1 => "1 group holds several songs".to_owned(),
        several => format!("{} groups hold several songs", count(several)),
    };
    (!rows.is_empty()).then(|| Block::Table("largest_groups", title, Frame::of_rows(&names, rows)))
}
