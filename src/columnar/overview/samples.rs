use std::collections::{BTreeMap, BTreeSet};

use super::block::{Block, whole};
use super::distribution::{Distribution, Places};
use super::tally::Tally;
use crate::columnar::query::{Frame, QueryError, Summary, Table, Value, count_values};
use crate::columnar::render::thousands;
use crate::columnar::shards::SampleSet;

/// What is read of a table of samples.
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
/// The largest groups that are listed.
const LARGEST: usize = 5;
/// Parts of a measure whose use is shown: sixteenths of 4/4.
const PARTS: usize = 16;

/// The picture of samples.
pub(super) fn blocks(table: &Table, shards: Option<&SampleSet>) -> Result<Vec<Block>, QueryError> {
    let frame = table.select(&COLUMNS)?;
    let column = |name: &str| -> &[Value] {
        let found = frame.columns().iter().find(|column| column.name == name);
        found.map_or(&[], |column| &column.values)
    };
    let distinct =
        |name: &str| column(name).iter().map(Value::plain).collect::<BTreeSet<_>>().len();
    let [samples, songs, groups] = [frame.len(), distinct("song"), distinct("group")];
    let [samples_text, songs_text, groups_text] = [samples, songs, groups].map(thousands);
    let sentence = format!("{samples_text} samples of {songs_text} songs in {groups_text} groups");
    let facts = [("samples", samples), ("songs", songs), ("groups", groups)]
        .map(|(key, count)| (key, count as u64));
    let mut blocks = vec![Block::Facts(sentence, facts.to_vec())];
    blocks.push(splits(column("split"), column("song"), column("group"), column("onsets")));
    blocks.push(Block::Tallies(vec![(
        "time_signatures",
        Tally::new("time signature", "samples", count_values(column("time_signature"))),
    )]));
    for (key, title) in
        [("onsets", "onsets a sample"), ("distinct_measures", "different measures a sample")]
    {
        let numbers = column(key).iter().filter_map(Value::number);
        blocks
            .extend(Distribution::of(title, numbers).map(|shape| Block::Distribution(key, shape)));
    }
    match shards.filter(|set| !set.is_empty()) {
        Some(set) => blocks.extend(used_cells(set)),
        None => blocks.extend(pitch_ranges(column("lowest"), column("highest"))),
    }
    blocks.extend(largest_groups(column("group"), column("song"), column("path")));
    Ok(blocks)
}

fn splits(splits: &[Value], songs: &[Value], groups: &[Value], onsets: &[Value]) -> Block {
    let mut rows = Vec::new();
    for (split, count) in count_values(splits) {
        let members = || (0..splits.len()).filter(|&row| splits[row].plain() == split);
        let distinct = |column: &[Value]| {
            members().map(|row| column[row].plain()).collect::<BTreeSet<_>>().len()
        };
        let mut sorted: Vec<f64> = members().filter_map(|row| onsets[row].number()).collect();
        sorted.sort_by(f64::total_cmp);
        let median = Summary::of(&sorted).map(|summary| summary.quartiles[2]);
        let (songs, groups) = (distinct(songs).into(), distinct(groups).into());
        rows.push(vec![split.into(), count.into(), songs, groups, median.into()]);
    }
    let names = ["split", "samples", "songs", "groups", "median onsets"];
    Block::Table("splits", "Splits".to_owned(), Frame::of_rows(&names, rows))
}

/// How many onsets each pitch and each part of the measure has.
fn used_cells(set: &SampleSet) -> [Block; 2] {
    let grid = set.grid();
    let (per_measure, pitches, steps) =
        (grid.cells_per_measure(), grid.pitches as usize, grid.steps as usize);
    let parts = PARTS.min(steps);
    let (mut of_pitch, mut of_part, mut cells) = (vec![0; pitches], vec![0; parts], Vec::new());
    for index in 0..set.len() {
        set.cells(index, &mut cells);
        for cell in &cells {
            let cell = (cell % per_measure) as usize;
            of_pitch[cell % pitches] += 1;
            of_part[cell / pitches * parts / steps] += 1;
        }
    }
    let ends = [grid.lowest_pitch, grid.lowest_pitch + grid.pitches.saturating_sub(1)];
    let pitch = Places {
        title: "onsets by pitch".to_owned(),
        ends: ends.map(|pitch| pitch.to_string()),
        counts: of_pitch,
    };
    let part = Places {
        title: format!("onsets by part of the measure (in {parts} parts)"),
        ends: ["1".to_owned(), parts.to_string()],
        counts: of_part,
    };
    [Block::Places("pitches", pitch), Block::Places("measure_parts", part)]
}

/// How many samples reach over each pitch: what the table alone tells of pitches.
fn pitch_ranges(lowest: &[Value], highest: &[Value]) -> Option<Block> {
    let ranges: Vec<(u64, u64)> = lowest
        .iter()
        .zip(highest)
        .filter(|(low, high)| **low != Value::Null && **high != Value::Null)
        .map(|(low, high)| (whole(low).min(127), whole(high).min(127)))
        .collect();
    let low = ranges.iter().map(|range| range.0).min()?;
    let high = ranges.iter().map(|range| range.1).max()?;
    let reach = |pitch: u64| {
        ranges.iter().filter(|range| range.0 <= pitch && pitch <= range.1).count() as u64
    };
    let places = Places {
        title: "samples whose range holds a pitch".to_owned(),
        ends: [low.to_string(), high.to_string()],
        counts: (low..=high).map(reach).collect(),
    };
    Some(Block::Places("pitch_ranges", places))
}

fn largest_groups(groups: &[Value], songs: &[Value], paths: &[Value]) -> Option<Block> {
    let mut first: BTreeMap<String, (BTreeSet<String>, String)> = BTreeMap::new();
    for ((group, song), path) in groups.iter().zip(songs).zip(paths) {
        let entry = first.entry(group.plain()).or_insert_with(|| (BTreeSet::new(), path.plain()));
        entry.0.insert(song.plain());
    }
    let rows: Vec<Vec<Value>> = count_values(groups)
        .into_iter()
        .take(LARGEST)
        .filter_map(|(group, samples)| {
            let (songs, path) = first.remove(&group)?;
            Some(vec![group.into(), samples.into(), songs.len().into(), path.into()])
        })
        .collect();
    let names = ["group", "samples", "songs", "for instance"];
    (!rows.is_empty()).then(|| {
        Block::Table(
            "largest_groups",
            "The largest groups".to_owned(),
            Frame::of_rows(&names, rows),
        )
    })
}
