//! Which songs share a group.

use crate::columnar::CatalogRow;
use crate::music::similar::groups;
use std::collections::{BTreeMap, HashMap};

/// Hex digits of a notes digest in a group's name.
const NAME: usize = 16;

/// Names the group of each row that has notes. Together are songs of one shape, and those whose sketches are at
/// least so similar (0: no others); a group is named by its smallest notes digest, which no file outside of it has
/// a say in.
pub(super) fn name_groups(
    rows: &mut [CatalogRow],
    sketches: &BTreeMap<String, Vec<u32>>,
    similarity: f64,
) {
    // One song a content, in the order of contents, so that paths have no say either.
    let songs: BTreeMap<&str, (&str, &str)> = rows
        .iter()
        .filter_map(|row| {
            let (shape, notes) = (row.shape_digest.as_deref()?, row.notes_digest.as_deref()?);
            Some((row.digest.as_str(), (shape, notes)))
        })
        .collect();
    let sketch = |(content, _): (&&str, _)| match sketches.get(*content) {
        Some(sketch) if similarity > 0.0 => sketch.as_slice(),
        _ => &[],
    };
    let compared: Vec<&[u32]> = songs.iter().map(sketch).collect();
    let mut first_of_shape: HashMap<&str, usize> = HashMap::with_capacity(songs.len());
    let shapes = songs.values().map(|(shape, _)| *shape).enumerate();
    let equal: Vec<(usize, usize)> = shapes
        .map(|(index, shape)| (*first_of_shape.entry(shape).or_insert(index), index))
        .collect();
    let groups = groups(&compared, similarity, &equal);
    let mut smallest: HashMap<usize, &str> = HashMap::new();
    for (&group, (_, notes)) in groups.iter().zip(songs.values()) {
        let name = smallest.entry(group).or_insert(notes);
        *name = (*notes).min(name);
    }
    let named = groups.iter().zip(songs.keys()).map(|(group, content)| {
        let name = smallest.get(group).copied().unwrap_or_default();
        ((*content).to_owned(), name.get(..NAME).unwrap_or(name).to_owned())
    });
    let names: HashMap<String, String> = named.collect();
    for row in rows {
        row.group = names.get(&row.digest).cloned().unwrap_or_default();
    }
}

/// A line about the groups that hold several usable songs, if there are any.
pub(super) fn shared(rows: &[CatalogRow], similarity: f64) -> Option<String> {
    let mut songs: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.status == "ok") {
        *songs.entry(&row.group).or_default() += 1;
    }
    let several: Vec<usize> = songs.into_values().filter(|&songs| songs > 1).collect();
    let why = if similarity > 0.0 {
        format!("transposed, or {similarity} similar and more")
    } else {
        "transposed".to_owned()
    };
    let (groups, songs) = (several.len(), several.iter().sum::<usize>());
    (groups > 0).then(|| format!("{songs} songs share {groups} groups: {why}"))
}
