//! Reports songs that moved between the sides of the split since the last run. The split follows from the groups alone, but
//! metrics before and after are then about different songs.

use super::previous::{PreviousExtract, read_overview};
use super::select::Song;
use crate::columnar::{SampleTable, Split, SplitChangeRow, write};
use crate::stage_api::{Result, StageContext};
use crate::text::count_of;
use std::collections::{BTreeMap, HashMap};

/// Diagnostic that lists all of them.
pub(super) const FILE: &str = "moved.parquet";
/// Maximum number of songs in the notes.
const MAX_LISTED: usize = 5;

/// Split and group of each song with samples in the last run, by notes digest; empty without a compatible run.
pub(super) struct PreviousSplits(HashMap<String, (String, String)>);

impl PreviousSplits {
    /// Reads the splits of the last run; warns if that fails.
    pub(super) fn open(context: &StageContext<'_>, extract: Option<&PreviousExtract>) -> Self {
        let overview = match (extract, context.previous) {
            (Some(extract), _) => return Self::from_overview(&extract.rows),
            (None, Some(previous)) => read_overview(previous),
            (None, None) => return Self(HashMap::new()),
        };
        overview.map(|rows| Self::from_overview(&rows)).unwrap_or_else(|error| {
            let text = format!("cannot list songs that changed their split: {error}");
            context.report.warning(&text);
            Self(HashMap::new())
        })
    }

    fn from_overview(rows: &SampleTable) -> Self {
        let mut splits = HashMap::new();
        for row in rows.iter() {
            if !splits.contains_key(row.song) {
                splits.insert(row.song.to_owned(), (row.split.to_owned(), row.group.to_owned()));
            }
        }
        Self(splits)
    }

    /// Notes which of these songs are in another split now, and writes the list of them in the order of paths.
    pub(super) fn report_changes<'a>(
        &self,
        context: &StageContext<'_>,
        songs: impl Iterator<Item = (&'a Song, Split)>,
    ) -> Result<()> {
        let changes = self.changes(songs);
        if changes.is_empty() {
            return Ok(());
        }
        write(&context.diagnostics.join(FILE), &changes)?;
        notes(&changes).iter().for_each(|note| context.report.note(note));
        Ok(())
    }

    fn changes<'a>(&self, songs: impl Iterator<Item = (&'a Song, Split)>) -> Vec<SplitChangeRow> {
        let mut changes: BTreeMap<&str, SplitChangeRow> = BTreeMap::new();
        for (song, split) in songs {
            let before = self.0.get(&song.notes_digest);
            if let Some((from, group)) = before.filter(|(from, _)| from != split.as_str()) {
                changes.entry(&song.path).or_insert_with(|| SplitChangeRow {
                    path: song.path.clone(),
                    from: from.clone(),
                    to: split.as_str().to_owned(),
                    group_before: group.clone(),
                    group: song.group.clone(),
                    song: song.notes_digest.clone(),
                });
            }
        }
        changes.into_values().collect()
    }
}

fn notes(changes: &[SplitChangeRow]) -> Vec<String> {
    let (same, other): (Vec<_>, Vec<_>) =
        changes.iter().partition(|row| row.group == row.group_before);
    // A fraction moves songs between its side and train.
    let fractions = [Split::Validation, Split::Judging].map(Split::as_str);
    let moves = |side: &str| same.iter().any(|row| row.from == side || row.to == side);
    let changed = fractions.into_iter().filter(|side| moves(side)).map(|side| format!("'{side}'"));
    let mut reasons: Vec<String> = changed.collect();
    match reasons.is_empty() {
        _ if other.is_empty() => {}
        true => reasons.push("their groups".to_owned()),
        false => reasons.push("groups".to_owned()),
    }
    let sides = [Split::Train, Split::Validation, Split::Judging].map(Split::as_str);
    let involved = |side: &&str| changes.iter().any(|row| row.from == *side || row.to == *side);
    let first = format!(
        "{} moved between {} because {} changed; listed in {FILE}",
        count_of(changes.len(), "song"),
        sides.into_iter().filter(involved).collect::<Vec<_>>().join(" and "),
        reasons.join(" and ")
    );
    let listed = changes.iter().take(MAX_LISTED).map(|row| format!("{} now: {}", row.to, row.path));
    std::iter::once(first).chain(listed).collect()
}
