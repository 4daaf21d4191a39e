//! Equal and similar songs are in one group; a group is on one side of the split; a song changes sides only with its
//! group, which is reported.

use crate::incremental::{parts, run_as_from_scratch};
use crate::midi::{Track, one};
use crate::project::{Outcome, Project};
use partita::columnar::{CatalogRow, SampleRow, SplitChangeRow, read, read_catalog};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

const PIPELINE: &str = "\
stages:
  catalog:
    uses: scan
    files: { midi: \"data/midi/**/*.mid\" }
    params: { similarity: 0.125 }
  rolls:
    uses: extract
    from: { catalog: catalog }
    where: \"status = 'ok'\"
    params: { measures: 2, steps: 16, least_onsets: 1, validation: 0.5, hop: 0 }
";

/// Notes (delta, pitch) of a melody that shares no figure with that of another number.
fn melody(number: u32, notes: usize) -> Vec<(u64, u8)> {
    let mut chance = ChaCha8Rng::seed_from_u64(number.into());
    let note = |_| ([110, 230, 470][chance.random_range(0..3)], chance.random_range(40..80));
    (0..notes).map(note).collect()
}

fn track(notes: &[(u64, u8)], up: u8) -> Track {
    let start = Track::new();
    notes.iter().fold(start, |track, &(delta, pitch)| track.note(delta, 0, pitch + up))
}

/// Only the melody.
pub fn original(number: u32) -> Vec<u8> {
    one(track(&melody(number, 64), 0).end())
}

/// The melody with another ending and in another key: at least half of its figures are those of the original.
pub fn similar(number: u32, end: u32) -> Vec<u8> {
    let notes = [melody(number, 64), melody(1000 + end, 24)].concat();
    one(track(&notes, (end % 5) as u8).end())
}

/// Two melodies, one after the other.
pub fn medley(one_number: u32, other: u32) -> Vec<u8> {
    one(track(&[melody(one_number, 64), melody(other, 64)].concat(), 0).end())
}

fn corpus(songs: impl IntoIterator<Item = u32>) -> Project {
    let project = Project::of(PIPELINE);
    for number in songs {
        project.write(&format!("data/midi/{number:03}.mid"), original(number));
    }
    project
}

fn catalog(project: &Project) -> Vec<CatalogRow> {
    read_catalog(&project.path("artifacts/p/catalog/catalog.parquet")).unwrap()
}

/// The group of each file.
fn groups(project: &Project) -> BTreeMap<String, String> {
    catalog(project).into_iter().map(|row| (row.path, row.group)).collect()
}

fn samples(project: &Project) -> Vec<SampleRow> {
    read(&project.path("artifacts/p/rolls/samples.parquet")).unwrap()
}

/// The split of each file with samples.
fn sides(project: &Project) -> BTreeMap<String, String> {
    samples(project).into_iter().map(|row| (row.path, row.split)).collect()
}

/// The songs that the run lists as moved between train and validation.
fn moved(project: &Project, run: &Outcome) -> Vec<SplitChangeRow> {
    let path = format!("{}/moved.parquet", project.run_folder(run));
    if project.exists(&path) { read(&project.path(&path)).unwrap() } else { Vec::new() }
}

#[test]
fn no_group_is_on_both_sides_of_the_split_with_any_kind_of_duplicate() {
    let project = corpus([]);
    for number in 0..16 {
        let plain = melody(number, 64);
        let mut voices = plain.clone();
        voices.extend(&melody(500 + number, 20));
        for (kind, bytes) in [
            ("original", original(number)),
            ("bytes", original(number)),
            ("notes", one(track(&plain, 0).meta(0, 1, b"other bytes").end())),
            ("transposed", one(track(&plain, 7).end())),
            ("longer", similar(number, number)),
            ("shorter", one(track(&plain[10..50], 3).end())),
            ("extended", one(track(&voices, 0).end())),
        ] {
            project.write(&format!("data/midi/{kind}/{number:02}.mid"), bytes);
        }
    }
    for (from, to) in [("hop: 0", "hop: 0"), ("hop: 0", "hop: 1"), ("= 'ok'", "<> 'not_midi'")] {
        project.change(from, to);
        project.run(&[]);
        let mut sides: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        samples(&project).into_iter().for_each(|row| {
            sides.entry(row.group).or_default().insert(row.split);
        });
        assert_eq!(sides.len(), 16);
        assert!(sides.values().all(|sides| sides.len() == 1), "{sides:?}");
        assert_eq!(sides.values().flatten().collect::<BTreeSet<_>>().len(), 2, "both have some");
    }
    let mut members: BTreeMap<String, Vec<CatalogRow>> = BTreeMap::new();
    catalog(&project).into_iter().for_each(|row| {
        members.entry(row.group.clone()).or_default().push(row);
    });
    assert_eq!(members.len(), 16);
    for (name, rows) in members {
        let numbers: BTreeSet<_> =
            rows.iter().map(|row| row.path[row.path.len() - 6..].to_owned()).collect();
        assert_eq!((rows.len(), numbers.len()), (7, 1), "the versions of one melody");
        let smallest = rows.iter().filter_map(|row| row.notes_digest.as_ref()).min().unwrap();
        assert_eq!(name, smallest[..16]);
    }
}

#[test]
fn split_depends_only_on_the_smallest_digest_of_the_group() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut met_again = 0;
    for songs in [0..12, 6..18, 0..24] {
        let project = corpus(songs.clone());
        // More members with larger or smaller digests: only the name matters.
        songs.step_by(2).for_each(|number| {
            project.write(&format!("data/midi/similar{number}.mid"), similar(number, number));
        });
        project.run(&[]);
        for row in samples(&project) {
            met_again += u32::from(known.contains_key(&row.group));
            let side = known.entry(row.group).or_insert_with(|| row.split.clone());
            assert_eq!(*side, row.split);
        }
    }
    assert!(met_again > 20 && known.len() == 24, "{met_again}, {}", known.len());
}

#[test]
fn file_that_joins_two_groups_moves_songs_and_the_run_lists_them() {
    let project = corpus(0..10);
    project.write("data/midi/similar.mid", similar(3, 1));
    project.run(&[]);
    let before = sides(&project);
    let on = |side: &str| before.iter().find(|(_, now)| *now == side).unwrap().0.clone();
    let number = |path: String| path[..3].parse().unwrap();
    let (train, validation) = (on("train"), on("validation"));
    project
        .write("data/midi/medley.mid", medley(number(train.clone()), number(validation.clone())));
    let run = run_as_from_scratch(&project, &[]);
    assert_eq!((parts(&run, "catalog"), parts(&run, "rolls")), ((1, 11), (1, 11)));
    let (after, groups) = (sides(&project), groups(&project));
    assert_eq!(groups[&train], groups["medley.mid"]);
    assert_eq!(groups[&validation], groups["medley.mid"]);
    let expected: Vec<&String> =
        before.keys().filter(|path| before[*path] != after[*path]).collect();
    let listed = moved(&project, &run);
    assert_eq!(listed.iter().map(|row| &row.path).collect::<Vec<_>>(), expected);
    for row in &listed {
        assert_eq!((&row.from, &row.to), (&before[&row.path], &after[&row.path]));
        assert!(row.group_before != row.group && row.group == groups["medley.mid"]);
        let line = format!("rolls: {} now: {}", row.to, row.path);
        assert!(run.stderr.contains(&line), "{line}\n{}", run.stderr);
    }
    let line =
        "moved between train and validation because their groups changed; listed in moved.parquet";
    assert!(!listed.is_empty() && run.stderr.contains(line), "{}", run.stderr);
    // Without the medley and with another file, they move back.
    project.remove("data/midi/medley.mid");
    project.write("data/midi/more.mid", original(77));
    let back = run_as_from_scratch(&project, &[]);
    let turned = |row: &SplitChangeRow| (row.path.clone(), row.to.clone(), row.from.clone());
    let listed_back = moved(&project, &back);
    let expected: Vec<_> =
        listed.iter().map(|row| (row.path.clone(), row.from.clone(), row.to.clone())).collect();
    assert_eq!(listed_back.iter().map(turned).collect::<Vec<_>>(), expected);
}

#[test]
fn unrelated_file_moves_no_song() {
    let project = corpus(0..10);
    project.run(&[]);
    let mut before = sides(&project);
    for number in 10..16 {
        project.write(&format!("data/midi/{number:03}.mid"), original(number));
        let run = run_as_from_scratch(&project, &[]);
        let after = sides(&project);
        assert!(before.iter().all(|(path, side)| after[path] == *side));
        assert!(moved(&project, &run).is_empty() && !run.stderr.contains("moved between"));
        before = after;
    }
}

#[test]
fn songs_moved_by_another_fraction_are_listed_with_that_reason() {
    let project = corpus(0..12);
    project.run(&[]);
    let before = sides(&project);
    project.change("validation: 0.5", "validation: 0");
    let run = project.run(&[]);
    let listed = moved(&project, &run);
    assert_eq!(listed.len(), before.values().filter(|side| *side == "validation").count());
    assert!(listed.iter().all(|row| row.to == "train" && row.group == row.group_before));
    let line = format!(
        "{} songs moved between train and validation because 'validation' changed",
        listed.len()
    );
    assert!(run.stderr.contains(&line), "{line}\n{}", run.stderr);
    assert_eq!(run.stderr.matches("rolls: train now: ").count(), listed.len().min(5));
}

#[test]
fn changing_the_similarity_parameter_reads_no_file_again() {
    let project = corpus(0..4);
    project.change("validation: 0.5", "validation: 0");
    project.write("data/midi/similar.mid", similar(0, 1));
    project.write("data/midi/up.mid", one(track(&melody(1, 64), 4).end()));
    let run = project.run(&[]);
    let said =
        "catalog: 4 songs share 2 groups: transposed, or with a similarity of at least 0.125";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(groups(&project)["similar.mid"], groups(&project)["000.mid"]);
    for (from, to, together) in [("0.125", "0.5", true), ("0.5", "0.9", false), ("0.9", "0", false)]
    {
        project.change(&format!("similarity: {from}"), &format!("similarity: {to}"));
        let run = run_as_from_scratch(&project, &[]);
        assert_eq!(parts(&run, "catalog"), (0, 6));
        let groups = groups(&project);
        assert_eq!(groups["similar.mid"] == groups["000.mid"], together, "similarity {to}");
        assert_eq!(groups["up.mid"], groups["001.mid"]);
    }
}

#[test]
fn similarity_below_the_detectable_minimum_is_refused() {
    let project = corpus(0..1);
    project.change("similarity: 0.125", "similarity: 0.1");
    let run = project.call(&["run", "p"]);
    assert_eq!((run.code, run.error("hint")), (2, "a number from 0.125 to 1; 0: only equal songs"));
    assert_eq!(run.json["error"]["line"], 5);
}
