//! Songs on another side of the split than in the last run. What comes out knows nothing of them: a side
//! follows from today's groups alone. But figures of before and after are then about other songs, which a
//! person should know.

use crate::columnar::{MovedRow, SampleRow, SampleSet, Split, write};
use crate::stage::{Context, Previous, StageError};
use crate::stages::corpus;
use std::collections::BTreeMap;

/// The list of all of them, among the diagnostics.
pub(super) const FILE: &str = "moved.parquet";
/// Songs that are named one by one.
const NAMED: usize = 5;

/// Tells which songs that the last run had samples of changed sides, and lists them in the order of paths.
/// Nothing is compared when there was no last run, or one of another implementation.
pub(super) fn tell(context: &Context<'_>, now: &[SampleRow]) -> Result<(), StageError> {
    let Some(previous) = context.previous else { return Ok(()) };
    let moved = match sides(previous) {
        Ok(before) => moved(&before, now),
        Err(error) => {
            let text = format!("songs that changed sides are not listed: {error}");
            context.report.warning(&text);
            return Ok(());
        }
    };
    if moved.is_empty() {
        return Ok(());
    }
    write(&context.diagnostics.join(FILE), &moved).map_err(StageError::failed)?;
    lines(&moved).iter().for_each(|line| context.report.note(line));
    Ok(())
}

/// What the last run had on each side.
fn sides(previous: &Previous) -> Result<[(Split, SampleSet); 2], StageError> {
    let [train, validation] = [Split::Train, Split::Validation]
        .map(|side| corpus::samples(&previous.outputs, side.as_str()));
    Ok([(Split::Train, train?), (Split::Validation, validation?)])
}

fn moved(before: &[(Split, SampleSet)], now: &[SampleRow]) -> Vec<MovedRow> {
    let now: BTreeMap<&str, &SampleRow> = now.iter().map(|row| (row.song.as_str(), row)).collect();
    let mut moved: BTreeMap<&str, MovedRow> = BTreeMap::new();
    for (side, set) in before {
        for meta in (0..set.len()).map(|index| set.meta(index)) {
            if let Some(row) = now.get(meta.song).filter(|row| row.split != side.as_str()) {
                moved.entry(&row.path).or_insert_with(|| MovedRow {
                    path: row.path.clone(),
                    from: side.as_str().to_owned(),
                    to: row.split.clone(),
                    group_before: meta.group.to_owned(),
                    group: row.group.clone(),
                    song: row.song.clone(),
                });
            }
        }
    }
    moved.into_values().collect()
}

fn lines(moved: &[MovedRow]) -> Vec<String> {
    let by_fraction = moved.iter().filter(|row| row.group == row.group_before).count();
    let why = match moved.len() - by_fraction {
        0 => "'validation' is another",
        groups if groups == moved.len() => "their groups are others",
        _ => "'validation' and groups are others",
    };
    let songs = if moved.len() == 1 { "1 song".into() } else { format!("{} songs", moved.len()) };
    let first = format!("{songs} changed sides of the split, as {why}: {FILE} lists all");
    let named = moved.iter().take(NAMED).map(|row| format!("{} now: {}", row.to, row.path));
    std::iter::once(first).chain(named).collect()
}
