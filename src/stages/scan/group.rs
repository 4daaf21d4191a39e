//! Which songs share a group.

use super::Content;
use super::parse::Parsed;
use crate::columnar::CatalogRow;
use crate::music::similar::groups;
use std::collections::{BTreeMap, HashMap};

/// Hex digits of a notes digest in a group's name.
const NAME: usize = 16;

/// The name of each content's group, by the content's digest. Together are songs of one shape, and those that
/// are at least so similar (0: no others); a group is named by its smallest notes digest, which no file
/// outside of it has a say in.
pub(super) fn group_names(
    contents: &BTreeMap<String, Content>,
    similarity: f64,
) -> HashMap<&str, &str> {
    let mut songs: Vec<(&str, &str)> = Vec::new();
    let mut sketches: Vec<&[u32]> = Vec::new();
    let mut equal: Vec<(usize, usize)> = Vec::new();
    let mut first_of_shape: HashMap<&str, usize> = HashMap::new();
    for (digest, Content { parsed: Parsed(row), sketch }) in contents {
        if let (Some(shape), Some(notes)) = (&row.shape_digest, &row.notes_digest) {
            equal.push((*first_of_shape.entry(shape).or_insert(songs.len()), songs.len()));
            songs.push((digest, notes));
            sketches.push(if similarity > 0.0 { sketch } else { &[] });
        }
    }
    let groups = groups(&sketches, similarity, &equal);
    let mut smallest: HashMap<usize, &str> = HashMap::new();
    for (&group, &(_, notes)) in groups.iter().zip(&songs) {
        let name = smallest.entry(group).or_insert(notes);
        *name = notes.min(name);
    }
    let named = groups.iter().zip(&songs).map(|(group, &(digest, _))| {
        let name = smallest.get(group).copied().unwrap_or_default();
        (digest, name.get(..NAME).unwrap_or(name))
    });
    named.collect()
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
