//! Assigns songs to groups.

use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::near_duplicates::{PreviousGroups, groups, regroup};
use std::collections::{HashMap, HashSet};

/// Hex digits of a notes digest in a group's name.
const NAME_DIGITS: usize = 16;

/// The values, besides the rows, that determine the groups.
pub(super) struct Grouping<'a> {
    /// The sketch of each row; `None` if it has none.
    pub(super) sketches: &'a [Option<&'a [u32]>],
    /// Minimum similarity of songs in one group; 0: only songs of equal shape.
    pub(super) similarity: f64,
    /// Number of rows, the first ones, with groups that the last run assigned at the same similarity.
    pub(super) grouped: usize,
}

impl Grouping<'_> {
    /// Assigns groups to the songs among these contents, given with the indices of their rows. Songs of equal shape, and
    /// songs with similar sketches, share a group. Its name is its smallest notes digest, which does not depend on
    /// other files.
    pub(super) fn assign(&self, rows: &mut [CatalogRow], mut contents: Vec<(Digest, usize)>) {
        // In the order of contents, so that the groups do not depend on paths either.
        contents.sort_unstable();
        let songs = contents.into_iter().map(|(_, index)| index);
        let songs: Vec<usize> = songs.filter(|&index| digests(&rows[index]).is_some()).collect();
        let groups = self.groups(rows, &songs);
        let mut smallest: HashMap<usize, &str> = HashMap::with_capacity(songs.len());
        for (&group, &index) in groups.iter().zip(&songs) {
            let (_, notes) = digests(&rows[index]).unwrap_or_default();
            let name = smallest.entry(group).or_insert(notes);
            *name = notes.min(name);
        }
        let name = |group| {
            let name = smallest.get(group).copied().unwrap_or_default();
            name.get(..NAME_DIGITS).unwrap_or(name).to_owned()
        };
        let names: Vec<String> = groups.iter().map(name).collect();
        for (index, name) in songs.into_iter().zip(names) {
            rows[index].group = name;
        }
    }

    /// Returns the group of each song: the smallest position of a song in it.
    fn groups(&self, rows: &[CatalogRow], songs: &[usize]) -> Vec<usize> {
        let mut first_of_shape: HashMap<&str, usize> = HashMap::with_capacity(songs.len());
        let shapes = songs.iter().map(|&index| digests(&rows[index]).unwrap_or_default().0);
        let equal: Vec<(usize, usize)> = shapes
            .enumerate()
            .map(|(song, shape)| (*first_of_shape.entry(shape).or_insert(song), song))
            .collect();
        let sketch = |&index: &usize| match self.sketches[index] {
            Some(sketch) if self.similarity > 0.0 => sketch,
            _ => &[],
        };
        let sketches: Vec<&[u32]> = songs.iter().map(sketch).collect();
        if self.grouped == 0 {
            return groups(&sketches, self.similarity, &equal);
        }
        // A group that lost a song may split.
        let present: HashSet<usize> = songs.iter().copied().collect();
        let gone = (0..self.grouped).filter(|index| !present.contains(index));
        let gone: Vec<usize> = gone.filter(|&index| digests(&rows[index]).is_some()).collect();
        let incomplete: HashSet<&str> =
            gone.iter().map(|&index| rows[index].group.as_str()).collect();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let previous = |&index: &usize| {
            let name = rows[index].group.as_str();
            let is_kept = index < self.grouped && !name.is_empty() && !incomplete.contains(name);
            let next = numbers.len() as u32;
            is_kept.then(|| *numbers.entry(name).or_insert(next))
        };
        let previous: Vec<Option<u32>> = songs.iter().map(previous).collect();
        let gone: Vec<&[u32]> = gone.iter().map(sketch).collect();
        let previous = PreviousGroups { groups: &previous, gone: &gone };
        regroup(&sketches, self.similarity, &equal, &previous)
    }
}

/// Returns the digests of a row's shape and notes, if it has notes.
fn digests(row: &CatalogRow) -> Option<(&str, &str)> {
    Some((row.shape_digest.as_deref()?, row.notes_digest.as_deref()?))
}
