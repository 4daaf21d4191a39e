//! Songs on another side of the split than in the last run. What comes out knows nothing of them: a side
//! follows from today's groups alone. But figures of before and after are then about other songs, which a
//! person should know.

use super::previous::PreviousExtract;
use super::select::Song;
use crate::columnar::{SampleTable, Split, SplitChangeRow, write};
use crate::stage_api::{Previous, StageContext, StageError};
use std::collections::{BTreeMap, HashMap};

/// The list of all of them, among the diagnostics.
pub(super) const FILE: &str = "moved.parquet";
/// Songs that are named one by one.
const NAMED: usize = 5;

/// Side and group of each song that the last run had samples of, by its notes digest; empty when there was
/// no last run, or one of another implementation.
pub(super) struct PreviousSplits(HashMap<String, (String, String)>);

impl PreviousSplits {
    pub(super) fn before(context: &StageContext<'_>, known: Option<&PreviousExtract>) -> Self {
        let Some(previous) = context.previous else { return Self(HashMap::new()) };
        if let Some(known) = known {
            return Self::of(&known.rows);
        }
        overview(previous).map_or_else(
            |error| {
                let text = format!("songs that changed sides are not listed: {error}");
                context.report.warning(&text);
                Self(HashMap::new())
            },
            |rows| Self::of(&rows),
        )
    }

    fn of(rows: &SampleTable) -> Self {
        let mut sides = HashMap::new();
        let mut last = None;
        for row in rows.iter() {
            if last != Some(row.song) {
                sides.insert(row.song.to_owned(), (row.split.to_owned(), row.group.to_owned()));
                last = Some(row.song);
            }
        }
        Self(sides)
    }

    /// Tells which of these songs are on another side now, and lists them in the order of paths.
    pub(super) fn report_changes<'a>(
        &self,
        context: &StageContext<'_>,
        now: impl Iterator<Item = (&'a Song, Split)>,
    ) -> Result<(), StageError> {
        let moved = self.moved(now);
        if moved.is_empty() {
            return Ok(());
        }
        write(&context.diagnostics.join(FILE), &moved).map_err(StageError::failed)?;
        lines(&moved).iter().for_each(|line| context.report.note(line));
        Ok(())
    }

    fn moved<'a>(&self, now: impl Iterator<Item = (&'a Song, Split)>) -> Vec<SplitChangeRow> {
        let mut moved: BTreeMap<&str, SplitChangeRow> = BTreeMap::new();
        for (song, side) in now {
            let before = self.0.get(&song.notes_digest);
            if let Some((from, group)) = before.filter(|(from, _)| from != side.as_str()) {
                moved.entry(&song.path).or_insert_with(|| SplitChangeRow {
                    path: song.path.clone(),
                    from: from.clone(),
                    to: side.as_str().to_owned(),
                    group_before: group.clone(),
                    group: song.group.clone(),
                    song: song.notes_digest.clone(),
                });
            }
        }
        moved.into_values().collect()
    }
}

fn overview(previous: &Previous) -> Result<SampleTable, StageError> {
    SampleTable::open(previous.outputs.file("samples.parquet")?).map_err(StageError::failed)
}

fn lines(moved: &[SplitChangeRow]) -> Vec<String> {
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
