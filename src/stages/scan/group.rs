//! Which songs share a group.

use super::catalog::Catalog;
use crate::columnar::CatalogRow;
use crate::fingerprint::Digest;
use crate::music::near_duplicates::{PreviousGroups, groups, regroup};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Hex digits of a notes digest in a group's name.
const NAME: usize = 16;

/// What groups follow from, besides the rows.
pub(super) struct Grouping<'a> {
    /// The sketch of each row, where it has one.
    pub(super) sketches: &'a [Option<&'a [u32]>],
    /// How similar songs of one group are at least; 0: no others than those of one shape.
    pub(super) similarity: f64,
    /// How many of the rows, the first ones, have the groups that the last run gave them, with the same similarity.
    pub(super) grouped: usize,
}

impl Grouping<'_> {
    /// Names the groups of the songs among these contents, given with the places of their rows. Together are songs of one
    /// shape, and those whose sketches are similar enough; a group is named by its smallest notes digest, which no
    /// file outside of it has a say in.
    pub(super) fn name(&self, rows: &mut [CatalogRow], mut contents: Vec<(Digest, usize)>) {
        // In the order of contents, so that paths have no say either.
        contents.sort_unstable();
        let songs = contents.into_iter().map(|(_, place)| place);
        let songs: Vec<usize> = songs.filter(|&place| digests(&rows[place]).is_some()).collect();
        let groups = self.groups(rows, &songs);
        let mut smallest: HashMap<usize, &str> = HashMap::with_capacity(songs.len());
        for (&group, &place) in groups.iter().zip(&songs) {
            let (_, notes) = digests(&rows[place]).unwrap_or_default();
            let name = smallest.entry(group).or_insert(notes);
            *name = notes.min(name);
        }
        let name = |group| {
            let name = smallest.get(group).copied().unwrap_or_default();
            name.get(..NAME).unwrap_or(name).to_owned()
        };
        let names: Vec<String> = groups.iter().map(name).collect();
        for (place, name) in songs.into_iter().zip(names) {
            rows[place].group = name;
        }
    }

    /// The group of each song: the smallest number in it.
    fn groups(&self, rows: &[CatalogRow], songs: &[usize]) -> Vec<usize> {
        let mut first_of_shape: HashMap<&str, usize> = HashMap::with_capacity(songs.len());
        let shapes = songs.iter().map(|&place| digests(&rows[place]).unwrap_or_default().0);
        let shapes = shapes.enumerate();
        let equal: Vec<(usize, usize)> = shapes
            .map(|(index, shape)| (*first_of_shape.entry(shape).or_insert(index), index))
            .collect();
        let sketch = |&place: &usize| match self.sketches[place] {
            Some(sketch) if self.similarity > 0.0 => sketch,
            _ => &[],
        };
        let compared: Vec<&[u32]> = songs.iter().map(sketch).collect();
        if self.grouped == 0 {
            return groups(&compared, self.similarity, &equal);
        }
        // A group that lost a song may fall apart.
        let present: HashSet<usize> = songs.iter().copied().collect();
        let gone = (0..self.grouped).filter(|place| !present.contains(place));
        let gone: Vec<usize> = gone.filter(|&place| digests(&rows[place]).is_some()).collect();
        let broken: HashSet<&str> = gone.iter().map(|&place| rows[place].group.as_str()).collect();
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let before = |&place: &usize| {
            let name = rows[place].group.as_str();
            let whole = place < self.grouped && !name.is_empty() && !broken.contains(name);
            let next = numbers.len() as u32;
            whole.then(|| *numbers.entry(name).or_insert(next))
        };
        let before: Vec<Option<u32>> = songs.iter().map(before).collect();
        let gone: Vec<&[u32]> = gone.iter().map(sketch).collect();
        let earlier = PreviousGroups { groups: &before, gone: &gone };
        regroup(&compared, self.similarity, &equal, &earlier)
    }
}

/// The digests of a row's shape and notes, if it has notes.
fn digests(row: &CatalogRow) -> Option<(&str, &str)> {
    Some((row.shape_digest.as_deref()?, row.notes_digest.as_deref()?))
}

/// A line about the groups that hold several usable songs, if there are any.
pub(super) fn shared(catalog: &Catalog, similarity: f64) -> Option<String> {
    let mut songs: BTreeMap<&str, usize> = BTreeMap::new();
    for row in catalog.rows().filter(|row| row.status == "ok") {
        *songs.entry(&row.group).or_default() += 1;
    }
    let several: Vec<usize> = songs.into_values().filter(|&songs| songs > 1).collect();
    let why = if similarity > 0.0 {
        format!("transposed, or {similarity} similar and more")
    } else {
        "transposed".to_owned()
    };
    let (groups, songs) = (several.len(), several.iter().sum::<usize>());
    let noun = if groups == 1 { "group" } else { "groups" };
    (groups > 0).then(|| format!("{songs} songs share {groups} {noun}: {why}"))
}
