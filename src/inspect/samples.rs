use super::Overview;
use super::cells::{octaves, use_of_cells};
use super::chart::CountChart;
use super::columns::{Columns, strip_common_folder};
use super::distribution::{Distribution, Unit};
use super::panel::keyed;
use super::tally::{Tally, share};
use crate::columnar::{Format, Frame, QueryError, SampleSet, Summary, Table, Value};
use crate::text::{count, count_of};

/// Columns that make a table one of samples.
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
/// Further columns of samples.
const MORE: [&str; 3] = ["density", "beat_strength", "mean_pitch"];
/// Number of largest groups listed.
const LARGEST: usize = 5;
/// Minimum width of a tally, and of a chart of the measure or the octave.
const MIN_PANEL: usize = 36;
/// Minimum width of a chart of all pitches.
const MIN_PITCHES: usize = 60;
/// Number of histograms.
const HISTOGRAMS: usize = 3;

/// Adds the overview of samples.
pub(super) fn add_samples(
    overview: &mut Overview,
    table: &Table,
    shards: Option<&SampleSet>,
) -> Result<(), QueryError> {
    let data = Columns::read(table, &[&COLUMNS[..], &MORE].concat())?;
    let shards = shards.filter(|set| !set.is_empty());
    add_facts(overview, &data, shards);
    add_splits(overview, &data);
    let meters = data.get("time_signature").iter().cloned();
    let meters = Tally::from_values("time signature", "samples", meters);
    let main = meters.entries.first().map(|entry| entry.value.clone()).unwrap_or_default();
    let songs = keyed("songs_by_samples", songs_by_samples(&data));
    overview.panels(MIN_PANEL, vec![keyed("time_signatures", meters), songs]);
    overview.distributions(HISTOGRAMS, distributions(&data));
    if let Some(set) = shards {
        let [pitches, classes, parts] = use_of_cells(set, &main);
        overview.panels(MIN_PITCHES, vec![keyed("pitches", pitches)]);
        let small = vec![keyed("measure_parts", parts), keyed("pitch_classes", classes)];
        overview.panels(MIN_PANEL, small);
    } else if let Some(ranges) = pitch_ranges(&data) {
        overview.panels(MIN_PITCHES, vec![keyed("pitch_ranges", ranges)]);
    }
    add_largest_groups(overview, &data);
    Ok(())
}

fn add_facts(overview: &mut Overview, data: &Columns, shards: Option<&SampleSet>) {
    let distinct = |name: &str| data.distinct(name, 0..data.rows()) as u64;
    let [samples, songs, groups] = [data.rows() as u64, distinct("song"), distinct("group")];
    let is_leak = |rows: &&Vec<usize>| data.distinct("split", rows.iter().copied()) > 1;
    let leaks = data.rows_by("group").values().filter(is_leak).count() as u64;
    let mut sentence = format!(
        "{} of {} in {}",
        count_of(samples, "sample"),
        count_of(songs, "song"),
        count_of(groups, "group")
    );
    if let Some(shape) = shards.map(SampleSet::shape) {
        let (measures, steps, pitches) = (shape.measures(), shape.steps(), shape.pitches());
        let (lowest, highest) = (shape.lowest_pitch(), shape.highest_pitch());
        sentence += &format!(", {measures} measures x {steps} steps x {pitches} pitches");
        sentence += &format!(" ({lowest} to {highest})");
    }
    match leaks {
        0 => {}
        1 => sentence += "; 1 GROUP IS ON BOTH SIDES OF THE SPLIT",
        _ => sentence += &format!("; {} GROUPS ARE ON BOTH SIDES OF THE SPLIT", count(leaks)),
    }
    let facts = [samples, songs, groups, leaks];
    let keys = ["samples", "songs", "groups", "groups_on_both_sides"];
    overview.facts(sentence, &std::array::from_fn::<_, 4, _>(|at| (keys[at], facts[at])));
}

fn add_splits(overview: &mut Overview, data: &Columns) {
    let mut splits: Vec<_> = data.rows_by("split").into_iter().collect();
    splits.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let row = |(split, rows): (String, Vec<usize>)| -> Vec<Value> {
        let distinct = |name: &str| data.distinct(name, rows.iter().copied()).into();
        let median = |name: &str| -> Value {
            let mut numbers: Vec<f64> =
                rows.iter().filter_map(|&row| data.number(name, row)).collect();
            numbers.sort_by(f64::total_cmp);
            Summary::of(&numbers).map(|summary| summary.quartiles[2]).into()
        };
        vec![
            split.into(),
            rows.len().into(),
            share(rows.len() as u64, data.rows() as u64).into(),
            distinct("song"),
            distinct("group"),
            median("onsets"),
            median("beat_strength"),
        ]
    };
    let names =
        ["split", "samples", "share", "songs", "groups", "median onsets", "median on beats"];
    let frame = Frame::of_rows(&names, splits.into_iter().map(row).collect())
        .with_format("share", Format::Percent)
        .with_format("median onsets", Format::Mixed)
        .with_format("median on beats", Format::Percent);
    if !frame.is_empty() {
        overview.table("splits", String::new(), frame);
    }
}

/// Counts songs by their number of samples.
fn songs_by_samples(data: &Columns) -> Tally {
    let ranges = [
        (1..=1, "1"),
        (2..=2, "2"),
        (3..=4, "3 to 4"),
        (5..=8, "5 to 8"),
        (9..=16, "9 to 16"),
        (17..=usize::MAX, "17 or more"),
    ];
    let songs = data.rows_by("song");
    let counts = ranges.into_iter().map(|(range, name)| {
        (name.to_owned(), songs.values().filter(|rows| range.contains(&rows.len())).count())
    });
    let counts = counts.filter(|(_, songs)| *songs > 0).collect();
    Tally::new("samples of a song", "songs", counts)
}

fn distributions(data: &Columns) -> Vec<Option<Distribution>> {
    let numbers = |name: &str| data.numbers(name).collect::<Vec<f64>>();
    let ranges = data.get("lowest").iter().map(Value::number).zip(data.get("highest"));
    let ranges = ranges.filter_map(|(low, high)| Some(high.number()? - low?)).collect();
    let density = data.numbers("density").map(|density| density * 1e3).collect();
    let measures = numbers("distinct_measures");
    let all = [
        ("onsets", "onsets", Unit::Plain, numbers("onsets")),
        ("beat_strength", "onsets on a beat", Unit::Fraction, numbers("beat_strength")),
        ("distinct_measures", "different measures", Unit::Plain, measures),
        ("density", "onsets in 1,000 cells", Unit::Plain, density),
        ("mean_pitch", "mean pitch", Unit::Plain, numbers("mean_pitch")),
        ("pitch_range", "range in semitones", Unit::Plain, ranges),
    ];
    all.map(|(key, title, unit, numbers)| Distribution::compute(key, title, unit, numbers)).into()
}

/// Counts the samples whose range contains each pitch; all that the table without shards shows of pitches.
fn pitch_ranges(data: &Columns) -> Option<CountChart> {
    let pitch = |value: &Value| value.number().map(|pitch| pitch.clamp(0.0, 127.0) as usize);
    let ranges = data.get("lowest").iter().zip(data.get("highest"));
    let ranges: Vec<_> =
        ranges.filter_map(|(low, high)| Some(pitch(low)?..=pitch(high)?)).collect();
    let low = ranges.iter().map(|range| *range.start()).min()?;
    let high = ranges.iter().map(|range| *range.end()).max()?;
    let samples = |pitch: usize| ranges.iter().filter(|range| range.contains(&pitch)).count();
    Some(CountChart {
        title: "samples whose range contains a pitch (C4 is middle C)".to_owned(),
        marks: octaves(low, high),
        ends: [low.to_string(), high.to_string()],
        counts: (low..=high).map(|pitch| samples(pitch) as u64).collect(),
    })
}

/// Adds the groups of the most songs, then of the most samples.
fn add_largest_groups(overview: &mut Overview, data: &Columns) {
    let groups = data.rows_by("group").into_iter().map(|(group, rows)| {
        (data.distinct("song", rows.iter().copied()), rows.len(), group, rows[0])
    });
    let mut groups: Vec<_> = groups.collect();
    groups.sort_by(|a, b| (b.0, b.1, &a.2).cmp(&(a.0, a.1, &b.2)));
    let several = groups.iter().filter(|(songs, ..)| *songs > 1).count();
    let title = match several {
        0 => "No group holds several songs".to_owned(),
        1 => "1 group holds several songs".to_owned(),
        _ => format!("{} hold several songs", count_of(several, "group")),
    };
    groups.truncate(LARGEST);
    let paths = groups.iter().map(|(.., row)| data.text("path", *row)).collect();
    let rows = groups.into_iter().zip(strip_common_folder(paths));
    let rows = rows.map(|((songs, samples, group, row), path)| {
        let split = data.text("split", row);
        vec![group.into(), songs.into(), samples.into(), split.into(), path.into()]
    });
    let names = ["largest groups", "songs", "samples", "split", "for instance"];
    let frame = Frame::of_rows(&names, rows.collect());
    if !frame.is_empty() {
        overview.table("largest_groups", title, frame);
    }
}
